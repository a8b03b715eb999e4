"""Layered graphs, and orders within the layers with few crossings: long links are blocks that are sifted whole."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations, pairwise, product
from typing import TypeAlias

__all__ = ["Blocks", "Layered", "Layers", "Row", "best_rows", "layered"]

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


class Row:
    """The blocks of a layered graph in an order that can be changed, and how many links cross in it.

    ``gain[a][b]`` is how many crossings vanish when a passes b, which stands next after it. It is kept up to date, so
    that all places for a block are compared by sums over one line of the table.

    >>> row = Row(Blocks(layered([0, 0, 1, 1], [(0, 3), (1, 2)])), range(4))
    >>> row.crossings, row.settle({0}), row.blocks, row.crossings
    (1, [(0, 1)], [1, 0, 2, 3], 0)
    """

    def __init__(self, of: Blocks, blocks: Sequence[int]) -> None:
        self.of, self.blocks, self.crossings = of, list(blocks), 0
        self.gain = gain = [[0] * of.count for _ in range(of.count)]
        place = {block: i for i, block in enumerate(blocks)}
        for a, b, x, y in of.quads:
            first = 1 if place[a] < place[b] else -1
            second = 1 if place[x] < place[y] else -1
            self.crossings += first != second
            gain[a][b] -= second
            gain[b][a] += second
            gain[x][y] -= first
            gain[y][x] += first

    def move(self, here: int, there: int) -> set[int]:
        """Move the block at one place to another; return the blocks whose gains are changed by this."""
        sign = 1 if here < there else -1
        passed = self.blocks[here + 1 : there + 1] if here < there else self.blocks[there:here][::-1]
        block = self.blocks.pop(here)
        self.blocks.insert(there, block)
        gain, partners = self.gain, self.of.partners[block]
        changed = set()
        for other in passed:
            self.crossings -= sign * gain[block][other]
            for x, y in partners.get(other, ()):
                gain[x][y] += 2 * sign
                gain[y][x] -= 2 * sign
                changed |= {x, y}
        return changed

    def settle(self, restless: set[int]) -> list[tuple[int, int]]:
        """Put each of these blocks, and then all that this concerns, at its best place; return the moves made."""
        moves = []
        while restless and self.crossings:
            block = min(restless)
            restless.remove(block)
            here, there = self._places(block)
            if here != there:
                restless |= self.move(here, there)
                moves.append((here, there))
        return moves

    def _places(self, block: int) -> tuple[int, int]:
        """Return where a block stands, and where it had better stand."""
        here = self.blocks.index(block)
        sums = self._sums(block, here)
        most = max(sums)
        if most == sums[here]:
            return here, here
        gap = sums.index(most)
        return here, gap if gap < here else gap - 1

    def _sums(self, block: int, here: int) -> list[int]:
        """Return for each gap in the row, up to a constant, how many crossings vanish when the block is put there."""
        line, passing = self.gain[block], self.of.passing[block]
        if not passing:
            return list(accumulate(map(line.__getitem__, self.blocks), initial=0))
        ahead = _running(line, passing, self.blocks[here:], 1)
        back = _running(line, passing, self.blocks[:here][::-1], -1)
        return [*reversed(back), 0, *ahead]


def _running(
    line: Sequence[int], passing: Mapping[int, Sequence[tuple[int, int]]], others: Sequence[int], sign: int
) -> list[int]:
    """Return how many crossings vanish when a long link passes the first, the first two, ... of the others."""
    now, sums, total = list(line), [], 0
    for other in others:
        total += sign * now[other]
        sums.append(total)
        for third, side in passing.get(other, ()):
            now[third] += 2 * sign * side
    return sums


_STARTS, _SWEEPS = 3, 8
_FEW = 6  # crossings: up to so many, other ranks are tried
_KICKS, _PATIENCE = 1 / 12, 300_000  # kicks for each pair of blocks; pairs of links that may be looked at for them


def best_rows(
    graphs: Iterable[Layered], lanes: Sequence[tuple[int, int]] = (), unseen: Sequence[tuple[int, int]] = ()
) -> list[Row]:
    """Return rows of blocks with the fewest crossings found, all of the first graph unless another one has fewer.

    Others are tried only where the first is left with a few crossings: many are there to stay. For ``lanes`` and
    ``unseen`` see `Blocks`.
    """
    several = (Blocks(graph, frozenset(lanes), frozenset(unseen)) for graph in graphs)
    found = _begun(next(several), _STARTS)
    _improve(found[0])
    best = _fewest(found)
    if 0 < best[0].crossings <= _FEW and (others := [row for blocks in several for row in _begun(blocks, 1)]):
        other = _fewest(others)[0]
        _improve(other)
        best = _fewest([*best, other]) if other.crossings < best[0].crossings else best
    return best


def _fewest(rows: Sequence[Row]) -> list[Row]:
    least = min(row.crossings for row in rows)
    return [row for row in rows if row.crossings == least]


def _begun(blocks: Blocks, most: int) -> list[Row]:
    """Return the best rows of the blocks that sifting makes of several starts."""
    rows = [Row(blocks, _swept(blocks, start)) for start in _starts(blocks, most)]
    for row in rows:
        row.settle(set(row.blocks))
    return _fewest(rows)


def _improve(row: Row) -> None:
    """Move some blocks at random and sift again, many times; what makes the row worse is undone."""
    count = len(row.blocks)
    kicks = min(int(_KICKS * count * count), _PATIENCE // (1 + len(row.of.quads)))
    dice = random.Random(count)  # noqa: S311 (no secret: the same in each run)
    for _ in range(kicks):
        if not row.crossings:
            break
        before = row.crossings
        moves = [(dice.randrange(count), dice.randrange(count)) for _ in range(1 + dice.randrange(3))]
        restless = set().union(*[row.move(*move) for move in moves])
        moves += row.settle(restless)
        if row.crossings > before:
            for here, there in reversed(moves):
                row.move(there, here)


def _starts(blocks: Blocks, most: int) -> list[list[int]]:
    """Return the orders to begin with: as declared, by a walk along the links, and some shuffles."""
    declared = list(range(blocks.count))
    dice = random.Random(blocks.count)  # noqa: S311 (no secret: shuffles that are the same in each run)
    return [declared, _walk(blocks), *(dice.sample(declared, blocks.count) for _ in range(most - 2))][:most]


def _walk(blocks: Blocks) -> list[int]:
    """Return the blocks in the order in which a depth-first walk along the links (in both directions) meets them."""
    met: dict[int, None] = {}
    for start in range(blocks.count):
        stack = [start]
        while stack:
            block = stack.pop()
            if block not in met:
                met[block] = None
                stack += reversed(blocks.near[block])
    return list(met)


def _swept(blocks: Blocks, start: Sequence[int]) -> list[int]:
    """Return the blocks after sorting them several times by the mean places of their neighbours."""
    row = list(start)
    for _ in range(_SWEEPS):
        place = {block: i for i, block in enumerate(row)}
        row.sort(key=lambda block: _mean([place[other] for other in blocks.near[block]] or [place[block]]))
    return row


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)
