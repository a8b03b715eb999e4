"""Polynomials that can't be zero inside a box: a quick test by the signs of coefficients."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["definite", "moved", "sign_of_number"]


def definite(terms: Mapping[tuple[int, ...], Any], spans: Sequence[Any]) -> int | None:
    """Return the sign that a polynomial certainly has in the whole open box, ``None`` if it may have several.

    ``terms``: powers -> coefficient, a number or an `Interval`; ``spans``: for each parameter the ends (``None``: no
    end), or ``None`` where it does not occur. With each bounded x written as (low + high t) / (1 + t), t > 0, and a
    half-line as low + t or high - t, coefficients of one sign settle it. (For a bounded box they are the Bernstein
    coefficients but for positive factors.)

    >>> unit = (Fraction(0), Fraction(1))
    >>> definite({(2,): 1, (1,): -2, (0,): 3}, [unit]), definite({(1,): 2, (0,): -1}, [unit])
    (1, None)
    """
    found = dict(terms)
    for place, span in enumerate(spans):
        degree = max(powers[place] for powers in found)
        if span is None or not degree:
            continue
        if span[0] is None and span[1] is None:
            return None
        found = moved(found, place, degree, span)
    signs = {sign_of_number(c) for c in found.values()} - {0}
    return signs.pop() if len(signs) == 1 else None


def sign_of_number(number: Any) -> int | None:
    """Return the sign of a number, of an `Interval` (``None`` if it has several) or of what has a ``sign``."""
    return number.sign if hasattr(number, "sign") else int(number > 0) - int(number < 0)


def moved(terms: Mapping[tuple[int, ...], Any], place: int, degree: int, span: Any) -> dict[tuple[int, ...], Any]:
    """Return the polynomial with one parameter written in t, times a power of 1 + t where that parameter is bounded."""
    low, high = span
    if high is None:
        top, below = (low, Fraction(1)), (Fraction(1), Fraction(0))
    elif low is None:
        top, below = (high, Fraction(-1)), (Fraction(1), Fraction(0))
    else:
        top, below = (low, high), (Fraction(1), Fraction(1))
    found: dict[tuple[int, ...], Any] = {}
    for powers, coefficient in terms.items():
        for k, c in enumerate(_expanded(top, powers[place], below, degree - powers[place])):
            if c:
                key = (*powers[:place], k, *powers[place + 1 :])
                found[key] = found.get(key, 0) + coefficient * c
    return found


def _expanded(first: Any, power: int, second: Any, other: int) -> list[Fraction]:
    """Return the coefficients of (a + b t) ** power * (c + d t) ** other, constant first."""
    result = [Fraction(0)] * (power + other + 1)
    for i, x in enumerate(_binomial(first, power)):
        for j, y in enumerate(_binomial(second, other)):
            result[i + j] += x * y
    return result


def _binomial(base: tuple[Fraction, Fraction], power: int) -> list[Fraction]:
    a, b = base
    return [comb(power, k) * a ** (power - k) * b**k for k in range(power + 1)]
