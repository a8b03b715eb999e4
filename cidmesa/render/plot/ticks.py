"""Axes of charts: round numbers along a range, and where a number stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cidmesa.render.labels import label, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Axis", "axis_of", "named_axis", "number_text"]

_ROUND = (1, 2, 5, 10)
_FEW = 9  # values that are marked each by itself


@dataclass(frozen=True)
class Axis:
    """A range of numbers with its name and marks: (place, text)."""

    name: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Return how far along the range a number stands, from 0 to 1.

        >>> Axis("p", 0, 4, ()).share(1)
        0.25
        """
        return (value - self.low) / (self.high - self.low)


def axis_of(name: str, values: Sequence[float], *, exact: bool = False, room: float = 0.0) -> Axis:
    """Return an axis that holds all values, with round marks; ``exact`` ends where they end, but for ``room``.

    >>> [text for _, text in axis_of("p", [0.02, 0.97]).ticks]
    ['0', '0.2', '0.4', '0.6', '0.8', '1']
    """
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    step = _step(high - low)
    if exact:
        low, high = low - room, high + room
    else:
        low, high = min(low, math.floor(low / step + 1e-9) * step), max(high, math.ceil(high / step - 1e-9) * step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    distinct = sorted(set(values))
    whole = exact and len(distinct) <= _FEW and all(value == int(value) for value in distinct)
    places = distinct if whole else [k * step for k in range(first, last + 1)]
    return Axis(plain(label(name)), low, high, tuple((place, number_text(place, step)) for place in places))


def named_axis(name: str, names: Sequence[str]) -> Axis:
    """Return an axis with a mark for each name, at 0, 1, 2 and so on.

    >>> named_axis("plan", ["a", "b"]).ticks
    ((0.0, 'a'), (1.0, 'b'))
    """
    return Axis(plain(label(name)), -0.6, len(names) - 0.4, tuple((float(i), text) for i, text in enumerate(names)))


def _step(span: float) -> float:
    """Return a round step of which four to seven make up the span."""
    power = 10.0 ** math.floor(math.log10(span / 5))
    return float(next(power * factor for factor in _ROUND if power * factor * 7 >= span))


def number_text(value: float | Fraction, step: float | None = None) -> str:
    """Return a number as a mark shows it: a fraction as it is, a float with the digits that ``step`` needs.

    >>> number_text(Fraction(1, 3)), number_text(0.30000000000000004, 0.1), number_text(2e6, 1e6)
    ('1/3', '0.3', '2000000')
    """
    if isinstance(value, Fraction | int):
        return str(value)
    digits = 6 if step is None else max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "−")
