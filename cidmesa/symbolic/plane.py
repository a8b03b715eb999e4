"""Cells of a plane: a point in each region, arc and crossing of the curves of polynomials in two parameters."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.bernstein import definite
from cidmesa.symbolic.factor import Factor, factored, linear
from cidmesa.symbolic.line import line
from cidmesa.symbolic.point import Point, Root, simplest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["plane"]

Range = "tuple[Fraction | None, Fraction | None]"
MAX_DEGREE = 24  # of the numbers that are coordinates of a crossing


def plane(names: tuple[str, str], factors: Iterable[Factor], ranges: Any) -> tuple[list[Point], bool]:
    """Return a point in each cell of the curves inside a box without its edges, and whether no cell is left out.

    Cylindrical algebraic decomposition by McCallum's projection: above the real roots of leading coefficients,
    discriminants and resultants, and between them, the curves don't meet. Source: Collins 1975; McCallum 1988.

    >>> circle = Factor(("x", "y"), (((2, 0), 1), ((0, 2), 1), ((0, 0), -1)))
    >>> points, complete = plane(("x", "y"), [circle], [(Fraction(-2), Fraction(2)), (Fraction(-2), Fraction(2))])
    >>> sorted({point.sign(circle) for point in points}), complete
    ([-1, 0, 1], True)
    """
    factors = sorted(set(factors))
    x, y = sorted(names, key=lambda name: -_degree_in(factors, name))
    box = dict(zip(names, ranges, strict=True))
    curves = [factor for factor in factors if y in factor.variables]
    bases = sorted({*(f for f in factors if f.variables == (x,)), *_projection(curves, names, x, y)})
    found: list[Point] = []
    complete = True
    for base in line(x, bases, *box[x]):
        if base.root is None:
            found += _above_rational(base.coordinates[0], x, y, curves, box[y])
        else:
            points, all_there = _above_root(base, x, y, curves, box[y])
            found += points
            complete &= all_there
    return [_ordered(point, names) for point in found], complete


def _degree_in(factors: Iterable[Factor], name: str) -> int:
    return max((factor.degree_in(name) for factor in factors), default=0)


def _ordered(point: Point, names: tuple[str, ...]) -> Point:
    at = dict(zip(point.names, point.coordinates, strict=True))
    return Point(names, tuple(at[name] for name in names), point.root)


def _projection(curves: list[Factor], names: tuple[str, str], x: str, y: str) -> set[Factor]:
    """Return the irreducible polynomials in x over whose roots the curves may turn, meet or run away."""
    import sympy

    gen = sympy.Symbol(y)
    found: list[Any] = []
    for curve in curves:
        found += [curve.poly.as_expr().as_poly(gen).LC()]
        if curve.degree_in(y) > 1:
            found.append(sympy.discriminant(curve.poly.as_expr(), gen))
    found += [sympy.resultant(a.poly.as_expr(), b.poly.as_expr(), gen) for a, b in combinations(curves, 2)]
    return {factor for one in found for factor in _parts(one, names) if factor.variables == (x,)}


def _parts(expression: Any, names: tuple[str, ...]) -> list[Factor]:
    import sympy

    terms = sympy.Poly(expression, *sympy.symbols(names), domain=sympy.QQ).terms()
    pairs = [(powers, Fraction(int(c.p), int(c.q))) for powers, c in terms if c]
    return [factor for factor, _ in factored(names, pairs)[1]] if pairs else []


def _above_rational(at: Fraction, x: str, y: str, curves: list[Factor], span: Any) -> list[Point]:
    """Return a point in each cell of the vertical line through a rational number."""
    parts = [factored(curve.names, curve.restricted({x: at}).items())[1] for curve in curves]
    restricted = {factor for part in parts for factor, _ in part if factor.variables}
    return [point.extended({x: at}) for point in line(y, restricted, *span)]


def _above_root(base: Point, x: str, y: str, curves: list[Factor], span: Any) -> tuple[list[Point], bool]:
    """Return a point in each cell of the vertical line through an irrational root, and whether none is left out."""
    root: Any = base.root
    found: list[Point] = []
    complete = True
    for k, curve in enumerate(curves):
        if _misses(curve, base, x, y, span):
            continue
        points = _crossings(root, curve, x, y)
        complete &= points is not None
        inside = [point for point in points or () if _within(point, x, (root.low, root.high), y, span)]
        found += [point for point in inside if all(point.sign(before) for before in curves[:k])]
    return [base.extended({y: at}) for at in _between(found, y, span)] + found, complete


def _misses(curve: Factor, base: Point, x: str, y: str, span: Any) -> bool:
    """Return whether a curve certainly does not meet the vertical line through a root inside the span."""
    near, place = {x: base.interval(x)}, curve.names.index(y)
    terms: dict[tuple[int, ...], Any] = {}
    for powers, c in curve.terms:
        part = Factor(curve.names, ((tuple(0 if i == place else p for i, p in enumerate(powers)), c),))
        key = (powers[place],)
        terms[key] = terms.get(key, 0) + part.at(near | {y: 0})
    return definite(terms, [span]) is not None


def _between(points: list[Point], y: str, span: Any, bits: int = 40) -> list[Fraction]:
    """Return a rational number in each gap that points with different y leave in the open span."""
    held = sorted((point.interval(y, bits) for point in points), key=lambda interval: (interval.low, interval.high))
    if any(first.high >= second.low for first, second in pairwise(held)) or any(
        end is not None and one.low <= end <= one.high for one in held for end in span
    ):
        return _between(points, y, span, 2 * bits)
    ends = [span[0], *(end for one in held for end in (one.low, one.high)), span[1]]
    return [simplest(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)]


def _within(point: Point, x: str, own: Any, y: str, span: Any) -> bool:
    """Return whether x lies between the ends of ``own`` and y between those of ``span``."""
    limits = [(x, own[0], 1), (x, own[1], -1), (y, span[0], 1), (y, span[1], -1)]
    return all(end is None or point.sign(linear(point.names, name, end)) == side for name, end, side in limits)


def _crossings(root: Root, curve: Factor, x: str, y: str) -> list[Point] | None:
    """Return the points of the curve above all real roots of an irreducible polynomial f(x); ``None``: too many digits.

    With t = y + c x the resultant of f(x) and p(x, t - c x) has the sums as roots. Where different points have other
    sums, x is the quotient of the coefficients of the subresultant of degree 1, modulo the minimal polynomial of t.
    """
    import sympy

    base, above, t = sympy.Symbol(x), sympy.Symbol(y), root.poly.gen
    own = root.poly.as_expr().subs(t, base)
    if curve.degree_in(y) == 1:
        return [
            Point((x, y), (sympy.Poly(t, t, domain=sympy.QQ), up), root) for up in _height(own, curve, base, above, t)
        ]
    if root.poly.degree() * curve.degree_in(y) > MAX_DEGREE:
        return None
    for c in range(1, 12):
        moved = sympy.expand(curve.poly.as_expr().subs(above, t - c * base))
        chain = [sympy.Poly(one, base) for one in sympy.subresultants(own, moved, base)]
        parts = [part for part, _ in sympy.Poly(chain[-1].as_expr(), t, domain=sympy.QQ).factor_list()[1]]
        slopes = [one for one in chain if one.degree() == 1]
        if chain[-1].degree() <= 0 and slopes and not any(_vanishes(slopes[-1], part) for part in parts):
            return [point for part in parts for point in _points_of(part, slopes[-1], c, x, y)]
    return None


def _height(own: Any, curve: Factor, base: Any, above: Any, t: Any) -> list[Any]:
    """Return where a curve of degree 1 in y runs above the root, as a polynomial in it; nothing if it does not."""
    import sympy

    modulus = sympy.Poly(own.subs(base, t), t, domain=sympy.QQ)
    slope, constant = (sympy.Poly(c.subs(base, t), t, domain=sympy.QQ).rem(modulus)
                       for c in sympy.Poly(curve.poly.as_expr(), above).all_coeffs())  # fmt: skip
    return [] if slope.is_zero else [_coordinate((-constant * slope.invert(modulus)).rem(modulus))]


def _vanishes(slope: Any, part: Any) -> bool:
    import sympy

    return bool(sympy.Poly(slope.nth(1), part.gen, domain=sympy.QQ).rem(part).is_zero)


def _points_of(part: Any, slope: Any, c: int, x: str, y: str) -> list[Point]:
    import sympy

    t = part.gen
    top, below = (sympy.Poly(one, t, domain=sympy.QQ) for one in (slope.nth(0), slope.nth(1)))
    across = (-top * below.invert(part)).rem(part)
    up = (sympy.Poly(t, t, domain=sympy.QQ) - c * across).rem(part)
    ends = [(Fraction(int(a.p), int(a.q)), Fraction(int(b.p), int(b.q))) for (a, b), _ in part.intervals()]
    return [Point((x, y), (_coordinate(across), _coordinate(up)), Root(part, *pair)) for pair in ends]


def _coordinate(poly: Any) -> Any:
    return poly if poly.degree() > 0 else Fraction(int(poly.TC().p), int(poly.TC().q))
