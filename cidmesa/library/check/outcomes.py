"""Answering claims: whether what is found is as expected, and whether numbers contradict what a diagram excludes."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import CidmesaError, NeedsPackage
from cidmesa.library.kinds.kind import Kind, agrees
from cidmesa.library.scenario import Outcome
from cidmesa.library.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Scenario, Status

__all__ = ["METHODS", "Crosscheck", "asks", "crosschecked", "outcomes_of"]

METHODS = ("graphical", "exact", "both")


def asks(claim: Claim, method: str) -> bool:
    """Return whether ``method`` asks the claim: "graphical" questions about diagrams, "exact" numbers, "both" all."""
    return method in ("both", claim.question.family)


def outcomes_of(scenario: Scenario, claims: tuple[Claim, ...], method: str = "both") -> Iterator[Outcome]:
    """Yield the outcome of each claim; compositions and policies are found once for all claims that share them.

    With "both", numbers are asked whether they contradict what is said of diagrams, see `crosschecked`.
    """
    subjects: dict[str, Subject] = {}
    for claim in claims:
        if not asks(claim, method):
            yield Outcome(scenario.slug, claim, "skipped", because=f"--method {method} does not ask {claim.kind}")
            continue
        yield _outcome(scenario, claim, subjects, method)


def _outcome(scenario: Scenario, claim: Claim, subjects: dict[str, Subject], method: str) -> Outcome:
    start = perf_counter()
    key = repr((claim.of, sorted(claim.where.items())))
    try:
        if key not in subjects:
            subjects[key] = Subject(scenario.at(**claim.where), claim.of)
        answer = claim.question.answer(subjects[key])
        got = answer.said(claim.expect)
    except NeedsPackage as error:
        return Outcome(scenario.slug, claim, "skipped", because=str(error), seconds=perf_counter() - start)
    except CidmesaError as error:
        return Outcome(scenario.slug, claim, "error", because=str(error), seconds=perf_counter() - start)
    status = _status(agrees(got, claim.question.meant(claim.expect), whole=answer.whole), claim.xfail)
    numbers = _numbers(subjects[key], claim, method)
    if numbers.contradiction:
        status = "contradicted"
    said = numbers.contradiction or numbers.note
    return Outcome(scenario.slug, claim, status, got, answer.witness, answer.because, perf_counter() - start, said)


def _numbers(subject: Subject, claim: Claim, method: str) -> Crosscheck:
    """Return what numbers say of a claim about the diagram."""
    asked = method == "both" and claim.question.family == "graphical"
    return crosschecked(subject, claim.question) if asked else Crosscheck()


class Crosscheck(NamedTuple):
    """What numbers say of a claim about the diagram: a ``contradiction``, empty where there is none, and a ``note``."""

    contradiction: str = ""
    note: str = ""


def crosschecked(subject: Subject, question: Kind) -> Crosscheck:
    """Return whether the model's numbers contradict what the criterion says of its diagram.

    What a diagram excludes no model on it has, so a number that is not zero is a contradiction, of which either the
    criterion or the number is at fault. What a diagram admits some model has, so zero contradicts nothing.
    """
    if type(question).exclusions is Kind.exclusions:
        return Crosscheck(note="no number corresponds to this question")
    if subject.numbers is None:
        return Crosscheck(note="there are no numbers")
    try:
        excluded = 0
        for what, search in question.exclusions(subject):
            excluded += 1
            if shown := search():
                return Crosscheck(f"the diagram excludes {what}, but in this model it is there: {shown}")
    except CidmesaError as error:
        return Crosscheck(note=f"not compared with numbers: {error}")
    return Crosscheck(note="zero in numbers, too" if excluded else "not excluded, so no number could contradict it")


def _status(as_expected: bool, xfail: str) -> Status:
    if xfail:
        return "xpassed" if as_expected else "xfailed"
    return "passed" if as_expected else "failed"
