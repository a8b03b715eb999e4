"""The figure as data: panels of nodes and links with their places, and the legend; every printer reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.render.geometry import Box, Point, Route
from cidmesa.render.labels import FONT, Label, text_width
from cidmesa.render.palette import ADDED, CUT_OFF, FAINT, HIGHLIGHT, INK, MECHANISM, OBSERVED, PAPER

if TYPE_CHECKING:
    from cidmesa.criteria.ground import Concept
    from cidmesa.render.drawable import LinkKind

__all__ = [
    "BAR_LINE",
    "BAR_ROOM",
    "BAR_TOP",
    "CENTIMETRE",
    "KEY_LINES",
    "LEGEND_SIZE",
    "NOTE_SIZE",
    "READABLE",
    "RING_GAP",
    "SWATCH",
    "TITLE_SIZE",
    "Bar",
    "Box",
    "Key",
    "LinkMark",
    "NodeMark",
    "Panel",
    "Picture",
    "Route",
    "Status",
    "bars_width",
    "keys",
    "placed",
]

CENTIMETRE = 40.0  # px in the picture for one centimetre on paper
RING_GAP = 4.0  # px between a node and its ring, and between rings
LEGEND_SIZE, NOTE_SIZE, TITLE_SIZE, SWATCH = 12.0, 10.0, 14.0, 14.0  # px: fonts, and side of a swatch
READABLE = 6.0  # pt: smaller text is hard to read on paper

Status = Literal["", "added", "removed", "changed", "cut", "possible"]


BAR_LINE, BAR_TOP = 14.0, 23.0  # px: from row to row of a node with values, and from its top to the first
BAR_ROOM, _BAR_GAP = 42.0, 5.0  # px: the longest bar, and between what stands in a row


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a node with values: a state or option, a number in words, and from where to where its bar goes.

    ``start`` and ``end`` are shares of the room for bars, absent where the row has none; ``pale`` marks what a policy
    never takes.
    """

    name: str
    value: str
    start: float | None = None
    end: float = 0.0
    pale: bool = False

    @property
    def words(self) -> str:
        """The row as text."""
        return f"{self.name}: {self.value}"


def bars_width(bars: Sequence[Bar]) -> float:
    """Return the width in px that rows need in a node.

    >>> round(bars_width([Bar("a", "1/2", 0.0, 0.5)]))
    90
    """
    return BAR_ROOM * any(bar.start is not None for bar in bars) + sum(_columns(bars)) + 2 * _BAR_GAP + 16


def _columns(bars: Sequence[Bar]) -> tuple[float, float]:
    """Return how wide names and numbers are."""
    name, value = (max(text_width(text, NOTE_SIZE) for text in texts) for texts in zip(*_texts(bars), strict=True))
    return name, value


def _texts(bars: Sequence[Bar]) -> list[tuple[str, str]]:
    return [(bar.name, bar.value) for bar in bars]


