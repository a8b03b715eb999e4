"""Routes of links: straight where that is clear, else bent once, else round the nodes in the way."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.render.shapes import Box, Point, cross, flatten, is_clear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Route", "between", "routes"]

CLEARANCE = 4.0  # px between a link and a node that is not its end
_BENDS = (18, 26, 34, 42, 50)  # degrees to try, on either side
_LOOSENESS = 0.3915  # distance of the control points over the distance of the ends, as in TikZ's "bend"
_MANY = 40  # above so many nodes the search for ways round is not worth its time
_MANY_LINKS, _PASSES = 120, 4  # up to so many links, how often those that cross others are drawn anew
_CROSSING, _ALONG = 45.0, 15.0  # degrees of bend that a crossing counts as, and running along another link

Link: TypeAlias = tuple[str, str]


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
        return self.near(other) and any(cross(p, q) for p in pairwise(self.line) for q in pairwise(other.line))

    def runs_along(self, other: Route) -> bool:
        """Return whether a corner of this route lies on the other one."""
        corners = () if self.bend else self.points[1:-1]
        return any(Box(*corner, 8, 8).meets(*step) for corner in corners for step in pairwise(other.line))


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
    links: Sequence[Link],
    vias: Mapping[Link, Sequence[Point]],
    others: Mapping[str, Sequence[Box]] | None = None,
) -> dict[Link, Route]:
    """Return a route for each link that runs through no foreign node where one can be found, and crosses few links.

    Links are drawn one after the other, short ones first; then those that cross others are drawn anew as long as that
    makes the figure better.

    Args:
        boxes: the node shapes with their places.
        links: pairs of nodes.
        vias: points that the layout proposes for long links.
        others: further things not to run through (notes below nodes), by the node that they belong to.

    """
    desk = _Desk(boxes, frozenset(links), vias, others or {})
    done: dict[Link, Route] = {}
    choices: dict[Link, list[Route]] = {}
    for link in sorted(links, key=lambda link: (link in vias, math.dist(boxes[link[0]].centre, boxes[link[1]].centre))):
        done[link] = _drawn(desk, link, list(done.values()), choices)
    for _ in range(_PASSES if len(links) <= _MANY_LINKS else 0):
        before = dict(done)
        for link in done:
            done[link] = _drawn(desk, link, [route for other, route in done.items() if other != link], choices)
        if done == before:
            break
    return {link: done[link] for link in links}


def _drawn(desk: _Desk, link: Link, others: Sequence[Route], choices: dict[Link, list[Route]]) -> Route:
    """Return the straight route where it is clear and crosses nothing, else the best of the choices, found once."""
    if link not in choices:
        straight = between(desk.boxes[link[0]], desk.boxes[link[1]])
        apart = link[::-1] not in desk.links and not any(straight.crosses(other) for other in others)
        if apart and is_clear(straight.line, desk.foreign(link)):
            return straight
        choices[link] = _choices(desk, link)
    return _best(choices[link], others)


@dataclass(frozen=True)
class _Desk:
    """What does not change while links are drawn."""

    boxes: Mapping[str, Box]
    links: frozenset[Link]
    vias: Mapping[Link, Sequence[Point]]
    others: Mapping[str, Sequence[Box]]

    def foreign(self, link: Link) -> list[Box]:
        """Return what the link must not run through."""
        found = [box.grown(CLEARANCE) for name, box in self.boxes.items() if name not in link]
        return found + [box for name, more in self.others.items() for box in more if name not in link]


def _choices(desk: _Desk, link: Link) -> list[Route]:
    """Return the routes that miss all foreign nodes; where there is none, a way round or the least bad."""
    source, target, foreign, via = desk.boxes[link[0]], desk.boxes[link[1]], desk.foreign(link), desk.vias.get(link, ())
    straight = between(source, target)
    cornered = [between(source, target, via=via), _shortened(source, target, via, foreign)] if via else []
    tried = [between(source, target, side * angle) for angle in _BENDS for side in (1, -1)] + cornered
    if link[::-1] not in desk.links:
        tried.insert(0, straight)
    if clear := [route for route in tried if is_clear(route.line, foreign)]:
        return clear
    way = _way_round(source, target, foreign) if len(foreign) < _MANY else None
    return [way or (cornered[-1] if cornered else straight)]


def _best(choices: Sequence[Route], drawn: Sequence[Route]) -> Route:
    if len(choices) == 1:
        return choices[0]
    return min(choices, key=lambda route: _ugliness(route) + sum(_clash(route, other) for other in drawn))


def _ugliness(route: Route) -> float:
    inner = len(route.points) - 2
    return abs(route.bend) if route.bend else 24.0 * min(1, inner) + 7 * inner


def _clash(route: Route, other: Route) -> float:
    """Return what it costs that a route crosses another or runs along it."""
    if not route.near(other):
        return 0.0
    return _CROSSING * route.crosses(other) + _ALONG * route.runs_along(other)


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
