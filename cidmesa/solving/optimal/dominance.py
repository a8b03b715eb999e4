"""Which of many vectors can still matter when a sum with nonnegative weights is maximized."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.polynomial import Polynomial

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array

__all__ = ["merged", "undominated"]

_TOLERANCE = 1e-13  # relative, for floats that count as equal
_BLOCK = 128
_FEW = 8  # rows that are compared one by one


def undominated(vectors: Array, check: Callable[[], None] = lambda: None) -> Array:
    """Return positions of rows that suffice: for every nonnegative weighting one of them is a maximum.

    Rows that another row exceeds or equals everywhere are left out; with two columns, also those below the convex hull.
    ``check`` is called from time to time and may raise.

    >>> undominated(np.array([[0., 4], [1, 1], [4, 0], [3, 0]])).tolist()
    [0, 2]
    """
    if len(vectors) < 2:
        return np.arange(len(vectors))
    if len(vectors) == 2:
        first, second = vectors.tolist()
        return np.array([0] if all(map(ge, first, second)) else [1] if all(map(ge, second, first)) else [0, 1])
    if vectors.shape[1] == 1:
        return np.array([int(vectors[:, 0].argmax())])
    if vectors.shape[1] == 2:
        return _hull(vectors.tolist())
    return _maxima_exact(vectors, check) if vectors.dtype == np.object_ else _maxima(vectors, check)


def _hull(points: list[list[Any]]) -> Array:
    """Return the corners of the upper right part of the convex hull of points in the plane."""
    order = sorted(range(len(points)), key=points.__getitem__, reverse=True)
    corners: list[int] = []
    highest: Any = None
    for i in order:  # from right to left, only what is higher than all before
        x, y = points[i]
        if highest is not None and y <= highest:
            continue
        highest = y
        while len(corners) > 1 and not _turns_left(points[corners[-2]], points[corners[-1]], (x, y)):
            corners.pop()
        corners.append(i)
    return np.array(sorted(corners))


def _turns_left(a: Any, b: Any, c: Any) -> bool:
    return bool((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0)


def _maxima(vectors: Array, check: Callable[[], None]) -> Array:
    """Return the rows that no other row exceeds or equals everywhere, of floats."""
    slack = _TOLERANCE * np.maximum.reduce(np.abs(vectors))
    if len(vectors) <= _BLOCK:
        sums = np.add.reduce(vectors, axis=1).tolist()
        falling = sorted(range(len(sums)), key=sums.__getitem__, reverse=True)
        if len(vectors) <= _FEW:
            return np.array(sorted(_of_few(vectors.tolist(), (vectors - slack).tolist(), falling)))
        return np.array(sorted([falling[i] for i in _own_maxima(vectors[falling], slack)]))
    order = np.argsort(-vectors.sum(axis=1), kind="stable")
    kept = np.empty(0, dtype=int)
    for start in range(0, len(order), _BLOCK):
        check()
        block = order[start : start + _BLOCK]
        block = block[~_below(vectors[block], vectors[kept], slack)]
        kept = np.concatenate([kept, block[_own_maxima(vectors[block], slack)]])
    return np.sort(kept)


def _of_few(rows: list[list[float]], least: list[list[float]], falling: list[int]) -> list[int]:
    kept: list[int] = []
    for i in falling:
        if not any(all(map(ge, rows[j], least[i])) for j in kept):
            kept.append(i)
    return kept


def _below(rows: Array, kept: Array, slack: Array) -> Array:
    found = np.zeros(len(rows), dtype=bool)
    for start in range(0, len(kept), 4096):
        found |= np.all(kept[None, start : start + 4096] >= rows[:, None] - slack, axis=2).any(axis=1)
    return found


def _own_maxima(rows: Array, slack: Array) -> list[int]:
    above = (rows[None] >= rows[:, None] - slack).all(axis=2)  # [i, j]: j is nowhere below i; rows by falling sum
    kept: list[int] = []
    known = 0
    for i, row in enumerate(np.packbits(above, axis=1, bitorder="little")):  # bit j for column j
        if not int.from_bytes(row.tobytes(), "little") & known:
            kept.append(i)
            known |= 1 << i
    return kept


def _maxima_exact(vectors: Array, check: Callable[[], None]) -> Array:
    """Return the same for exact numbers: floats settle what is clear, exact comparison what is close."""
    if any(isinstance(cell, Polynomial) for cell in vectors.flat):
        rough = np.zeros(vectors.shape)
    else:
        rough = vectors.astype(np.float64)
    slack = 1e-9 * (1 + np.abs(rough).max(axis=0))
    kept: list[int] = []
    for i in sorted(range(len(rough)), key=lambda i: (-sum(vectors[i]), i)):
        check()
        near = np.all(rough[kept] >= rough[i] - slack, axis=1)
        if not any(bool(np.all(vectors[kept[j]] >= vectors[i])) for j in np.flatnonzero(near)):
            kept.append(i)
    return np.array(sorted(kept))


def merged(vectors: Array, most: int) -> tuple[Array, Array]:
    """Return at most ``most`` rows such that each given row is nowhere above one of them, and a member of each group.

    Rows are grouped by their order along the direction in which they differ most.

    >>> bounds, members = merged(np.array([[0., 4], [1, 3], [9, 0]]), 2)
    >>> bounds.tolist(), members.tolist()
    ([[1.0, 4.0], [9.0, 0.0]], [0, 2])
    """
    rough = vectors.astype(np.float64)
    centred = rough - rough.mean(axis=0)
    axis = int(np.argmax((centred**2).sum(axis=0)))
    groups = np.array_split(np.argsort(rough[:, axis], kind="stable"), most)
    members = [group[int(rough[group].sum(axis=1).argmax())] for group in groups]
    return np.array([vectors[group].max(axis=0) for group in groups]), np.array(members)
