"""Shapes and sizes of nodes, and the room for what stands in and below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.render.figure import BAR_LINE, BAR_TOP, NOTE_SIZE, RING_GAP, bars_width
from cidmesa.render.geometry import Box, Point, Shape
from cidmesa.render.labels import LINE, label_width, lines_of, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.render.figure import Bar
    from cidmesa.render.labels import Label
    from cidmesa.render.overlays import Scene
    from cidmesa.structure.node import Node

__all__ = ["box_of", "note_size", "room_of"]


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Least sizes of shapes in px, and how much room is left around a label."""

    chance: float
    decision: float
    utility: float
    octagon: float
    mechanism: float
    pad: float
    slope: float  # of a diamond: how wide a label may be beside the shape


_USUAL, _SMALL = _Sizes(38, 36, 44, 36, 30, 14, 0.66), _Sizes(30, 28, 38, 28, 26, 9, 0.71)


def _shape(kind: str, width: float, lines: int, sizes: _Sizes) -> tuple[Shape, float, float]:
    """Return the shape for a kind of node, large enough for a label of this width and so many lines."""
    more = LINE * (lines - 1)
    if kind == "decision":
        return "rectangle", max(sizes.decision, width + sizes.pad + 2), sizes.decision + more
    if kind == "mechanism":
        return "ellipse", max(sizes.mechanism, width * 1.08 + sizes.pad - 2), sizes.mechanism + more
    if kind == "chance":
        if width <= sizes.chance - 10 and not more:
            return "ellipse", sizes.chance, sizes.chance
        return "ellipse", width * (1.25 if more else 1.08) + sizes.pad, sizes.chance + 1.25 * more
    if width <= 40 and not more:
        return "diamond", max(sizes.utility, width / sizes.slope + 6), sizes.utility
    return "octagon", width + sizes.pad + 10, sizes.octagon + more


def box_of(scene: Scene, node: Node, centre: Point = (0.0, 0.0)) -> Box:
    """Return the shape of a node at ``centre``, large enough for its label."""
    kind, runs = "mechanism" if node.name in scene.subject.mechanisms else node.kind, scene.labels[node.name]
    if bars := scene.bars.get(node.name):
        return _table(kind, runs, bars, centre)
    sizes = _SMALL if scene.compact else _USUAL
    shape, width, height = _shape(kind, label_width(runs), len(lines_of(runs)), sizes)
    return Box(*centre, 2.0 * -(-width // 2), height, shape)


_TABLES: dict[str, Shape] = {"chance": "rounded", "decision": "rectangle", "utility": "octagon"}


def _table(kind: str, runs: Label, bars: Sequence[Bar], centre: Point) -> Box:
    """Return the shape of a node with rows below its label."""
    wide = max(label_width(runs) + 20, bars_width(bars))
    high = BAR_TOP + LINE * (len(lines_of(runs)) - 1) + BAR_LINE * len(bars) + 6
    return Box(*centre, 2.0 * -(-wide // 2), high, _TABLES[kind])


def room_of(scene: Scene, node: Node) -> tuple[float, float]:
    """Return the room a node needs with what is written below it and more rings than two."""
    box = box_of(scene, node)
    more = max(0.0, 2 * RING_GAP * (len(scene.rings.get(node.name, ())) - 2))
    wide, high = note_size(scene.notes.get(node.name, ("", ""))[0])
    return max(box.width, wide) + more, box.height + more + (2 * high + 4 if high else 0)


def note_size(note: str) -> tuple[float, float]:
    """Return the room that the lines of a note need.

    >>> note_size("")
    (0.0, 0.0)
    """
    lines = note.splitlines()
    return max((text_width(line, NOTE_SIZE) for line in lines), default=0.0), (NOTE_SIZE + 2) * len(lines)
