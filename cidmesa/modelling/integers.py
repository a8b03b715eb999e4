"""Fractions over a common denominator: sums and products of them are those of integers, which are far cheaper."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array

__all__ = ["Scaled", "scaled", "unscaled"]

MAX_BITS = 256  # of a common denominator; Fractions of their own are shorter beyond


class Scaled(NamedTuple):
    """A table as ``numerators`` over a common denominator; ``whole``: all its cells are of type int."""

    numerators: list[int]
    shape: tuple[int, ...]
    denominator: int
    whole: bool

    @property
    def largest(self) -> int:
        """The greatest absolute numerator, at least 1."""
        return max(1, *map(abs, self.numerators)) if self.numerators else 1

    def array(self, kind: type) -> Array:
        """Return the numerators as an array of cells of a kind."""
        return np.array(self.numerators, dtype=kind).reshape(self.shape)


def scaled(table: Array) -> Scaled | None:
    """Return a table of ints and Fractions over their common denominator, ``None`` if that is long, or for other cells.

    >>> scaled(np.array([Fraction(1, 2), Fraction(2, 3), 1], dtype=object))
    Scaled(numerators=[3, 4, 6], shape=(3,), denominator=6, whole=False)
    """
    flat = table.ravel().tolist()
    kinds = set(map(type, flat))
    if not kinds <= {int, Fraction}:
        return None
    if Fraction not in kinds:
        return Scaled(flat, table.shape, 1, True)
    ratios = [cell.as_integer_ratio() for cell in flat]
    common = lcm(*{below for _, below in ratios})
    if common.bit_length() > MAX_BITS:
        return None
    return Scaled([above * (common // below) for above, below in ratios], table.shape, common, False)


def unscaled(numerators: Array, denominator: int, whole: bool) -> Array:
    """Return the table that has these numerators over a denominator: ints if ``whole``, else Fractions.

    >>> unscaled(np.array([3, 4]), 6, whole=False).tolist()
    [Fraction(1, 2), Fraction(2, 3)]
    """
    flat = numerators.ravel().tolist()
    cells = np.empty(len(flat), dtype=np.object_)
    cells[:] = flat if whole else [Fraction(above, denominator) for above in flat]
    return cells.reshape(numerators.shape)
