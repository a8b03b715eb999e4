"""`check`: ask every claim of some scenarios and compare the answers with what is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.errors import ScenarioError, not_there
from cidmesa.library.caching import Cache
from cidmesa.library.catalogue import library, unknown_sources
from cidmesa.library.check.outcomes import METHODS, Work, answered
from cidmesa.library.check.report import BAD, Report
from cidmesa.library.file.loader import files_of, listed, loaded
from cidmesa.library.scenario import Scenario

if TYPE_CHECKING:
    from cidmesa.library.claim import Claim, Outcome

__all__ = ["check", "matches"]

Checked: TypeAlias = str | Path | Scenario
Shard: TypeAlias = tuple[int, int]


def check(
    what: Checked | Iterable[Checked] | None = None,
    method: str = "both",
    jobs: int | None = 1,
    keyword: str | None = None,
    tag: str | None = None,
    maxfail: int | None = None,
    timeout: float | None = None,
    watch: Callable[[Outcome, int], None] | None = None,
    cache: bool = False,
    runs: bool = False,
    backend: str = "loky",
    scheduler: str | None = None,
    shard: Shard | None = None,
) -> Report:
    """Return a report on the claims of scenarios and their variants; true if all answers are as expected.

    Args:
        what: paths (files, folders), slugs or scenarios; the shipped library if left out.
        method: "graphical" asks questions about diagrams, "exact" those about numbers. "both" asks all, and also checks
            that numbers do not contradict the answers about diagrams.
        jobs: the number of processes, ``None`` for one a core where there are many claims; on a cluster, how many
            scenarios are handed out at a time, ``None`` for two for each thread of its workers.
        keyword: words with and, or, not; only claims whose ``slug::id`` matches are checked.
        tag: only scenarios with this tag are checked.
        maxfail: stop after this many claims that are not as expected.
        timeout: the seconds that one claim may take; its process is then ended.
        watch: a function called with each outcome, as it is found, and the number of all claims.
        cache: reuse outcomes that the same code found for the same content of a file; see `Cache`.
        runs: check the claims about real training (``runs:`` in a file) instead of the others.
        backend: "loky" (processes of this machine), "dask" or "ray".
        scheduler: the address of the cluster's scheduler.
        shard: (i, n): check only part i of n; a part is every n-th scenario or variant.

    Raises:
        ScenarioError: a file is wrong (the mistakes of all files), or its source is not in the bibliography.
        NotApplicable: the cluster cannot be used, or is gone.

    >>> from cidmesa.library.file.loader import loads
    >>> nodes = "{D: {kind: decision}, U: {kind: utility, parents: [D]}}"
    >>> claim = "{id: a, says: It matters., ask: {ici: {decision: D, node: U}}, expect: true}"
    >>> scenario = loads(f"{{cidmesa: 1, title: Small, nodes: {nodes}, claims: [{claim}]}}")
    >>> check(scenario).closing
    '1 passed, 0 failed, 0 skipped'
    """
    start = perf_counter()
    if method not in METHODS:
        raise ScenarioError(not_there(f"the method {method!r} is not known", method, METHODS, "Methods"))
    matches("", keyword)
    work = [Work(part, claims) for part, claims in _selected(_scenarios(what), keyword, tag, runs=runs) if claims]
    if shard is not None:
        work = work[shard[0] - 1 :: shard[1]]
    kept = Cache(method) if cache else None
    ask = partial(answered, method=method, jobs=jobs, timeout=timeout, backend=backend, scheduler=scheduler)
    outcomes = tuple(_limited(_watched(_found(work, ask, kept), work, watch), maxfail))
    if kept is not None:
        kept.keep((piece.scenario for piece in work), outcomes)
    return Report(outcomes, perf_counter() - start, tuple(piece.scenario for piece in work))


def _found(
    work: Sequence[Work], ask: Callable[[Sequence[Work]], Iterator[Outcome]], kept: Cache | None
) -> Iterator[Outcome]:
    """Yield the outcomes in order, those that are kept without asking."""
    asked = [(part, claim) for part, claims in work for claim in claims]
    known = {(part.slug, claim.id): kept.found(part, claim) if kept is not None else None for part, claim in asked}
    rest = [Work(part, tuple(c for c in claims if known[part.slug, c.id] is None)) for part, claims in work]
    fresh = ask([piece for piece in rest if piece.claims])
    for part, claim in asked:
        outcome = known[part.slug, claim.id]
        yield next(fresh) if outcome is None else outcome


def _scenarios(what: Checked | Iterable[Checked] | None) -> tuple[Scenario, ...]:
    items = [library()] if what is None else listed(what, "check")
    given = [item for item in items if isinstance(item, Scenario)]
    files = [file for item in items if not isinstance(item, Scenario) for file in files_of(item)]
    found = (*given, *loaded(dict.fromkeys(files)))
    if lines := unknown_sources(found):
        raise ScenarioError("\n".join(lines))
    return found


def _selected(
    scenarios: Iterable[Scenario], keyword: str | None, tag: str | None, *, runs: bool
) -> Iterable[tuple[Scenario, tuple[Claim, ...]]]:
    for whole in scenarios:
        if tag is None or tag in whole.tags:
            for part in (whole, *whole.variants):
                claims = part.runs if runs else part.claims
                yield part, tuple(claim for claim in claims if matches(f"{part.slug}::{claim.id}", keyword))


def _watched(
    outcomes: Iterable[Outcome], work: Sequence[Work], watch: Callable[[Outcome, int], None] | None
) -> Iterator[Outcome]:
    total = sum(len(piece.claims) for piece in work)
    for outcome in outcomes:
        if watch is not None:
            watch(outcome, total)
        yield outcome


def _limited(outcomes: Iterable[Outcome], maxfail: int | None) -> Iterable[Outcome]:
    bad = 0
    for outcome in outcomes:
        yield outcome
        bad += outcome.status in BAD
        if maxfail is not None and bad >= maxfail:
            return


# --- which claims -----------------------------------------------------------------------------------------------------


def matches(text: str, keyword: str | None) -> bool:
    """Return whether ``text`` fits an expression of words with ``and``, ``or`` and ``not``, which bind in this order.

    A word fits if the text contains it, whatever the case.

    Raises:
        ScenarioError: a word is missing, or the text contains brackets.

    >>> matches("hubinger2019/two-corners::plan", "corners and not episode or red")
    True
    """
    if keyword is None:
        return True
    if "(" in keyword or ")" in keyword:
        raise ScenarioError(f"cannot read the expression {keyword!r}: brackets are not allowed. Use and, or, not.")
    words = f" {'  '.join(keyword.lower().split())} "  # two blanks, so that each word has its own on both sides
    fits = [
        [_fits(text.lower(), part.split(), keyword) for part in either.split(" and ")] for either in words.split(" or ")
    ]
    return any(map(all, fits))  # every word is read, also those that no longer matter


def _fits(text: str, words: list[str], keyword: str) -> bool:
    wanted = True
    while words and words[0] == "not":
        wanted, words = not wanted, words[1:]
    if len(words) != 1:
        raise ScenarioError(f"cannot read the expression {keyword!r}: put and, or, not between single words.")
    return (words[0] in text) == wanted
