"""All best pure rules from beliefs; rules count as different if they differ in reached contexts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.solving.decision_rules import rule_of
from cidmesa.solving.optimal.beliefs import beliefs_of
from cidmesa.solving.optimal.problem import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.modelling.policy import Rule
    from cidmesa.solving.optimal.beliefs import Beliefs
    from cidmesa.solving.optimal.problem import Problem

__all__ = ["Blurred", "Ties", "Way", "optimal_rules"]

Context = tuple[int, ...]
Histories = frozenset[tuple[Context, int]]  # what is known and will be seen again, with the belief


MAX_STEPS = 100_000  # from belief to belief
MAX_RULE = 2**22  # contexts
MAX_KEPT = 2**10  # places with what may be known there


class Blurred(Exception):
    """A decision has one context for several beliefs, so that its options cannot be told apart by belief."""


class Way(NamedTuple):
    """What is done in the contexts of a decision that are reached: ``chosen`` context -> option.

    ``loose``: the contexts in which it does not count what is done, with the options that are best there.
    """

    chosen: Mapping[Context, int]
    loose: Mapping[Context, Array]


_Step: TypeAlias = "tuple[Way, Histories]"


@dataclass(frozen=True, eq=False)
class Ties:
    """The best ways to play: ``seen`` says what each decision sees, which may be less than all that it knows.

    Where a stage has a mark, what is done counts only in contexts where the mark is positive.
    """

    problem: Problem
    beliefs: Beliefs
    seen: Mapping[int, tuple[int, ...]]

    def ways(self) -> Iterator[dict[int, Way]]:
        """Yield the ways to play, contexts and options in ascending order, those of the last decision changing first.

        Raises:
            Blurred: a context does not determine what the agent believes.

        """
        start = frozenset(self._steps(0, (), 0, [0]))
        yield from self._ways(1, start)

    @cached_property
    def _steps_from(self) -> dict[tuple[int, Histories], list[_Step]]:
        return {}

    @cached_property
    def _kept(self) -> list[tuple[int, ...]]:
        """For each place what is known there, or comes to be known next, and is seen then or later."""
        later: list[set[int]] = [set()]
        for stage in reversed(self.beliefs.stages):
            later.append(later[-1] | {*self.seen.get(stage.decision, ())})
        told: dict[int, None] = {}
        found: list[tuple[int, ...]] = [()]
        for stage, wanted in zip(self.beliefs.stages, reversed(later[:-1]), strict=True):
            told |= dict.fromkeys(v for v in (stage.decision, *stage.seen) if v >= 0)
            found.append(tuple(v for v in told if v in wanted))
        return found

    def _ways(self, place: int, histories: Histories) -> Iterator[dict[int, Way]]:
        if place == len(self.beliefs.stages):
            yield {}
            return
        decision = self.beliefs.stages[place].decision
        for way, following in self._next(place, histories):
            for rest in self._ways(place + 1, following):
                yield {decision: way, **rest}

    def _next(self, place: int, histories: Histories) -> Iterator[_Step]:
        """Yield what may be done at a place, and what may be known after it; some are kept, for other ways to there."""
        if (place, histories) in self._steps_from:
            yield from self._steps_from[place, histories]
            return
        found: list[_Step] = []
        for step in self._made(place, histories):
            found.append(step)
            yield step
        if len(self._steps_from) < MAX_KEPT:
            self._steps_from[place, histories] = found

    def _made(self, place: int, histories: Histories) -> Iterator[_Step]:
        where, best = self._contexts(place, histories), self.beliefs.best[place]
        counts = [context for context, belief in sorted(where.items()) if self._counts(place, belief)]
        loose = {context: best[belief] for context, belief in where.items() if context not in counts}
        for picked in product(*(np.flatnonzero(best[where[context]]).tolist() for context in counts)):
            way = Way(dict(zip(counts, picked, strict=True)), loose)
            yield way, self._following(place, histories, way)

    def _context(self, place: int, history: Context) -> Context:
        axes = self._kept[place]
        return tuple(history[axes.index(v)] for v in self.seen[self.beliefs.stages[place].decision])

    def _contexts(self, place: int, histories: Histories) -> dict[Context, int]:
        """Return what is believed in each context."""
        found: dict[Context, int] = {}
        for history, belief in histories:
            if found.setdefault(self._context(place, history), belief) != belief:
                raise Blurred
        return found

    def _counts(self, place: int, belief: int) -> bool:
        """Return whether it counts what is done at a belief."""
        stage, layer = self.beliefs.stages[place], self.beliefs.layers[place]
        return stage.mark is None or bool(layer.rows[belief] @ stage.mark[layer.known[belief]] > 0)

    def _following(self, place: int, histories: Histories, way: Way) -> Histories:
        found: set[tuple[Context, int]] = set()
        for history, belief in histories:
            context = self._context(place, history)
            loose = way.loose.get(context)
            options = [way.chosen[context]] if loose is None else np.flatnonzero(loose).tolist()
            found.update(self._steps(place, history, belief, options))
        return frozenset(found)

    def _steps(
        self, place: int, history: Context, belief: int, options: Iterable[int]
    ) -> Iterator[tuple[Context, int]]:
        """Yield what may be known and believed after one of some options."""
        stage, before, after = self.beliefs.stages[place], self._kept[place], self._kept[place + 1]
        told = dict(zip(before, history, strict=True))
        shape = [self.problem.sizes[v] for v in stage.seen]
        for option in options:
            told[stage.decision] = option
            following = self.beliefs.layers[place].step.following[belief, option].tolist()
            for states, then in zip(np.ndindex(*shape), following, strict=True):
                if then >= 0:
                    known = told | dict(zip(stage.seen, states, strict=True))
                    yield tuple(known[v] for v in after), then


def optimal_rules(model: Model, agent: str, tol: float) -> Iterator[tuple[Rule, ...]] | None:
    """Return all best pure rules of a model by beliefs, ``None`` where that is not the way.

    Two that differ only in contexts never reached count as one. Such contexts take the first option.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=[0, 1], U="S * D")
    >>> [str(rule) for (rule,) in optimal_rules(m, "agent", 1e-9)]
    ['0 if S = 0; 1 if S = 1', '1']
    """
    problem = problem_of(model, agent, model.cid, tol)
    seen = {d: family[:-1] for d, family in problem.families.items()}
    if len(seen) < len(model.cid.decisions) or any(problem.cells(family) > MAX_RULE for family in seen.values()):
        return None
    beliefs = beliefs_of(problem, seen, MAX_STEPS)
    if beliefs is None:
        return None
    ways = Ties(problem, beliefs, seen).ways()
    return (tuple(_rule(model, problem, decision, way) for decision, way in found.items()) for found in ways)


def _rule(model: Model, problem: Problem, decision: int, way: Way) -> Rule:
    choice = np.zeros(problem.shape(decision), dtype=int)
    for context, option in way.chosen.items():
        choice[context] = option
    return rule_of(model, problem.cid.nodes[decision], problem.pure(decision, choice).values)
