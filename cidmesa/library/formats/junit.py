"""JUnit XML: a suite for each scenario, a test case for each claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from cidmesa.library.check.report import BAD, CODES, difference
from cidmesa.library.formats.places import message, spot

if TYPE_CHECKING:
    from cidmesa.library.check.report import Report
    from cidmesa.library.scenario import Outcome

__all__ = ["junit"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """Return the report as JUnit XML; claims that are false as marked count as skipped."""
    root = ET.Element("testsuites", {"name": "cidmesa check"} | _counts(report.outcomes))
    for slug, outcomes in report.by_scenario.items():
        suite = ET.SubElement(root, "testsuite", {"name": slug} | _counts(outcomes))
        for outcome in outcomes:
            _case(suite, outcome)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    """Return the attributes that count outcomes."""
    errors = sum(outcome.status == "error" for outcome in outcomes)
    numbers = {
        "tests": len(outcomes),
        "failures": sum(outcome.status in BAD for outcome in outcomes) - errors,
        "errors": errors,
        "skipped": sum(outcome.status in ("skipped", "xfailed") for outcome in outcomes),
    }
    seconds = sum(outcome.seconds for outcome in outcomes)
    return {name: str(number) for name, number in numbers.items()} | {"time": f"{seconds:.3f}"}


def _case(suite: ET.Element, outcome: Outcome) -> None:
    place = spot(outcome)
    case = ET.SubElement(suite, "testcase", classname=outcome.scenario, name=outcome.claim.id, file=place.file,
                         line=str(place.line), time=f"{outcome.seconds:.3f}")  # fmt: skip
    if outcome.status in BAD:
        tag = "error" if outcome.status == "error" else "failure"
        told = ET.SubElement(case, tag, type=CODES[outcome.status], message=_clean(difference(outcome)))
        told.text = _clean(message(outcome))
    elif outcome.status in ("skipped", "xfailed"):
        why = outcome.claim.xfail if outcome.status == "xfailed" else outcome.because
        ET.SubElement(case, "skipped", type=outcome.status, message=_clean(why))


def _clean(text: str) -> str:
    """Return text without the characters that XML can't hold."""
    return _NOT_XML.sub("\ufffd", text)
