"""Levels: the ranks that a layout may take, where some nodes are to share one or all are given."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from cidmesa.render.ranks import acyclic, ranks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cidmesa.render.ranks import Links

__all__ = ["forward", "levels"]

_GUESSES = 2  # how often the lengths of half of the links are left out of account
_SMALL = 20  # nodes: up to so many, other ranks are tried where the shortest make links cross


def levels(
    count: int, links: Links, weak: Collection[tuple[int, int]], same: Sequence[Sequence[int]]
) -> Iterator[list[int]]:
    """Yield ranks for the nodes of a connected graph, the best guess first; nodes of a group in ``same`` share theirs.

    First those of least total length; in small graphs then others (least length from the far end, least length of some
    of the links), which now and then let fewer links cross.

    >>> next(levels(4, [(0, 1), (1, 2), (0, 3)], (), [[2, 3]]))
    [0, 1, 2, 2]

    """
    group = _groups(count, same)
    inner = [(group[a], group[b]) for a, b in links if group[a] != group[b]]
    size = len(set(group))
    onward = acyclic(size, inner)
    faint = {(group[a], group[b]) for a, b in weak}
    seen: list[list[int]] = []
    for found in _guesses(size, onward, faint):
        if found not in seen:
            seen.append(found)
            yield [found[group[node]] for node in range(count)]


def _groups(count: int, same: Sequence[Sequence[int]]) -> list[int]:
    """Return for each node the number of its group, without gaps; nodes in no group are alone."""
    first = list(range(count))
    for members in same:
        root = min(first[member] for member in members)
        joined = {first[member] for member in members}
        first = [root if one in joined else one for one in first]
    number = {one: i for i, one in enumerate(sorted(set(first)))}
    return [number[one] for one in first]


def _guesses(count: int, links: Links, weak: Collection[tuple[int, int]]) -> Iterator[list[int]]:
    if count == 1:
        yield [0]
        return
    yield ranks(count, links, weak)
    if count <= _SMALL:
        back = [(b, a) for a, b in links]
        yield _mirrored(ranks(count, back, {(b, a) for a, b in weak}))
        dice = random.Random(count)  # noqa: S311 (no secret: the same in each run)
        for _ in range(_GUESSES):
            yield ranks(count, links, {link for link in links if link in weak or dice.random() < 0.5})


def _mirrored(level: list[int]) -> list[int]:
    last = max(level)
    return [last - rank for rank in level]


def forward(level: Sequence[int], links: Links) -> list[tuple[int, int]]:
    """Return the links from the lower rank to the higher, without those inside a rank and without doubles.

    >>> forward([0, 1, 1], [(1, 0), (0, 1), (1, 2)])
    [(0, 1)]
    """
    turned = ((a, b) if level[a] < level[b] else (b, a) for a, b in links if level[a] != level[b])
    return list(dict.fromkeys(turned))
