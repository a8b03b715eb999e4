"""Phase diagrams: the answer over two parameters in colours, the exact region of a condition and its boundary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.numbers import as_number
from cidmesa.render.charts.boundaries import regions
from cidmesa.render.charts.chart import (
    Chart,
    Tabular,
    answer_of,
    axes_for,
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
from cidmesa.render.palette import INK, MISSING, PALE, RAMP, Stroke
from cidmesa.symbolic.lifting import Point

if TYPE_CHECKING:
    from cidmesa.symbolic.condition import Condition

__all__ = ["phase"]

_LONGEST = 40  # characters of a condition in the legend
_ROOM = 0.02  # of the range, beside dots
_BOUNDARY = Stroke(INK, 2.4)


@dataclass(frozen=True)
class _Sampled:
    """The answers at places of two parameters."""

    names: tuple[str, str]
    cells: Mapping[tuple[Fraction, Fraction], Any]

    def places(self, axis: int) -> list[Fraction]:
        """Return the values of one parameter, rising."""
        return sorted({place[axis] for place in self.cells})

    @property
    def whole(self) -> bool:
        """Whether there is an answer at every combination of values."""
        return len(self.cells) == len(self.places(0)) * len(self.places(1))

    def agrees(self, condition: Condition) -> bool:
        """Return whether the answers are yes exactly where the condition holds, which is known for all values."""
        whole = any(one.integer for one in condition.parameters if one.name in self.names)
        if whole or not condition.complete or not set(condition.names) <= set(self.names):
            return False
        return all(cell is self._holds(condition, place) for place, cell in self.cells.items())

    def _holds(self, condition: Condition, place: tuple[Fraction, Fraction]) -> bool:
        at = dict(zip(self.names, place, strict=True))
        return condition.formula.holds(Point(condition.names, tuple(at[name] for name in condition.names)))


def phase(
    table: Tabular,
    x: str | None = None,
    y: str | None = None,
    show: str | None = None,
    *,
    at: Condition | None = None,
    title: str = "",
    axes: Any = None,
) -> Chart:
    """Return a phase diagram, which shows the answer over two parameters as colours.

    If the answers are yes at exactly the points where the condition ``at`` holds, its exact region is filled. Otherwise
    each point of a grid has its own field, and each point of a random design is a dot.

    Args:
        table: a sweep, from `cm.sweep`, in which nothing else varies.
        x: the parameter on the horizontal axis; if left out, the one with the most values.
        y: the parameter on the vertical axis.
        show: the answer to show; the first if left out. A scale of colours shows numbers.
        at: a condition on one or both parameters; its exact boundary is drawn.
        title: the text above the chart; the name of the answer if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: not exactly two parameters vary, or there are too many different answers in words.
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> over = {"mu": "0:1:5", "N": "1:4:4"}
    >>> table = cm.sweep("greenblatt2024/alignment-faking", over, ask="deceptive")
    >>> phase(table).description
    'deceptive over mu and N: no at 12 points, yes at 8'
    """
    name = answer_of(table, show)
    found = _sampled(table, x, y, name)
    ground = axes_for(axes, 4.2, title or name)
    ground.set_xlabel(shown_name(found.names[0]))
    ground.set_ylabel(shown_name(found.names[1]))
    cells = list(found.cells.values())
    numeric = is_numeric(cells) and len(set(cells)) > len(PALE)
    words, key = _scaled(ground, found) if numeric else _in_words(ground, found, at)
    if at is not None:
        key += _boundary(ground, found, at)
        words += f"; line: {_text(at)}"
    key_below(ground, key)
    return Chart(ground, f"{name} over {' and '.join(found.names)}: {words}")


def _sampled(table: Tabular, x: str | None, y: str | None, show: str) -> _Sampled:
    numbers, names = varying(table)
    free = (name for name in numbers if name not in (x, y))
    chosen = [name for name in (x or next(free, None), y or next(free, None)) if name is not None]
    if sorted(chosen) != sorted((*names, *numbers)) or len(numbers) != 2:
        raise NotApplicable(
            "a phase diagram needs two parameters that vary, and nothing else; here varies: "
            f"{', '.join((*numbers, *names)) or 'nothing'}. Fix the others, or draw curves."
        )
    places = zip(*([Fraction(as_number(cell)) for cell in table.column(name)] for name in chosen), strict=True)
    return _Sampled((chosen[0], chosen[1]), dict(zip(places, table.column(show), strict=True)))


# --- colours --------------------------------------------------------------------------------------------------------


def _scaled(ground: Any, found: _Sampled) -> tuple[str, list[Any]]:
    """Show numbers on a scale of colours; return what they are in words, and what the legend adds to the scale."""
    colours = import_module("matplotlib.colors").LinearSegmentedColormap.from_list("cidmesa", RAMP)
    values = {place: np.nan if cell is None else float(cell) for place, cell in found.cells.items()}
    known = [value for value in values.values() if not np.isnan(value)]
    drawn = _drawn(ground, found, values, colours.with_extremes(bad=MISSING), min(known), max(known))
    ground.figure.colorbar(drawn, ax=ground)
    return f"from {min(known):.6g} to {max(known):.6g}", _gap(found)


def _in_words(ground: Any, found: _Sampled, at: Condition | None) -> tuple[str, list[Any]]:
    """Show each answer in its colour, by the condition itself where the answers agree with it."""
    kinds = [kind for kind in kinds_of(list(found.cells.values())) if kind is not None]
    fills = {shown_cell(kind): PALE[i] for i, kind in enumerate(kinds)}
    if at is not None and found.agrees(at):
        fills = {"no": PALE[0], "yes": PALE[1]}
        _filled(ground, found, at, fills["yes"], fills["no"])
    else:
        number = {text: i for i, text in enumerate(fills)}
        values = {place: np.nan if cell is None else number[shown_cell(cell)] for place, cell in found.cells.items()}
        colours = import_module("matplotlib.colors").ListedColormap(list(fills.values()) or [MISSING])
        _drawn(ground, found, values, colours.with_extremes(bad=MISSING), -0.5, max(len(fills), 1) - 0.5)
    counts = Counter(map(shown_cell, found.cells.values()))
    words = [f"{text} at {counts[text]}" for text in map(shown_cell, kinds)] or ["no answer"]
    words[0] += " points" * bool(kinds)
    return ", ".join(words), [patch_of(fill, text) for text, fill in fills.items()] + _gap(found)


def _gap(found: _Sampled) -> list[Any]:
    return [patch_of(MISSING, "no answer")] if None in found.cells.values() else []


def _drawn(ground: Any, found: _Sampled, values: Mapping[Any, float], colours: Any, low: float, high: float) -> Any:
    """Draw a field for each point of a grid, or else dots."""
    scale = {"cmap": colours, "vmin": low, "vmax": high}
    xs, ys = (found.places(axis) for axis in (0, 1))
    if found.whole:
        rows = np.ma.masked_invalid([[values[x, y] for x in xs] for y in ys])
        return ground.pcolormesh([*map(float, xs)], [*map(float, ys)], rows, shading="nearest", **scale)
    for places, limit in ((xs, ground.set_xlim), (ys, ground.set_ylim)):
        room = float(places[-1] - places[0]) * _ROOM
        limit(float(places[0]) - room, float(places[-1]) + room)
    across, up = zip(*values, strict=True)
    shade = np.ma.masked_invalid(list(values.values()))
    rim = {"s": 28, "edgecolors": INK, "linewidths": 0.3, "plotnonfinite": True}
    return ground.scatter([*map(float, across)], [*map(float, up)], c=shade, **rim, **scale)


# --- the condition --------------------------------------------------------------------------------------------------


def _filled(ground: Any, found: _Sampled, at: Condition, yes: str, no: str) -> None:
    """Fill the region of a condition, all of its bands as one path, so that no seams show."""
    path, patches = import_module("matplotlib.path").Path, import_module("matplotlib.patches")
    (left, right), (low, high) = ((float(found.places(axis)[0]), float(found.places(axis)[-1])) for axis in (0, 1))
    ground.add_patch(patches.Rectangle((left, low), right - left, high - low, facecolor=no, linewidth=0))
    if bands := regions(at, found.names, *_corners(found)).bands:
        whole = path.make_compound_path(*(path([*band, band[0]], closed=True) for band in bands))
        ground.add_patch(patches.PathPatch(whole, facecolor=yes, linewidth=0))
    ground.set_xlim(left, right)
    ground.set_ylim(low, high)


def _boundary(ground: Any, found: _Sampled, at: Condition) -> list[Any]:
    """Draw where the condition begins to hold; return the legend's entry."""
    low, high = _corners(found)
    lines = [
        ground.plot(*zip(*line, strict=True), **look(_BOUNDARY)) for line in regions(at, found.names, low, high).borders
    ]
    for (drawn,) in lines[:1]:
        drawn.set_label(_text(at))
    return [drawn for (drawn,) in lines[:1]]


def _corners(found: _Sampled) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    xs, ys = (found.places(axis) for axis in (0, 1))
    return (xs[0], ys[0]), (xs[-1], ys[-1])


def _text(condition: Condition) -> str:
    text = re.sub(r"[A-Za-z]\w*", lambda name: plain(label(name[0])), str(condition)).replace("*", " ")
    return f"{condition.question} iff {text}" if len(text) <= _LONGEST else "exact boundary"
