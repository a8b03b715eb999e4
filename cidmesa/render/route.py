"""One route of a link: a line with corners or a curve from border to border, and whether it meets others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from cidmesa.render.shapes import Box, Point, flatten, lines_cross

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Route", "between"]

_LOOSENESS = 0.3915  # distance of the control points over the distance of the ends, as in TikZ's "bend"
_CORNER = 8.0  # px round a corner in which another link runs along it


@dataclass(frozen=True)
class Route:
    """How a link runs, in px: ``points`` from border to border, and what kind of line joins them.

    ``bend`` is the angle in degrees (left of the way is positive) at which a curve leaves; its ``points`` are the four
    control points of a cubic Bézier curve. A bend of 0 is a line with corners at the inner points.

    >>> between(Box(0, 0, 20, 20), Box(100, 0, 20, 20)).points
    ((10.0, 0.0), (90.0, 0.0))
    """

    points: tuple[Point, ...]
    bend: float = 0.0

    @cached_property
    def line(self) -> tuple[Point, ...]:
        """Points close together along the route."""
        return tuple(flatten(self.points)) if self.bend else self.points

    @cached_property
    def room(self) -> tuple[float, float, float, float]:
        """The least and greatest coordinates of the route."""
        xs, ys = zip(*self.line, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def near(self, other: Route) -> bool:
        """Return whether the rooms of the routes touch."""
        a, b = self.room, other.room
        return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]

    def crosses(self, other: Route) -> bool:
        """Return whether the routes cross."""
        return self.near(other) and lines_cross(self.line, other.line)

    def misses(self, boxes: Iterable[Box]) -> bool:
        """Return whether the route runs through none of the boxes."""
        left, top, right, bottom = self.room
        for box in boxes:
            if (
                abs(2 * box.x - left - right) <= right - left + box.width
                and abs(2 * box.y - top - bottom) <= bottom - top + box.height
                and any(box.meets(p, q) for p, q in pairwise(self.line))
            ):
                return False
        return True

    def runs_along(self, other: Route) -> bool:
        """Return whether a corner of this route lies on the other one."""
        corners = () if self.bend else self.points[1:-1]
        return any(Box(*corner, _CORNER, _CORNER).meets(*step) for corner in corners for step in pairwise(other.line))


def between(source: Box, target: Box, bend: float = 0.0, via: Sequence[Point] = ()) -> Route:
    """Return the route from border to border, bent by ``bend`` degrees or through the points ``via``."""
    if via:
        start = source.border(_towards(source.centre, via[0]))
        return Route((start, *via, target.border(_towards(target.centre, via[-1]))))
    ahead = _towards(source.centre, target.centre)
    out, back = _turned(ahead, bend), _turned((-ahead[0], -ahead[1]), -bend)
    start, end = source.border(out), target.border(back)
    if not bend:
        return Route((start, end))
    reach = _LOOSENESS * math.dist(start, end)
    first = (start[0] + reach * out[0], start[1] + reach * out[1])
    second = (end[0] + reach * back[0], end[1] + reach * back[1])
    return Route((start, first, second, end), bend)


def _towards(a: Point, b: Point) -> Point:
    length = math.dist(a, b) or 1.0
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def _turned(direction: Point, degrees: float) -> Point:
    """Return ``direction`` turned to its left as seen on the page (y goes down)."""
    c, s = _rotation(degrees)
    return c * direction[0] + s * direction[1], c * direction[1] - s * direction[0]


@cache
def _rotation(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
