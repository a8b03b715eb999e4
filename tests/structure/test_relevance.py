"""Requisite observations, reachability, relevance graphs, solubility, the view of one agent."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from cidmesa.structure.relevance import RelevanceGraph, as_seen_by, downstream_utilities
from tests.strategies import diagrams, games
from tests.structure.test_separation_laws import is_active


def koller_milch(links):
    """Figure 3 of Koller and Milch 2003: D owns Ua, Q owns Ub."""
    return cm.cid(links, decisions={"a": ["D"], "b": ["Q"]}, utilities={"a": ["Ua"], "b": ["Ub"]})


@pytest.mark.parametrize(
    ("links", "edges"),
    [
        pytest.param("D -> Q, Ua, Ub; Q -> Ua, Ub", {("D", "Q")}, id="perfect information"),
        pytest.param("D -> C, Ua; C -> Q, Ub; Q -> Ua, Ub", {("D", "Q")}, id="perfect enough information"),
        pytest.param("D, Q -> Ua; D, Q -> Ub", {("D", "Q"), ("Q", "D")}, id="simultaneous"),
        pytest.param("D -> Ua, Ub; Q -> Ub", {("Q", "D")}, id="one-sided"),
        pytest.param("C -> D, Ua, Ub; D -> Q, Ua, Ub; Q -> Ua, Ub", {("D", "Q"), ("Q", "D")}, id="card game"),
    ],
)
def test_s_reachability_in_the_examples_of_koller_and_milch(links, edges):
    assert set(cm.relevance_graph(koller_milch(links)).edges) == edges


def test_a_judgement_says_which_path_is_active_or_what_blocks_all():
    g = cm.cid("S -> D1, U; Z -> D2; D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    active, blocked = cm.is_r_reachable(g, "D1", "D2"), cm.is_r_reachable(g, "D2", "Z")
    route = "from the mechanism of {} to a utility downstream of {}"
    assert active.reason == f"a path {route.format('D2', 'D1')} is active given {{S, D1}}"
    assert (bool(active), active.witness) == (True, ("D2", "U"))
    assert blocked.reason == f"{{D1, Z, D2}} blocks every path {route.format('Z', 'D2')}"
    assert (bool(blocked), blocked.witness) == (False, ("D1", "Z", "D2"))
    assert cm.is_s_reachable(g, "D1", "D2").reason == active.reason


def test_tree_killer():
    links = """PT -> E, TS, BP; TS -> TDoc, TDead; TDead -> V, Tree; TDoc -> TDead, Cost, BP; BP -> V"""
    g = cm.cid(links, decisions={"alice": ["PT", "BP"], "bob": ["TDoc"]},
               utilities={"alice": ["E", "V"], "bob": ["Tree", "Cost"]})  # fmt: skip
    graph = cm.relevance_graph(g)
    assert set(graph.edges) == {("PT", "BP"), ("PT", "TDoc"), ("BP", "TDoc")}
    assert graph.order == ("TDoc", "BP", "PT")


@pytest.mark.parametrize(
    ("links", "soluble"),
    [
        pytest.param("D1 -> D2 -> X -> U", True, id="B1"),
        pytest.param("Z -> D1, D2; D1, D2 -> U", False, id="B4"),
        pytest.param("D1 -> X -> D2; D1, D2 -> U", False, id="B5"),
        pytest.param("S -> D1, D2, U; D1 -> D2 -> U", True, id="B6"),
        pytest.param("D1 -> X; Z -> X, U; D2 -> U", True, id="B7"),
        pytest.param("D1 -> X; Z -> X, U; D2 -> U; X -> D2", False, id="B7 with the link"),
        pytest.param("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U", False, id="B8"),
        pytest.param("S1 -> O1 -> D1; S1, D1 -> S2 -> O2 -> D2; S2, D2 -> U", False, id="B9"),
        pytest.param("S1 -> O1 -> D1; S1, D1 -> S2 -> O2 -> D2; S2, D2 -> U; O1, D1 -> D2", True, id="B9 recalling"),
    ],
)
def test_solubility(links, soluble):
    judgement = cm.is_soluble(cm.cid(links, decisions=["D1", "D2"], utilities=["U"]))
    assert bool(judgement) is soluble
    assert set(judgement.witness) == {"D1", "D2"}
    assert len(judgement.witness) == (2 if soluble else 3)


def test_acyclic_relevance_needs_no_extremal_decision():  # B12
    g = cm.cid("D0 -> U0; Z0 -> U0, D1; D1 -> U1; Z1 -> U1, D0", decisions=["D0", "D1"], utilities=["U0", "U1"])
    assert cm.is_soluble(g)
    for decision, other in (("D0", "D1"), ("D1", "D0")):
        family = {decision, *g.parents(decision)}
        assert not cm.d_separated(g, downstream_utilities(g, decision), {other, *g.parents(other)}, family)


def test_sufficient_recall_is_weaker_than_perfect_recall():  # B14
    g = cm.cid("D1 -> U1; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    assert cm.has_sufficient_recall(g)
    assert cm.has_sufficient_recall(g, "agent").witness == ("D2", "D1")


def test_sufficient_recall_of_one_agent():
    links = "A1, A2 -> U; B1 -> V"
    g = cm.cid(links, decisions={"a": ["A1", "A2"], "b": ["B1"]}, utilities={"a": ["U"], "b": ["V"]})
    assert not cm.has_sufficient_recall(g, "a")
    assert cm.has_sufficient_recall(g, "b")
    assert cm.has_sufficient_recall(g).witness == ("A1", "A2", "A1")
    with pytest.raises(cm.DiagramError, match="there is no agent 'c'"):
        cm.has_sufficient_recall(g, "c")


def test_requisite_observations_of_the_grade_prediction_example():  # A2
    links = "R -> HS; HS -> E, P; E -> Gr; Gr -> Ac; Ge -> P; P -> Ac"
    g = cm.cid(links, decisions=["P"], utilities=["Ac"])
    assert cm.requisite_observations(g, "P") == ("HS",)
    assert cm.is_requisite(g, "P", "HS").witness == ("HS", "E", "Gr", "Ac")
    assert cm.is_requisite(g, "P", "Ge").witness == ("HS", "P")
    assert cm.is_requisite(g, "P", "Gr")
    assert not cm.is_requisite(g, "P", "R")


def test_what_cannot_be_observed_is_refused():
    g = cm.cid("S -> D -> X -> U", decisions=["D"], utilities=["U"])
    with pytest.raises(cm.NotApplicable, match="'D' cannot observe 'X': it descends from the decision"):
        cm.is_requisite(g, "D", "X")
    with pytest.raises(cm.NotApplicable, match="'D' cannot observe 'D': it is the same node"):
        cm.is_requisite(g, "D", "D")
    with pytest.raises(cm.NotApplicable, match="Let a chance node carry the score"):
        cm.is_requisite(g, "D", "U")
    with pytest.raises(cm.DiagramError, match="'S' is a chance node, a decision is needed"):
        cm.is_requisite(g, "S", "D")
    with pytest.raises(cm.DiagramError, match="'S' is a chance node"):
        cm.is_s_reachable(g, "D", "S")
    with pytest.raises(cm.UnknownNode, match="Did you mean 'S'"):
        cm.is_r_reachable(g, "D", "s")


@given(games())
def test_reachability_is_d_connection_of_a_new_parent(g):
    for decision in g.decisions:
        utilities = downstream_utilities(g, decision)
        assert set(utilities) == set(g.descendants(decision)) & set(g.utilities_of(g.agent(decision)))
        family = {decision, *g.parents(decision)}
        for node in g.nodes:
            extended = g.with_spec(cm.Node("mechanism")).with_link("mechanism", node)
            expected = bool(utilities) and not cm.d_separated(extended, {"mechanism"}, utilities, family)
            judgement = cm.is_r_reachable(g, decision, node)
            assert bool(judgement) is expected
            assert not judgement or is_active(extended, ("mechanism", *judgement.witness), family)
            if g.kind(node) == "decision":
                assert bool(cm.is_s_reachable(g, decision, node)) is expected


@given(games())
def test_requisite_is_d_connection_with_the_link_in_place(g):
    for decision in g.decisions:
        utilities = set(downstream_utilities(g, decision))
        for node in g.nodes:
            if node == decision or node in g.descendants(decision) or g.kind(node) == "utility":
                continue
            linked = g.with_link(node, decision)
            rest = {decision, *linked.parents(decision)} - {node}
            judgement = cm.is_requisite(g, decision, node)
            assert bool(judgement) is not bool(cm.d_separated(linked, {node}, utilities, rest))
            if judgement:
                assert is_active(g, judgement.witness, rest)
                assert judgement.witness[-1] in utilities
            else:
                assert set(judgement.witness) == {decision, *g.parents(decision)} - {node}


@given(diagrams(max_nodes=8, min_decisions=1, max_decisions=4))
def test_the_solving_order_is_one_of_the_definition(g):
    judgement = cm.is_soluble(g)
    edges = set(cm.relevance_graph(g).edges)
    orders = [order for order in itertools.permutations(g.decisions)
              if not any((a, b) in edges for a, b in itertools.combinations(order, 2))]  # fmt: skip
    assert bool(judgement) is bool(orders)
    assert bool(cm.has_sufficient_recall(g)) is bool(orders)
    if judgement:
        assert judgement.witness in orders
    else:
        assert judgement.witness[0] == judgement.witness[-1]
        assert all(edge in edges for edge in itertools.pairwise(judgement.witness))


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] != e[1])))
def test_components_against_networkx(edges):
    names = tuple(f"D{i}" for i in range(7))
    links = tuple((f"D{a}", f"D{b}") for a, b in sorted(edges))
    graph = RelevanceGraph(names, links)
    oracle = nx.DiGraph()
    oracle.add_nodes_from(names)
    oracle.add_edges_from(links)
    assert set(map(frozenset, graph.components)) == set(map(frozenset, nx.strongly_connected_components(oracle)))
    solved = set()
    for component in graph.components:
        solved |= set(component)
        assert all(b in solved for a, b in links if a in component)
    assert graph.is_acyclic is nx.is_directed_acyclic_graph(oracle)
    assert bool(graph.order) is graph.is_acyclic
    cycle = graph.cycle()
    assert bool(cycle) is not graph.is_acyclic
    assert all(edge in links for edge in itertools.pairwise(cycle))


@given(games())
def test_an_agent_sees_one_agent(g):
    for agent in g.agents:
        seen = as_seen_by(g, agent)
        assert set(seen.agents) == {agent}
        assert seen.decisions == g.decisions_of(agent)
        assert set(seen.utilities) == set(g.utilities_of(agent))
        assert set(seen.edges) == {edge for edge in g.edges if edge[1] in seen}
        for decision in seen.decisions:
            assert cm.requisite_observations(seen, decision) == cm.requisite_observations(g, decision)
