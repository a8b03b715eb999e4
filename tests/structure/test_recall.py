"""Recall, information and subgames: rows B12, B14, C1 and C2 of the theory, and laws on random games."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

import cidmesa as cm
from tests.strategies import diagrams, games

TREE_KILLER = cm.cid(
    "PT -> E, TS, BP; TS -> TDoc, TDead; TDead -> V, Tree; TDoc -> TDead, Cost, BP; BP -> V",
    decisions={"alice": ["PT", "BP"], "bob": ["TDoc"]},
    utilities={"alice": ["E", "V"], "bob": ["Tree", "Cost"]},
)


def test_sufficient_recall_without_perfect_recall():  # B14
    g = cm.cid("D1 -> U1; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    assert cm.has_sufficient_recall(g)
    recall = cm.has_perfect_recall(g)
    assert not recall
    assert recall.witness == ("D1", "D2")
    assert recall.reason == "D2 comes after D1 but does not see D1"


def test_acyclic_relevance_is_sufficient_information():  # B12
    g = cm.cid("D0 -> U0; Z0 -> U0, D1; D1 -> U1; Z1 -> U1, D0", decisions=["D0", "D1"], utilities=["U0", "U1"])
    assert cm.has_sufficient_information(g)
    assert not cm.has_perfect_information(g)


@pytest.mark.parametrize(
    ("links", "sufficient"),
    [("D -> Q; D, Q -> UD; D, Q -> UQ", True), ("D -> C -> Q; C, Q -> UQ; D, Q -> UD", True),
     ("D, Q -> UD; D, Q -> UQ", False), ("D -> UD; D, Q -> UQ", True),
     ("C -> D -> Q; C, D, Q -> UD; C, D, Q -> UQ", False)],
)  # fmt: skip
def test_koller_and_milch_figure_3(links, sufficient):  # C1
    g = cm.cid(links, decisions={"d": ["D"], "q": ["Q"]}, utilities={"d": ["UD"], "q": ["UQ"]})
    assert bool(cm.has_sufficient_information(g)) is sufficient
    assert len(cm.subgames(g)) == (2 if sufficient else 1)


def test_tree_killer():  # C2
    assert cm.has_sufficient_information(TREE_KILLER).witness == ("TDoc", "BP", "PT")
    assert [part.decisions for part in cm.subgames(TREE_KILLER)] == [("TDoc",), ("TDoc", "BP"), ("PT", "TDoc", "BP")]
    assert cm.subgames(TREE_KILLER)[1].agents == ("bob", "alice")
    assert cm.has_perfect_recall(TREE_KILLER, "bob")
    assert cm.has_perfect_recall(TREE_KILLER)
    assert cm.has_perfect_recall(TREE_KILLER.without_link("PT", "BP")).witness == ("PT", "BP")


def test_perfect_information():
    g = cm.cid("S -> A; S, A -> B; A, B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"b": ["U"]})
    assert cm.has_perfect_information(g).witness == ("A", "B")
    assert cm.has_perfect_information(g.without_link("S", "B")).witness == ("S", "B")
    assert cm.has_perfect_recall(g.without_link("S", "B"))


def test_unknown_agent():
    with pytest.raises(cm.DiagramError, match=r"there is no agent 'alise'\. Did you mean 'alice'\?"):
        cm.has_perfect_recall(TREE_KILLER, "alise")


def brute_recall(g, decisions):
    return any(
        all({a, *g.parents(a)} <= set(g.parents(b)) for a, b in itertools.combinations(order, 2))
        for order in itertools.permutations(decisions)
    )


@given(games())
def test_recall_is_tried_in_every_order(g):
    for agent in g.agents:
        assert bool(cm.has_perfect_recall(g, agent)) is brute_recall(g, g.decisions_of(agent))
    assert bool(cm.has_perfect_recall(g)) is all(brute_recall(g, g.decisions_of(agent)) for agent in g.agents)
    assert bool(cm.has_perfect_information(g)) is brute_recall(g, g.decisions)


@given(diagrams(min_decisions=1))
def test_perfect_recall_implies_sufficient_recall(g):
    assert cm.has_sufficient_recall(g) or not cm.has_perfect_recall(g)


def closed(g, nodes):
    inner = all(set(g.descendants(a)) & set(g.ancestors(b)) <= nodes for a in nodes for b in nodes)
    return inner and all(
        node in nodes for d in nodes & set(g.decisions) for node in g.nodes if cm.is_r_reachable(g, d, node)
    )


@given(games(max_nodes=6))
def test_subgames_are_the_smallest_closed_sets(g):
    every = [set(c) for n in range(1, len(g) + 1) for c in itertools.combinations(g.nodes, n) if closed(g, set(c))]
    smallest = {frozenset(min((s for s in every if d in s), key=len)) for d in g.decisions}
    assert {frozenset(part.nodes) for part in cm.subgames(g)} == smallest
