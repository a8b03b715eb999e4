"""Answers under the policies that a question is about: all optimal ones must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cidmesa.errors import NotApplicable
from cidmesa.library.subject import Answer, policy_of
from cidmesa.modelling.inference import query
from cidmesa.modelling.numbers import show
from cidmesa.solving.optimal.solution import rational_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy
    from cidmesa.quantities.quantity import Context

__all__ = ["along", "bar", "contexts_text", "policies_for", "same_for_all", "setting_text", "under_all", "with_rules"]

Found = TypeVar("Found")


def policies_for(subject: Subject, asked: Any, off_path: bool = False) -> Sequence[Policy]:
    """Return the policies under which a number is asked for: all optimal ones, given the rules that are ``asked``.

    Where the play is pushed off its path (``over``, ``do``), what is done there matters: the one rational policy by
    backward induction, which is optimal in every context where the diagram is soluble.
    """
    rules = {} if asked == "optimal" else asked
    if not off_path:
        return subject.policies(rules)
    fixed = policy_of(subject.model, rules)
    return [fixed.merged(rational_policy(subject.model.with_policy(fixed)))]


def with_rules(subject: Subject, rules: Mapping[str, Any]) -> Model:
    """Return the model in which some decisions follow rules."""
    return subject.model.with_policy(policy_of(subject.model, rules)) if rules else subject.model


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
                f"{what} depends on which optimal policy is taken: {_shown(first)} where "
                f"{along(subject.model, policies[0])}, {_shown(other)} where {along(subject.model, policy)}. "
                "Name rules in the question: policy: {...}."
            )
    return found[0]


def same_for_all(subject: Subject, policies: Sequence[Policy], value: Callable[[Policy], Any], what: str) -> Answer:
    """Return the value under the policies, which must agree on it."""
    found = under_all(subject, policies, value, lambda number: number, what)
    line = along(subject.model, policies[0])
    return Answer(found, (), f"{what} = {_shown(found)}{f' where {line}' if line else ''}", whole=True)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{show(key)}: {show(item)}" for key, item in value.items())
    return show(value)


def along(model: Model, policy: Policy) -> str:
    """Return what the policy does along the play, as text."""
    return ", ".join(f"{decision} = {_some(query(model, decision, policy=policy))}" for decision in policy)


def _some(chances: Mapping[State, Number]) -> str:
    possible = {option: chance for option, chance in chances.items() if chance}
    return show(next(iter(possible))) if len(possible) == 1 else f"({_shown(possible)})"


def setting_text(setting: Mapping[str, Any]) -> str:
    """Return a setting of nodes as text."""
    return ", ".join(f"{node} = {show(value)}" for node, value in setting.items())


def contexts_text(contexts: Iterable[Context]) -> str:
    """Return contexts as text that can follow a reason, or nothing where there are none."""
    shown = "; ".join(setting_text(dict(context)) for context in contexts if context)
    return f" (at {shown})" if shown else ""


def bar(given: Mapping[str, Any], do: Mapping[str, Any]) -> str:
    """Return what a number is conditioned on, behind a bar."""
    parts = [setting_text(given), *(f"do({setting_text({node: value})})" for node, value in do.items())]
    shown = ", ".join(part for part in parts if part)
    return f" | {shown}" if shown else ""
