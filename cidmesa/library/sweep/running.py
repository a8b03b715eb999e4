"""`sweep`: a question asked at every point of a design."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from cidmesa.library.sweep.points import Scheme, Setting, axes_of, design_of, settings_of
from cidmesa.library.sweep.result import Cell, Numbers, SweepRow, SweepTable, format_of
from cidmesa.workers.pool import Gone, Lost, Pool, singly, workers

if TYPE_CHECKING:
    import os

    from cidmesa.library.kinds import Asking

__all__ = ["sweep"]

Swept: TypeAlias = str | Path | Scenario
Keyed: TypeAlias = "dict[str, Setting]"

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
    settings = settings_of(scenarios, axes_of(over or {}), of, design_of(scheme, random, seed))
    if not settings:
        raise ScenarioError("there is nothing to ask: no scenario, or no point.")
    job, keys = _job(scenarios, settings, question)
    journal = Journal.beside(Path(out), resume=resume) if out is not None else None
    known = journal.read() if journal is not None else {}
    try:
        with workers(jobs, backend, scheduler) as pool:
            found = _completed(job, dict(zip(keys, settings, strict=True)), known, pool, journal, watch)
    except Gone as error:
        raise Gone(f"{error} {_kept(journal)}") from error
    table = _table(question, settings, [found[key] for key in keys], several=len(scenarios) > 1)
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


def _job(scenarios: Sequence[Scenario], settings: Sequence[Setting], ask: Asking) -> tuple[Job, list[str]]:
    """Return the job and the key of each setting: a hash of model, question and point."""
    by_slug = {scenario.slug: scenario for scenario in scenarios}
    wanted = dict.fromkeys((setting.model, setting.variant) for setting in settings)
    named = {(slug, name): by_slug[slug].variant(name) if name else by_slug[slug] for slug, name in wanted}
    parts = {part: replace(scenario, claims=(), runs=(), variants=()) for part, scenario in named.items()}
    marks = {part: digest(identity_of(scenario)) for part, scenario in parts.items()}
    question = ask.model_dump_json(by_alias=True, exclude_unset=True)
    keys = [digest(_VERSION, marks[s.model, s.variant], question, named_of(s.spec), repr(s.values)) for s in settings]
    return Job(digest(question, *marks.values()), parts, ask.question), keys


# --- running --------------------------------------------------------------------------------------------------------


def _completed(
    job: Job,
    wanted: Keyed,
    known: dict[str, Found],
    pool: Pool | None,
    journal: Journal | None,
    watch: Callable[[int, int], None] | None,
) -> dict[str, Found]:
    """Return what is found at all points that are wanted; what is new goes to the journal at once."""
    found = {key: known[key] for key in wanted if key in known and not known[key].again}
    todo = {key: setting for key, setting in wanted.items() if key not in found}
    if journal is not None:
        journal.mend()
    if watch is not None:
        watch(len(found), len(wanted))
    for chunk in _here(job, todo) if pool is None else _elsewhere(job, todo, pool):
        if journal is not None:
            journal.add(chunk)
        found |= chunk
        if watch is not None:
            watch(len(found), len(wanted))
    return found


def _here(job: Job, todo: Keyed) -> Iterator[dict[str, Found]]:
    chunk, start = dict[str, "Found"](), monotonic()
    for key, setting in todo.items():
        chunk[key] = found_at(job, [setting])[0]
        if len(chunk) >= _LARGEST or monotonic() - start > _SECONDS:
            yield chunk
            chunk, start = {}, monotonic()
    if chunk:
        yield chunk


@dataclass(frozen=True)
class _Chunk:
    """Points by key, and a job with the parts of scenarios that they need."""

    job: Job
    points: Keyed

    @classmethod
    def of(cls, job: Job, points: Keyed) -> _Chunk:
        """Return the chunk of some points of a job."""
        needed = dict.fromkeys((setting.model, setting.variant) for setting in points.values())
        return cls(replace(job, parts={part: job.parts[part] for part in needed}), points)

    def singly(self) -> list[_Chunk]:
        """Return a chunk for each point."""
        return [_Chunk.of(self.job, {key: setting}) for key, setting in self.points.items()]


def _elsewhere(job: Job, todo: Keyed, pool: Pool) -> Iterator[dict[str, Found]]:
    keys = list(todo)
    size = max(1, min(_LARGEST, -(-len(keys) // _CHUNKS)))
    chunks = [_Chunk.of(job, {key: todo[key] for key in keys[i : i + size]}) for i in range(0, len(keys), size)]
    for chunk, found in singly(pool, _answered, chunks, _Chunk.singly):
        yield {key: Found({}, found.why, again=True) for key in chunk.points} if isinstance(found, Lost) else found


def _answered(chunk: _Chunk) -> dict[str, Found]:
    return dict(zip(chunk.points, found_at(chunk.job, list(chunk.points.values())), strict=True))


# --- the table ------------------------------------------------------------------------------------------------------


def _table(ask: Asking, settings: Sequence[Setting], found: Sequence[Found], *, several: bool) -> SweepTable:
    named = {"model": several, "variant": any(s.variant for s in settings), "spec": any(s.spec for s in settings)}
    rows = [
        SweepRow(_inputs(setting, named), one.cells, one.error) for setting, one in zip(settings, found, strict=True)
    ]
    return SweepTable(ask.question.text(), tuple(rows))


def _inputs(setting: Setting, named: Mapping[str, bool]) -> dict[str, Cell]:
    texts = {"model": setting.model, "variant": setting.variant, "spec": named_of(setting.spec)}
    return {name: text or None for name, text in texts.items() if named[name]} | dict(setting.values)
