"""Proofs and counterexamples, which plain numbers confirm."""

import pytest

import cidmesa as cm
from cidmesa.symbolic import smt_search
from cidmesa.symbolic.proof import condition_of


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
