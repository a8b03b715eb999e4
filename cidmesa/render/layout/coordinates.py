"""Coordinates across the layers, in whole grid steps: long links straight, parents centred over their children."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cidmesa.render.layout.crossings import Layered, Layers

__all__ = ["coordinates"]

_SWEEPS = 40
_SPINE = 12.0  # weight of a piece of a link of the spine
_WEAK = 0.02  # how much less a weak link weighs
_STRAIGHT = 8.0  # weight of a piece of a long link beside that of a short link, which is 1


def coordinates(
    graph: Layered,
    layers: Layers,
    halves: Sequence[float],
    spine: Collection[tuple[int, int]] = (),
    weak: Collection[tuple[int, int]] = (),
) -> tuple[list[int], float]:
    r"""Return for each vertex its place across the layers, in grid steps, and how long and slanted links are with that.

    Orders are kept, and no two vertices overlap.

    First the exact minimum of :math:`\sum w_{ab} (y_a - y_b)^2` is approached layer by layer (isotonic regression),
    then it is rounded to the grid, then vertices and straight runs are moved while that shortens or straightens links.

    Args:
        graph: the layered graph.
        layers: its layers in the order to keep.
        halves: half the room that each node needs, in grid steps; dummy vertices need none.
        spine: links that are to be straight in preference to all others.
        weak: links that give way to all others.
    """
    room = _Room(graph, layers, (*halves, *([0.0] * (graph.size - graph.count))), frozenset(spine), frozenset(weak))
    place = _polished(room, _snapped(room, _relaxed(room)))
    return place, sum(_cost(room, place, {vertex}, 0) for vertex in range(graph.size)) / 2


@dataclass(frozen=True)
class _Room:
    """What does not change while coordinates are sought."""

    graph: Layered
    layers: Layers
    halves: tuple[float, ...]
    spine: frozenset[tuple[int, int]]
    weak: frozenset[tuple[int, int]]

    def apart(self, a: int, b: int) -> int:
        """Return the least distance of two neighbours in a layer."""
        return max(1, math.ceil(self.halves[a] + self.halves[b] - 1e-9))

    @cached_property
    def offsets(self) -> tuple[tuple[int, ...], ...]:
        """For each layer the places of its vertices when they are packed."""
        gaps = ([0, *(self.apart(a, b) for a, b in pairwise(layer))] for layer in self.layers)
        return tuple(tuple(accumulate(gap)) for gap in gaps)

    @cached_property
    def near(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """For each vertex its neighbours with the weights of the links."""
        found: list[list[tuple[int, float]]] = [[] for _ in range(self.graph.size)]
        chains = self.graph.chains.items()
        strong = {step for link, chain in chains if link in self.spine for step in pairwise(chain)}
        faint = {step for link, chain in chains if link in self.weak for step in pairwise(chain)}
        for a, b in self.graph.steps:
            dummies = (a >= self.graph.count) + (b >= self.graph.count)
            weight = _SPINE if (a, b) in strong else (1.0, 2.0, _STRAIGHT)[dummies]
            weight *= _WEAK if (a, b) in faint else 1.0
            found[a].append((b, weight))
            found[b].append((a, weight))
        return tuple(map(tuple, found))


def _relaxed(room: _Room) -> list[float]:
    place = [0.0] * room.graph.size
    for layer, offsets in zip(room.layers, room.offsets, strict=True):
        for vertex, offset in zip(layer, offsets, strict=True):
            place[vertex] = offset - offsets[-1] / 2
    rows = list(zip(room.layers, room.offsets, strict=True))
    for turn in range(_SWEEPS):
        moved = max(_settle(room, place, *row) for row in (rows if turn % 2 else reversed(rows)))
        if moved < 0.01:
            break
    return place


def _settle(room: _Room, place: list[float], layer: tuple[int, ...], offsets: tuple[int, ...]) -> float:
    """Put one layer where its neighbours pull it, in its order; return the greatest move."""
    wanted, weights = [], []
    for vertex, offset in zip(layer, offsets, strict=True):
        near = room.near[vertex]
        weight = sum(w for _, w in near) or 0.01
        pulled = sum(place[other] * w for other, w in near) / weight if near else place[vertex]
        wanted.append(pulled - offset)
        weights.append(weight)
    moved = 0.0
    for vertex, offset, value in zip(layer, offsets, _isotonic(wanted, weights), strict=True):
        moved = max(moved, abs(place[vertex] - value - offset))
        place[vertex] = value + offset
    return moved


def _isotonic(wanted: Iterable[float], weights: Iterable[float]) -> list[float]:
    """Return the ascending values nearest to ``wanted`` by weighted squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            last = blocks.pop()
            total = last[1] + block[1]
            block = ((last[0] * last[1] + block[0] * block[1]) / total, total, last[2] + block[2])
        blocks.append(block)
    return [value for value, _, size in blocks for _ in range(size)]


