"""Answers about what incentives are worth, and about equilibria."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.library.answers.policies import contexts_text, with_rules
from cidmesa.library.subject import Answer
from cidmesa.modelling.inference import query
from cidmesa.quantities.control_incentives import has_ici, has_impact
from cidmesa.quantities.response import has_ri
from cidmesa.quantities.value_of_information import value_of_control, value_of_information
from cidmesa.solving.games.equilibria import equilibria

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.questions.numbers import Equilibrium, Impact, Valued, ValuedControl
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy
    from cidmesa.quantities.quantity import Quantity

__all__ = ["ANSWERS", "sized"]


def sized(found: Quantity) -> Answer:
    """Return the answer that a quantity gives: its value, and whether it is there."""
    because = f"{found.reason}{contexts_text(found.witness)} [{found.method}]"
    return Answer(found.value, (), because, holds=found.holds)


def _valued(find: Callable[[Model, str, str], Quantity]) -> Callable[[Subject, Valued], Answer]:
    def answer(subject: Subject, question: Valued) -> Answer:
        return sized(find(with_rules(subject, question.policy), question.decision, question.node))

    return answer


def _impact(subject: Subject, question: Impact) -> Answer:
    model = with_rules(subject, question.policy)
    return sized(has_impact(model, question.decision, question.node, baseline=question.baseline))


def _control(subject: Subject, question: ValuedControl) -> Answer:
    return sized(value_of_control(with_rules(subject, question.policy), question.node, values=question.values))


def _equilibria(subject: Subject, question: Equilibrium) -> Answer:
    model = with_rules(subject, question.policy)
    found = equilibria(model, question.concept, question.strategies, observations=question.observations)
    if not found.complete:
        raise NotApplicable(f"not all equilibria were found: {found.reason}. Ask for another kind of strategies.")
    profiles = [one.profile for one in found if one.profile is not None]
    plans = [_plan(model, profile) for profile in profiles]
    got = {"count": len(found), "values": [dict(one.values) for one in found], "plans": plans}
    return Answer(got, (), found.reason, short=len(found))


def _plan(model: Model, profile: Policy) -> dict[str, Any]:
    """Return decision -> the option taken along the play, or option -> probability."""
    plan: dict[str, Any] = {}
    for decision in profile:
        taken = {option: p for option, p in query(model, decision, policy=profile).items() if p}
        plan[decision] = next(iter(taken)) if len(taken) == 1 else taken
    return plan


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "equilibria": _equilibria,
    "value_of_information": _valued(value_of_information),
    "value_of_control": _control,
    "has_ri": _valued(has_ri),
    "has_ici": _valued(has_ici),
    "has_impact": _impact,
}
