"""Cells of a line: the real roots of polynomials in one parameter, and a rational point between any two."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.point import Point, Root, simplest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.symbolic.factor import Factor

__all__ = ["Stop", "gaps", "line", "stops"]


@dataclass(eq=False)
class Stop:
    """A real number where some polynomial is 0: rational, or a root."""

    exact: Fraction | None
    root: Root | None = None

    @property
    def low(self) -> Fraction:
        """A rational number that is not greater."""
        return self.root.low if self.root is not None else self.exact or Fraction(0)

    @property
    def high(self) -> Fraction:
        """A rational number that is not less."""
        return self.root.high if self.root is not None else self.exact or Fraction(0)

    def point(self, name: str) -> Point:
        """Return the number as a value of a parameter."""
        import sympy

        if self.root is None:
            return Point((name,), (self.exact,))
        return Point((name,), (sympy.Poly(self.root.poly.gen, self.root.poly.gen, domain=sympy.QQ),), self.root)


def stops(factors: Iterable[Factor]) -> list[Stop]:
    """Return the real roots of irreducible polynomials in one and the same parameter, in rising order."""
    import sympy

    polys = {factor: sympy.Poly(dict(_univariate(factor)), sympy.Symbol("t"), domain=sympy.QQ) for factor in factors}
    found: list[Stop] = []
    for poly in polys.values():
        if poly.degree() == 1:
            slope, constant = poly.all_coeffs()
            found.append(Stop(Fraction(int(-constant.p * slope.q), int(constant.q * slope.p))))
        else:
            found += [Stop(None, Root(poly, _fraction(a), _fraction(b))) for (a, b), _ in poly.intervals()]
    while _overlap(found):
        pass
    return found


def _overlap(found: list[Stop]) -> bool:
    """Sort; return whether two neighbours could not be told apart yet, and bring their ends closer if so."""
    found.sort(key=lambda stop: (stop.low, stop.high))
    close = False
    for first, second in pairwise(found):
        if first.high >= second.low:
            close = True
            for stop in (first, second):
                if stop.root is not None:
                    stop.root.refine()
    return close


def _univariate(factor: Factor) -> list[tuple[tuple[int], int]]:
    return [((sum(powers),), coefficient) for powers, coefficient in factor.terms]


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def gaps(found: Sequence[Stop], low: Fraction | None, high: Fraction | None) -> list[Fraction]:
    """Return a rational number in each open interval that the stops leave between ``low`` and ``high``."""
    inside = [stop for stop in found if (low is None or stop.high > low) and (high is None or stop.low < high)]
    ends = [low, *(end for stop in inside for end in (stop.low, stop.high)), high]
    return [simplest(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if a is None or b is None or a < b]


def line(name: str, factors: Iterable[Factor], low: Fraction | None, high: Fraction | None) -> list[Point]:
    """Return a point in each open cell and each root of the factors strictly between ``low`` and ``high``.

    >>> from cidmesa.symbolic.factor import Factor
    >>> square = Factor(("x",), (((2,), 1), ((0,), -2)))
    >>> [str(point.values()["x"]) for point in line("x", [square], Fraction(0), None)]
    ['1/2', '3', 'sqrt(2)']
    """
    inside = [stop for stop in stops(factors) if _strictly_inside(stop, low, high)]
    return [Point((name,), (x,)) for x in gaps(inside, low, high)] + [stop.point(name) for stop in inside]


def _strictly_inside(stop: Stop, low: Fraction | None, high: Fraction | None) -> bool:
    while stop.root is not None and any(end is not None and stop.low <= end <= stop.high for end in (low, high)):
        stop.root.refine()
    return (low is None or stop.low > low) and (high is None or stop.high < high)
