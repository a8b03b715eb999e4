"""Cells of lines and planes: exact signs at rational and algebraic points, and no cell left out."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings, strategies as st

from cidmesa.symbolic.box import cells
from cidmesa.symbolic.factor import factored
from cidmesa.symbolic.point import simplest

X, Y = sympy.symbols("x y")
SPAN = (Fraction(-2), Fraction(2))


def _parts(expression, names):
    poly = sympy.Poly(expression, *sympy.symbols(names), domain=sympy.QQ)
    if poly.is_zero:
        return []
    terms = [(powers, Fraction(int(c.p), int(c.q))) for powers, c in poly.terms()]
    return [factor for factor, _ in factored(tuple(names), terms)[1] if factor.variables]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6))
def test_every_sign_on_the_line_is_met(coefficients):
    expression = sum(c * X**k for k, c in enumerate(coefficients))
    factors = _parts(expression, ["x"])
    met = {tuple(p.sign(f) for f in factors) for p in cells(("x",), factors, [SPAN])[0]}
    grid = [Fraction(k, 24) for k in range(-48, 49)]
    for x in grid:
        assert tuple(int(sympy.sign(f.at({"x": x}))) for f in factors) in met


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), min_size=1, max_size=2))
def test_every_sign_in_the_plane_is_met(conics):
    monomials = [X**2, X * Y, Y**2, X, Y, 1]
    factors = [f for c in conics for f in _parts(sum(a * m for a, m in zip(c, monomials, strict=True)), ["x", "y"])]
    points, complete = cells(("x", "y"), factors, (SPAN, SPAN))
    assert complete
    met = {tuple(p.sign(f) for f in set(factors)) for p in points}
    for i in range(-16, 17):
        for j in range(-16, 17):
            at = {"x": Fraction(i, 8), "y": Fraction(j, 8)}
            signs = (f.at(at) for f in set(factors))
            assert tuple((s > 0) - (s < 0) for s in signs) in met


def test_the_crossing_of_two_curves_is_an_exact_point():
    circle, cubic = _parts(X**2 + Y**2 - 2, ["x", "y"]) + _parts(X**3 - Y - 1, ["x", "y"])
    points, complete = cells(("x", "y"), [circle, cubic], (SPAN, SPAN))
    crossings = [p for p in points if p.sign(circle) == p.sign(cubic) == 0]
    assert complete
    assert len(crossings) == 2
    for point in crossings:
        x, y = (sympy.N(number, 40) for number in point.values().values())
        assert abs(x**2 + y**2 - 2) < 1e-30
        assert abs(x**3 - y - 1) < 1e-30


@given(st.fractions(), st.fractions())
def test_simplest_lies_strictly_between(a, b):
    if a == b:
        return
    low, high = min(a, b), max(a, b)
    found = simplest(low, high)
    assert low < found < high
    assert all(not low < Fraction(n, d) < high for d in range(1, min(found.denominator, 30))
               for n in (low.numerator * d // low.denominator + 1,))  # fmt: skip


@pytest.mark.parametrize(("low", "high", "found"), [(None, Fraction(-1), -2), (Fraction(3), None, 4), (None, None, 0)])
def test_simplest_without_bounds(low, high, found):
    assert simplest(low, high) == found
