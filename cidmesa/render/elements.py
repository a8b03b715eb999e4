"""Numbers, points, strokes and text as SVG writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.render.shapes import Point
    from cidmesa.render.strokes import Stroke

__all__ = ["SERIF", "number", "points", "stroked", "text_element"]

SERIF = "Latin Modern Roman, CMU Serif, STIX Two Text, Times New Roman, Times, serif"


def number(value: float) -> str:
    """Return a coordinate with at most two digits after the point.

    >>> number(1.0), number(2.456), number(-0.001)
    ('1', '2.46', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def points(line: Iterable[Point]) -> str:
    """Return points as a list of coordinates.

    >>> points([(0, 1), (2.5, 3)])
    '0,1 2.5,3'
    """
    return " ".join(f"{number(x)},{number(y)}" for x, y in line)


def stroked(stroke: Stroke, fill: str = "none") -> str:
    """Return the attributes of a shape with this stroke and fill."""
    dashes = f' stroke-dasharray="{" ".join(map(number, stroke.dashes))}"' if stroke.dashes else ""
    cap = ' stroke-linecap="round"' if stroke.dashes and stroke.dashes[0] < 1 else ""
    return f'fill="{fill}" stroke="{stroke.colour}" stroke-width="{number(stroke.width)}"{dashes}{cap}'


def text_element(x: float, y: float, content: str, size: float, more: str = "", anchor: str = "middle") -> str:
    """Return a text element; ``content`` is escaped already."""
    at = f'x="{number(x)}" y="{number(y)}"'
    return f'<text {at} text-anchor="{anchor}" font-size="{number(size)}px" {more}>{content}</text>'.replace(" >", ">")
