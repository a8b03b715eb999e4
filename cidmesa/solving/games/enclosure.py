"""All solutions of equations that are affine in each unknown: boxes are divided until each has one solution or none.

Such a function has its extremes over a box at the corners, so its range is known exactly; so are the ranges of its
derivatives and of sums of such functions. A box is dropped if some equation, or a combination of them, has no zero in
it. It holds exactly one solution if Newton's step maps it into itself (Krawczyk's test). Source: Moore, Kearfott and
Cloud 2009. Numbers are floats with an allowance for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array

__all__ = ["Solutions", "solutions"]

_BATCH = 256  # boxes that are looked at together
_SMALLEST = 1e-7  # width of a box that is not divided further
_SLACK = 1e-12  # allowance for rounding, of an equation whose coefficients sum to 1 at most
_WIDER = 0.02  # by which a box is made wider for the test, so that a solution on its side is inside
_AT = 0.4871  # where a box is divided: not where solutions like to be
_ROUNDS = 60
_FEW = 2_000  # boxes, where an equation says nothing, so that none can be settled but by dropping it


@dataclass
class Solutions:
    """The ``points`` found in the open unit box; ``settled``: there are no others, and each is isolated."""

    points: list[Array] = field(default_factory=list)
    settled: bool = True

    def add(self, point: Array) -> None:
        """Add a point unless it is already known."""
        if not any(np.abs(point - known).max() < _SMALLEST for known in self.points):
            self.points.append(point)


def solutions(equations: Array, limits: Array, most: int) -> Solutions:
    """Return the solutions of as many equations as unknowns, each in (0, 1), at which no limit is positive.

    ``equations``, ``limits``: coefficients, the function first, then an axis of length 2 for each unknown: without and
    with it. ``most``: the number of boxes to examine; fewer if an equation is vacuous.

    >>> equations = np.array([[[-0.25, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]]])  # x y = 1/4, x = y
    >>> found = solutions(equations, np.zeros((0, 2, 2)), 100)
    >>> found.settled, [point.round(9).tolist() for point in found.points]
    (True, [[0.5, 0.5]])
    """
    count = len(equations)
    scaled, limits = _scaled(equations), _scaled(limits)
    most = most if all(equation.any() for equation in equations) else min(most, _FEW)
    slopes = np.stack([_slope(scaled, axis) for axis in range(count)], axis=1)
    found = Solutions()
    low, high = np.zeros((1, count)), np.ones((1, count))
    while len(low):
        if (most := most - min(_BATCH, len(low))) < 0:
            found.settled = False
            return found
        here, low, high = (low[-_BATCH:], high[-_BATCH:]), low[:-_BATCH], high[:-_BATCH]
        left = _looked_at(scaled, slopes, *_allowed(limits, *here), found)
        low, high = np.concatenate([low, left[0]]), np.concatenate([high, left[1]])
    return found


def _scaled(functions: Array) -> Array:
    """Return functions whose coefficients sum to 1 at most."""
    sums = np.abs(functions).sum(axis=tuple(range(1, functions.ndim)))
    return functions / np.where(sums > 0, sums, 1).reshape(-1, *[1] * (functions.ndim - 1))


def _allowed(limits: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the boxes in which each limit may be 0 or less."""
    if not len(limits):
        return low, high
    some = (_at_corners(limits, low, high).min(axis=2) <= _SLACK).all(axis=1)
    return low[some], high[some]


def _slope(equations: Array, axis: int) -> Array:
    """Return the derivatives by one unknown, which do not depend on it."""
    taken = np.take(equations, [1], axis=axis + 1)
    return np.concatenate([taken, np.zeros_like(taken)], axis=axis + 1)


def _at_corners(functions: Array, low: Array, high: Array) -> Array:
    """Return the values at the corners of boxes: box, function, corner."""
    count = low.shape[1]
    flat = functions.reshape(1, -1, *[2] * count)
    for axis in range(count):
        without, with_it = np.take(flat, 0, axis=axis + 2), np.take(flat, 1, axis=axis + 2)
        ends = (end[:, axis].reshape(-1, *[1] * count) for end in (low, high))
        flat = np.stack([without + end * with_it for end in ends], axis=axis + 2)
    return flat.reshape(len(low), flat.shape[1], 2**count)


