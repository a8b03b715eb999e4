"""The forms in which a report is written."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

from cidmesa.errors import ScenarioError, near_miss

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.check.report import Report

__all__ = ["FORMATS", "rendered"]

_HOMES = {
    "junit": "formats.junit:junit",
    "sarif": "formats.sarif:sarif",
    "github": "formats.github:github",
    "md": "formats.markdown:markdown",
    "html": "check.ledger:ledger",
}
FORMATS = ("text", "concise", "json", *_HOMES)


def rendered(report: Report, form: str) -> str:
    """Return a report in one of the formats text, concise, json, junit, sarif, github, md, html.

    Raises:
        ScenarioError: an unknown format.

    >>> import cidmesa as cm
    >>> rendered(cm.check([]), "concise")
    '0 passed, 0 failed, 0 skipped'

    """
    if form == "text":
        return report.to_text()
    if form == "concise":
        return report.to_concise()
    if form == "json":
        return json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    if form not in _HOMES:
        known = ", ".join(FORMATS)
        raise ScenarioError(f"the format {form!r} is not known.{near_miss(form, FORMATS)} Formats: {known}.")
    module, function = _HOMES[form].split(":")
    write: Callable[[Report], str] = getattr(import_module(f"cidmesa.library.{module}"), function)
    return write(report)
