"""`remove_incentive` against all subsets of links, its bound against networkx, and `incentive_diff`."""

from __future__ import annotations

import itertools
import json
from random import Random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from cidmesa.criteria.edit import ask_again, cut_size, support
from tests.laws.brute import random_diagram
from tests.strategies import diagrams, games

GRADES = cm.cid("R -> HS; HS -> E, P; E -> Gr; Gr -> Ac; Ge -> P; P -> Ac", decisions=["P"], utilities=["Ac"])
NEWS = cm.cid("O -> I, M; M -> P; P -> I, C; I -> C", decisions=["P"], utilities=["C"])


def removed(*arguments, **options):
    return [set(removal.links) for removal in cm.remove_incentive(*arguments, **options)]


def test_make_the_recommender_not_use_opinions():
    ici = cm.admits_ici(NEWS, "P", "I")
    found = cm.remove_incentive(NEWS, ici, keep=[cm.admits_ici(NEWS, "P", "C")])
    assert [removal.links for removal in found] == [(("P", "I"),), (("I", "C"),)]
    assert cm.admits_ici(found[1].cid, "P", "I").status == "excluded"
    assert cm.admits_impact(found[1].cid, "P", "I")


def test_hide_what_makes_the_predictor_unfair():
    found = cm.remove_incentive(GRADES, cm.admits_unfairness(GRADES, "P", "R"), among="observations")
    assert [removal.hidden for removal in found] == [(("HS", "P"),)]
    assert str(found[0]) == "HS -> P"
    kept = removed(GRADES, cm.admits_ri(GRADES, "P", "R"), [cm.admits_ri(GRADES, "P", "HS")])
    assert kept == [{("R", "HS")}]


def test_a_cut_of_two():
    g = cm.cid("D -> A, B; A, B -> X; X -> V, W; D -> U", decisions=["D"], utilities=["U", "V", "W"])
    assert removed(g, cm.admits_ici(g, "D", "X")) == [
        {("D", "A"), ("D", "B")}, {("D", "A"), ("B", "X")}, {("D", "B"), ("A", "X")}, {("A", "X"), ("B", "X")},
        {("X", "V"), ("X", "W")},
    ]  # fmt: skip
    assert removed(g, cm.admits_ici(g, "D", "X"), among=[("D", "A"), ("B", "X"), ("X", "V")]) == [
        {("D", "A"), ("B", "X")}
    ]


def test_what_no_removal_does():
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    assert cm.remove_incentive(g, cm.admits_voc(g, "U")) == ()
    ici = cm.admits_ici(g, "D", "U")
    assert cm.remove_incentive(g, ici, keep=[cm.admits_ici(g, "D", "D")]) == ()
    assert cm.remove_incentive(g, ici, among=[]) == ()
    assert removed(g.without_link("D", "U"), ici) == [set()]


def test_an_observation_may_be_taken_away_to_give_another_one_value():
    g = cm.cid("X -> Z -> U; X, Z -> D; D -> U; Y -> D", decisions=["D"], utilities=["U"])
    assert not cm.admits_voi(g, "D", "X")
    assert removed(g, cm.admits_ri(g, "D", "Z"), [cm.admits_ri(g, "D", "X")]) == [{("Z", "D")}]


def test_wrong_questions():
    with pytest.raises(cm.NotApplicable, match="There is nothing to exclude"):
        cm.remove_incentive(NEWS, cm.admits_voi(NEWS, "P", "I"))
    ici = cm.admits_ici(NEWS, "P", "I")
    with pytest.raises(cm.NotApplicable, match="ici on O is to be kept, but it is not admitted"):
        cm.remove_incentive(NEWS, ici, keep=[cm.admits_ici(NEWS, "P", "O")])
    with pytest.raises(cm.DiagramError, match="names the link O -> C, which is not in the diagram"):
        cm.remove_incentive(NEWS, ici, among=[("O", "C")])
    with pytest.raises(cm.UnknownNode, match="no node 'Q'"):
        cm.remove_incentive(NEWS, ici, among=[("Q", "C")])
    with pytest.raises(cm.NotApplicable, match="give 'links', 'observations', or a list"):
        cm.remove_incentive(NEWS, ici, among="nodes")
    with pytest.raises(cm.NotApplicable, match=r"cannot be asked again from its verdict"):
        cm.remove_incentive(NEWS, cm.admits_set(NEWS, "ici", ["I"], decision="P"))


