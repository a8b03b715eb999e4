"""Roots of polynomials whose coefficients depend on another root: the second coordinate of a point of a curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import gcd, lcm
from typing import Any

from cidmesa.symbolic.factor import moved, sign_of_number
from cidmesa.symbolic.real_roots import Interval, Root, Stop, horner, poly_in_t, roots_of, whole

__all__ = ["Above", "Element", "elements", "roots_above"]

_PLAIN = 4  # up to this degree a number is shown by radicals
_BITS = 48  # to which a sign is looked for before it is asked whether it is 0


@dataclass(frozen=True, eq=False)
class Element:
    """A polynomial in a root, of lower degree than that root's own: an exact real number."""

    root: Root
    poly: Any

    @property
    def sign(self) -> int:
        """The sign of the number."""
        return self.root.sign(self.poly)

    def near(self) -> Interval:
        """Return bounds of the number, as close as those of the root."""
        coefficients, below = self._whole
        found, scale = horner(coefficients, self.root.low, self.root.high)
        return Interval(Fraction(found.low, scale * below), Fraction(found.high, scale * below))

    @cached_property
    def _whole(self) -> tuple[tuple[int, ...], int]:
        return whole(self.poly)

    def __bool__(self) -> bool:
        return not self.poly.is_zero

    def __reduce__(self) -> tuple[Any, ...]:
        return _element, (self.root, *self._whole)

    def __add__(self, other: Any) -> Element:
        return Element(self.root, self.poly + other.poly) if isinstance(other, Element) else self

    __radd__ = __add__  # to 0, where sums start

    def __sub__(self, other: Element) -> Element:
        return Element(self.root, self.poly - other.poly)

    def __mul__(self, other: Any) -> Element:
        if isinstance(other, Element):
            return Element(self.root, (self.poly * other.poly).rem(self.root.poly))
        domain = self.poly.domain
        return Element(self.root, self.poly.mul_ground(domain(int(other.numerator), int(other.denominator))))


def _element(root: Root, coefficients: tuple[int, ...], below: int) -> Element:
    return Element(root, poly_in_t(coefficients).quo_ground(below))


def elements(root: Root, terms: Mapping[tuple[int, int], int]) -> tuple[Element, ...]:
    """Return the coefficients by falling powers of y of a polynomial over a root: powers of root and y -> number."""
    import sympy

    rows: dict[int, dict[tuple[int], int]] = {}
    for (power, height), c in terms.items():
        rows.setdefault(height, {})[(power,)] = c
    made = [
        Element(root, sympy.Poly(rows.get(k) or {(0,): 0}, root.poly.gen, domain=sympy.QQ).rem(root.poly))
        for k in range(max(rows, default=-1), -1, -1)
    ]
    return _stripped(made)


def _stripped(found: Sequence[Element]) -> tuple[Element, ...]:
    """Return a polynomial without leading zeros."""
    first = next((i for i, one in enumerate(found) if one), len(found))
    return tuple(found[first:])


def _reduced(first: Sequence[Element], second: Sequence[Element]) -> list[Element]:
    """Return a polynomial, times the other's leading coefficient, without its leading term: a step of division."""
    lead, other = first[0], second[0]
    padded = [*second, *(None for _ in range(len(first) - len(second)))]
    return [a * other - b * lead if b is not None else a * other for a, b in zip(first, padded, strict=True)][1:]


def _remainder(first: Sequence[Element], second: Sequence[Element]) -> tuple[Element, ...]:
    """Return the remainder of a polynomial times a power of the other's leading coefficient."""
    while len(first) >= len(second):
        first = _stripped(_reduced(first, second))
    return _smaller(first)


def _smaller(found: Sequence[Element]) -> tuple[Element, ...]:
    """Return a multiple by a positive rational number, with small coefficients."""
    parts = [whole(one.poly) for one in found if one]
    scale = Fraction(lcm(*(below for _, below in parts)), gcd(*(c for row, _ in parts for c in row)) or 1)
    return tuple(one * scale for one in found)


def _common(first: Sequence[Element], second: Sequence[Element]) -> tuple[Element, ...]:
    """Return a greatest common divisor: Euclid's algorithm, where each coefficient is known to be 0 or not."""
    while second:
        first, second = second, _remainder(first, second)
    return tuple(first)


def _quotient(first: Sequence[Element], second: Sequence[Element]) -> tuple[Element, ...]:
    """Return the quotient of polynomials (times a power of the second's leading coefficient) that leaves nothing."""
    found: list[Element] = []
    while len(first) >= len(second):
        found = [*(one * second[0] for one in found), first[0]]
        first = _reduced(first, second)
    return _smaller(found)


def _at(found: Sequence[Element], at: Fraction) -> int:
    """Return the sign of a polynomial at a rational number."""
    total: Any = found[0]
    for coefficient in found[1:]:
        total = total * at + coefficient
    return int(total.sign)


