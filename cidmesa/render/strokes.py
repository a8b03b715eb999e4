"""How borders and links are stroked, said once for SVG and TikZ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.render.palette import ADDED, CUT_OFF, FAINT, HIGHLIGHT, INK, MECHANISM

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


_STATUS = {
    "added": Stroke(ADDED, 2.2, style="cid added"),
    "changed": Stroke(ADDED, 1.6, (4, 2), style="cid changed"),
    "removed": Stroke(FAINT, 1.1, (4, 2.5), style="cid removed"),
}
_KINDS: dict[str, Stroke] = {
    "causal": Stroke(INK, 1.1),
    "information": Stroke(INK, 1.8, (0.1, 4.0)),
    "mechanism": Stroke(MECHANISM, 1.2, style="cid response"),
    "terminal": Stroke(MECHANISM, 1.6, (5, 3), style="cid terminal"),
    "own": Stroke(FAINT, 0.8, style="cid own"),
}


def border_stroke(mark: NodeMark) -> Stroke:
    """Return how the border of a node is drawn.

    >>> from cidmesa import cid
    >>> from cidmesa.render.paint import paint
    >>> border_stroke(paint(cid("A -> B")).panels[0].nodes[0]).colour
    '#222222'
    """
    if mark.highlighted:
        return Stroke(HIGHLIGHT, 2.0, style="cid witness")
    if mark.forced:
        return Stroke(INK, 2.6, style="cid set")
    if mark.kind == "mechanism":
        return Stroke(MECHANISM, 1.0)
    return _STATUS.get(mark.status, Stroke(INK, 1.1))


def link_stroke(mark: LinkMark) -> Stroke:
    """Return how a link is drawn: information links dotted, those between mechanisms in their colour, others solid."""
    plain = _KINDS[mark.kind]
    wide = plain.width - 1.1
    if mark.highlighted:
        return Stroke(HIGHLIGHT, 2.0 + wide, plain.dashes, "cid witness")
    if mark.status == "cut":
        return Stroke(CUT_OFF, 1.1, (2, 3), "cid cut")
    if mark.status == "added":
        return Stroke(ADDED, 1.6 + wide, plain.dashes, "cid added")
    if mark.status == "removed":
        return Stroke(FAINT, 1.1 + wide, plain.dashes or (4, 2.5), "cid removed")
    return plain
