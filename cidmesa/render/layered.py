"""Layered graphs: links between neighbouring layers only, long ones through dummy vertices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Layered", "Layers", "layered"]

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
