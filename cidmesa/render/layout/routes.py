"""Routes of all links: straight where that is clear, else bent once, else round the nodes in the way."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import TypeAlias

from cidmesa.render.geometry import Box, Point, Route, between

__all__ = ["detour", "routes"]

CLEARANCE = 4.0  # px between a link and a node that is not its end
_SLIGHT, _STRONG = (18, 26), (34, 42, 50)  # degrees to try, on either side
_MANY = 40  # above so many nodes the search for ways round is not worth its time
_MANY_LINKS, _PASSES = 120, 4  # up to so many links, how often those that cross others are drawn anew
_CROSSING, _ALONG = 45.0, 30.0  # degrees of bend that a crossing counts as, and running along another link
_CLINGING = 25.0  # the same for running so closely beside another link that they look like one

Link: TypeAlias = tuple[str, str]


def routes(
    boxes: Mapping[str, Box],
    links: Sequence[Link],
    vias: Mapping[Link, tuple[Point, ...]],
    others: Mapping[str, tuple[Box, ...]] | None = None,
) -> Mapping[Link, Route]:
    """Return a route for each link that runs through no foreign node where one can be found, and crosses few links.

    Links are drawn one after the other, short ones first; then those that cross others are drawn anew as long as that
    makes the figure better. Links that look like one are drawn apart where that costs no crossing.

    Args:
        boxes: the node shapes with their places.
        links: pairs of nodes.
        vias: points that the layout proposes for long links.
        others: further obstacles, such as notes below nodes, by the node that they belong to.
    """
    return _routed(tuple(links), *(tuple(one.items()) for one in (boxes, vias, others or {})))


@lru_cache(maxsize=128)  # a figure is drawn again with other words in the same places
def _routed(
    links: tuple[Link, ...],
    boxes: tuple[tuple[str, Box], ...],
    vias: tuple[tuple[Link, tuple[Point, ...]], ...],
    others: tuple[tuple[str, tuple[Box, ...]], ...],
) -> Mapping[Link, Route]:
    desk = _Desk(dict(boxes), frozenset(links), dict(vias), dict(others))
    choices = {link: _Choices(desk, link) for link in links}
    done = _drawn(desk, choices, _Clashes())
    if len(links) <= _MANY_LINKS and any(a.clings(b) for a, b in combinations(done.values(), 2)):
        apart = _drawn(desk, choices, _Clashes(_CLINGING))
        done = apart if _crossings(apart) <= _crossings(done) else done
    return {link: done[link] for link in links}


def _drawn(desk: _Desk, choices: Mapping[Link, _Choices], clashes: _Clashes) -> dict[Link, Route]:
    """Return a route for each link: drawn one after the other, then anew as long as that makes the figure better."""
    done: dict[Link, Route] = {}
    for link in sorted(choices, key=lambda link: _turn(*(desk.boxes[end] for end in link), long=link in desk.vias)):
        done[link] = _best(choices[link], list(done.values()), clashes)
    for _ in range(_PASSES if len(choices) <= _MANY_LINKS else 0):
        before = dict(done)
        for link in done:
            done[link] = _best(choices[link], [route for other, route in done.items() if other != link], clashes)
        if done == before:
            break
    return done


def _crossings(routes: Mapping[Link, Route]) -> int:
    return sum(a.crosses(b) for a, b in combinations(routes.values(), 2))


def _turn(source: Box, target: Box, *, long: bool) -> tuple[bool, bool, float]:
    """Return when a link is drawn: those along a row or column first, then the others, short ones before long ones."""
    aslant = source.x != target.x and source.y != target.y
    return aslant, long, math.dist(source.centre, target.centre)


@dataclass(frozen=True)
class _Desk:
    """What does not change while links are drawn."""

    boxes: Mapping[str, Box]
    links: frozenset[Link]
    vias: Mapping[Link, Sequence[Point]]
    others: Mapping[str, Sequence[Box]]

    @cached_property
    def closed(self) -> list[tuple[str, Box]]:
        """What no link must run through but those of the node to which it belongs."""
        found = [(name, box.grown(CLEARANCE)) for name, box in self.boxes.items()]
        return found + [(name, box) for name, more in self.others.items() for box in more]


class _Choices:
    """The clear routes of one link, the least ugly first, each made when it is first asked for."""

    def __init__(self, desk: _Desk, link: Link) -> None:
        self._made: list[Route] = []
        self._rest = _clear(desk, link)

    def __iter__(self) -> Iterator[Route]:
        yield from self._made
        for route in self._rest:
            self._made.append(route)
            yield route


def _clear(desk: _Desk, link: Link) -> Iterator[Route]:
    """Yield the routes that miss all foreign nodes; where there is none, a way round or the least bad."""
    source, target, via = desk.boxes[link[0]], desk.boxes[link[1]], desk.vias.get(link, ())
    foreign = [box for name, box in desk.closed if name not in link]
    found = False
    for route in _tried(source, target, via, foreign, alone=link[::-1] not in desk.links):
        if route.misses(foreign):
            found = True
            yield route
    if not found:
        way = detour(source, target, foreign) if len(foreign) < _MANY else None
        yield way or (_shortened(source, target, via, foreign) if via else between(source, target))


def _tried(source: Box, target: Box, via: Sequence[Point], foreign: Sequence[Box], *, alone: bool) -> Iterator[Route]:
    """Yield a straight line, curves and lines with corners; no curve comes after one that is bent more."""
    if alone:
        yield between(source, target)
    yield from (between(source, target, side * angle) for angle in _SLIGHT for side in (1, -1))
    if via:
        yield between(source, target, via=via)
        yield _shortened(source, target, via, foreign)
    yield from (between(source, target, side * angle) for angle in _STRONG for side in (1, -1))


def _best(choices: Iterable[Route], drawn: Sequence[Route], clashes: _Clashes) -> Route:
    """Return the first of the choices that is least ugly, together with its clashes with what is drawn."""
    best, least = None, math.inf
    for route in choices:
        if abs(route.bend) >= least:
            break
        cost = _ugliness(route)
        for other in drawn:
            if cost >= least:
                break
            cost += clashes.of(route, other)
        if cost < least:
            best, least = route, cost
    if best is None:
        raise AssertionError("there is always a way that is the least bad")
    return best


def _ugliness(route: Route) -> float:
    inner = len(route.points) - 2
    return abs(route.bend) if route.bend else 24.0 * min(1, inner) + 7 * inner


class _Clashes:
    """What it costs that one route crosses another or runs along it; worked out once while both are choices."""

    def __init__(self, clinging: float = 0.0) -> None:
        self._known: dict[tuple[int, int], float] = {}
        self._clinging = clinging

    def of(self, route: Route, other: Route) -> float:
        """Return the cost."""
        key = id(route), id(other)
        if key not in self._known:
            near = route.near(other)
            cost = _CROSSING * route.crosses(other) + _ALONG * route.runs_along(other) if near else 0.0
            self._known[key] = cost + (self._clinging and self._clinging * route.clings(other))
        return self._known[key]


def _shortened(source: Box, target: Box, via: Sequence[Point], foreign: Sequence[Box]) -> Route:
    """Return the route through ``via`` without the points that it can do without."""
    kept = list(via)
    for point in via:
        fewer = [p for p in kept if p != point]
        if fewer and between(source, target, via=fewer).misses(foreign):
            kept = fewer
    return between(source, target, via=kept)


_CORNER = 12.0  # px of way that a corner counts as


def detour(source: Box, target: Box, foreign: Sequence[Box]) -> Route | None:
    """Return a shortest route by the corners of the nodes in the way (A* on their visibility graph), if there is one.

    >>> from cidmesa.render.geometry import Box
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
