"""Optimal choices, their values and probabilities: `optimal`, `eu`, `query`, `equilibria`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import cidmesa as cm
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.kind import Answer, Kind, Policy, Rules, Setting, is_number, parts_of
from cidmesa.library.policies import along, bar, policies_for, shown_value, under_all, with_rules
from cidmesa.library.validation import State, Text, called, empty
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Number, as_state, setting_text
from cidmesa.solving.utility import only_agent
from cidmesa.structure.relevance import downstream_utilities, requisite_observations

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["Equilibria", "Eu", "Optimal", "Query"]


class Optimal(Kind, name="optimal"):
    """What the optimal policies do in a context."""

    decision: Text | None = None
    """the decision whose options are asked for; by default the value, plan and number of optimal policies"""
    when: Setting = empty()
    """the context, node: state"""
    policy: Rules = empty()
    """rules of the other agents' decisions"""
    agent: Text | None = None
    """the agent whose policies are meant; not needed if there is one agent or a decision is named"""

    def expectable(self, answer: object) -> str:
        if self.decision is not None:
            fits = not isinstance(answer, bool | dict) and answer is not None
            return "" if fits else "an option of the decision, or the list of its optimal options"
        return parts_of(answer, ("value", "plan", "count"))

    def answer(self, subject: Subject) -> Answer:
        if self.decision is None:
            return self._optimum(subject)
        decision = subject.cid.known_decision(self.decision)
        if (best := self._compared(subject, decision)) is not None:
            what = f"the best options{setting_text(self.when, ' at ')}"
            return Answer(best[0] if len(best) == 1 else best, (decision,), what)
        taken = self.taken(subject, decision)
        count = len(self._policies(subject, decision))
        what = f"{count} optimal {'policy' if count == 1 else 'policies'}{setting_text(self.when, ' at ')}"
        return Answer(taken[0] if len(taken) == 1 else taken, (decision,), what)

    def taken(self, subject: Subject, decision: str) -> list[State]:
        """Return what the optimal policies take at the context; all contexts are decided."""
        return _taken(subject.model, self._policies(subject, decision), decision, self.when)

    def _policies(self, subject: Subject, decision: str) -> Sequence[cm.Policy]:
        return subject.policies(self.policy, self.agent or subject.cid.agent(decision))

    def _compared(self, subject: Subject, decision: str) -> list[State] | None:
        """Return the best options where one context of the only decision is asked for, ``None`` elsewhere.

        No policy is worked out for other contexts, so a condition on parameters depends on these values alone.
        """
        model = with_rules(subject, self.policy)
        cid, owner = model.cid, subject.cid.agent(decision)
        seen = cid.parents(decision)
        if cid.decisions != (decision,) or cid.shared_rules or model.menus or self.agent not in (None, owner):
            return None
        if not model.exact or not set(requisite_observations(cid, decision)) <= set(self.when) <= set(seen):
            return None
        given = {node: model.state(node, value) for node, value in self.when.items()}
        utilities = downstream_utilities(cid, decision)
        if not utilities or not weights(model, (), given=given):
            return None  # all options are alike, or nobody gets there
        parts = (weights(model, [decision], given=given, utility=u, undecided="uniform") for u in utilities)
        top = max(values := [sum(own) for own in zip(*map(list, parts), strict=True)])
        return [option for option, value in zip(model.domain(decision), values, strict=True) if value == top]

    def _optimum(self, subject: Subject) -> Answer:
        """Return value, plan (decision -> option, or the options that optimal policies take) and their number."""
        model = subject.model
        deciding = tuple(dict.fromkeys(str(model.cid.agent(d)) for d in model.cid.decisions if d not in self.policy))
        policies = subject.policies(self.policy, self.agent)
        agents = (self.agent,) if self.agent else deciding
        values = {agent: cm.expected_utility(model, policies[0], agent) for agent in agents}
        plan = {decision: _taken(model, policies, decision, {}) for decision in model.cid.decisions}
        got = {
            "value": next(iter(values.values())) if len(values) == 1 else values,
            "plan": {decision: taken[0] if len(taken) == 1 else taken for decision, taken in plan.items()},
            "count": len(policies),
        }
        return Answer(got, (), f"one of them: {along(model, policies[0])}")


def _taken(model: cm.Model, policies: Sequence[cm.Policy], decision: str, when: Mapping[str, Any]) -> list[State]:
    """Return the options that some of the policies take at the context, in the order of the decision's domain."""
    found: dict[State, None] = {}
    for policy in policies:
        try:
            chances = cm.query(model, decision, given=when, policy=policy)
        except ModelError:
            for node, value in when.items():
                model.state(node, value)
            continue  # the states are there, but this policy never gets to them
        found |= {option: None for option, chance in chances.items() if chance}
    if not found:
        raise NotApplicable(
            f"no optimal policy reaches {setting_text(when)}, so no option is optimal at {decision} there. "
            "Fix the decisions that lead there with policy: {...}."
        )
    return [option for option in model.domain(decision) if option in found]


