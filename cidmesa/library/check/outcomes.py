"""Answering claims: whether what is found is as expected, and whether numbers contradict what a diagram excludes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import CidmesaError, NeedsPackage
from cidmesa.library.kinds.kind import Kind, agrees
from cidmesa.library.scenario import Outcome
from cidmesa.library.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Scenario, Status

__all__ = ["METHODS", "Crosscheck", "Examination", "crosschecked", "outcomes_of"]

METHODS = ("graphical", "exact", "both")


def outcomes_of(scenario: Scenario, claims: tuple[Claim, ...], method: str = "both") -> Iterator[Outcome]:
    """Yield the outcome of each claim, see `Examination`."""
    return map(Examination(scenario, method).outcome, claims)


@dataclass(frozen=True, eq=False)
class Examination:
    """Answers claims of a scenario; compositions and policies are found once for all claims that share them.

    ``method``: "graphical" asks the questions about diagrams, "exact" those about numbers, "both" all, and whether
    numbers contradict what is said of diagrams, see `crosschecked`.
    """

    scenario: Scenario
    method: str = "both"
    subjects: dict[str, Subject] = field(default_factory=dict)

    def outcome(self, claim: Claim) -> Outcome:
        """Return what is found for a claim."""
        start, slug = perf_counter(), self.scenario.slug
        if self.method not in ("both", claim.question.family):
            return Outcome(slug, claim, "skipped", because=f"--method {self.method} does not ask {claim.kind}")
        try:
            subject = self._subject(claim)
            answer = claim.question.answer(subject)
            got = answer.said(claim.expect)
        except CidmesaError as error:
            status: Status = "skipped" if isinstance(error, NeedsPackage) else "error"
            return Outcome(slug, claim, status, because=str(error), seconds=perf_counter() - start)
        status = _status(agrees(got, claim.question.meant(claim.expect), whole=answer.whole), claim.xfail)
        compared = self.method == "both" and claim.question.family == "graphical"
        numbers = crosschecked(subject, claim.question) if compared else Crosscheck()
        if numbers.contradiction:
            status = "contradicted"
        said = numbers.contradiction or numbers.note
        return Outcome(slug, claim, status, got, answer.witness, answer.because, perf_counter() - start, said)

    def _subject(self, claim: Claim) -> Subject:
        key = repr((claim.of, sorted(claim.where.items())))
        if key not in self.subjects:
            self.subjects[key] = Subject(self.scenario.at(**claim.where), claim.of)
        return self.subjects[key]


def _status(as_expected: bool, xfail: str) -> Status:
    if xfail:
        return "xpassed" if as_expected else "xfailed"
    return "passed" if as_expected else "failed"


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
