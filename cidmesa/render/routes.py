"""Routes of links: straight where that is clear, else bent once, else round the nodes in the way."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cidmesa.render.shapes import Box, Point, cross, flatten, is_clear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Route", "between", "routes"]

CLEARANCE = 4.0  # px between a link and a node that is not its end
_BENDS = (18, 26, 34, 42, 50)  # degrees to try, on either side
_LOOSENESS = 0.3915  # distance of the control points over the distance of the ends, as in TikZ's "bend"
_MANY = 40  # above so many nodes the search for ways round is not worth its time


@dataclass(frozen=True, slots=True)
class Route:
    """How a link runs, in px: ``points`` from border to border, and what kind of line joins them.

    ``bend`` is the angle in degrees (left of the way is positive) at which a curve leaves; its ``points`` are the four
    control points of a cubic Bézier curve. A bend of 0 is a line with corners at the inner points.

    >>> between(Box(0, 0, 20, 20), Box(100, 0, 20, 20)).points
    ((10.0, 0.0), (90.0, 0.0))
    """

    points: tuple[Point, ...]
    bend: float = 0.0

    @property
    def line(self) -> tuple[Point, ...]:
        """Points close together along the route."""
        return tuple(flatten(self.points)) if self.bend else self.points


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
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * direction[0] + s * direction[1], c * direction[1] - s * direction[0]


def routes(
    boxes: Mapping[str, Box],
    links: Sequence[tuple[str, str]],
    vias: Mapping[tuple[str, str], Sequence[Point]],
    others: Mapping[str, Sequence[Box]] | None = None,
) -> dict[tuple[str, str], Route]:
    """Return a route for each link that runs through no foreign node where one can be found.

    Args:
        boxes: the node shapes with their places.
        links: pairs of nodes.
        vias: points that the layout proposes for long links.
        others: further things not to run through (notes below nodes), by the node that they belong to.

    """
    extra = others or {}
    done: dict[tuple[str, str], Route] = {}
    for link in sorted(links, key=lambda link: (link in vias, math.dist(boxes[link[0]].centre, boxes[link[1]].centre))):
        foreign = [box.grown(CLEARANCE) for name, box in boxes.items() if name not in link]
        foreign += [box for name, more in extra.items() for box in more if name not in link]
        mutual = (link[1], link[0]) in links
        done[link] = _route(boxes[link[0]], boxes[link[1]], foreign, vias.get(link, ()), list(done.values()), mutual)
    return {link: done[link] for link in links}


def _route(
    source: Box, target: Box, foreign: list[Box], via: Sequence[Point], drawn: list[Route], mutual: bool
) -> Route:  # fmt: skip
    straight = between(source, target)
    if not mutual and is_clear(straight.line, foreign):
        return straight
    crossed = _counter(drawn)
    bent = [between(source, target, side * angle) for angle in _BENDS for side in (1, -1)]
    clear = [route for route in bent if is_clear(route.line, foreign)]
    cornered = _shortened(source, target, via, foreign) if via else None
    if cornered and is_clear(cornered.line, foreign):
        clear.append(cornered)
    if clear:
        return min(clear, key=lambda route: _ugliness(route) + 25 * crossed(route))
    return (_way_round(source, target, foreign) if len(foreign) < _MANY else None) or cornered or straight


def _ugliness(route: Route) -> float:
    return abs(route.bend) if route.bend else 22.0 + 8 * len(route.points)


def _counter(drawn: Sequence[Route]) -> Callable[[Route], int]:
    """Return a function that counts the links already drawn that a route crosses."""
    lines = [route.line for route in drawn]

    def count(route: Route) -> int:
        mine = route.line
        return sum(any(cross(a, b) for a in pairwise(mine) for b in pairwise(line)) for line in lines)

    return count


def _shortened(source: Box, target: Box, via: Sequence[Point], foreign: list[Box]) -> Route:
    """Return the route through ``via`` without the points that it can do without."""
    kept = list(via)
    for point in via:
        fewer = [p for p in kept if p != point]
        if fewer and is_clear(between(source, target, via=fewer).line, foreign):
            kept = fewer
    return between(source, target, via=kept)


def _way_round(source: Box, target: Box, foreign: list[Box]) -> Route | None:
    """Return a shortest route by the corners of the nodes in the way (visibility graph, Dijkstra), if there is one."""
    corners = [corner for box in foreign for corner in _corners(box)]
    points = [source.centre, target.centre, *(p for p in corners if not any(b.meets(p, p) for b in foreign))]
    closed = [*foreign, source, target]
    best, heap, done = {0: (0.0, -1)}, [(0.0, 0)], set[int]()
    while heap:
        length, here = heapq.heappop(heap)
        if here == 1:
            return between(source, target, via=_trail(points, best))
        if here in done:
            continue
        done.add(here)
        for there, point in enumerate(points):
            total = length + math.dist(points[here], point) + 12
            blocks = foreign if here == 0 or there == 1 else closed
            if (
                there not in done
                and total < best.get(there, (math.inf,))[0]
                and is_clear([points[here], point], blocks)
            ):
                best[there] = (total, here)
                heapq.heappush(heap, (total, there))
    return None


def _corners(box: Box) -> list[Point]:
    a, b = box.width / 2 + 2, box.height / 2 + 2
    return [(box.x + sx * a, box.y + sy * b) for sx in (-1, 1) for sy in (-1, 1)]


def _trail(points: Sequence[Point], best: Mapping[int, tuple[float, int]]) -> list[Point]:
    trail, here = [], best[1][1]
    while here > 0:
        trail.append(points[here])
        here = best[here][1]
    return trail[::-1]
