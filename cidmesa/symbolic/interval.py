"""Intervals of rational numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Interval"]


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
