"""Pre-policy interventions: the decisions whose best rule may depend on what is changed are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.modelling.policy import Policy
from cidmesa.solving.profile import rational_policy
from cidmesa.structure.relevance import is_r_reachable, relevance_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model

__all__ = ["adapted", "complete"]


def complete(model: Model, policy: Policy | Mapping[str, object] | None) -> Policy:
    """Return the policy with rational rules (`rational_policy`) for the decisions that it does not decide.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> print(complete(m, None))
    D: 1
    """
    given = Policy.of(model, policy or {})
    return given.merged(rational_policy(model.with_policy(given)))


def adapted(model: Model, policy: Policy, held: Mapping[str, object]) -> Policy:
    """Return new rational rules for the decisions that the intervention ``do(held)`` may concern, the others' fixed.

    Concerned are the decisions from which a held node is r-reachable, and those that rely on a concerned decision.
    Source: Hammond et al. 2023, Definition 23 (the rules before and after agree on all that is not downstream).

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> T; D, T -> U", decisions=["D"], utilities=["U"]), S=cm.bernoulli("1/3"), T="S",
    ...              D=[0, 1], U="D == T")
    >>> policy = complete(m, None)
    >>> print(adapted(m, policy, {"S": 1}))
    D: 1
    """
    free = [decision for decision in model.cid.decisions if decision not in held]
    concerned = {d for d in free if any(is_r_reachable(model.cid, d, node) for node in held)}
    edges = relevance_graph(model.cid).edges
    while more := {d for d, other in edges if other in concerned and d in free} - concerned:
        concerned |= more
    fixed = Policy(tuple(policy[decision] for decision in free if decision not in concerned))
    return rational_policy(model.with_policy(fixed).do(held))
