"""`Cache`: outcomes that were found before, for the same file and the same code."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa.files import write
from cidmesa.library.scenario import Outcome, as_data, of_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.library.scenario import Claim, Scenario

__all__ = ["Cache", "cache_folder"]

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
