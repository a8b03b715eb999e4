r"""The dialect of the LaTeX package ``influence-diagrams``: its environment, node styles, ``\edge`` and ring macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.render.labels import latex
from cidmesa.render.printers.tikz_frame import Frame, frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.render.figure import LinkMark, NodeMark, Panel, Picture

__all__ = ["cid_latex"]

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
            yield ring if concept.macro else f"% no macro for the {concept.words} of {name}"


def _node(mark: NodeMark, panel: Panel, at: Frame, players: Mapping[str | None, int]) -> str:
    options = {"chance": [], "mechanism": ["exogenous"]}.get(mark.kind, [mark.kind])
    options += [f"player{players[mark.agent]}"] if mark.agent in players else []
    options += ["intervened"] if mark.double or mark.forced else []
    look = f" [{', '.join(options)}]" if options else ""
    return f"\\node ({at.name(panel, mark.name)}) at {at.point(mark.box.centre)}{look} {{{latex(mark.label)}}};"


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
