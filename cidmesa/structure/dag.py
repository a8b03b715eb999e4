"""Directed acyclic graphs over the integers 0..n-1 in topological order, closures, and the Bayes ball."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["Ball", "Dag", "roll"]

_UP, _DOWN = 0, 1  # how the ball arrives: from a child (or at the start), or from a parent


@dataclass(frozen=True)
class Dag:
    """A directed acyclic graph whose nodes are integers and whose parents are smaller than their children.

    >>> Dag(((), (0,), (0, 1))).children
    ((1, 2), (2,), ())
    """

    parents: tuple[tuple[int, ...], ...]

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each node the nodes that it is a parent of, in ascending order."""
        found: list[list[int]] = [[] for _ in self.parents]
        for node, parents in enumerate(self.parents):
            for parent in parents:
                found[parent].append(node)
        return tuple(map(tuple, found))

    def without(self, links: Iterable[tuple[int, int]]) -> Dag:
        """Return the graph without ``links``.

        >>> Dag(((), (0,), (0, 1))).without([(0, 2)]).parents
        ((), (0,), (1,))
        """
        parents = list(self.parents)
        for parent, child in links:
            parents[child] = tuple(other for other in parents[child] if other != parent)
        return Dag(tuple(parents))

    def ancestors(self, nodes: Iterable[int], *, avoiding: Collection[int] = ()) -> set[int]:
        """Return the nodes with a directed path of length >= 0 to one of ``nodes``, no node of it in ``avoiding``."""
        return _closure(self.parents, nodes, avoiding)

    def descendants(self, nodes: Iterable[int], *, avoiding: Collection[int] = ()) -> set[int]:
        """Return the nodes with a directed path of length >= 0 from one of ``nodes``, no node of it in ``avoiding``."""
        return _closure(self.children, nodes, avoiding)

    def path(self, start: int, end: int, *, avoiding: Collection[int] = ()) -> tuple[int, ...]:
        """Return a shortest directed path from ``start`` to ``end``, or ``()`` where there is none."""
        if start in avoiding or end in avoiding:
            return ()
        came_from = {start: start}
        queue = deque([start])
        while queue and end not in came_from:
            node = queue.popleft()
            for child in self.children[node]:
                if child not in came_from and child not in avoiding:
                    came_from[child] = node
                    queue.append(child)
        return _walk_back(came_from, end) if end in came_from else ()


def _closure(neighbours: Sequence[Sequence[int]], nodes: Iterable[int], avoiding: Collection[int]) -> set[int]:
    todo = [node for node in nodes if node not in avoiding]
    seen = set(todo)
    while todo:
        for other in neighbours[todo.pop()]:
            if other not in seen and other not in avoiding:
                seen.add(other)
                todo.append(other)
    return seen


def _walk_back(came_from: dict[int, int], end: int) -> tuple[int, ...]:
    steps = [end]
    while came_from[steps[-1]] != steps[-1]:
        steps.append(came_from[steps[-1]])
    return tuple(reversed(steps))


@dataclass(frozen=True)
class Ball:
    """Where one Bayes ball went that started at ``sources`` with ``given`` observed.

    ``visited``: nodes d-connected to a source given the evidence; a node *of* the evidence counts as visited when it is
    d-connected given the rest of the evidence. ``mechanisms``: nodes to which a new parent without other links would be
    d-connected (s- and r-reachability). Source: Shachter 1998; Geiger, Verma and Pearl 1990.
    """

    visited: frozenset[int]
    mechanisms: frozenset[int]
    _came_from: dict[int, int]  # state -> state before it, a state being 2 * node + direction
    _first_state: dict[int, int]
    _mechanism_state: dict[int, int]

    def trail(self, node: int) -> tuple[int, ...]:
        """Return a shortest active path from a source to ``node``, or ``()`` where there is none."""
        return self._path_to(self._first_state.get(node))

    def mechanism_trail(self, node: int) -> tuple[int, ...]:
        """Return a shortest active path from a source that ends in a new parent of ``node`` (left out), or ``()``."""
        return self._path_to(self._mechanism_state.get(node))

    def _path_to(self, state: int | None) -> tuple[int, ...]:
        return () if state is None else tuple(step // 2 for step in _walk_back(self._came_from, state))


def roll(dag: Dag, sources: Iterable[int], given: Collection[int], silent: Collection[int] = ()) -> Ball:
    """Return where the Bayes ball goes from ``sources`` when ``given`` is observed, in O(nodes + links).

    Sources that are observed send out no ball (overlap is removed from the sources). Where ``silent``, the ball stops,
    as if the nodes had no links.

    >>> ball = roll(Dag(((), (), (0, 1))), sources=[0], given={2})      # 0 -> 2 <- 1, the collider observed
    >>> sorted(ball.visited), ball.trail(1)
    ([0, 1, 2], (0, 2, 1))
    """
    evidence = {*given, *silent}
    opened = dag.ancestors(given, avoiding=silent)
    queue = deque(2 * source + _UP for source in dict.fromkeys(sources) if source not in evidence)
    came_from = {state: state for state in queue}
    first_state: dict[int, int] = {}
    mechanism_state: dict[int, int] = {}
    while queue:
        state = queue.popleft()
        node, direction = divmod(state, 2)
        first_state.setdefault(node, state)
        blocked = node in evidence
        upward = (not blocked) if direction == _UP else node in opened
        if upward:
            mechanism_state.setdefault(node, state)
        steps = [2 * parent + _UP for parent in dag.parents[node]] if upward else []
        if not blocked:
            steps += [2 * child + _DOWN for child in dag.children[node]]
        for step in steps:
            if step not in came_from:
                came_from[step] = state
                queue.append(step)
    return Ball(frozenset(first_state), frozenset(mechanism_state), came_from, first_state, mechanism_state)