class Eu(Kind, name="eu"):
    """The expected utility of an agent when all agents follow the policy."""

    agent: Text | None = None
    """the agent whose utility counts; not needed if there is one agent"""
    policy: Policy = "optimal"
    """decision: its rule; decisions without a rule are made optimally"""
    over: Rules = empty()
    """deviations: rules that replace those of the policy, with everything else unchanged"""
    given: Setting = empty()
    """evidence, node: state"""
    do: Setting = empty()
    """interventions, node: state"""
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the world as it is"""

    def expectable(self, answer: object) -> str:
        return "" if is_number(answer) else "a number"

    def answer(self, subject: Subject) -> Answer:
        agent = self.agent or only_agent(subject.model, None)
        model = subject.world(self.world, (*self.given, *self.do), agent)

        def value(policy: cm.Policy) -> Number:
            followed = model.with_policy(policy.merged(policy_of(model, self.over)))
            done = followed.do(self.do) if self.do else followed
            return cm.expected_utility(done, agent=agent, given=self.given)

        policies = policies_for(subject, self.policy, off_path=bool(self.over or self.do))
        return _same_for_all(subject, policies, value, f"E[U of {agent}{bar(self.given, self.do)}]")


def _same_for_all(subject: Subject, policies: Sequence[Policy], value: Callable[[Policy], Any], what: str) -> Answer:
    """Return the value under the policies, which must agree on it."""
    found = under_all(subject, policies, value, lambda number: number, what)
    line = along(subject.model, policies[0])
    return Answer(found, (), f"{what} = {shown_value(found)}{f' where {line}' if line else ''}", whole=True)


class Query(Kind, name="query"):
    """The probability of a node's states when all agents follow the policy."""

    node: Text
    """the node whose states are asked for"""
    state: State | None = None
    """the state whose probability is asked for; without it, the answer is the distribution"""
    given: Setting = empty()
    """evidence, node: state"""
    do: Setting = empty()
    """interventions, node: state"""
    policy: Policy = "optimal"
    """decision: its rule; decisions without a rule are made optimally"""

    def expectable(self, answer: object) -> str:
        if self.state is not None:
            return "" if is_number(answer) else "a probability (a number)"
        fits = isinstance(answer, dict) and all(map(is_number, answer.values()))
        return "" if fits else "a distribution such as {a: 1/3, b: 2/3} (or ask for one `state`)"

    def answer(self, subject: Subject) -> Answer:
        model = subject.world(None, (self.node, *self.given, *self.do), None)

        def chances(policy: cm.Policy) -> Any:
            found = cm.query(model, self.node, given=self.given, do=self.do, policy=policy)
            if self.state is None:
                return {state: chance for state, chance in found.items() if chance}
            return found[model.domain(self.node)[model.state(self.node, as_state(self.state))]]

        policies = policies_for(subject, self.policy, off_path=bool(self.do))
        return _same_for_all(subject, policies, chances, f"P({self.node}{bar(self.given, self.do)})")


class Equilibria(Kind, name="equilibria"):
    """Profiles of policies in which no agent gains by changing only its own policy.

    A subgame-perfect equilibrium is an equilibrium in every subgame.
    """

    concept: Literal["nash", "subgame_perfect"] = "nash"
    """equilibria of the whole game, or of every subgame as well"""
    strategies: Literal["pure", "mixed", "behavioural"] = called("kind", "pure")
    """pure, mixed or behavioural strategies"""
    observations: Literal["all", "requisite"] = "all"
    """whether decisions may respond to observations that no best response needs"""
    policy: Rules = empty()
    """decision: its rule, for decisions that are fixed"""

    def expectable(self, answer: object) -> str:
        if isinstance(answer, int) and not isinstance(answer, bool):
            return ""
        if isinstance(answer, dict):
            return parts_of(answer, ("count", "values", "plans"))
        return "how many there are, or a mapping with some of: count, values, plans"

    def answer(self, subject: Subject) -> Answer:
        model = with_rules(subject, self.policy)
        found = cm.equilibria(model, self.concept, self.strategies, observations=self.observations)
        if not found.complete:
            raise NotApplicable(f"not all equilibria were found: {found.reason}. Ask for another kind of strategies.")
        plans = [_plan(model, one.profile) for one in found if one.profile is not None]
        got = {"count": len(found), "values": [dict(one.values) for one in found], "plans": plans}
        return Answer(got, (), found.reason, short=len(found))


def _plan(model: cm.Model, profile: cm.Policy) -> dict[str, Any]:
    """Return decision -> the option taken along the play, or option -> probability."""
    plan: dict[str, Any] = {}
    for decision in profile:
        taken = {option: p for option, p in cm.query(model, decision, policy=profile).items() if p}
        plan[decision] = next(iter(taken)) if len(taken) == 1 else taken
    return plan
