"""Whether numbers contradict what is said of a diagram: what it excludes must not be there in any model on it."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cidmesa.criteria.deception import deception_possible
from cidmesa.criteria.fairness import admits_introduced_unfairness, admits_unfairness
from cidmesa.criteria.single import admits_ici, admits_impact, admits_ri, admits_voc, admits_voi
from cidmesa.errors import CidmesaError, NotApplicable, TooLarge
from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import Policy, policy
from cidmesa.quantities.control_incentives import has_ici, has_impact
from cidmesa.quantities.intended_deception import deceives
from cidmesa.quantities.response import has_ri
from cidmesa.quantities.unfairness import introduced_unfairness
from cidmesa.quantities.value_of_information import value_of_control, value_of_information
from cidmesa.solving.optimal.solution import rational_policy, solve
from cidmesa.structure.reduction import reduce
from cidmesa.structure.relevance import is_requisite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cidmesa.library.questions import graph
    from cidmesa.library.questions.question import Question
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.quantities.quantity import Quantity
    from cidmesa.structure.verdict import Verdict

__all__ = ["Crosscheck", "crosschecked"]

ENOUGH = 200  # optimal policies
_TOLERANCE = 1e-9  # of values that count as equal
Checks: TypeAlias = "Iterator[tuple[str, Callable[[], str]]]"


class Crosscheck(NamedTuple):
    """What numbers say of a claim about the diagram: a ``contradiction``, empty where there is none, and a ``note``."""

    contradiction: str = ""
    note: str = ""


def crosschecked(subject: Subject, kind: str, question: Question) -> Crosscheck:
    """Return whether the model's numbers contradict what the criterion says of its diagram.

    What a diagram excludes no model on it has, so a number that is not zero is a contradiction, of which either the
    criterion or the number is at fault. What a diagram admits some model has, so zero contradicts nothing. Decisions of
    other agents are given rules: rational ones, or a fair lot where there is no backward induction.
    """
    if kind not in _CHECKS:
        return Crosscheck(note="no number corresponds to this question")
    if subject.composed is None and subject.scenario.model is None:
        return Crosscheck(note="there are no numbers")
    try:
        excluded = 0
        for what, number in _CHECKS[kind](subject, question):
            excluded += 1
            if shown := number():
                return Crosscheck(f"the diagram excludes {what}, but in this model it is there: {shown}")
    except CidmesaError as error:
        return Crosscheck(note=f"not compared with numbers: {error}")
    return Crosscheck(note="zero in numbers, too" if excluded else "not excluded, so no number could contradict it")


# --- incentives ---------------------------------------------------------------------------------------------------


def _incentive(kind: str) -> Callable[[Subject, graph.Incentive], Checks]:
    """Return the check of an incentive of one decision."""

    def check(subject: Subject, question: graph.Incentive) -> Checks:
        criterion, number, models_for = _INCENTIVES[kind]
        decision = question.decision
        for node in _present(subject, question.node):
            verdict = criterion(subject.cid, decision, node)
            if verdict.status == "excluded":
                models = models_for(subject, decision)
                what = f"{kind} of {decision} on {node} [{verdict.theorem}]"
                yield what, lambda models=models, node=node: _shown(number(m, decision, node) for m in models)  # type: ignore[misc]

    return check


def _shown(found: Iterator[Quantity]) -> str:
    """Return what is found where it is there under all policies, else nothing."""
    quantity = None
    for quantity in found:
        if not quantity:
            return ""
    return str(quantity) if quantity is not None else ""


def _control(subject: Subject, question: graph.Control) -> Checks:
    for node in _present(subject, question.node):
        verdict = admits_voc(subject.cid, node, question.agent)
        if verdict.status == "excluded":
            models = _one_agent(subject, verdict.agent)
            what = f"voc of {node} [{verdict.theorem}]"
            yield what, lambda models=models, node=node: _shown(value_of_control(m, node) for m in models)  # type: ignore[misc]


def _requisite(subject: Subject, question: graph.Requisite) -> Checks:
    cid, decision = subject.cid, question.decision
    agent = str(cid.agent(cid.known_decision(decision)))
    for node in _present(subject, question.node) if question.node is not None else cid.parents(decision):
        if node in cid.parents(decision) and not is_requisite(cid, decision, node):
            models = _one_agent(subject, agent)
            what = f"that {node} is of use to {decision}"
            yield what, lambda models=models, node=node: _shown(
                value_of_information(m, decision, node) for m in models)  # type: ignore[misc]  # fmt: skip


def _present(subject: Subject, nodes: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes that are in the diagram; composition may have left out some."""
    return tuple(node for node in ((nodes,) if isinstance(nodes, str) else nodes) if not subject.pruned(node))


