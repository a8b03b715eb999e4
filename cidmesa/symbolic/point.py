"""Sample points with rational or algebraic coordinates, and the exact sign of a polynomial at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.symbolic.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.symbolic.factor import Factor

__all__ = ["Point", "Root", "simplest"]

Coordinate: TypeAlias = "Fraction | Any"  # a Fraction, or a polynomial of sympy in the root


@dataclass(eq=False)
class Root:
    """A real root of an irreducible polynomial of degree 2 or more: the only one between ``low`` and ``high``.

    The two ends move closer together when more digits are needed.
    """

    poly: Any
    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        self._rising = self._value(self.high) > 0

    def _value(self, at: Fraction) -> Any:
        total: Any = 0
        for coefficient in _fractions(self.poly):
            total = total * at + coefficient
        return total

    def refine(self) -> None:
        """Halve the interval."""
        middle = (self.low + self.high) / 2
        if (self._value(middle) > 0) == self._rising:
            self.high = middle
        else:
            self.low = middle

    def closely(self, bits: int) -> tuple[Fraction, Fraction]:
        """Return ends that are at most 2 ** -bits apart."""
        while (self.high - self.low) * 2**bits > 1:
            self.refine()
        return self.low, self.high

    def sign(self, poly: Any) -> int:
        """Return the sign of another polynomial at the root."""
        rest = _fractions(poly.rem(self.poly))
        if not any(rest):
            return 0
        while True:
            found = _range(rest, self.low, self.high)
            if found.sign is not None:
                return found.sign
            self.refine()

    @property
    def number(self) -> Any:
        """The root as a number of sympy."""
        import sympy

        below = self.poly.count_roots(None, sympy.Rational(self.low.numerator, self.low.denominator))
        return self.poly.real_roots()[below]


def _fractions(poly: Any) -> list[Fraction]:
    return [Fraction(int(c.p), int(c.q)) for c in poly.all_coeffs()]


def _range(coefficients: list[Fraction], low: Fraction, high: Fraction) -> Interval:
    """Return bounds of a polynomial between ``low`` and ``high`` by interval arithmetic along Horner's rule."""
    found, between = Interval(Fraction(0), Fraction(0)), Interval(low, high)
    for coefficient in coefficients:
        found = found * between + coefficient
    return found


@dataclass(frozen=True, eq=False)
class Point:
    """A value for each of some parameters: a Fraction, or a polynomial in one algebraic number (``root``)."""

    names: tuple[str, ...]
    coordinates: tuple[Coordinate, ...]
    root: Root | None = None
    _signs: dict[Factor, int] = field(default_factory=dict, repr=False)

    @property
    def rational(self) -> bool:
        """Whether all coordinates are rational."""
        return self.root is None

    def sign(self, factor: Factor) -> int:
        """Return the sign of a polynomial here: -1, 0 or 1."""
        if factor not in self._signs:
            self._signs[factor] = self._sign(factor)
        return self._signs[factor]

    @cached_property
    def _near(self) -> dict[str, Interval]:
        return {name: self.interval(name) for name in self.names}

    def interval(self, name: str, bits: int = 40) -> Interval:
        """Return an interval that holds a coordinate, the smaller the more ``bits`` of the root are used."""
        x = self.coordinates[self.names.index(name)]
        if self.root is None or isinstance(x, Fraction):
            return Interval(x, x)
        return _range(_fractions(x), *self.root.closely(bits))

    def _sign(self, factor: Factor) -> int:
        if self.root is not None:
            rough = factor.at(self._near)
            if rough.sign is not None:
                return int(rough.sign)
        place = {name: i for i, name in enumerate(self.names)}
        value = factor.at({name: self.coordinates[place[name]] for name in factor.names})
        if self.root is not None and hasattr(value, "rem"):
            return self.root.sign(value)
        return int(value > 0) - int(value < 0)

    def values(self) -> dict[str, Any]:
        """Return the coordinates by name: Fractions, or algebraic numbers of sympy."""
        return {name: self._number(x) for name, x in zip(self.names, self.coordinates, strict=True)}

    def _number(self, coordinate: Coordinate) -> Any:
        if isinstance(coordinate, Fraction) or self.root is None:
            return coordinate
        number = self.root.number
        return number if coordinate.degree() == 1 and coordinate.is_monic and not coordinate.TC() else \
            coordinate.as_expr().subs(coordinate.gen, number)  # fmt: skip

    def extended(self, values: Mapping[str, Fraction]) -> Point:
        """Return the point with further rational coordinates."""
        return Point((*self.names, *values), (*self.coordinates, *values.values()), self.root)

    def knowing(self, signs: Mapping[Factor, int]) -> Point:
        """Return the point with signs of polynomials that are known already."""
        self._signs.update(signs)
        return self


def simplest(low: Fraction | None, high: Fraction | None) -> Fraction:
    """Return the fraction of smallest denominator strictly between two numbers (``None``: no bound).

    >>> simplest(Fraction(1, 3), Fraction(1, 2)), simplest(Fraction(5, 2), None), simplest(None, None)
    (Fraction(2, 5), Fraction(3, 1), Fraction(0, 1))
    """
    if low is None or high is None:
        if low is None:
            return Fraction(0) if high is None or high > 0 else Fraction(_floor(high) - 1 + (high > _floor(high)))
        return Fraction(0) if low < 0 else Fraction(_floor(low) + 1)
    if low < 0 < high:
        return Fraction(0)
    if high <= 0:
        return -simplest(-high, -low)
    whole = _floor(low)
    if whole + 1 < high:
        return Fraction(whole + 1)
    rest_low, rest_high = low - whole, high - whole
    if not rest_low:
        return whole + 1 / Fraction(_floor(1 / rest_high) + 1)
    return whole + 1 / simplest(1 / rest_high, 1 / rest_low)


def _floor(number: Fraction) -> int:
    return number.numerator // number.denominator
