"""Markdown: what is wrong, then a line for each scenario; for job summaries and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.library.check.report import BAD, CODES, difference
from cidmesa.library.formats.places import spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.check.report import Report
    from cidmesa.library.scenario import Outcome

__all__ = ["markdown"]


def markdown(report: Report) -> str:
    """Return the report as Markdown."""
    return "\n".join([f"**{report.closing}**", "", *_bad(report), *_scenarios(report)])


def _bad(report: Report) -> Iterator[str]:
    if report.bad:
        yield from ("| claim | code | what is wrong | place |", "|---|---|---|---|")
        yield from map(_row, report.bad)
        yield ""


def _row(outcome: Outcome) -> str:
    place = spot(outcome)
    wrong = f"{outcome.claim.says} {difference(outcome)}"
    cells = (f"`{outcome.id}`", CODES[outcome.status], wrong, f"{place.file}:{place.line}")
    return f"| {' | '.join(map(_cell, cells))} |"


def _scenarios(report: Report) -> Iterator[str]:
    yield from ("| scenario | claims | as expected |", "|---|---|---|")
    for slug, outcomes in report.by_scenario.items():
        bad = sum(outcome.status in BAD for outcome in outcomes)
        yield f"| `{slug}` | {len(outcomes)} | {f'{bad} not' if bad else 'all'} |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