@dataclass(eq=False)
class Above(Stop):
    """The only root between the ends of a polynomial over a root.

    ``terms``: powers of the root and of the number -> coefficient; ``coefficients``: the same without multiple roots;
    ``rising``: its sign above the number.
    """

    base: Root
    terms: Mapping[tuple[int, int], int]
    coefficients: tuple[Element, ...]
    rising: int

    def side(self, at: Fraction) -> int:
        """Return on which side of a rational number between its ends it lies, 0 if it is that number."""
        return -self.rising * _at(self.coefficients, at)

    def sign(self, other: Sequence[Element]) -> int:
        """Return the sign of another polynomial over the same root here."""
        if len(other) <= 1:
            return other[0].sign if other else 0
        if self.exact is not None:
            return _at(other, self.exact)
        rough = self._rough(other)
        if rough is None:
            common = _common(self.coefficients, other)
            if len(common) > 1 and self._is_root(common):
                return 0
        while rough is None:
            self.refine()
            self.base.refine()
            if self.exact is not None:
                return _at(other, self.exact)
            rough = self._near(other)
        return rough

    def equals(self, other: Above) -> bool:
        """Return whether a root of another polynomial over the same root is this number."""
        for one, than in ((self, other), (other, self)):
            if than.exact is not None:
                one.cut(than.exact)
                return one.exact == than.exact
        if other.sign(self.coefficients):
            return False
        other.cut(self.low)
        other.cut(self.high)
        return self.low <= other.low and other.high <= self.high and other.exact not in (self.low, self.high)

    def _rough(self, other: Sequence[Element]) -> int | None:
        for bits in (_BITS // 4, _BITS):
            self.closely(bits)
            self.base.closely(bits)
            found = self._near(other)
            if found is not None:
                return found
        return None

    def _near(self, other: Sequence[Element]) -> int | None:
        found, between = Interval(0, 0), Interval(self.low, self.high)
        for one in other:
            found = found * between + one.near()
        return found.sign

    def _is_root(self, divisor: Sequence[Element]) -> bool:
        """Return whether a divisor of its polynomial is 0 here; if so, it changes its sign between the ends."""
        while self.exact is None:
            low, high = _at(divisor, self.low), _at(divisor, self.high)
            if low and high:
                return low != high
            self.refine()
        return not _at(divisor, self.exact)

    @property
    def number(self) -> Any:
        """The root as a number: a Fraction, or one of sympy."""
        import sympy

        if self.exact is not None:
            return self.exact
        from cidmesa.symbolic.factor import factored

        x, y = self.base.poly.gen, sympy.Dummy()
        norm = sympy.Poly(self.base.poly, x, y).resultant(sympy.Poly(self.terms, x, y, domain=sympy.QQ))
        terms = [((int(power),), Fraction(int(c.p), int(c.q))) for (power,), c in norm.terms()]
        near = [stop for part, _ in factored(("y",), terms)[1] for stop in roots_of(part)]
        while len(near) > 1:
            near = [stop for stop in near if stop.low <= self.high and self.low <= stop.high]
            for stop in (self, *near):
                stop.refine()
        (only,) = near
        return only.number if isinstance(only, Root) else only.low

    def __str__(self) -> str:
        plain = self.base.poly.degree() * (len(self.coefficients) - 1) <= _PLAIN
        return str(self.number) if self.exact is not None or plain else self.decimal()


def roots_above(
    root: Root, terms: Mapping[tuple[int, int], int], low: Fraction | None, high: Fraction | None
) -> list[Above]:
    """Return the real roots strictly between two numbers of a polynomial over a root, in rising order.

    ``terms``: powers of root and unknown -> coefficient. By Descartes' rule of signs on smaller and smaller intervals
    (Collins and Akritas 1976).
    """
    coefficients = elements(root, terms)
    if len(coefficients) <= 1:
        return []
    slope = [one * k for k, one in zip(range(len(coefficients) - 1, 0, -1), coefficients, strict=False)]
    common = _common(coefficients, slope)
    free = _quotient(coefficients, common) if len(common) > 1 else coefficients
    return [Above(*ends, root, terms, free, sign) for ends, sign in _isolated(free, low, high)]


def _isolated(
    free: tuple[Element, ...], low: Fraction | None, high: Fraction | None
) -> Iterator[tuple[tuple[Fraction, Fraction], int]]:
    terms: dict[tuple[int, ...], Any] = {(k,): one for k, one in enumerate(reversed(free))}
    found = moved(terms, 0, len(free) - 1, (low, high)) if (low, high) != (None, None) else {}
    signs = [sign for k in sorted(found) if (sign := sign_of_number(found[k]))]
    changes = sum(a != b for a, b in pairwise(signs)) if found else 2
    if changes == 1 and low is not None and high is not None:
        yield (low, high), signs[-1]
    elif changes:
        middle = _middle(low, high)
        yield from _isolated(free, low, middle)
        if not _at(free, middle):
            yield (middle, middle), 0
        yield from _isolated(free, middle, high)


def _middle(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1 - abs(high)
    return low + 1 + abs(low) if high is None else (low + high) / 2
