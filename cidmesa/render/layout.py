"""Layout: places for nodes and points for long links, from sizes and links alone; layered, deterministic, no binary."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cidmesa.render.coordinates import coordinates
from cidmesa.render.ordering import layered, order
from cidmesa.render.ranks import acyclic, components, ranks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cidmesa.render.shapes import Point

__all__ = ["Direction", "Layout", "layout"]

Direction = Literal["LR", "TB"]

_GRID = 20.0  # px between the lines on which the ranks may stand
_STEP = {"LR": 30.0, "TB": 40.0}  # px between the lines on which nodes may stand across the ranks
_GAP = {"LR": 16.0, "TB": 20.0}  # least px between neighbours in a rank
_RANK_GAP = {"LR": 40.0, "TB": 28.0}  # least px between nodes of neighbouring ranks


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes in px, y downwards, and for each long link the points it may run through."""

    centres: Mapping[str, Point]
    vias: Mapping[tuple[str, str], tuple[Point, ...]]


def layout(
    sizes: Mapping[str, tuple[float, float]],
    links: Sequence[tuple[str, str]],
    direction: Direction = "LR",
    spine: Collection[tuple[str, str]] = (),
    weak: Collection[tuple[str, str]] = (),
) -> Layout:
    """Return a layered layout: links go left to right (``"LR"``) or top to bottom (``"TB"``) unless they close a cycle.

    Connected parts are laid out alone and stacked; nodes without links stand in rows after them. Links in ``spine`` are
    kept straight before all others; those in ``weak`` pull on nothing.

    >>> layout({"S": (36, 36), "D": (36, 36), "U": (36, 36)}, [("S", "D"), ("D", "U")]).centres
    {'S': (0.0, 0.0), 'D': (80.0, 0.0), 'U': (160.0, 0.0)}

    """
    names = list(sizes)
    number = {name: i for i, name in enumerate(names)}
    pairs = [(number[a], number[b]) for a, b in links]
    strong = {(number[a], number[b]) for a, b in spine}
    faint = {(number[a], number[b]) for a, b in weak}
    turned = [sizes[name] if direction == "LR" else sizes[name][::-1] for name in names]
    parts = components(len(names), pairs)
    drawn = [_part(group, pairs, turned, direction, strong, faint) for group in parts if len(group) > 1]
    alone = [group[0] for group in parts if len(group) == 1]
    places, bends = _stacked(drawn, turned, direction)
    places |= _rows(alone, turned, places, direction)
    flip = (lambda p: p) if direction == "LR" else (lambda p: (p[1], p[0]))
    return Layout(
        {name: flip(places[i]) for i, name in enumerate(names)},
        {(names[a], names[b]): tuple(map(flip, points)) for (a, b), points in bends.items()},
    )


@dataclass(frozen=True)
class _Part:
    """A connected part: places (along the ranks, across them) and points of long links."""

    places: dict[int, Point]
    vias: dict[tuple[int, int], tuple[Point, ...]]


def _part(
    group: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    sizes: Sequence[tuple[float, float]],
    direction: Direction,
    spine: Collection[tuple[int, int]],
    weak: Collection[tuple[int, int]],
) -> _Part:
    local = {node: i for i, node in enumerate(group)}
    inner = [(local[a], local[b]) for a, b in pairs if a in local]
    forward = acyclic(len(group), inner)
    faint = {(local[a], local[b]) for a, b in weak if a in local}
    level = ranks(len(group), forward, faint)
    graph = layered(level, forward)
    layers = order(graph)
    step, gap = _STEP[direction], _GAP[direction]
    strong = {(local[a], local[b]) for a, b in spine if a in local}
    across = coordinates(graph, layers, [(sizes[node][1] + gap) / 2 / step for node in group], strong, faint)
    along = _columns([[sizes[group[v]][0] for v in layer if v < len(group)] for layer in layers], direction)
    where = {v: (along[rank], across[v] * step) for rank, layer in enumerate(layers) for v in layer}
    vias = {}
    for a, b in inner:
        chain = graph.chains.get((a, b)) or graph.chains.get((b, a), ())[::-1]
        if len(chain) > 2:
            vias[group[a], group[b]] = tuple(where[v] for v in chain[1:-1])
    return _Part({node: where[i] for i, node in enumerate(group)}, vias)


def _columns(widths: Sequence[Sequence[float]], direction: Direction) -> list[float]:
    """Return where the ranks stand, on the grid, so that neighbouring ranks keep their distance."""
    halves = [max(column, default=0.0) / 2 for column in widths]
    places = [0.0]
    for before, after in itertools.pairwise(halves):
        places.append(places[-1] + _GRID * math.ceil((before + after + _RANK_GAP[direction]) / _GRID - 0.05))
    return places


def _stacked(
    parts: Sequence[_Part], sizes: Sequence[tuple[float, float]], direction: Direction
) -> tuple[dict[int, Point], dict[tuple[int, int], tuple[Point, ...]]]:
    """Return all parts one after the other across the ranks."""
    places: dict[int, Point] = {}
    vias: dict[tuple[int, int], tuple[Point, ...]] = {}
    floor, step = 0.0, _STEP[direction]
    for part in parts:
        ends = [v - sizes[node][1] / 2 for node, (_, v) in part.places.items()]
        ends += [v for points in part.vias.values() for _, v in points]
        first = min(v for _, v in part.places.values())
        shift = step * math.ceil((floor - min(ends)) / step) if places else -first
        places |= {node: (u, v + shift) for node, (u, v) in part.places.items()}
        vias |= {link: tuple((u, v + shift) for u, v in points) for link, points in part.vias.items()}
        floor = _floor(places, vias, sizes) + _GAP[direction]
    return places, vias


def _floor(
    places: Mapping[int, Point],
    vias: Mapping[tuple[int, int], tuple[Point, ...]],
    sizes: Sequence[tuple[float, float]],
) -> float:
    """Return how far across the ranks the drawing reaches."""
    ends = [v + sizes[node][1] / 2 for node, (_, v) in places.items()]
    return max(ends + [v for points in vias.values() for _, v in points], default=0.0)


def _rows(
    alone: Sequence[int], sizes: Sequence[tuple[float, float]], places: Mapping[int, Point], direction: Direction
) -> dict[int, Point]:
    """Return places for the nodes without links: rows as long as the rest, or a near-square block by itself."""
    if not alone:
        return {}
    wide = _GRID * math.ceil((max(sizes[n][0] for n in alone) + _RANK_GAP[direction]) / _GRID)
    high = _STEP[direction] * math.ceil((max(sizes[n][1] for n in alone) + _GAP[direction]) / _STEP[direction])
    reach = max((u for u, _ in places.values()), default=0.0)
    columns = max(1 + int(reach // wide), math.ceil(math.sqrt(len(alone))) if not places else 1)
    top = _floor(places, {}, sizes) + high / 2 + _GAP[direction] / 2 if places else 0.0
    top = _STEP[direction] * math.ceil(top / _STEP[direction])
    return {node: (wide * (i % columns), top + high * (i // columns)) for i, node in enumerate(alone)}
