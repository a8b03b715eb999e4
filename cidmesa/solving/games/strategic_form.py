"""The strategic form of a game: the pure strategies of each agent, and every agent's payoff for every profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.modelling.numbers import Array, Number, cells, slack
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import options_there, pure_rules, reached, rule_of
from cidmesa.structure.node import fresh_name

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["MAX_STRATEGIES", "TOLERANCE", "StrategicForm", "deciding_agents", "strategic_form", "strategies"]

TOLERANCE = 1e-9  # a greater regret is no equilibrium; only for floats
MAX_PROFILES = 2**18
MAX_STRATEGIES = 4_096  # of one agent
_SHOWN = 4  # decisions in an error


@dataclass(frozen=True, eq=False)
class StrategicForm:
    """The deciding agents, their pure strategies, and one payoff array for each with an axis for each agent."""

    model: Model
    agents: tuple[str, ...]
    strategies: tuple[tuple[Policy, ...], ...]
    payoffs: tuple[Array, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of strategies of each agent."""
        return tuple(map(len, self.strategies))

    @cached_property
    def scale(self) -> float:
        """The greatest absolute payoff, as a scale for floats; 0 if all numbers are exact."""
        if self.model.exact:
            return 0.0
        return max((float(np.abs(payoff).max(initial=0)) for payoff in self.payoffs), default=0.0)

    def pure_equilibria(self) -> list[tuple[int, ...]]:
        """Return all profiles (positions of strategies) in which no agent gains by another pure strategy."""
        stable = np.ones(self.shape, dtype=bool)
        for axis, payoff in enumerate(self.payoffs):
            stable &= np.asarray(payoff >= payoff.max(axis=axis, keepdims=True) - slack([payoff]), dtype=bool)
        return [tuple(map(int, profile)) for profile in np.argwhere(stable)]

    def outcomes(self, mixtures: Sequence[Array]) -> tuple[dict[str, Number], dict[str, Number]]:
        """Return each agent's expected utility if all draw independently, and the gain of its best strategy."""
        against = {agent: self._against(axis, mixtures) for axis, agent in enumerate(self.agents)}
        values: dict[str, Number] = {a: np.dot(against[a], own) for a, own in zip(self.agents, mixtures, strict=True)}
        return values, {agent: against[agent].max() - value for agent, value in values.items()}

    def _against(self, axis: int, mixtures: Sequence[Array]) -> Array:
        """Return the agent's payoff for each of its strategies if the others mix."""
        payoff = self.payoffs[axis]
        for other in reversed(range(len(self.agents))):
            if other != axis:
                payoff = np.tensordot(payoff, mixtures[other], axes=(other, 0))
        return payoff

    def regret_at(self, axis: int, profile: Sequence[int]) -> Number:
        """Return what one agent would gain by its best strategy in a profile of pure strategies."""
        own: Any = tuple(slice(None) if k == axis else position for k, position in enumerate(profile))
        gain: Number = self.payoffs[axis][own].max() - self.payoffs[axis][tuple(profile)]
        return gain

    def after(self, axis: int, position: int) -> StrategicForm:
        """Return the form in which one agent has only the strategy at ``position``."""
        own = tuple((s[position],) if k == axis else s for k, s in enumerate(self.strategies))
        payoffs = tuple(payoff.take([position], axis=axis) for payoff in self.payoffs)
        return StrategicForm(self.model, self.agents, own, payoffs)

    def policy(self, profile: Sequence[int]) -> Policy:
        """Return the profile of pure strategies at these positions as one policy."""
        chosen = [self.strategies[axis][position] for axis, position in enumerate(profile)]
        rules = {rule.decision: rule for policy in chosen for rule in policy.rules}
        return Policy(tuple(rules[decision] for decision in self.model.cid.decisions))


def strategic_form(model: Model) -> StrategicForm:
    """Return the strategic form: one elimination gives all payoffs of a utility.

    Raises:
        TooLarge: too many strategies or profiles; the message names agents and sizes. No payoff has been computed by
            then.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> m = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), A=[0, 1], B=[0, 1], U="A + B", V="A - B")
    >>> strategic_form(m).payoffs[1].tolist()
    [[Fraction(0, 1), Fraction(-1, 1)], [Fraction(1, 1), Fraction(0, 1)]]
    """
    agents = deciding_agents(model)
    every = tuple(strategies(model, agent) for agent in agents)
    sizes = [len(own) for own in every]
    if prod(sizes) > MAX_PROFILES:
        shown = " x ".join(f"{size} ({agent})" for agent, size in zip(agents, sizes, strict=True))
        raise TooLarge(
            f"the game has {shown} = {prod(sizes)} profiles of pure strategies; at most {MAX_PROFILES} are "
            'tried. Use concept="subgame_perfect", or observations="requisite".'
        )
    return StrategicForm(model, agents, every, _payoffs(model, agents, every))