def test_a_verdict_is_asked_again_or_refused():
    finer = [ask(NEWS, "I") for ask in (cm.admits_direct_voc, cm.admits_indirect_voc)]
    unfair = cm.admits_unfairness(GRADES, "P", "R")
    assert all(ask_again(NEWS, verdict) == verdict for verdict in [*cm.incentives(NEWS), *finer])
    assert ask_again(GRADES, unfair) == unfair
    elsewhere = [unfair, *(verdict for verdict in cm.incentives(GRADES) if verdict.decision and verdict.node == "R")]
    others = [
        cm.admits_path_specific_ici(NEWS, "P", "I", [("P", "I")]),
        cm.admits_set(NEWS, "ici", ["I"], decision="P"),
    ]
    for verdict in [*elsewhere, *others]:
        with pytest.raises(cm.NotApplicable, match=r"cannot be asked again from its verdict; these can"):
            ask_again(NEWS, verdict)


def test_too_many_sets(monkeypatch):
    monkeypatch.setattr("cidmesa.criteria.edit.MAX_TRIED", 3)
    with pytest.raises(cm.TooLarge, match=r"Name fewer links by among=\.\.\., or keep less"):
        cm.remove_incentive(NEWS, cm.admits_ici(NEWS, "P", "C"))


# --- against all subsets -------------------------------------------------------------------------------------------


def smallest(g, verdict, keep):
    for size in range(len(g.edges) + 1):
        found = [
            links for links in itertools.combinations(g.edges, size) if does(g.without_links(links), verdict, keep)
        ]
        if found:
            return found
    return []


def does(g, verdict, keep):
    return ask_again(g, verdict).status == "excluded" and all(ask_again(g, kept) for kept in keep)


def test_against_all_subsets():
    rng, pick = np.random.default_rng(4), Random(4)
    sizes = []
    for _ in range(260):
        g = random_diagram(rng, 6, int(rng.integers(1, 3)))
        admitted = [v for v in cm.incentives(g) if v]
        if len(g.edges) > 7 or not admitted:
            continue
        extra = [cm.admits_direct_voc, cm.admits_indirect_voc][pick.randrange(2)](g, pick.choice(g.nodes))
        verdict = pick.choice([*admitted, extra] if extra else admitted)
        keep = [v for v in pick.choices(admitted, k=pick.randrange(3)) if v != verdict]
        found = [removal.links for removal in cm.remove_incentive(g, verdict, keep)]
        assert found == smallest(g, verdict, keep), (g, verdict, keep)
        sizes.append(len(found[0]) if found else None)
    assert min(sizes.count(size) for size in (None, 1, 2)) > 10, sizes


