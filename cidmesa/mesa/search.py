"""`search_degree`: how far a frozen algorithm searches, by what it does when it is told of another objective."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import action_values, options_there, reached
from cidmesa.solving.optimal.backward_induction import optimal_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["search_degree"]


def search_degree(
    model: Model, decision: str, policy: Policy | Mapping[str, object], told: Mapping[str, object]
) -> Number:
    r"""Return the share of contexts in which a frozen algorithm does what is best for an objective that it is told.

    The rule stays as it was trained. The share is the mean, over the reachable contexts in which ``told`` holds and
    some option is worse than another, of the probability that the rule takes a best option. A table of answers has 0 if
    its answers are wrong for the new objective, a search has 1, and a system that looks up some answers and searches
    for others lies between.

    Source: ours; after the discussion of mechanistic search beside Hubinger et al. 2019.

    Args:
        model: the world, with the algorithm's decision.
        decision: the decision.
        policy: the frozen rule, and the rules of further decisions.
        told: node -> state, the observations that tell the new objective.

    Raises:
        NotApplicable: a further decision has no rule, or the choice matters in no context.

    >>> import cidmesa as cm
    >>> g = cm.cid("X, Told -> D; X, Told, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, X=cm.uniform(range(4)), Told=cm.uniform(["there", "opposite"]), D=list(range(4)),
    ...              U="D == (X if Told == 'there' else 3 - X)")
    >>> rules = {"table": "X", "hybrid": "X if X == 0 or Told == 'there' else 3 - X",
    ...          "search": "X if Told == 'there' else 3 - X"}
    >>> [str(search_degree(m, "D", {"D": rule}, {"Told": "opposite"})) for rule in rules.values()]
    ['0', '3/4', '1']

    """
    model.cid.known_decision(decision)
    rules = Policy.of(model, policy)
    if missing := [d for d in model.cid.decisions if d not in rules]:
        raise NotApplicable(f"{missing[0]!r} has no rule. A frozen algorithm has one for each of its decisions.")
    others = [rule for rule in rules.values() if rule.decision != decision]
    there = model.with_policy(Policy(tuple(others))).do(told)
    among = options_there(there, decision)
    best = optimal_options(action_values(there, decision), among=among)
    counts = reached(there, decision) & (best != among).any(axis=-1)
    if not counts.any():
        raise NotApplicable(
            f"all options of {decision} are equally good for this objective, so its rule shows no search."
        )
    right = np.where(best, rules[decision].values, 0 * rules[decision].values).sum(axis=-1)[counts]
    whole = sum(right.tolist(), start=Fraction(0) if model.exact else 0.0)
    return whole / len(right)
