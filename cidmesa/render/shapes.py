"""Shapes of nodes as geometry: where a link meets the border, and whether a line runs through a node."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Box", "Point", "Shape", "cross", "flatten", "lines_cross"]

Shape = Literal["ellipse", "rectangle", "diamond", "octagon"]
Point: TypeAlias = tuple[float, float]

CUT = 8.0  # how much an octagon's corners are cut, in px


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
            }[self.shape]
        )
        return self.x + dx * reach, self.y + dy * reach

    def meets(self, p: Point, q: Point) -> bool:
        """Return whether the segment from ``p`` to ``q`` runs through the shape (a diamond counts as its ellipse)."""
        a, b = self.width / 2, self.height / 2
        px, py, qx, qy = (p[0] - self.x) / a, (p[1] - self.y) / b, (q[0] - self.x) / a, (q[1] - self.y) / b
        if (px > 1 and qx > 1) or (px < -1 and qx < -1) or (py > 1 and qy > 1) or (py < -1 and qy < -1):
            return False
        if self.shape in ("rectangle", "octagon"):
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
        points.append((
            a * start[0] + b * first[0] + c * second[0] + d * end[0],
            a * start[1] + b * first[1] + c * second[1] + d * end[1],
        ))  # fmt: skip
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
    for (ax, ay), (bx, by) in itertools.pairwise(first):
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
