"""`check`: ask every claim of some scenarios and compare the answers with what is expected; outcomes found before."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

from cidmesa.errors import ScenarioError, not_there
from cidmesa.formats import write
from cidmesa.library.catalogue import library, unknown_sources
from cidmesa.library.check.outcomes import METHODS, Work, answered
from cidmesa.library.check.report import BAD, Report
from cidmesa.library.file.loader import files_of, loaded
from cidmesa.library.scenario import Claim, Outcome, Scenario, as_data, of_data

__all__ = ["Cache", "cache_folder", "check", "matches"]

Checked: TypeAlias = str | Path | Scenario


def check(
    what: Checked | Iterable[Checked] | None = None,
    method: str = "both",
    jobs: int = 1,
    keyword: str | None = None,
    tag: str | None = None,
    maxfail: int | None = None,
    timeout: float | None = None,
    watch: Callable[[Outcome, int], None] | None = None,
    cache: bool = False,
) -> Report:
    """Return a report on the claims of scenarios and their variants; it is true iff all are as expected.

    Args:
        what: paths (files, folders), slugs or scenarios; the shipped library where left out.
        method: "graphical" asks the questions about diagrams, "exact" those about numbers, "both" all, and
            besides whether numbers contradict what is said of diagrams.
        jobs: processes to share the work.
        keyword: words with and, or, not; looks at claims whose ``slug::id`` fits.
        tag: looks at scenarios with this tag.
        maxfail: stop after so many claims that are not as expected.
        timeout: seconds that one claim may take; its process is then ended.
        watch: called with each outcome and the number of all claims, as they are found.
        cache: take outcomes that were found before for the same content of a file by the same code, see `Cache`.

    Raises:
        ScenarioError: a file is wrong (the mistakes of all files), or its source is not in the bibliography.

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
    work = [Work(part, claims) for part, claims in _selected(_scenarios(what), keyword, tag) if claims]
    kept = Cache(method) if cache else None
    outcomes = tuple(_limited(_watched(_found(work, method, jobs, timeout, kept), work, watch), maxfail))
    if kept is not None:
        kept.keep((piece.scenario for piece in work), outcomes)
    return Report(outcomes, perf_counter() - start, tuple(piece.scenario for piece in work))


def _found(
    work: Sequence[Work], method: str, jobs: int, timeout: float | None, kept: Cache | None
) -> Iterator[Outcome]:
    """Yield the outcomes in order, those that are kept without asking."""
    asked = [(part, claim) for part, claims in work for claim in claims]
    known = {(part.slug, claim.id): kept.found(part, claim) if kept is not None else None for part, claim in asked}
    rest = [Work(part, tuple(c for c in claims if known[part.slug, c.id] is None)) for part, claims in work]
    fresh = answered([piece for piece in rest if piece.claims], method, jobs, timeout)
    for part, claim in asked:
        outcome = known[part.slug, claim.id]
        yield next(fresh) if outcome is None else outcome


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
        ScenarioError: a word is missing, or there are brackets.

    >>> matches("hubinger2019/two-corners::plan", "corners and not episode or red")
    True
    """
    if keyword is None:
        return True
    if "(" in keyword or ")" in keyword:
        raise ScenarioError(f"can't read the expression {keyword!r}: there are no brackets; use and, or, not.")
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
        raise ScenarioError(f"can't read the expression {keyword!r}: put and, or, not between single words.")
    return (words[0] in text) == wanted


_KEPT = ("passed", "failed", "xfailed", "xpassed", "contradicted")


def cache_folder() -> Path:
    """Return where outcomes are kept: ``cidmesa`` in XDG_CACHE_HOME, or in ``.cache`` of the home."""
    home = os.environ.get("XDG_CACHE_HOME")
    return Path(home if home else Path.home() / ".cache") / "cidmesa"


class Cache:
    """Outcomes by file, kept in one JSON file for each content of a scenario file, method, and state of the code.

    Nothing is kept in, or read from, a folder that others can write to. What can't be answered is asked again.
    """

    def __init__(self, method: str, folder: Path | None = None) -> None:
        self.method, self.folder = method, folder or cache_folder()
        self.pages: dict[str, dict[str, Any]] = {}

    def found(self, scenario: Scenario, claim: Claim) -> Outcome | None:
        """Return the outcome that is known for a claim, if any."""
        kept = self._page(scenario.path).get(f"{scenario.slug}::{claim.id}")
        if kept is None:
            return None
        said = (of_data(kept["got"]), tuple(kept["witness"]), kept["because"])
        return Outcome(scenario.slug, claim, kept["status"], *said, numbers=kept["numbers"])

    def keep(self, scenarios: Iterable[Scenario], outcomes: Iterable[Outcome]) -> None:
        """Write outcomes for later."""
        paths = {scenario.slug: scenario.path for scenario in scenarios}
        changed = set()
        for outcome in outcomes:
            if outcome.status in _KEPT:
                path = paths[outcome.scenario]
                self._page(path)[outcome.id] = {
                    "status": outcome.status,
                    "got": as_data(outcome.got),
                    "witness": outcome.witness,
                    "because": outcome.because,
                    "numbers": outcome.numbers,
                }
                changed.add(path)
        if changed and self._usable(make=True):
            for path in changed:
                if (file := self._file(path)) is not None:
                    write(file, json.dumps(self._page(path)).encode())

    def _page(self, path: str) -> dict[str, Any]:
        if path not in self.pages:
            file = self._file(path)
            there = file is not None and self._usable() and file.is_file()
            self.pages[path] = _page_in(file) if there and file is not None else {}
        return self.pages[path]

    def _file(self, path: str) -> Path | None:
        """Return the file that belongs to the content of ``path``; a scenario made from text has none."""
        if not Path(path).is_file():
            return None
        content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        name = hashlib.sha256(repr((content, self.method, _code())).encode()).hexdigest()
        return self.folder / f"{name}.json"

    def _usable(self, *, make: bool = False) -> bool:
        """Return whether the folder is there and nobody else can write to it."""
        if make:
            with suppress(OSError):  # then nothing is kept
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.folder.is_dir():
            return False
        if not hasattr(os, "getuid"):
            return True
        status = self.folder.stat()
        return status.st_uid == os.getuid() and not status.st_mode & 0o022 and os.access(self.folder, os.W_OK)


def _page_in(file: Path) -> dict[str, Any]:
    try:
        page = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return {}  # a file that is not whole is found anew
    return page if isinstance(page, dict) else {}


@cache
def _code() -> tuple[object, ...]:
    """Return what the answers depend on besides the file: Python, and every module of the package."""
    root = Path(__file__).parents[2]
    modules = sorted(root.rglob("*.py"))
    states = tuple((str(file.relative_to(root)), file.stat().st_size, file.stat().st_mtime_ns) for file in modules)
    return sys.version, states
