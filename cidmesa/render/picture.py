"""The picture tree: what is drawn and where, as frozen data that every painter reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cidmesa.render.route import Route
from cidmesa.render.shapes import Box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.render.labels import Label
    from cidmesa.render.palette import Concept
    from cidmesa.render.shapes import Point
    from cidmesa.render.subject import LinkKind

__all__ = ["CENTIMETRE", "Box", "Key", "LinkMark", "NodeMark", "Panel", "Picture", "Route", "Status"]

CENTIMETRE = 40.0  # px in the picture for one centimetre on paper

Status = Literal["", "added", "removed", "changed", "cut"]


@dataclass(frozen=True, slots=True)
class NodeMark:
    """A node as drawn: its place and shape, label, colour and rings (innermost first).

    ``double`` borders mark actions of the learned algorithm; ``note`` stands below the node; ``title`` is what a reader
    sees when pointing at it; ``status`` says what the other of two panels lacks; ``forced`` whether an
    intervention sets the node.
    """

    name: str
    kind: str
    agent: str | None
    box: Box
    label: Label
    fill: str
    rings: tuple[Concept, ...] = ()
    double: bool = False
    highlighted: bool = False
    note: str = ""
    title: str = ""
    status: Status = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class LinkMark:
    """A link as drawn: its ends, route, what kind of link it is, and whether it is part of the witness."""

    source: str
    target: str
    route: Route
    kind: LinkKind = "causal"
    highlighted: bool = False
    title: str = ""
    status: Status = ""

    @property
    def information(self) -> bool:
        """Whether the link carries information to a decision; it is dotted then."""
        return self.kind == "information"


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram with its title; ``(x, y)`` and the size span the room it takes."""

    title: str
    x: float
    y: float
    width: float
    height: float
    nodes: tuple[NodeMark, ...]
    links: tuple[LinkMark, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a swatch (filled box, ring, double or bold border, or line) and words beside it."""

    swatch: Literal[
        "fill", "ring", "double", "added", "changed", "removed", "witness", "forced", "cut", "mechanism", "terminal"
    ]
    colour: str
    words: str
    x: float
    y: float
    concept: Concept | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole figure: panels side by side and a legend, in px with y downwards from the upper left corner."""

    width: float
    height: float
    panels: tuple[Panel, ...]
    legend: tuple[Key, ...] = ()
    description: str = ""

    @property
    def positions(self) -> Mapping[str, Point]:
        """The node centres in centimetres with y upwards, as TikZ counts and as ``positions=`` takes them."""
        found: dict[str, Point] = {}
        for panel in reversed(self.panels):
            for node in panel.nodes:
                place = (node.box.x - panel.x) / CENTIMETRE, (panel.y - node.box.y) / CENTIMETRE
                found[node.name] = (round(place[0], 4), round(place[1], 4))
        return found
