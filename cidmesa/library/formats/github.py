"""Workflow commands: GitHub shows them as annotations of the lines where the claims stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.library.check.report import CODES
from cidmesa.library.formats.places import message, spot

if TYPE_CHECKING:
    from cidmesa.library.check.report import Report
    from cidmesa.library.scenario import Outcome

__all__ = ["github"]


def github(report: Report) -> str:
    """Return a workflow command for each bad outcome, and the closing line."""
    return "\n".join([*map(_command, report.bad), report.closing])


def _command(outcome: Outcome) -> str:
    place = spot(outcome)
    title = f"{CODES[outcome.status]} {outcome.id}"
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
