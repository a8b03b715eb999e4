"""SARIF 2.1.0: the bad outcomes as results that code hosts show in the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cidmesa import __version__
from cidmesa.library.check.report import CODES, MEANINGS
from cidmesa.library.formats.places import message, spot

if TYPE_CHECKING:
    from cidmesa.library.check.report import Report
    from cidmesa.library.scenario import Outcome

__all__ = ["sarif"]


def sarif(report: Report) -> str:
    """Return the report as SARIF."""
    rules = [{"id": code, "shortDescription": {"text": MEANINGS[status]}} for status, code in CODES.items()]
    driver = {"name": "cidmesa", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [*map(_result, report.bad)]}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(outcome: Outcome) -> dict[str, Any]:
    place = spot(outcome)
    region = {"startLine": place.line, "startColumn": place.column}
    where = {"artifactLocation": {"uri": place.file}, "region": region}
    return {
        "ruleId": CODES[outcome.status],
        "level": "error",
        "message": {"text": f"{outcome.id}: {message(outcome)}"},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"claim/v1": outcome.id},
    }
