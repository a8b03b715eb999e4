"""Conditions of the worked examples, against closed forms and the engine at points."""

from fractions import Fraction

import pytest
import sympy

import cidmesa as cm

MU, GAMMA = sympy.symbols("mu gamma")


@pytest.fixture(scope="module")
def corners():
    return cm.load("models/hubinger2019/two-corners.cid.yaml")


def test_two_corners_deceive_iff_correction_is_likelier_than_a_third(corners):
    found = cm.conditions(corners, {"deceptive": True}, of="deceptive", over=["mu"])
    assert str(found) == "mu > 1/3"
    assert found.region == sympy.Gt(MU, sympy.Rational(1, 3))
    assert found.thresholds == (Fraction(1, 3),)
    assert found.boundary == (3 * MU - 1,)
    assert found.complete
    assert (found.holds_at(mu="1/3"), found.holds_at(mu="34/100")) == (False, True)
    assert found.to_latex() == r"\mu > \frac{1}{3}"


def test_a_condition_is_not_a_truth_value(corners):
    found = cm.conditions(corners, {"deceptive": True}, of="unaware", over=["mu"])
    assert found.never
    assert not found.always
    with pytest.raises(cm.ModelError, match="neither true nor false"):
        bool(found)
