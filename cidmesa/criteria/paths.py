"""Directed paths from and to one decision, for all nodes at once: one breadth-first search each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cidmesa.structure.diagram import CID

__all__ = ["Paths", "joined"]

Path = tuple[str, ...]


@dataclass(frozen=True)
class Paths:
    """Shortest directed paths of a one-agent diagram that matter to ``decision``, as node names, ``()`` for none.

    ``barred`` nodes are on no path, except that a path may start in the decision. Paths may have length 0.

    >>> from cidmesa import cid
    >>> paths = Paths(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D")
    >>> paths.to_utility("S"), paths.to_decision("S"), paths.through("D"), paths.through("S")
    (('S', 'U'), ('S', 'D'), ('D', 'U'), ())
    """

    cid: CID
    decision: str | None
    barred: frozenset[str] = frozenset()

    def to_utility(self, node: str) -> Path:
        """Return a path node ~> utility."""
        return self._walk(self._above_utilities, node)

    def to_decision(self, node: str) -> Path:
        """Return a path node ~> decision."""
        return self._walk(self._above_decision, node)

    def from_decision(self, node: str) -> Path:
        """Return a path decision ~> node."""
        return self._walk(self._below_decision, node)[::-1]

    def through(self, node: str) -> Path:
        """Return a path decision ~> node ~> utility."""
        return joined(self.from_decision(node), self.to_utility(node))

    def _walk(self, steps: dict[int, int], node: str) -> Path:
        here = self.cid.index(node)
        if here not in steps:
            return ()
        walk = [here]
        while steps[walk[-1]] != walk[-1]:
            walk.append(steps[walk[-1]])
        return tuple(self.cid.nodes[step] for step in walk)

    @cached_property
    def _above_utilities(self) -> dict[int, int]:
        return _steps_towards(self.cid.dag.parents, self.cid.indices(self.cid.utilities), self._closed)

    @cached_property
    def _above_decision(self) -> dict[int, int]:
        return _steps_towards(self.cid.dag.parents, self._start, self._closed)

    @cached_property
    def _below_decision(self) -> dict[int, int]:
        return _steps_towards(self.cid.dag.children, self._start, self._closed)

    @property
    def _start(self) -> list[int]:
        return [] if self.decision is None else [self.cid.index(self.decision)]

    @property
    def _closed(self) -> set[int]:
        return set(self.cid.indices(self.barred)) - set(self._start)


def joined(first: Path, second: Path) -> Path:
    """Return the two paths as one, the end of the first being the start of the second; ``()`` if one is empty.

    >>> joined(("A", "B"), ("B", "C"))
    ('A', 'B', 'C')
    """
    return (*first, *second[1:]) if first and second else ()


def _steps_towards(
    neighbours: Sequence[Sequence[int]], roots: Iterable[int], closed: Collection[int]
) -> dict[int, int]:
    """Return for each node that reaches a root the next node towards it; a root leads to itself."""
    queue = deque(roots)
    steps = {root: root for root in queue}
    while queue:
        node = queue.popleft()
        for other in neighbours[node]:
            if other not in steps and other not in closed:
                steps[other] = node
                queue.append(other)
    return steps
