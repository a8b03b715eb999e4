"""A scene: one diagram with what is to be shown on it, before it has places; and the sizes of its nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cidmesa.render.labels import label_width, labels, text_width
from cidmesa.render.overlays import captions, rings, witness
from cidmesa.render.shapes import Box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.render.labels import Label
    from cidmesa.render.options import Options
    from cidmesa.render.palette import Concept
    from cidmesa.render.picture import Status
    from cidmesa.render.shapes import Point, Shape
    from cidmesa.render.subject import Subject
    from cidmesa.structure.diagram import Node

__all__ = ["NOTE_SIZE", "RING_GAP", "Scene", "box_of", "note_size", "room_of", "scenes_of"]

RING_GAP = 4.0  # px between a node and its ring, and between rings
NOTE_SIZE = 10.0  # font size of notes in px


@dataclass(frozen=True)
class Scene:
    """One diagram with its overlays, before it has places."""

    subject: Subject
    labels: Mapping[str, Label]
    rings: Mapping[str, tuple[Concept, ...]]
    notes: Mapping[str, tuple[str, str]]
    path: tuple[frozenset[str], frozenset[tuple[str, str]]]
    against: Subject | None
    gone: Status
    forced: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    def status(self, key: str | tuple[str, str]) -> Status:
        """Return what the other panel makes of a node or link, and which links an intervention cuts."""
        if isinstance(key, tuple) and key[1] in self.forced:
            return "cut"
        if self.against is None:
            return ""
        if isinstance(key, tuple):
            return "" if key in self.against.links else self.gone
        node, there = self.subject.by_name[key], self.against.by_name.get(key)
        if there is None:
            return self.gone
        return "" if self.gone == "removed" or (node.kind, node.agent) == (there.kind, there.agent) else "changed"


def scenes_of(subject: Subject, other: Subject | None, options: Options) -> list[Scene]:
    """Return the scene of ``subject``, after that of the diagram to compare it with, where there is one.

    Concepts given by name are looked up in both; verdicts, witness and policy belong to ``subject``.
    """
    incentives = options.get("incentives")
    forced, known = options.get("intervention") or {}, options.get("evidence") or {}
    names = [node.name for side in (subject, other) if side for node in side.nodes]
    mine = Scene(
        subject,
        labels(node.name for node in subject.nodes),
        rings(subject, incentives),
        captions(subject, options, names),
        witness(subject, options.get("highlight")),
        other,
        "added",
        frozenset(forced),
        frozenset(known),
    )
    if other is None:
        return [mine]
    named = incentives if isinstance(incentives, str) else [i for i in incentives or () if isinstance(i, str)]
    theirs = replace(
        mine, subject=other, labels=labels(node.name for node in other.nodes), rings=rings(other, named or None),
        notes=captions(other, options, names), path=(frozenset(), frozenset()), against=subject, gone="removed",
    )  # fmt: skip
    return [theirs, mine]


def _shape(kind: str, width: float) -> tuple[Shape, float, float]:
    """Return the shape for a kind of node, large enough for a label of this width."""
    if kind == "decision":
        return "rectangle", max(36.0, width + 16), 36.0
    if kind == "mechanism":
        return "ellipse", max(30.0, width * 1.08 + 12), 30.0
    if kind == "chance":
        return ("ellipse", 38.0, 38.0) if width <= 28 else ("ellipse", width * 1.08 + 14, 38.0)
    return ("diamond", max(44.0, width / 0.66 + 6), 44.0) if width <= 40 else ("octagon", width + 24, 36.0)


def _sized(width: float) -> float:
    """Return a width rounded up to even px, so that halves are whole."""
    return 2.0 * -(-width // 2)


def box_of(scene: Scene, node: Node, centre: Point = (0.0, 0.0)) -> Box:
    """Return the shape of a node at ``centre``, large enough for its label."""
    kind = "mechanism" if node.name in scene.subject.mechanisms else node.kind
    shape, width, height = _shape(kind, label_width(scene.labels[node.name]))
    return Box(*centre, _sized(width), height, shape)


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
