"""The greatest value of a smooth concave function, which need not be attained."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array

    Function: TypeAlias = Callable[[Array], tuple[float, Array]]

__all__ = ["ascend", "root"]

_STEPS = 2_000
_SLOPE = 1e-10


def ascend(function: Function, size: int) -> tuple[Array, float, float]:
    """Return a point, the value and the steepest slope there, climbed to from zero by BFGS.

    ``function`` returns its value and gradient. Where the supremum lies at infinity the climb ends where the slope
    is below 1e-10 or no step gains anything; the value is then that close to the supremum.

    >>> point, value, slope = ascend(lambda x: (4 - float(((x - 1) ** 2).sum()), 2 - 2 * x), 2)
    >>> point.round(6).tolist(), round(value, 9), slope < 1e-8
    ([1.0, 1.0], 4.0, True)
    """
    point, inverse = np.zeros(size), np.eye(size)
    value, slope = function(point)
    for _ in range(_STEPS):
        if np.abs(slope).max(initial=0) < _SLOPE:
            break
        way = inverse @ slope
        if way @ slope <= 0:
            inverse, way = np.eye(size), slope
        found = _step(function, point, value, slope, way)
        if found is None:
            break
        step, value, new = found
        inverse = _updated(inverse, step, slope - new)
        point, slope = point + step, new
    return point, value, float(np.abs(slope).max(initial=0))


def _step(
    function: Function, point: Array, value: float, slope: Array, way: Array
) -> tuple[Array, float, Array] | None:
    """Return a step along ``way`` that gains enough, with the value and the slope there; ``None`` if there is none.

    A step is doubled while the slope along it has hardly fallen (the way to a supremum at infinity is long).
    """
    length, best = 1.0, None
    for _ in range(60):
        high, new = function(point + length * way)
        if high < value + 1e-4 * length * (way @ slope) or high <= value:
            if best is not None:
                break
            length /= 2
            continue
        best = (length * way, high, new)
        if new @ way < 0.9 * (slope @ way):
            break
        length *= 2
    return best


def _updated(inverse: Array, step: Array, bend: Array) -> Array:
    """Return the BFGS update of the inverse of minus the Hessian."""
    curvature = step @ bend
    if curvature <= 1e-300:
        return inverse
    left = np.eye(len(step)) - np.outer(step, bend) / curvature
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / curvature)


def root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling function crosses zero between ``low`` and ``high``, by halving.

    >>> round(root(lambda x: 2 - x * x, 0, 2), 9)
    1.414213562
    """
    for _ in range(100):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            break
    return (low + high) / 2
