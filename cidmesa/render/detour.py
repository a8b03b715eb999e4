"""Ways round the nodes that stand between two others, where no line or curve gets through."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from cidmesa.render.route import Route, between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.shapes import Box, Point

__all__ = ["detour"]

_CORNER = 12.0  # px of way that a corner counts as


def detour(source: Box, target: Box, foreign: Sequence[Box]) -> Route | None:
    """Return a shortest route by the corners of the nodes in the way (A* on their visibility graph), if there is one.

    >>> from cidmesa.render.shapes import Box
    >>> way = detour(Box(0, 0, 20, 20), Box(200, 0, 20, 20), [Box(100, 10, 60, 60, "rectangle")])
    >>> way.points[1:-1]
    ((68.0, -22.0), (132.0, -22.0))

    """
    corners = [corner for box in foreign for corner in _corners(box)]
    points = [source.centre, target.centre, *(p for p in corners if not any(b.meets(p, p) for b in foreign))]
    closed = [*foreign, source, target]
    before: dict[int, int] = {}
    heap = [(math.dist(points[0], points[1]), 0.0, 0, -1)]
    while heap:
        _, length, here, last = heapq.heappop(heap)
        blocks = foreign if last == 0 or here == 1 else closed
        if here in before or (last >= 0 and not Route((points[last], points[here])).misses(blocks)):
            continue
        before[here] = last
        if here == 1:
            return between(source, target, via=_trail(points, before))
        for there in range(1, len(points)):
            if there not in before:
                total = length + math.dist(points[here], points[there]) + _CORNER
                heapq.heappush(heap, (total + math.dist(points[there], points[1]), total, there, here))
    return None


def _corners(box: Box) -> list[Point]:
    a, b = box.width / 2 + 2, box.height / 2 + 2
    return [(box.x + sx * a, box.y + sy * b) for sx in (-1, 1) for sy in (-1, 1)]


def _trail(points: Sequence[Point], before: Mapping[int, int]) -> list[Point]:
    trail, here = [], before[1]
    while here > 0:
        trail.append(points[here])
        here = before[here]
    return trail[::-1]