def _snapped(room: _Room, place: Sequence[float]) -> list[int]:
    snapped = [0] * len(place)
    for layer, offsets in zip(room.layers, room.offsets, strict=True):
        for vertex, offset in zip(layer, offsets, strict=True):
            snapped[vertex] = math.floor(place[vertex] - offset + 0.5 - 1e-6) + offset
    return snapped


def _polished(room: _Room, place: list[int]) -> list[int]:
    """Move vertices and straight runs of links by a step or two as long as the links get better."""
    slots = {vertex: (i, j) for i, layer in enumerate(room.layers) for j, vertex in enumerate(layer)}
    for _ in range(8 if room.graph.size <= 150 else 2):
        moved = False
        for vertex in range(room.graph.size):
            moved |= _nudged(room, place, slots, {vertex})
            for least in (0.0, _STRAIGHT):
                moved |= _nudged(room, place, slots, _straight_run(room, place, vertex, least))
        if not moved:
            break
    return place


def _straight_run(room: _Room, place: list[int], start: int, least: float) -> set[int]:
    """Return what is joined with a vertex on its line, by links of no less than this weight."""
    run, stack = {start}, [start]
    while stack:
        vertex = stack.pop()
        for other, weight in room.near[vertex]:
            if weight >= least and other not in run and place[other] == place[vertex]:
                run.add(other)
                stack.append(other)
    return run


def _nudged(room: _Room, place: list[int], slots: dict[int, tuple[int, int]], group: set[int]) -> bool:
    """Move ``group`` to the best of the free places near by; return whether it moved."""
    best, least = 0, _cost(room, place, group, 0) - 1e-9
    for move in (-1, 1, -2, 2):
        if _is_free(room, place, slots, group, move) and (cost := _cost(room, place, group, move)) < least:
            best, least = move, cost
    for vertex in group if best else ():
        place[vertex] += best
    return best != 0


def _cost(room: _Room, place: list[int], group: set[int], move: int) -> float:
    """Return how long and slanted the links between ``group`` and the rest are, once ``group`` has moved."""
    total = 0.0
    for vertex in sorted(group):
        for other, weight in room.near[vertex]:
            if other not in group:
                step = abs(place[vertex] + move - place[other])
                total += weight * (step + 0.15 * step * step + (0.6 if step else 0.0))
    return total


def _is_free(room: _Room, place: list[int], slots: dict[int, tuple[int, int]], group: set[int], move: int) -> bool:
    for vertex in group:
        i, j = slots[vertex]
        layer = room.layers[i]
        beside = j + (1 if move > 0 else -1)
        if 0 <= beside < len(layer) and layer[beside] not in group:
            other = layer[beside]
            if abs(place[other] - place[vertex] - move) < room.apart(vertex, other) or (
                (place[other] - place[vertex] - move > 0) != (move > 0)
            ):
                return False
    return True
