"""The optimum of one agent: backward induction as far as it reaches, then multiple policy updating."""

from __future__ import annotations

from itertools import product
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Number
from cidmesa.modelling.policy import Rule
from cidmesa.solving.induction import pure_rule
from cidmesa.solving.messages import World
from cidmesa.solving.problem import problem_of
from cidmesa.solving.sweep import best_options, solving_order, swept
from cidmesa.solving.tree import tree_of
from cidmesa.solving.updating import Limits, OutOfTime, best_rules
from cidmesa.structure.reduction import minimal_reduction, reduce

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.solving.problem import Part, Problem

__all__ = ["Optimum", "optimum", "pure_rules", "rules_from"]

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
    problem = problem_of(model, agent, minimal_reduction(model.cid))
    if any(len(part) > 1 for part in solving_order(problem)):
        problem = problem_of(model, agent, reduce(model.cid))
    world, left = swept(problem, tree_of(problem))
    open_decisions = [decision for part in left for decision in part if decision in problem.families]
    if not open_decisions:
        value = _value(world)
        return Optimum(value, value, _rules(model, problem, world.rules), "backward induction")
    method = "backward induction and search" if world.rules else "search"
    deadline = None if timeout is None else monotonic() + timeout
    value, bound = _searched(world, open_decisions, deadline)
    method = method if bound == value else f"{method}, stopped by the time limit"
    return Optimum(value, bound, _rules(model, problem, world.rules), method)


def _searched(world: World, decisions: Sequence[int], deadline: float | None) -> tuple[Number, Number]:
    """Decide ``decisions`` in ``world`` together; return the value and an upper bound, equal if there was time."""
    if deadline is None:
        _adopt(world, best_rules(world, decisions, Limits()).rules)
        value = _value(world)
        return value, value
    value, rules = _improved(world, decisions, {d: _first(world.problem, d) for d in decisions})
    bound: Any = sum(part.values.max() for part in world.problem.payoffs.values())
    try:
        for most in _CAPS:
            found = best_rules(world, decisions, Limits(most, deadline))
            bound = min(bound, found.bound)
            value, rules = max((value, rules), _improved(world, decisions, found.rules), key=lambda pair: pair[0])
            if found.tight or bound <= value:
                bound = value
                break
    except (OutOfTime, TooLarge):
        pass
    _adopt(world, rules)
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


def _rules(model: Model, problem: Problem, found: dict[int, Part]) -> tuple[Rule, ...]:
    """Return the rules by name; a decision that no utility depends on takes its first option."""
    rules = []
    for decision in problem.cid.decisions:
        part, spec = found.get(problem.cid.index(decision)), problem.cid.spec(decision)
        domains = tuple(model.domains[parent] for parent in spec.parents)
        if part is not None:
            rules.append(Rule(decision, spec.parents, domains, model.domains[decision], part.values))
        else:
            narrow = problem.cid.without_links((parent, decision) for parent in spec.parents)
            rules.append(pure_rule(model.revised([narrow.spec(decision)]), decision, np.zeros((), dtype=int)))
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
