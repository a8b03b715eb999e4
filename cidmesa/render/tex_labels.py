"""Labels as an author writes them: text, with mathematics between ``$`` signs, read as runs that all formats draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cidmesa.errors import NotApplicable
from cidmesa.render.labels import GREEK, Label, Run

__all__ = ["written"]

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_UPRIGHT = ("\\mathrm", "\\text", "\\textrm", "\\operatorname")
_SIGNS = {"\\to": "→", "\\ast": "*", "\\,": " ", "\\ ": " ", "\\_": "_", "\\%": "%", "\\&": "&", "\\{": "{", "\\}": "}"}
_DEEPEST = 2


def written(text: str) -> Label:
    r"""Return what an author wrote for a node as runs; a line break starts a new line.

    Raises:
        NotApplicable: figures cannot draw this mathematics in all formats; the message says what they can draw.

    >>> [(run.text, run.level) for run in written(r"$\theta_{t+1}$")]
    [('θ', 0), ('t', 1), ('+', 1), ('1', 1)]
    >>> [run.text for run in written("reward $R_t$")], written("$U^{base}$")[1].up
    (['reward ', 'R', 't'], True)
    """
    parts = text.split("$")
    if not text.strip() or len(parts) % 2 == 0:
        raise NotApplicable(f"the label '{text}' is empty or lacks a $. Write text, with mathematics between two $.")
    if len(parts) > 1 and "\n" in text:
        raise NotApplicable(f"the label '{text}' has mathematics on several lines. Write it on one line.")
    runs = [run for i, part in enumerate(parts) for run in (_mathematics(part, text) if i % 2 else _text(part))]
    raised = [i for i, run in enumerate(runs) if run.up]
    if raised and any(not run.up and not run.level for run in runs[raised[0] :]):
        raise NotApplicable(f"the label '{text}' goes on after a superscript. Put the superscript at the end.")
    return tuple(runs)


def _text(part: str) -> Iterator[Run]:
    if part:
        yield Run(part)


def _mathematics(part: str, whole: str) -> list[Run]:
    rest = _TOKEN.findall(part)
    runs = _read(rest, 0, False, whole)
    if rest:
        raise _unknown("}", whole)
    return runs


def _read(rest: list[str], level: int, up: bool, whole: str) -> list[Run]:
    """Return the runs up to the end of a group, and take them from the rest."""
    runs: list[Run] = []
    while rest and rest[0] != "}":
        sign = rest.pop(0)
        if sign in ("_", "^"):
            if level == _DEEPEST:
                raise NotApplicable(f"the label '{whole}' has more than {_DEEPEST} levels of subscripts.")
            runs += _group(rest, level + 1, up or sign == "^", whole)
        elif sign == "{":
            runs += _read(rest, level, up, whole)
            _closed(rest, whole)
        elif sign == "'" and runs:
            runs[-1] = Run(runs[-1].text + "′", runs[-1].level, runs[-1].italic, runs[-1].up, runs[-1].tilde)
        else:
            runs += _atom(sign, rest, level, up, whole)
    return runs


def _group(rest: list[str], level: int, up: bool, whole: str) -> list[Run]:
    if rest[:1] == ["{"]:
        rest.pop(0)
        runs = _read(rest, level, up, whole)
        _closed(rest, whole)
        return runs
    if not rest:
        raise _unknown("_", whole)
    return _atom(rest.pop(0), rest, level, up, whole)


def _closed(rest: list[str], whole: str) -> None:
    if not rest:
        raise NotApplicable(f"the label '{whole}' lacks a closing brace.")
    rest.pop(0)


def _atom(sign: str, rest: list[str], level: int, up: bool, whole: str) -> list[Run]:
    if sign in _UPRIGHT:
        inner = _group(rest, level, up, whole)
        return [Run("".join(run.text for run in inner), level, up=up)]
    if sign in ("\\tilde", "\\widetilde") and not level:
        return [Run(run.text, run.level, run.italic, run.up, True) for run in _group(rest, level, up, whole)[:1]]
    if sign.isspace():
        return []
    if sign in _SIGNS or sign[1:] in GREEK:
        shown = _SIGNS.get(sign) or GREEK[sign[1:]]
        return [Run(shown, level, sign not in _SIGNS, up)]
    if len(sign) > 1:
        raise _unknown(sign, whole)
    return [Run(sign, level, sign.isalpha(), up)]


def _unknown(sign: str, whole: str) -> NotApplicable:
    return NotApplicable(
        f"the label '{whole}' has '{sign}', which figures cannot draw there. They draw letters, digits, signs, Greek "
        r"names, sub- and superscripts, \mathrm, \text, \tilde, \to and \ast."
    )
