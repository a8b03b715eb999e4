"""Directed acyclic graphs over the integers 0..n-1 in topological order, closures, and Bayes balls, one or many."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Ball", "Dag", "Flow", "flow", "gathered", "lowered", "raised", "roll", "walk_back"]

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
        gone: dict[int, set[int]] = {}
        for parent, child in links:
            gone.setdefault(child, set()).add(parent)
        parents = list(self.parents)
        for child, dropped in gone.items():
            parents[child] = tuple(other for other in parents[child] if other not in dropped)
        return Dag(tuple(parents))

    def ancestors(self, nodes: Iterable[int], *, avoiding: Collection[int] = ()) -> set[int]:
        """Return the nodes with a directed path of length >= 0 to one of ``nodes``, no node of it in ``avoiding``."""
        return _closure(self.parents, nodes, avoiding)

    def descendants(self, nodes: Iterable[int], *, avoiding: Collection[int] = ()) -> set[int]:
        """Return the nodes with a directed path of length >= 0 from one of ``nodes``, no node of it in ``avoiding``."""
        return _closure(self.children, nodes, avoiding)

    def ways_from(self, start: int, *, end: int | None = None, avoiding: Collection[int] = ()) -> dict[int, int]:
        """Return for each node reached from ``start`` the one before it on a shortest path, as far as ``end``."""
        came_from = {start: start}
        queue = deque([start])
        while queue and end not in came_from:
            node = queue.popleft()
            for child in self.children[node]:
                if child not in came_from and child not in avoiding:
                    came_from[child] = node
                    queue.append(child)
        return came_from

    def path(self, start: int, end: int, *, avoiding: Collection[int] = ()) -> tuple[int, ...]:
        """Return a shortest directed path from ``start`` to ``end``, or ``()`` where there is none."""
        if start in avoiding or end in avoiding:
            return ()
        came_from = self.ways_from(start, end=end, avoiding=avoiding)
        return walk_back(came_from, end) if end in came_from else ()


def _closure(neighbours: Sequence[Sequence[int]], nodes: Iterable[int], avoiding: Collection[int]) -> set[int]:
    todo = [node for node in nodes if node not in avoiding]
    seen = set(todo)
    while todo:
        for other in neighbours[todo.pop()]:
            if other not in seen and other not in avoiding:
                seen.add(other)
                todo.append(other)
    return seen


def walk_back(came_from: Mapping[int, int], end: int) -> tuple[int, ...]:
    """Return the way to a node from the start, which came from itself.

    >>> walk_back({0: 0, 2: 0, 5: 2}, 5)
    (0, 2, 5)
    """
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
        return () if state is None else tuple(step // 2 for step in walk_back(self._came_from, state))


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


@dataclass(frozen=True, slots=True)
class Flow:
    """Where each of many Bayes balls went: ``visited`` and ``mechanisms`` as in `Ball`, one integer for each node."""

    visited: list[int]
    mechanisms: list[int]


def gathered(links: Sequence[Sequence[int]], own: Sequence[int], *, backwards: bool = False) -> list[int]:
    """Return for each node its own bits together with those of all nodes that ``links`` lead to.

    With the parents as links, a node gathers from its ancestors; with the children and ``backwards`` from its
    descendants.

    >>> gathered(((), (0,), (1,)), (1, 2, 0))
    [1, 3, 3]
    """
    bits = list(own)
    order = range(len(links))
    for node in reversed(order) if backwards else order:
        found = bits[node]
        for other in links[node]:
            found |= bits[other]
        bits[node] = found
    return bits


def flow(
    dag: Dag,
    sources: Sequence[int],
    given: Sequence[int],
    opened: list[int] | None = None,
    doors: Mapping[int, Sequence[int]] | None = None,
) -> Flow:
    """Return where all balls go: ball k from the nodes whose ``sources`` have bit k, those in ``given`` being observed.

    Sweeps from children to parents and back; when little is left (balls that turn round at observed colliders), it is
    followed node by node. Sources that are observed send out no ball. ``opened``, where it is not what follows from
    ``given``: the nodes at which balls from parents turn round; a node that is given and not opened stops every ball.
    ``doors``: for some nodes the balls for which the links from its parents are there, in the order of these.
    Source: Shachter 1998 for one ball.

    >>> from cidmesa.structure.dag import Dag
    >>> found = flow(Dag(((), (), (0, 1))), sources=(0b11, 0, 0), given=(0, 0, 0b01))    # 0 -> 2 <- 1
    >>> [bin(bits) for bits in found.visited]
    ['0b11', '0b1', '0b11']
    """
    if opened is None:
        opened = raised(dag, given, doors) if doors else gathered(dag.children, given, backwards=True)
    up = [bits & ~seen for bits, seen in zip(sources, given, strict=True)]
    mechanisms = _climb(dag, up, given, doors or {})
    down, passed = _descend(dag, up, given, doors or {})
    state = _State(dag, given, opened, up, down, mechanisms, passed, doors or {})
    while todo := state.turning():
        if doors or len(todo) > len(up) // 64 or not state.follow(todo, len(up) // 8):
            state.sweep()
    return Flow([a | b for a, b in zip(state.up, state.down, strict=True)], mechanisms)


@dataclass(slots=True)
class _State:
    """What came to each node from children and parents so far, and what left it for them."""

    dag: Dag
    given: Sequence[int]
    opened: list[int]
    up: list[int]
    down: list[int]
    mechanisms: list[int]
    passed: list[int]
    doors: Mapping[int, Sequence[int]]

    def turning(self) -> list[int]:
        """Return the nodes at which a ball has still to turn round."""
        triples = zip(self.down, self.opened, self.mechanisms, strict=True)
        return [node for node, (bits, seen, left) in enumerate(triples) if bits & seen & ~left]

    def sweep(self) -> None:
        """Let all that turns round or came up go on to parents, and then all go on to children."""
        for node in range(len(self.up) - 1, -1, -1):
            bits = self.down[node] & self.opened[node] | self.up[node] & ~self.given[node]
            if bits & ~self.mechanisms[node]:
                self.mechanisms[node] |= bits
                _rise(self.dag.parents[node], bits, self.up, self.doors.get(node))
        self.down, self.passed = _descend(self.dag, self.up, self.given, self.doors)

    def follow(self, nodes: Sequence[int], budget: int) -> bool:
        """Follow the balls node by node; return whether all came to rest within ``budget`` steps."""
        todo = deque(nodes)
        while todo and budget:
            budget -= 1
            node = todo.popleft()
            rising = self.down[node] & self.opened[node] | self.up[node] & ~self.given[node]
            if rising := rising & ~self.mechanisms[node]:
                self.mechanisms[node] |= rising
                todo.extend(_spread(rising, self.dag.parents[node], self.up))
            falling = (self.up[node] | self.down[node]) & ~self.given[node]
            if falling := falling & ~self.passed[node]:
                self.passed[node] |= falling
                todo.extend(_spread(falling, self.dag.children[node], self.down))
        return not todo


def raised(dag: Dag, own: Sequence[int], doors: Mapping[int, Sequence[int]]) -> list[int]:
    """Return for each node its own bits together with those of its descendants, by links that are there.

    >>> from cidmesa.structure.dag import Dag
    >>> raised(Dag(((), (0,), (1,))), (0, 0, 3), {1: (2,)})
    [2, 3, 3]
    """
    bits = list(own)
    for node in range(len(bits) - 1, -1, -1):
        _rise(dag.parents[node], bits[node], bits, doors.get(node))
    return bits


def lowered(dag: Dag, own: Sequence[int], doors: Mapping[int, Sequence[int]]) -> list[int]:
    """Return for each node its own bits together with those of its ancestors, by links that are there.

    >>> from cidmesa.structure.dag import Dag
    >>> lowered(Dag(((), (0,), (1,))), (3, 0, 0), {1: (2,)})
    [3, 2, 2]
    """
    bits = list(own)
    for node, parents in enumerate(dag.parents):
        bits[node] |= _falling(parents, bits, doors.get(node))
    return bits


def _rise(parents: Sequence[int], bits: int, up: list[int], there: Sequence[int] | None) -> None:
    """Add ``bits`` to what arrives at the parents."""
    if there is None:
        for parent in parents:
            up[parent] |= bits
    else:
        for parent, mask in zip(parents, there, strict=True):
            up[parent] |= bits & mask


def _falling(parents: Sequence[int], leaving: Sequence[int], there: Sequence[int] | None) -> int:
    """Return what arrives from the parents."""
    arriving = 0
    if there is None:
        for parent in parents:
            arriving |= leaving[parent]
    else:
        for parent, mask in zip(parents, there, strict=True):
            arriving |= leaving[parent] & mask
    return arriving


def _climb(dag: Dag, up: list[int], given: Sequence[int], doors: Mapping[int, Sequence[int]]) -> list[int]:
    """Return what leaves each node for its parents on the way from the sources; ``up`` becomes what arrives."""
    leaving = [0] * len(up)
    for node in range(len(up) - 1, -1, -1):
        if bits := up[node] & ~given[node]:
            leaving[node] = bits
            if node in doors:
                _rise(dag.parents[node], bits, up, doors[node])
            else:
                for parent in dag.parents[node]:
                    up[parent] |= bits
    return leaving


def _descend(
    dag: Dag, up: list[int], given: Sequence[int], doors: Mapping[int, Sequence[int]]
) -> tuple[list[int], list[int]]:
    """Return what arrives at each node from its parents, and what leaves it for its children."""
    down, leaving = [0] * len(up), [0] * len(up)
    for node, parents in enumerate(dag.parents):
        if node in doors:
            arriving = _falling(parents, leaving, doors[node])
        else:
            arriving = 0
            for parent in parents:
                arriving |= leaving[parent]
        down[node] = arriving
        leaving[node] = (up[node] | arriving) & ~given[node]
    return down, leaving


def _spread(bits: int, neighbours: Sequence[int], arrived: list[int]) -> list[int]:
    """Add ``bits`` to what arrived at the neighbours; return those that did not have them."""
    reached = [other for other in neighbours if bits & ~arrived[other]]
    for other in reached:
        arrived[other] |= bits
    return reached
