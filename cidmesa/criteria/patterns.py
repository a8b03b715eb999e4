"""Reasoning patterns: the motives that a decision of a game can have (Pfeffer and Gal 2007)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.display import Tells
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.structure.dag import Dag
    from cidmesa.structure.diagram import CID

__all__ = ["Label", "Pattern", "Patterns", "Quest", "patterns_given", "reasoning_patterns"]

_UP, _DOWN = 0, 1  # how a node is entered: from a child, or from a parent
_State = tuple[int, int, bool]  # node, how it was entered, whether the condition on the shape is met


@dataclass(frozen=True)
class Quest:
    """A search for a simple path from ``start`` to ``goal`` (a node without children) that ``given`` leaves active.

    ``barred`` nodes may be on it only as its start or as a fork. ``first``: whether the first link enters the start,
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

        A breadth-first search over (node, direction, condition met) finds a shortest walk in linear time. If the walk
        meets a node twice, a depth-first search over states that can reach the goal looks for simple paths.
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


Label = Literal["direct effect", "manipulation", "signalling", "revealing-denying"]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One motive of a decision: its label, the decision ``through`` which it works, and the paths that show it.

    The paths follow the order of the definitions. Direct effect: decision ~> own utility. The others: decision ~>
    through, through ~> own utility, decision to a utility of the other agent and, for signalling, the path from that
    path's key node to the own utility.
    """

    decision: str
    label: Label
    through: str | None
    paths: tuple[Path, ...]

    def __str__(self) -> str:
        where = f" through {self.through}" if self.through else ""
        return f"{self.decision}: {self.label}{where} ({'; '.join(' - '.join(path) for path in self.paths)})"


@dataclass(frozen=True, repr=False)
class Patterns(Tells):
    """The reasoning patterns of each decision of a diagram; a decision without a pattern is not motivated.

    Source: Pfeffer and Gal 2007.

    >>> from cidmesa import cid
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["UA"], "b": ["UB"]}}
    >>> found = reasoning_patterns(cid("A -> B, UB; B -> UA, UB", **owned))
    >>> found.labels("A"), found.labels("B"), found.unmotivated
    (('manipulation',), ('direct effect',), ())
    """

    decisions: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def __iter__(self) -> Iterator[Pattern]:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    def of(self, decision: str) -> tuple[Pattern, ...]:
        """Return the patterns of one decision."""
        return tuple(pattern for pattern in self.patterns if pattern.decision == decision)

    def labels(self, decision: str) -> tuple[Label, ...]:
        """Return the labels of one decision, each once."""
        return tuple(dict.fromkeys(pattern.label for pattern in self.of(decision)))

    @property
    def unmotivated(self) -> tuple[str, ...]:
        """The decisions without a pattern: all their rules are equally good."""
        return tuple(decision for decision in self.decisions if not self.of(decision))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the patterns as plain data, one dict each."""
        return [asdict(pattern) | {"paths": [list(path) for path in pattern.paths]} for pattern in self.patterns]

    def to_text(self) -> str:
        """Return one line for each pattern and for each decision without one."""
        return "\n".join(
            "\n".join(map(str, self.of(decision))) or f"{decision}: no reasoning pattern" for decision in self.decisions
        )


def reasoning_patterns(cid: CID) -> Patterns:
    r"""Return every reasoning pattern of every decision, one for each label and intermediate decision.

    Let a be the owner of :math:`D_A`, b another agent, and :math:`W^X_D = Pa(D) \setminus Desc(X)`:

    * direct effect: a directed path without decisions from :math:`D_A` to a utility of a.
    * The others need (i) a directed path without decisions from :math:`D_A` to an effective decision :math:`D_B` of b,
      (ii) a directed effective path from :math:`D_B` to a utility of a, and (iii): manipulation, a directed effective
      path from :math:`D_A` to a utility of b that avoids :math:`D_B`; signalling, an effective back-door path from
      :math:`D_A` to a utility of b that :math:`\{D_B\} \cup W^{D_A}_{D_B}` leaves active, and from its first fork C an
      effective path to a utility of a that :math:`\{D_A\} \cup W^C_{D_A}` leaves active; revealing-denying, an
      effective path that leaves :math:`D_A`, contains a collider, and ends in a utility of b, left active by
      :math:`\{D_B\} \cup W^{D_A}_{D_B}`.

    A path is effective if every decision on it, except at its start and forks, is effective. Decisions without a
    pattern are not effective. They are dropped until nothing changes, which gives the largest consistent set in any
    order. Paths meet no node twice. The definitions assume that agents make every distinction that matters to them
    ("well-distinguishing").
    Source: Pfeffer and Gal 2007; Antos and Pfeffer 2008.

    Args:
        cid: the diagram of a game.

    >>> from cidmesa import cid
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["UA"], "b": ["UB"]}}
    >>> print(reasoning_patterns(cid("T -> A, UA, UB; A -> B -> UA, UB", **owned)))
    A: signalling through B (A - B; B - UA; A - T - UB; T - UA)
    B: direct effect (B - UB)
    """
    effective = frozenset(cid.decisions)
    while True:
        game = _Game(cid, effective)
        found = tuple(pattern for decision in cid.decisions if decision in effective for pattern in game.of(decision))
        motivated = frozenset(pattern.decision for pattern in found)
        if motivated == effective:
            return Patterns(cid.decisions, found)
        effective = motivated


