"""Rows of paths through a game tree: which columns settle what is wanted, and what it is in each context."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.tabulation import MAX_CELLS

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array, State

__all__ = ["SMALL", "Column", "by_context", "constant", "enough", "names_of", "shortened", "tells"]

SMALL = 2**12  # contexts of a decision that may be for clearness, cells of a utility
FEW = 600  # rows that are compared pair by pair


@dataclass(frozen=True, eq=False)
class Column:
    """A node that later ones may depend on: its state on each path."""

    name: str
    states: tuple[State, ...]
    values: Array
    met: Array


def names_of(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the names of columns."""
    return tuple(column.name for column in columns)


def _codes(columns: Iterable[Column], rows: int) -> Array:
    """Return a number for each row that two share iff they agree on all columns."""
    found: Array = np.zeros(rows, dtype=np.int64)
    for column in columns:
        found = np.unique(found * (len(column.states) + 1) + column.values, return_inverse=True)[1]
    return found


def tells(columns: Iterable[Column], wanted: Array) -> bool:
    """Return whether the columns settle what is wanted on each path."""
    codes = _codes(columns, len(wanted))
    pairs = np.unique(np.stack([codes, wanted]), axis=1)
    return bool(len(np.unique(pairs[0])) == pairs.shape[1])


def constant(values: Array, sets: Array) -> bool:
    """Return whether values are the same on all paths that meet the same information set."""
    there = sets >= 0
    pairs = np.unique(np.stack([sets[there], values[there]]), axis=1)
    return bool(len(np.unique(pairs[0])) == pairs.shape[1])


def shortened(columns: Sequence[Column], kept: Sequence[Column], wanted: Array) -> tuple[Column, ...]:
    """Return columns that settle what is wanted: none that is the same wherever it counts, unless it is ``kept``.

    If they have too many contexts together, no more than are needed.
    """
    names = {*names_of(kept)}
    left = [*columns, *(column for column in kept if column.name not in {*names_of(columns)})]
    there = wanted >= 0
    for column in sorted(left, key=lambda column: bool(column.met[there].any())):
        large = prod(len(c.states) for c in left) > SMALL
        idle = column.name not in names and len(np.unique(column.values[there])) < 2
        rest = [c for c in left if c is not column]
        if (large or idle) and tells(rest, wanted):
            left = rest
    return tuple(left)


def enough(columns: Sequence[Column], wanted: Array) -> tuple[Column, ...]:
    """Return columns that settle what is wanted, even where it is not told that a round was passed by."""
    left = list(columns)
    for column in columns:
        rest = [other for other in left if other is not column]
        if _settle(rest, wanted):
            left = rest
    return tuple(left)


def _settle(columns: Sequence[Column], wanted: Array) -> bool:
    if not tells(columns, wanted):
        return False
    _, first = np.unique(np.stack([_codes(columns, len(wanted)), wanted]), axis=1, return_index=True)
    if len(first) > FEW:
        return True
    alike = np.ones((len(first), len(first)), dtype=bool)
    for column in columns:
        values, met = column.values[first], column.met[first]
        alike &= (values[:, None] == values) | ~met[:, None] | ~met
    return not (alike & (wanted[first][:, None] != wanted[first])).any()


def by_context(parents: Sequence[Column], wanted: Array, other: int) -> list[int]:
    """Return what is wanted for each setting of the parents, the last fastest; ``other`` where no path has it."""
    sizes = [len(column.states) for column in parents]
    if prod(sizes) > MAX_CELLS:
        shown = " * ".join(f"{size} ({column.name})" for size, column in zip(sizes, parents, strict=True))
        raise TooLarge(f"the game would need a table over {shown} = {prod(sizes)} settings.")
    found = np.full(sizes, other)
    found[tuple(column.values for column in parents)] = wanted if sizes else wanted[0]
    return list(map(int, found.ravel()))
