"""Charts drawn into matplotlib axes that the caller has made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.render.palette import INK
from cidmesa.render.plot.chart import Dot, Line, Rectangle, Rule, Words

if TYPE_CHECKING:
    from cidmesa.render.palette import Stroke
    from cidmesa.render.plot.chart import Chart, Key, Mark

__all__ = ["draw_onto"]

_PX = 0.75  # points in a pixel


def draw_onto(chart: Chart, axes: Any) -> Any:
    """Draw a chart into matplotlib axes: marks, limits, ticks, names and legend; return the axes."""
    for mark in chart.marks:
        _draw(mark, axes)
    axes.set_xlim(chart.x.low, chart.x.high)
    axes.set_ylim(chart.y.low, chart.y.high)
    axes.set_xticks([place for place, _ in chart.x.ticks], [text for _, text in chart.x.ticks])
    axes.set_yticks([place for place, _ in chart.y.ticks], [text for _, text in chart.y.ticks])
    axes.set_xlabel(chart.x.name)
    axes.set_ylabel(chart.y.name)
    if chart.title:
        axes.set_title(chart.title)
    if chart.legend:
        axes.legend(handles=[_handle(key) for key in chart.legend], frameon=False)
    return axes


def _look(stroke: Stroke) -> dict[str, Any]:
    width = stroke.width * _PX
    dashes = (0, tuple(dash * _PX / width for dash in stroke.dashes)) if stroke.dashes else "solid"
    return {"color": stroke.colour, "linewidth": width, "linestyle": dashes}


def _draw(mark: Mark, axes: Any) -> None:
    match mark:
        case Line():
            axes.plot(*zip(*mark.points, strict=True), **_look(mark.stroke))
        case Rectangle():
            from matplotlib.patches import Rectangle as Patch

            (x0, y0), (x1, y1) = mark.low, mark.high
            axes.add_patch(Patch((x0, y0), x1 - x0, y1 - y0, facecolor=mark.fill, linewidth=0, antialiased=False))
        case Dot():
            axes.scatter(*mark.at, s=(2 * mark.radius * _PX) ** 2, c=mark.fill, edgecolors=INK, linewidths=0.3)
        case Rule():
            axes.axvline(mark.x, **_look(mark.stroke))
            axes.text(mark.x, 1.0, mark.text, color=mark.stroke.colour, ha="center", va="bottom", size="small",
                      transform=axes.get_xaxis_transform())  # fmt: skip
        case Words():
            left = mark.side == "left"
            axes.annotate(mark.text, mark.at, (-3 if left else 3, 0), textcoords="offset points", va="center",
                          ha="right" if left else "left", size="small")  # fmt: skip


def _handle(key: Key) -> Any:
    if key.stroke is not None:
        from matplotlib.lines import Line2D

        return Line2D([], [], label=key.text, **_look(key.stroke))
    from matplotlib.patches import Patch

    return Patch(facecolor=key.fill, edgecolor=INK, linewidth=0.5, label=key.text)
