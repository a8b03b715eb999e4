"""How the results about learned optimization show themselves."""

from __future__ import annotations

import pickle
from xml.etree import ElementTree

import cidmesa as cm
from cidmesa.mesa.certificate import MAX_SHOWN
from cidmesa.mesa.taxonomy import Score


def cells(page: str) -> list[list[str]]:
    rows = ElementTree.fromstring(f"<div>{page}</div>").findall(".//tbody/tr")  # noqa: S314 (our own text)
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_a_certificate():
    certificate = cm.certify_deception(cm.load("hubinger2019/two-corners").of("deceptive"))
    shown = cells(certificate.to_html())
    spans = ["episode 1 (training)", "episode 2 (training)", "*"]
    assert [row[:4] for row in shown] == [[span, "strict", "but-for", "real"] for span in spans]
    assert repr(certificate) == "Certificate(mesa: strict, throughout, but-for)"
    assert certificate.to_json()["spans"][0]["threats"] == [["Theta2"]]
    assert str(certificate).startswith("mesa is deceptively aligned throughout training: ")


def test_a_certificate_in_a_paper():
    certificate = cm.certify_deception(cm.load("hubinger2019/two-corners").of("deceptive"))
    assert certificate.verdict == (
        "mesa is deceptively aligned throughout training: it does what the base objective scores best because of a "
        "threat (Theta2 or Theta3), and defects in episode 3 (deployment), episode 4 (deployment) and "
        "episode 5 (deployment)."
    )
    shown = certificate.to_latex()
    assert r"\midrule episode 1 (training) & strict & but-for & real & \{$\mathit{Theta}_{2}$\} \\" in shown
    assert shown.count(r"\\") == 4
    again = pickle.loads(pickle.dumps(certificate))  # noqa: S301 (our own)
    assert again.to_json() == certificate.to_json()


def test_long_evidence_is_cut_and_the_choices_are_kept():
    links = "Theta -> A -> R; X -> A; A -> U; Theta, R -> Theta2; Theta2 -> B; X -> B; B -> V"
    g = cm.cid(links, utilities={"base": ["U", "V"]})
    update = cm.table([["mesa", 0, "base"], ["*", "*", {"same": "Theta"}]], ["Theta", "R"])
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, X=cm.uniform(range(8)), A=cm.uniform("ab"), U="A == 'a'",
                 R="A == 'a'", Theta2=update, B=cm.uniform("ab"), V="B == 'a'",
                 domains={"Theta2": ["mesa", "base"]})  # fmt: skip
    roles = {"A": cm.learned("Theta"), "B": cm.learned("Theta2", episode=2, phase="deploy")}
    t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})
    target = {1: "A == 'b'", 2: "2 * (B == 'b')"}
    found = cm.certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="updates", recall="none")))
    assert found.degree == "strict"
    assert len(found.spans[0].later) == 8
    shown = found.spans[0].to_text()
    assert shown.count("D_B does b") == MAX_SHOWN
    assert "; and 6 more" in shown


def test_an_alignment():
    scenario = cm.load("hubinger2019/two-corners")
    found = cm.alignment(scenario.training, scenario.specs["deceptive"], {"train": {}, "strict": {"mu": "1/4"}})
    assert cells(found.to_html()) == [["train", "2", "2", "5", "3"], ["strict", "25/16", "25/16", "5", "55/16"]]
    assert repr(found) == "Alignment(deceptive, worst: strict with regret 55/16, 2 environments)"


def test_a_range_of_scores():
    assert Score(1, 2, 3).range_text == "1 to 2"
    assert Score(2, 2, 3).range_text == "2"


def test_short_representations():
    scenario = cm.load("hubinger2019/two-corners")
    composition = scenario.of("per-episode")
    assert len(repr(scenario.training)) < 300
    assert repr(composition) == ("Composition(mesa: 22 nodes, decisions D_A1, D_A2, D_A3, D_A4, D_A5, scope episode)")
    assert str(composition) == composition.to_text()
