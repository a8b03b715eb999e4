"""Active simple paths with conditions on their shape, as the reasoning patterns ask for them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cidmesa.structure.dag import Dag

__all__ = ["Quest"]

_UP, _DOWN = 0, 1  # how a node is entered: from a child, or from a parent
_State = tuple[int, int, bool]  # node, how it was entered, whether the condition on the shape is met


@dataclass(frozen=True)
class Quest:
    """A search for a simple path from ``start`` to ``goal`` (a node without children) that ``given`` leaves active.

    ``barred`` nodes may be on it as its start or as a fork only. ``first``: whether the first link enters the start,
    leaves it, or either. ``turn``: the path must climb from the start against its links and fork first at this node.
    ``collider``: the path must contain a collider.

    >>> from cidmesa.structure.dag import Dag
    >>> Quest(Dag(((), (0,), (0,))), 1, 2, frozenset(), frozenset(), first="in").path()
    (1, 0, 2)
    """

    dag: Dag
    start: int
    goal: int
    given: frozenset[int]
    barred: frozenset[int]
    first: Literal["in", "out", "any"] = "any"
    turn: int | None = None
    collider: bool = False

    def path(self) -> tuple[int, ...]:
        """Return such a path, or ``()``.

        A breadth-first search over (node, direction, condition met) finds a shortest walk in linear time. Only where it
        meets a node twice are simple paths searched, depth first, along states from which the goal can be reached.
        """
        came_from = self._explored()
        goal = (self.goal, _DOWN, True)
        if goal not in came_from:
            return ()
        walk = [goal]
        while (before := came_from[walk[-1]]) is not None:
            walk.append(before)
        nodes = tuple(node for node, _, _ in reversed(walk))
        return nodes if len(set(nodes)) == len(nodes) else self._simple(came_from)

    def _explored(self) -> dict[_State, _State | None]:
        came_from: dict[_State, _State | None] = {self._origin: None}
        queue = deque(came_from)
        while queue:
            state = queue.popleft()
            for step in self._steps(state):
                if step not in came_from:
                    came_from[step] = state
                    queue.append(step)
        return came_from

    @property
    def _origin(self) -> _State:
        return (self.start, _UP, self.turn is None and not self.collider)

    @cached_property
    def _opened(self) -> frozenset[int]:
        return frozenset(self.dag.ancestors(self.given))

    def _steps(self, state: _State) -> list[_State]:
        node, entered, met = state
        if state == self._origin:
            up, down, forked = self.first != "out", self.first != "in", met
        elif entered == _UP:
            climbing = self.turn is not None and not met
            up = node not in self.given and node not in self.barred and not (climbing and node == self.turn)
            down = node not in self.given and not (climbing and node != self.turn)
            forked = met or climbing
        else:
            up = node in self._opened and node not in self.barred
            down = node not in self.given and node not in self.barred
            forked = met
        bent = met or (self.collider and entered == _DOWN)
        steps = [(parent, _UP, bent) for parent in self.dag.parents[node]] if up else []
        return steps + ([(child, _DOWN, forked) for child in self.dag.children[node]] if down else [])

    def _simple(self, explored: dict[_State, _State | None]) -> tuple[int, ...]:
        """Return the first simple path in depth-first order, or ``()``."""
        hopeful = self._hopeful(explored)
        walk, options = [self._origin], [iter(self._steps(self._origin))]
        while options:
            step = next(options[-1], None)
            if step is None:
                walk.pop()
                options.pop()
            elif step in hopeful and all(step[0] != node for node, _, _ in walk):
                walk.append(step)
                options.append(iter(self._steps(step)))
                if step == (self.goal, _DOWN, True):
                    return tuple(node for node, _, _ in walk)
        return ()

    def _hopeful(self, explored: dict[_State, _State | None]) -> set[_State]:
        """Return the states from which the goal can be reached."""
        before: dict[_State, list[_State]] = {}
        for state in explored:
            for step in self._steps(state):
                before.setdefault(step, []).append(state)
        todo = [(self.goal, _DOWN, True)]
        seen = set(todo)
        while todo:
            fresh = [state for state in before.get(todo.pop(), ()) if state not in seen]
            seen.update(fresh)
            todo += fresh
        return seen
