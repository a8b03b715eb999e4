"""Orders within the layers: few crossings, by means of neighbours, by sifting, and by starting again from near by."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from cidmesa.render.blocks import Blocks
from cidmesa.render.sifting import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.render.layered import Layered

__all__ = ["best_rows"]

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
