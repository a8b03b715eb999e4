"""Labels: node names as short mathematics (``Theta1`` as a Theta with a subscript), and how wide they are."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TypeAlias

__all__ = [
    "CAPITALS",
    "FONT",
    "GREEK",
    "LINE",
    "SCALES",
    "Label",
    "Run",
    "label",
    "label_width",
    "labels",
    "latex",
    "latex_escape",
    "lines_of",
    "plain",
    "text_width",
    "wrapped",
]

FONT = 14.0  # font size of labels in px; one em
LINE = 16.0  # px from line to line of a label
SCALES = (1.0, 0.72, 0.6)  # font scale of a label's own level, its subscripts, and the subscripts of those

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
CAPITALS = "".join(letter for name, letter in GREEK.items() if name[0].isupper())  # set upright, as in LaTeX
_COMMANDS = {letter: f"\\{name}" for name, letter in GREEK.items()}
_SPECIAL = {char: f"\\{char}" for char in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "θ": r"$\theta$",
    "Θ": r"$\Theta$",
    "→": r"$\to$",
    "−": "-",
    "…": r"\dots{}",
    "≈": r"$\approx$",
}

_WIDTHS = dict.fromkeys("iljtfI.,:;'!|()[]′ ", 0.36) | dict.fromkeys("mwMWΩΘΦΨ@%", 0.95)
_CAPITAL, _OTHER = 0.72, 0.56


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a label: its text, how deep it stands as a subscript (0, 1, 2), and whether it is italic.

    ``up`` is for superscripts, which stand as high as subscripts of their level stand low; ``tilde`` for mechanisms.
    """

    text: str
    level: int = 0
    italic: bool = False
    up: bool = False
    tilde: bool = False

    @property
    def shown(self) -> str:
        """The text as it is drawn, with its tilde over the middle."""
        half = (len(self.text) + 1) // 2
        return f"{self.text[:half]}\u0303{self.text[half:]}" if self.tilde else self.text


Label: TypeAlias = tuple[Run, ...]


def label(name: str) -> Label:
    """Return ``name`` as runs: Greek names as letters, digits and ``_x`` after a letter as subscripts, ``^x`` above.

    >>> plain(label("Theta1")), plain(label("D_A1")), plain(label("Reward")), plain(label("high_school"))
    ('Θ1', 'DA1', 'Reward', 'high school')
    >>> [run.level for run in label("D_A1")]
    [0, 1, 2]
    >>> [run.text for run in label("U^base_2")], label("U^base")[1].up
    (['U', '2', 'base'], True)
    """
    if raised := re.fullmatch(r"([^^]+)\^([^^_]+)(_[^^]+)?", name):
        low = label(raised[1] + (raised[3] or ""))
        if low[0].italic:
            return (*low, *(replace(run, up=True) for run in _piece(raised[2], 1)))
        return (Run(name),)
    head, *rest = name.split("_") if not name.startswith("_") else [name]
    if not all(rest) or (len(rest) > 2):
        return (Run(name),)
    runs = _piece(head, 0)
    if runs[0].italic:
        return runs + _subscript(rest, len(runs))
    if len(rest) == 1 and rest[0].isdigit() and len(runs) == 1:
        return (*runs, Run(rest[0], 1))
    return (Run(name.replace("_", " ")),) if rest else runs


def _subscript(parts: list[str], before: int) -> Label:
    """Return the runs of the parts after a letter; a comma stands between two subscripts."""
    runs: list[Run] = []
    for part in parts:
        if runs or before > 1:
            runs.append(Run(",", 1))
        runs += _piece(part, 1)
    return tuple(runs)


def _piece(text: str, level: int) -> Label:
    """Return one part of a name: a letter or word, then its trailing digits one level deeper."""
    match = re.fullmatch(r"(.*?\D)(\d+)('*)", text) or re.fullmatch(r"(.*?)()('*)", text)
    stem, digits, primes = match.groups() if match else (text, "", "")
    is_symbol = (len(stem) == 1 and stem.isalpha()) or stem in GREEK
    shown = GREEK.get(stem, stem) + "′" * len(primes)
    runs = (Run(shown, level, is_symbol),) if shown else ()
    return (*runs, Run(digits, level + 1)) if digits else runs or (Run(text, level),)


def labels(
    names: Iterable[str], mechanisms: Mapping[str, str] | None = None, given: Mapping[str, Label] | None = None
) -> dict[str, Label]:
    """Return the label of each name; names that would look the same are shown as they are written.

    ``mechanisms``: names of mechanisms with their variables, whose labels they take, with a tilde. ``given``: labels of
    names that do not have their own.

    >>> {name: plain(runs) for name, runs in labels(["X1", "X_1", "Y"]).items()}
    {'X1': 'X1', 'X_1': 'X_1', 'Y': 'Y'}
    """
    of, chosen = mechanisms or {}, given or {}

    def shown(name: str) -> Label:
        return chosen[name] if name in chosen else label(name)

    made = {name: _tilded(shown(of[name])) if name in of and name not in chosen else shown(name) for name in names}
    seen = Counter(made.values())
    return {name: runs if seen[runs] == 1 or name in chosen else (Run(name),) for name, runs in made.items()}


