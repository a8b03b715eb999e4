"""Coordinates in centimetres and names of nodes for TikZ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.render.figure import CENTIMETRE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.render.figure import Panel, Picture
    from cidmesa.render.geometry import Point

__all__ = ["Frame", "frame"]


@dataclass(frozen=True)
class Frame:
    """From px of a picture to centimetres with y upwards, and from nodes to names that TikZ takes."""

    origin: Point
    names: Mapping[tuple[float, float, str], str]
    rings: Mapping[tuple[float, float, str], str]

    def point(self, point: Point) -> str:
        """Return a point as TikZ writes it."""
        x, y = (point[0] - self.origin[0]) / CENTIMETRE, (self.origin[1] - point[1]) / CENTIMETRE
        return f"({_short(x)}, {_short(y)})"

    def corner(self, x: float, y: float) -> str:
        """Return a corner of the picture."""
        return self.point((x, y))

    def name(self, panel: Panel, node: str) -> str:
        """Return the name of a node of a panel."""
        return self.names[panel.x, panel.y, node]

    def end(self, panel: Panel, node: str) -> str:
        """Return the name that links to a node use: that of its outermost ring, where it has one."""
        return self.rings[panel.x, panel.y, node]


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def frame(picture: Picture) -> Frame:
    """Return the frame of a picture: the origin is the leftmost column and lowest row of nodes.

    >>> from cidmesa import cid
    >>> from cidmesa.render.paint import paint
    >>> picture = paint(cid("A.1 -> B"))
    >>> at = frame(picture)
    >>> at.name(picture.panels[0], "A.1"), at.point(picture.panels[0].nodes[1].box.centre)
    ('A1', '(2, 0)')

    """
    centres = [node.box.centre for panel in picture.panels for node in panel.nodes] or [(0.0, picture.height)]
    origin = min(x for x, _ in centres), max(y for _, y in centres)
    names: dict[tuple[float, float, str], str] = {}
    rings: dict[tuple[float, float, str], str] = {}
    taken: set[str] = set()
    for number, panel in enumerate(picture.panels):
        for node in panel.nodes:
            key = (panel.x, panel.y, node.name)
            names[key] = _free((re.sub(r"[^A-Za-z0-9_ -]", "", node.name) or "node") + "'" * number, taken)
            rings[key] = f"{names[key]}-{node.rings[-1].key}" if node.rings else names[key]
    return Frame(origin, names, rings)


def _free(name: str, taken: set[str]) -> str:
    """Return ``name``, or a variant of it that is not taken, and take it."""
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name} {number}"
    taken.add(chosen)
    return chosen
