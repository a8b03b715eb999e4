"""From mixed to behavioural strategies: the same play without a draw at the start, where the agent forgets nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.modelling.numbers import cells
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.games.strategies import reached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number

__all__ = ["behavioural", "has_perfect_recall"]


def has_perfect_recall(model: Model, agent: str) -> bool:
    r"""Return whether the agent remembers what it saw and did: some order has :math:`Fa(D_j) \subseteq Pa(D_k)`, j < k.

    Decisions that share a rule are never told apart, so an absent-minded agent has no perfect recall.
    Source: Koller and Milch 2003, Definition 10.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2")
    >>> has_perfect_recall(m, "agent"), has_perfect_recall(m.sharing_rules(["D1"]), "agent")
    (True, True)
    """
    decisions = model.cid.decisions_of(agent)
    if any(len(set(group) & set(decisions)) > 1 for group in model.tied):
        return False
    families = {d: {d, *model.cid.parents(d)} for d in decisions}
    ordered = sorted(decisions, key=lambda d: len(families[d]))
    return all(families[first] <= set(model.cid.parents(then)) for first, then in pairwise(ordered))


def behavioural(model: Model, mixture: Sequence[tuple[Number, Policy]]) -> Policy:
    r"""Return the behavioural policy :math:`\pi_D(d \mid c) = P(c \to d) / P(c)` over the draws of the mixture.

    :math:`P(c)` is the probability of a strategy whose play can lead to context c, :math:`P(c \to d)` that of one which
    then chooses d. Under perfect recall the policy plays exactly like the mixture
    (Kuhn 1953); contexts to which no strategy of the mixture leads take the first option.

    >>> import cidmesa as cm
    >>> from fractions import Fraction
    >>> from cidmesa.solving.games.strategies import strategies
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2")
    >>> chances = [Fraction(k, 10) for k in (1, 2, 3, 4)]  # of (0, 0), (0, 1), (1, 0), (1, 1)
    >>> print(behavioural(m, list(zip(chances, strategies(m, "agent")))))
    D1: 0 (3/10) or 1 (7/10)
    D2: 0 (1/3) or 1 (2/3) if D1 = 0; 0 (3/7) or 1 (4/7) if D1 = 1
    """
    return Policy(tuple(_rule(model, decision, mixture) for decision in mixture[0][1]))


def _rule(model: Model, decision: str, mixture: Sequence[tuple[Number, Policy]]) -> Rule:
    weighed = [(reached(model.with_policy(policy), decision)[..., None].astype(np.object_) * chance, policy)
               for chance, policy in mixture]  # fmt: skip
    led: Array = np.sum([weight for weight, _ in weighed], axis=0)
    chosen: Array = np.sum([weight * policy[decision].values for weight, policy in weighed], axis=0)
    anything = mixture[0][1][decision]
    first = np.eye(len(anything.options), dtype=int)[0]
    somewhere = led > 0
    values = np.where(somewhere, chosen / np.where(somewhere, led, 1), first)
    found = cells(values.ravel().tolist(), values.shape)
    return Rule(decision, anything.parents, anything.domains, anything.options, found)
