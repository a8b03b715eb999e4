"""The part of the parameters' ranges in which an action on training must count, and where that is verified."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import ComposeError, near_miss
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Region", "box_of", "plain", "points_of"]

Region: TypeAlias = Mapping[str, tuple[Number, Number]]

_SHARE = Fraction(1, 20)  # of a parameter's range: how far the usual region reaches on either side
_CORNERS = 3  # parameters up to which all corners of the region are looked at


def box_of(training: TrainingProcess, region: Region | None) -> Region:
    """Return the region in which an action must count, checked to contain the present point."""
    parameters = training.model.parameters
    if region is None:
        return {
            p.name: _around(p) for p in parameters.values() if p.value is not None and (p.low, p.high) != (None, None)
        }
    for name, (low, high) in region.items():
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise ComposeError(
                f"the region names {name!r}, which is not a parameter.{near_miss(name, parameters)} Known: {known}."
            )
        value = parameters[name].value
        if value is None or not low <= value <= high:
            raise ComposeError(
                f"the region [{show(low)}, {show(high)}] of {name!r} does not contain the present value "
                f"{'none' if value is None else show(value)}."
            )
    return region


def _around(parameter: Parameter) -> tuple[Number, Number]:
    """Return an interval around the present value, within the range."""
    value = Fraction(parameter.value or 0)
    low, high = parameter.low, parameter.high
    if parameter.integer:
        return plain(value), plain(value)
    wide = Fraction(high) - Fraction(low) if low is not None and high is not None else max(abs(value), Fraction(1))
    least, most = value - wide * _SHARE, value + wide * _SHARE
    return (
        plain(least if low is None else max(least, Fraction(low))),
        plain(most if high is None else min(most, Fraction(high))),
    )


def points_of(training: TrainingProcess, box: Region) -> list[Mapping[str, Any]]:
    """Return the present point, and the corners of the box, or the ends of its axes where there are many."""
    present = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
    if len(box) <= _CORNERS:
        corners = [dict(zip(box, ends, strict=True)) for ends in product(*box.values())]
    else:
        corners = [{name: end} for name, ends in box.items() for end in ends]
    found = [present | corner for corner in ({}, *corners)]
    return [point for k, point in enumerate(found) if point not in found[:k]]


def plain(value: Fraction) -> Number:
    """Return a whole number as an int."""
    return value.numerator if value.denominator == 1 else value
