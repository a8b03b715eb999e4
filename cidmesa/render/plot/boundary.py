"""The boundary of a region of two parameters: the zeros of its polynomials, followed across the frame."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.symbolic.lifting import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cidmesa.symbolic.condition import Condition

__all__ = ["boundary_lines"]

Place: TypeAlias = tuple[float, float]
Edge: TypeAlias = tuple[
    int, int, int
]  # column and row of a corner of the mesh, and 0 for the edge right of it, 1 above

_MESH = 120  # squares along each side
_HALVINGS = 40  # until a zero is found as exactly as floats can
_BESIDE = 1e-4  # of the frame: how far beside a line it is asked whether the answer changes there


def boundary_lines(
    condition: Condition, names: tuple[str, str], low: Place, high: Place
) -> tuple[tuple[Place, ...], ...]:
    """Return the lines within a frame at which the answer of a condition changes.

    Each polynomial's zeros are found on the edges of a mesh by halving, and kept where the condition holds on one side
    only. Zeros between two points of the mesh that lie closer together than it is wide may be missed.

    Raises:
        NotApplicable: a condition on other parameters.

    """
    if not set(condition.names) <= set(names):
        raise NotApplicable(f"the condition is on {', '.join(condition.names)}, the axes are {' and '.join(names)}. "
                            f"Ask for one with over={list(names)}.")  # fmt: skip
    changes = _changes(condition, names, low, high)
    lines: list[tuple[Place, ...]] = []
    for factor in condition.formula.factors:
        if set(factor.variables) <= set(condition.names):
            lines += _joined([piece for piece in _zeros(_function(factor, names), low, high) if changes(*piece[1])])
    return tuple(lines)


def _function(factor: Any, names: tuple[str, str]) -> Callable[[Any, Any], Any]:
    return lambda x, y: factor.at(dict(zip(names, (x, y), strict=True)))


def _changes(condition: Condition, names: tuple[str, str], low: Place, high: Place) -> Callable[[Place, Place], bool]:
    """Return what tells whether the condition holds on one side of a short segment only."""
    size = high[0] - low[0], high[1] - low[1]

    def holds(x: float, y: float) -> bool:
        at = dict(zip(names, (Fraction(x), Fraction(y)), strict=True))
        return condition.formula.holds(Point(condition.names, tuple(at[name] for name in condition.names)))

    def changes(start: Place, end: Place) -> bool:
        along = (end[0] - start[0]) / size[0], (end[1] - start[1]) / size[1]
        length = max(abs(along[0]), abs(along[1])) or 1.0
        across = -along[1] / length * _BESIDE * size[0], along[0] / length * _BESIDE * size[1]
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        return holds(x + across[0], y + across[1]) != holds(x - across[0], y - across[1])

    return changes


def _zeros(
    function: Callable[[Any, Any], Any], low: Place, high: Place
) -> Iterator[tuple[tuple[Edge, Edge], tuple[Place, Place]]]:
    """Yield the segments of the zeros in each square of the mesh: the edges that they join, and their ends."""
    xs, ys = (np.linspace(low[axis], high[axis], _MESH + 1) for axis in (0, 1))
    positive = np.broadcast_to(function(xs[:, None], ys[None, :]), (_MESH + 1, _MESH + 1)) > 0
    found: dict[Edge, Place] = {}

    def crossing(edge: Edge) -> Place:
        if edge not in found:
            i, j, up = edge
            ends = (xs[i], ys[j]), (xs[i + 1 - up], ys[j + up])
            found[edge] = _halved(function, *ends)
        return found[edge]

    for i, j in np.argwhere(_mixed(positive)).tolist():
        edges = [edge for edge in ((i, j, 0), (i + 1, j, 1), (i, j + 1, 0), (i, j, 1))
                 if positive[edge[:2]] != positive[edge[0] + 1 - edge[2], edge[1] + edge[2]]]  # fmt: skip
        for first, second in zip(edges[::2], edges[1::2], strict=True):
            yield (first, second), (crossing(first), crossing(second))


def _mixed(positive: Any) -> Any:
    """Return which squares have corners of both signs."""
    corners = positive[:-1, :-1].astype(int) + positive[1:, :-1] + positive[:-1, 1:] + positive[1:, 1:]
    return (corners > 0) & (corners < 4)


def _halved(function: Callable[[Any, Any], Any], start: Any, end: Any) -> Place:
    """Return the zero on a segment at whose ends the signs differ."""
    (x0, y0), (x1, y1) = map(_floats, (start, end))
    rising = function(x1, y1) > 0
    for _ in range(_HALVINGS):
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if (function(x, y) > 0) == rising:
            x1, y1 = x, y
        else:
            x0, y0 = x, y
    return (x0 + x1) / 2, (y0 + y1) / 2


def _floats(place: Any) -> Place:
    return float(place[0]), float(place[1])


def _joined(pieces: list[tuple[tuple[Edge, Edge], tuple[Place, Place]]]) -> list[tuple[Place, ...]]:
    """Return the segments joined to lines, end to end."""
    at: dict[Edge, list[int]] = {}
    for i, (edges, _) in enumerate(pieces):
        for edge in edges:
            at.setdefault(edge, []).append(i)
    left, lines = set(range(len(pieces))), []
    for i in sorted(left, key=lambda i: min(len(at[edge]) for edge in pieces[i][0])):  # open ends first
        if i in left:
            edges = pieces[i][0]
            start = edges[0] if len(at[edges[0]]) <= len(at[edges[1]]) else edges[1]
            lines.append(tuple(_followed(start, i, pieces, at, left)))
    return lines


def _followed(edge: Edge, i: int | None, pieces: Any, at: dict[Edge, list[int]], left: set[int]) -> Iterator[Place]:
    """Yield the points of the line that begins at an edge with a segment, and take its segments away."""
    yield pieces[i][1][pieces[i][0].index(edge)]
    while i is not None:
        left.discard(i)
        edges, places = pieces[i]
        further = 1 - edges.index(edge)
        edge = edges[further]
        yield places[further]
        i = next((other for other in at[edge] if other in left), None)