@dataclass(frozen=True, slots=True)
class NodeMark:
    """A node as drawn: its place and shape, label, colour and rings (innermost first).

    ``double`` borders mark actions of the learned algorithm; ``note`` stands below the node; ``title`` is what a reader
    sees when pointing at it; ``status`` says what the other of two panels lacks; ``forced`` whether an
    intervention sets the node; ``own`` whether its fill was chosen for it alone; ``bars`` are the rows of its values.
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
    own: bool = False
    bars: tuple[Bar, ...] = ()

    @property
    def label_at(self) -> Point:
        """Where the middle of the label is."""
        top = self.box.y - self.box.height / 2
        rows = BAR_LINE * len(self.bars) + 6
        return (self.box.x, top + (self.box.height - rows) / 2 + 2) if self.bars else self.box.centre

    def rows(self) -> Iterator[tuple[Bar, float, float, float, float]]:
        """Yield each row of values with the middle of its line, and where name, bars and number begin and end."""
        left, right = self.box.x - self.box.width / 2 + 8, self.box.x + self.box.width / 2 - 8
        y = self.box.bottom - 6 - BAR_LINE * (len(self.bars) - 0.5)
        room = right - _columns(self.bars)[1] - _BAR_GAP if self.bars else right
        for i, bar in enumerate(self.bars):
            yield bar, y + BAR_LINE * i, left, room - BAR_ROOM, right

    @property
    def outer(self) -> Box:
        """The box with its rings."""
        return self.box.grown(RING_GAP * len(self.rings))


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
    """One diagram with its title; ``(x, y)`` and the size span the room it takes.

    ``recall`` says that links which memory implies are not drawn, ``elided`` what a node stands for.
    """

    title: str
    x: float
    y: float
    width: float
    height: float
    nodes: tuple[NodeMark, ...]
    links: tuple[LinkMark, ...]
    recall: bool = False
    elided: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a swatch (filled box, ring, double or bold border, or line) and words beside it."""

    swatch: Literal[
        "fill",
        "ring",
        "double",
        "added",
        "changed",
        "removed",
        "witness",
        "forced",
        "cut",
        "possible",
        "mechanism",
        "terminal",
        "recall",
    ]
    colour: str
    words: str
    x: float = 0.0
    y: float = 0.0
    concept: Concept | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole figure: panels and a legend, in px with y downwards from the upper left corner.

    ``scale`` is how many times as large as it is here the figure is printed, where 40 px are a centimetre; ``zoom``
    how many px of a screen, of which a centimetre has 37.8, one px here is. The words of the legend have
    ``legend_size``.
    """

    width: float
    height: float
    panels: tuple[Panel, ...]
    legend: tuple[Key, ...] = ()
    description: str = ""
    scale: float = 1.0
    zoom: float = 1.0
    legend_size: float = LEGEND_SIZE

    @property
    def size(self) -> tuple[float, float]:
        """Width and height on paper in centimetres."""
        return self.width * self.scale / CENTIMETRE, self.height * self.scale / CENTIMETRE

    @property
    def smallest_text(self) -> float:
        """The size in pt of the smallest text on paper; sub- and superscripts are smaller than what they belong to."""
        sizes = [FONT] if any(panel.nodes for panel in self.panels) else []
        sizes += [NOTE_SIZE] if any(mark.note or mark.bars for panel in self.panels for mark in panel.nodes) else []
        sizes += [self.legend_size] if self.legend else []
        return round(min(sizes, default=FONT) * self.scale / CENTIMETRE * 72 / 2.54, 2)

    @property
    def positions(self) -> Mapping[str, Point]:
        """The node centres in centimetres with y upwards, as TikZ counts and as ``positions=`` takes them."""
        found: dict[str, Point] = {}
        for panel in reversed(self.panels):
            for node in panel.nodes:
                place = (node.box.x - panel.x) / CENTIMETRE, (panel.y - node.box.y) / CENTIMETRE
                found[node.name] = (round(place[0], 4), round(place[1], 4))
        return found


# swatches that are lines, with their dashes
KEY_LINES: dict[str, tuple[float, ...]] = {
    "witness": (),
    "cut": (2, 3),
    "possible": (6, 4),
    "mechanism": (),
    "terminal": (5, 3),
    "recall": (0.1, 4),
}
_ROW, _BETWEEN = 22.0, 18.0


def keys(panels: Sequence[Panel]) -> list[Key]:
    """Return the entries that are needed: several agents, learned actions, rings, differences, a witness path."""
    nodes = [mark for panel in panels for mark in panel.nodes]
    links = [mark for panel in panels for mark in panel.links]
    shown = (mark for mark in nodes if mark.fill != OBSERVED and not mark.own)
    fills = {mark.agent: mark.fill for mark in shown if mark.agent is not None}
    rings = {concept for mark in nodes for concept in mark.rings}
    there = {mark.status for mark in nodes} | {mark.status for mark in links} | {mark.kind for mark in links}
    entries = (
        *((len(fills) > 1, Key("fill", fill, agent)) for agent, fill in fills.items()),
        (any(mark.double for mark in nodes), Key("double", INK, "action of the learned algorithm")),
        *((one in rings, Key("ring", one.colour, _concept(one), concept=one)) for one in CONCEPTS.values()),
        ("added" in there, Key("added", ADDED, f"only in {panels[-1].title}")),
        ("changed" in there, Key("changed", ADDED, "other kind or agent")),
        ("removed" in there, Key("removed", FAINT, f"only in {panels[0].title}")),
        (any(mark.forced for mark in nodes), Key("forced", INK, "set by intervention")),
        ("cut" in there, Key("cut", CUT_OFF, "link cut by it")),
        ("possible" in there, Key("possible", INK, "link that may be there")),
        (any(mark.fill == OBSERVED for mark in nodes), Key("fill", OBSERVED, "known")),
        ("mechanism" in there, Key("mechanism", MECHANISM, "a mechanism responds to another")),
        ("terminal" in there, Key("terminal", MECHANISM, "responds to its aim (terminal)")),
        (any(panel.recall for panel in panels), Key("recall", FAINT, "not drawn: what an agent recalls")),
        *((True, Key("fill", PAPER, words)) for words in dict.fromkeys(panel.elided for panel in panels) if words),
        (any(mark.highlighted for mark in links), Key("witness", HIGHLIGHT, "witness path")),
    )
    return [key for needed, key in entries if needed]


def _concept(concept: Concept) -> str:
    return concept.name if concept.name.startswith(concept.short.lower()) else f"{concept.name} ({concept.short})"


def placed(
    entries: Sequence[Key], size: tuple[float, float], margin: float, font: float
) -> tuple[tuple[Key, ...], float, float]:
    """Return the entries in rows below a figure of this size, and the size of both together."""
    if not entries:
        return (), *size
    widths = [SWATCH + 6 + 1.05 * text_width(key.words, font) for key in entries]
    wide = max(size[0], max(widths) + 2 * margin)
    x, y, done = margin, size[1] + _ROW / 2, []
    for key, width in zip(entries, widths, strict=True):
        if x > margin and x + width > wide - margin:
            x, y = margin, y + _ROW
        done.append(replace(key, x=x, y=y))
        x += width + _BETWEEN
    return tuple(done), wide, y + SWATCH + margin
