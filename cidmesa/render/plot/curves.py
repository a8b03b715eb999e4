"""Curves over one parameter: a line for each quantity, or a band for each answer in words, with exact thresholds."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.render.palette import MISSING, PALE, SERIES, Stroke
from cidmesa.render.plot.chart import Chart, Key, Line, Mark, Rectangle
from cidmesa.render.plot.reading import answer_of, is_numeric, kinds_of, shown_cell, varying
from cidmesa.render.plot.thresholds import rules_of, thresholds_of
from cidmesa.render.plot.ticks import axis_of, named_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.plot.reading import Tabular
    from cidmesa.symbolic.condition import Condition

__all__ = ["curves"]

Series = "list[tuple[float, Any]]"  # x and cell, by rising x


def curves(
    table: Tabular,
    x: str | None = None,
    show: str | Sequence[str] | None = None,
    *,
    colour: str | None = None,
    at: Condition | Sequence[object] | None = None,
    title: str = "",
) -> Chart:
    """Return a chart over one parameter: a line for each quantity, or a coloured band for each answer in words.

    Rows that differ in other inputs make lines or bands of their own.

    Args:
        table: such as `cm.sweep` gives.
        x: the parameter, the one with the most values where it is left out.
        show: an answer, or several of the same kind; the first where it is left out.
        colour: an answer in words by which a line of numbers is coloured, such as the option that is optimal.
        at: a condition on the parameter (its exact thresholds are marked), or values to mark.
        title: stands above.

    Raises:
        NotApplicable: no parameter varies, no such answer, too many lines.

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
    series = {key: line for name in shown for key, line in _series(table, x, name, several=len(shown) > 1).items()}
    if len(series) > len(SERIES):
        raise NotApplicable(f"{len(series)} lines can't be told apart. Fix other inputs, or draw a phase diagram.")
    marked = thresholds_of(at, x)
    if is_numeric([cell for name in shown for cell in table.column(name)]):
        tints = None if colour is None else _series(table, x, answer_of(table, colour), several=len(shown) > 1)
        return _lines(series, tints, (x, shown), marked, title)
    return _bands(series, (x, shown), marked, title)


def _series(table: Tabular, x: str, show: str, *, several: bool) -> dict[str, Any]:
    """Return the points of each line, by the text of what tells the lines apart."""
    numbers, names = varying(table)
    others = [name for name in (*names, *numbers) if name != x]
    columns = [table.column(name) for name in others]
    found: dict[str, Any] = {}
    for i, (place, cell) in enumerate(zip(table.column(x), table.column(show), strict=True)):
        parts = [f"{name} = {shown_cell(column[i])}" for name, column in zip(others, columns, strict=True)]
        found.setdefault(", ".join([*([show] if several else []), *parts]), []).append((float(place), cell))
    return {key: sorted(line, key=lambda point: point[0]) for key, line in found.items()}


# --- lines of numbers -----------------------------------------------------------------------------------------------


def _lines(
    series: Mapping[str, Any], tints: Mapping[str, Any] | None, named: tuple[str, list[str]],
    marked: Sequence[tuple[float, str]], title: str,
) -> Chart:  # fmt: skip
    x, shown = named
    xs = [place for line in series.values() for place, _ in line] + [place for place, _ in marked]
    ys = [float(cell) for line in series.values() for _, cell in line if cell is not None]
    marks: list[Mark] = [*rules_of(marked)]
    legend = [Key(text, stroke=_stroke(i)) for i, text in enumerate(series) if text] if tints is None else []
    if tints is None:
        for i, line in enumerate(series.values()):
            marks += [Line(points, _stroke(i)) for points in _runs(line)]
    else:
        kinds = kinds_of([cell for line in tints.values() for _, cell in line])
        legend = [Key(shown_cell(kind), stroke=_stroke(i)) for i, kind in enumerate(kinds)]
        breaks = [place for place, _ in marked]
        for line, tint in zip(series.values(), tints.values(), strict=True):
            marks += _tinted(line, [kinds.index(cell) for _, cell in tint], breaks)
    name = shown[0] if len(shown) == 1 else ""
    words = f"{', '.join(shown)} over {x} from {_text(xs)}: from {_ends(series)}"
    return Chart(title, axis_of(x, xs, exact=True), axis_of(name, ys), tuple(marks), tuple(legend), words)


