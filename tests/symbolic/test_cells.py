"""Cells of lines and planes: exact signs at rational and algebraic points, and nothing left out."""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import pytest
import sympy
from hypothesis import given, settings, strategies as st

from cidmesa.symbolic.algebraic_roots import elements, roots_above
from cidmesa.symbolic.decomposition import Box
from cidmesa.symbolic.factor import factored
from cidmesa.symbolic.real_roots import roots_of, simplest

X, Y = sympy.symbols("x y")
SPAN = (Fraction(-2), Fraction(2))
MONOMIALS = [X**2, X * Y, Y**2, X, Y, 1]
CONICS = st.lists(st.integers(-2, 2), min_size=6, max_size=6)


class Signs(NamedTuple):
    """A course that asks for the signs of polynomials, and what it comes to."""

    factors: frozenset
    verdict: object


def _parts(expression, names):
    poly = sympy.Poly(expression, *map(sympy.Symbol, names), domain=sympy.QQ)
    if poly.is_zero:
        return []
    terms = [(powers, Fraction(int(c.p), int(c.q))) for powers, c in poly.terms()]
    return [factor for factor, _ in factored(tuple(names), terms)[1] if factor.variables]


def _conic(coefficients):
    return _parts(sum(a * m for a, m in zip(coefficients, MONOMIALS, strict=True)), "xy")


def _met(names, factors, spans=(SPAN, SPAN)):
    """Return the cells of a course that asks for all signs."""

    def look(point):
        return Signs(frozenset(factors), tuple(point.sign(factor) for factor in factors))

    return Box(tuple(names), spans[: len(names)]).cells(look)[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6))
def test_every_sign_on_the_line_is_met(coefficients):
    factors = _parts(sum(c * X**k for k, c in enumerate(coefficients)), "x")
    met = {cell.course.verdict for cell in _met("x", factors)}
    for x in (Fraction(k, 24) for k in range(-48, 49)):
        assert tuple(int(sympy.sign(f.at({"x": x}))) for f in factors) in met


@settings(max_examples=12, deadline=None)
@given(st.lists(CONICS, min_size=1, max_size=3), st.sampled_from([SPAN, (Fraction(0), None), (None, None)]))
def test_every_sign_in_the_plane_is_met(conics, span):
    factors = sorted({factor for conic in conics for factor in _conic(conic)})
    found = _met("xy", factors, (SPAN, span))
    met = {cell.course.verdict for cell in found}
    low = -2 if span[0] != 0 else 0
    for x, y in product((Fraction(i, 8) for i in range(-16, 17)), (Fraction(j, 8) for j in range(8 * low, 17))):
        assert tuple((s > 0) - (s < 0) for s in (f.at({"x": x, "y": y}) for f in factors)) in met
    for cell in found:
        _agrees_with_floats(cell.point, factors)


def _agrees_with_floats(point, factors):
    near = {name: sympy.N(number, 60) for name, number in point.values().items()}
    for factor in factors:
        value = sympy.sympify(factor.at(near))
        assert int(sympy.sign(value)) == point.sign(factor) or (abs(value) < 1e-40 and point.sign(factor) == 0)


@settings(max_examples=12, deadline=None)
@given(st.lists(CONICS, min_size=3, max_size=3))
def test_every_course_of_a_tree_of_questions_is_met(conics):
    """Which sign is asked for next depends on the one before, so that most cells need few of the polynomials."""
    first, *later = [_conic(conic) for conic in conics]
    if not first:
        return

    def course(sign):
        asked = {factor: sign(factor) for factor in first}
        branch = later[0] if min(asked.values()) < 0 else later[1] if 0 not in asked.values() else ()
        asked |= {factor: sign(factor) for factor in branch}
        return Signs(frozenset(asked), frozenset(asked.items()))

    found, bounds = Box(("x", "y"), [SPAN, SPAN]).cells(lambda point: course(point.sign))
    met = {cell.course.verdict for cell in found}
    for i in range(-8, 9):
        for j in range(-8, 9):
            at = {"x": Fraction(i, 4), "y": Fraction(j, 4)}
            assert course(lambda f, at=at: (f.at(at) > 0) - (f.at(at) < 0)).verdict in met
    assert bounds <= {factor for conic in conics for factor in _conic(conic)}