def patterns_given(cid: CID, decision: str, effective: Iterable[str]) -> tuple[Pattern, ...]:
    """Return the patterns of ``decision`` if exactly ``effective`` are effective decisions; see `reasoning_patterns`.

    >>> from cidmesa import cid
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["UA"], "b": ["UB"]}}
    >>> g = cid("A -> B, UB; B -> UA, UB", **owned)
    >>> [pattern.label for pattern in patterns_given(g, "A", ["B"])], patterns_given(g, "A", [])
    (['manipulation'], ())
    """
    return tuple(_Game(cid, frozenset(effective)).of(cid.known_decision(decision)))


@dataclass(frozen=True)
class _Game:
    """A diagram together with the decisions that are held to be effective."""

    cid: CID
    effective: frozenset[str]

    def of(self, decision: str) -> Iterator[Pattern]:
        """Yield the patterns of a decision: its direct effect, then those that work through other agents."""
        owner = str(self.cid.agent(decision))
        if path := self._first(self._free(decision, utility) for utility in self.cid.utilities_of(owner)):
            yield Pattern(decision, "direct effect", None, (path,))
        for other in self.cid.decisions:
            if other in self.effective and self.cid.agent(other) != owner:
                yield from self._through(decision, other, owner)

    def _through(self, decision: str, other: str, owner: str) -> Iterator[Pattern]:
        ahead = self._free(decision, other)
        back = ahead and self._first(self._directed(other, utility) for utility in self.cid.utilities_of(owner))
        if not back:
            return
        theirs = self.cid.utilities_of(str(self.cid.agent(other)))
        if path := self._first(self._directed(decision, utility, other) for utility in theirs):
            yield Pattern(decision, "manipulation", other, (ahead, back, path))
        if pair := self._signal(decision, other, owner, theirs):
            yield Pattern(decision, "signalling", other, (ahead, back, *pair))
        given = (other, *self._seen_besides(other, decision))
        if path := self._first(self._active(decision, u, given, first="out", collider=True) for u in theirs):
            yield Pattern(decision, "revealing-denying", other, (ahead, back, path))

    def _signal(self, decision: str, other: str, owner: str, theirs: tuple[str, ...]) -> tuple[Path, ...]:
        given = (other, *self._seen_besides(other, decision))
        for key in self.cid.ancestors(decision):
            told = self._first(self._active(decision, u, given, first="in", turn=key) for u in theirs)
            blocked = (decision, *self._seen_besides(decision, key))
            own = told and self._first(self._active(key, u, blocked) for u in self.cid.utilities_of(owner))
            if own:
                return told, own
        return ()

    def _seen_besides(self, decision: str, node: str) -> tuple[str, ...]:
        below = {node, *self.cid.descendants(node)}
        return tuple(parent for parent in self.cid.parents(decision) if parent not in below)

    def _free(self, start: str, end: str) -> Path:
        """Return a directed path with no decision inside."""
        return self._avoiding(start, end, set(self.cid.decisions))

    def _directed(self, start: str, end: str, without: str = "") -> Path:
        """Return a directed effective path that does not meet ``without``."""
        return self._avoiding(start, end, {d for d in self.cid.decisions if d not in self.effective} | {without})

    def _avoiding(self, start: str, end: str, barred: set[str]) -> Path:
        return directed_path(self.cid, start, end, avoiding=barred - {start, end, ""})

    def _active(
        self,
        start: str,
        end: str,
        given: tuple[str, ...],
        *,
        first: Literal["in", "out", "any"] = "any",
        turn: str | None = None,
        collider: bool = False,
    ) -> Path:
        idle = self.cid.indices(decision for decision in self.cid.decisions if decision not in self.effective)
        turning = None if turn is None else self.cid.index(turn)
        quest = Quest(
            self.cid.dag,
            self.cid.index(start),
            self.cid.index(end),
            frozenset(self.cid.indices(given)),
            frozenset(idle),
            first,
            turning,
            collider,
        )
        return tuple(self.cid.nodes[i] for i in quest.path())

    @staticmethod
    def _first(paths: Iterator[Path]) -> Path:
        return next(filter(None, paths), ())
