"""Charts as SVG: presentation attributes only, the same bytes each time, on paper of its own for any background."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.files import write
from cidmesa.render.labels import text_width
from cidmesa.render.palette import FAINT, INK, PAPER, Stroke
from cidmesa.render.plot.chart import Dot, Line, Rectangle, Rule, Words
from cidmesa.render.printers.svg import SERIF, Svg, number, points, stroked, text_element

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from cidmesa.render.plot.chart import Chart, Key, Mark

__all__ = ["chart_svg", "check_ending", "save_chart"]

_WIDE = 460.0  # of the frame, px
_EDGE, _GAP, _TICK = 14.0, 6.0, 5.0
_TITLE, _TEXT, _SMALL = 15.0, 13.0, 12.0
_SWATCH, _ROW = 14.0, 20.0
_ENDINGS = (".svg", ".png")
_GRID = Stroke("#E4E4E4", 0.8)


@dataclass(frozen=True)
class _Frame:
    """Where the frame of a chart stands in the picture."""

    chart: Chart
    left: float
    top: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.chart.height

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + _WIDE

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the axes' numbers stands."""
        return self.left + _WIDE * self.chart.x.share(x), self.bottom - self.chart.height * self.chart.y.share(y)


def chart_svg(chart: Chart) -> Svg:
    """Return a chart as SVG."""
    frame = _framed(chart)
    rows = list(_legend_rows(chart.legend, _WIDE))
    width = frame.right + _EDGE + 12
    below = frame.bottom + _TICK + _SMALL + 4 + (_TEXT + _GAP if chart.x.name else 0)
    height = below + _ROW * len(rows) + _EDGE
    size = f'width="{number(width)}px" height="{number(height)}px" viewBox="0 0 {number(width)} {number(height)}"'
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{SERIF}" '
            f'font-size="{number(_TEXT)}px" fill="{INK}">')  # fmt: skip
    lines = [
        head,
        f"<desc>{escape(chart.to_text(), quote=False)}</desc>",
        f'<rect width="{number(width)}" height="{number(height)}" rx="4" fill="{PAPER}"/>',
        *_title(frame),
        *_grid(frame),
        *(_mark(mark, frame) for mark in chart.marks),
        *_axes(frame),
        *_legend(rows, frame.left, below + _GAP),
    ]
    return Svg("\n".join([*lines, "</svg>"]) + "\n")


def _framed(chart: Chart) -> _Frame:
    labels = max((text_width(text, _SMALL) for _, text in chart.y.ticks), default=0.0)
    rules = max((mark.row + 1 for mark in chart.marks if isinstance(mark, Rule)), default=0)
    left = _EDGE + (_TEXT + 2 * _GAP if chart.y.name else 0) + labels + _TICK + 3
    return _Frame(chart, left, _EDGE + (_TITLE + _GAP if chart.title else 0) + rules * (_SMALL + 3))


def _title(frame: _Frame) -> Iterator[str]:
    if frame.chart.title:
        middle, words = (frame.left + frame.right) / 2, escape(frame.chart.title, quote=False)
        yield text_element(middle, _EDGE + _TITLE - 4, words, _TITLE, 'font-weight="bold"')


def _grid(frame: _Frame) -> Iterator[str]:
    named = frame.chart.y.ticks and not frame.chart.y.ticks[0][1].replace(".", "").lstrip("−").isdigit()
    for place, _ in () if named else frame.chart.y.ticks:
        y = frame.at(frame.chart.x.low, place)[1]
        yield _segment((frame.left, y), (frame.right, y), _GRID)


def _segment(start: tuple[float, float], end: tuple[float, float], stroke: Stroke) -> str:
    return f'<path d="M{points([start, end])}" {stroked(stroke)}/>'


# --- marks ----------------------------------------------------------------------------------------------------------


def _mark(mark: Mark, frame: _Frame) -> str:
    match mark:
        case Line():
            line = points(frame.at(*point) for point in mark.points)
            return f'<polyline points="{line}" {stroked(mark.stroke)} stroke-linejoin="round"/>'
        case Rectangle():
            return _rectangle(mark, frame)
        case Dot():
            x, y = frame.at(*mark.at)
            rim = stroked(Stroke(INK, 0.4), mark.fill)
            return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(mark.radius)}" {rim}/>'
        case Rule():
            return _rule(mark, frame)
        case Words():
            x, y = frame.at(*mark.at)
            side, anchor = (-4.0, "end") if mark.side == "left" else (4.0, "start")
            return text_element(x + side, y + 4, escape(mark.text, quote=False), _SMALL, anchor=anchor)


