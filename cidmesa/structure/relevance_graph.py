"""The relevance graph as a value: who relies on whom, in which order to solve, and what stands in the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cidmesa.display import Displays, named

__all__ = ["RelevanceGraph"]


@dataclass(frozen=True, init=False, repr=False)
class RelevanceGraph(Displays):
    """Which decision relies on which: the link (D, D') says that D' is s-reachable from D.

    Decisions that rely on nothing are solved first, so the solving order is a reverse topological order.
    Source: Koller and Milch 2003.

    >>> graph = RelevanceGraph(("D1", "D2"), [("D1", "D2")])
    >>> graph.is_acyclic, graph.order, graph.edges
    (True, ('D2', 'D1'), (('D1', 'D2'),))
    """

    decisions: tuple[str, ...]
    rows: tuple[int, ...]  # for each decision the decisions that it relies on: bit j for decision j

    def __init__(self, decisions: Iterable[str], edges: Iterable[tuple[str, str]]) -> None:
        names = tuple(decisions)
        position = {decision: i for i, decision in enumerate(names)}
        rows = [0] * len(names)
        for d1, d2 in edges:
            rows[position[d1]] |= 1 << position[d2]
        object.__setattr__(self, "decisions", names)
        object.__setattr__(self, "rows", tuple(rows))

    @classmethod
    def from_rows(cls, decisions: tuple[str, ...], rows: tuple[int, ...]) -> RelevanceGraph:
        """Return the graph in which decision i relies on the decisions whose bits ``rows[i]`` has.

        >>> RelevanceGraph.from_rows(("D1", "D2"), (0b10, 0)).edges
        (('D1', 'D2'),)
        """
        graph = cls(decisions, ())
        object.__setattr__(graph, "rows", rows)
        return graph

    def __repr__(self) -> str:
        links = ", ".join(f"{d1} -> {d2}" for d1, d2 in self.edges)
        return named(self, f"{len(self.decisions)} decisions: {links or 'none relies on another'}")

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """All links (D, D'), in the order of `decisions`."""
        return tuple((d1, d2) for d1, row in zip(self.decisions, self.rows, strict=True) for d2 in self._members(row))

    @cached_property
    def components(self) -> tuple[tuple[str, ...], ...]:
        """The strongly connected components in solving order; those that do not rely on others come first.

        Among those that could come next, the one that relies on fewest decisions comes first, then the later one.
        """
        order = sorted(self._reached, key=lambda part: (part[1].bit_count(), -_lowest(part[0])))
        return tuple(self._members(bits) for bits, _ in order)

    @cached_property
    def is_acyclic(self) -> bool:
        """Whether no decision relies on itself through others."""
        return len(self._reached) == len(self.decisions)

    @property
    def order(self) -> tuple[str, ...]:
        """The decisions in solving order, or ``()`` if the graph has a cycle."""
        return tuple(decision for (decision,) in self.components) if self.is_acyclic else ()

    def cycle(self) -> tuple[str, ...]:
        """Return a shortest cycle through the first decision that lies on one, closed (D, ..., D), or ``()``."""
        looped = min((_lowest(bits) for bits, _ in self._reached if bits & bits - 1), default=None)
        if looped is None:
            return ()
        came_from: dict[int, int] = {}
        queue = deque([looped])
        while looped not in came_from:
            node = queue.popleft()
            for follower in _ones(self.rows[node]):
                if follower not in came_from:
                    came_from[follower] = node
                    queue.append(follower)
        walk = [looped, came_from[looped]]
        while walk[-1] != looped:
            walk.append(came_from[walk[-1]])
        return tuple(self.decisions[i] for i in reversed(walk))

    def of(self, decisions: Iterable[str]) -> RelevanceGraph:
        """Return the subgraph of ``decisions``."""
        kept = set(decisions)
        return RelevanceGraph(
            tuple(decision for decision in self.decisions if decision in kept),
            tuple((d1, d2) for d1, d2 in self.edges if d1 in kept and d2 in kept),
        )

    def _members(self, bits: int) -> tuple[str, ...]:
        return tuple(self.decisions[i] for i in _ones(bits))

    @cached_property
    def _reached(self) -> tuple[tuple[int, int], ...]:
        """Each strongly connected component with all decisions that it relies on, and itself; sinks come first.

        A walk from component to component: components on the walk that turn out to rely on each other are merged, a
        component that relies on nothing new is done. Each step is a few operations on rows. Source: Gabow 2000.
        """
        reached: dict[int, int] = {}  # decision -> what its component reaches
        found: list[tuple[int, int]] = []
        finished = 0
        for root, row in enumerate(self.rows):
            walk = [] if finished >> root & 1 else [_Part(1 << root, row)]
            while walk:
                part = walk.pop()
                while walk and part.ahead(finished) & walk[-1].path:
                    part = part.merged(walk.pop())
                ahead = part.ahead(finished)
                if ahead:
                    step = _lowest(ahead)
                    walk += [part, _Part(1 << step, self.rows[step], part.path)]
                else:
                    reach = part.members | _joined(part.row & finished, reached)
                    found.append((part.members, reach))
                    reached |= dict.fromkeys(_ones(part.members), reach)
                    finished |= part.members
        return tuple(found)


@dataclass(slots=True)
class _Part:
    """A component on the walk so far: its members, what they rely on, and what the walk covers before it."""

    members: int
    row: int
    before: int = 0

    @property
    def path(self) -> int:
        """What the walk covers up to and with this component."""
        return self.before | self.members

    def ahead(self, finished: int) -> int:
        """Return what the members rely on that is neither among them nor finished."""
        return self.row & ~(self.members | finished)

    def merged(self, other: _Part) -> _Part:
        """Return the two components as one, which begins where ``other`` does."""
        return _Part(self.members | other.members, self.row | other.row, other.before)


def _joined(bits: int, reached: dict[int, int]) -> int:
    """Return all that the decisions in ``bits`` reach."""
    joint = 0
    while bits:
        reach = reached[_lowest(bits)]
        joint |= reach
        bits &= ~reach
    return joint


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _ones(bits: int) -> Iterator[int]:
    """Yield the positions of the ones, ascending."""
    for i, digit in enumerate(reversed(f"{bits:b}")):
        if digit == "1":
            yield i
