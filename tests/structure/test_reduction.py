"""The minimal reduction and the rules for several decisions."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.structure.deterministic_closure import closed, closed_to, closures_of
from cidmesa.structure.reduction import immaterial
from cidmesa.structure.relevance import as_seen_by, downstream_utilities
from tests.random_models import random_chance, random_payoff
from tests.strategies import diagrams, games, soluble_diagrams


def two(links, utilities=("U",)):
    return cm.cid(links, decisions=["D1", "D2"], utilities=utilities)


def information_links(g):
    return {(parent, decision) for decision in g.decisions for parent in g.parents(decision)}


def rules(g):
    return [step.rule for step in cm.reduction(g).steps]


B1 = two("D1 -> D2 -> X -> U")
B2 = two("D1 -> D2 -> U; D1 -> U")
B3 = two("S -> D1, U1; D1 -> U1, D2, U2; D2 -> U2", ("U1", "U2"))
B4 = two("Z -> D1, D2; D1, D2 -> U")
B5 = two("D1 -> X -> D2; D1, D2 -> U")
B6 = two("S -> D1, D2, U; D1 -> D2 -> U")
B8 = two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U")
B9 = two("S1 -> O1 -> D1; S1, D1 -> S2 -> O2 -> D2; S2, D2 -> U; O1, D1 -> D2")
B10 = two("S1 -> D1, R1; D1 -> R1; S1, D1 -> S2 -> D2; S1, D1 -> D2; S2, D2 -> R2", ("R1", "R2"))
B11 = two("V -> D1, D2, U2; D1 -> D2, U1, U2; D2 -> U1", ("U1", "U2"))


@pytest.mark.parametrize(
    ("g", "dropped"),
    [
        pytest.param(B1, {("D1", "D2")}, id="B1"),
        pytest.param(B2, set(), id="B2"),
        pytest.param(B4, set(), id="B4"),
        pytest.param(B5, set(), id="B5"),
        pytest.param(B6, {("S", "D1"), ("D1", "D2")}, id="B6"),
        pytest.param(B9, set(), id="B9"),
        pytest.param(B10, {("S1", "D2"), ("D1", "D2")}, id="B10"),
    ],
)
def test_minimal_reduction(g, dropped):
    assert set(g.edges) - set(cm.minimal_reduction(g).edges) == dropped
    assert cm.minimal_reduction(g).nodes == g.nodes


def test_own_pure_action_is_known():  # B2
    assert rules(B2) == ["R1"]
    assert immaterial(B2, "D1", "D2").reason.startswith("R1")


def test_memory_of_a_known_action_is_not_needed():  # B5
    assert cm.reduction(B5).links == (("X", "D2"),)
    assert rules(B5) == ["R1"]


def test_an_action_may_carry_information():  # B3
    assert cm.reduce(B3) == B3
    assert not immaterial(B3, "D1", "D2")


def test_coordination_devices_are_dropped_together():  # B4
    (step,) = cm.reduction(B4).steps
    assert (step.rule, step.links, step.given) == ("R2", (("Z", "D1"), ("Z", "D2")), ("Z",))
    assert immaterial(B4, "Z", "D1")
    assert immaterial(B4, "Z", "D2")


def test_a_set_of_devices_is_found_where_single_ones_fail():
    g = two("Z -> Y; Z -> D1; Y -> D2; D1, D2 -> U")
    assert rules(g) == ["R2"]
    assert cm.reduction(g).steps[0].given == ("Z", "Y")


def test_what_matters_is_not_called_immaterial():  # B8: material with a domain of three values
    assert cm.reduce(B8) == B8
    judgement = immaterial(B8, "A", "D1")
    assert not judgement
    assert judgement.witness == ("A", "D1")


def test_each_immaterial_but_jointly_material():  # B11
    assert immaterial(B11, "V", "D2").reason.startswith("R0")
    assert immaterial(B11, "D1", "D2").reason.startswith("R1")
    assert len(information_links(B11) - information_links(cm.reduce(B11))) == 1


def test_r1_says_that_an_action_is_known_itself():
    (step,) = cm.reduction(B2).steps
    assert (step.rule, step.reason) == ("R1", "under a pure policy {D2} tells D2 D1 itself")


def test_r1_asks_what_is_said_about_the_utilities_of_the_decision_and_no_others():
    """X matters to V alone, which D3 has no influence on; D1, which matters to U, follows from S."""
    links = "S -> D1, D2, X, D3; D1, D2 -> X -> D3; D2, X -> V; D1, D3 -> U"
    g = cm.cid(links, decisions=["D1", "D2", "D3"], utilities=["V", "U"])
    (step,) = cm.reduction(g).steps
    assert (step.rule, step.links) == ("R1", (("X", "D3"),))
    assert step.reason == "under a pure policy {S, D1, D2, D3} tells D3 all that X says about its utilities"


def test_sandwich():
    g = cm.cid("D1 -> X -> D2, D3; D2, D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"])
    assert cm.minimal_reduction(g) == g
    (step,) = cm.reduction(g).steps
    assert (step.rule, step.links, step.given) == ("R3", (("X", "D2"), ("X", "D3")), ("D1", "D2", "D3"))


def test_the_sandwich_is_tried_on_the_diagram_itself_when_other_links_have_gone():
    """No rule removes V2 -> D3 from the reduction; by R3 before the others it is immaterial."""
    links = "D0 -> V1; D0, V1 -> V2; D0, V1, V2 -> D3; D0, V1, D3 -> V4; V1, V2, D3, V4 -> D5; D0, D3, V4, D5 -> U"
    g = cm.cid(links, decisions=["D0", "D3", "D5"], utilities=["U"])
    left = cm.reduction(g).cid
    assert left != g
    assert ("V2", "D3") in left.edges
    judgement = immaterial(g, "V2", "D3")
    assert judgement
    assert judgement.reason.startswith("R3: not even remembering everything")
    rng = Random(5)
    for _ in range(6):
        given = {n: [0, 1] if g.kind(n) == "decision" else random_payoff(rng.random()) for n in g.nodes}
        given |= {n: random_chance(rng.random()) for n in g.chance_nodes}
        values = [cm.solve(cm.model(one, given)).value for one in (g, g.without_link("V2", "D3"))]
        assert values[0] == values[1]


def test_refusals():
    with pytest.raises(cm.DiagramError, match="there is no link U -> D1"):
        immaterial(B2, "U", "D1")
    with pytest.raises(cm.DiagramError, match="'X' is a chance node, a decision is needed"):
        immaterial(B1, "D2", "X")


def one_link_at_a_time(g, pick):
    while links := [
        (parent, decision)
        for decision in g.decisions
        for parent in g.parents(decision)
        if cm.d_separated(g, {parent}, downstream_utilities(g, decision), {decision, *g.parents(decision)} - {parent})
    ]:
        g = g.without_link(*pick(links))
    return g


@given(diagrams(max_nodes=8, min_decisions=1), st.data())
def test_the_minimal_reduction_does_not_depend_on_the_order(g, data):
    assert cm.minimal_reduction(g) == one_link_at_a_time(g, lambda links: data.draw(st.sampled_from(links)))


@given(games(), st.data())
def test_the_minimal_reduction_of_a_game_is_a_fixpoint_of_the_rule(g, data):
    minimal = cm.minimal_reduction(g)
    assert one_link_at_a_time(minimal, lambda links: links[0]) == minimal
    assert minimal == one_link_at_a_time(g, lambda links: data.draw(st.sampled_from(links)))


@given(games())
def test_reductions_are_idempotent_and_only_drop_information_links(g):
    reduction = cm.reduction(g)
    assert cm.minimal_reduction(cm.minimal_reduction(g)) == cm.minimal_reduction(g)
    assert cm.reduce(reduction.cid) == reduction.cid
    assert set(reduction.cid.edges) <= set(cm.minimal_reduction(g).edges)
    assert sorted(reduction.links) == sorted(set(g.edges) - set(reduction.cid.edges))
    assert set(reduction.links) <= information_links(g)
    assert reduction.cid.nodes == g.nodes


@given(diagrams(max_nodes=7, min_decisions=1, max_decisions=1))
def test_for_one_decision_the_minimal_reduction_is_all(g):
    assert cm.reduce(g) == cm.minimal_reduction(g)


@given(soluble_diagrams())
def test_in_soluble_diagrams_links_from_chance_nodes_that_r0_leaves_stay(g):
    kept = {link for link in information_links(cm.minimal_reduction(g)) if g.kind(link[0]) == "chance"}
    assert kept <= information_links(cm.reduce(g))


@given(games(max_nodes=7))
def test_dropped_links_are_immaterial(g):
    for agent in g.agents:
        seen = as_seen_by(g, agent)
        for parent, decision in cm.reduction(seen).links:
            assert immaterial(g, parent, decision)


@settings(max_examples=60)
@given(diagrams(max_nodes=7, min_decisions=2))
def test_steps_show_themselves(g):
    current = g
    for step in cm.reduction(g).steps:
        after = current.without_links(step.links)
        if step.rule == "R0":
            (decision,) = {child for _, child in step.links}
            observed = {parent for parent, _ in step.links}
            assert cm.d_separated(current, observed, downstream_utilities(current, decision), step.given)
        if step.rule == "R1":
            ((parent, decision),) = step.links
            assert {decision, *current.parents(decision)} - {parent} <= set(step.given)
            extra = set(step.given) - {decision, *current.parents(decision)}
            assert all(current.kind(node) == "decision" for node in extra)
        if step.rule == "R2":
            play = {*g.decisions, *(p for d in after.decisions for p in after.parents(d))}
            assert cm.d_separated(after, step.given, play | set(downstream_utilities(current, g.decisions[0])))
        current = after
    assert current == cm.reduce(g)


@settings(max_examples=300)
@given(diagrams(min_decisions=2))
def test_one_pass_answers_for_all_new_links(g):
    closed, net = closed_to(g.net), g.net
    for decision, bit in net.bit.items():
        for node in range(len(net.names)):
            if net.below[node] & bit or node in net.dag.parents[decision] or not net.balls.visited[node] & bit:
                continue
            linked, start, end = net.with_link(node, decision)
            assert bool(closed[node] & bit) is bool(closures_of(linked, [(start, end)]))


@settings(max_examples=300)
@given(diagrams(min_decisions=2))
def test_links_of_one_decision_go_as_if_each_were_looked_for_by_itself(g):
    net, steps = g.net, []
    for parent, decision in [(p, d) for d, _ in reversed(net.decisions) for p in reversed(net.dag.parents[d])]:
        found = closures_of(net, [(parent, decision)])
        steps += [removal.step for removal in found.values()]
        net = net.without(found)
    assert [removal.step for removal in closed(g.net)] == steps
