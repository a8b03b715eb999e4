"""Cells of a box of parameters: its inside, its edges and its corners, one after the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.factor import factored
from cidmesa.symbolic.line import line
from cidmesa.symbolic.plane import plane
from cidmesa.symbolic.point import Point, simplest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.symbolic.factor import Factor

__all__ = ["Span", "cells"]

Span = "tuple[Fraction | None, Fraction | None]"


def cells(names: Sequence[str], factors: Iterable[Factor], spans: Sequence[Any]) -> tuple[list[Point], bool]:
    """Return a point in each cell of at most two parameters in their closed ranges, and whether none is left out.

    >>> from cidmesa.symbolic.factor import linear
    >>> third = linear(("p",), "p", Fraction(1, 3))
    >>> [str(point.values()["p"]) for point in cells(("p",), [third], [(Fraction(0), Fraction(1))])[0]]
    ['1/4', '1/2', '1/3', '0', '1']
    """
    factors, found, complete = list(factors), list[Point](), True
    for fixed in _faces(names, spans):
        open_spans = {name: span for name, span in zip(names, spans, strict=True) if name not in fixed}
        points, all_there = _inside(tuple(names), factors, fixed, open_spans)
        found += points
        complete &= all_there
    return found, complete


def _faces(names: Sequence[str], spans: Sequence[Any]) -> Iterator[dict[str, Fraction]]:
    """Yield which parameters are held at an end of their range: none first."""
    ends = [[None, *dict.fromkeys(end for end in span if end is not None)] for span in spans]
    every = [[e for e in own if e is not None] if span[0] is not None and span[0] == span[1] else own
             for own, span in zip(ends, spans, strict=True)]  # fmt: skip
    chosen = sorted(product(*every), key=lambda held: sum(end is not None for end in held))
    for held in chosen:
        yield {name: end for name, end in zip(names, held, strict=True) if end is not None}


def _inside(names: tuple[str, ...], factors: list[Factor], fixed: Mapping[str, Fraction],
            spans: Mapping[str, Any]) -> tuple[list[Point], bool]:  # fmt: skip
    """Return the cells of the open box in which some parameters are fixed.

    A polynomial that has no zero there, by the signs of its Bernstein coefficients, makes no cells; its sign is noted.
    """
    left: set[Factor] = set()
    known: dict[Factor, int] = {}
    for factor in factors:
        terms = factor.restricted(fixed)
        sign = _definite(terms, [spans.get(name) for name in names]) if terms else 0
        if sign is None:
            left |= {part for part, _ in factored(names, terms.items())[1] if part.variables}
        else:
            known[factor] = sign
    points, complete = _open(spans, left)
    return [_ordered(point.extended(fixed), names).knowing(known) for point in points], complete


def _ordered(point: Point, names: tuple[str, ...]) -> Point:
    at = dict(zip(point.names, point.coordinates, strict=True))
    return Point(names, tuple(at[name] for name in names), point.root)


def _open(spans: Mapping[str, Any], factors: set[Factor]) -> tuple[list[Point], bool]:
    """Return the cells of an open box of at most two parameters that the factors make."""
    used = [name for name in spans if any(name in factor.variables for factor in factors)]
    idle = {name: simplest(*span) for name, span in spans.items() if name not in used}
    if len(used) == 2:
        return plane((used[0], used[1]), factors, [spans[name] for name in used])
    points = line(used[0], factors, *spans[used[0]]) if used else [Point((), ())]
    return [point.extended(idle) for point in points], True


def _definite(terms: Mapping[tuple[int, ...], Fraction], spans: Sequence[Any]) -> int | None:
    """Return the sign that a polynomial certainly has in the whole open box, ``None`` if it may have several.

    Each bounded x is (low + high t) / (1 + t) with t > 0, a half-line low + t or high - t; coefficients of one sign
    settle it. (For a bounded box they are Bernstein coefficients but for positive factors.)
    """
    found = dict(terms)
    for place, span in enumerate(spans):
        degree = max(powers[place] for powers in found)
        if span is None or not degree:
            continue
        if span[0] is None and span[1] is None:
            return None
        found = _moved(found, place, degree, span)
    signs = {1 if c > 0 else -1 for c in found.values() if c}
    return signs.pop() if len(signs) == 1 else None


def _moved(terms: Mapping[tuple[int, ...], Fraction], place: int, degree: int, span: Any) -> Any:
    low, high = span
    if high is None:
        top, below = (low, Fraction(1)), (Fraction(1), Fraction(0))  # x = low + t
    elif low is None:
        top, below = (high, Fraction(-1)), (Fraction(1), Fraction(0))
    else:
        top, below = (low, high), (Fraction(1), Fraction(1))
    found: dict[tuple[int, ...], Fraction] = {}
    for powers, coefficient in terms.items():
        for k, c in enumerate(_expanded(top, powers[place], below, degree - powers[place])):
            key = (*powers[:place], k, *powers[place + 1 :])
            found[key] = found.get(key, Fraction(0)) + coefficient * c
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
