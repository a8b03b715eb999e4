"""Proofs and counterexamples, which plain numbers confirm."""

import pytest

import cidmesa as cm
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.parameter import parameter
from cidmesa.symbolic import smt_search
from cidmesa.symbolic.proof import agrees, condition_of, difference


@pytest.fixture(scope="module")
def gate():
    return cm.load("models/hubinger2019/deployment-gate.cid.yaml")


COMPLIES = {"optimal": {"decision": "D_A1"}, "is": "a"}
FREE = ["K", "mu", "gc", "gd"]


def test_the_gate_has_its_closed_form(gate):
    found = cm.conditions(gate, COMPLIES, of="deceptive", over=FREE)
    assert found.complete
    assert str(found) == "K*(gc + gd*mu - gd) > 1"


def test_a_claim_on_four_parameters_is_proved(gate):
    assumed = "K * (gc - (1 - mu) * gd) > 1"
    assert cm.prove(gate, COMPLIES, of="deceptive", over=FREE, assuming=assumed)
    refuted = cm.prove(gate, COMPLIES, of="deceptive", over=FREE, assuming="K * (gc - (1 - mu) * gd) >= 1")
    assert refuted.status == "refuted"
    assert refuted.confirmed
    at = refuted.counterexample
    assert at["K"] * (at["gc"] - (1 - at["mu"]) * at["gd"]) == 1


def test_without_z3_the_answer_is_partial_and_says_so(monkeypatch):
    monkeypatch.setattr(smt_search, "find_spec", lambda _: None)
    free = [cm.parameter(name, 0, 1) for name in "abc"]
    found = condition_of(lambda at: at["a"] + at["b"] > at["c"], free)
    assert not found.complete
    assert "not complete" in repr(found)
    assert found.holds_at(a=1, b=1, c="1/2")
    assert "at least if" in found.to_text()


def test_cells_and_search_agree():
    pytest.importorskip("z3")
    free = [cm.parameter("x", -2, 2), cm.parameter("y", -2, 2)]

    def ask(at):
        return max(at["x"] * at["y"], at["x"] ** 2) > 1 - at["y"]

    cells = condition_of(ask, free)
    by_search = condition_of(lambda at: ask(at) and at["z"] == 0, [*free, cm.parameter("z", 0, 0)])
    assert by_search.complete
    for piece in cells.pieces:
        if piece.point.rational:
            assert by_search.holds_at(piece.sample, z=0) == piece.holds


TEXTS = ["p > q", "p >= q", "p * q > 1/4", "p + q < 1", "p * p > 1/2", "p - 2 * q == 0", "p < 1/3 or q > 1/2", "1", "0"]


def _asks(text):
    def ask(at):
        if at["q"] == 1:
            raise cm.NotApplicable("there is no answer here")
        return bool(Expression(text)(at))

    return ask


@pytest.mark.parametrize("assumed", [None, "q < 1", "p > q"])
@pytest.mark.parametrize("text", TEXTS)
def test_agreement_is_what_the_difference_of_the_formula_says(text, assumed):
    """One exploration finds what the formula and a second one find, also where there is no answer."""
    free, given = [parameter("p", 0, 1), parameter("q", 0, 1)], Expression(assumed) if assumed else None
    condition = condition_of(_asks(text), free, assuming=given)
    found = {other: agrees(_asks(text), free, Expression(other), given) for other in TEXTS}
    assert found == {other: not difference(condition, Expression(other)) for other in TEXTS}


def test_agreement_is_not_claimed_of_what_samples_show(monkeypatch):
    monkeypatch.setattr(smt_search, "find_spec", lambda _: None)
    free = [parameter(name, 0, 1) for name in "pqr"]
    assert not agrees(lambda at: at["p"] >= 0, free, Expression("1"))
