"""Numbers that stand for themselves: quotients of polynomials, with and without python-flint."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

import pytest
import sympy
from hypothesis import given, strategies as st

import cidmesa as cm
from cidmesa.modelling import polynomial
from cidmesa.symbolic.factor import Factor
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.proof import condition_of
from cidmesa.symbolic.traced import Trace, Undecidable


@pytest.fixture(params=["flint", "sympy"], autouse=True)
def arithmetic(request, monkeypatch):
    """Polynomials on python-flint, then on sympy alone."""
    if request.param == "flint":
        pytest.importorskip("flint")
    else:
        monkeypatch.setattr(polynomial, "find_spec", lambda _: None)
    polynomial._ring.cache_clear()
    yield request.param
    polynomial._ring.cache_clear()


def _at(**values):
    return Trace(Point(tuple(values), tuple(map(Fraction, values.values())))).parameters().values()


def test_quotients_are_reduced():
    p, q = _at(p="1/3", q="1/2")
    assert str((p**2 - q**2) / (p - q)) == str(p + q)
    assert (p / p, p - p, (p + q) / (2 * p + 2 * q)) == (1, 0, Fraction(1, 2))
    assert type((p * q) / (p * q)) is Fraction
    assert (1 / p + 1 / q) * p * q == p + q
    assert p**-2 * p**2 == 1


@pytest.mark.parametrize("value", ["1/3", "0", "-2"])
def test_comparisons_are_those_of_the_numbers(value):
    (p,) = _at(p=value)
    number = Fraction(value)
    for other in (0, Fraction(1, 3), -2, 5):
        for compare in (lt, le, gt, ge, eq, ne):
            assert compare(p, other) == compare(number, other)
    assert abs(p) == abs(number)
    assert bool(p) == bool(number)


def test_what_a_number_is_needed_for_is_refused():
    (p,) = _at(p="1/3")
    for use in (float, int, round, hash, lambda x: 2**x, lambda x: x + 0.5):
        with pytest.raises((Undecidable, TypeError)):
            use(p)
    assert p + 0.0 == p
    with pytest.raises(ZeroDivisionError):
        1 / (p - Fraction(1, 3))


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.integers(1, 5))
def test_a_quotient_is_compared_where_its_denominator_changes_sign(coefficients, scale):
    a, b, c, d = coefficients
    if not (c or d):
        return

    def ask(at):
        below = c * at["p"] + d
        return below != 0 and (a * at["p"] + b) / below > Fraction(1, scale)

    found = condition_of(ask, [cm.parameter("p", -3, 3)])
    for k in range(-30, 31):
        assert found.holds_at(p=Fraction(k, 10)) == ask({"p": Fraction(k, 10)})


def test_an_irrational_threshold_is_an_algebraic_number():
    found = condition_of(lambda at: at["p"] ** 3 + at["p"] >= 1, [cm.parameter("p", 0, 1)])
    (threshold,) = found.thresholds
    assert sympy.Symbol("p") in found.region.free_symbols
    assert abs(sympy.N(threshold, 30) ** 3 + sympy.N(threshold, 30) - 1) < 1e-25
    assert [piece.holds for piece in found.pieces if not isinstance(piece.sample["p"], Fraction)] == [True]


def test_a_linear_condition_is_found_and_told_without_sympy(arithmetic):
    code = """
import sys, cidmesa as cm
g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
m = cm.model(g, D=[0, 1], U="(3 * p - 1) * D", parameters={"p": cm.parameter("p", 0, 1)}, symbolic=True)
print(cm.conditions(m, {"optimal": {"decision": "D"}, "is": 1}), "sympy" in sys.modules)
"""
    if arithmetic == "flint":
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split("\n")[0] == "p > 1/3 False"


@given(
    st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(-5, 5).filter(bool), min_size=1),
    st.fractions(-3, 3, max_denominator=9),
    st.fractions(-3, 3, max_denominator=9),
)
def test_the_sign_of_a_polynomial_by_integers_is_that_of_its_value(terms, x, y):
    factor = Factor(("x", "y"), tuple(sorted(terms.items(), reverse=True)))
    value = factor.at({"x": x, "y": y})
    assert factor.sign_at({"x": x, "y": y}) == (value > 0) - (value < 0)