def test_only_what_is_asked_divides_the_plane():
    """The circle is asked for only where x is positive, so that it makes no cells on the left."""
    (axis,), (circle,) = _parts(X, "xy"), _parts(X**2 + Y**2 - 1, "xy")

    def look(point):
        asked = [axis, circle] if point.sign(axis) > 0 else [axis]
        return Signs(frozenset(asked), tuple(point.sign(factor) for factor in asked))

    found, bounds = Box(("x", "y"), [SPAN, SPAN]).cells(look)
    inside = [cell for cell in found if cell.open]
    assert sum(cell.point.sign(axis) < 0 for cell in inside) == 1
    assert bounds == {axis, circle}


def test_the_crossing_of_two_curves_is_an_exact_point():
    circle, cubic = _parts(X**2 + Y**2 - 2, "xy") + _parts(X**3 - Y - 1, "xy")
    crossings = [cell.point for cell in _met("xy", [circle, cubic]) if cell.course.verdict == (0, 0)]
    assert len(crossings) == 2
    for point in crossings:
        x, y = (sympy.N(number, 40) for number in point.values().values())
        assert abs(x**2 + y**2 - 2) < 1e-30
        assert abs(x**3 - y - 1) < 1e-30


def _terms(expression):
    return {powers: int(c) for powers, c in sympy.Poly(expression, X, Y).terms()}


@pytest.mark.parametrize(("own", "curve", "count"), [
    (X**2 - 2, (Y - X) ** 2 * (Y - 1), 2),  # a double root
    (X**2 - 2, Y**2 - X, 2),
    (X**2 - 2, Y**2 + X, 0),
    (X**3 - X - 1, (Y**2 - X) * (Y**3 - X * Y + 1), 3),
    (X**2 - 2, (X**2 - 2) * Y**3 + Y - X, 1),  # the leading coefficient is 0 there
])  # fmt: skip
def test_roots_above_a_root(own, curve, count):
    (factor,) = _parts(own, "x")
    root = roots_of(factor)[-1]
    found = roots_above(root, _terms(curve), None, None)
    at = sympy.N(root.number, 60)
    assert len(found) == count
    assert sorted(map(id, found)) == sorted(map(id, sorted(found)))
    for one in found:
        assert abs(sympy.N(curve.subs({X: at, Y: sympy.N(one.number, 60)}))) < 1e-20
        assert one.sign(elements(root, _terms(curve))) == 0
        assert one.sign(elements(root, _terms(Y - 100))) == -1


def test_equal_numbers_of_different_curves_are_known_to_be_equal():
    (factor,) = _parts(X**2 - 2, "x")
    root = roots_of(factor)[-1]
    (first,) = roots_above(root, _terms(Y**3 - X), None, None)  # 2 ** (1/6)
    same = roots_above(root, _terms(Y**6 - 2), None, None)[-1]
    other = roots_above(root, _terms(10**9 * Y**6 - 2 * 10**9 - 1), None, None)[-1]
    assert first.equals(same)
    assert not first.equals(other)
    assert first < other


def test_a_root_at_the_end_of_an_interval_is_not_the_one_inside():
    (factor,) = _parts(X**2 - 2, "x")
    root, span = roots_of(factor)[-1], (Fraction(0), Fraction(2))
    inside, end = roots_above(root, _terms((Y - 1) * (2 * Y - X)), *span)
    (one,) = roots_above(root, _terms(3 * Y - 3), *span)  # not known to be rational yet
    assert one.exact is None
    assert not inside.equals(one)
    assert end.equals(one)
    assert one.exact == 1


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
