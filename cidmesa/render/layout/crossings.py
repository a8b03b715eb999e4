"""Orders within the layers with few crossings: means of neighbours, sifting, starting again from near by."""

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING

from cidmesa.render.layout.layers import Blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.render.layout.layers import Layered

__all__ = ["Row", "best_rows"]


class Row:
    """The blocks of a layered graph in an order that can be changed, and how many links cross in it.

    ``gain[a][b]`` is how many crossings vanish when a passes b, which stands next after it. It is kept up to date, so
    that all places for a block are compared by sums over one line of the table.

    >>> from cidmesa.render.layout.layers import Blocks, layered
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
