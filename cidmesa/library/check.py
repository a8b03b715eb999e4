"""`check`: ask every claim of some scenarios and compare the answers with what is expected."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from joblib import Parallel, delayed

from cidmesa.errors import ScenarioError, near_miss
from cidmesa.library.bibliography import unknown_sources
from cidmesa.library.catalogue import files_of, loaded
from cidmesa.library.claims import METHODS, outcomes_of
from cidmesa.library.report import BAD, Report
from cidmesa.library.scenario import Scenario
from cidmesa.library.selection import matches
from cidmesa.library.shelf import library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.library.scenario import Claim, Outcome

__all__ = ["check"]

Checked: TypeAlias = str | Path | Scenario


def check(
    what: Checked | Iterable[Checked] | None = None,
    method: str = "both",
    jobs: int = 1,
    keyword: str | None = None,
    tag: str | None = None,
    maxfail: int | None = None,
) -> Report:
    """Return a report on the claims of scenarios and their variants; it is true iff all are as expected.

    Args:
        what: paths (files, folders), slugs or scenarios; the shipped library where left out.
        method: "graphical" asks the questions about diagrams, "exact" those about numbers, "both" all, and
            besides whether numbers contradict what is said of diagrams.
        jobs: processes to share the work.
        keyword: words with and, or, not; looks at claims whose ``slug::id`` fits.
        tag: looks at scenarios with this tag.
        maxfail: stop after so many claims that failed or could not be answered.

    Raises:
        ScenarioError: a file is wrong (the mistakes of all files), or its source is not in the bibliography.

    >>> from cidmesa.library.loader import loads
    >>> nodes = "{D: {kind: decision}, U: {kind: utility, parents: [D]}}"
    >>> claim = "{id: a, says: It matters., ask: {ici: {decision: D, node: U}}, expect: true}"
    >>> scenario = loads(f"{{cidmesa: 1, title: Small, nodes: {nodes}, claims: [{claim}]}}")
    >>> check(scenario).closing
    '1 passed, 0 failed, 0 skipped'

    """
    start = perf_counter()
    if method not in METHODS:
        raise ScenarioError(f"the method {method!r} is not known.{near_miss(method, METHODS)} "
                            f"Methods: {', '.join(METHODS)}.")  # fmt: skip
    matches("", keyword)
    work = [(part, claims) for part, claims in _selected(_scenarios(what), keyword, tag) if claims]
    outcomes = _limited(_found(work, method, jobs), maxfail)
    return Report(tuple(outcomes), perf_counter() - start)


def _scenarios(what: Checked | Iterable[Checked] | None) -> tuple[Scenario, ...]:
    items = [library()] if what is None else [what] if isinstance(what, str | Path | Scenario) else list(what)
    given = [item for item in items if isinstance(item, Scenario)]
    files = [file for item in items if not isinstance(item, Scenario) for file in files_of(item)]
    found = (*given, *loaded(dict.fromkeys(files)))
    if lines := unknown_sources(found):
        raise ScenarioError("\n".join(lines))
    return found


def _selected(
    scenarios: Iterable[Scenario], keyword: str | None, tag: str | None
) -> Iterable[tuple[Scenario, tuple[Claim, ...]]]:
    for whole in scenarios:
        if tag is None or tag in whole.tags:
            for part in (whole, *whole.variants):
                yield part, tuple(claim for claim in part.claims if matches(f"{part.slug}::{claim.id}", keyword))


def _found(work: list[tuple[Scenario, tuple[Claim, ...]]], method: str, jobs: int) -> Iterable[Outcome]:
    if jobs == 1 or len(work) < 2:
        return (outcome for part, claims in work for outcome in outcomes_of(part, claims, method))
    tasks = (delayed(_all_outcomes)(part, claims, method) for part, claims in work)
    results = Parallel(n_jobs=jobs, return_as="generator")(tasks)
    return (outcome for outcomes in results for outcome in outcomes)


def _all_outcomes(scenario: Scenario, claims: tuple[Claim, ...], method: str) -> tuple[Outcome, ...]:
    return tuple(outcomes_of(scenario, claims, method))


def _limited(outcomes: Iterable[Outcome], maxfail: int | None) -> Iterable[Outcome]:
    bad = 0
    for outcome in outcomes:
        yield outcome
        bad += outcome.status in BAD
        if maxfail is not None and bad >= maxfail:
            return
