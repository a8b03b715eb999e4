"""The parts of a check that was shared by an array of jobs: written one by one, and put together again."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa import __version__
from cidmesa.errors import ScenarioError
from cidmesa.formats import system_errors, write
from cidmesa.library.caching import digest, identity_of_claim
from cidmesa.library.check.report import Report
from cidmesa.library.claim import Outcome, as_data, of_data
from cidmesa.library.file.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.library.check.check import Shard
    from cidmesa.library.scenario import Scenario

__all__ = ["keep", "merged"]

_FORM = "cidmesa check, part 1"


def keep(report: Report, file: Path, shard: Shard) -> None:
    """Write the outcomes of one part of a check."""
    parts = [
        {
            "path": str(Path(part.path).absolute()),
            "slug": part.slug,
            "outcomes": [_entry(o) for o in report.by_scenario.get(part.slug, ())],
        }
        for part in report.scenarios
    ]
    data = {"form": _FORM, "cidmesa": __version__, "shard": shard, "seconds": report.seconds, "scenarios": parts}
    write(file, json.dumps(data, ensure_ascii=False).encode())


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "claim": digest(identity_of_claim(outcome.claim)),
        "status": outcome.status,
        "got": as_data(outcome.got),
        "witness": outcome.witness,
        "because": outcome.because,
        "seconds": outcome.seconds,
        "numbers": outcome.numbers,
    }


def merged(files: Iterable[Path]) -> Report:
    """Return the report of a whole check from the files of all its parts; it takes as long as they took together.

    Raises:
        ScenarioError: a file is not part of a check, a part is missing or occurs twice, parts have different versions
            or numbers of parts, or a claim has changed since.
    """
    read = {file: _read(file) for file in files}
    counts = {data["shard"][1] for data in read.values()}
    if len(counts) != 1 or len({data["cidmesa"] for data in read.values()}) != 1:
        raise ScenarioError("the parts are not of one check: they differ in the number of parts, or in the version.")
    places = sorted(data["shard"][0] for data in read.values())
    (count,) = counts
    if places != list(range(1, count + 1)):
        missing = sorted({*range(1, count + 1)} - {*places})
        wrong = (
            f"part {missing[0]} is missing"
            if missing
            else f"part {next(p for p in places if places.count(p) > 1)} is there twice"
        )
        raise ScenarioError(f"{wrong}, of {count}. Give the file of each part once.")
    placed = [
        (data["shard"][0] - 1 + k * count, part) for data in read.values() for k, part in enumerate(data["scenarios"])
    ]
    parts = [part for _, part in sorted(placed, key=lambda pair: pair[0])]
    scenarios = _loaded(parts)
    outcomes = [o for part, scenario in zip(parts, scenarios, strict=True) for o in _outcomes(part, scenario)]
    return Report(tuple(outcomes), sum(data["seconds"] for data in read.values()), tuple(scenarios))


def _read(file: Path) -> dict[str, Any]:
    with system_errors(file, "read"):
        text = file.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.get("form") != _FORM:
        raise ScenarioError(f"{file} is not part of a check. cidmesa check --shard I/N -o FILE writes one.")
    return data


def _loaded(parts: Sequence[dict[str, Any]]) -> list[Scenario]:
    """Return the scenario of each part; a file is read once for what stands together."""
    found: list[Scenario] = []
    for path, group in groupby(parts, lambda part: part["path"]):
        whole = load(path)
        known = {one.slug: one for one in (whole, *whole.variants)}
        found += [known[part["slug"]] for part in group]
    return found


def _outcomes(part: dict[str, Any], scenario: Scenario) -> list[Outcome]:
    claims = {digest(identity_of_claim(claim)): claim for claim in (*scenario.claims, *scenario.runs)}
    found = []
    for entry in part["outcomes"]:
        if entry["claim"] not in claims:
            raise ScenarioError(
                f"{part['path']}: a claim of {scenario.slug} was changed since it was checked. Check again."
            )
        got, witness = of_data(entry["got"]), tuple(entry["witness"])
        rest = entry["because"], entry["seconds"], entry["numbers"]
        found.append(Outcome(scenario.slug, claims[entry["claim"]], entry["status"], got, witness, *rest))
    return found
