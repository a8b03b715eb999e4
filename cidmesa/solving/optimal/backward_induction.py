r"""Backward induction: decisions that rely on no undecided one come first; on a junction tree, or by averaging out.

Averaging out and folding back needs neither a junction tree nor masses. It applies if each decision observes everything
on which later values depend, as in a Markov chain of decisions. From the last node to the first, a chance node X turns
the sum V of the values that depend on it into :math:`\sum_x P(x \mid pa)\,V`, a decision D into :math:`\max_d V`. The
resulting rules are best regardless of what came before, so no policy does better.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.contraction import SMALL, Factor, contract
from cidmesa.modelling.numbers import slack
from cidmesa.solving.optimal.junction_tree import tree_of
from cidmesa.solving.optimal.problem import Part
from cidmesa.solving.optimal.propagation import World
from cidmesa.solving.optimal.whole import Whole, whole_of

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.problem import Problem

_TOGETHER = 2**14  # cells
_ROWS = 8  # for each option, up to which the maximum is taken row by row

__all__ = ["best_options", "folded", "maximum", "optimal_options", "swept", "ties"]


def swept(problem: Problem) -> tuple[World | Whole, list[int]]:
    """Return the problem with the decisions that backward induction can decide, and the remaining decisions.

    Ties are broken by the value if all other decisions choose uniformly, so that a choice without effect on the optimum
    is still sensible. Each decision is decided for its owner; several owners have separate messages, about their
    payoffs.
    Source: Koller and Milch 2003; Lauritzen and Nilsson 2001.
    """
    owner_of = dict(problem.net.decisions)
    worlds = _undecided(problem)
    left = deque([part for part in problem.order if not problem.families.keys().isdisjoint(part)])
    while left and len(left[0]) == 1:
        decision = left.popleft()[0]
        rule = _greedy(worlds[owner_of[decision]], decision)
        for world in worlds.values():
            world.decide(rule)
    return next(iter(worlds.values())), [d for part in left for d in part if d in problem.families]


def _undecided(problem: Problem) -> Mapping[int, World | Whole]:
    """Return for each owner the problem with no decision decided; for nobody, where nobody decides."""
    owned = dict.fromkeys((owner for _, owner in problem.net.decisions), 0) or {-1: -1}
    if (whole := whole_of(problem)) is not None:
        return dict.fromkeys(owned, whole)
    for decision, owner in problem.net.decisions:
        owned[owner] |= problem.net.bit[decision]
    tree = tree_of(problem)
    return {owner: World(problem, tree, bits) for owner, bits in owned.items()}


def _greedy(world: World | Whole, decision: int) -> Part:
    """Return the rule that takes in each context an option of greatest value, ties broken as if all else is uniform."""
    problem, slack = world.problem, world.problem.slack_at(decision)
    best = best_options(*world.action_values(decision), slack)
    if not ties(best):
        return Part(problem.families[decision], problem.certain(best), decision)
    if world.rules:
        best = best & best_options(*world.mixed.action_values(decision), slack, among=best)
    return problem.pure(decision, best.argmax(axis=-1))


def ties(best: Array) -> bool:
    """Return whether more than one option is best in some context; one always is."""
    return bool(np.count_nonzero(best) * best.shape[-1] > best.size)


def best_options(mass: Array | None, values: Array, slack: float, among: Array | None = None) -> Array:
    """Return which options (last axis) of those in ``among`` attain the maximum in each context.

    ``mass``: the weight of each context, ``None`` for 1. ``slack``: the difference up to which expected utilities are
    equal (`cidmesa.modelling.numbers.slack`).

    >>> best_options(None, np.array([1., 1. + 1e-12]), 1e-9).tolist()
    [True, True]
    """
    if among is not None:
        values = np.where(among, values, -np.inf if values.dtype == np.float64 else values.min() - 1)
    if values.ndim == 1:  # nothing is observed
        return _best_of_row(values.tolist(), slack if mass is None else slack * mass.item(0))
    best = maximum(values)
    if values.dtype == np.object_:
        return np.asarray(values == np.asarray(best, dtype=np.object_)[..., None], dtype=bool)
    least = best - (slack if mass is None else slack * mass[..., 0])
    if values.size <= SMALL:
        return np.asarray(values >= least[..., None])
    found = np.empty(values.shape, dtype=bool)
    for k in range(values.shape[-1]):
        np.greater_equal(values[..., k], least, out=found[..., k])
    return found


def optimal_options(values: Array, least: Array | None = None, *, among: Array | None = None) -> Array:
    """Return which options (last axis) attain the maximum in each context, among all or those in the mask ``among``.

    Floats tie if they differ by at most ``least`` in each context; if left out, by at most `slack` of the values.
    """
    within = np.asarray(slack([values]) if least is None else least)
    if among is not None:
        return optimal_options(np.where(among, values, values.min(axis=-1, keepdims=True)), within) & among
    best = values.max(axis=-1, keepdims=True)
    if values.dtype == np.object_:
        return np.asarray(values == best, dtype=bool)
    return np.asarray(values >= best - within[..., None])


def _best_of_row(row: list[Any], slack: float) -> Array:
    top = max(row)
    least = top - slack if isinstance(top, float) else top
    return np.array([value >= least for value in row])


def maximum(values: Array) -> Array:
    """Return the maximum over the last axis; numpy is slow along many short rows."""
    options = values.shape[-1]
    if values.size <= _ROWS * options * options:
        return np.asarray(np.maximum.reduce(values, axis=-1))
    return reduce(np.maximum, [values[..., k] for k in range(options)])


def folded(problem: Problem) -> tuple[Any, dict[int, Part]] | None:
    """Return the optimum and rules that attain it, or ``None`` if this method does not apply.

    It does not apply if values after a decision depend on what it does not observe, if two options tie (`swept` breaks
    ties), or if a table would be larger than all given ones.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.optimal.problem import problem_of
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="3 * D * S - D")
    >>> value, rules = folded(problem_of(m, "agent", g))
    >>> value, rules[g.index("D")].values.tolist()
    (Fraction(4, 3), [[1, 0], [0, 1]])
    """
    ahead: defaultdict[int, list[Part]] = defaultdict(list)  # values by the last node of each, -1 for none
    for part in problem.payoffs.values():
        ahead[max(part.scope, default=-1)].append(part)
    choices = _Choices(problem)
    for node in sorted(problem.sizes, reverse=True):
        terms = ahead.pop(node, ())
        if node in problem.families:
            value = _best(problem, node, terms, choices)
        elif terms:
            value = _averaged(problem, node, terms)
        else:
            continue
        if value is None:
            return None
        ahead[max(value.scope, default=-1)].append(value)
    if choices.any_tied():
        return None
    return sum(term.values.item() for term in ahead[-1]), choices.rules


def _averaged(problem: Problem, node: int, terms: Sequence[Part]) -> Part | None:
    """Return the mean of the sum of ``terms`` over a chance node, if the product is no larger than all given tables."""
    own, chances, _ = problem.chance[node]
    if len(terms) == 1 and terms[0].scope == (node,) and not problem.exact:
        shape = chances.shape
        means = chances.reshape(-1, shape[-1]).dot(terms[0].values)
        return Part(own[:-1], means.reshape(shape[:-1]))
    both = tuple(dict.fromkeys(v for term in terms for v in term.scope))
    scope = tuple(dict.fromkeys((*own, *both)))
    if (cells := problem.cells(scope)) > SMALL and cells > problem.largest_table:
        return None
    keep, total = tuple([v for v in scope if v != node]), _sum(terms, both)
    return total if total is None else Part(keep, contract([Factor(own, chances), Factor(both, total)], keep))


def _best(problem: Problem, decision: int, terms: Sequence[Part], choices: _Choices) -> Part | None:
    """Return the greatest sum of ``terms`` in each context of a decision and note it down, if there are no ties."""
    family = problem.families[decision]
    total, seen = _sum(terms, family), family[:-1]
    if total is None or choices.tied(decision, total):
        return None
    value = maximum(total)
    if 1 in value.shape:
        seen = tuple([v for v, size in zip(seen, total.shape, strict=False) if size > 1])
        value = value.reshape([problem.sizes[v] for v in seen])
    return Part(seen, value)


@dataclass
class _Choices:
    """The rules for which totals were noted down; many small tables of one shape are looked at together."""

    problem: Problem
    rules: dict[int, Part] = field(default_factory=dict)
    noted: defaultdict[tuple[int, ...], list[tuple[int, Array]]] = field(default_factory=lambda: defaultdict(list))
    cells: int = 0

    def tied(self, decision: int, total: Array) -> bool:
        """Note down the values of the options of a decision; return whether some are found to tie."""
        self.noted[total.shape].append((decision, total))
        self.cells += total.size
        return self.cells > _TOGETHER and self.any_tied()

    def any_tied(self) -> bool:
        """Return whether options tie in what was noted down, else find the rules."""
        slack = self.problem.slack_at(max(self.problem.families, default=0))
        for shape, noted in self.noted.items():
            totals = np.concatenate([total for _, total in noted]).reshape(len(noted), *shape)
            best = best_options(None, totals, slack)
            if ties(best):
                return True
            for (decision, _), rule in zip(noted, self.problem.certain(best), strict=True):
                own = rule if 1 not in shape else np.broadcast_to(rule, (*self.problem.shape(decision), shape[-1]))
                self.rules[decision] = Part(self.problem.families[decision], own, decision)
        self.noted.clear()
        self.cells = 0
        return False


def _sum(terms: Sequence[Part], scope: tuple[int, ...]) -> Array | None:
    """Return the sum over ``scope``, ``None`` of nothing or if it lacks a variable.

    A variable that no term has gets an axis of length 1.
    """
    total = None
    for own, values, _ in terms:
        if own == scope:
            added = values
        elif {*own} <= {*scope}:
            added = contract([Factor(own, values)], scope)
        else:
            return None
        total = added if total is None else total + added
    return total
