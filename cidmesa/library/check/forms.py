"""The forms in which a report is written, by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from cidmesa import __version__
from cidmesa.errors import ScenarioError, not_there
from cidmesa.library.check import FORMS
from cidmesa.library.check.report import BAD, WORDS, Report, difference, message, reasons_to_skip, spot

if TYPE_CHECKING:
    from cidmesa.library.claim import Outcome

__all__ = ["rendered"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rendered(report: Report, form: str) -> str:
    """Return a report in one of the forms text, concise, json, junit, sarif, github, md, html.

    Raises:
        ScenarioError: the form is unknown.

    >>> import cidmesa as cm
    >>> rendered(cm.check([]), "concise")
    '0 passed, 0 failed, 0 skipped'
    """
    if form not in FORMS:
        raise ScenarioError(not_there(f"the format {form!r} is not known", form, FORMS, "Formats"))
    return _WRITERS[form](report)


def _html(report: Report) -> str:
    from cidmesa.library.check.ledger import ledger  # draws diagrams

    return ledger(report)


# --- GitHub -----------------------------------------------------------------------------------------------------------


def _github(report: Report) -> str:
    """Return a workflow command for each bad outcome, and the closing line."""
    return "\n".join([*map(_command, report.bad), *reasons_to_skip(report), report.closing])


def _command(outcome: Outcome) -> str:
    place = spot(outcome)
    title = f"{WORDS[outcome.status].code} {outcome.id}"
    known = {"file": place.file, "line": str(place.line), "col": str(place.column), "title": title}
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in known.items())
    return f"::error {properties}::{_escaped(message(outcome))}"


def _escaped(text: str, more: str = "") -> str:
    r"""Return text in which the characters that end a command are written as ``%`` and a number.

    >>> _escaped("50%: a\nb", ":")
    '50%25%3A a%0Ab'
    """
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


# --- JUnit ------------------------------------------------------------------------------------------------------------


def _junit(report: Report) -> str:
    """Return the report as JUnit XML; claims that are false as marked count as skipped."""
    root = ET.Element("testsuites", {"name": "cidmesa check"} | _counts(report.outcomes))
    for slug, outcomes in report.by_scenario.items():
        suite = ET.SubElement(root, "testsuite", {"name": slug} | _counts(outcomes))
        for outcome in outcomes:
            _junit_case(suite, outcome)
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


def _junit_case(suite: ET.Element, outcome: Outcome) -> None:
    place = spot(outcome)
    known = {"classname": outcome.scenario, "name": outcome.claim.id, "file": place.file, "line": str(place.line)}
    case = ET.SubElement(suite, "testcase", known | {"time": f"{outcome.seconds:.3f}"})
    if outcome.status in BAD:
        tag = "error" if outcome.status == "error" else "failure"
        told = ET.SubElement(case, tag, type=WORDS[outcome.status].code, message=_clean(difference(outcome)))
        told.text = _clean(message(outcome))
    elif outcome.status in ("skipped", "xfailed"):
        why = outcome.claim.xfail if outcome.status == "xfailed" else outcome.because
        ET.SubElement(case, "skipped", type=outcome.status, message=_clean(why))


def _clean(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _markdown(report: Report) -> str:
    """Return the report as Markdown."""
    skipped = [f"{line}\n" for line in reasons_to_skip(report)]
    return "\n".join([f"**{report.closing}**", "", *skipped, *_markdown_bad(report), *_markdown_scenarios(report)])


def _markdown_bad(report: Report) -> Iterator[str]:
    if report.bad:
        yield from ("| claim | code | what is wrong | place |", "|---|---|---|---|")
        yield from map(_markdown_row, report.bad)
        yield ""


def _markdown_row(outcome: Outcome) -> str:
    place = spot(outcome)
    wrong = f"{outcome.claim.says} {difference(outcome)}"
    cells = (f"`{outcome.id}`", WORDS[outcome.status].code, wrong, f"{place.file}:{place.line}")
    return f"| {' | '.join(map(_markdown_cell, cells))} |"


def _markdown_scenarios(report: Report) -> Iterator[str]:
    yield from ("| scenario | claims | as expected |", "|---|---|---|")
    for slug, outcomes in report.by_scenario.items():
        bad = sum(outcome.status in BAD for outcome in outcomes)
        yield f"| `{slug}` | {len(outcomes)} | {f'{bad} not' if bad else 'all'} |"


def _markdown_cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


# --- SARIF ------------------------------------------------------------------------------------------------------------


def _sarif(report: Report) -> str:
    """Return the report as SARIF."""
    rules = [{"id": word.code, "shortDescription": {"text": word.meaning}} for word in WORDS.values() if word.code]
    driver = {"name": "cidmesa", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [*map(_sarif_result, report.bad)]}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _sarif_result(outcome: Outcome) -> dict[str, Any]:
    place = spot(outcome)
    region = {"startLine": place.line, "startColumn": place.column}
    where = {"artifactLocation": {"uri": place.file}, "region": region}
    return {
        "ruleId": WORDS[outcome.status].code,
        "level": "error",
        "message": {"text": f"{outcome.id}: {message(outcome)}"},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"claim/v1": outcome.id},
    }


_WRITERS: dict[str, Callable[[Report], str]] = {
    "text": Report.to_text,
    "concise": Report.to_concise,
    "json": lambda report: json.dumps(report.to_json(), indent=2, ensure_ascii=False),
    "junit": _junit,
    "sarif": _sarif,
    "github": _github,
    "md": _markdown,
    "html": _html,
}
