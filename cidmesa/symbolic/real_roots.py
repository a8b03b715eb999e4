"""Real numbers between two rational ones that move closer together: rational, or roots of polynomials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cidmesa.symbolic.factor import Factor

__all__ = ["Interval", "Root", "Stop", "horner", "roots_of", "simplest", "whole"]


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from ``low`` to ``high``; sums and products hold all sums and products.

    >>> (Interval(-1, 2) * Interval(3, 4) + 2).sign, (Interval(1, 2) ** 2 * -1).sign
    (None, -1)
    """

    low: Any
    high: Any

    @property
    def sign(self) -> int | None:
        """The sign that all of them have, ``None`` if they differ."""
        if self.low > 0 or self.high < 0:
            return 1 if self.low > 0 else -1
        return 0 if self.low == self.high else None

    def __add__(self, other: Any) -> Interval:
        if isinstance(other, Interval):
            return Interval(self.low + other.low, self.high + other.high)
        return Interval(self.low + other, self.high + other)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Interval:
        low, high = (other.low, other.high) if isinstance(other, Interval) else (other, other)
        ends = (self.low * low, self.low * high, self.high * low, self.high * high)
        return Interval(min(ends), max(ends))

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Interval:
        return self if exponent == 1 else self * self ** (exponent - 1)


_SHOWN = 50  # bits of a number that is shown as a decimal


@dataclass(eq=False)
class Stop:
    """A real number: rational where ``low`` and ``high`` are the same, else strictly between them."""

    low: Fraction
    high: Fraction

    @property
    def exact(self) -> Fraction | None:
        """The number, if it is known to be rational."""
        return self.low if self.low == self.high else None

    def side(self, at: Fraction) -> int:
        """Return whether the number is greater (1) than one between its ends, less (-1), or equal (0)."""
        return (self.low > at) - (self.low < at)

    def cut(self, at: Fraction) -> None:
        """Bring the ends closer, so that a rational number no longer lies strictly between them."""
        if self.low < at < self.high:
            side = self.side(at)
            self.low, self.high = (at if side >= 0 else self.low), (at if side <= 0 else self.high)

    def closely(self, bits: int) -> Interval:
        """Return the number between ends that are at most 2 ** -bits apart."""
        while (self.high - self.low) * 2**bits > 1:
            self.refine()
        return Interval(self.low, self.high)

    def refine(self) -> None:
        """Halve the distance of the ends."""
        self.cut((self.low + self.high) / 2)

    @property
    def number(self) -> Any:
        """The number: a Fraction, or one of sympy."""
        return self.low

    def decimal(self) -> str:
        """Return the number to ten digits, marked as rounded."""
        return f"~{float(self.closely(_SHOWN).low):.10g}"

    def __lt__(self, other: Stop) -> bool:
        """Return whether it is less than another number; equal irrational ones must be the same object."""
        while self is not other:
            for one, than in ((self, other), (other, self)):
                if than.exact is not None:
                    one.cut(than.exact)
            if self.exact is not None and self.exact == other.exact:
                return False
            if self.high <= other.low or other.high <= self.low:
                return self.high <= other.low
            self.refine()
            other.refine()
        return False


@dataclass(eq=False)
class Root(Stop):
    """A real root of an irreducible polynomial (of sympy) of degree 2 or more: the only one between the ends."""

    poly: Any

    def side(self, at: Fraction) -> int:
        """Return on which side of a rational number between its ends it lies."""
        return -1 if (_value(self._coefficients, at) > 0) == self._rising else 1

    @cached_property
    def _coefficients(self) -> tuple[int, ...]:
        return whole(self.poly)[0]

    @cached_property
    def _rising(self) -> bool:
        return _value(self._coefficients, self.high) > 0

    def sign(self, poly: Any) -> int:
        """Return the sign of another polynomial at the root."""
        rest = poly if poly.degree() < self.poly.degree() else poly.rem(self.poly)
        if rest.is_zero:
            return 0
        coefficients, _ = whole(rest)
        while True:
            found = horner(coefficients, self.low, self.high)[0].sign
            if found is not None:
                return found
            self.refine()

    @property
    def place(self) -> int:
        """How many roots of its polynomial are less."""
        import sympy

        return int(self.poly.count_roots(None, sympy.Rational(self.low.numerator, self.low.denominator)))

    @property
    def number(self) -> Any:
        """The root as a number of sympy."""
        return self.poly.real_roots()[self.place]

    def __reduce__(self) -> tuple[Any, ...]:
        return _root, (self.low, self.high, self._coefficients)  # a pickled Poly forgets its domain

    def __str__(self) -> str:
        return str(self.number) if self.poly.degree() == 2 else self.decimal()


def _root(low: Fraction, high: Fraction, coefficients: tuple[int, ...]) -> Root:
    return Root(low, high, poly_in_t(coefficients))


def poly_in_t(coefficients: Sequence[Any]) -> Any:
    """Return the polynomial of sympy in t over the rational numbers, by falling powers."""
    import sympy

    return sympy.Poly.from_list(list(coefficients), sympy.Symbol("t"), domain=sympy.QQ)


def _value(coefficients: Sequence[int], at: Fraction) -> int:
    """Return the value of a polynomial at a rational number, times a positive number."""
    top, below = at.numerator, at.denominator
    total, scale = 0, 1
    for coefficient in coefficients:
        total, scale = total * top + coefficient * scale, scale * below
    return total


def whole(poly: Any) -> tuple[tuple[int, ...], int]:
    """Return the coefficients of a polynomial of sympy, by falling powers, as integers over a common denominator."""
    found = [Fraction(int(c.numerator), int(c.denominator)) for c in poly.rep.to_list()]
    below = lcm(*(c.denominator for c in found))
    return tuple(int(c * below) for c in found), below


def horner(coefficients: Iterable[int], low: Fraction, high: Fraction) -> tuple[Interval, int]:
    """Return bounds of a polynomial, by falling powers, between two numbers, times a positive integer, and that one."""
    below = lcm(low.denominator, high.denominator)
    between = Interval(int(low * below), int(high * below))
    found, scale = Interval(0, 0), 0
    for coefficient in coefficients:
        scale = scale * below or 1
        found = found * between + coefficient * scale
    return found, scale or 1


def roots_of(factor: Factor) -> tuple[Stop, ...]:
    """Return the real roots of an irreducible polynomial in one parameter, in rising order.

    >>> from cidmesa.symbolic.factor import Factor
    >>> [str(root.number) for root in roots_of(Factor(("x",), (((2,), 1), ((0,), -2))))]
    ['-sqrt(2)', 'sqrt(2)']
    """
    poly, ends = _isolated(factor)
    return tuple(Stop(low, high) if low == high else Root(low, high, poly) for low, high in ends)


@lru_cache(maxsize=2**12)
def _isolated(factor: Factor) -> tuple[Any, tuple[tuple[Fraction, Fraction], ...]]:
    """Return the polynomial and two ends for each root: the roots themselves move closer, so they are not shared."""
    if factor.root is not None:
        return None, ((factor.root, factor.root),)
    import sympy

    poly = sympy.Poly({(sum(powers),): c for powers, c in factor.terms}, sympy.Symbol("t"), domain=sympy.QQ)
    return poly, tuple((_fraction(a), _fraction(b)) for (a, b), _ in poly.intervals())


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


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