def _values(functions: Array, points: Array) -> Array:
    """Return the values at points: point, function."""
    return np.asarray(_at_corners(functions, points, points)[..., 0])


def _looked_at(equations: Array, slopes: Array, low: Array, high: Array, found: Solutions) -> tuple[Array, Array]:
    """Return the boxes that remain of some boxes; a solution that is alone in its box is recorded."""
    count = low.shape[1]
    wide = _WIDER * (high - low) + 1e-13
    low, high, corners = _with_zero(low, high, _at_corners(equations, low - wide, high + wide))
    wide = _WIDER * (high - low) + 1e-13
    middle, radius = (low + high) / 2, (high - low) / 2 + wide
    inverse, sound = _inverses(_values(slopes, middle).reshape(len(low), count, count))
    step = np.einsum("bij,bj->bi", inverse, _values(equations, middle))
    corners = inverse @ corners
    some = ((corners.min(axis=2) <= _slack(inverse)) & (corners.max(axis=2) >= -_slack(inverse))).all(axis=1)
    turned = _at_corners(slopes, low - wide, high + wide).reshape(len(low), count, count * 2**count)
    turned = (inverse @ turned).reshape(len(low), count, count, 2**count) - np.eye(count)[..., None]
    spread = np.einsum("bij,bj->bi", np.abs(turned).max(axis=3), radius) + _slack(inverse)
    alone = (np.abs(step) + spread < radius).all(axis=1) & sound & some
    for point in (middle - step)[alone]:
        _refined(equations, slopes, point, found)
    new_low, new_high = np.maximum(low, middle - step - spread), np.minimum(high, middle - step + spread)
    left = some & ~alone & (~sound | (new_low <= new_high).all(axis=1))
    low, high = np.where(sound[:, None], new_low, low)[left], np.where(sound[:, None], new_high, high)[left]
    return _divided(low, high, found)


def _slack(inverse: Array) -> Array:
    return np.asarray(_SLACK * np.abs(inverse).sum(axis=2))


def _with_zero(low: Array, high: Array, corners: Array) -> tuple[Array, Array, Array]:
    """Return the boxes in which each equation may be zero, with the values at their corners."""
    some = ((corners.min(axis=2) <= _SLACK) & (corners.max(axis=2) >= -_SLACK)).all(axis=1)
    return low[some], high[some], corners[some]


def _inverses(matrices: Array) -> tuple[Array, Array]:
    """Return the inverses, with the unit matrix for nearly singular ones, and which matrices are regular."""
    unit = np.broadcast_to(np.eye(matrices.shape[1]), matrices.shape)
    sound = np.abs(np.linalg.det(matrices)) > 1e-9
    return np.linalg.inv(np.where(sound[:, None, None], matrices, unit)), sound


def _refined(equations: Array, slopes: Array, point: Array, found: Solutions) -> None:
    """Add the solution near a point, if it lies in the open unit box."""
    for _ in range(_ROUNDS):
        matrix = _values(slopes, point[None]).reshape(len(point), len(point))
        step = np.linalg.solve(matrix, _values(equations, point[None])[0])
        point = point - step
        if np.abs(step).max() < 1e-15:
            break
    if (point > _SLACK).all() and (point < 1 - _SLACK).all():
        found.add(point)


def _divided(low: Array, high: Array, found: Solutions) -> tuple[Array, Array]:
    """Return the halves of boxes; those that are too small to be divided are not settled."""
    width = high - low
    small = width.max(axis=1, initial=0) < _SMALLEST
    found.settled &= not small.any()
    low, high, width = low[~small], high[~small], width[~small]
    rows, axes = np.arange(len(low)), width.argmax(axis=1)
    at = low[rows, axes] + _AT * width[rows, axes]
    ends, starts = high.copy(), low.copy()
    ends[rows, axes], starts[rows, axes] = at, at
    return np.concatenate([low, starts]), np.concatenate([ends, high])
