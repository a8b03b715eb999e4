"""How borders and links are stroked, said once for SVG and TikZ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.render.palette import ADDED, FAINT, HIGHLIGHT, INK

if TYPE_CHECKING:
    from cidmesa.render.picture import LinkMark, NodeMark

__all__ = ["Stroke", "border_stroke", "link_stroke"]


@dataclass(frozen=True, slots=True)
class Stroke:
    """Colour, width in px, and dashes in px (empty for a solid line); ``style`` names it in TikZ."""

    colour: str
    width: float
    dashes: tuple[float, ...] = ()
    style: str = ""


def border_stroke(mark: NodeMark) -> Stroke:
    """Return how the border of a node is drawn.

    >>> from cidmesa import cid
    >>> from cidmesa.render.paint import paint
    >>> border_stroke(paint(cid("A -> B")).panels[0].nodes[0]).colour
    '#222222'
    """
    if mark.highlighted:
        return Stroke(HIGHLIGHT, 2.0, style="cid witness")
    return {
        "": Stroke(INK, 1.1),
        "added": Stroke(ADDED, 2.2, style="cid added"),
        "changed": Stroke(ADDED, 1.6, (4, 2), style="cid changed"),
        "removed": Stroke(FAINT, 1.1, (4, 2.5), style="cid removed"),
    }[mark.status]


def link_stroke(mark: LinkMark) -> Stroke:
    """Return how a link is drawn: information links dotted, others solid."""
    dashes = (0.1, 4.0) if mark.information else ()
    wide = 0.7 if mark.information else 0.0
    if mark.highlighted:
        return Stroke(HIGHLIGHT, 2.0 + wide, dashes, "cid witness")
    return {
        "": Stroke(INK, 1.1 + wide, dashes),
        "added": Stroke(ADDED, 1.6 + wide, dashes, "cid added"),
        "changed": Stroke(INK, 1.1 + wide, dashes),
        "removed": Stroke(FAINT, 1.1 + wide, dashes or (4, 2.5), "cid removed"),
    }[mark.status]
