"""Claims answered, here or in processes that are ended when a claim takes too long or crashes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import CidmesaError, NeedsPackage, NotApplicable
from cidmesa.library.claim import Claim, Outcome, Status
from cidmesa.library.kinds.kind import Kind, agrees
from cidmesa.library.subject import Subject
from cidmesa.workers.pool import Lost, Pool, singly, workers
from cidmesa.workers.processes import Process, cores

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = ["METHODS", "Crosscheck", "Examination", "Work", "Worker", "answered", "crosschecked", "outcomes_of"]

METHODS = ("graphical", "exact", "both")
_CLAIMS = 150  # fewer are answered before another process has started
_TOGETHER = 12  # claims, about, that are handed out at a time: each time takes longer than many a claim


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


def answered(
    work: Sequence[Work],
    method: str,
    jobs: int | None = 1,
    timeout: float | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
) -> Iterator[Outcome]:
    """Yield the outcomes of all work in order; in processes if there are several ``jobs`` or a ``timeout``.

    ``jobs``: ``None`` for as many as there are cores for it, where each has at least 150 claims to answer. ``timeout``:
    seconds that a claim may take. Its process is then ended and the claim's status is "timeout".

    Raises:
        NotApplicable: ``timeout`` is used on a cluster.
    """
    if timeout is not None and backend != "loky":
        raise NotApplicable("a time limit for each claim needs processes of this machine. Leave out the backend.")
    if backend == "loky":
        many = sum(len(piece.claims) for piece in work) // _CLAIMS
        jobs = max(1, min(jobs or min(cores(), many), len(work)))
    if timeout is not None and work:
        yield from _shared(work, [Worker(method, timeout) for _ in range(jobs or 1)])
        return
    with workers(jobs, backend, scheduler) as pool:
        if pool is None:
            yield from (o for scenario, claims in work for o in outcomes_of(scenario, claims, method))
        else:
            yield from _handed_out(pool, work, method)


def _handed_out(pool: Pool, work: Sequence[Work], method: str) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the work; those of a claim that ends its process say so."""
    bare = [(i, Work(replace(w.scenario, claims=(), runs=(), variants=()), w.claims)) for i, w in enumerate(work)]
    many = max(1, _TOGETHER * len(work) // sum(len(piece.claims) for piece in work)) if work else 1
    tasks = [Task(tuple(bare[i : i + many])) for i in range(0, len(bare), many)]
    known, next_place = dict[int, dict[str, Outcome]](), 0
    for task, found in singly(pool, partial(_answers, method), tasks, Task.singly):
        for i, (place, (scenario, claims)) in enumerate(task.pieces):
            lost = (Outcome(scenario.slug, c, "error", because=found.why) for c in claims if isinstance(found, Lost))
            known.setdefault(place, {}).update((o.claim.id, o) for o in (found[i] if isinstance(found, list) else lost))
        while next_place < len(work) and len(known.get(next_place, ())) == len(work[next_place].claims):
            yield from map(known.pop(next_place).__getitem__, (claim.id for claim in work[next_place].claims))
            next_place += 1


class Task(NamedTuple):
    """Work with its places among all work, handed out together."""

    pieces: tuple[tuple[int, Work], ...]

    def singly(self) -> list[Task]:
        """Return a task for each claim."""
        return [Task(((i, Work(scenario, (c,))),)) for i, (scenario, claims) in self.pieces for c in claims]


def _answers(method: str, task: Task) -> list[list[Outcome]]:
    return [list(outcomes_of(*piece, method)) for _, piece in task.pieces]


def _shared(work: Sequence[Work], those: Sequence[Worker]) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the work, whichever process does it; the processes end with this."""
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in those:
        free.put(worker)

    def do(piece: Work) -> list[Outcome]:
        worker = free.get()
        try:
            return list(worker.outcomes(*piece))
        finally:
            free.put(worker)

    try:
        with ThreadPoolExecutor(len(those)) as threads:
            try:
                if len(those) == 1:  # each outcome as it is found
                    yield from (outcome for piece in work for outcome in those[0].outcomes(*piece))
                else:
                    yield from (outcome for outcomes in threads.map(do, work) for outcome in outcomes)
            finally:  # also when nobody wants the rest
                threads.shutdown(wait=False, cancel_futures=True)
                for worker in those:
                    worker.process.stop()
    finally:
        for worker in those:
            worker.process.end()


class Worker:
    """One process that answers claims one by one, started anew after a claim that ends it."""

    def __init__(self, method: str, timeout: float | None = None) -> None:
        self.method, self.timeout, self.process = method, timeout, Process()

    def outcomes(self, scenario: Scenario, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Yield the outcomes of the claims; after one that is lost a new process goes on with the next."""
        begun = False
        for claim in claims:
            outcome = self._outcome(scenario, claim, begun=begun and self.process.running is not None)
            if self.process.stopped:
                return
            begun = True
            yield outcome

    def _outcome(self, scenario: Scenario, claim: Claim, *, begun: bool) -> Outcome:
        start = perf_counter()
        if not begun:
            bare = replace(scenario, claims=(), variants=())
            if isinstance(lost := self.process.do(_begin, bare, self.method), Lost):
                return Outcome(scenario.slug, claim, "error", because=lost.why, seconds=perf_counter() - start)
        start = perf_counter()  # the claim's time begins when the process has loaded all
        if self.process.stopped:
            return Outcome(scenario.slug, claim, "skipped", because="the check was stopped")
        found: Outcome | Lost = self.process.do(_answer, claim, limit=self.timeout)
        if not isinstance(found, Lost):
            return found
        status: Status = "timeout" if found.late else "error"
        return Outcome(scenario.slug, claim, status, because=found.why, seconds=perf_counter() - start)


# --- in the process ---------------------------------------------------------------------------------------------------

_EXAMINATIONS: list[Examination] = []  # the one that goes on


def _begin(scenario: Scenario, method: str) -> None:
    _EXAMINATIONS[:] = [Examination(scenario, method)]


def _answer(claim: Claim) -> Outcome:
    return _EXAMINATIONS[0].outcome(claim)
