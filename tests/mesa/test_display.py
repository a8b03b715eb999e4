"""How the results about learned optimization show themselves."""

from __future__ import annotations

from xml.etree import ElementTree

import cidmesa as cm
from cidmesa.mesa.deception import MAX_SHOWN


def cells(page: str) -> list[list[str]]:
    rows = ElementTree.fromstring(f"<div>{page}</div>").findall(".//tbody/tr")  # noqa: S314 (our own text)
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_a_certificate():
    certificate = cm.certify_deception(cm.load("hubinger2019/two-corners").of("deceptive"))
    shown = cells(certificate.to_html())
    assert [row[:2] for row in shown] == [
        ["comply", "yes"],
        ["myopic would defect", "yes"],
        ["because of update", "yes"],
        ["defects later", "yes"],
    ]
    assert [row[2] for row in shown] == [part.evidence for part in certificate.parts]
    assert repr(certificate).startswith("Certificate(comply=True, myopic_would_defect=True")


def test_long_evidence_is_cut_and_the_choices_are_kept():
    links = "Theta -> A; X -> A; A -> U; Theta, A -> Theta2; Theta2 -> B; X -> B; B -> V"
    g = cm.cid(links, utilities={"base": ["U", "V"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, X=cm.uniform(range(8)), A=cm.uniform("ab"), U="A == 'a'",
                 Theta2={"mesa": 1, "base": 0}, B=cm.uniform("ab"), V="B == 'a'")  # fmt: skip
    roles = {"A": cm.learned("Theta"), "B": cm.learned("Theta2", episode=2, phase="deploy")}
    t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})
    target = {1: (["A"], "0"), 2: (["X", "B"], "(X + 1) * (B == 'b')")}
    later = cm.certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="episode"))).defects_later
    assert later
    assert len(later.choices) == 8
    assert later.evidence.count("does b") == MAX_SHOWN
    assert later.evidence.endswith("; and 4 more")


def test_an_alignment():
    scenario = cm.load("hubinger2019/two-corners")
    found = cm.alignment(scenario.training, scenario.specs["deceptive"], {"train": {}, "strict": {"mu": "1/4"}})
    assert cells(found.to_html()) == [["train", "2", "2", "5", "3"], ["strict", "25/16", "25/16", "5", "55/16"]]
    assert repr(found) == "Alignment(misaligned, worst: strict with regret 55/16, 2 environments)"


def test_a_range_of_scores():
    assert cm.mesa.alignment.Score(1, 2, 3).range_text == "1 to 2"
    assert cm.mesa.alignment.Score(2, 2, 3).range_text == "2"


def test_short_representations():
    scenario = cm.load("hubinger2019/two-corners")
    composition = scenario.of("per-episode")
    assert len(repr(scenario.training)) < 300
    assert repr(composition) == ("Composition(mesa: 22 nodes, decisions D_A1, D_A2, D_A3, D_A4, D_A5, scope episode)")
    assert str(composition) == composition.to_text()
