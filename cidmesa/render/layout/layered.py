"""Layout: places for nodes and points for long links, from sizes and links alone; layered, deterministic, no binary."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cidmesa.render.layout.coordinates import coordinates
from cidmesa.render.layout.crossings import Layered, Layers, Row, best_rows, layered
from cidmesa.render.layout.ranks import components, forward, levels

if TYPE_CHECKING:
    from cidmesa.render.geometry import Direction, Point

__all__ = ["Layout", "Wishes", "layout"]


@dataclass(frozen=True)
class Gaps:
    """Distances in px.

    ``grid``: between the lines on which the ranks may stand. ``step``: between the lines on which nodes may stand
    across the ranks. ``gap``: the least between neighbours in a rank. ``rank``: the least between nodes of neighbouring
    ranks.
    """

    grid: float
    step: float
    gap: float
    rank: float


_WIDE = {"LR": Gaps(20.0, 30.0, 16.0, 40.0), "TB": Gaps(20.0, 40.0, 20.0, 28.0)}
_COMPACT = {"LR": Gaps(10.0, 20.0, 10.0, 26.0), "TB": Gaps(10.0, 20.0, 10.0, 22.0)}


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes in px, y downwards, and for each long link the points it may run through."""

    centres: Mapping[str, Point]
    vias: Mapping[tuple[str, str], tuple[Point, ...]]


@dataclass(frozen=True)
class Wishes:
    """What a layout should heed besides the links.

    ``spine``: links to keep straight before all others. ``weak``: links that pull on nothing. ``same_rank``: groups of
    nodes that share a rank. ``columns``: the rank of every node, instead of ranks that the links ask for.
    ``lanes``: pairs of nodes of different columns on one line, above or below the same others everywhere.
    ``compact``: smaller distances.
    """

    spine: Collection[tuple[str, str]] = ()
    weak: Collection[tuple[str, str]] = ()
    same_rank: Sequence[Sequence[str]] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    lanes: Sequence[tuple[str, str]] = ()
    compact: bool = False


NO_WISHES = Wishes()


def layout(
    sizes: Mapping[str, tuple[float, float]],
    links: Sequence[tuple[str, str]],
    direction: Direction = "LR",
    wishes: Wishes = NO_WISHES,
) -> Layout:
    """Return a layered layout: links go left to right (``"LR"``) or top to bottom (``"TB"``) unless they close a cycle.

    Connected parts are laid out alone and stacked; nodes without links stand in rows after them.

    >>> layout({"S": (36, 36), "D": (36, 36), "U": (36, 36)}, [("S", "D"), ("D", "U")]).centres
    {'S': (0.0, 0.0), 'D': (80.0, 0.0), 'U': (160.0, 0.0)}
    """
    names = list(sizes)
    number = {name: i for i, name in enumerate(names)}
    sheet = _Sheet(
        tuple(sizes[name] if direction == "LR" else sizes[name][::-1] for name in names),
        tuple((number[a], number[b]) for a, b in links),
        (_COMPACT if wishes.compact else _WIDE)[direction],
        frozenset((number[a], number[b]) for a, b in wishes.spine),
        frozenset((number[a], number[b]) for a, b in wishes.weak),
        tuple(tuple(number[name] for name in group) for group in wishes.same_rank),
        tuple(wishes.columns[name] for name in names) if wishes.columns else (),
        tuple((number[a], number[b]) for a, b in wishes.lanes),
    )
    places, bends = _placed(sheet)
    flip = (lambda p: p) if direction == "LR" else (lambda p: (p[1], p[0]))
    return Layout(
        {name: flip(places[i]) for i, name in enumerate(names)},
        {(names[a], names[b]): tuple(map(flip, points)) for (a, b), points in bends.items()},
    )


@dataclass(frozen=True)
class _Sheet:
    """What is to be laid out, by numbers; sizes are (along the ranks, across them)."""

    sizes: tuple[tuple[float, float], ...]
    links: tuple[tuple[int, int], ...]
    gaps: Gaps
    spine: frozenset[tuple[int, int]]
    weak: frozenset[tuple[int, int]]
    same: tuple[tuple[int, ...], ...]
    columns: tuple[int, ...]
    lanes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Part:
    """A connected part: places (along the ranks, across them) and points of long links."""

    places: dict[int, Point]
    vias: dict[tuple[int, int], tuple[Point, ...]]


@lru_cache(maxsize=128)  # a figure is drawn again with other marks, a diagram with other numbers
def _placed(sheet: _Sheet) -> tuple[dict[int, Point], dict[tuple[int, int], tuple[Point, ...]]]:
    count = len(sheet.sizes)
    together = [pair for group in sheet.same for pair in itertools.pairwise(group)]
    parts = [list(range(count))] if sheet.columns else components(count, [*sheet.links, *together])
    drawn = [_part(group, sheet) for group in parts if len(group) > 1 or sheet.columns]
    alone = [group[0] for group in parts if len(group) == 1 and not sheet.columns]
    places, bends = _stacked(drawn, sheet.sizes, sheet.gaps)
    return places | _rows(alone, sheet.sizes, places, sheet.gaps), bends


