"""Shapes of nodes and routes of links as geometry: borders, curves, what meets or crosses what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Literal, TypeAlias

__all__ = [
    "Box",
    "Direction",
    "Point",
    "Route",
    "Shape",
    "between",
    "cross",
    "flatten",
    "lines_cross",
    "short",
    "towards",
]

Shape = Literal["ellipse", "rectangle", "diamond", "octagon", "rounded"]
Direction = Literal["LR", "TB"]  # of the ranks: left to right, top to bottom
Point: TypeAlias = tuple[float, float]

CUT, ROUND = 8.0, 9.0  # px: how much an octagon's corners are cut, and the radius of round corners


@dataclass(frozen=True, slots=True)
class Box:
    """A shape with its centre and size in px, y downwards.

    >>> Box(0, 0, 20, 10, "rectangle").border((1, 0)), Box(0, 0, 20, 10, "diamond").border((0, -1))
    ((10.0, 0.0), (0.0, -5.0))
    """

    x: float
    y: float
    width: float
    height: float
    shape: Shape = "ellipse"

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        return self.x, self.y

    @property
    def bottom(self) -> float:
        """The greatest y of the box."""
        return self.y + self.height / 2

    def grown(self, by: float) -> Box:
        """Return the box larger by ``by`` on each side."""
        return Box(self.x, self.y, self.width + 2 * by, self.height + 2 * by, self.shape)

    def border(self, direction: Point) -> Point:
        """Return where the ray from the centre in ``direction`` leaves the shape."""
        dx, dy = direction
        u, v = abs(dx) * 2 / self.width, abs(dy) * 2 / self.height
        reach = (
            1
            / {
                "ellipse": math.hypot(u, v),
                "diamond": u + v,
                "rectangle": max(u, v),
                "octagon": max(u, v, (abs(dx) + abs(dy)) / (self.width / 2 + self.height / 2 - CUT)),
                "rounded": max(u, v, (abs(dx) + abs(dy)) / (self.width / 2 + self.height / 2 - ROUND * 0.59)),
            }[self.shape]
        )
        return self.x + dx * reach, self.y + dy * reach

    def meets(self, p: Point, q: Point) -> bool:
        """Return whether the segment from ``p`` to ``q`` runs through the shape (a diamond counts as its ellipse)."""
        a, b = self.width / 2, self.height / 2
        px, py, qx, qy = (p[0] - self.x) / a, (p[1] - self.y) / b, (q[0] - self.x) / a, (q[1] - self.y) / b
        if (px > 1 and qx > 1) or (px < -1 and qx < -1) or (py > 1 and qy > 1) or (py < -1 and qy < -1):
            return False
        if self.shape in ("rectangle", "octagon", "rounded"):
            return _meets_unit_square(px, py, qx, qy)
        dx, dy = qx - px, qy - py
        length = dx * dx + dy * dy
        t = min(1.0, max(0.0, -(px * dx + py * dy) / length)) if length else 0.0
        return math.hypot(px + t * dx, py + t * dy) < 1


def _meets_unit_square(px: float, py: float, qx: float, qy: float) -> bool:
    low, high = 0.0, 1.0
    for start, end in ((px, qx), (py, qy)):
        step = end - start
        if not step:
            if abs(start) > 1:
                return False
            continue
        one, two = sorted(((-1 - start) / step, (1 - start) / step))
        low, high = max(low, one), min(high, two)
    return low < high


def short(value: float) -> str:
    """Return a coordinate with at most two digits after the point.

    >>> short(1.0), short(2.456), short(-0.001)
    ('1', '2.46', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def flatten(controls: Sequence[Point], pieces: int = 8) -> list[Point]:
    """Return points on the cubic Bézier curve with these control points.

    >>> flatten([(0, 0), (0, 2), (4, 2), (4, 0)], 2)
    [(0.0, 0.0), (2.0, 1.5), (4.0, 0.0)]
    """
    start, first, second, end = controls
    points = []
    for i in range(pieces + 1):
        t = i / pieces
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x, y = (a * start[i] + b * first[i] + c * second[i] + d * end[i] for i in (0, 1))
        points.append((x, y))
    return points


def cross(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Return whether two segments cross at a point inside both.

    >>> cross(((0, 0), (2, 2)), ((0, 2), (2, 0))), cross(((0, 0), (2, 2)), ((2, 2), (2, 0)))
    (True, False)
    """
    (a, b), (c, d) = first, second
    return _parts(c, d, a, b) and _parts(a, b, c, d)


def lines_cross(first: Sequence[Point], second: Sequence[Point]) -> bool:
    """Return whether two lines with corners cross at a point inside a piece of both.

    >>> lines_cross([(0, 0), (2, 2), (4, 0)], [(2, 3), (3, 0)]), lines_cross([(0, 0), (2, 2), (4, 0)], [(2, 3), (4, 1)])
    (True, False)
    """
    if len(first) > len(second):
        first, second = second, first
    for (ax, ay), (bx, by) in pairwise(first):
        dx, dy = bx - ax, by - ay
        sides = [dx * (y - ay) - dy * (x - ax) for x, y in second]
        if min(sides) < 0 < max(sides) and any(
            sides[i] * sides[i + 1] < 0 and _parts((ax, ay), (bx, by), second[i], second[i + 1])
            for i in range(len(sides) - 1)
        ):
            return True
    return False


def _parts(p: Point, q: Point, a: Point, b: Point) -> bool:
    """Return whether two points lie on different sides of the line through ``a`` and ``b``."""
    return _side(a, b, p) * _side(a, b, q) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


_LOOSENESS = 0.3915  # distance of the control points over the distance of the ends, as in TikZ's "bend"
_CORNER = 8.0  # px round a corner in which another link runs along it
_STEP, _CLOSE, _LONG = 5.0, 3.5, 40.0  # px: between looks at a route, what is close, and for how long


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

    def near(self, other: Route, by: float = 0.0) -> bool:
        """Return whether the rooms of the routes touch, or come as near as that."""
        a, b = self.room, other.room
        return a[0] <= b[2] + by and b[0] <= a[2] + by and a[1] <= b[3] + by and b[1] <= a[3] + by

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

    @cached_property
    def _spots(self) -> tuple[Point, ...]:
        """Points on the line, `_STEP` px from each other."""
        found = []
        for (px, py), (qx, qy) in pairwise(self.line):
            count = max(1, round(math.dist((px, py), (qx, qy)) / _STEP))
            found += [(px + (qx - px) * i / count, py + (qy - py) * i / count) for i in range(count)]
        return tuple(found)

    def clings(self, other: Route) -> bool:
        """Return whether the routes run side by side so closely, for so long, that they look like one."""
        if not self.near(other, _CLOSE):
            return False
        close = 0
        for x, y in self._spots:
            close += any(abs(x - u) < _CLOSE and abs(y - v) < _CLOSE for u, v in other._spots)
        return close * _STEP > _LONG

    def runs_along(self, other: Route) -> bool:
        """Return whether a corner of this route lies on the other one."""
        corners = () if self.bend else self.points[1:-1]
        return any(Box(*corner, _CORNER, _CORNER).meets(*step) for corner in corners for step in pairwise(other.line))


def between(source: Box, target: Box, bend: float = 0.0, via: Sequence[Point] = ()) -> Route:
    """Return the route from border to border, bent by ``bend`` degrees or through the points ``via``."""
    if via:
        start = source.border(towards(source.centre, via[0]))
        return Route((start, *via, target.border(towards(target.centre, via[-1]))))
    ahead = towards(source.centre, target.centre)
    out, back = _turned(ahead, bend), _turned((-ahead[0], -ahead[1]), -bend)
    start, end = source.border(out), target.border(back)
    if not bend:
        return Route((start, end))
    reach = _LOOSENESS * math.dist(start, end)
    first = (start[0] + reach * out[0], start[1] + reach * out[1])
    second = (end[0] + reach * back[0], end[1] + reach * back[1])
    return Route((start, first, second, end), bend)


def towards(a: Point, b: Point) -> Point:
    """Return the direction from one point to another, of length 1."""
    length = math.dist(a, b) or 1.0
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def _turned(direction: Point, degrees: float) -> Point:
    """Return ``direction`` turned to its left as seen on the page (y goes down)."""
    c, s = _rotation(degrees)
    return c * direction[0] + s * direction[1], c * direction[1] - s * direction[0]


@cache
def _rotation(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
