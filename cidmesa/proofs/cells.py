"""What shows a condition on one parameter: numbers and intervals that cover its range, each of them decided."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.proofs.documents import Document, exact
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.real_roots import roots_of, simplest
from cidmesa.symbolic.traced import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cidmesa.symbolic.condition import Condition
    from cidmesa.symbolic.real_roots import Stop

__all__ = ["by_cells"]

BITS = 30  # an irrational number is left out with 2 ** -BITS about it


def by_cells(condition: Condition, option_claim: Callable[[Mapping[str, Any]], Document]) -> Document:
    """Return what shows a condition on which options are optimal, given what makes that claim under parameter values.

    Nothing is said of a short interval about each irrational number at which two values are equal.

    Raises:
        NotApplicable: there are several free parameters, one is an integer or has no lower bound, an answer is not
            known, or the models differ in more than numbers.
    """
    if len(condition.parameters) != 1 or not condition.complete or condition.assuming:
        raise NotApplicable("a proof needs a complete condition on one parameter, without assumptions.")
    (parameter,) = condition.parameters
    if parameter.integer or parameter.low is None:
        raise NotApplicable(f"{parameter.name} is a whole number, or has no least value.")
    ends = Fraction(parameter.low), None if parameter.high is None else Fraction(parameter.high)
    cells = _cells(_stops(condition, *ends), *ends)
    found = [option_claim(_at(parameter.name, cell)) for cell in cells if cell[0] != cell[1]]
    first = found[0]
    if any((other.models, other.claims) != (first.models, first.claims) for other in found[1:]):
        raise NotApplicable("the model changes with the parameter by more than numbers in its tables.")
    said = [_said(condition, parameter.name, cell) for cell in cells]
    return Document(first.models, (first.claims[0] | {"kind": "condition", "cells": said},))


Cell = tuple[Fraction, "Fraction | None"]


def _stops(condition: Condition, low: Fraction, high: Fraction | None) -> list[Stop]:
    """Return the zeros of all polynomials that were asked about, inside the range."""
    factors = dict.fromkeys(factor for path in condition.paths for factor in sorted(path.factors))
    roots = [root for factor in factors for root in roots_of(factor)]
    for root in roots:
        root.closely(BITS)
    return sorted(root for root in roots if low < root.low and (high is None or root.high < high))


def _cells(stops: list[Stop], low: Fraction, high: Fraction | None) -> list[Cell]:
    """Return numbers and open intervals in turn; an irrational stop makes an interval between two numbers."""
    points = [low, *(end for stop in stops for end in dict.fromkeys((stop.low, stop.high)))]
    kept = sorted({*points, *([] if high is None else [high])})
    ends: list[Fraction | None] = [*kept[1:], *([None] if high is None else [])]
    cells: list[Cell] = []
    for start, end in zip(kept, ends, strict=False):
        cells += [(start, start), (start, end)]
    return [*cells, (kept[-1], kept[-1])] if high is not None else cells


def _middle(cell: Cell) -> Fraction:
    return cell[0] if cell[0] == cell[1] else simplest(*cell)


def _at(name: str, cell: Cell) -> Mapping[str, Any]:
    return Trace(Point((name,), (_middle(cell),))).parameters()


def _said(condition: Condition, name: str, cell: Cell) -> dict[str, Any]:
    low, high = cell
    narrow = high is not None and low < high and (high - low) * 2**BITS <= 2
    holds = None if narrow else condition.holds_at({name: _middle(cell)})
    return {"from": exact(low), "to": None if high is None else exact(high), "holds": holds}
