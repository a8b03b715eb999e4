"""Answers to questions about numbers: optimal decisions, expected utilities, probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.library.answers.policies import along, bar, policies_for, same_for_all, setting_text
from cidmesa.library.subject import Answer, policy_of
from cidmesa.modelling.inference import query
from cidmesa.modelling.numbers import as_state
from cidmesa.solving.utility import expected_utility, only_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.library.questions.numbers import Optimal, Query, Utility
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["ANSWERS"]


def _optimal(subject: Subject, question: Optimal) -> Answer:
    if question.decision is None:
        return _optimum(subject, question)
    decision = subject.cid.known_decision(question.decision)
    policies = subject.policies(question.policy, question.agent or subject.cid.agent(decision))
    taken = _taken(subject.model, policies, decision, question.when)
    where = setting_text(question.when)
    got = taken[0] if len(taken) == 1 else taken
    return Answer(got, (decision,), f"{len(policies)} optimal {_policies(policies)}{f' at {where}' if where else ''}")


def _policies(policies: Sequence[Policy]) -> str:
    return "policy" if len(policies) == 1 else "policies"


def _optimum(subject: Subject, question: Optimal) -> Answer:
    """Return value, plan (decision -> option, or the options that optimal policies take) and the number of policies."""
    model = subject.model
    deciding = tuple(dict.fromkeys(str(model.cid.agent(d)) for d in model.cid.decisions if d not in question.policy))
    policies = subject.policies(question.policy, question.agent)
    agents = (question.agent,) if question.agent else deciding
    values = {agent: expected_utility(model, policies[0], agent) for agent in agents}
    plan = {decision: _taken(model, policies, decision, {}) for decision in model.cid.decisions}
    got = {
        "value": next(iter(values.values())) if len(values) == 1 else values,
        "plan": {decision: taken[0] if len(taken) == 1 else taken for decision, taken in plan.items()},
        "count": len(policies),
    }
    return Answer(got, (), f"one of them: {along(model, policies[0])}")


def _taken(model: Model, policies: Sequence[Policy], decision: str, when: Mapping[str, Any]) -> list[State]:
    """Return the options that some of the policies take at the context, in the order of the decision's domain."""
    found: dict[State, None] = {}
    for policy in policies:
        try:
            chances = query(model, decision, given=when, policy=policy)
        except ModelError:
            _check_states(model, when)
            continue  # this policy never gets there
        found |= {option: None for option, chance in chances.items() if chance}
    if not found:
        raise NotApplicable(
            f"no optimal policy gets to {setting_text(when)}, so nothing is optimal at {decision} there. "
            "Fix what leads there by policy: {...}."
        )
    return [option for option in model.domain(decision) if option in found]


def _check_states(model: Model, setting: Mapping[str, Any]) -> None:
    for node, value in setting.items():
        model.state(node, value)


def _utility(subject: Subject, question: Utility) -> Answer:
    agent = question.agent or only_agent(subject.model, None)
    model = subject.world(question.world, (*question.given, *question.do), agent)
    off_path = bool(question.over or question.do)

    def value(policy: Policy) -> Number:
        followed = model.with_policy(policy.merged(policy_of(model, question.over)))
        done = followed.do(question.do) if question.do else followed
        return expected_utility(done, agent=agent, given=question.given)

    what = f"E[U of {agent}{bar(question.given, question.do)}]"
    return same_for_all(subject, policies_for(subject, question.policy, off_path), value, what)


def _query(subject: Subject, question: Query) -> Answer:
    model = subject.world(None, (question.node, *question.given, *question.do), None)

    def chances(policy: Policy) -> Any:
        found = query(model, question.node, given=question.given, do=question.do, policy=policy)
        if question.state is None:
            return {state: chance for state, chance in found.items() if chance}
        return found[model.domain(question.node)[model.state(question.node, as_state(question.state))]]

    what = f"P({question.node}{bar(question.given, question.do)})"
    return same_for_all(subject, policies_for(subject, question.policy, bool(question.do)), chances, what)


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {"optimal": _optimal, "eu": _utility, "query": _query}
