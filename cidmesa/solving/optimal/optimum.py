r"""The optimum of one agent: backward induction as far as it applies, then search.

Search: all combinations of pure rules in one product of tables if they are few, otherwise multiple policy updating.
Under a time limit it is bounded by parts: the optimum for a sum of utilities is at most the sum of the optima for parts
of them. A part has only the ancestors of its utilities, and fewer of its decisions rely on each other. Parts are single
utilities at first, then pairs of parts while time remains, so that the bounds :math:`\sum_k \max_\pi E^\pi[U_k]` fall.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import product
from math import log2, prod
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.contraction import SMALL, Factor, contract
from cidmesa.modelling.numbers import TOL
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import rules_of
from cidmesa.solving.missing_options import allowed_rules, unrestricted
from cidmesa.solving.optimal.backward_induction import best_options, folded, swept
from cidmesa.solving.optimal.beliefs import beliefs_of
from cidmesa.solving.optimal.policy_updating import Limits, OutOfTime, best_rules
from cidmesa.solving.optimal.problem import Part, problem_of
from cidmesa.solving.optimal.recollection import Recollection
from cidmesa.solving.optimal.stages import recalled
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.diagram import CID
from cidmesa.structure.reduction import minimal_reduction, reduce

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.modelling.policy import Rule
    from cidmesa.solving.optimal.problem import Problem
    from cidmesa.solving.optimal.propagation import World
    from cidmesa.solving.optimal.whole import Whole

__all__ = ["Optimum", "best_of_all", "bounds_by_parts", "optimum", "recollection_of", "without_own_decisions"]

_LARGE, _LARGE_EXACT = 2**14, 2**12  # cells of a rule from which a short way is looked for
_SHORT = 2**6  # cells of a rule there
_FEW_CONTEXTS = 2**14  # and options: so many are looked at one by one
_MANY_LINKS = 500  # into decisions, of which the reduction would take long
_STEPS = 64  # steps from belief to belief for each decision that are tried in any case
_PER_STEP, _PER_STEP_EXACT = 256, 8  # cells of tables that take as long as a step
_MOST = 2**22  # steps, which take seconds and a gigabyte
_CAPS = (8, 64, 512, 4096, None)  # vectors in a set, while there is time


class Optimum(NamedTuple):
    """What an agent can attain: ``rules`` attain ``value``, and no rules attain more than ``bound``."""

    value: Number
    bound: Number
    rules: tuple[Rule, ...]
    method: str
    recollection: Recollection | None = None


def optimum(model: Model, agent: str, timeout: float | None = None, tol: float = TOL) -> Optimum:
    """Return the agent's greatest expected utility, rules that attain it, and the method.

    Immaterial information links are removed by `minimal_reduction` and, if decisions still rely on each other, by
    `reduce`. Backward induction decides those that rely on no undecided decision; multiple policy updating decides the
    rest together. Pure rules suffice for an agent that is not absent-minded.

    Raises:
        TooLarge: a table or the number of rules is too large, and no ``timeout`` (seconds) is given.

    """
    if model.menus:
        return _restricted(model, agent, timeout, tol)
    deadline = None if timeout is None else monotonic() + timeout
    if _remembers_much(model.cid) and (short := _by_beliefs(model, problem_of(model, agent, model.cid, tol))):
        return short  # without a reduction, which would take longer
    minimal = model.cid if _all_count(model.cid) else minimal_reduction(model.cid)
    problem = problem_of(model, agent, minimal, tol)
    if not problem.small and (found := _by_induction(model, problem)):
        return found
    if not problem.soluble:
        smaller = reduce(minimal)
        problem = problem if smaller is minimal else problem_of(model, agent, smaller, tol)
        return _solved(model, agent, problem, deadline)
    return (None if problem.small else _short_way(model, agent, problem)) or _solved(model, agent, problem, deadline)


def _all_count(cid: CID) -> bool:
    """Return whether a utility of its owner reads each decision with all its observations; then all are requisite."""
    above, below, owner_of = cid.dag.parents, cid.dag.children, dict(cid.net.utilities)
    for decision, owner in cid.net.decisions:
        seen = above[decision]
        if seen and not any(owner_of.get(u) == owner and {*seen} <= {*above[u]} for u in below[decision]):
            return False
    return True


def _by_induction(model: Model, problem: Problem) -> Optimum | None:
    """Return the optimum by beliefs or by averaging out and folding back, ``None`` if neither applies."""
    parents = model.cid.dag.parents
    recalls = recalled(problem.families, {d: parents[d] for d in problem.families})
    if recalls and (problem.soluble or _many_rules(problem)) and (short := _by_beliefs(model, problem)):
        return short
    if (found := folded(problem)) is None:  # which it is if the problem is not soluble
        return None
    value, rules = found
    return Optimum(value, value, rules_of(model, problem, rules), "backward induction")


def _restricted(model: Model, agent: str, timeout: float | None, tol: float) -> Optimum:
    """Return the optimum of a model in which options depend on the context."""
    full, least = unrestricted(model, tol)
    found = optimum(full, agent, timeout, least)
    rules = allowed_rules(model, found.rules)
    if found.bound == found.value:
        return found._replace(rules=rules, recollection=None)
    value = expected_utility(model, Policy(rules), agent)
    return found._replace(value=value, rules=rules, recollection=None)


def _remembers_much(cid: CID) -> bool:
    """Return whether decisions recall earlier observations and decisions, and these are many links."""
    seen = {decision: cid.dag.parents[decision] for decision, _ in cid.net.decisions}
    if sum(map(len, seen.values())) <= _MANY_LINKS:
        return False
    return recalled({d: (*own, d) for d, own in seen.items()}, seen)


def _many_rules(problem: Problem) -> bool:
    """Return whether there are too many combinations of rules to examine all at once."""
    rules = (problem.cells(family[:-1]) * log2(problem.sizes[family[-1]]) for family in problem.families.values())
    return sum(rules) > log2(SMALL)


def _by_beliefs(model: Model, problem: Problem) -> Optimum | None:
    """Return the optimum by backward induction over beliefs, if these are few compared with the contexts."""
    if (source := recollection_of(model, problem)) is None:
        return None
    value = source.beliefs.value
    return Optimum(value, value, source.rules(), "backward induction over beliefs", source)


def recollection_of(model: Model, problem: Problem) -> Recollection | None:
    """Return the beliefs of agents who remember, ``None`` if these are not few compared with the contexts.

    For several agents, who may do what is not expected of them, each context must have a belief.
    """
    contexts = sum(map(problem.cells, problem.families.values()))
    tables = contexts // (_PER_STEP_EXACT if problem.exact else _PER_STEP)
    most = min(_STEPS * len(problem.families) + tables, _MOST)
    parents = model.cid.dag.parents
    found = beliefs_of(problem, {d: parents[d] for d in problem.families}, most)
    few = contexts < _FEW_CONTEXTS or len(problem.agents) > 1  # those that cannot be are decided, too
    return None if found is None or (few and not found.everywhere) else Recollection(model, problem, found)


def _solved(model: Model, agent: str, problem: Problem, deadline: float | None) -> Optimum:
    """Return the optimum of a problem, by induction as far as it applies and then by search."""
    world, undecided = swept(problem)
    if not undecided:
        value = world.value()
        return Optimum(value, value, rules_of(model, problem, world.rules), "backward induction")
    method = "backward induction and search" if world.rules else "search"
    found = _decided(world, undecided) if deadline is None else _searched(model, agent, world, undecided, deadline)
    value, bound, rules = found
    method = method if bound == value else f"{method}, stopped by the time limit"
    return Optimum(value, bound, rules_of(model, problem, world.rules | rules), method)


def _short_way(model: Model, agent: str, problem: Problem) -> Optimum | None:
    """Return the optimum without memory of own decisions, if that memory needs large tables and search is short.

    Under a pure policy, whoever knows a decision's observations knows the decision (rule R1 of `reduction`), so links
    that only recall own decisions are removed; the rest may be insoluble but small.
    """
    if problem.largest_rule <= (_LARGE_EXACT if problem.exact else _LARGE):
        return None
    short = problem_of(model, agent, without_own_decisions(problem.cid), problem.tol)
    if short.largest_rule > _SHORT:
        return None
    try:
        return _solved(model, agent, short, None)
    except TooLarge:
        return None


def without_own_decisions(cid: CID) -> CID:
    """Return the diagram without links from decisions that the other observations of their reader determine.

    One pass in topological order removes D' -> D if D observes everything that D' observes. This is sound for one agent
    by R1.

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


