"""Curves over one parameter: a line for each quantity, or a band for each answer in words, with exact thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, TypeAlias

from cidmesa.errors import NotApplicable
from cidmesa.modelling.parameter import number_of
from cidmesa.render.charts.chart import (
    Chart,
    Tabular,
    answer_of,
    axes_for,
    cut,
    is_numeric,
    key_below,
    kinds_of,
    look,
    patch_of,
    shown_cell,
    shown_name,
    varying,
)
from cidmesa.render.labels import label, plain
from cidmesa.render.palette import HIGHLIGHT, MISSING, PALE, SERIES, Stroke
from cidmesa.symbolic.condition import Condition
from cidmesa.symbolic.lifting import Point

__all__ = ["curves"]

Series: TypeAlias = "list[tuple[Fraction, Any]]"  # value of the parameter and cell, rising

_LONGEST = 18  # characters of an exact number; longer ones are rounded
_FEW = 9  # whole values that are marked each by itself
_RULE = Stroke(HIGHLIGHT, 1.6, (4.0, 3.0))


def curves(
    table: Tabular,
    x: str | None = None,
    show: str | Sequence[str] | None = None,
    *,
    colour: str | None = None,
    at: Condition | Sequence[object] | None = None,
    title: str = "",
    axes: Any = None,
) -> Chart:
    """Return a chart over one parameter, with a line for each quantity or a coloured band for each answer in words.

    Rows that differ in other inputs have separate lines or bands. A band whose answers are yes at exactly the points
    where the condition ``at`` holds is coloured by the condition itself.

    Args:
        table: a sweep, from `cm.sweep`.
        x: the parameter on the horizontal axis; if left out, the one with the most values.
        show: an answer, or several of the same kind; the first if left out.
        colour: an answer in words that colours a line of numbers, such as the optimal option.
        at: a condition on the parameter (its exact thresholds are marked), or values to mark.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: no parameter varies, the answer is unknown, or there are too many lines.
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "0:1:11"}, ask="optimal", of="deceptive")
    >>> print(curves(table, show="optimal.value"))
    optimal.value over mu from 0 to 1: from 5 to 3
    """
    numbers, _ = varying(table)
    if not numbers:
        raise NotApplicable("no parameter takes several values in this table, so there is no curve over it.")
    x = x or numbers[0]
    shown = [answer_of(table, name) for name in ([show] if show is None or isinstance(show, str) else show)]
    series = _all_series(table, x, shown)
    if len(series) > len(SERIES):
        raise NotApplicable(f"{len(series)} lines cannot be told apart. Fix other inputs, or draw a phase diagram.")
    marks = _Marks.of(at, x)
    if is_numeric([cell for name in shown for cell in table.column(name)]):
        tints = None if colour is None else _all_series(table, x, shown, answer_of(table, colour))
        ground = axes_for(axes, 3.4, title)
        words = _lines(ground, series, tints, marks)
    else:
        ground = axes_for(axes, 1.2 + 0.36 * len(series), title)
        words = _bands(ground, series, marks)
    _framed(ground, x, shown, [place for line in series.values() for place, _ in line], marks)
    marked = f"; marked: {', '.join(text for _, text in marks.texts)}" if marks.texts else ""
    return Chart(ground, f"{', '.join(shown)} over {x}{words}{marked}")


def _all_series(table: Tabular, x: str, shown: Sequence[str], read: str = "") -> dict[str, Series]:
    """Return the points of each line, by the text of what tells the lines apart; ``read`` names another answer."""
    numbers, names = varying(table)
    others = [name for name in (*names, *numbers) if name != x]
    found: dict[str, Series] = {}
    for answer in shown:
        for i, (place, cell) in enumerate(zip(table.column(x), table.column(read or answer), strict=True)):
            parts = [f"{name} = {shown_cell(table.column(name)[i])}" for name in others]
            line = found.setdefault(", ".join([*([answer] if len(shown) > 1 else []), *parts]), [])
            line.append((Fraction(place), cell))
    return {key: sorted(line, key=lambda point: point[0]) for key, line in found.items()}


def _framed(ground: Any, x: str, shown: Sequence[str], places: Sequence[Fraction], marks: _Marks) -> None:
    """Give the axes their names and ends, and mark the thresholds."""
    ground.set_xlabel(shown_name(x))
    ground.set_ylabel(shown_name(shown[0]) if len(shown) == 1 else "")
    low, high = min(places), max(places)
    if low < high:
        ground.set_xlim(float(low), float(high))
    distinct = sorted(set(places))
    if len(distinct) <= _FEW and all(place.denominator == 1 for place in distinct):
        ground.set_xticks([int(place) for place in distinct])
    for i, (place, text) in enumerate(marks.texts):
        ground.axvline(place, **look(_RULE))
        above = (0, 3 + 12 * (i % 2))  # near ones stand in two rows by turns, so that they can be read
        size = {"color": HIGHLIGHT, "fontsize": "small", "ha": "center", "va": "bottom"}
        ground.annotate(text, (place, 1), above, ground.get_xaxis_transform(), "offset points", **size)
    if marks.texts and ground.get_title():
        ground.set_title(
            ground.get_title(), pad=8 + 12 * min(len(marks.texts), 2), fontsize="medium", fontweight="bold"
        )


# --- thresholds -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Marks:
    """Values of the parameter that are marked, and the condition that changes there, if one was given."""

    name: str
    numbers: tuple[Any, ...] = ()
    condition: Condition | None = None

    @classmethod
    def of(cls, at: Condition | Sequence[object] | None, name: str) -> _Marks:
        """Return the thresholds of a condition on the parameter, or the numbers listed."""
        if not isinstance(at, Condition):
            return cls(name, tuple(number_of(value) if isinstance(value, str) else value for value in at or ()))
        if at.names != (name,):
            raise NotApplicable(
                f"the condition is on {', '.join(at.names)}, not on {name} alone, so it has no threshold to mark. "
                f"Ask for one with over=[{name!r}]."
            )
        return cls(name, at.thresholds, at)

    @property
    def places(self) -> list[float]:
        """Where they stand, rising."""
        return sorted(map(float, self.numbers))

    @property
    def texts(self) -> list[tuple[float, str]]:
        """Place and text of each: exact where the text is short."""
        return sorted((float(number), _text(number, self.name)) for number in self.numbers)

    def tells(self, line: Series) -> bool:
        """Return whether the answers are yes exactly where the condition holds, which is known for all values."""
        if self.condition is None or not self.condition.complete or self.condition.parameters[0].integer:
            return False
        return all(cell is self.holds(place) for place, cell in line)

    def holds(self, place: Fraction) -> bool:
        """Return whether the condition holds at a value."""
        return self.condition is not None and self.condition.formula.holds(Point((self.name,), (place,)))


def _text(number: Any, name: str) -> str:
    exact = str(Fraction(number) if isinstance(number, int | Fraction) else number)
    exact = exact.replace("sqrt", "√").replace("*", " ")
    short = len(exact) <= _LONGEST and not isinstance(number, float)
    return f"{plain(label(name))} {f'= {exact}' if short else f'≈ {float(number):.4g}'}"


# --- lines of numbers -----------------------------------------------------------------------------------------------


def _lines(ground: Any, series: Mapping[str, Series], tints: Mapping[str, Series] | None, marks: _Marks) -> str:
    """Draw a line for each series, coloured by another answer where there are tints; return its ends in words."""
    kinds = kinds_of([cell for line in tints.values() for _, cell in line]) if tints is not None else []
    key: dict[str, Any] = {}
    for i, (text, line) in enumerate(series.items()):
        pieces = [(i, points) for points in _runs(line)]
        if tints is not None:
            pieces = list(_tinted(line, [kinds.index(cell) for _, cell in tints[text]], marks.places))
        for kind, points in pieces:
            (drawn,) = ground.plot(*zip(*points, strict=True), **look(_stroke(kind)))
            words = text if tints is None else shown_cell(kinds[kind])
            if words and words not in key:
                drawn.set_label(cut(words))
                key[words] = drawn
    key_below(ground, list(key.values()))
    ground.grid(axis="y", color="#E4E4E4", linewidth=0.6)
    xs = [float(place) for line in series.values() for place, _ in line] + marks.places
    return f" from {min(xs):g} to {max(xs):g}: from {_ends(series)}"


def _stroke(i: int) -> Stroke:
    colour, dashes = SERIES[i % len(SERIES)]
    return Stroke(colour, 2.0, dashes)


def _runs(line: Series) -> Iterator[list[tuple[float, float]]]:
    """Yield the pieces of a line between gaps."""
    for gap, piece in groupby(line, key=lambda point: point[1] is None):
        if not gap:
            yield [(float(place), float(cell)) for place, cell in piece]


def _tinted(line: Series, tint: list[int], breaks: Sequence[float]) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """Yield the line cut where its colour changes: at a threshold between two points, else in the middle."""
    piece: list[tuple[float, float]] = []
    for (here, there), (first, second) in zip(pairwise(line), pairwise(tint), strict=True):
        if here[1] is None or there[1] is None:
            if piece:
                yield first, piece
            piece = []
            continue
        start, end = ((float(place), float(cell)) for place, cell in (here, there))
        piece = piece or [start]
        if first != second:
            cut = next((place for place in breaks if start[0] <= place <= end[0]), (start[0] + end[0]) / 2)
            middle = (cut, start[1] + (end[1] - start[1]) * (cut - start[0]) / (end[0] - start[0] or 1.0))
            yield first, [*piece, middle]
            piece = [middle]
        piece.append(end)
    if piece:
        yield tint[-1], piece


def _ends(series: Mapping[str, Series]) -> str:
    ends = []
    for text, line in series.items():
        known = [cell for _, cell in line if cell is not None]
        span = f"{shown_cell(known[0])} to {shown_cell(known[-1])}" if known else "no answer"
        ends.append(f"{span} ({text})" if text else span)
    return "; ".join(ends)


# --- bands of answers in words --------------------------------------------------------------------------------------


def _bands(ground: Any, series: Mapping[str, Series], marks: _Marks) -> str:
    """Draw a band for each series; return its stretches in words."""
    bands = {
        text: _exact_pieces(line, marks) if marks.tells(line) else _pieces(line, marks.places)
        for text, line in series.items()
    }
    kinds = kinds_of([kind for pieces in bands.values() for *_, kind in pieces])
    fills = {kind: MISSING if kind is None else PALE[i] for i, kind in enumerate(kinds)}
    words = []
    for row, (text, pieces) in enumerate(bands.items()):
        for low, high, kind in pieces:
            ground.barh(row, high - low, 0.72, low, color=fills[kind])
        said = ", ".join(f"{shown_cell(kind)} from {low:.4g} to {high:.4g}" for low, high, kind in pieces)
        words.append(f"{text}: {said}" if text else said)
    ground.set_yticks(range(len(series)), [*map(cut, series)])
    ground.tick_params(axis="y", length=0)
    ground.set_ylim(len(series) - 0.5, -0.5)
    key_below(ground, [patch_of(fills[kind], shown_cell(kind)) for kind in kinds])
    return f": {'; '.join(words)}"


def _exact_pieces(line: Series, marks: _Marks) -> list[tuple[float, float, Any]]:
    """Return the stretches between thresholds in which the condition holds, and does not."""
    low, high = line[0][0], line[-1][0]
    cuts = [low, *(cut for cut in map(Fraction, marks.places) if low < cut < high), high]
    found: list[tuple[float, float, Any]] = []
    for start, end in pairwise(cuts):
        kind = marks.holds((start + end) / 2)
        first = found.pop()[0] if found and found[-1][2] is kind else float(start)
        found.append((first, float(end), kind))
    return found


def _pieces(line: Series, breaks: Sequence[float]) -> list[tuple[float, float, Any]]:
    """Return the stretches of equal answers: they meet at a threshold between two points, else in the middle."""
    found: list[tuple[float, float, Any]] = []
    for place, cell in ((float(place), cell) for place, cell in line):
        if found and found[-1][2] == cell and type(found[-1][2]) is type(cell):
            found[-1] = (found[-1][0], place, cell)
            continue
        low = place
        if found:
            low = next((b for b in breaks if found[-1][1] <= b <= place), (found[-1][1] + place) / 2)
            found[-1] = (found[-1][0], low, found[-1][2])
        found.append((low, place, cell))
    return [piece for piece in found if piece[0] < piece[1]] or found
