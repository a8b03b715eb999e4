r"""A decision problem with recall as stages: what is known and hidden at each decision, what follows and what it earns.

At a decision d_t the agent knows a history; of what it knows only K_t still matters, of what it does not know only the
frontier H_t does: the nodes that tables and utilities still to come read. So the state of the play at d_t is the value
of K_t with the posterior over H_t, a belief. A stage holds all that takes one belief to the next: the probability of
what is seen and of the next frontier, given K_t, H_t and the option (``moves``), and the expected sum of the utilities
that no later decision can change (``gains``). Several agents who learn more and more together have such stages, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.modelling.contraction import Factor
from cidmesa.modelling.inference import eliminate
from cidmesa.modelling.numbers import scaled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.problem import Part, Problem

__all__ = ["MAX_CELLS", "Products", "Stage", "contents", "recalled", "stages_of"]

Scope = tuple[int, ...]
Products: TypeAlias = "dict[object, tuple[Array, list[Factor]]]"  # with the factors, by whose cells they are found
MAX_CELLS = 2**14  # of the moves of a stage


class Stage(NamedTuple):
    """A decision (-1: the start, with one option), and what follows until the next.

    ``moves``: the mass for each state of ``known``, of ``hidden``, option, what is ``seen`` next and what is hidden
    then; ``gains`` for each agent (`Problem.agents`), state of ``known``, of ``hidden`` and option. ``later``: the
    position of the next known for each of known, option and seen. ``mark``: where one is asked for, its mean for each
    state of ``known`` and of ``hidden``.
    """

    decision: int
    options: int
    known: Scope
    hidden: Scope
    seen: Scope
    moves: Array
    gains: Array
    later: Array
    mark: Array | None = None


def recalled(families: Mapping[int, Scope], available: Mapping[int, Iterable[int]], *, inferring: bool = True) -> bool:
    """Return whether each decision knows what earlier ones decided and needed to see.

    It knows what is ``available`` to it, and, if ``inferring``, each decision all of whose observations (``families``)
    it knows: a pure policy tells what it is, but not what another agent might do instead.

    >>> recalled({0: (0,), 2: (1, 2)}, {0: (), 2: (1,)}), recalled({1: (0, 1), 3: (2, 3)}, {1: (0,), 3: (2,)})
    (True, False)
    """
    needed, seen = 0, dict[int, int]()
    for decision, family in families.items():
        known = _bits(available[decision])
        for earlier, bits in seen.items():
            if inferring and not bits & ~known:
                known |= 1 << earlier
        if needed & ~known:
            return False
        needed |= _bits(family)
        seen[decision] = _bits(family[:-1])
    return True


def _bits(nodes: Iterable[int]) -> int:
    bits = 0
    for node in nodes:
        bits |= 1 << node
    return bits


def stages_of(
    problem: Problem, marks: Mapping[int, Part] | None = None, products: Products | None = None
) -> list[Stage] | None:
    """Return the stages of a problem whose decisions recall, ``None`` where a table would be large.

    ``marks``: for some decisions a table of nodes that are not downstream of it. ``products``: products of tables made
    before, for a problem of which only the decisions count; what no decision changes is then left out of the gains.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.optimal.problem import problem_of
    >>> g = cm.cid("S -> O -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, O="S", D=[0, 1], U="S == D")
    >>> start, last = stages_of(problem_of(m, "agent", g))
    >>> g.names(start.seen), g.names(last.hidden), last.moves.shape, last.gains.shape
    (('O',), ('S',), (1, 2, 2), (1, 1, 2, 2))
    """
    maker = _Maker(problem, marks or {}, {} if products is None else products)
    if products is not None:
        maker.payoffs[0] = []
    found = []
    for _ in range(len(problem.families) + 1):
        stage = maker.stage()
        if stage is None:
            return None
        found.append(stage)
    return found


class _Times(NamedTuple):
    """When what happens, as places of decisions (0 is the start).

    ``settled``: of a node the last decision upstream of it, or itself; ``seen``: of a chance node after which decision
    it is first observed, ``latest``: the last place at which it matters what state a node has.
    """

    settled: dict[int, int]
    seen: dict[int, int]
    latest: dict[int, int]

    @classmethod
    def of(cls, problem: Problem, marks: Mapping[int, Part]) -> _Times:
        place = {d: k for k, d in enumerate(problem.families, start=1)}
        above, nodes = problem.net.dag.parents, sorted((*problem.sizes, *problem.payoffs))
        settled: dict[int, int] = {}
        for v in nodes:
            settled[v] = place.get(v) or max([settled[p] for p in above[v]], default=0)
        observed = [(v, k - 1) for d, k in place.items() for v in problem.families[d][:-1] if v in problem.chance]
        seen = dict(reversed(observed))  # for the first time
        latest = dict.fromkeys(nodes, -1) | seen
        for d, mark in marks.items():
            latest |= {v: max(latest[v], place[d]) for v in mark.scope}
        for v in reversed(nodes):
            used = settled[v] if v in problem.payoffs else latest[v]
            for p in above[v] if v not in place else ():
                latest[p] = max(latest[p], used)
        return cls(settled, seen, latest)


@dataclass
class _Maker:
    """Goes from decision to decision: ``place`` is that of the next, ``known`` and ``hidden`` what matters there."""

    problem: Problem
    marks: Mapping[int, Part]
    made: Products
    told: set[int] = field(default_factory=set)  # decisions and what was observed
    drawn: set[int] = field(default_factory=set)  # chance nodes of which the state is settled, if hidden
    known: Scope = ()
    hidden: Scope = ()
    place: int = 0

    def __post_init__(self) -> None:
        self.decisions = (-1, *self.problem.families)
        self.times = _Times.of(self.problem, self.marks)
        self.below = self.problem.net.dag.children
        self.marked: dict[int, list[int]] = {}  # node -> the places of marks that read it
        for decision, mark in self.marks.items():
            for v in mark.scope:
                self.marked.setdefault(v, []).append(self.decisions.index(decision))
        self.payoffs: list[list[int]] = [[] for _ in self.decisions]
        for utility in self.problem.payoffs:
            self.payoffs[self.times.settled[utility]].append(utility)

    def stage(self) -> Stage | None:
        """Return the stage of the next decision, and go on to the one after it; ``None`` where it would be large."""
        cells, decision, known, hidden = self.problem.cells, self.decisions[self.place], self.known, self.hidden
        option = () if decision < 0 else (decision,)
        before = (*known, *hidden, *option)
        if cells(before) > MAX_CELLS:
            return None
        gains, mark = self._gains(before), self._mark(decision, (*known, *hidden))
        seen, drawn = self._go_on(option)
        after = (*seen, *self.hidden)
        if cells(before) * cells(after) > MAX_CELLS:
            return None
        shape, options = (cells(known), cells(hidden)), cells(option)
        gains = gains.reshape(len(gains), *shape, options)
        moves = self._moves(before, after, drawn).reshape(*shape, options * cells(after))
        mark = mark if mark is None else mark.reshape(shape)
        later = self._later(known, option, seen)
        self.place += 1
        return Stage(decision, options, known, hidden, seen, moves, gains, later, mark)

    def _go_on(self, option: Scope) -> tuple[Scope, list[int]]:
        """Update what matters at the decision after the next; return what is seen there anew, and what is drawn."""
        families = self.problem.families
        self.told |= {*option}
        seen = tuple(v for d in self.decisions[self.place + 1 : self.place + 2] for v in families[d][:-1])
        seen = tuple(v for v in seen if v not in self.told)
        drawn = self._undrawn(seen)
        self.drawn |= {*drawn}
        self.told |= {*seen}
        front = self._mattering((*self.known, *option, *seen, *self.hidden, *drawn))
        while more := self._drawn_for(front):
            self.drawn |= {*more}
            drawn += more
            front = self._mattering((*front, *more))
        self.known = tuple(v for v in front if v in self.told)
        self.hidden = tuple(v for v in front if v not in self.told)
        return seen, drawn

    def _mattering(self, nodes: Iterable[int]) -> list[int]:
        """Return the nodes that tables and utilities still to come read, or that will be observed."""
        return [v for v in dict.fromkeys(nodes) if next(self._readers(v), None) is not None]

    def _readers(self, node: int) -> Iterator[int]:
        """Yield who reads a node after the next decision; of observations the node itself."""
        problem, times = self.problem, self.times
        if node not in self.told and times.seen.get(node, -1) > self.place:
            yield node
        for decision in self.marked.get(node, ()):
            if decision > self.place:
                yield node
        for child in self.below[node]:
            if child in problem.payoffs:
                if times.settled[child] > self.place:
                    yield child
            elif child in problem.chance and child not in self.drawn and times.latest[child] > self.place:
                yield child

    def _drawn_for(self, front: list[int]) -> list[int]:
        """Return chance nodes to draw so that what matters gets no larger: one that alone reads some node of it."""
        for node in front:
            readers = list(islice(self._readers(node), 2))
            if len(readers) == 1 and self.times.settled[reader := readers[0]] <= self.place and reader != node:
                before, more = self.drawn, self._undrawn([reader])
                self.drawn = before | {*more}
                fewer = self.problem.cells(tuple(self._mattering((*front, *more)))) <= self.problem.cells(tuple(front))
                self.drawn = before
                if more and fewer:
                    return more
        return []

    def _moves(self, before: Scope, after: Scope, drawn: Iterable[int]) -> Array:
        problem = self.problem
        copied = [v for v in after if v in before]
        factors = [Factor((v, -1 - v), np.eye(problem.sizes[v], dtype=int)) for v in copied]
        factors += [Factor(problem.chance[node].scope, problem.chance[node].values) for node in drawn]
        return self._product(factors, (*before, *(-1 - v if v in copied else v for v in after)))

    def _gains(self, axes: Scope) -> Array:
        """Return each agent's expected utilities that the option of the next decision settles."""
        problem, agents = self.problem, self.problem.agents
        shape = len(agents), *(problem.sizes[v] for v in axes)
        total = np.zeros(shape, dtype=np.object_ if problem.exact else np.float64)
        for utility in self.payoffs[self.place]:
            total[agents.index(problem.cid.specs[utility].agent)] += self._mean(problem.payoffs[utility], axes)
        return total

    def _mark(self, decision: int, axes: Scope) -> Array | None:
        return self._mean(self.marks[decision], axes) if decision in self.marks else None

    def _mean(self, part: Part, axes: Scope) -> Array:
        """Return the expectation of a table given ``axes``."""
        tables = [self.problem.chance[node] for node in self._undrawn(part.scope)]
        return self._product([Factor(p.scope, p.values) for p in (*tables, part)], axes)

    def _undrawn(self, nodes: Iterable[int]) -> list[int]:
        """Return the chance nodes upstream of ``nodes``, and these, that are not drawn before the next decision."""
        above, found, todo = self.problem.net.dag.parents, set(), list(nodes)
        while todo:
            node = todo.pop()
            if node in self.problem.chance and node not in found and node not in self.drawn:
                found.add(node)
                todo += above[node]
        return sorted(found)

    def _product(self, factors: list[Factor], axes: Scope) -> Array:
        """Return the product over these axes; the same tables in the same places are multiplied once."""
        label: dict[int, int] = {}
        for v in (*axes, *(v for factor in factors for v in factor.variables)):
            label.setdefault(v, len(label))
        named = [Factor(tuple(label[v] for v in f.variables), f.values) for f in factors]
        shape = tuple(self.problem.sizes[v if v >= 0 else -1 - v] for v in axes)
        key = (shape, *((f.variables, f.values.shape, contents(f.values)) for f in named))
        if key not in self.made:
            found = eliminate(named, [label[v] for v in axes])
            cells = np.object_ if self.problem.exact else np.float64
            self.made[key] = np.broadcast_to(np.asarray(found, dtype=cells), shape), named
        return self.made[key][0]

    def _later(self, known: Scope, option: Scope, seen: Scope) -> Array:
        """Return the position of the next known for each of known, option and seen."""
        sizes, axes = self.problem.sizes, (*known, *option, *seen)
        place, step = np.zeros([sizes[v] for v in axes], dtype=np.intp), 1
        for v in reversed(self.known):
            shape = [sizes[v] if axis == v else 1 for axis in axes]
            place = place + step * np.arange(sizes[v]).reshape(shape)
            step *= sizes[v]
        return place.reshape(*map(self.problem.cells, (known, option, seen)))


def contents(table: Array) -> object:
    """Return what tells apart tables of the same shape.

    >>> from fractions import Fraction
    >>> contents(np.array([1, Fraction(1, 2)], dtype=object))
    (2, 2, 1)
    """
    if table.dtype != np.object_:
        return table.tobytes()
    found = scaled(table)
    return (found.denominator, *found.numerators) if found else tuple(map(id, table.ravel().tolist()))