def _decided(world: World | Whole, decisions: Sequence[int]) -> tuple[Number, Number, dict[int, Part]]:
    """Return the optimum of ``decisions`` in ``world`` together, twice, and rules that attain it."""
    value, rules = best_of_all(world, decisions) or best_rules(world, decisions, Limits())[:2]
    return value, value, rules


def _searched(
    model: Model, agent: str, world: World | Whole, decisions: Sequence[int], deadline: float
) -> tuple[Number, Number, dict[int, Part]]:
    """Decide ``decisions`` in ``world`` as well as time allows; return the value, an upper bound and the rules.

    If the search does not end, half of the time is for bounds by parts, and the best rules found so far count.
    """
    problem = world.problem
    first = {d: problem.pure(d, np.zeros(problem.shape(d), dtype=int)) for d in decisions}
    value, rules = _improved(world, decisions, first)
    parts = bounds_by_parts(model, problem.cid, agent, deadline)
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
    while bound > value and (lower := next(parts, None)) is not None:
        bound = min(bound, lower)
    return value, max(bound, value), rules


def _improved(world: World | Whole, decisions: Sequence[int], rules: dict[int, Part]) -> tuple[Any, dict[int, Part]]:
    """Return the value and rules after single policy updating from ``rules``: no single change improves them."""
    world.decide(*rules.values())
    value, before = world.value(), None
    while before is None or value > before:
        kept, before = {d: world.rules[d] for d in decisions}, value
        for decision in reversed(decisions):
            best = best_options(*world.action_values(decision), world.problem.slack_at(decision))
            same = (best & (world.rules[decision].values == 1)).any(axis=-1)
            if not same.all():
                choice = np.where(same, world.rules[decision].values.argmax(axis=-1), best.argmax(axis=-1))
                world.decide(world.problem.pure(decision, choice))
        value = world.value()
    return before, kept