def _stroke(i: int) -> Stroke:
    colour, dashes = SERIES[i % len(SERIES)]
    return Stroke(colour, 2.0, dashes)


def _runs(line: Any) -> list[Any]:
    """Return the pieces of a line between gaps."""
    pieces = groupby(line, key=lambda point: point[1] is None)
    return [tuple((place, float(cell)) for place, cell in piece) for gap, piece in pieces if not gap]


def _tinted(line: Any, tint: list[int], breaks: Sequence[float]) -> list[Line]:
    """Return the line cut where its colour changes: at a threshold between two points, else in the middle."""
    cuts: list[tuple[list[tuple[float, float]], int]] = []
    for (here, there), (first, second) in zip(pairwise(line), pairwise(tint), strict=True):
        if here[1] is None or there[1] is None:
            continue
        (x0, y0), (x1, y1) = (here[0], float(here[1])), (there[0], float(there[1]))
        cut = next((place for place in breaks if x0 <= place <= x1), (x0 + x1) / 2)
        middle = (cut, y0 + (y1 - y0) * (cut - x0) / (x1 - x0) if x1 > x0 else y0)
        steps = [([(x0, y0), (x1, y1)], first)] if first == second else \
            [([(x0, y0), middle], first), ([middle, (x1, y1)], second)]  # fmt: skip
        for points, kind in steps:
            if cuts and cuts[-1][1] == kind and cuts[-1][0][-1] == points[0]:
                cuts[-1][0].append(points[-1])
            else:
                cuts.append((points, kind))
    return [Line(tuple(points), _stroke(kind)) for points, kind in cuts if points[0] != points[-1]]


def _text(places: Sequence[float]) -> str:
    return f"{min(places):g} to {max(places):g}"


def _ends(series: Mapping[str, Any]) -> str:
    ends = []
    for text, line in series.items():
        known = [cell for _, cell in line if cell is not None]
        span = f"{shown_cell(known[0])} to {shown_cell(known[-1])}" if known else "no answer"
        ends.append(f"{span} ({text})" if text else span)
    return "; ".join(ends)


# --- bands of answers in words --------------------------------------------------------------------------------------


def _bands(
    series: Mapping[str, Any], named: tuple[str, list[str]], marked: Sequence[tuple[float, str]], title: str
) -> Chart:
    x, shown = named
    kinds = kinds_of([cell for line in series.values() for _, cell in line])
    fills = {kind: MISSING if kind is None else PALE[i] for i, kind in enumerate(kinds)}
    xs = [place for line in series.values() for place, _ in line]
    marks: list[Mark] = []
    words = []
    for row, (text, line) in enumerate(reversed(list(series.items()))):
        pieces = _pieces(line, [place for place, _ in marked])
        marks += [Rectangle((low, row - 0.36), (high, row + 0.36), fills[kind]) for low, high, kind in pieces]
        said = ", ".join(f"{shown_cell(kind)} from {low:.4g} to {high:.4g}" for low, high, kind in pieces)
        words.append(f"{text}: {said}" if text else said)
    axis = named_axis(shown[0] if len(shown) == 1 else "", list(reversed(list(series))))
    legend = tuple(Key(shown_cell(kind), fill=fills[kind]) for kind in kinds)
    about = f"{', '.join(shown)} over {x}: {'; '.join(reversed(words))}"
    height = 40.0 + 34.0 * len(series)
    return Chart(title, axis_of(x, xs, exact=True), axis, (*marks, *rules_of(marked)), legend, about, height)


def _pieces(line: Any, breaks: Sequence[float]) -> list[tuple[float, float, Any]]:
    """Return the stretches of equal answers: they meet at a threshold between two points, else in the middle."""
    found: list[tuple[float, float, Any]] = []
    for place, cell in line:
        if found and found[-1][2] == cell and type(found[-1][2]) is type(cell):
            found[-1] = (found[-1][0], place, cell)
            continue
        low = place
        if found:
            low = next((b for b in breaks if found[-1][1] <= b <= place), (found[-1][1] + place) / 2)
            found[-1] = (found[-1][0], low, found[-1][2])
        found.append((low, place, cell))
    return [piece for piece in found if piece[0] < piece[1]] or found
