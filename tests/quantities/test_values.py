"""Golden values of the theory (section 13), ties, and refusals."""

from __future__ import annotations

from fractions import Fraction

import pytest

import cidmesa as cm


def one(links, **nodes):
    return cm.model(cm.cid(links, decisions=["D"], utilities=["U"]), nodes)


D1 = one("S -> D; S, D -> U", S=cm.uniform([-1, 1]), D=[-1, 1], U="S * D")
BLIND = one("S -> U; D -> U", S=cm.uniform([-1, 1]), D=[-1, 1], U="S * D")


def test_information_and_control_of_the_same_node():  # D1
    assert cm.value_of_information(D1, "D", "S") == 1
    assert cm.value_of_information(BLIND, "D", "S") == 1
    assert cm.value_of_control(D1, "S") == 0
    assert not cm.value_of_control(D1, "S")
    assert cm.value_of_control(BLIND, "S") == 1
    assert cm.has_ri(D1, "D", "S")
    assert not cm.has_ici(D1, "D", "S")
    assert cm.has_ici(D1, "D", "U") == 2


def test_an_action_that_carries_information():  # B3
    g = cm.cid("S -> D1, U1; D1 -> U1, D2, U2; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    m = cm.model(g, S=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U1="D1 == S", U2="D1 == D2")
    assert cm.value_of_information(m, "D2", "D1") == Fraction(1, 2)


@pytest.mark.parametrize(("states", "value"), [(4, Fraction(1, 2)), (2, 0)])
def test_substitutes_depend_on_the_sizes_of_domains(states, value):  # B6
    g = cm.cid("S -> D1, D2, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, S=cm.uniform(range(states)), D1=[0, 1], D2=list(range(states)), U="D2 == S")
    assert cm.value_of_information(m, "D2", "S") == value


def test_three_colouring():  # B8
    g = cm.cid("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    ends = {0: "1/2", 1: "1/2"}, {1: "1/2", 2: "1/2"}, {2: "1/2", 0: "1/2"}
    m = cm.model(g, A=cm.uniform([0, 1, 2]), B=lambda A: ends[A], D1=[0, 1], D2=[0, 1, 2], U="D2 == B")
    assert cm.value_of_information(m, "D1", "A") == Fraction(1, 6)


def test_a_utility_may_be_set_to_more_than_its_table_has():
    m = one("D -> U", D=[0, 1], U="D")
    assert cm.value_of_control(m, "U") == 0
    assert cm.value_of_control(m, "U", values=[5]) == 4


def test_response_means_every_optimal_policy():
    tied = one("S -> D; S, D -> U", S=cm.uniform([0, 1]), D=[0, 1], U="S")
    assert not cm.has_ri(tied, "D", "S")
    copied = one("X -> Z; X, Z -> D; Z, D -> U", X=cm.uniform([0, 1]), Z="X", D=[0, 1], U="Z == D")
    assert cm.has_ri(copied, "D", "X")
    assert not cm.value_of_information(copied, "D", "X")


def test_a_response_to_what_never_happens_is_none():
    m = one("S -> D; S, D -> U", S={0: 1, 1: 0}, D=[0, 1], U="S == D")
    assert not cm.has_ri(m, "D", "S")


def test_instrumental_control_needs_all_best_options_to_use_the_node():
    m = one("D -> X -> U; D -> U", D=[0, 1, 2], X="D == 1", U="X if D == 1 else D == 2")
    assert not cm.has_ici(m, "D", "X")
    assert cm.has_ici(one("D -> X -> U", D=[0, 1], X="D", U="X"), "D", "X").witness == ((),)


def test_impact_depends_on_the_baseline():
    m = one("D -> X; D -> U", D=[0, 1], X="D", U="D")
    assert cm.has_impact(m, "D", "X") == Fraction(1, 2)
    assert cm.has_impact(m, "D", "X", baseline={"D": 0}) == 1
    assert not cm.has_impact(m, "D", "X", baseline={"D": 1})


def test_how_it_shows():
    quantity = cm.value_of_information(BLIND, "D", "S")
    assert str(quantity) == "voi = 1 (1 with S -> D, 0 without)"
    assert quantity == cm.value_of_information(BLIND, "D", "S")
    assert hash(quantity) == hash(1)
    assert sorted([quantity, 0.5, cm.value_of_control(D1, "S")])[1] == 0.5
    assert "2 contexts" in cm.has_ri(D1, "D", "S").reason


@pytest.mark.parametrize("measure", [cm.value_of_information, cm.has_ri, cm.has_ici, cm.has_impact])
def test_wrong_names(measure):
    with pytest.raises(cm.DiagramError, match="'S' is a chance node, a decision is needed"):
        measure(D1, "S", "D")
    with pytest.raises(cm.UnknownNode, match=r"no node 'T'"):
        measure(D1, "D", "T")


def test_refusals():
    with pytest.raises(cm.NotApplicable, match="'U', a utility"):
        cm.value_of_information(D1, "D", "U")
    with pytest.raises(cm.NotApplicable, match="comes after it"):
        cm.value_of_information(one("D -> X -> U", D=[0, 1], X="D", U="X"), "D", "X")
    with pytest.raises(cm.NotApplicable, match="'D' is a decision"):
        cm.value_of_control(D1, "D")
    with pytest.raises(cm.NotApplicable, match="the decision itself"):
        cm.has_ri(D1, "D", "D")
    g = cm.cid("D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D2")
    with pytest.raises(
        cm.NotApplicable, match=r"but D1 can choose, too.*model\.with_policy in Python, policy: \{D1: …\} in a question"
    ):
        cm.has_ici(m, "D2", "U")
    assert cm.has_ici(m.with_policy({"D1": 0}), "D2", "U")
    assert cm.has_ici(cm.model(g, D1=[0], D2=[0, 1], U="D2"), "D2", "U")
