"""Exact numbers: fractions, and polynomials in one parameter that are compared on an open interval."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import total_ordering
from typing import Any, TypeAlias

__all__ = ["Number", "Poly", "Refused", "need", "number_of", "numbers_of"]

DEPTH = 40  # halvings of an interval
_NUMBER = re.compile(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?")


class Refused(Exception):
    """The proof does not show what it claims."""


def need(holds: object, why: str) -> None:
    """Refuse the proof unless something holds."""
    if not holds:
        raise Refused(why)


def number_of(given: Any) -> Fraction:
    """Return an integer, or text such as "1/3", as a fraction."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    need(isinstance(text, str) and _NUMBER.fullmatch(text), f"{given!r} is no integer and no text such as '1/3'")
    return Fraction(text)


def numbers_of(given: Any, at: Any = None) -> tuple[Number, ...]:
    """Return a list of numbers; lists in it are polynomials in a parameter, put at a number or on an interval."""
    need(isinstance(given, list), f"{given!r} is no list of numbers")
    need(at is not None or not any(isinstance(one, list) for one in given), "a polynomial, but no parameter")
    return tuple(Poly(map(number_of, one), at).placed() if isinstance(one, list) else number_of(one) for one in given)


@total_ordering
class Poly:
    """A polynomial by coefficients, constant first; comparisons are about all of the open interval ``cell``."""

    def __init__(self, coefficients: Any, cell: Any = None) -> None:
        self.c: list[Fraction] = list(coefficients)
        self.cell = cell
        while self.c and not self.c[-1]:
            self.c.pop()

    def __add__(self, other: Any) -> Poly:
        terms = other.c if isinstance(other, Poly) else [Fraction(other)]
        one, two = (self.c, terms) if len(self.c) < len(terms) else (terms, self.c)
        return Poly([*(x + y for x, y in zip(one, two, strict=False)), *two[len(one) :]], self.cell)

    def __mul__(self, other: Any) -> Poly:
        terms = other.c if isinstance(other, Poly) else [Fraction(other)]
        parts = (Poly([Fraction(0)] * k + [x * y for y in terms], self.cell) for k, x in enumerate(self.c))
        return sum(parts, Poly([], self.cell))

    __radd__, __rmul__, __hash__ = __add__, __mul__, None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.c)

    def __eq__(self, other: object) -> bool:
        return not self + other * Fraction(-1)  # type: ignore[operator]

    def __lt__(self, other: Any) -> bool:
        difference = self + other * Fraction(-1)
        return bool(difference) and not difference.positive(*self.cell)

    def at(self, x: Fraction) -> Fraction:
        """Return the value at a number."""
        return sum((c * x**k for k, c in enumerate(self.c)), Fraction(0))

    def placed(self) -> Number:
        """Return the value where a number stands for the interval."""
        return self.at(self.cell) if isinstance(self.cell, Fraction) else self

    def positive(self, low: Fraction, high: Fraction | None, depth: int = DEPTH) -> bool:
        """Return whether it is positive on an interval (None: without end), not negative; Refused if it is neither.

        Put x = (low + high t) / (1 + t), or low + t: coefficients that have one sign leave no zero at any t > 0.
        """
        line, below, found = Poly([low, 1 if high is None else high]), Poly([1] if high is None else [1, 1]), Poly([])
        power = Poly([Fraction(1)])
        for c in reversed(self.c):
            found, power = found * line + power * c, power * below
        signs = {c > 0 for c in found.c if c}
        if len(signs) == 1:
            return bool(signs.pop())
        middle = low + abs(low) + 1 if high is None else (low + high) / 2
        need(depth and self.at(middle), f"two numbers cross between {low} and {high}")
        sides = {self.positive(low, middle, depth - 1), self.positive(middle, high, depth - 1)}
        need(len(sides) == 1, f"two numbers cross between {low} and {high}")
        return sides.pop()


Number: TypeAlias = Fraction | Poly
