"""Regret: what an agent could still gain when the others stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cidmesa.modelling.policy import Policy
from cidmesa.solving.games.strategies import strategies
from cidmesa.solving.solve import best_response
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["regret"]


def regret(
    model: Model,
    profile: Policy | Mapping[str, object],
    agent: str,
    *,
    deviations: Literal["any", "pure"] = "any",
    value: Number | None = None,
) -> Number:
    r"""Return :math:`\max_{\hat\pi^i} E^{(\hat\pi^i, \pi^{-i})}[U^i] - E^\pi[U^i]`, 0 iff ``agent`` best-responds.

    A pure policy is always among the best ones, except for an absent-minded agent, whose decisions share a rule: there
    ``deviations="pure"`` compares with pure rules only. ``value``: the agent's expected utility under the profile, if
    it is known already.

    Raises:
        NotApplicable: the profile has no rule for a decision.
        DiagramError: no agent of that name.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> m = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), A=[0, 1], B=[0, 1], U="A == B", V="A != B")
    >>> regret(m, {"A": 0, "B": 1}, "a"), regret(m, {"A": 0, "B": 1}, "b")
    (Fraction(1, 1), Fraction(0, 1))

    """
    rules = Policy.of(model, profile)
    if not model.cid.decisions_of(agent) or not model.cid.utilities_of(agent):
        return 0
    gets = expected_utility(model, rules, agent) if value is None else value
    if deviations == "any" or not model.tied:
        return best_response(model, rules, agent).value - gets
    mine = (rules.merged(own) for own in strategies(model, agent))
    return max(expected_utility(model, other, agent) for other in mine) - gets
