"""Phase diagrams: the answer over two parameters in colours, with the exact boundary drawn on top."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.render.labels import label, plain
from cidmesa.render.palette import INK, MISSING, PALE, Stroke, ramp
from cidmesa.render.plot.boundary import boundary_lines
from cidmesa.render.plot.chart import Chart, Dot, Key, Line, Mark, Rectangle
from cidmesa.render.plot.reading import answer_of, is_numeric, kinds_of, shown_cell, varying
from cidmesa.render.plot.ticks import Axis, axis_of, number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cidmesa.render.plot.reading import Tabular
    from cidmesa.symbolic.condition import Condition

__all__ = ["phase"]

_STEPS = 5  # of a colour scale in the legend
_LONGEST = 40  # characters of a condition in the legend
_ROOM = 0.02  # of the range, beside dots


@dataclass(frozen=True)
class _Sampled:
    """The answers at places of two parameters."""

    names: tuple[str, str]
    cells: Mapping[tuple[float, float], Any]

    def places(self, axis: int) -> list[float]:
        """Return the values of one parameter, rising."""
        return sorted({place[axis] for place in self.cells})

    @property
    def whole(self) -> bool:
        """Whether there is an answer at every combination of values."""
        return len(self.cells) == len(self.places(0)) * len(self.places(1))


def phase(
    table: Tabular,
    x: str | None = None,
    y: str | None = None,
    show: str | None = None,
    *,
    at: Condition | None = None,
    title: str = "",
) -> Chart:
    """Return a phase diagram: the answer over two parameters as colours, one field for each point of a grid.

    Points of a random design are dots.

    Args:
        table: such as `cm.sweep` gives; nothing else may vary in it.
        x: the parameter to the right, the one with the most values where it is left out.
        y: the parameter upwards.
        show: the answer, the first where it is left out; numbers are shown on a scale of colours.
        at: a condition on the two parameters (or one of them), whose exact boundary is drawn.
        title: stands above.

    Raises:
        NotApplicable: not exactly two parameters vary, or too many different answers in words.

    >>> import cidmesa as cm
    >>> over = {"mu": "0:1:5", "N": "1:4:4"}
    >>> table = cm.sweep("greenblatt2024/alignment-faking", over, ask="deceptive")
    >>> phase(table).description
    'deceptive over mu and N: no at 12 points, yes at 8'

    """
    found = _sampled(table, x, y, answer_of(table, show))
    fill, legend, words = _colours(list(found.cells.values()))
    fields = (
        _fields(found, fill) if found.whole else [Dot(place, fill(cell), 3.5) for place, cell in found.cells.items()]
    )
    (low, high), axes = _frame(found)
    lines: list[Mark] = []
    if at is not None:
        drawn = boundary_lines(at, found.names, low, high)
        lines = [Line(line, Stroke(INK, 1.8)) for line in drawn]
        legend = [*legend, Key(_boundary_text(at), stroke=Stroke(INK, 1.8))] if drawn else legend
    about = f"{answer_of(table, show)} over {' and '.join(found.names)}: {words}"
    return Chart(title or answer_of(table, show), *axes, (*fields, *lines), tuple(legend), about, 320.0)


def _boundary_text(condition: Condition) -> str:
    text = re.sub(r"[A-Za-z]\w*", lambda name: plain(label(name[0])), str(condition)).replace("*", " ")
    return f"{condition.question} iff {text}" if len(text) <= _LONGEST else "exact boundary"


def _sampled(table: Tabular, x: str | None, y: str | None, show: str) -> _Sampled:
    numbers, names = varying(table)
    free = (name for name in numbers if name not in (x, y))
    chosen = [name for name in (x or next(free, None), y or next(free, None)) if name is not None]
    if sorted(chosen) != sorted((*names, *numbers)) or len(numbers) != 2:
        vary = ", ".join((*numbers, *names)) or "nothing"
        raise NotApplicable("a phase diagram needs two parameters that vary, and nothing else; here varies: "
                            f"{vary}. Fix the others, or draw curves.")  # fmt: skip
    places = zip(*([float(cell) for cell in table.column(name)] for name in chosen), strict=True)
    return _Sampled((chosen[0], chosen[1]), dict(zip(places, table.column(show), strict=True)))


def _colours(cells: list[Any]) -> tuple[Callable[[Any], str], list[Key], str]:
    """Return the colour of a cell, the legend, and what is shown in words."""
    if is_numeric(cells) and len(set(cells)) > len(PALE):
        known = [float(cell) for cell in cells if cell is not None]
        low, high = min(known), max(known)

        def shade(cell: Any) -> str:
            return MISSING if cell is None else ramp((float(cell) - low) / (high - low))

        steps = [low + (high - low) * i / (_STEPS - 1) for i in range(_STEPS)]
        legend = [Key(number_text(step, (high - low) / 100), fill=shade(step)) for step in steps]
        return shade, legend + _gap(cells), f"from {low:.6g} to {high:.6g}"
    kinds = [kind for kind in kinds_of(cells) if kind is not None]
    fills = {shown_cell(kind): PALE[i] for i, kind in enumerate(kinds)}
    counts = [f"{shown_cell(kind)} at {sum(_same(cell, kind) for cell in cells)}" for kind in kinds]
    words = ", ".join([f"{counts[0]} points", *counts[1:]]) if counts else "no answer"
    legend = [Key(text, fill=colour) for text, colour in fills.items()]
    return (lambda cell: MISSING if cell is None else fills[shown_cell(cell)]), legend + _gap(cells), words


def _gap(cells: list[Any]) -> list[Key]:
    return [Key("no answer", fill=MISSING)] if None in cells else []


def _same(cell: Any, kind: Any) -> bool:
    return cell == kind and isinstance(cell, bool) == isinstance(kind, bool)


def _frame(found: _Sampled) -> tuple[tuple[Any, Any], tuple[Axis, Axis]]:
    """Return the lower and upper corner of what is drawn, and the axes."""
    ends = [_ends(found.places(axis)) if found.whole else _around(found.places(axis)) for axis in (0, 1)]
    axes = []
    for axis, (low, high) in enumerate(ends):
        places = found.places(axis)
        inner = axis_of(found.names[axis], places, exact=True)
        axes.append(Axis(inner.name, low, high, inner.ticks))
    return ((ends[0][0], ends[1][0]), (ends[0][1], ends[1][1])), (axes[0], axes[1])


def _around(places: Sequence[float]) -> tuple[float, float]:
    room = (places[-1] - places[0]) * _ROOM
    return places[0] - room, places[-1] + room


def _ends(places: Sequence[float]) -> tuple[float, float]:
    """Return where the first field begins and the last ends: each reaches half-way to its neighbours."""
    return places[0] - (places[1] - places[0]) / 2, places[-1] + (places[-1] - places[-2]) / 2


def _fields(found: _Sampled, fill: Callable[[Any], str]) -> list[Rectangle]:
    """Return a rectangle for each run of points of one colour along the first parameter."""
    xs, ys = (_borders(found.places(axis)) for axis in (0, 1))
    fields = []
    for y, (below, above) in zip(found.places(1), pairwise(ys), strict=True):
        row = [fill(found.cells[x, y]) for x in found.places(0)]
        fields += [Rectangle((xs[i], below), (xs[j], above), row[i]) for i, j in _runs(row)]
    return fields


def _borders(places: Sequence[float]) -> list[float]:
    low, high = _ends(places)
    return [low, *((a + b) / 2 for a, b in pairwise(places)), high]


def _runs(row: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for i in range(1, len(row) + 1):
        if i == len(row) or row[i] != row[start]:
            yield start, i
            start = i
