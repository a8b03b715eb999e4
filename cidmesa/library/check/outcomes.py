"""What can be asked of a scenario: the register of questions, and whether an answer is as expected."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, NeedsPackage
from cidmesa.library.answers import ANSWERS
from cidmesa.library.crosscheck import Crosscheck, crosschecked
from cidmesa.library.scenario import Outcome
from cidmesa.library.subject import Subject
from cidmesa.modelling.numbers import as_number, is_exact
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Scenario, Status

__all__ = ["METHODS", "agrees", "asks", "outcomes_of"]

METHODS = ("graphical", "exact", "both")

_TOLERANCE = 1e-9  # where a number is not exact


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
        answer = ANSWERS[claim.kind](subjects[key], claim.question)
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
    return crosschecked(subject, claim.kind, claim.question) if asked else Crosscheck()


def _status(as_expected: bool, xfail: str) -> Status:
    if xfail:
        return "xpassed" if as_expected else "xfailed"
    return "passed" if as_expected else "failed"


# --- comparing --------------------------------------------------------------------------------------------------


def agrees(got: Any, expect: Any, *, whole: bool = False) -> bool:
    """Return whether an answer is as expected.

    Exact numbers must be equal, others to 1e-9; text such as ``"1/3"`` is a number where one was found. Lists agree in
    any order, and a list of one with its element. Of a mapping only the expected entries count; ``whole``: all, but
    for those that are 0.

    >>> from fractions import Fraction
    >>> agrees(Fraction(1, 3), "1/3"), agrees(["a", "b"], ["b", "a"]), agrees({"x": True, "y": False}, {"x": True})
    (True, True, True)
    >>> agrees(0.1 + 0.2, Fraction(3, 10)), agrees(Fraction(3, 10), 0.3), agrees(["a", "b"], "a")
    (True, True, False)
    """
    if isinstance(expect, dict) and isinstance(got, dict):
        return _mappings_agree(got, expect, whole)
    if isinstance(expect, list | tuple) or isinstance(got, list | tuple):
        return _lists_agree(_listed(got), _listed(expect))
    if isinstance(got, bool) or isinstance(expect, bool):
        return got is expect
    return got == expect or _numbers_agree(got, expect)


def _mappings_agree(got: dict[Any, Any], expect: dict[Any, Any], whole: bool) -> bool:
    if whole:
        expect = {key: value for key, value in expect.items() if not agrees(0, value)}
        if len(expect) != len(got):
            return False
    return all(key in got and agrees(got[key], value) for key, value in expect.items())


def _lists_agree(got: list[Any], expect: list[Any]) -> bool:
    rest = list(expect)
    for item in got:
        match = next((i for i, other in enumerate(rest) if _items_agree(item, other)), None)
        if match is None:
            return False
        del rest[match]
    return not rest


def _items_agree(got: Any, expect: Any) -> bool:
    ordered = isinstance(got, list) and isinstance(expect, list)  # a pair in a list of pairs
    return got == expect if ordered else agrees(got, expect)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _numbers_agree(got: Any, expect: Any) -> bool:
    try:
        found, wanted = as_number(got), number_of(expect)
    except CidmesaError:
        return False
    if is_exact(found) and is_exact(wanted):
        return found == wanted
    return abs(float(found) - float(wanted)) <= _TOLERANCE * max(1.0, abs(float(found)))
