"""The policies that a claim is about, and the models in which what a diagram excludes is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Any, TypeVar

import cidmesa as cm
from cidmesa.errors import CidmesaError, NotApplicable, TooLarge
from cidmesa.library.claim import plain
from cidmesa.library.file.definitions import policy_of
from cidmesa.modelling.numbers import Number, State, setting_text, show
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import uniform_rule

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.quantities.quantity import Context, Quantity

__all__ = [
    "Solved",
    "along",
    "bar",
    "contexts_text",
    "found_in",
    "models_of_agent",
    "models_of_decision",
    "optimal_policies",
    "policies_for",
    "rational",
    "shown_value",
    "solved",
    "under_all",
    "with_rules",
]

Found = TypeVar("Found")

MAX_POLICIES = 5_000
ENOUGH = 200  # optimal policies under each of which an incentive is looked for
_TOLERANCE = 1e-9  # of values that count as equal


def optimal_policies(model: Model, rules: Mapping[str, Any], agent: str | None = None) -> tuple[Policy, ...]:
    """Return all optimal pure policies of the decisions without a rule, each merged with the given ``rules``.

    One deciding agent: all that `Solution.optimal_policies` yields. Several: a profile by backward induction, and with
    ``agent`` all best responses of that agent to it.

    Raises:
        TooLarge: more than 5,000 policies.
        NotApplicable: decisions of several agents rely on each other in a cycle.
    """
    fixed = policy_of(model, rules)
    model = model.with_policy(fixed) if fixed else model
    deciding = [one for one in model.cid.agents if model.cid.decisions_of(one)]
    if len(deciding) > 1:
        profile = rational(model)
        if agent not in deciding:
            return (fixed.merged(profile),)
        others = Policy(tuple(rule for rule in profile.rules if model.cid.agent(rule.decision) != agent))
        fixed, model = fixed.merged(others), model.with_policy(others)
    elif not deciding:
        return (fixed,)
    found = tuple(islice(cm.solve(model).optimal_policies(), MAX_POLICIES + 1))
    if len(found) > MAX_POLICIES:
        raise TooLarge(
            f"more than {MAX_POLICIES} policies are optimal. Break ties, for example by a small cost, "
            "or name a policy in the question."
        )
    return tuple(fixed.merged(one) for one in found)


def rational(model: Model) -> Policy:
    """Return what rational agents do, see `rational_policy`; reading a file does not load the solvers."""
    from cidmesa.solving.optimal.solution import rational_policy

    return rational_policy(model)


def policies_for(subject: Subject, asked: Any, off_path: bool = False) -> Sequence[Policy]:
    """Return the policies under which a number is asked for: all optimal ones, given the rules that are ``asked``.

    Where the play is pushed off its path (``over``, ``do``), what is done there matters: the one rational policy by
    backward induction, which is optimal in every context where the diagram is soluble.
    """
    rules = {} if asked == "optimal" else asked
    if not off_path:
        return subject.policies(rules)
    fixed = policy_of(subject.model, rules)
    return [fixed.merged(rational(subject.model.with_policy(fixed)))]


def with_rules(subject: Subject, rules: Mapping[str, Any]) -> Model:
    """Return the model in which some decisions follow rules."""
    return subject.model.with_policy(policy_of(subject.model, rules)) if rules else subject.model


# --- what all policies agree on ---------------------------------------------------------------------------------------


def under_all(
    subject: Subject,
    policies: Sequence[Policy],
    find: Callable[[Policy], Found],
    value: Callable[[Found], Any],
    what: str,
) -> Found:
    """Return what is found under the first of the policies; all must agree on its ``value``."""
    found = [find(policy) for policy in policies]
    first = value(found[0])
    for policy, other in zip(policies, map(value, found), strict=True):
        if other != first:
            raise NotApplicable(
                f"{what} depends on which optimal policy is followed: {shown_value(first)} where "
                f"{along(subject.model, policies[0])}, {shown_value(other)} where {along(subject.model, policy)}. "
                "Name rules in the question: policy: {...}."
            )
    return found[0]


# --- policies and settings as text ------------------------------------------------------------------------------------


def shown_value(value: Any) -> str:
    """Return a value, or a distribution, as text."""
    if isinstance(value, dict):
        return ", ".join(f"{show(key)}: {show(item)}" for key, item in value.items())
    return show(value)


def along(model: Model, policy: Policy) -> str:
    """Return what the policy does along the play, as text."""
    return ", ".join(f"{decision} = {_some(cm.query(model, decision, policy=policy))}" for decision in policy)


def _some(chances: Mapping[State, Number]) -> str:
    possible = {option: chance for option, chance in chances.items() if chance}
    return show(next(iter(possible))) if len(possible) == 1 else f"({shown_value(possible)})"


def contexts_text(contexts: Iterable[Context]) -> str:
    """Return contexts as text that can follow a reason, or nothing where there are none."""
    shown = "; ".join(setting_text(dict(context)) for context in contexts if context)
    return f" (at {shown})" if shown else ""


def bar(given: Mapping[str, Any], do: Mapping[str, Any]) -> str:
    """Return what a number is conditioned on, behind a bar."""
    parts = [setting_text(given), *(f"do({setting_text({node: value})})" for node, value in do.items())]
    shown = ", ".join(part for part in parts if part)
    return f" | {shown}" if shown else ""


# --- where what a diagram excludes is looked for --------------------------------------------------------------------


def found_in(quantities: Iterable[Quantity]) -> str:
    """Return a quantity as text if it is there in all models, else nothing."""
    quantity = None
    for quantity in quantities:
        if not quantity:
            return ""
    return str(quantity) if quantity is not None else ""


def models_of_agent(subject: Subject, agent: str) -> Iterator[Model]:
    """Yield the model in which the decisions of other agents follow rules.

    Rational ones, or a fair lot where there is no backward induction.
    """
    model = subject.model
    others = [decision for decision in model.cid.decisions if model.cid.agent(decision) != agent]
    yield model.with_policy(_rules(model, others)) if others else model


def _rules(model: Model, decisions: list[str]) -> Policy:
    try:
        profile = rational(model)
    except NotApplicable:
        return Policy(tuple(uniform_rule(model, decision) for decision in decisions))
    return Policy(tuple(rule for rule in profile.rules if rule.decision in decisions))


def models_of_decision(subject: Subject, decision: str) -> Iterator[Model]:
    """Yield the models in which all other decisions follow rules: the owner's as in some of its optimal policies.

    An incentive is there only if it is there in all of these. Each model is made once for a subject.
    """
    known, more = subject.models.setdefault(decision, ([], _models_of_decision(subject, decision)))
    for place in count():
        if place == len(known):
            try:
                known.append(next(more))
            except StopIteration:
                return
            except CidmesaError:  # as for whoever asks next
                del subject.models[decision]
                raise
        yield known[place]


def _models_of_decision(subject: Subject, decision: str) -> Iterator[Model]:
    for model in models_of_agent(subject, subject.owner(decision)):
        if model.cid.decisions == (decision,):
            yield model
            return
        for optimal in _optimal(model):
            yield model.with_policy(optimal.without(decision))


def _optimal(model: Model) -> Iterator[Policy]:
    """Yield optimal policies of the one agent that decides, those first that ignore what need not be seen.

    What is done in contexts that are not reached is free, so among the optimal policies are some that read nothing
    that the reduced diagram drops. They are solutions of the model on it, and optimal if it loses nothing.
    """
    reduced = cm.reduce(model.cid)
    fewer = [reduced.spec(decision) for decision in model.cid.decisions]
    solution, without = cm.solve(model), cm.solve(model.revised(fewer))
    if float(solution.value) - float(without.value) <= _TOLERANCE:
        yield from islice(without.optimal_policies(), ENOUGH)
    found = list(islice(solution.optimal_policies(), ENOUGH + 1))
    yield from found[:ENOUGH]
    if len(found) > ENOUGH:
        raise TooLarge(f"an incentive would have to be shown under each of more than {ENOUGH} optimal policies.")


# --- solutions as text and JSON -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Solved:
    """Values by agent, one policy, the method, and the optimal policies that were asked for."""

    value: Mapping[str, Number]
    policy: Policy
    method: str
    exact: bool
    optimal: tuple[Policy, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": {agent: plain(value) for agent, value in self.value.items()},
            "policy": self.policy.to_json(),
            "method": self.method,
            "exact": self.exact,
            "optimal": [policy.to_json() for policy in self.optimal],
        }

    def to_text(self) -> str:
        """Return values, method and policies as text."""
        values = ", ".join(f"{show(value)} for {agent}" for agent, value in self.value.items())
        lines = [f"value {values} ({self.method})"]
        if len(self.optimal) < 2:
            return "\n".join([*lines, self.policy.to_text()])
        for number, policy in enumerate(self.optimal, 1):
            lines += [f"optimal policy {number} of {len(self.optimal)}:", policy.to_text()]
        return "\n".join(lines)


def solved(model: Model, *, every: bool = False) -> Solved:
    """Return what rational agents do: all optimal policies with ``every``, else one.

    Raises:
        NotApplicable: no agent has a decision, or decisions of several agents rely on each other in a cycle.
        TooLarge: more optimal policies than can be listed.
    """
    deciding = [agent for agent in model.cid.agents if model.cid.decisions_of(agent)]
    if len(deciding) > 1:
        profile = rational(model)
        values = {agent: cm.expected_utility(model, profile, agent) for agent in model.cid.agents}
        return Solved(values, profile, "backward induction", model.exact, (profile,))
    solution = cm.solve(model)
    optimal = optimal_policies(model, {}) if every else (solution.policy,)
    return Solved({solution.agent: solution.value}, solution.policy, solution.method, model.exact, optimal)
