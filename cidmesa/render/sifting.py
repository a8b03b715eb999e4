"""Sifting: a row of blocks that knows its crossings, and what moving a block would do to them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.blocks import Blocks

__all__ = ["Row"]


class Row:
    """The blocks of a layered graph in an order that can be changed, and how many links cross in it.

    ``gain[a][b]`` is how many crossings vanish when a passes b, which stands next after it. It is kept up to date, so
    that all places for a block are compared by sums over one line of the table.

    >>> from cidmesa.render.blocks import Blocks
    >>> from cidmesa.render.layered import layered
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