def _rectangle(mark: Rectangle, frame: _Frame) -> str:
    (x0, y1), (x1, y0) = frame.at(*mark.low), frame.at(*mark.high)
    corner = f'x="{number(x0)}" y="{number(y0)}" width="{number(x1 - x0)}" height="{number(y1 - y0)}"'
    return f'<rect {corner} fill="{mark.fill}" shape-rendering="crispEdges"/>'


def _rule(mark: Rule, frame: _Frame) -> str:
    x = frame.at(mark.x, frame.chart.y.low)[0]
    top = frame.top - 2 - mark.row * (_SMALL + 3)
    words = text_element(x, top - 3, escape(mark.text, quote=False), _SMALL, f'fill="{mark.stroke.colour}"')
    return _segment((x, top), (x, frame.bottom), mark.stroke) + words


# --- axes and legend ------------------------------------------------------------------------------------------------


def _axes(frame: _Frame) -> Iterator[str]:
    chart, ink = frame.chart, Stroke(INK, 1.0)
    corner = f'x="{number(frame.left)}" y="{number(frame.top)}"'
    size = f'width="{number(_WIDE)}" height="{number(chart.height)}"'
    yield f"<rect {corner} {size} {stroked(Stroke(FAINT, 0.8))}/>"
    for place, text in chart.x.ticks:
        x = frame.at(place, chart.y.low)[0]
        yield _segment((x, frame.bottom), (x, frame.bottom + _TICK), ink)
        yield text_element(x, frame.bottom + _TICK + _SMALL, escape(text, quote=False), _SMALL)
    for place, text in chart.y.ticks:
        y = frame.at(chart.x.low, place)[1]
        yield _segment((frame.left - _TICK, y), (frame.left, y), ink)
        yield text_element(frame.left - _TICK - 3, y + 4, escape(text, quote=False), _SMALL, anchor="end")
    yield from _names(frame)


def _names(frame: _Frame) -> Iterator[str]:
    middle = (frame.left + frame.right) / 2
    if name := escape(frame.chart.x.name, quote=False):
        yield text_element(middle, frame.bottom + _TICK + _SMALL + _TEXT + 6, name, _TEXT, _slant(name))
    if name := escape(frame.chart.y.name, quote=False):
        y = (frame.top + frame.bottom) / 2
        turned = f'transform="rotate(-90 {number(_EDGE + 10)} {number(y)})"'
        yield text_element(_EDGE + 10, y, name, _TEXT, f"{turned} {_slant(name)}".strip())


def _slant(name: str) -> str:
    return 'font-style="italic"' if len(name) == 1 else ""


def _legend_rows(keys: tuple[Key, ...], width: float) -> Iterator[list[Key]]:
    row: list[Key] = []
    for key in keys:
        if row and sum(map(_key_width, (*row, key))) > width:
            yield row
            row = []
        row.append(key)
    if row:
        yield row


def _key_width(key: Key) -> float:
    return _SWATCH * (1 if key.fill else 2) + 6 + text_width(key.text, _SMALL) + 16


def _legend(rows: list[list[Key]], left: float, top: float) -> Iterator[str]:
    for i, row in enumerate(rows):
        x, y = left, top + _ROW * i
        for key in row:
            yield _swatch(key, x, y)
            words = x + _SWATCH * (1 if key.fill else 2) + 6
            yield text_element(words, y + _SWATCH - 3, escape(key.text, quote=False), _SMALL, anchor="start")
            x += _key_width(key)


def _swatch(key: Key, x: float, y: float) -> str:
    if key.stroke is not None:
        return _segment((x, y + _SWATCH / 2), (x + 2 * _SWATCH, y + _SWATCH / 2), key.stroke)
    size = f'x="{number(x)}" y="{number(y)}" width="{number(_SWATCH)}" height="{number(_SWATCH)}"'
    return f"<rect {size} {stroked(Stroke(INK, 0.6), key.fill)}/>"


# --- files ----------------------------------------------------------------------------------------------------------


def save_chart(chart: Chart, path: str | os.PathLike[str]) -> Path:
    """Write a chart to a file ending in .svg; .png where resvg-py or rsvg-convert is found.

    Raises:
        NotApplicable: another ending, or no tool for it.

    """
    from cidmesa.render.printers.converters import png

    check_ending(path)
    target, figure = Path(path), chart_svg(chart)
    write(target, png(figure) if target.suffix.lower() == ".png" else figure.encode())
    return target


def check_ending(path: str | os.PathLike[str]) -> None:
    """Raise NotApplicable if a chart can't be written to a file with this ending.

    >>> check_ending("chart.svg")
    """
    ending = Path(path).suffix.lower()
    if ending not in _ENDINGS:
        raise NotApplicable(f"can't tell a format from the ending {ending!r}.{near_miss(ending, _ENDINGS)} Charts are "
                            "written to .svg and .png; others by matplotlib: chart.onto(axes).")  # fmt: skip
