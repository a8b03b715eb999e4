"""Colours, and how borders and links are stroked: for colour-blind readers, and by dashes in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cidmesa.render.figure import LinkMark, NodeMark

__all__ = [
    "ADDED",
    "BAR",
    "BAR_PALE",
    "CUT_OFF",
    "FAINT",
    "HIGHLIGHT",
    "INK",
    "MECHANISM",
    "MISSING",
    "OBSERVED",
    "PALE",
    "PAPER",
    "RAMP",
    "SERIES",
    "Stroke",
    "border_stroke",
    "contrast",
    "fills",
    "link_stroke",
]

INK, PAPER, FAINT = "#222222", "#FFFFFF", "#757575"
HIGHLIGHT = "#CC3311"  # the witness path
CUT_OFF = "#8C8C8C"  # links that an intervention cuts
MECHANISM = "#4477AA"  # links between mechanisms
BAR, BAR_PALE = "#4477AA", "#A9BFD6"  # bars of values, and of options that a policy never takes
OBSERVED = "#DDDDDD"  # fill of nodes that are known
ADDED = "#117733"  # nodes and links that only the second of two panels has
_DECISION, _UTILITY = "#D9E8F5", "#FFF3B0"  # the only agent
_BASE = "#D9E8F5"
_MESA = ("#FADEC8", "#F6C9A4", "#FDEEE0", "#F0B483", "#FBE3B8")  # the first for one agent, the others by episode
_OTHERS = ("#F2E58A", "#D9A0AC", "#B7A3D6", "#8FCFCB", "#C9C0A0", "#F7EFA8")  # four beside the two: for all eyes


SERIES = (  # lines of a chart: colour, and dashes for readers who see grey
    ("#0077BB", ()),
    ("#EE7733", (7.0, 3.0)),
    ("#009988", (2.0, 2.5)),
    ("#CC3311", (9.0, 3.0, 2.0, 3.0)),
    ("#AA3377", (4.0, 2.0)),
    ("#33BBEE", (12.0, 3.0)),
    ("#555555", (1.0, 2.0)),
    ("#998800", (6.0, 2.0, 1.5, 2.0)),
)
PALE = ("#F6C9A6", "#9CCBE8", "#A6DCD3", "#E3B3CC", "#F0E4A0", "#C9C3E6", "#CFE3B4", "#D9D0C4")  # areas of a chart
MISSING = "#DDDDDD"  # where there is no answer
RAMP = ("#FDF6D6", "#B2DBC3", "#4CA8BE", "#00689E", "#102C54")  # numbers in a chart: falls evenly in lightness


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2).

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    low, high = sorted(map(_light, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def fills(agents: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the fill for each (agent, kind): by kind where there is one agent, by agent where there are several.

    The agents of one learned algorithm, one for each episode (``mesa@1``, ``mesa@2``), take shades of its colour.

    >>> fills(["agent"])["agent", "utility"], fills(["base", "mesa"])["mesa", "decision"]
    ('#FFF3B0', '#FADEC8')
    """
    roots = list(dict.fromkeys(agent.partition("@")[0] for agent in agents))
    if len(agents) == 1 and roots[0] not in ("base", "mesa"):
        return {(agents[0], "decision"): _DECISION, (agents[0], "utility"): _UTILITY}
    chosen = {"base": (_BASE,), "mesa": _MESA}
    known = chosen.keys() & set(roots)
    spare = [*(() if known else ((_BASE,), _MESA)), *((colour,) for colour in _OTHERS)]
    unknown = [root for root in roots if root not in chosen]
    chosen |= {root: spare[i % len(spare)] for i, root in enumerate(unknown)}
    families = {root: [agent for agent in agents if agent.partition("@")[0] == root] for root in roots}
    shade = {
        agent: chosen[root][i % len(chosen[root])] for root, own in families.items() for i, agent in enumerate(own)
    }
    return {(agent, kind): shade[agent] for agent in agents for kind in ("decision", "utility")}


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
    if mark.status == "possible":
        return Stroke(INK, plain.width, (0.1, 8.0) if mark.information else (6, 4), "cid possible")
    if mark.status == "added":
        return Stroke(ADDED, 1.6 + wide, plain.dashes, "cid added")
    if mark.status == "removed":
        return Stroke(FAINT, 1.1 + wide, plain.dashes or (4, 2.5), "cid removed")
    return plain
