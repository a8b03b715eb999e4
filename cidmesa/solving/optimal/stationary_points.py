"""Where polynomials in probabilities are flat: exact, or floats where one variable has irrational roots."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.numbers import Number

__all__ = ["common_roots", "turning_points"]

Point: TypeAlias = tuple[Any, ...]  # a coordinate for each variable


def turning_points(points: list[Fraction], heights: list[Fraction]) -> list[Number]:
    """Return the roots strictly between 0 and 1 of the derivative of the polynomial through the points."""
    import sympy

    p = sympy.Symbol("p")
    pairs = [
        (sympy.Rational(x.numerator, x.denominator), sympy.Rational(y.numerator, y.denominator))
        for x, y in zip(points, heights, strict=True)
    ]
    slope = sympy.Poly(sympy.interpolate(pairs, p), p).diff(p)
    if slope.is_zero:
        return []
    roots = [root for root in sympy.Poly(slope, p).real_roots() if 0 < root < 1]
    return list(map(_number, roots))


def common_roots(decisions: Sequence[str], slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[Point]:
    """Yield where all slopes are 0, with each variable between 0 and 1; ``decisions`` share the rule, for errors.

    Raises:
        NotApplicable: there are several variables, and the roots are not finitely many rational points.

    """
    import sympy

    if len(variables) == 1:
        roots = sympy.Poly(slopes[0], *variables).real_roots()
        yield from ((_number(root),) for root in dict.fromkeys(roots) if 0 < root < 1)
        return
    basis = sympy.groebner(slopes, *variables, order="lex")
    if basis.exprs == [1]:
        return
    if not basis.is_zero_dimensional:
        yield from _beside_lines(decisions, slopes, variables)
        return
    last = variables[-1]
    for root in dict.fromkeys(sympy.Poly(basis.exprs[-1], last).real_roots()):
        if not 0 < root < 1:
            continue
        if not root.is_Rational:
            raise _unknown(decisions)
        rest = [found for slope in slopes if (found := sympy.expand(slope.subs(last, root))) != 0]
        for values in _common_roots_of(decisions, rest, variables[:-1]):
            yield (*values, _number(root))


def _beside_lines(decisions: Sequence[str], slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[Point]:
    """Yield the roots that lie on no line of roots: along a line nothing changes, and it meets an edge of the face.

    Raises:
        NotApplicable: the roots lie on curves.

    """
    import sympy

    if all(sympy.Poly(slope, *variables).total_degree() <= 1 for slope in slopes):
        return
    common = reduce(sympy.gcd, slopes)
    factors = [factor for factor, _ in sympy.factor_list(common, *variables)[1]]
    if len(variables) > 2 or any(sympy.Poly(factor, *variables).total_degree() > 1 for factor in factors):
        raise _unknown(decisions)
    yield from _common_roots_of(decisions, [sympy.cancel(slope / common) for slope in slopes], variables)


def _common_roots_of(decisions: Sequence[str], slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[Point]:
    """Yield common roots of any number of polynomials, none of which is 0."""
    import sympy

    if any(not slope.free_symbols for slope in slopes):
        return
    if len(variables) == 1:
        slopes = [reduce(sympy.gcd, slopes)]
        if not slopes[0].free_symbols:
            return
    yield from common_roots(decisions, slopes, variables)


def _unknown(decisions: Sequence[str]) -> NotApplicable:
    return NotApplicable(
        f"an exact optimum of the rule shared by {', '.join(decisions)} is not known: where several "
        "probabilities are free its stationary points are not finitely many fractions. Compare given rules by "
        "expected_utility."
    )


def _number(root: Any) -> Any:
    return Fraction(int(root.p), int(root.q)) if root.is_Rational else float(root)
