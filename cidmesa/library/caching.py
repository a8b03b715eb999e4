"""Outcomes that were found before, by what they depend on: a scenario as it was loaded, and a claim."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa import __version__
from cidmesa.errors import CidmesaError
from cidmesa.formats import write
from cidmesa.library.claim import Claim, Outcome, as_data, of_data
from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model

__all__ = ["Cache", "cache_folder", "digest", "identity_of", "identity_of_claim", "lasting"]

_KEPT = ("passed", "failed", "xfailed", "xpassed", "contradicted")


def cache_folder() -> Path:
    """Return where outcomes are kept: ``cidmesa`` in XDG_CACHE_HOME, or in ``.cache`` of the home."""
    home = os.environ.get("XDG_CACHE_HOME")
    return Path(home if home else Path.home() / ".cache") / "cidmesa"


class Cache:
    """Outcomes by what they depend on: the scenario as it was loaded, the claim, the method, and the state of the code.

    A page, one JSON file, holds those of one scenario or variant. Nothing is kept in, or read from, a folder that
    others can write to. What cannot be answered is asked again, and so is all that is not plain data: functions, and
    kinds of claims from outside of the package. A page that cannot be read or written costs time only.
    """

    def __init__(self, method: str, folder: Path | None = None) -> None:
        self.method, self.folder = method, folder or cache_folder()
        self.pages: dict[str, dict[str, Any]] = {}
        self.files: dict[int, tuple[Scenario, Path | None]] = {}  # the scenario is held, so that its id is its own

    def found(self, scenario: Scenario, claim: Claim) -> Outcome | None:
        """Return the outcome that is known for a claim, if any."""
        if (page := self._page(scenario)) is None or not _ours(claim):
            return None
        return _outcome(scenario, claim, page.get(_key(claim)))

    def keep(self, scenarios: Iterable[Scenario], outcomes: Iterable[Outcome]) -> None:
        """Write outcomes for later."""
        parts = {scenario.slug: scenario for scenario in scenarios}
        changed = {}
        for outcome in outcomes:
            page = self._page(parts[outcome.scenario]) if outcome.status in _KEPT and _ours(outcome.claim) else None
            if page is not None:
                page[_key(outcome.claim)] = _entry(outcome)
                changed[self._file(parts[outcome.scenario])] = page
        if changed and self._usable(make=True):
            with suppress(CidmesaError):  # a full disk: what was found is lost for later, not now
                for file, page in changed.items():
                    if file is not None:
                        write(file, json.dumps(page).encode())

    def _page(self, scenario: Scenario) -> dict[str, Any] | None:
        file = self._file(scenario)
        if file is None:
            return None
        if file.name not in self.pages:
            self.pages[file.name] = _page_in(file) if self._usable() else {}
        return self.pages[file.name]

    def _file(self, scenario: Scenario) -> Path | None:
        """Return the file of a scenario's page, ``None`` where what it is cannot be told by its content."""
        if id(scenario) not in self.files:
            identity = identity_of(scenario)
            name = f"{digest(identity, self.method, _code())}.json"
            self.files[id(scenario)] = scenario, self.folder / name if lasting(identity) else None
        return self.files[id(scenario)][1]

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
    except (OSError, ValueError, RecursionError):
        return {}  # a file that is not there, or not whole, is found anew
    return page if isinstance(page, dict) else {}


def _ours(claim: Claim) -> bool:
    return type(claim.question).__module__.partition(".")[0] in (__package__.partition(".")[0], "pydantic")


def _key(claim: Claim) -> str:
    return digest(identity_of_claim(claim))


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "got": as_data(outcome.got),
        "witness": outcome.witness,
        "because": outcome.because,
        "numbers": outcome.numbers,
    }


def _outcome(scenario: Scenario, claim: Claim, kept: Any) -> Outcome | None:
    """Return the outcome that an entry of a page holds, ``None`` for one that is damaged."""
    try:
        said = of_data(kept["got"]), tuple(kept["witness"]), str(kept["because"])
        status, numbers = kept["status"], str(kept["numbers"])
    except (ValueError, LookupError, TypeError):
        return None
    return Outcome(scenario.slug, claim, status, *said, numbers=numbers) if status in _KEPT else None


@cache
def _code() -> str:
    """Return a short text for what the answers depend on besides the file: Python, every module of the package."""
    root = Path(__file__).parents[1]
    modules = sorted(root.rglob("*.py"))
    states = tuple((str(file.relative_to(root)), file.stat().st_size, file.stat().st_mtime_ns) for file in modules)
    return digest(sys.version, __version__, repr(states))


# --- what answers depend on ----------------------------------------------------------------------------------------


def identity_of(scenario: Scenario) -> str:
    """Return all of a scenario that an answer may depend on, as text; its claims and variants are no part of it.

    >>> from cidmesa.library.file.loader import loads
    >>> coin = loads("{cidmesa: 1, title: Coin, nodes: {C: {kind: chance, prob: {h: 1/3, t: 2/3}}}}")
    >>> identity_of(coin) == identity_of(coin.at()), "1, 3" in identity_of(coin)
    (True, True)
    """
    bare = replace(scenario, claims=(), runs=(), variants=())
    training = [] if scenario.training is None else _of_training(scenario.training)
    model = [] if scenario.model is None else _of_model(scenario.model)
    return "\n".join([bare.to_text(), repr(scenario.cid.specs), repr(dict(scenario.specs)), *training, *model])


def _of_model(model: Model) -> list[str]:
    tables = {name: (table.variables, table.values.tolist()) for name, table in model.tables.items()}
    parts = dict(model.domains), tables, dict(model.mechanisms), dict(model.parameters), dict(model.menus)
    return list(map(repr, parts))


def _of_training(training: TrainingProcess) -> list[str]:
    given = {f.name: getattr(training, f.name) for f in fields(training) if f.name != "model"}
    return [*_of_model(training.model), repr({name: _whole(value) for name, value in given.items()})]


def _whole(value: Any) -> Any:
    return value.to_json() if isinstance(value, Policy) else value  # whose repr is cut where it is long


def identity_of_claim(claim: Claim) -> str:
    """Return all of a claim that its outcome depends on, as text."""
    return repr(
        (claim.id, claim.kind, claim.question.written(), claim.expect, claim.of, dict(claim.where), claim.xfail)
    )


def lasting(identity: str) -> bool:
    """Return whether an identity means the same in another process: it names no object by its address.

    >>> lasting("a"), lasting(repr(lasting))
    (True, False)
    """
    return " at 0x" not in identity


def digest(*texts: str) -> str:
    """Return a short text that only the same texts share.

    >>> digest("a", "b") == digest("a", "b"), len(digest("ab"))
    (True, 32)
    """
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
