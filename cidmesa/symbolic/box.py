"""Cells of a box of parameters: its inside, its edges and its corners, one after the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.bernstein import definite
from cidmesa.symbolic.factor import factored
from cidmesa.symbolic.line import line
from cidmesa.symbolic.plane import plane
from cidmesa.symbolic.point import Point, simplest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.symbolic.factor import Factor

__all__ = ["Span", "cells"]

Span = "tuple[Fraction | None, Fraction | None]"


def cells(names: Sequence[str], factors: Iterable[Factor], spans: Sequence[Any],
          whole: Mapping[str, Sequence[int]] | None = None) -> tuple[list[Point], bool]:  # fmt: skip
    """Return a point in each cell of at most two parameters in their closed ranges, and whether none is left out.

    ``whole``: further parameters, each with the whole numbers that it may be.

    >>> from fractions import Fraction
    >>> from cidmesa.symbolic.factor import linear
    >>> third = linear(("p",), "p", Fraction(1, 3))
    >>> [str(point.values()["p"]) for point in cells(("p",), [third], [(Fraction(0), Fraction(1))])[0]]
    ['1/4', '1/2', '1/3', '0', '1']
    """
    factors, found, complete = list(factors), list[Point](), True
    for fixed in _faces(names, spans, whole or {}):
        open_spans = {name: span for name, span in zip(names, spans, strict=True) if name not in fixed}
        points, all_there = _inside(tuple(names), factors, fixed, open_spans)
        found += points
        complete &= all_there
    return found, complete


def _faces(names: Sequence[str], spans: Sequence[Any],
           whole: Mapping[str, Sequence[int]]) -> Iterator[dict[str, Fraction]]:  # fmt: skip
    """Yield which parameters are held at an end of their range, or at a whole number: none at an end first."""
    every = [[*map(Fraction, whole[name])] if name in whole else _ends(span)
             for name, span in zip(names, spans, strict=True)]  # fmt: skip
    chosen = sorted(product(*every), key=lambda held: sum(end is not None for end in held))
    for held in chosen:
        yield {name: end for name, end in zip(names, held, strict=True) if end is not None}


def _ends(span: Any) -> list[Fraction | None]:
    """Return the ends of a range, after ``None`` for its inside if it has one."""
    ends = list(dict.fromkeys(end for end in span if end is not None))
    return ends if span[0] is not None and span[0] == span[1] else [None, *ends]


def _inside(names: tuple[str, ...], factors: list[Factor], fixed: Mapping[str, Fraction],
            spans: Mapping[str, Any]) -> tuple[list[Point], bool]:  # fmt: skip
    """Return the cells of the open box in which some parameters are fixed.

    A polynomial that has no zero there, by the signs of its Bernstein coefficients, makes no cells; its sign is noted.
    """
    left: set[Factor] = set()
    known: dict[Factor, int] = {}
    for factor in factors:
        terms = factor.restricted(fixed)
        sign = definite(terms, [spans.get(name) for name in names]) if terms else 0
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
