"""`plot`: the chart that fits a table; `tornado`: a bar for each parameter that varies alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.mesa.derive.derivation import Derivation
from cidmesa.render.charts.chart import (
    Chart,
    Tabular,
    answer_of,
    axes_for,
    is_numeric,
    key_below,
    patch_of,
    shown_cell,
    shown_name,
    varying,
)
from cidmesa.render.charts.curves import curves
from cidmesa.render.charts.evidence import plot_effects, plot_scope, shares
from cidmesa.render.charts.phase import phase
from cidmesa.render.labels import label, plain
from cidmesa.render.palette import INK, SERIES
from cidmesa.runs.discovery import RunDiscovery
from cidmesa.runs.scope import CreditScope

if TYPE_CHECKING:
    from cidmesa.symbolic.condition import Condition

__all__ = ["is_alone", "plot", "tornado"]

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
    rows = zip(*columns, strict=True)
    changed = [sum(cell != column[0] for column, cell in zip(columns, row, strict=True)) for row in rows]
    return max(changed, default=0) == 1 and len(varying(table)[0]) > 1


def tornado(table: Tabular, show: str | None = None, *, title: str = "", axes: Any = None) -> Chart:
    """Return a tornado chart: for each parameter, a bar between the quantities at its least and greatest value.

    The vertical line is the quantity at the declared parameters. If the quantity goes beyond its values at the ends, a
    thin line shows how far.

    Args:
        table: a sweep with ``scheme="alone"``: its first row is the point from which the others differ in one input.
        show: the quantity; the first answer if left out.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: the table is not such a sweep, or the answer is not a number.
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> over = {"mu": "0:1:5", "N": "1,2,3"}
    >>> table = cm.sweep("greenblatt2024/alignment-faking", over, ask="optimal", scheme="alone")
    >>> print(tornado(table))
    optimal.value: ...
    """
    if not is_alone(table):
        raise NotApplicable(
            "a tornado chart needs a table in which one parameter at a time differs from the first row: sweep with "
            "scheme='alone' over several parameters."
        )
    name = answer_of(table, show)
    cells = table.column(name)
    if not is_numeric(cells) or cells[0] is None:
        raise NotApplicable(f"{name!r} is not a number at every point, so it has no bars. Show another answer.")
    bars = sorted((_bar(table, name, parameter) for parameter in varying(table)[0]), key=_width)
    ground = axes_for(axes, 1.4 + 0.4 * len(bars), title)
    ground.set_xlabel(shown_name(name))
    _draw(ground, bars, float(cells[0]))
    key_below(ground, [patch_of(_LOW, "parameter at its least value"), patch_of(_HIGH, "at its greatest")])
    words = "; ".join(map(_in_words, reversed(bars)))
    return Chart(ground, f"{name}: {_number(cells[0])} as declared; {words}")


def _width(bar: _Bar) -> tuple[float, str]:
    return bar.span[1] - bar.span[0], bar.name


def _bar(table: Tabular, answer: str, parameter: str) -> _Bar:
    own, cells = table.column(parameter), table.column(answer)
    rows = [i for i in range(len(own)) if i == 0 or own[i] != own[0]]
    found = sorted((own[i], float(cells[i])) for i in rows if cells[i] is not None)
    values = [value for _, value in found]
    return _Bar(parameter, (found[0][0], found[-1][0]), (values[0], values[-1]), (min(values), max(values)))


def _draw(ground: Any, bars: list[_Bar], base: float) -> None:
    for row, bar in enumerate(bars):
        wide_first = sorted(zip(bar.values, (_LOW, _HIGH), strict=True), key=lambda end: -abs(end[0] - base))
        for value, fill in wide_first:
            ground.barh(row, value - base, 0.6, base, color=fill)
        if bar.span != (min(base, *bar.values), max(base, *bar.values)):
            ground.plot(bar.span, (row, row), color=INK, linewidth=0.9)
        for value, text, side in _ends(bar, base):
            shift, anchor = ((-3, 0), "right") if side == "left" else ((3, 0), "left")
            ground.annotate(
                text, (value, row), shift, "data", "offset points", ha=anchor, va="center", fontsize="small"
            )
    ground.axvline(base, color=INK, linewidth=0.9)
    ground.set_yticks(range(len(bars)), [shown_name(bar.name) for bar in bars])
    places = [base, *(end for bar in bars for end in bar.span)]
    room = (max(places) - min(places)) * 0.18 or 0.5
    ground.set_xlim(min(places) - room, max(places) + room)


def _in_words(bar: _Bar) -> str:
    low, high = map(shown_cell, bar.ends)
    return f"{bar.name} from {low} to {high}: {_number(bar.values[0])} to {_number(bar.values[1])}"


def _number(value: float | Fraction) -> str:
    return str(value) if isinstance(value, Fraction | int) else f"{value:.6g}"


def _ends(bar: _Bar, base: float) -> list[tuple[float, str, str]]:
    """Return the parameter's values at the outer ends of its bars; where both lie on one side, of the longer one."""
    pairs = list(zip(bar.values, bar.ends, strict=True))
    ends = {
        value: " or ".join(shown_cell(end) for other, end in pairs if other == value)
        for value in bar.values
        if value != base
    }
    outer = {"left": min(ends, default=base), "right": max(ends, default=base)}
    name = plain(label(bar.name))
    return [
        (value, f"{name} = {ends[value]}", side)
        for side, value in outer.items()
        if (value < base) == (side == "left") and value != base
    ]


_FINE = 6  # values of a second parameter from which on a phase diagram shows more than curves


def plot(
    table: Tabular | Derivation | CreditScope | RunDiscovery,
    show: str | None = None,
    *,
    at: Condition | None = None,
    title: str = "",
    axes: Any = None,
) -> Chart:
    """Return the chart that suits a table: a tornado chart, a phase diagram, or curves.

    The chart is a tornado chart if one parameter varies at a time, a phase diagram if two parameters vary finely and
    nothing else does, and otherwise curves over the parameter with the most values. Use `curves`, `phase` or `tornado`
    to choose.

    Args:
        table: a sweep, from `cm.sweep`; a derivation, whose posterior is drawn as bars; or a result of
            `cm.runs.discover` or `cm.runs.credit_scope`.
        show: the answer to show; the first if left out.
        at: a condition on the parameters; its exact thresholds or boundary are marked.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: nothing varies, or the answer is unknown.
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "0:1:11"}, ask="deceptive", of="deceptive")
    >>> chart = plot(table)
    >>> print(chart)
    deceptive over mu: no from 0 to 0.35, yes from 0.35 to 1
    """
    if isinstance(table, Derivation):
        return shares(table, title=title, axes=axes)
    if isinstance(table, CreditScope):
        return plot_scope(table, title=title, axes=axes)
    if isinstance(table, RunDiscovery):
        return plot_effects(table, title=title, axes=axes)
    numbers, names = varying(table)
    if is_alone(table) and is_numeric(table.column(answer_of(table, show))):
        return tornado(table, show, title=title, axes=axes)
    if len(numbers) == 2 and not names and len(set(table.column(numbers[1]))) >= _FINE:
        return phase(table, show=show, at=at, title=title, axes=axes)
    return curves(table, show=show, at=at, title=title, axes=axes)
