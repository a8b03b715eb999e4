"""The optimum of one agent: backward induction as far as it reaches, then multiple policy updating."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import product
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Rule
from cidmesa.solving.enumeration import best_of_all
from cidmesa.solving.fold import folded
from cidmesa.solving.induction import pure_rule
from cidmesa.solving.parts import bounds_by_parts
from cidmesa.solving.problem import problem_of
from cidmesa.solving.sweep import best_options, solving_order, swept
from cidmesa.solving.tree import tree_of
from cidmesa.solving.updating import Limits, OutOfTime, best_rules
from cidmesa.structure.reduction import minimal_reduction, reduce

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.solving.messages import World
    from cidmesa.solving.problem import Part, Problem
    from cidmesa.structure.diagram import CID

__all__ = ["Optimum", "optimum", "pure_rules", "rules_from", "rules_of", "without_own_decisions"]

_LARGE, _LARGE_EXACT = 2**14, 2**12  # cells of a rule from which a short way is looked for
_SHORT = 2**6  # cells of a rule there
_CAPS = (8, 64, 512, 4096, None)  # vectors in a set, while there is time


class Optimum(NamedTuple):
    """What an agent can get: ``rules`` attain ``value``, nothing attains more than ``bound``."""

    value: Number
    bound: Number
    rules: tuple[Rule, ...]
    method: str


def optimum(model: Model, agent: str, timeout: float | None = None) -> Optimum:
    """Return the agent's greatest expected utility, rules that attain it, and the method.

    Immaterial information links are dropped (`minimal_reduction`, and where that leaves decisions that rely on each
    other, `reduce`); decisions that rely on no undecided one are decided by backward induction, those that are left
    together by multiple policy updating. Pure rules suffice for one agent that is not absent-minded.

    Raises:
        TooLarge: a table or the number of rules is too large, no ``timeout`` (seconds) being given.

    """
    deadline = None if timeout is None else monotonic() + timeout
    minimal = minimal_reduction(model.cid)
    problem = problem_of(model, agent, minimal)
    if any(len(part) > 1 for part in solving_order(problem)):
        smaller = reduce(minimal)
        problem = problem if smaller is minimal else problem_of(model, agent, smaller)
        return _solved(model, agent, problem, deadline)
    if not problem.small and (found := folded(problem)):
        value, rules = found
        return Optimum(value, value, rules_of(model, problem, rules), "backward induction")
    return _short_way(model, agent, problem) or _solved(model, agent, problem, deadline)


def _solved(model: Model, agent: str, problem: Problem, deadline: float | None) -> Optimum:
    """Return the optimum of a problem, by induction as far as it reaches and by search from there."""
    world, left = swept(problem, tree_of(problem))
    undecided = [decision for part in left for decision in part if decision in problem.families]
    if not undecided:
        value = _value(world)
        return Optimum(value, value, rules_of(model, problem, world.rules), "backward induction")
    method = "backward induction and search" if world.rules else "search"
    found = _decided(world, undecided) if deadline is None else _searched(model, agent, world, undecided, deadline)
    value, bound = found
    method = method if bound == value else f"{method}, stopped by the time limit"
    return Optimum(value, bound, rules_of(model, problem, world.rules), method)


def _short_way(model: Model, agent: str, problem: Problem) -> Optimum | None:
    """Return the optimum without memory of own decisions, where that memory makes large tables and search is short.

    Under a pure policy a decision whose observations are all known is known itself (rule R1 of `reduction`), so links
    that only recall own decisions go; what is left may be insoluble but small.
    """
    if problem.largest_rule <= (_LARGE_EXACT if problem.exact else _LARGE):
        return None
    short = problem_of(model, agent, without_own_decisions(problem.cid))
    if short.largest_rule > _SHORT:
        return None
    try:
        return _solved(model, agent, short, None)
    except TooLarge:
        return None


def without_own_decisions(cid: CID) -> CID:
    """Return the diagram without links from decisions that the other observations of their reader determine.

    One pass in topological order: D' -> D goes if D sees all that D' sees. Sound for one agent by R1.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D1; S, D1 -> D2; S, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> without_own_decisions(g).parents("D2")
    ('S',)
    """
    sees: dict[str, frozenset[str]] = {}
    gone: list[tuple[str, str]] = []
    for decision in cid.decisions:
        parents = cid.parents(decision)
        known = {p for p in parents if p in sees and sees[p] <= {*parents} - {p}}
        sees[decision] = frozenset(parents) - known
        gone += [(p, decision) for p in parents if p in known]
    return cid.without_links(gone) if gone else cid


def _decided(world: World, decisions: Sequence[int]) -> tuple[Number, Number]:
    """Decide ``decisions`` in ``world`` together; return the optimum twice."""
    value, rules = best_of_all(world, decisions) or best_rules(world, decisions, Limits())[:2]
    _adopt(world, rules)
    return value, value


def _searched(model: Model, agent: str, world: World, decisions: Sequence[int],
              deadline: float) -> tuple[Number, Number]:  # fmt: skip
    """Decide ``decisions`` in ``world`` as well as there is time; return the value and an upper bound.

    Half of the time is for bounds by parts if the search does not end. What was found until then counts.
    """
    value, rules = _improved(world, decisions, {d: _first(world.problem, d) for d in decisions})
    parts = bounds_by_parts(model, world.problem.cid, agent, deadline)
    bound = next(parts)
    half = Limits(deadline=(monotonic() + deadline) / 2)
    with suppress(OutOfTime, TooLarge):
        for most in _CAPS:
            found = best_rules(world, decisions, replace(half, most=most))
            bound = min(bound, found.bound)
            value, rules = max((value, rules), _improved(world, decisions, found.rules), key=lambda pair: pair[0])
            if found.tight or bound <= value:
                bound = value
                break
    _adopt(world, rules)
    while bound > value and (lower := next(parts, None)) is not None:
        bound = min(bound, lower)
    return value, max(bound, value)


def _improved(world: World, decisions: Sequence[int], rules: dict[int, Part]) -> tuple[Any, dict[int, Part]]:
    """Return the value and rules after single policy updating from ``rules``: no single rule can be bettered."""
    _adopt(world, rules)
    value, before = _value(world), None
    while before is None or value > before:
        kept, before = {d: world.rules[d] for d in decisions}, value
        for decision in reversed(decisions):
            best = best_options(*world.action_values(decision))
            same = (best & (world.rules[decision].values == 1)).any(axis=-1)
            if not same.all():
                choice = np.where(same, world.rules[decision].values.argmax(axis=-1), best.argmax(axis=-1))
                world.decide(world.problem.pure(decision, choice))
        value = _value(world)
    return before, kept


def _adopt(world: World, rules: dict[int, Part]) -> None:
    for rule in rules.values():
        world.decide(rule)


def _value(world: World) -> Any:
    """Return the expected utility of the rules, worked out at the cluster of the decision decided last."""
    last = next(reversed(world.rules), None)
    return world.expected_utility(0 if last is None else world.tree.home[last]).item()


def _first(problem: Problem, decision: int) -> Part:
    shape = [problem.sizes[v] for v in problem.families[decision][:-1]]
    return problem.pure(decision, np.zeros(shape, dtype=int))


def rules_of(model: Model, problem: Problem, found: dict[int, Part]) -> tuple[Rule, ...]:
    """Return the rules by name; a decision that no utility depends on takes its first option."""
    rules = []
    for decision in problem.cid.decisions:
        part, options = found.get(problem.cid.index(decision)), model.domains[decision]
        parents = problem.cid.parents(decision) if part else ()
        domains = tuple(model.domains[parent] for parent in parents)
        values = part.values if part else problem.one_hot(len(options), np.zeros((), dtype=int))
        rules.append(Rule(decision, parents, domains, options, values))
    return tuple(rules)


def pure_rules(model: Model, decision: str) -> Iterator[Rule]:
    """Yield the pure rules that differ in contexts of positive probability, the first option elsewhere."""
    reached = weights(model, model.cid.parents(decision), undecided="uniform")[..., None] > 0
    yield from rules_from(model, decision, reached & np.ones(len(model.domains[decision]), dtype=bool))


def rules_from(model: Model, decision: str, allowed: np.ndarray) -> Iterator[Rule]:
    """Yield every pure rule that takes an allowed option in each context that has one, the first option elsewhere."""
    contexts = list(np.ndindex(*allowed.shape[:-1]))
    choices = [np.flatnonzero(allowed[context]).tolist() or [0] for context in contexts]
    for picked in product(*choices):
        choice = np.zeros(allowed.shape[:-1], dtype=int)
        for context, option in zip(contexts, picked, strict=True):
            choice[context] = option
        yield pure_rule(model, decision, choice)
