"""Questions outside of a file: `asked`; for which parameters an answer is as meant: `conditions` and `prove`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cidmesa as cm
from cidmesa.errors import NotApplicable, ScenarioError, near_miss, wrong_type
from cidmesa.library.claim import Of, names_of, shown
from cidmesa.library.file.schema_errors import in_words
from cidmesa.library.file.source import read
from cidmesa.library.kinds import KINDS, Asking, Conditional, ask_shape, condition_shape
from cidmesa.library.kinds.conditional import free_parameters
from cidmesa.library.scenario import Scenario, without_decision
from cidmesa.library.subject import Subject, with_values
from cidmesa.library.validation import validated
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.model import Model
from cidmesa.symbolic.proof import Proof, condition_of, proof_of

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.condition import Condition

__all__ = ["asked", "conditional", "conditions", "prove"]

_WORD = re.compile(r"[A-Za-z_]+")
_PAIR = re.compile(r"\s+(?=[A-Za-z_]+=)")  # blanks before the next name=


def asked(question: str | Mapping[str, Any] | Asking) -> Asking:
    """Return the question that text or a mapping asks, as `ask` of a claim would.

    ``kind``, ``kind name=value name=value`` (values as in YAML), or the mapping itself in YAML or JSON.

    Raises:
        ScenarioError: the kind of question is unknown, or does not take an argument.

    >>> asked("deceptive").kind, asked("query node=R2 state=1").question.state, asked("{optimal: {}}").kind
    ('deceptive', 1, 'optimal')
    """
    if isinstance(question, Asking):
        return question
    data = _data(question.strip()) if isinstance(question, str) else {k: v or {} for k, v in question.items()}
    kind = next(iter(data), "")
    if len(data) != 1 or kind not in KINDS:
        raise ScenarioError(
            f"cannot read the question {question!r}.{near_miss(kind, KINDS)} Ask one of: "
            f"{', '.join(KINDS)}; with arguments such as 'query node=R2 state=1'."
        )
    ask, errors = validated(ask_shape(), data)
    if ask is None:
        raise ScenarioError(f"the question {question!r} has wrong arguments: {in_words(errors, ask_shape())}")
    return ask


def _data(text: str) -> dict[str, Any]:
    if _WORD.fullmatch(text):
        return {text: {}}
    kind, *pairs = _PAIR.split(text)
    if not pairs or not _WORD.fullmatch(kind):
        data = read(text, "question").data
        return {k: v or {} for k, v in data.items()} if isinstance(data, dict) else {}
    split = [pair.partition("=") for pair in pairs]
    return {kind: {name: read(value, f"question, {name}").data for name, _, value in split}}


def conditional(question: Mapping[str, Any]) -> Conditional:
    """Return a question with the answer that is meant, under the key ``is``, as a condition asks it.

    Raises:
        ScenarioError: the kind of question is unknown, an argument is wrong, or the answer is not yes or no.
    """
    given = shown(dict(question))
    found, errors = validated(condition_shape(), dict(question))
    if found is None:
        raise ScenarioError(f"cannot read the question {given}: {in_words(errors, condition_shape())}")
    if len(found.kinds()) != 1:
        raise ScenarioError(f"the question {given} needs {found.expectable(True)}.")
    if problem := found.question.expectable(found.meant_answer):
        raise ScenarioError(
            f"the question {given} is not of the kind yes or no: say under the key 'is' which answer is meant, "
            f"{problem}."
        )
    return found


def conditions(
    subject: object,
    question: Callable[[Any], object] | Mapping[str, Any] | str,
    *,
    over: Iterable[str] | None = None,
    assuming: str | None = None,
    of: Of = None,
) -> Condition:
    """Return the exact set of parameter values for which the answer to a question is the given one.

    The ordinary exact algorithms run on symbolic parameters, so every question with an exact answer also has a
    condition. With one or two free parameters, the condition is always exact and complete. Ties are treated as for
    numbers: "the optimal option is a" is false wherever b is as good.

    Source: ours; the projections are those of Collins 1975 and McCallum 1988.

    Args:
        subject: a model, a scenario (or its path or slug), a training process or a composition.
        question: a function from the subject to a truth value, or a question as in a scenario file:
            ``{"deceptive": True}``, ``{"optimal": {"decision": "D"}, "is": 1}`` (``is`` is the answer in question, true
            if left out), or its name alone.
        over: the free parameters, or one name; if left out, those without a value, or all that have a range if each has
            a value.
        assuming: an expression in the free parameters that is assumed to hold.
        of: the specification of a scenario, for questions about its composition. It may be left out if the scenario has
            only one, or if the question is about the scenario's own diagram and that has a decision.

    Raises:
        NotApplicable: no parameter is free, or the algorithm needs a number where it meets a symbol.
        ScenarioError: the question cannot be read, or is about one of several compositions and ``of`` is missing.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g.without_link("S", "D"), S=cm.bernoulli("p"), D=[0, 1], U="D * (3 * S - 1)",
    ...              parameters={"p": cm.parameter("p", 0, 1)}, symbolic=True)
    >>> conditions(m, {"optimal": {"decision": "D"}, "is": 1})
    Condition(p > 1/3)
    >>> conditions(m, lambda m: cm.solve(m).value > 0).region
    p > 1/3
    """
    asked = _asked_of(subject, question, over, assuming, of)
    return replace(condition_of(asked.ask, asked.free, asked.text, asked.assuming), asked=asked.words)


def prove(
    subject: object,
    claim: Callable[[Any], object] | Mapping[str, Any] | str,
    *,
    over: Iterable[str] | None = None,
    assuming: str | None = None,
    of: Of = None,
) -> Proof:
    """Return whether a claim holds for all parameter values in range, or values at which it fails.

    Source: ours.

    Args:
        subject: a scenario, path or slug, a model, a training process or a composition.
        claim: a question such as ``{"deceptive": True}``, or a function of the subject.
        over: the free parameters; if left out, those without a value, or all that have a range if each has a value.
        assuming: an expression over the parameters that is assumed to hold.
        of: the specification whose composition the question is about.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=[0, 1], U="p * D", parameters={"p": cm.parameter("p", 0, 1)}, symbolic=True)
    >>> found = prove(m, {"optimal": {"decision": "D"}, "is": 1})
    >>> found.status, found.counterexample, found.confirmed
    ('refuted', {'p': Fraction(0, 1)}, True)
    >>> bool(prove(m, {"optimal": {"decision": "D"}, "is": 1}, assuming="p > 0"))
    True

    """
    asked = _asked_of(subject, claim, over, assuming, of)
    return proof_of(condition_of(asked.ask, asked.free, asked.text, asked.assuming), asked.ask)


class _Asked(NamedTuple):
    """A question as a function of the free parameters."""

    ask: Callable[[Mapping[str, Any]], bool]
    free: list[Parameter]
    text: str
    assuming: Expression | None
    words: tuple[Subject, Conditional] | None


def _asked_of(
    given: object,
    question: Callable[[Any], object] | Mapping[str, Any] | str,
    over: Iterable[str] | None,
    assuming: str | None,
    of: Of,
) -> _Asked:
    subject = cm.load(given) if isinstance(given, str | Path) else given
    free = free_parameters(_model(subject), over)
    assumed = Expression(assuming) if assuming is not None else None
    if assumed is not None:
        assumed.check_names(tuple(p.name for p in free), "a free parameter")
    if callable(question):
        ask, text = _of_function(subject, question, of)
        return _Asked(ask, free, text, assumed, None)
    ask, text, words = _of_words(subject, {question: {}} if isinstance(question, str) else question, of)
    return _Asked(ask, free, text, assumed, words)


def _of_function(
    subject: object, question: Callable[[Any], object], of: Of
) -> tuple[Callable[[Mapping[str, Any]], bool], str]:
    if of is not None:
        raise ScenarioError(
            f"of={of!r} goes with a question in words; a function is asked of what is given. "
            f"Pass it, such as scenario.of({', '.join(map(repr, names_of(of)))})."
        )
    text = getattr(question, "__name__", "it holds").replace("<lambda>", "it holds")
    return lambda values: bool(question(with_values(subject, values))), text


def _of_words(
    subject: Any, question: Mapping[str, Any], of: Of
) -> tuple[Callable[[Mapping[str, Any]], bool], str, tuple[Subject, Conditional]]:
    asked, meant = conditional(question), question.get("is", True)
    whole = Subject(subject, of or _only(subject))
    said = asked.question.text()
    text = said if meant is True else f"{said} is {shown(meant)}"
    return lambda values: asked.decided(whole.at(values)), text, (whole, asked)


def _only(subject: object) -> str | None:
    """Return the one specification of a scenario whose own diagram has no decision."""
    if not isinstance(subject, Scenario) or not (hint := without_decision(subject, "of=")):
        return None
    if len(subject.specs) > 1:
        raise ScenarioError(hint)
    return next(iter(subject.specs))


def _model(subject: object) -> Model:
    if isinstance(subject, Model):
        return subject
    if isinstance(subject, Composition):
        return subject.training.model
    model = getattr(subject, "model", None)
    if not isinstance(subject, Scenario | TrainingProcess) or model is None:
        remedy = "Pass a model, a training process, a composition or a scenario with numbers."
        raise NotApplicable(wrong_type("conditions", "something with parameters", subject, remedy))
    return model  # type: ignore[no-any-return]
