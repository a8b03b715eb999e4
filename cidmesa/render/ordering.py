"""Orders within the layers: few crossings, by means of neighbours and by moving single nodes."""

from __future__ import annotations

import random
from bisect import bisect_right, insort
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Layered", "Layers", "crossings", "layered", "order"]

_LARGE = 80  # vertices: above, fewer starts and shorter ways for single vertices

Layers: TypeAlias = "tuple[tuple[int, ...], ...]"


@dataclass(frozen=True)
class Layered:
    """A graph whose links join neighbouring layers: long links run through dummy vertices, numbered from ``count`` on.

    ``chains`` gives for each link all its vertices, from tail to head.
    """

    count: int
    layers: Layers
    chains: Mapping[tuple[int, int], tuple[int, ...]]

    @cached_property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """The links between neighbouring layers, without doubles."""
        return tuple(dict.fromkeys(step for chain in self.chains.values() for step in pairwise(chain)))

    @cached_property
    def size(self) -> int:
        """The number of vertices, dummies included."""
        return sum(map(len, self.layers))

    @cached_property
    def before(self) -> tuple[tuple[int, ...], ...]:
        """For each vertex its neighbours one layer back."""
        return _adjacent(self.size, [(b, a) for a, b in self.steps])

    @cached_property
    def after(self) -> tuple[tuple[int, ...], ...]:
        """For each vertex its neighbours one layer on."""
        return _adjacent(self.size, self.steps)


def _adjacent(size: int, steps: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in range(size)]
    for a, b in steps:
        found[a].append(b)
    return tuple(map(tuple, found))


def layered(ranks: Sequence[int], links: Sequence[tuple[int, int]]) -> Layered:
    """Return the layered graph with a dummy vertex wherever a link passes a rank.

    >>> layered([0, 1, 2], [(0, 1), (1, 2), (0, 2)]).chains[0, 2]
    (0, 3, 2)
    """
    layers: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    for node, rank in enumerate(ranks):
        layers[rank].append(node)
    chains, free = {}, len(ranks)
    for a, b in links:
        dummies = range(free, free + ranks[b] - ranks[a] - 1)
        for rank, dummy in enumerate(dummies, ranks[a] + 1):
            layers[rank].append(dummy)
        free += len(dummies)
        chains[a, b] = (a, *dummies, b)
    return Layered(len(ranks), tuple(map(tuple, layers)), chains)


def crossings(graph: Layered, layers: Layers) -> int:
    """Return how many pairs of links between neighbouring layers cross.

    >>> crossings(g := layered([0, 0, 1, 1], [(0, 3), (1, 2)]), g.layers)
    1
    """
    return sum(_crossings_between(graph, upper, lower) for upper, lower in pairwise(layers))


def _crossings_between(graph: Layered, upper: tuple[int, ...], lower: tuple[int, ...]) -> int:
    place = {vertex: i for i, vertex in enumerate(lower)}
    seen: list[int] = []
    total = 0
    for vertex in upper:
        ends = [place[other] for other in graph.after[vertex]]
        total += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return total


def order(graph: Layered, most: int = 20) -> Layers:
    """Return the layers reordered so that few links cross: the best of several starts, each swept to and fro.

    ``most`` bounds the number of shuffled starts.
    """
    best, fewest = graph.layers, crossings(graph, graph.layers)
    for start in _starts(graph, most):
        if not fewest:
            break
        swept, count = _swept(graph, start)
        if count < fewest:
            best, fewest = swept, count
    return best


def _starts(graph: Layered, most: int) -> list[Layers]:
    """Return the orders to begin with: as declared, by a walk along the links, and some shuffles in small graphs."""
    walk = _walk(graph)
    starts = [graph.layers, tuple(tuple(sorted(layer, key=walk.__getitem__)) for layer in graph.layers)]
    dice = random.Random(graph.size)  # noqa: S311 (no secret: shuffles that are the same in each run)
    shuffles = 20 if graph.size <= 50 else 8 if graph.size <= _LARGE else 0
    return starts + [
        tuple(tuple(dice.sample(layer, len(layer))) for layer in graph.layers) for _ in range(min(most, shuffles))
    ]


def _walk(graph: Layered) -> dict[int, int]:
    """Return when a depth-first walk along the links (in both directions) first meets each vertex."""
    met: dict[int, int] = {}
    for start in (vertex for layer in graph.layers for vertex in layer):
        stack = [start]
        while stack:
            vertex = stack.pop()
            if vertex not in met:
                met[vertex] = len(met)
                stack += [*reversed(graph.before[vertex]), *reversed(graph.after[vertex])]
    return met


def _swept(graph: Layered, start: Layers) -> tuple[Layers, int]:
    layers = best = start
    fewest, stale = crossings(graph, start), 0
    for turn in range(24):
        layers = _sifted(graph, _sweep(graph, layers, forward=turn % 2 == 0))
        count = crossings(graph, layers)
        stale = 0 if count < fewest else stale + 1
        if count < fewest:
            best, fewest = layers, count
        if not fewest or stale > 4:
            break
    return best, fewest


def _sweep(graph: Layered, layers: Layers, *, forward: bool) -> Layers:
    """Return the layers, each in turn sorted by the means of the neighbours in the layer passed before."""
    near = graph.before if forward else graph.after
    done: list[tuple[int, ...]] = []
    place: dict[int, int] = {}
    for layer in layers if forward else reversed(layers):
        key = {
            vertex: sum(place[o] for o in near[vertex]) / len(near[vertex]) if near[vertex] else float(i)
            for i, vertex in enumerate(layer)
        }
        done.append(tuple(sorted(layer, key=key.__getitem__)))
        place = {vertex: i for i, vertex in enumerate(done[-1])}
    return tuple(done if forward else reversed(done))


def _sifted(graph: Layered, layers: Layers) -> Layers:
    """Return the layers after moving single vertices to their best places as long as that removes crossings."""
    place = {vertex: i for layer in layers for i, vertex in enumerate(layer)}
    done = [list(layer) for layer in layers]
    improved = True
    while improved:
        improved = False
        for layer in done:
            for vertex in tuple(layer):
                improved |= _sift(graph, place, layer, vertex)
    return tuple(map(tuple, done))


def _sift(graph: Layered, place: dict[int, int], layer: list[int], vertex: int) -> bool:
    """Move ``vertex`` to the place in ``layer`` that removes most crossings; return whether it removes any."""
    here, best, most = place[vertex], place[vertex], 0
    reach = len(layer) if graph.size <= _LARGE else 3
    for side in (1, -1):
        total, i = 0, here + side
        while 0 <= i < len(layer) and abs(i - here) <= reach:
            pair = (vertex, layer[i]) if side > 0 else (layer[i], vertex)
            total += _gain(graph, place, *pair)
            if total > most:
                best, most = i, total
            i += side
    if most:
        layer.insert(best, layer.pop(here))
        for i in range(min(here, best), max(here, best) + 1):
            place[layer[i]] = i
    return most > 0


def _gain(graph: Layered, place: dict[int, int], a: int, b: int) -> int:
    """Return how many crossings vanish when ``b``, next after ``a``, is put before it."""
    total = 0
    for near in (graph.before, graph.after):
        for x in near[a]:
            for y in near[b]:
                total += (place[x] > place[y]) - (place[x] < place[y])
    return total