@given(diagrams(max_nodes=7, min_decisions=1), st.data())
def test_the_support_is_enough(g, data):
    verdicts = [v for v in cm.incentives(g) if v and support(g, v) is not None]
    for verdict in verdicts[:: max(1, len(verdicts) // 4)]:
        others = [link for link in g.edges if link not in support(g, verdict)]
        gone = data.draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        now = ask_again(g.without_links(gone), verdict)
        assert now.status == "admits" if len(g.decisions) == 1 else now.status != "excluded", (verdict, gone)
    assert support(g, next(v for v in cm.incentives(g) if not v)) is None


def test_minimum_cuts_against_networkx():
    rng = Random(9)
    for _ in range(300):
        count = rng.randint(2, 9)
        pairs = itertools.combinations(range(count), 2)
        links = [(f"N{a}", f"N{b}") for a, b in pairs if rng.random() < 0.5]
        start, end = "N0", f"N{count - 1}"
        fixed = {link for link in links if rng.random() < 0.2}
        graph = nx.DiGraph()
        graph.add_nodes_from([start, end])
        for link in links:
            graph.add_edge(*link, **({} if link in fixed else {"capacity": 1}))
        try:
            expected = nx.minimum_cut_value(graph, start, end)
        except nx.NetworkXUnbounded:
            expected = len(links) + 1
        assert cut_size(links, start, [end], [link for link in links if link not in fixed]) == expected


# --- diff ----------------------------------------------------------------------------------------------------------


def test_what_predicted_clicks_change():  # A3 and A3m
    redesigned = NEWS.without_link("I", "C").with_link("M", "C")
    diff = cm.incentive_diff(NEWS, redesigned)
    assert {(change.concept, change.node) for change in diff.vanished} == {
        ("ici", "I"), ("voc", "I"), ("voi", "O"),
    }  # fmt: skip
    assert not any(change.concept == "impact" for change in diff)
    assert diff.links_added == (("M", "C"),)
    assert diff.links_removed == (("I", "C"),)
    lines = diff.to_text().splitlines()
    assert lines[:2] == ["added: M -> C", "removed: I -> C"]
    assert lines[4].split() == ["vanished", "agent", "-", "I", "voc", "admits", "excluded"]
    assert diff.to_markdown().splitlines()[3] == "|  | agent | decision | node | concept | before | after |"
    assert diff.to_latex().count(r"\\") == len(diff) + 1
    plain = json.loads(json.dumps(diff.to_json()))
    assert plain["links"] == {"added": [["M", "C"]], "removed": [["I", "C"]]}
    assert plain["changes"][0]["kind"] == "vanished"


def test_nothing_differs():
    diff = cm.incentive_diff(NEWS, NEWS)
    assert not len(diff)
    assert str(diff) == "no incentive differs"
    assert diff.to_markdown() == "No incentive differs."


def test_nodes_that_one_diagram_lacks():
    smaller = NEWS.without_nodes(["I"])
    diff = cm.incentive_diff(NEWS, smaller)
    assert {(c.concept, c.before, c.after) for c in diff if c.node == "I"} == {
        ("voc", "admits", None), ("ici", "admits", None), ("impact", "admits", None),
    }  # fmt: skip
    back = cm.incentive_diff(smaller, NEWS)
    assert {(c.concept, c.node) for c in back.appeared} == {(c.concept, c.node) for c in diff.vanished}


def test_diagrams_with_little_in_common():
    other = cm.cid("P -> A -> B; A, B, X -> Y", decisions=["P"], utilities=["Y"])
    diff = cm.incentive_diff(NEWS, other)
    assert diff.unrelated
    assert len(diff) > 0
    first, second = diff.to_text().splitlines()
    assert first.endswith("of their 5 and 5 nodes, the names in both are: P.")
    assert f"({len(diff)} incentives, 11 links)" in second
    assert repr(diff).startswith("IncentiveDiff(")
    assert len(repr(diff)) < 100
    assert not cm.incentive_diff(NEWS, NEWS).unrelated


def test_undetermined_becomes_excluded():
    g = cm.cid("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    diff = cm.incentive_diff(g, g.without_link("D1", "D2"))
    assert any((c.before, c.after) == ("undetermined", "excluded") for c in diff.changed)


@given(games(max_nodes=6), games(max_nodes=6))
def test_a_diff_turned_round(g, h):
    forth, back = cm.incentive_diff(g, h), cm.incentive_diff(h, g)
    assert {(c.agent, c.decision, c.node, c.concept, c.before, c.after) for c in forth} == {
        (c.agent, c.decision, c.node, c.concept, c.after, c.before) for c in back
    }
    assert (forth.links_added, forth.links_removed) == (back.links_removed, back.links_added)
    verdicts = {(v.agent, v.decision, v.node, v.concept): v for v in (*cm.incentives(g), *cm.incentives(h))}
    assert all(c.reason == verdicts[c.agent, c.decision, c.node, c.concept].reason for c in forth)
