"""Proofs of what was found for claims, one file for each answer that can have one."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from cidmesa.errors import CidmesaError, FileError
from cidmesa.formats import write
from cidmesa.library.proofs import proof_of_outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cidmesa.library.check.report import Report
    from cidmesa.library.claim import Outcome

__all__ = ["seen_from", "write_proofs"]

_ANSWERED = ("passed", "failed", "xfailed", "xpassed", "contradicted")


def write_proofs(report: Report, folder: Path, watch: Callable[[int], None] = lambda _: None) -> Report:
    """Write a proof of each answer that can have one, and return the report that knows the files.

    A file is called ``<slug>/<claim>.json``. ``watch`` is called with the number of answers looked at.

    Raises:
        FileError: a file cannot be written.

    >>> import cidmesa as cm, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = write_proofs(cm.check("everitt2021/grade-prediction"), pathlib.Path(folder))
    ...     found.proofs["everitt2021/grade-prediction::requisite"].name
    'requisite.json'
    """
    parts, written, done = {part.slug: part for part in report.scenarios}, {}, count(1)
    for outcome in report:
        watch(next(done))
        if outcome.status not in _ANSWERED:
            continue
        try:
            proof = proof_of_outcome(parts[outcome.scenario], outcome)
        except CidmesaError:
            continue  # none is known; the count says how many there are
        file = _file(folder, outcome)
        _make(file.parent)
        write(file, json.dumps(proof, ensure_ascii=False, indent=1).encode() + b"\n")
        written[outcome.id] = file
    return replace(report, proofs=written)


def _file(folder: Path, outcome: Outcome) -> Path:
    names = (quote(name, safe="@") for name in outcome.scenario.split("/"))
    return folder.joinpath(*names) / f"{quote(outcome.claim.id, safe='')}.json"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: cannot be made: {error.strerror or error}.") from error


def seen_from(report: Report, folder: Path) -> Report:
    """Return the report with the places of its proofs as a page in a folder links to them."""
    there = {name: file.__class__(os.path.relpath(file, folder)) for name, file in report.proofs.items()}
    return replace(report, proofs=there)
