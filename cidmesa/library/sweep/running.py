"""`sweep`: a question asked at every point of a design."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa import __version__
from cidmesa.errors import ScenarioError
from cidmesa.library.caching import digest, identity_of
from cidmesa.library.claim import Of, named_of
from cidmesa.library.conditions import asked
from cidmesa.library.file.loader import files_of, listed, loaded
from cidmesa.library.scenario import Scenario
from cidmesa.library.sweep.answering import Found, Job, Journal, found_at
from cidmesa.library.sweep.points import Points, Scheme, Setting, axes_of, design_of, points_of
from cidmesa.library.sweep.result import Numbers, SweepTable, format_of
from cidmesa.library.sweep.rows import Cells, Inputs, Rows
from cidmesa.workers.pool import Gone, Lost, Pool, singly, workers

if TYPE_CHECKING:
    import os

    from cidmesa.library.kinds import Asking

__all__ = ["sweep"]

Swept: TypeAlias = str | Path | Scenario

_LARGEST, _CHUNKS = 250, 64  # points in a chunk, chunks in a sweep
_SECONDS = 0.5  # between two writes of the journal where this process does the work
_VERSION = f"sweep 3, {__version__}"  # part of every key: what is found is found by these rules


def sweep(
    what: Swept | Iterable[Swept],
    over: Mapping[str, object] | None = None,
    *,
    ask: str | Mapping[str, Any] | Asking,
    of: Of = None,
    random: int | None = None,
    seed: int = 0,
    scheme: Scheme = "grid",
    jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    out: str | os.PathLike[str] | None = None,
    numbers: Numbers = "fraction",
    resume: bool = False,
    watch: Callable[[int, int], None] | None = None,
) -> SweepTable:
    r"""Return a table with a row for each point of a design: its inputs, and the answer to a question there.

    Answers are those that the claims of a scenario would get, with the same exactness. If possible, one calculation
    with symbolic parameters answers all points at which its comparisons have the same outcome; other points are
    calculated one by one. A point without an answer has the error as text, even if it ended its process or exhausted
    its memory.

    Args:
        what: one or several scenarios, paths or slugs; a folder stands for its scenarios.
        over: parameter, "variant" or "spec" -> values, or text: "0:1:101" (101 exact values), "1/4,1/2", "0:1" (a range
            to draw from), "\*" (all).
        ask: a question: "deceptive", "ici decision=D node=X", or the corresponding mapping.
        of: the specification whose composition the question is about; if left out and the diagram has no decision, the
            first.
        random: draw this many points instead of taking all combinations.
        seed: the seed of the random design.
        scheme: "grid", all combinations; "alone", each parameter by itself, the others as declared; "uniform"; "latin",
            one value in each of ``random`` slices of a parameter's range.
        jobs: the number of processes; on a cluster, how many chunks of points are handed out at a time (if left out,
            two for each thread of its workers).
        backend: "loky" (processes of this machine), "dask" or "ray".
        scheduler: the address of the cluster's scheduler, such as "tcp://...:8786".
        out: a .csv or .parquet file for the table. Until it is written, results are kept beside it in ``out``.journal.
        numbers: the form of numbers in a .csv file.
        resume: reuse the journal of an interrupted sweep; points with errors of the machine, such as a missing package
            or a lost process, are asked again.
        watch: a function called with the numbers of finished points and of all points.

    Raises:
        ScenarioError: an item cannot be read, or does not fit the scenario.
        TooLarge: more than a million points.
        NotApplicable: a needed package is missing here or on a worker, a worker has another version, or the cluster is
            gone.

    >>> table = sweep("hubinger2019/two-corners", {"mu": "1/4,1/3,1/2"}, ask="eu", of="deceptive")
    >>> [(str(row["mu"]), str(row["eu"])) for row in table]
    [('1/4', '55/16'), ('1/3', '3'), ('1/2', '3')]
    """
    if out is not None:
        format_of(out)
    scenarios, question = _scenarios(what), asked(ask)
    points = points_of(scenarios, axes_of(over or {}), of, design_of(scheme, random, seed))
    if not points:
        raise ScenarioError("there is nothing to ask: no scenario, or no point.")
    run = _Run(_job(scenarios, points, question), points, watch)
    journal = Journal.beside(Path(out), resume=resume) if out is not None else None
    try:
        with workers(jobs, backend, scheduler) as pool:
            run.complete(pool, journal)
    except Gone as error:
        raise Gone(f"{error} {_kept(journal)}") from error
    table = SweepTable(question.question.text(), Rows(Inputs(points), run.cells, points.names))
    if out is not None and journal is not None:
        table.save(out, numbers=numbers)
        journal.remove()
    return table


def _kept(journal: Journal | None) -> str:
    """Return how a sweep goes on that lost its cluster."""
    if journal is None:
        return "Nothing is kept: give a file for the table (out=, -o), and a sweep can be resumed."
    return f"What was found is in {journal.path}: start the same sweep again with resume=True (--resume)."


def _scenarios(what: Swept | Iterable[Swept]) -> tuple[Scenario, ...]:
    found: list[Scenario] = []
    for item in listed(what, "sweep", ", or ask cm.conditions"):
        found += [item] if isinstance(item, Scenario) else loaded(files_of(item))
    slugs = [scenario.slug for scenario in found]
    if twice := next((slug for slug in slugs if slugs.count(slug) > 1), None):
        raise ScenarioError(f"{twice} is named twice. Leave one out.")
    return tuple(found)


@dataclass(frozen=True)
class _Asked:
    """A job, and what the key of a point is made of: a hash of model, question and point."""

    job: Job
    marks: Mapping[tuple[str, str], str]
    question: str

    def key(self, s: Setting) -> str:
        """Return the key of a point."""
        return digest(_VERSION, self.marks[s.model, s.variant], self.question, named_of(s.spec), repr(s.values))


def _job(scenarios: Sequence[Scenario], points: Points, ask: Asking) -> _Asked:
    by_slug = {scenario.slug: scenario for scenario in scenarios}
    wanted = dict.fromkeys((setting.model, setting.variant) for setting in points)
    named = {(slug, name): by_slug[slug].variant(name) if name else by_slug[slug] for slug, name in wanted}
    parts = {part: replace(scenario, claims=(), runs=(), variants=()) for part, scenario in named.items()}
    marks = {part: digest(identity_of(scenario)) for part, scenario in parts.items()}
    question = ask.model_dump_json(by_alias=True, exclude_unset=True)
    return _Asked(Job(digest(question, *marks.values()), parts, ask.question), marks, question)


# --- running --------------------------------------------------------------------------------------------------------


class _Run:
    """A sweep under way: what was found so far, by place."""

    def __init__(self, asked: _Asked, points: Points, watch: Callable[[int, int], None] | None) -> None:
        self.asked, self.points, self.watch = asked, points, watch
        self.cells, self.done, self.count = Cells(len(points)), bytearray(len(points)), 0

    def complete(self, pool: Pool | None, journal: Journal | None) -> None:
        """Find what is not known; what is new goes to the journal at once."""
        if journal is not None:
            self._recall(journal)
            journal.mend()
        self._tell()
        todo = (place for place in range(len(self.points)) if not self.done[place])
        for chunk in self._here(todo) if pool is None else self._elsewhere(todo, pool):
            if journal is not None:
                journal.add({self.asked.key(self.points[place]): found for place, found in chunk.items()})
            self._enter(chunk)
            self._tell()

    def _recall(self, journal: Journal) -> None:
        places: dict[str, list[int]] = {}
        for key, found in journal.read():
            if not places:
                for place, setting in enumerate(self.points):
                    places.setdefault(self.asked.key(setting), []).append(place)
            if not found.again:
                self._enter(dict.fromkeys(places.pop(key, ()), found))

    def _enter(self, chunk: Mapping[int, Found]) -> None:
        for place, found in chunk.items():
            self.cells.put(place, found.cells, found.error)
            self.done[place] = True
        self.count += len(chunk)

    def _tell(self) -> None:
        if self.watch is not None:
            self.watch(self.count, len(self.points))

    def _here(self, todo: Iterable[int]) -> Iterator[dict[int, Found]]:
        chunk, start = dict[int, "Found"](), monotonic()
        for place in todo:
            chunk[place] = found_at(self.asked.job, [self.points[place]])[0]
            if len(chunk) >= _LARGEST or monotonic() - start > _SECONDS:
                yield chunk
                chunk, start = {}, monotonic()
        if chunk:
            yield chunk

    def _elsewhere(self, todo: Iterable[int], pool: Pool) -> Iterator[dict[int, Found]]:
        size = max(1, min(_LARGEST, -(-(len(self.points) - self.count) // _CHUNKS)))
        left = iter(todo)
        slices = iter(lambda: list(islice(left, size)), [])
        chunks = (_Chunk.of(self.asked.job, {place: self.points[place] for place in places}) for places in slices)
        for chunk, found in singly(pool, _answered, chunks, _Chunk.singly):
            lost = isinstance(found, Lost)
            yield dict.fromkeys(chunk.points, Found({}, found.why, again=True)) if lost else found


@dataclass(frozen=True)
class _Chunk:
    """Points by place, and a job with the parts of scenarios that they need."""

    job: Job
    points: Mapping[int, Setting]

    @classmethod
    def of(cls, job: Job, points: Mapping[int, Setting]) -> _Chunk:
        """Return the chunk of some points of a job."""
        needed = dict.fromkeys((setting.model, setting.variant) for setting in points.values())
        return cls(replace(job, parts={part: job.parts[part] for part in needed}), points)

    def singly(self) -> list[_Chunk]:
        """Return a chunk for each point."""
        return [_Chunk.of(self.job, {place: setting}) for place, setting in self.points.items()]


def _answered(chunk: _Chunk) -> dict[int, Found]:
    return dict(zip(chunk.points, found_at(chunk.job, list(chunk.points.values())), strict=True))
