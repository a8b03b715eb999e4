"""What settles insoluble diagrams, by example; `tests/laws` compares with search."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given, settings

import cidmesa as cm
from cidmesa.criteria.concepts import concept
from cidmesa.criteria.decision_problem import Problem
from cidmesa.criteria.ground import Decided
from cidmesa.criteria.insoluble import messages, stages, told_alone
from cidmesa.criteria.paths import FreeReach
from cidmesa.structure import reduction
from cidmesa.structure.relevance import decision_ball
from tests.strategies import diagrams


def two(links, utilities=("U",)):
    return cm.cid(links, decisions=["D1", "D2"], utilities=utilities)


TOLD = two("X -> D1 -> D2; A -> B, X; X, A -> D2; B, D2 -> U; D1 -> U")


def silent(g, decision):
    """What has no effect where the decision stands alone."""
    return set(g.net.shown(next(stages(g.net, g.index(decision), strict=True)).silent))


def test_what_only_a_relay_sees_is_silent():
    g = two("X -> D1 -> D2; A -> B, X; A -> D2; B, D2 -> U")
    assert silent(g, "D2") == {"D1", "X"}
    assert silent(TOLD, "D2") == {"D1"}


@pytest.mark.parametrize(
    ("links", "decision", "node", "witness"),
    [
        pytest.param("D1 -> X; Z -> X, U; D2 -> U", "D2", "X", ("X", "Z", "U"), id="alone"),
        pytest.param("X -> D1 -> D2 -> U; X -> U", "D1", "X", ("X", "U"), id="deputy"),
        pytest.param("X -> D1 -> Y -> D2 -> V -> U; X -> U", "D1", "X", ("X", "U"), id="deputy told by a copy"),
        pytest.param("X -> D1; D2 -> U; X, D1 -> U", "D2", "D1", ("D1", "X", "U"), id="messenger"),
        pytest.param("Z, X -> D1; D2 -> U; X, D1 -> U", "D2", "D1", ("D1", "X", "U"), id="messenger of two things"),
    ],
)
def test_value_of_information_is_shown(links, decision, node, witness):
    verdict = cm.admits_voi(two(links), decision, node)
    assert (verdict.status, verdict.witness) == ("admits", witness)


def test_what_the_deputy_sees_too_stays_open():  # B8
    g = two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U")
    assert cm.admits_voi(g, "D1", "A").status == "undetermined"


@pytest.mark.parametrize("key", ["voi", "ri", "ici"])
def test_a_ground_is_asked_only_about_what_those_before_it_leave_open(key):
    problem = Problem(two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U"), "agent")
    kinds, settled = concept(key), [0] * 5

    def watched(ground):
        def where(problem, asked):
            assert asked() == [problem.net.all & ~bits for bits in settled]
            bits = ground.where(problem, asked)
            settled[:] = [before | now for before, now in zip(settled, bits, strict=True)]
            return bits

        return replace(ground, where=where)

    decided = Decided(replace(kinds, grounds=tuple(map(watched, kinds.grounds))), problem)
    decided.settle()
    assert [bits & problem.net.all for bits in settled] == [problem.net.all] * 5


def test_a_relay_can_tell_only_so_much():  # B8 again: with three values of A, two actions of D1 cannot replace A
    g = two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U")
    assert cm.admits_voi(g, "D2", "A").witness == ("A", "B", "U")
    thirds = {value: Fraction(1, 3) for value in range(3)}
    parts = {"A": thirds, "B": lambda A: A, "D1": [0, 1], "D2": [0, 1, 2], "U": lambda B, D2: int(B == D2)}
    values = [cm.solve(cm.model(diagram, parts)).value for diagram in (g, g.without_link("A", "D2"))]
    assert values == [1, Fraction(2, 3)]


def test_all_on_the_way_to_the_deputy_respond():
    g = two("X -> O -> D1 -> Y -> D2 -> U; X -> U")
    assert not cm.is_soluble(g)
    for decision, node, witness in (("D1", "X", ("X", "O", "D1")), ("D2", "X", ("X", "O", "D1", "Y", "D2")),
                                    ("D2", "D1", ("D1", "Y", "D2")), ("D2", "Y", ("Y", "D2"))):  # fmt: skip
        verdict = cm.admits_ri(g, decision, node)
        assert (verdict.status, verdict.witness) == ("admits", witness)
        assert "few decisions have an effect" in verdict.reason


def test_nothing_responds_where_the_decision_has_nothing_to_answer_to():
    g = two("D1 -> Y -> D2 -> U; D1 -> U")
    assert cm.admits_ri(g, "D2", "Y").status == "excluded"


@settings(max_examples=60)
@given(diagrams(max_nodes=8, min_decisions=2, max_decisions=3))
def test_what_leads_to_utilities_is_what_a_search_finds(g):
    net = g.net
    graph = nx.DiGraph((parent, node) for node, parents in enumerate(net.dag.parents) for parent in parents)
    graph.add_nodes_from(range(len(g)))
    for stage in (stage for decision in net.bit for stage in stages(net, decision, strict=False)):
        unseen = stage.silent | {*stage.seen, stage.decision}
        for found, barred, starts in ((stage.leads, stage.silent, ()), (stage.direct, unseen, stage.seen)):
            for node in range(len(g)):
                rest = graph.subgraph({*graph} - barred | {node})
                ends = {node} if node in barred and node not in starts else {node, *nx.descendants(rest, node)}
                assert found[node] == sum(stage.targets[end] for end in ends)


def test_stages_and_messages():
    g = two("X -> D1 -> D2; W -> D2 -> U; X, W -> U")
    place = g.index
    first, second = stages(g.net, place("D1"), strict=False)
    assert first.path == (place("D1"),)
    assert (second.path, second.watched) == ((place("D1"), place("D2")), {place("W")})
    assert (first.told[place("X")], second.told[place("X")]) == (0, 1)
    told = [0b10 if node == "X" else 0 for node in g.nodes]
    assert messages(g.net, told)[place("D1")] == 0b10
    assert messages(g.with_link("X", "D2").net, told)[place("D1")] == 0


@settings(max_examples=300)
@given(diagrams(min_decisions=2))
def test_one_pass_finds_what_each_decision_is_told_alone(g):
    told = told_alone(g.net, FreeReach(g.net).below)
    for decision, bit in g.net.bit.items():
        others = {*g.decisions} - {g.nodes[decision]}
        rest = g.without_links(link for link in g.edges if not {*link}.isdisjoint(others))
        visited = {rest.nodes[step] for step in decision_ball(rest, g.nodes[decision]).visited} - {*g.decisions}
        stage = next(stages(g.net, decision, strict=False))
        assert {g.nodes[i] for i, bits in enumerate(told) if bits & bit} == visited
        assert {g.nodes[i] for i, bits in enumerate(stage.told) if bits} - {*g.decisions} == visited


# --- pinned decisions, codes and gates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "concept", "decision", "node", "witness"),
    [
        ("T -> O; D1 -> O -> D2; T, D2 -> U", "ici", "D1", "O", ("D1", "O", "D2", "U")),
        ("T -> O; D1 -> O -> D2; T, D2 -> U", "impact", "D1", "D2", ("D1", "O", "D2", "D1", "O", "D2", "U")),
        ("X -> D1 -> D2 -> U; X -> U", "ici", "D1", "D2", ("D1", "D2", "U")),
        ("X -> D1 -> D2 -> U; X -> U", "impact", "D1", "U", ("D1", "D2", "U", "D1", "D2", "U")),
        ("D1 -> U; D1 -> X -> D2 -> U; X -> U", "ici", "D1", "D2", ("D1", "X", "D2", "U")),
        ("D1 -> U; D1 -> X -> D2 -> U; X -> U", "ri", "D2", "D1", ("D1", "X", "D2")),
        ("C -> D1 -> D2 -> U; C -> X -> D2; C -> U", "ri", "D2", "X", ("X", "D2")),
    ],
)
def test_others_that_play_along(links, concept, decision, node, witness):
    g = two(links)
    assert not cm.is_soluble(g)
    (verdict,) = cm.incentives(g).select(concept=concept, decision=decision, node=node)
    assert (verdict.status, verdict.witness) == ("admits", witness)


def test_control_opens_a_gate():  # D1 has two actions and cannot tell all three values of C
    g = two("C -> D1 -> D2 -> U; C -> X -> D2; C -> U")
    assert cm.admits_voc(g, "X").witness == ("X", "D2", "U")
    thirds = {value: Fraction(1, 3) for value in range(3)}
    shut = {"C": thirds, "X": {0: 1, 1: 0, 2: 0}, "D1": [0, 1], "D2": [0, 1, 2], "U": lambda C, D2: int(C == D2)}
    assert cm.value_of_control(cm.model(g, shut), "X").value == Fraction(1, 3)


def test_what_the_receiver_sees_on_the_way_would_give_the_code_away():
    g = two("T -> O; D1 -> Y -> O -> D2; T, D2 -> U")
    seen = g.with_link("Y", "D2")
    place = (g.index("D1"), g.index("Y"))
    assert place in Problem(g, "agent").constructions.controlled
    assert place not in Problem(seen, "agent").constructions.controlled


@settings(max_examples=300)
@given(diagrams(min_decisions=2))
def test_no_construction_contradicts_the_reduction(g):
    problem = Problem(g, "a0")
    built = problem.constructions
    above, below, scored = problem.kept.above, problem.kept.below, problem.kept.scored
    for decision, node in built.responses:
        assert above[node] & g.net.bit[decision]
    for decision, node in built.controlled:
        assert below[node] & scored[node] & g.net.bit[decision]
    for decision, node in built.moved:
        assert g.net.below[node] & problem.kept.aims & g.net.bit[decision]
    assert all(scored[node] for _, node in built.valued)


def test_a_path_without_decisions_is_asked_for_before_any_reduction(monkeypatch):
    monkeypatch.setattr(reduction, "reduced_by_all", lambda _: pytest.fail("no reduction is needed"))
    g = two("D1 -> X -> U; D1 -> D2 -> U")
    assert cm.admits_ici(g, "D1", "X").witness == ("D1", "X", "U")
