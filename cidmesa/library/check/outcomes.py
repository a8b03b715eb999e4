"""Claims answered, here or in processes that are ended when a claim takes too long or crashes them."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import CidmesaError, NeedsPackage
from cidmesa.library.kinds.kind import Kind, agrees
from cidmesa.library.scenario import Claim, Outcome, Scenario, Status
from cidmesa.library.subject import Subject

if TYPE_CHECKING:
    from joblib.externals.loky import ProcessPoolExecutor


__all__ = ["METHODS", "Crosscheck", "Examination", "Work", "Worker", "answered", "crosschecked", "outcomes_of"]

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


class Work(NamedTuple):
    """Claims of one scenario or variant that are to be answered."""

    scenario: Scenario
    claims: tuple[Claim, ...]


def answered(work: Sequence[Work], method: str, jobs: int = 1, timeout: float | None = None) -> Iterator[Outcome]:
    """Yield the outcomes of all work in order; in processes if there are several ``jobs`` or a ``timeout``.

    ``timeout``: seconds that a claim may take. Its process is then ended and the claim's status is "timeout".
    """
    if timeout is None and (jobs == 1 or len(work) < 2):
        for scenario, claims in work:
            yield from outcomes_of(scenario, claims, method)
    elif work:
        yield from _shared(work, [Worker(method, timeout) for _ in range(min(jobs, len(work)))])


def _shared(work: Sequence[Work], workers: Sequence[Worker]) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the work, whichever process does it; the processes end with this."""
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def do(piece: Work) -> list[Outcome]:
        worker = free.get()
        try:
            return list(worker.outcomes(*piece))
        finally:
            free.put(worker)

    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            try:
                if len(workers) == 1:  # each outcome as it is found
                    yield from (outcome for piece in work for outcome in workers[0].outcomes(*piece))
                else:
                    yield from (outcome for outcomes in threads.map(do, work) for outcome in outcomes)
            finally:  # also when nobody wants the rest
                threads.shutdown(wait=False, cancel_futures=True)
                for worker in workers:
                    worker.stop()
    finally:
        for worker in workers:
            worker.end()


class Worker:
    """One process that answers claims one by one, started anew after a claim that ends it."""

    def __init__(self, method: str, timeout: float | None = None) -> None:
        self.method, self.timeout = method, timeout
        self.process: ProcessPoolExecutor | None = None
        self.pid: int | None = None
        self.stopped = False

    def outcomes(self, scenario: Scenario, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Yield the outcomes of the claims; after one that is lost a new process goes on with the next."""
        begun = False
        for claim in claims:
            outcome = self._outcome(scenario, claim, begun=begun and self.process is not None)
            if self.stopped:
                return
            begun = True
            yield outcome

    def stop(self) -> None:
        """Kill the process, whatever it does, so that what waits for it goes on, and ask no more."""
        self.stopped = True
        self._kill()

    def end(self) -> None:
        """End the process; nothing may wait for it."""
        self._kill()  # the pool's own way is not safe just after a claim was handed over
        process, self.process, self.pid = self.process, None, None
        if process is not None:
            process.shutdown(wait=True)

    def _kill(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _outcome(self, scenario: Scenario, claim: Claim, *, begun: bool) -> Outcome:
        from joblib.externals.loky.process_executor import BrokenProcessPool

        start = perf_counter()
        try:
            process = self._started()
            if not begun:
                self.pid = process.submit(_begin, replace(scenario, claims=(), variants=()), self.method).result()
            start = perf_counter()  # the claim's time begins when the process has loaded all
            if self.stopped:
                return Outcome(scenario.slug, claim, "skipped", because="the check was stopped")
            outcome: Outcome = process.submit(_answer, claim).result(self.timeout)
        except TimeoutError:
            because = f"it takes longer than {self.timeout:g} s. Make the model smaller, or give it more time."
            lost = Outcome(scenario.slug, claim, "timeout", because=because)
        except BrokenProcessPool as error:
            code = re.search(r"\((-?\d+)\)", str(error))
            ended = f"with code {code[1]}" if code else "early"
            because = f"the process that answered it ended {ended}. It may have run out of memory."
            lost = Outcome(scenario.slug, claim, "error", because=because)
        else:
            return outcome
        self.end()
        return replace(lost, seconds=perf_counter() - start)

    def _started(self) -> ProcessPoolExecutor:
        if self.process is None:
            from joblib.externals.loky import ProcessPoolExecutor

            self.process = ProcessPoolExecutor(1, timeout=None, initializer=_say_on_standard_error)
        return self.process


# --- in the process ---------------------------------------------------------------------------------------------------

_EXAMINATIONS: list[Examination] = []  # the one that goes on


def _say_on_standard_error() -> None:
    os.dup2(2, 1)  # what is printed by the way is no part of a report


def _begin(scenario: Scenario, method: str) -> int:
    _EXAMINATIONS[:] = [Examination(scenario, method)]
    return os.getpid()


def _answer(claim: Claim) -> Outcome:
    return _EXAMINATIONS[0].outcome(claim)
