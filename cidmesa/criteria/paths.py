"""Directed paths to utilities and to and from decisions: which nodes have one, for all decisions; and the paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.structure.dag import gathered, walk_back

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.numbered import Net

__all__ = ["Bits", "FreeReach", "Path", "Paths", "Reach", "joined"]

Bits = list[int]
Path = tuple[str, ...]


# --- which nodes have one: bit k is about decision k ---------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """Which nodes lie on directed paths from and to decisions and utilities; paths may have length 0.

    >>> from cidmesa import cid
    >>> reach = Reach(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]).net)
    >>> reach.below, reach.above, reach.scored
    ([0, 1, 1], [1, 1, 0], [1, 1, 1])
    """

    net: Net

    @property
    def below(self) -> Bits:
        """For each node the decisions with a path to it."""
        return self.net.below

    @cached_property
    def above(self) -> Bits:
        """For each node the decisions to which it has a path."""
        own = [0] * len(self.net.names)
        for decision, bit in self.net.bit.items():
            own[decision] = bit
        return gathered(self.net.dag.children, own, backwards=True)

    @cached_property
    def scored(self) -> Bits:
        """For each node all decisions (or 1 where there is none) if it has a path to a utility, else 0."""
        return gathered(self.net.dag.children, self._everything_at_utilities(), backwards=True)

    @property
    def aims(self) -> int:
        """The decisions with a path to a utility, from themselves or from one that shares their rule."""
        own = self._own_aims
        return own | sum(bits for bits in self.net.sharing if bits & own)

    @property
    def _own_aims(self) -> int:
        return sum(bit for decision, bit in self.net.bit.items() if self.scored[decision] & bit)

    def _everything_at_utilities(self) -> Bits:
        bits = [0] * len(self.net.names)
        for utility in self.net.owned:
            bits[utility] = self.net.all or 1
        return bits


@dataclass(frozen=True)
class FreeReach(Reach):
    """The same by free paths, which contain no decision except at their start.

    >>> from cidmesa import cid
    >>> reach = FreeReach(cid("D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"]).net)
    >>> reach.below, reach.scored
    ([1, 2, 2], [0, 2, 3])
    """

    @property
    def aims(self) -> int:
        """The decisions with a free path to a utility."""
        return self._own_aims

    @cached_property
    def below(self) -> Bits:
        """For each node the decisions with a free path to it."""
        bits: Bits = []
        for node, parents in enumerate(self.net.dag.parents):
            found = self.net.bit.get(node, 0)
            if not found:
                for parent in parents:
                    found |= bits[parent]
            bits.append(found)
        return bits

    @cached_property
    def scored(self) -> Bits:
        """For each node all decisions if it has a free path to a utility; at a decision its own bit alone."""
        bits, own, children = self._everything_at_utilities(), self.net.bit, self.net.dag.children
        for node in range(len(bits) - 1, -1, -1):
            for child in children[node]:
                if child not in own:
                    bits[node] |= bits[child]
            bits[node] &= own.get(node, -1)
        return bits


# --- the paths of one decision -------------------------------------------------------------------------------------


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
        return tuple(self.cid.nodes[step] for step in walk_back(steps, here)[::-1]) if here in steps else ()

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
