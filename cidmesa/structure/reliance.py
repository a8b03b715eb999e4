"""The relevance graph as a value: who relies on whom, in which order to solve, and what stands in the way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.display import Displays

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RelevanceGraph"]


@dataclass(frozen=True)
class RelevanceGraph(Displays):
    """Which decision relies on which: the link (D, D') says that D' is s-reachable from D.

    Decisions that rely on nothing are solved first, so the solving order is a reverse topological order.
    Source: Koller and Milch 2003.

    >>> graph = RelevanceGraph(("D1", "D2"), (("D1", "D2"),))
    >>> graph.is_acyclic, graph.order
    (True, ('D2', 'D1'))
    """

    decisions: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]

    @cached_property
    def components(self) -> tuple[tuple[str, ...], ...]:
        """The strongly connected components in solving order, those that rely on nothing else first."""
        reach = self._reach
        groups: dict[int, list[int]] = {}
        for i in range(len(self.decisions)):
            groups.setdefault(reach[i], []).append(i)  # mutually reliant decisions reach the same decisions
        solving_order = sorted(groups.items(), key=lambda group: (group[0].bit_count(), -group[1][0]))
        return tuple(tuple(self.decisions[i] for i in members) for _, members in solving_order)

    @cached_property
    def is_acyclic(self) -> bool:
        """Whether no decision relies on itself through others."""
        return len(self.components) == len(self.decisions)

    @property
    def order(self) -> tuple[str, ...]:
        """The decisions in solving order, or ``()`` where the graph has a cycle."""
        return tuple(decision for (decision,) in self.components) if self.is_acyclic else ()

    def cycle(self) -> tuple[str, ...]:
        """Return a shortest cycle through the first decision that lies on one, closed (D, ..., D), or ``()``."""
        looped = [i for component in self.components if len(component) > 1 for i in component]
        if not looped:
            return ()
        start = min(looped, key=self.decisions.index)
        came_from: dict[str, str] = {}
        queue = deque([start])
        while start not in came_from:
            node = queue.popleft()
            for follower in self._followers[node]:
                if follower not in came_from:
                    came_from[follower] = node
                    queue.append(follower)
        walk = [start, came_from[start]]
        while walk[-1] != start:
            walk.append(came_from[walk[-1]])
        return tuple(reversed(walk))

    def of(self, decisions: Iterable[str]) -> RelevanceGraph:
        """Return the part of the graph between ``decisions``."""
        kept = set(decisions)
        return RelevanceGraph(
            tuple(decision for decision in self.decisions if decision in kept),
            tuple((d1, d2) for d1, d2 in self.edges if d1 in kept and d2 in kept),
        )

    @cached_property
    def _followers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {decision: [] for decision in self.decisions}
        for d1, d2 in self.edges:
            found[d1].append(d2)
        return found

    @cached_property
    def _reach(self) -> list[int]:
        """For each decision the set (bits) of decisions that it relies on, directly or through others, and itself."""
        position = {decision: i for i, decision in enumerate(self.decisions)}
        reach = [1 << i for i in range(len(self.decisions))]
        for d1, d2 in self.edges:
            reach[position[d1]] |= 1 << position[d2]
        for k in range(len(reach)):
            through = reach[k]
            reach = [bits | through if bits >> k & 1 else bits for bits in reach]
        return reach