# --- several agents -----------------------------------------------------------------------------------------------


def _unfairness(subject: Subject, question: graph.Unfairness) -> Checks:
    args = (subject.cid, question.decision, question.attribute)
    if question.label is None:
        verdict = admits_unfairness(*args)
        models = _one_decision(subject, question.decision)
        found = (has_ri(model, question.decision, question.attribute) for model in models)
    else:
        verdict = admits_introduced_unfairness(*args, question.label, loss=question.loss)
        found = (introduced_unfairness(subject.model, one, *args[1:], question.label) for one in subject.policies({}))
    if verdict.status == "excluded":
        yield f"unfairness of {question.decision} [{verdict.theorem}]", lambda: _shown(found)


def _deception(subject: Subject, question: graph.Deception) -> Checks:
    by, target = question.by, question.target
    about = (question.about,) if isinstance(question.about, str) else question.about
    if deception_possible(subject.cid, by, target, about):
        return
    profile = rational_policy(subject.model)
    for node in about:
        for state in subject.model.domain(node):
            says = f"{node} == {state!r}" if isinstance(state, str) else f"{node} == {show(state)}"

            def found(says: str = says) -> str:
                deceit = deceives(subject.model, profile, by=by, target=target, about=says)
                return str(deceit) if deceit else ""

            yield f"that {by} deceives {target} about {says}", found


# --- the models in which numbers are asked for ----------------------------------------------------------------------


def _one_agent(subject: Subject, agent: str) -> Iterator[Model]:
    """Yield the model in which the decisions of other agents follow rules."""
    model = subject.model
    others = [decision for decision in model.cid.decisions if model.cid.agent(decision) != agent]
    yield model.with_policy(_rules(model, others)) if others else model


def _rules(model: Model, decisions: list[str]) -> Policy:
    """Return rational rules of these decisions, fair lots where there is no backward induction."""
    try:
        profile = rational_policy(model)
    except NotApplicable:
        lots = {d: dict.fromkeys(model.domain(d), Fraction(1, len(model.domain(d)))) for d in decisions}
        return policy(model, lots)
    return Policy(tuple(rule for rule in profile.rules if rule.decision in decisions))


def _one_decision(subject: Subject, decision: str) -> Iterator[Model]:
    """Yield the models in which all other decisions follow rules: the owner's as in some of its optimal policies.

    An incentive is there only if it is there in all of these.
    """
    agent = str(subject.cid.agent(decision))
    for model in _one_agent(subject, agent):
        if model.cid.decisions == (decision,):
            yield model
            return
        for optimal in _optimal(model):
            yield model.with_policy(Policy(tuple(rule for rule in optimal.rules if rule.decision != decision)))


def _optimal(model: Model) -> Iterator[Policy]:
    """Yield optimal policies of the one agent that decides, those first that ignore what need not be seen.

    What is done in contexts that are not reached is free, so among the optimal policies are some that read nothing
    that the reduced diagram drops. They are solutions of the model on it, and optimal if it loses nothing.
    """
    reduced = reduce(model.cid)
    fewer = [reduced.spec(decision) for decision in model.cid.decisions]
    solution, without = solve(model), solve(model.revised(fewer))
    if float(solution.value) - float(without.value) <= _TOLERANCE:
        yield from islice(without.optimal_policies(), ENOUGH)
    found = list(islice(solution.optimal_policies(), ENOUGH + 1))
    yield from found[:ENOUGH]
    if len(found) > ENOUGH:
        raise TooLarge(f"an incentive would have to be shown under each of more than {ENOUGH} optimal policies.")


def _owners(subject: Subject, decision: str) -> Iterator[Model]:
    return _one_agent(subject, str(subject.cid.agent(decision)))


Numbers: TypeAlias = "Callable[[Model, str, str], Quantity]"
_INCENTIVES: dict[str, tuple[Callable[..., Verdict], Numbers, Callable[[Subject, str], Iterator[Model]]]] = {
    "voi": (admits_voi, value_of_information, _owners),  # the number takes all decisions of the agent
    "ri": (admits_ri, has_ri, _one_decision),
    "ici": (admits_ici, has_ici, _one_decision),
    "impact": (admits_impact, has_impact, _one_decision),
}

_CHECKS: dict[str, Callable[[Subject, Any], Checks]] = {
    **{kind: _incentive(kind) for kind in _INCENTIVES},
    "voc": _control,
    "requisite": _requisite,
    "unfairness_possible": _unfairness,
    "deception_possible": _deception,
}