def lines_of(runs: Label) -> list[str]:
    """Return the lines of a label of words; a label of several runs has one."""
    return runs[0].text.split("\n") if len(runs) == 1 else [plain(runs)]


def wrapped(runs: Label, room: float) -> Label:
    r"""Return a label of several words on the fewest lines that fit the room in px, as even as can be.

    >>> wrapped(label("original_opinions"), 80)[0].text
    'original\nopinions'
    """
    words = runs[0].text.split()
    if len(runs) > 1 or "\n" in runs[0].text or len(words) < 2:
        return runs
    found = runs
    for count in range(1, min(len(words), 3) + 1):
        cuts = ((0, *inner, len(words)) for inner in combinations(range(1, len(words)), count - 1))
        made = ("\n".join(" ".join(words[a:b]) for a, b in pairwise(cut)) for cut in cuts)
        found = min(((replace(runs[0], text=text),) for text in made), key=label_width)
        if label_width(found) <= room:
            break
    return found


def _tilded(runs: Label) -> Label:
    return (replace(runs[0], tilde=True), *runs[1:])


def plain(runs: Label) -> str:
    """Return the label as text without subscripts."""
    return "".join("~" * run.tilde + run.text for run in runs)


def text_width(text: str, size: float) -> float:
    """Return an estimate, rather too wide than too narrow, of the width of ``text`` in px at a font of ``size`` px."""
    return size * sum(_WIDTHS.get(char, _CAPITAL if char.isupper() else _OTHER) for char in text)


def label_width(runs: Label) -> float:
    """Return an estimate of the width of a label in px."""
    if len(runs) == 1 and "\n" in runs[0].text:
        return max(text_width(line, FONT) for line in runs[0].text.split("\n"))
    low, high = (sum(_run_width(run) for run in runs if run.level and run.up == up) for up in (False, True))
    return sum(_run_width(run) for run in runs if not run.level) + (max(low, high) if high else low)


def _run_width(run: Run) -> float:
    return text_width(run.text, FONT * SCALES[run.level])


def latex_escape(text: str) -> str:
    r"""Return ``text`` with the characters that TeX reads as commands escaped.

    >>> print(latex_escape("50% of A_1"))
    50\% of A\_1
    """
    return "".join(_SPECIAL.get(char, char) for char in text)


def latex(runs: Label) -> str:
    r"""Return a label for LaTeX: mathematics where there is a symbol or subscript, else text.

    >>> print(latex(label("Theta1")), latex(label("D_A1")), latex(label("U_base")), latex(label("Reward")))
    $\Theta_{1}$ $D_{A_1}$ $U_{\mathrm{base}}$ Reward
    """
    if len(runs) == 1 and not runs[0].italic and not runs[0].tilde:
        return r" \\ ".join(map(latex_escape, runs[0].text.split("\n")))
    low, high = [run for run in runs if not run.up], [run for run in runs if run.up]
    return f"${_math(low, 0)}{f'^{{{_math(high, 1)}}}' if high else ''}$"


def _math(runs: list[Run], level: int) -> str:
    """Return the mathematics of runs at ``level`` and deeper."""
    out = ""
    while runs:
        if runs[0].level == level:
            out += _symbol(runs.pop(0))
            continue
        deeper = []
        while runs and runs[0].level > level:
            deeper.append(runs.pop(0))
        inner = _math(deeper, level + 1)
        out += f"_{inner}" if level and len(inner) == 1 else f"_{{{inner}}}"
    return out


def _symbol(run: Run) -> str:
    if run.tilde:
        accent = "\\tilde" if len(run.text) == 1 else "\\widetilde"
        return f"{accent}{{{_symbol(replace(run, tilde=False))}}}"
    core, primes = run.text.rstrip("′"), run.text.count("′")
    if not core.isascii() and core not in _COMMANDS:
        return _accented(core) if run.italic and _accented(core) else _text_in_mathematics(run, core) + "'" * primes
    if run.italic:
        return _COMMANDS.get(core, core) + "'" * primes
    if " " in core:
        return _text_in_mathematics(run, core)
    return run.text if re.fullmatch(r"[\d,+]+", run.text) else f"\\mathrm{{{latex_escape(core)}}}" + "'" * primes


_ACCENT_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
_ACCENT_NAMES = ("grave", "acute", "hat", "tilde", "bar", "breve", "dot", "ddot", "mathring", "check")
_ACCENTS = dict(zip(_ACCENT_MARKS, _ACCENT_NAMES, strict=True))
_SIZES = ("", "\\scriptsize ", "\\tiny ")


def _accented(letter: str) -> str:
    """Return a letter with an accent as mathematics, nothing where TeX has no such accent there."""
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) != 2 or not parts[0].isascii() or parts[1] not in _ACCENTS:
        return ""
    return f"\\{_ACCENTS[parts[1]]}{{{parts[0]}}}"


def _text_in_mathematics(run: Run, core: str) -> str:
    shape = "\\itshape " if run.italic else ""
    return f"\\mbox{{{_SIZES[min(run.level, len(_SIZES) - 1)]}{shape}{latex_escape(core)}}}"