def _part(group: Sequence[int], sheet: _Sheet) -> _Part:
    local = {node: i for i, node in enumerate(group)}
    links, spine, weak, lanes = (
        [(local[a], local[b]) for a, b in pairs if a in local]
        for pairs in (sheet.links, sheet.spine, sheet.weak, sheet.lanes)
    )
    same = [[local[node] for node in nodes] for nodes in sheet.same if nodes[0] in local]
    tried = [list(sheet.columns)] if sheet.columns else levels(len(group), links, weak, same)
    unseen = [pair for pair in lanes if pair not in links and pair[::-1] not in links]
    rows = best_rows((layered(level, forward(level, [*links, *unseen])) for level in tried), lanes, unseen)
    step, gap = sheet.gaps.step, sheet.gaps.gap
    halves = [(sheet.sizes[node][1] + gap) / 2 / step for node in group]
    graph, layers, across = _straightest(rows, halves, {*spine, *lanes}, set(weak))
    widths = [[sheet.sizes[group[v]][0] for v in layer if v < len(group)] for layer in layers]
    along = _columns(widths, sheet.gaps)
    rank = {v: i for i, layer in enumerate(layers) for v in layer}
    where = {v: (along[i], across[v] * step) for v, i in rank.items()}
    reach = {v: max(widths[i], default=0.0) / 2 for v, i in rank.items()}
    vias = {(group[a], group[b]): _via(graph, (a, b), where, reach) for a, b in links}
    return _Part(
        {node: where[i] for i, node in enumerate(group)}, {link: points for link, points in vias.items() if points}
    )


def _straightest(
    rows: Sequence[Row], halves: Sequence[float], spine: Collection[tuple[int, int]], weak: Collection[tuple[int, int]]
) -> tuple[Layered, Layers, list[int]]:
    """Return the orders whose links are shortest and straightest, with the places of the vertices across the layers."""
    orders = [(row.of.graph, row.of.layers(row.blocks)) for row in rows]
    made = [(*order, *coordinates(*order, halves, spine, weak)) for order in orders]
    graph, layers, across, _ = min(made, key=lambda one: round(one[3], 6))
    return graph, layers, across


def _via(
    graph: Layered, link: tuple[int, int], where: Mapping[int, Point], reach: Mapping[int, float]
) -> tuple[Point, ...]:
    """Return where a long link enters and leaves the ranks that it passes."""
    ahead = link in graph.chains
    chain = graph.chains[link] if ahead else graph.chains.get((link[1], link[0]), ())[::-1]
    sides = (-1, 1) if ahead else (1, -1)
    return tuple((where[v][0] + side * reach[v], where[v][1]) for v in chain[1:-1] for side in sides)


def _columns(widths: Sequence[Sequence[float]], gaps: Gaps) -> list[float]:
    """Return where the ranks stand, on the grid, so that neighbouring ranks keep their distance."""
    halves = [max(column, default=0.0) / 2 for column in widths]
    places = [0.0]
    for before, after in itertools.pairwise(halves):
        places.append(places[-1] + gaps.grid * math.ceil((before + after + gaps.rank) / gaps.grid - 0.05))
    return places


def _stacked(
    parts: Sequence[_Part], sizes: Sequence[tuple[float, float]], gaps: Gaps
) -> tuple[dict[int, Point], dict[tuple[int, int], tuple[Point, ...]]]:
    """Return all parts one after the other across the ranks."""
    places: dict[int, Point] = {}
    vias: dict[tuple[int, int], tuple[Point, ...]] = {}
    floor, step = 0.0, gaps.step
    for part in parts:
        ends = [v - sizes[node][1] / 2 for node, (_, v) in part.places.items()]
        ends += [v for points in part.vias.values() for _, v in points]
        first = min(v for _, v in part.places.values())
        shift = step * math.ceil((floor - min(ends)) / step) if places else -first
        places |= {node: (u, v + shift) for node, (u, v) in part.places.items()}
        vias |= {link: tuple((u, v + shift) for u, v in points) for link, points in part.vias.items()}
        floor = _floor(places, vias, sizes) + gaps.gap
    return places, vias


def _floor(
    places: Mapping[int, Point], vias: Mapping[tuple[int, int], tuple[Point, ...]], sizes: Sequence[tuple[float, float]]
) -> float:
    """Return how far across the ranks the drawing reaches."""
    ends = [v + sizes[node][1] / 2 for node, (_, v) in places.items()]
    return max(ends + [v for points in vias.values() for _, v in points], default=0.0)


def _rows(
    alone: Sequence[int], sizes: Sequence[tuple[float, float]], places: Mapping[int, Point], gaps: Gaps
) -> dict[int, Point]:
    """Return places for the nodes without links: rows as long as the rest, or a near-square block by itself."""
    if not alone:
        return {}
    wide = gaps.grid * math.ceil((max(sizes[n][0] for n in alone) + gaps.rank) / gaps.grid)
    high = gaps.step * math.ceil((max(sizes[n][1] for n in alone) + gaps.gap) / gaps.step)
    reach = max((u for u, _ in places.values()), default=0.0)
    columns = max(1 + int(reach // wide), math.ceil(math.sqrt(len(alone))) if not places else 1)
    top = _floor(places, {}, sizes) + high / 2 + gaps.gap / 2 if places else 0.0
    top = gaps.step * math.ceil(top / gaps.step)
    return {node: (wide * (i % columns), top + high * (i // columns)) for i, node in enumerate(alone)}