def _payoffs(model: Model, agents: Sequence[str], every: Sequence[tuple[Policy, ...]]) -> tuple[Array, ...]:
    """Return the sum of each agent's utilities for each profile; tables of decisions get an axis for strategies."""
    sizes = tuple(map(len, every))
    factors = {node: Factor(table.variables, table.values) for node, table in model.tables.items()}
    axes = [fresh_name(model.cid, f"strategy of {agent}") for agent in agents]
    for axis, own in zip(axes, every, strict=True):
        for decision in own[0]:
            stacked = np.stack([policy[decision].values for policy in own])
            factors[decision] = Factor((axis, *model.cid.parents(decision), decision), stacked)
    total = {agent: cells([0] * prod(sizes), sizes) if model.exact else np.zeros(sizes) for agent in agents}
    for agent in agents:
        for utility in model.cid.indices(model.cid.utilities_of(agent)):
            above = model.cid.names(model.cid.dag.ancestors([utility]))
            total[agent] = total[agent] + eliminate([factors[node] for node in above], axes)
    return tuple(map(np.asarray, total.values()))


# --- strategies --------------------------------------------------------------------------------------------------


def deciding_agents(model: Model) -> tuple[str, ...]:
    """Return the agents that have decisions, in the order of `CID.agents`."""
    return tuple(agent for agent in model.cid.agents if model.cid.decisions_of(agent))


def strategies(model: Model, agent: str) -> tuple[Policy, ...]:
    """Return the pure policies of ``agent`` that differ in a context to which its own play can lead.

    These are the strategies of the reduced normal form: contexts that chance or the agent's earlier choices exclude,
    regardless of the others, take the first option. Decisions that share a rule (`Model.tied`) get the same rule.

    Raises:
        TooLarge: more than `MAX_STRATEGIES` strategies; the message names the decisions and their sizes.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> len(strategies(cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2"), "agent"))  # not 2 * 2**2
    4
    """
    decisions = model.cid.decisions_of(agent)
    found: list[Policy] = []
    if _at_least(model, decisions) > MAX_STRATEGIES:
        raise _too_many(model, agent)
    for rules in _extended(model, model, decisions):
        if len(found) == MAX_STRATEGIES:
            raise _too_many(model, agent)
        by_decision = {rule.decision: rule for rule in rules}
        found.append(Policy(tuple(by_decision[decision] for decision in decisions)))
    return tuple(found)


def _at_least(model: Model, decisions: tuple[str, ...]) -> int:
    """Return a lower bound on the number of strategies: each decision, or group with one rule, is met in a play."""
    alone = [d for d in decisions if not any(d in group[1:] for group in model.tied)]
    return prod(int(options_there(model, d).sum(axis=-1).min()) for d in alone)


def _too_many(model: Model, agent: str) -> TooLarge:
    contexts = {d: prod(len(model.domains[p]) for p in model.cid.parents(d)) for d in model.cid.decisions_of(agent)}
    largest = sorted(contexts, key=lambda d: -contexts[d])[:_SHOWN]
    sizes = ", ".join(f"{d} ({len(model.domains[d])} options in {contexts[d]} contexts)" for d in largest)
    sizes += f" and {len(contexts) - _SHOWN} more decisions" if len(contexts) > _SHOWN else ""
    alone = "Nobody else decides: cm.solve finds its best policies. " if deciding_agents(model) == (agent,) else ""
    return TooLarge(
        f"agent {agent!r} has more than {MAX_STRATEGIES} pure strategies: {sizes}. {alone}"
        'Use concept="subgame_perfect" (solved part by part), observations="requisite", or fewer links.'
    )


def _extended(model: Model, so_far: Model, left: tuple[str, ...]) -> Iterator[tuple[Rule, ...]]:
    if not left:
        yield ()
        return
    group = next((group for group in model.tied if left[0] in group), left[:1])
    rest = tuple(decision for decision in left if decision not in group)
    contexts = np.logical_or.reduce([reached(so_far, member) for member in group])
    if prod(options_there(model, group[0]).sum(axis=-1)[contexts].tolist()) > MAX_STRATEGIES:
        raise _too_many(model, str(model.cid.agent(group[0])))
    for rule in pure_rules(model, group[0], contexts):
        rules = tuple(rule_of(model, member, rule.values) for member in group)
        for more in _extended(model, so_far.with_policy(Policy(rules)) if rest else so_far, rest):
            yield (*rules, *more)
