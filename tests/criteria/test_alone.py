"""One decision alone: what settles insoluble diagrams, by example; `tests/laws` compares with search."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

import cidmesa as cm
from cidmesa.criteria.alone import alone, awake, messages, stages, told_alone
from cidmesa.criteria.marks import Reach
from cidmesa.structure.relevance import decision_ball
from tests.strategies import diagrams


def two(links, utilities=("U",)):
    return cm.cid(links, decisions=["D1", "D2"], utilities=utilities)


TOLD = two("X -> D1 -> D2; A -> B, X; X, A -> D2; B, D2 -> U; D1 -> U")


def test_the_others_are_cut_off():
    assert set(alone(TOLD, "D2").edges) == {("A", "B"), ("A", "X"), ("X", "D2"), ("A", "D2"), ("B", "U"), ("D2", "U")}


def test_what_only_a_relay_sees_sleeps():
    g = two("X -> D1 -> D2; A -> B, X; A -> D2; B, D2 -> U")
    assert ("A", "X") not in awake(g, "D2").edges
    assert ("A", "X") in awake(TOLD, "D2").edges


@pytest.mark.parametrize(
    ("links", "decision", "node", "witness"),
    [
        pytest.param("D1 -> X; Z -> X, U; D2 -> U", "D2", "X", ("X", "Z", "U"), id="alone"),
        pytest.param("X -> D1 -> D2 -> U; X -> U", "D1", "X", ("X", "U"), id="deputy"),
        pytest.param("X -> D1 -> Y -> D2 -> V -> U; X -> U", "D1", "X", ("X", "U"), id="deputy told by a copy"),
        pytest.param("X -> D1; D2 -> U; X, D1 -> U", "D2", "D1", ("D1", "X", "U"), id="messenger"),
    ],
)
def test_value_of_information_is_shown(links, decision, node, witness):
    verdict = cm.admits_voi(two(links), decision, node)
    assert (verdict.status, verdict.witness) == ("admits", witness)


def test_what_the_deputy_sees_too_stays_open():  # B8
    g = two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U")
    assert cm.admits_voi(g, "D1", "A").status == "undetermined"


def test_a_relay_can_tell_only_so_much():  # B8 again: with three values of A, two actions of D1 can't replace A
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
        assert "one decision stands alone" in verdict.reason


def test_nothing_responds_where_the_decision_has_nothing_to_answer_to():
    g = two("D1 -> Y -> D2 -> U; D1 -> U")
    assert cm.admits_ri(g, "D2", "Y").status == "excluded"


def test_stages_and_messages():
    g = two("X -> D1 -> D2; W -> D2 -> U; X, W -> U")
    first, second = stages(g, "D1", strict=False)
    assert first.path == ("D1",)
    assert (second.path, second.watched) == (("D1", "D2"), {"W"})
    assert set(second.cid.edges) == {("X", "D1"), ("X", "U"), ("D1", "U")}
    assert list(messages(g, "D1", "D2")) == [("D1", "X")]
    assert list(messages(g.with_link("X", "D2"), "D1", "D2")) == []


@settings(max_examples=300)
@given(diagrams(min_decisions=2))
def test_one_pass_finds_what_each_decision_is_told_alone(g):
    told = told_alone(g.net, Reach(g.net).free_below)
    for decision in g.decisions:
        rest = alone(g, decision)
        visited = {rest.nodes[step] for step in decision_ball(rest, decision).visited}
        assert {g.nodes[i] for i, bits in enumerate(told) if bits & g.net.bit[g.index(decision)]} == visited - {
            *g.decisions
        }
