"""Answers about what a policy does and means: intention, belief, deception, effects, goals, control, fairness."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.library.answers.policies import bar, policies_for, under_all
from cidmesa.library.subject import Answer, policy_of
from cidmesa.modelling.numbers import show
from cidmesa.quantities.belief import believes
from cidmesa.quantities.goal_directedness import goal_directedness
from cidmesa.quantities.intended_deception import deceives
from cidmesa.quantities.intention import intends
from cidmesa.quantities.shutdown import shutdown
from cidmesa.quantities.unfairness import counterfactual_unfairness, introduced_unfairness
from cidmesa.solving.counterfactual.effects import effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.questions.conduct import Belief, Deceit, Directed, Effect, Fairness, Intent, Shutdown
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.policy import Policy

__all__ = ["ANSWERS", "rounded"]


def rounded(value: Any, digits: int) -> Fraction:
    """Return a number to so many decimals, exactly.

    >>> rounded(0.36806, 3)
    Fraction(46, 125)
    """
    return round(Fraction(value), digits)


def _intends(subject: Subject, question: Intent) -> Answer:
    def find(policy: Policy) -> Any:
        references = _references(subject, question.reference)
        return intends(subject.model, policy, question.decision, question.outcome, reference=references,
                       definition=question.definition)  # fmt: skip

    found = under_all(subject, policies_for(subject, question.policy), find, lambda f: (f.value, f.goal), "intention")
    got = {"probability": found.value, "goal": found.goal}
    return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


def _references(subject: Subject, given: tuple[dict[str, Any], ...] | None) -> list[Policy] | None:
    return None if given is None else [policy_of(subject.model, rules) for rules in given]


def _believes(subject: Subject, question: Belief) -> Answer:
    def find(policy: Policy) -> Any:
        return believes(subject.model, policy, question.agent, question.about, decision=question.decision,
                        informed=question.informed)  # fmt: skip

    found = under_all(subject, policies_for(subject, question.policy), find, lambda f: (f.value, f.false), "belief")
    got = {"probability": found.value, "falsely": found.false}
    return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


def _deceives(subject: Subject, question: Deceit) -> Answer:
    def find(policy: Policy) -> Any:
        references = _references(subject, question.reference)
        return deceives(subject.model, policy, by=question.by, target=question.target, about=question.about,
                        reference=references, informed=question.informed, decision=question.decision,
                        target_decision=question.target_decision)  # fmt: skip

    def parts(found: Any) -> dict[str, Any]:
        return {"probability": found.value, "intended": found.intended, "false_belief": found.false_belief,
                "own_belief": found.own_belief}  # fmt: skip

    found = under_all(subject, policies_for(subject, question.policy), find, parts, "deception")
    because = found.to_text().replace("\n ", ";")
    return Answer(parts(found), (), because, short=found.value, holds=bool(found))


def _effect(subject: Subject, question: Effect) -> Answer:
    def find(policy: Policy) -> Any:
        return effect(
            subject.model,
            question.cause,
            question.of,
            question.kind,
            before=question.before,
            after=question.after,
            policy=policy,
            timing=question.timing,
            mediators=question.mediators,
            holding=question.holding,
            edges=question.edges,
            given=question.given or None,
        )

    what = f"{question.kind} effect of {question.cause} on {question.of}{bar(question.given, {})}"
    found = under_all(subject, policies_for(subject, question.policy, off_path=True), find, lambda f: f, what)
    return Answer(found, (), f"{what} = {show(found)}", holds=bool(found))


def _directed(subject: Subject, question: Directed) -> Answer:
    def find(policy: Policy) -> Any:
        return goal_directedness(subject.model, policy, utility=question.utility, targets=question.targets)

    def parts(found: Any) -> dict[str, Any]:
        numbers = {name: rounded(getattr(found, name), question.digits) for name in ("value", "greatest")}
        return numbers | {"direction": found.direction}

    found = under_all(subject, policies_for(subject, question.policy), find, parts, "goal-directedness")
    because = found.to_text().splitlines()[0]
    return Answer(parts(found), (), because, short=parts(found)["value"], holds=bool(found))


def _shutdown(subject: Subject, question: Shutdown) -> Answer:
    def find(policy: Policy) -> Any:
        return shutdown(subject.model, policy, request=question.request, status=question.status, ask=question.ask,
                        off=question.off, human=question.human, interventions=question.interventions)  # fmt: skip

    def parts(found: Any) -> dict[str, Any]:
        told = {predicate.name: predicate.holds for predicate in found.predicates}
        return told | {"value": found.value, "value_off": found.value_off}

    found = under_all(subject, policies_for(subject, question.policy), find, parts, "human control")
    because = "; ".join(f"{p.name.replace('_', ' ')}: {p.reason}" for p in found.predicates)
    return Answer(parts(found), (), because, short=bool(found))


def _fairness(subject: Subject, question: Fairness) -> Answer:
    def find(policy: Policy) -> Any:
        args = (subject.model, policy, question.decision, question.attribute)
        return counterfactual_unfairness(*args) if question.label is None else introduced_unfairness(
            *args, question.label)  # fmt: skip

    found = under_all(subject, policies_for(subject, question.policy), find, lambda f: f.value, "fairness")
    got = {"fair": not found.holds, "unfairness": found.value}
    return Answer(got, (), f"{found.reason} [{found.method}]", short=found.value, holds=not found.holds)


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "intends": _intends,
    "believes": _believes,
    "deceives": _deceives,
    "effect": _effect,
    "goal_directedness": _directed,
    "shutdown": _shutdown,
    "fairness": _fairness,
}
