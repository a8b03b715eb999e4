"""Tornado charts: how far a quantity moves when one parameter moves and the others stay, the widest on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.render.labels import label, plain
from cidmesa.render.palette import INK, SERIES, Stroke
from cidmesa.render.plot.chart import Chart, Key, Line, Mark, Rectangle, Words
from cidmesa.render.plot.reading import answer_of, is_numeric, shown_cell, varying
from cidmesa.render.plot.ticks import axis_of, named_axis, number_text

if TYPE_CHECKING:
    from cidmesa.render.plot.reading import Tabular

__all__ = ["is_alone", "tornado"]

_LOW, _HIGH = SERIES[0][0], SERIES[1][0]


@dataclass(frozen=True)
class _Bar:
    """What the quantity is at the ends of a parameter's values, and its least and greatest between."""

    name: str
    ends: tuple[Any, Any]
    values: tuple[float, float]
    span: tuple[float, float]


def is_alone(table: Tabular) -> bool:
    """Return whether each row differs from the first in at most one input, and several inputs vary."""
    columns = [table.column(name) for name in table.inputs]
    changed = [sum(cell != column[0] for column, cell in zip(columns, row, strict=True))
               for row in zip(*columns, strict=True)]  # fmt: skip
    return max(changed, default=0) == 1 and len(varying(table)[0]) > 1


def tornado(table: Tabular, show: str | None = None, *, title: str = "") -> Chart:
    """Return a tornado chart: for each parameter a bar from the quantity at its least to that at its greatest value.

    The upright line is the quantity where all parameters are as declared. Where it goes further between the ends than
    at them, a thin line shows how far.

    Args:
        table: a sweep with ``scheme="alone"``: its first row is the point from which the others differ in one input.
        show: the quantity, the first answer where it is left out.
        title: stands above.

    Raises:
        NotApplicable: the table is no such sweep, or the answer is not a number.

    >>> import cidmesa as cm
    >>> over = {"mu": "0:1:5", "N": "1,2,3"}
    >>> table = cm.sweep("greenblatt2024/alignment-faking", over, ask="optimal", scheme="alone")
    >>> print(tornado(table))
    optimal.value: ...

    """
    if not is_alone(table):
        raise NotApplicable("a tornado chart needs a table in which one parameter at a time differs from the first row:"
                            " sweep with scheme='alone' over several parameters.")  # fmt: skip
    name = answer_of(table, show)
    cells = table.column(name)
    if not is_numeric(cells) or cells[0] is None:
        raise NotApplicable(f"{name!r} is not a number at every point, so it has no bars. Show another answer.")
    bars = sorted((_bar(table, name, parameter) for parameter in varying(table)[0]), key=lambda bar: _width(bar))
    return _chart(bars, name, float(cells[0]), title)


def _width(bar: _Bar) -> tuple[float, str]:
    return bar.span[1] - bar.span[0], bar.name


def _bar(table: Tabular, answer: str, parameter: str) -> _Bar:
    own, cells = table.column(parameter), table.column(answer)
    rows = [i for i in range(len(own)) if i == 0 or own[i] != own[0]]
    found = sorted((own[i], float(cells[i])) for i in rows if cells[i] is not None)
    values = [value for _, value in found]
    return _Bar(parameter, (found[0][0], found[-1][0]), (values[0], values[-1]), (min(values), max(values)))


def _chart(bars: list[_Bar], name: str, base: float, title: str) -> Chart:
    marks: list[Mark] = []
    for row, bar in enumerate(bars):
        wide_first = sorted(zip(bar.values, (_LOW, _HIGH), strict=True), key=lambda end: -abs(end[0] - base))
        marks += [Rectangle((min(base, value), row - 0.3), (max(base, value), row + 0.3), fill)
                  for value, fill in wide_first if value != base]  # fmt: skip
        if bar.span != (min(base, *bar.values), max(base, *bar.values)):
            marks.append(Line(((bar.span[0], row), (bar.span[1], row)), Stroke(INK, 1.2)))
        marks += _ends(bar, base, row)
    marks.append(Line(((base, -0.6), (base, len(bars) - 0.4)), Stroke(INK, 1.2)))
    places = [base, *(end for bar in bars for end in bar.span)]
    words = "; ".join(map(_in_words, reversed(bars)))
    room = (max(places) - min(places)) * 0.15 or 0.5
    legend = (Key("parameter at its least value", fill=_LOW), Key("at its greatest", fill=_HIGH))
    rows = named_axis("", [plain(label(bar.name)) for bar in bars])
    x = axis_of(name, [min(places) - room, max(places) + room])
    return Chart(
        title,
        x,
        rows,
        tuple(marks),
        legend,
        f"{name}: {number_text(base)} as declared; {words}",
        40.0 + 36.0 * len(bars),
    )


def _in_words(bar: _Bar) -> str:
    low, high = map(shown_cell, bar.ends)
    return f"{bar.name} from {low} to {high}: {number_text(bar.values[0])} to {number_text(bar.values[1])}"


def _ends(bar: _Bar, base: float, row: int) -> list[Words]:
    """Return the parameter's values at the outer ends of its bars; where both lie on one side, of the longer one."""
    pairs = list(zip(bar.values, bar.ends, strict=True))
    ends = {value: " or ".join(shown_cell(end) for other, end in pairs if other == value)
            for value in bar.values if value != base}  # fmt: skip
    outer = {"left": min(ends, default=base), "right": max(ends, default=base)}
    name = plain(label(bar.name))
    return [Words((value, row), f"{name} = {ends[value]}", side)
            for side, value in outer.items() if (value < base) == (side == "left") and value != base]  # fmt: skip
