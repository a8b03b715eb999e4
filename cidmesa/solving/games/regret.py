"""Regret: what an agent could still gain if the others keep their policies; profiles in which no agent has any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.games.behavioural import behavioural, has_perfect_recall
from cidmesa.solving.games.equilibrium import Concept, Equilibrium, Kind, Mixture
from cidmesa.solving.games.strategic_form import TOLERANCE, StrategicForm, deciding_agents, strategies
from cidmesa.solving.optimal.solution import best_response
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number

__all__ = ["from_mixtures", "from_policy", "from_profile", "mixture_of", "profile_of", "regret", "stable", "values_of"]


def regret(
    model: Model,
    profile: Policy | Mapping[str, object],
    agent: str,
    *,
    deviations: Literal["any", "pure"] = "any",
    value: Number | None = None,
) -> Number:
    r"""Return :math:`\max_{\hat\pi^i} E^{(\hat\pi^i, \pi^{-i})}[U^i] - E^\pi[U^i]`, 0 iff ``agent`` best-responds.

    A pure policy is always among the best ones, except for an absent-minded agent, whose decisions share a rule. For
    such an agent, ``deviations="pure"`` compares with pure rules only.

    Source: Luce and Raiffa 1957.

    Args:
        model: the model of a game.
        profile: a rule for each decision of every agent.
        agent: the agent that might deviate.
        deviations: "any", or only "pure" policies.
        value: the agent's expected utility under the profile, if you know it already.

    Raises:
        NotApplicable: the profile has no rule for a decision.
        DiagramError: the diagram has no agent of that name.

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


def stable(regrets: Iterable[Number], scale: float) -> bool:
    """Return whether no agent gains: 0 in exact numbers; in floats, at most 1e-9 times ``scale`` or 1."""
    slack = TOLERANCE * max(1.0, scale)
    return all(gain <= slack if isinstance(gain, float) else gain <= 0 for gain in regrets)


def values_of(model: Model, profile: Policy, agents: Sequence[str]) -> dict[str, Number]:
    """Return the expected utility of each agent, 0 for one that has no utility."""
    followed = model.with_policy(profile)
    with_utility = {agent for agent in agents if model.cid.utilities_of(agent)}
    return {agent: expected_utility(followed, agent=agent) if agent in with_utility else 0 for agent in agents}


def mixture_of(form: StrategicForm, axis: int, chances: Array) -> Mixture:
    """Return the strategies of positive probability of one agent."""
    used = chances if form.model.exact else chances.astype(np.float64)
    return tuple((chance, own) for chance, own in zip(used.tolist(), form.strategies[axis], strict=True) if chance)


def profile_of(form: StrategicForm, mixtures: Sequence[Array], *, forgetful: bool = False) -> Policy | None:
    """Return the behavioural profile equivalent to the mixtures, ``None`` if an agent that mixes forgets.

    ``forgetful``: convert such an agent's mixture nevertheless; the outcomes may then differ.
    """
    rules: dict[str, Rule] = {}
    for axis, agent in enumerate(form.agents):
        mixture = mixture_of(form, axis, mixtures[axis])
        if len(mixture) > 1 and not forgetful and not has_perfect_recall(form.model, agent):
            return None
        own = mixture[0][1] if len(mixture) == 1 else behavioural(form.model, mixture)
        rules |= {rule.decision: rule for rule in own.rules}
    return Policy(tuple(rules[decision] for decision in form.model.cid.decisions))


def from_mixtures(form: StrategicForm, mixtures: Sequence[Array], kind: Kind, method: str) -> Equilibrium | None:
    """Return the Nash equilibrium with these mixtures, ``None`` if some agent gains by a pure strategy."""
    used = [x if form.model.exact else x.astype(np.float64) for x in mixtures]
    values, regrets = form.outcomes(used)
    if not stable(regrets.values(), form.scale):
        return None
    profile = profile_of(form, used)
    others = [agent for agent in form.model.cid.agents if agent not in values]
    if others and profile is not None:
        values |= values_of(form.model, profile, others)
    mixed = {agent: mixture_of(form, axis, used[axis]) for axis, agent in enumerate(form.agents)}
    return Equilibrium(profile, values, regrets, "nash", kind, method, mixed)


def from_profile(form: StrategicForm, at: Sequence[int], kind: Kind, method: str) -> Equilibrium | None:
    """Return the Nash equilibrium of pure strategies at these positions, ``None`` if some agent gains by another."""
    regrets = {agent: form.regret_at(axis, at) for axis, agent in enumerate(form.agents)}
    if not stable(regrets.values(), form.scale):
        return None
    profile = form.policy(at)
    return Equilibrium(profile, values_of(form.model, profile, form.model.cid.agents), regrets, "nash", kind, method)


def from_policy(model: Model, profile: Policy, concept: Concept, kind: Kind, method: str) -> Equilibrium | None:
    """Return the equilibrium with this profile, ``None`` if some agent gains by another rule (`regret`).

    Raises:
        NotApplicable: the best response of an absent-minded agent is not known exactly.

    """
    deviations: Literal["any", "pure"] = "any" if kind == "behavioural" else "pure"
    values = values_of(model, profile, model.cid.agents)
    deciding = deciding_agents(model)
    regrets = {a: regret(model, profile, a, deviations=deviations, value=values[a]) for a in deciding}
    scale = max((abs(value) for value in values.values() if isinstance(value, float)), default=0)
    if not stable(regrets.values(), scale):
        return None
    return Equilibrium(profile, values, regrets, concept, kind, method)
