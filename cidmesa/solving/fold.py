r"""Averaging out and folding back: the values of what is ahead, node by node from the last to the first.

For problems in which each decision sees all that the values ahead of it depend on, as in a Markov chain of decisions:
neither a junction tree nor masses are needed. A chance node X turns the sum V of the values that depend on it into
:math:`\sum_x P(x \mid pa)\,V`, a decision D into :math:`\max_d V`. A rule found so is best whatever came before, so no
policy does better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.contraction import SMALL, Factor, contract
from cidmesa.solving.sweep import best_options, maximum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.problem import Part, Problem

__all__ = ["folded"]


def folded(problem: Problem) -> tuple[Any, dict[int, Part]] | None:
    """Return the optimum and rules that attain it, or ``None`` where this is not the way.

    It is not where the values ahead of a decision depend on what it does not see, where two options are as good as
    each other (`swept` says how ties are broken), or where a table would be larger than all that there are.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.problem import problem_of
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="3 * D * S - D")
    >>> value, rules = folded(problem_of(m, "agent", g))
    >>> value, rules[g.index("D")].values.tolist()
    (Fraction(4, 3), [[1, 0], [0, 1]])
    """
    most = max(SMALL, *map(problem.cells, problem.scopes))
    ahead: dict[int, list[Factor]] = {}  # values by the last node that each depends on, -1 for none
    for scope, values, _ in problem.payoffs.values():
        ahead.setdefault(max(scope, default=-1), []).append(Factor(scope, values))
    rules: dict[int, Part] = {}
    for node in sorted(problem.sizes, reverse=True):
        terms = ahead.pop(node, [])
        if node in problem.chance and not terms:
            continue
        value = _averaged(problem, node, terms, most) if node in problem.chance else _best(problem, node, terms, rules)
        if value is None:
            return None
        ahead.setdefault(max(value.variables, default=-1), []).append(value)
    return sum(term.values.item() for term in ahead[-1]), rules


def _averaged(problem: Problem, node: int, terms: Sequence[Factor], most: int) -> Factor | None:
    """Return the mean of the sum of ``terms`` over a chance node, if the product has at most so many cells."""
    chance, both = problem.chance[node], tuple(dict.fromkeys(v for term in terms for v in term.variables))
    scope = tuple(dict.fromkeys((*chance.scope, *both)))
    if problem.cells(scope) > most:
        return None
    keep = tuple([v for v in scope if v != node])
    return Factor(keep, contract([Factor(chance.scope, chance.values), Factor(both, _sum(terms, both))], keep))


def _best(problem: Problem, decision: int, terms: Sequence[Factor], rules: dict[int, Part]) -> Factor | None:
    """Return the greatest sum of ``terms`` in each context of a decision and note the rule, if there is only one."""
    family = problem.families[decision]
    if not terms or any(v not in family for term in terms for v in term.variables):
        return None
    total = _sum(terms, family)
    best = best_options(None, total)
    if np.count_nonzero(best) * best.shape[-1] > best.size:
        return None
    seen = tuple([v for v, size in zip(family[:-1], total.shape, strict=False) if size > 1])
    choice = np.broadcast_to(best.argmax(axis=-1), [problem.sizes[v] for v in family[:-1]])
    rules[decision] = problem.pure(decision, choice)
    return Factor(seen, maximum(total).reshape([problem.sizes[v] for v in seen]))


def _sum(terms: Sequence[Factor], scope: tuple[int, ...]) -> Array:
    """Return the sum over ``scope``; a variable that no term has gets an axis of length 1."""
    arrays = [term.values if term.variables == scope else contract([term], scope) for term in terms]
    return sum(arrays[1:], start=arrays[0])
