"""Layered graphs, with dummy vertices where links pass a layer, and their blocks, each in one piece."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Blocks", "Layered", "Layers", "layered"]

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


_Pieces: TypeAlias = "list[tuple[int, int]]"


@dataclass(frozen=True)
class Blocks:
    """A layered graph whose long links stay whole: a block is a node, all dummy vertices of one link, or a lane.

    A lane holds nodes of several layers and the links between them: ``lanes`` has the pairs of nodes that follow each
    other in one. So like nodes of several time slices stand in the same order everywhere. Those of them that are no
    links are ``unseen``: crossing them counts half, so that all other crossings are listed twice.

    One order of the blocks orders all layers. Two pieces of links between the same layers, one from block a to x, the
    other from b to y, cross where a and b stand in one order and x and y in the other (Bachmaier, Brandenburg, Brunner
    and Hübner 2010 order blocks in this way).

    >>> from cidmesa.render.layout.layers import layered
    >>> blocks = Blocks(layered([0, 0, 1, 1, 2], [(0, 3), (1, 2), (0, 4)]))
    >>> blocks.of, blocks.quads
    ((0, 1, 2, 3, 4, 5), ((0, 1, 3, 2), (1, 0, 2, 5)))

    """

    graph: Layered
    lanes: frozenset[tuple[int, int]] = frozenset()
    unseen: frozenset[tuple[int, int]] = frozenset()

    @cached_property
    def of(self) -> tuple[int, ...]:
        """The block of each vertex."""
        first = list(range(self.graph.size))
        for a, b in sorted(self.lanes):
            first[b] = first[a]
        for link, (tail, *inner, _) in self.graph.chains.items():
            for vertex in inner:
                first[vertex] = first[tail] if link in self.lanes else inner[0]
        number = {vertex: i for i, vertex in enumerate(dict.fromkeys(first))}
        return tuple(number[vertex] for vertex in first)

    @cached_property
    def count(self) -> int:
        """The number of blocks."""
        return max(self.of) + 1

    @cached_property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """The blocks at the ends of each step of a link."""
        return tuple((self.of[a], self.of[b]) for a, b in self.graph.steps)

    @cached_property
    def near(self) -> tuple[tuple[int, ...], ...]:
        """For each block those that it is linked to."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for a, b in self.pieces:
            if a != b:
                found[a].append(b)
                found[b].append(a)
        return tuple(map(tuple, found))

    @cached_property
    def quads(self) -> tuple[tuple[int, int, int, int], ...]:
        """All (a, b, x, y) such that a piece from a to x and one from b to y cross in some orders but not in all."""
        found: list[tuple[int, int, int, int]] = []
        for ends, inner, faint in self._gaps():
            whole = [*combinations(ends, 2), *product(ends, inner)] * (2 if self.unseen else 1)
            found += [
                (a, b, x, y)
                for (a, x), (b, y) in (*whole, *product(ends, faint))
                if a != b and x != y and (a, b) != (y, x)
            ]
        return tuple(found)

    def _gaps(self) -> Iterable[tuple[_Pieces, _Pieces, _Pieces]]:
        """Return for each gap between layers the pieces between blocks, those inside of a block, and those unseen."""
        rank = {vertex: i for i, layer in enumerate(self.graph.layers) for vertex in layer}
        faint = {step for link in self.unseen for step in pairwise(self.graph.chains[link])}
        gaps: list[tuple[_Pieces, _Pieces, _Pieces]] = [([], [], []) for _ in self.graph.layers]
        for step, (a, b) in zip(self.graph.steps, self.pieces, strict=True):
            gaps[rank[step[0]]][2 if step in faint else a == b].append((a, b))
        return gaps

    @cached_property
    def partners(self) -> tuple[Mapping[int, _Pieces], ...]:
        """For blocks a and b all (x, y) that make a crossing where they stand in another order than a and b."""
        found: tuple[dict[int, _Pieces], ...] = tuple({} for _ in range(self.count))
        for a, b, x, y in self.quads:
            for p, q, u, v in ((a, b, x, y), (b, a, y, x), (x, y, a, b), (y, x, b, a)):
                found[p].setdefault(q, []).append((u, v))
        return found

    @cached_property
    def passing(self) -> tuple[Mapping[int, _Pieces], ...]:
        """For blocks a and b: (y, 1) where a runs past a piece from b to y, (x, -1) where b leads to a and a to x."""
        return tuple(
            {b: own for b, pairs in known.items() if (own := _with(a, pairs))} for a, known in enumerate(self.partners)
        )

    def layers(self, row: Iterable[int]) -> Layers:
        """Return the layers in the order that a row of the blocks gives them."""
        place = {block: i for i, block in enumerate(row)}
        seat = [place[block] for block in self.of]
        return tuple(tuple(sorted(layer, key=seat.__getitem__)) for layer in self.graph.layers)


def _with(block: int, pairs: _Pieces) -> _Pieces:
    """Return the partners of a block in pairs, with 1 where they come after it and -1 where before."""
    return [(y, 1) for x, y in pairs if x == block] + [(x, -1) for x, y in pairs if y == block]
