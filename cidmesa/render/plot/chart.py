"""The chart tree: what is drawn in a frame, as frozen data that every painter reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.display import Displays

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from cidmesa.render.palette import Stroke
    from cidmesa.render.plot.ticks import Axis

__all__ = ["Chart", "Dot", "Key", "Line", "Mark", "Rectangle", "Rule", "Words"]

Points: TypeAlias = "tuple[tuple[float, float], ...]"


@dataclass(frozen=True)
class Line:
    """A line through points, in the numbers of the axes."""

    points: Points
    stroke: Stroke


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle between two corners."""

    low: tuple[float, float]
    high: tuple[float, float]
    fill: str


@dataclass(frozen=True)
class Dot:
    """A point that is marked."""

    at: tuple[float, float]
    fill: str
    radius: float = 3.0


@dataclass(frozen=True)
class Rule:
    """An upright line across the frame, with words at its upper end (at ``row``, counted from the top)."""

    x: float
    text: str
    stroke: Stroke
    row: int = 0


@dataclass(frozen=True)
class Words:
    """Text beside a point: ``side`` is "left" or "right"."""

    at: tuple[float, float]
    text: str
    side: str


Mark: TypeAlias = "Line | Rectangle | Dot | Rule | Words"


@dataclass(frozen=True)
class Key:
    """An entry of the legend: a filled box, or a line with a stroke."""

    text: str
    fill: str = ""
    stroke: Stroke | None = None


@dataclass(frozen=True, repr=False)
class Chart(Displays):
    """A chart: two axes, marks in their numbers (the first lie below), a legend, and a description in words."""

    title: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    legend: tuple[Key, ...] = ()
    description: str = ""
    height: float = 260.0

    def to_svg(self) -> str:
        """Return the chart as SVG, the same bytes each time."""
        from cidmesa.render.plot.paint import chart_svg

        return chart_svg(self)

    def to_html(self) -> str:
        """Return the chart for a notebook."""
        return f'<div style="overflow-x: auto">{self.to_svg()}</div>'

    def to_text(self) -> str:
        """Return what the chart shows, in words."""
        return f"{self.title}: {self.description}" if self.title else self.description

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the chart to a file ending in .svg, or in .png where a tool for that is found."""
        from cidmesa.render.plot.paint import save_chart

        return save_chart(self, path)

    def onto(self, axes: Any) -> Any:
        """Draw the chart into matplotlib axes and return them."""
        from cidmesa.render.plot.matplotlib import draw_onto

        return draw_onto(self, axes)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"Chart({self.to_text()!r})"