def best_of_all(world: World | Whole, decisions: Sequence[int]) -> tuple[Any, dict[int, Part]] | None:
    """Return the greatest expected utility that rules for ``decisions`` attain, and such rules; ``None`` if many.

    The other decisions follow the rules of ``world``. Rules are many if the combinations times the settings of the
    decisions' families exceed the cells of a small product of tables, or if the problem has several clusters.
    """
    problem, sizes = world.problem, world.problem.sizes
    families = [problem.families[d] for d in decisions]
    scope = tuple(dict.fromkeys(v for family in families for v in family))
    count = prod([sizes[family[-1]] ** problem.cells(family[:-1]) for family in families])
    if (not problem.small and len(world.tree.clusters) > 1) or count * problem.cells(scope) > SMALL:
        return None
    rules = [_every_rule(tuple([sizes[v] for v in family]), problem.exact) for family in families]
    axes = [-1 - d for d in decisions]
    named = [Factor((axis, *family), rule) for axis, family, rule in zip(axes, families, rules, strict=True)]
    values = contract([Factor(scope, world.expected_utilities(scope)), *named], axes)
    first = int(values.argmax())
    best = np.unravel_index(first, values.shape)
    chosen = {f[-1]: Part(f, rule[k], f[-1]) for f, rule, k in zip(families, rules, best, strict=True)}
    return values.item(first), chosen


@lru_cache(maxsize=64)
def _every_rule(shape: tuple[int, ...], exact: bool) -> Array:
    """Return all pure rules over the observations and options of ``shape``, along the first axis."""
    *seen, options = shape
    one_hot = [[int(i == k) for k in range(options)] for i in range(options)]
    rules = list(product(one_hot, repeat=prod(seen)))
    return np.array(rules, dtype=np.object_ if exact else np.float64).reshape(-1, *shape)


def bounds_by_parts(model: Model, cid: CID, agent: str, deadline: float) -> Iterator[Any]:
    """Yield falling upper bounds of the agent's optimum, the last one for all utilities together, until the deadline.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1, D2 -> U; D1 -> V", decisions=["D1", "D2"], utilities=["U", "V"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2", V="-3 * D1")
    >>> [int(bound) for bound in bounds_by_parts(m, g, "agent", monotonic() + 60)]
    [2, 1]
    """
    parts: list[tuple[tuple[str, ...], Any]]
    parts = [((utility,), model.tables[utility].values.max()) for utility in cid.utilities_of(agent)]
    while True:
        left = len(parts)
        for k, (part, known) in enumerate(parts):
            until = monotonic() + (deadline - monotonic()) / (left - k)  # an equal share of the time that is left
            parts[k] = part, min(known, _bound(model, cid, agent, part, known, until))
        yield sum(bound for _, bound in parts)
        if len(parts) < 2 or monotonic() > deadline:
            return
        pairs = [parts[k : k + 2] for k in range(0, len(parts), 2)]
        parts = [(tuple(u for part, _ in pair for u in part), sum(bound for _, bound in pair)) for pair in pairs]


def _bound(model: Model, cid: CID, agent: str, part: tuple[str, ...], known: Any, deadline: float) -> Any:
    """Return the optimum for the utilities of a part, or a known bound if it is not found in time."""
    specs = tuple(s for s in cid.specs if s.kind != "utility" or s.name in part)
    problem = problem_of(model, agent, minimal_reduction(CID(specs)))
    try:
        world, undecided = swept(problem)
        return best_rules(world, undecided, Limits(None, deadline)).bound if undecided else world.value()
    except (OutOfTime, TooLarge):
        return known
