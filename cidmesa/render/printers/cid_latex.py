r"""The dialect of the LaTeX package ``influence-diagrams``, and the coordinates and names of nodes of all TikZ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.render.figure import CENTIMETRE, LinkMark, NodeMark, Panel, Picture
from cidmesa.render.geometry import short
from cidmesa.render.labels import latex

if TYPE_CHECKING:
    from cidmesa.render.geometry import Point

__all__ = ["Frame", "cid_latex", "frame"]


@dataclass(frozen=True)
class Frame:
    """From px of a picture to centimetres with y upwards, and from nodes to names that TikZ takes."""

    origin: Point
    names: Mapping[tuple[float, float, str], str]
    rings: Mapping[tuple[float, float, str], str]

    def point(self, point: Point) -> str:
        """Return a point as TikZ writes it."""
        x, y = (point[0] - self.origin[0]) / CENTIMETRE, (self.origin[1] - point[1]) / CENTIMETRE
        return f"({short(x)}, {short(y)})"

    def corner(self, x: float, y: float) -> str:
        """Return a corner of the picture."""
        return self.point((x, y))

    def name(self, panel: Panel, node: str) -> str:
        """Return the name of a node of a panel."""
        return self.names[panel.x, panel.y, node]

    def end(self, panel: Panel, node: str) -> str:
        """Return the name that links to a node use: that of its outermost ring, where it has one."""
        return self.rings[panel.x, panel.y, node]


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


_RING_SHAPES = {"ellipse": "", "rectangle": "[rectangle]", "diamond": "[diamond]", "octagon": "[chamfered rectangle]"}
_PLAYERS = 6  # the package has colours for so many agents


def cid_latex(picture: Picture) -> str:
    r"""Return the picture for people who own the package: nodes, links and incentive rings, without legend and notes.

    Agents become players in the order of their first nodes; a single agent stays unnumbered. Actions of the learned
    algorithm, and nodes that an intervention sets, take the package's double border, mechanisms its grey one. The
    package has no ring for impact incentives: a comment says so.

    >>> from cidmesa import cid
    >>> from cidmesa.render.paint import paint
    >>> two = cid("A -> U", decisions={"x": ["A"]}, utilities={"y": ["U"]})
    >>> cid_latex(paint(two)).splitlines()[2].strip()
    '\\node (U) at (2, 0) [utility, player2] {$U$};'
    """
    at = frame(picture)
    names = dict.fromkeys(mark.agent for panel in picture.panels for mark in panel.nodes if mark.agent is not None)
    players: dict[str | None, int] = {agent: i % _PLAYERS + 1 for i, agent in enumerate(names)}
    players = players if len(players) > 1 else {}
    body = [line for panel in picture.panels for line in _panel(panel, at, players)]
    return "\n".join(["\\begin{influence-diagram}", *(f"  {line}" for line in body), "\\end{influence-diagram}", ""])


def _panel(panel: Panel, at: Frame, players: Mapping[str | None, int]) -> Iterable[str]:
    for mark in panel.nodes:
        yield _node(mark, panel, at, players)
    for link in panel.links:
        yield _link(link, panel, at)
    for mark in panel.nodes:
        for i, concept in enumerate(mark.rings, 1):
            name = at.name(panel, mark.name)
            ring = f"\\{concept.macro}{_RING_SHAPES[mark.box.shape]}<{i}>{{{name}}}"
            yield ring if concept.macro else f"% no macro for the {concept.name} of {name}"


def _node(mark: NodeMark, panel: Panel, at: Frame, players: Mapping[str | None, int]) -> str:
    options = {"chance": [], "mechanism": ["exogenous"]}.get(mark.kind, [mark.kind])
    options += [f"player{players[mark.agent]}"] if mark.agent in players else []
    options += ["intervened"] if mark.double or mark.forced else []
    look = f" [{', '.join(options)}]" if options else ""
    return (
        f"\\node ({at.name(panel, mark.name)}) at {at.point(mark.box.centre)}{look} {{{_stacked(latex(mark.label))}}};"
    )


def _stacked(label: str) -> str:
    return f"\\shortstack{{{label}}}" if " \\\\ " in label else label


def _link(mark: LinkMark, panel: Panel, at: Frame) -> str:
    ends = at.name(panel, mark.source), at.name(panel, mark.target)
    options = ["information"] if mark.information else ["gray"] if mark.kind == "own" or mark.status == "cut" else []
    options += ["dashed"] if mark.kind == "terminal" else []
    inner = [at.point(point) for point in mark.route.points[1:-1]]
    if inner and not mark.route.bend:
        look = ", ".join(["->", "rounded corners=3mm", *options])
        return f"\\draw[{look}] ({ends[0]}) -- {' -- '.join(inner)} -- ({ends[1]});"
    if mark.route.bend:
        options.append(f"bend {'left' if mark.route.bend > 0 else 'right'}={abs(mark.route.bend):g}")
    return f"\\edge{'[' + ', '.join(options) + ']' if options else ''} {{{ends[0]}}} {{{ends[1]}}};"
