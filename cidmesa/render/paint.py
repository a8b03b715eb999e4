"""`paint`: from a diagram, and what is to be shown on it, to the picture tree."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import NotApplicable
from cidmesa.render.figure import (
    CENTIMETRE,
    LEGEND_SIZE,
    READABLE,
    TITLE_SIZE,
    LinkMark,
    NodeMark,
    Panel,
    Picture,
    keys,
    placed,
)
from cidmesa.render.geometry import Box, Point, Route
from cidmesa.render.labels import FONT, text_width
from cidmesa.render.layout.routes import routes
from cidmesa.render.layout.time_slices import numbered
from cidmesa.render.options import OPTIONS, Options, length, option_of
from cidmesa.render.overlays import Scene, fill_of, scenes_of
from cidmesa.render.palette import fills
from cidmesa.render.placement import box_of, note_size, places

if TYPE_CHECKING:
    from cidmesa.render.geometry import Direction
    from cidmesa.render.layout.layered import Layout
    from cidmesa.structure.diagram import Node

__all__ = ["SmallText", "described", "paint", "painted"]


_MARGIN, _BETWEEN, _TITLE_ROOM = 10.0, 36.0, 26.0
_PAGE = 23.0  # cm: the height of a figure that has a width
_EASY = 8.0  # pt: text of this size is read as easily as larger text
_DOTS = 96 / 2.54  # px of a screen in a centimetre
_WIDE = 520.0  # px: panels wider than this stand one below the other


class SmallText(UserWarning):
    """Some text of a figure is smaller than 6 pt, so that it is hard to read on paper."""


def paint(x: object, **options: Unpack[Options]) -> Picture:
    """Return the picture of a diagram, model, training process, composition, scenario or relevance graph.

    Same input, same picture. Links into decisions are information links. Nodes that a training process marks as actions
    of the learned algorithm get a double border. For the options see `cidmesa.render.options.Options`. Text that a
    ``width`` or ``scale`` makes smaller than 6 pt is warned of (`SmallText`).

    Raises:
        NotApplicable: the value cannot be drawn, or an incentive concept is unknown.
        UnknownNode: a highlighted node is not drawn.

    >>> from cidmesa import cid
    >>> picture = paint(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> [(node.name, node.box.shape) for node in picture.panels[0].nodes]
    [('S', 'ellipse'), ('D', 'rectangle'), ('U', 'diamond')]
    """
    scenes = scenes_of(x, options)
    picture = max(_tried(scenes, options), key=lambda one: min(one.smallest_text, _EASY))
    if picture.smallest_text < READABLE:
        wide = f"{picture.size[0]:.1f} cm"
        remedy = "compact=True, recall='hidden', a smaller part of the diagram, or a wider figure"
        warnings.warn(
            f"text of {picture.smallest_text:.1f} pt in a figure of {wide} is hard to read. Try {remedy}.",
            SmallText,
            stacklevel=3,
        )
    return picture


def _tried(scenes: Sequence[Scene], options: Options) -> Iterator[Picture]:
    """Yield the picture; where it has a width, one for each way that is left open, the usual one first."""
    titles = _titles(scenes, options)
    colours = fills(list(dict.fromkeys(agent for scene in scenes for agent in scene.subject.agents)))
    for direction in _directions(options):
        turned: Options = {**options, "direction": direction}
        made = places(scenes, turned)
        panels = [_panel(scene, title, made, colours) for scene, title in zip(scenes, titles, strict=True)]
        for stack in _stacks(panels, options):
            yield _arranged(panels, options, stack=stack, description=described(scenes))


def _directions(options: Options) -> Sequence[Direction]:
    given = options.get("direction")
    if given is None and options.get("width") is not None and not options.get("positions"):
        return "LR", "TB"
    return (given or "LR",)


def _stacks(panels: Sequence[Panel], options: Options) -> Sequence[bool | None]:
    """Return whether the panels stand above each other; None: where they are wide."""
    given = options.get("stack")
    return (False, True) if given is None and options.get("width") and panels[1:] else (given,)


def painted(x: object, options: Options, own: Sequence[str] = ()) -> Picture:
    """Return the picture that ``x`` is, or else the one that `paint` makes of it; ``own``: further options of a format.

    Raises:
        NotApplicable: options are given for a picture, which is laid out already, or `paint` refuses the value.
    """
    for name in options:
        option_of(name, (*OPTIONS, *own))
    if not isinstance(x, Picture):
        return paint(x, **options)
    if options:
        raise NotApplicable(f"a picture is already painted, so it takes no {next(iter(options))}=. Give it to paint.")
    return x


def _titles(scenes: Sequence[Scene], options: Options) -> Sequence[str]:
    titles = options.get("titles")
    if titles is None:
        names = [scene.subject.title for scene in scenes]
        return [name or place for name, place in zip(names, ("first", "second"), strict=True)] if names[1:] else [""]
    if len(titles) != len(scenes):
        raise NotApplicable(f"titles= names {len(titles)} panels, but the figure has {len(scenes)}.")
    return titles


# --- marks ---------------------------------------------------------------------------------------------------------


def _panel(scene: Scene, title: str, made: Layout, colours: Mapping[tuple[str, str], str]) -> Panel:
    """Return one diagram drawn in the coordinates of the layout."""
    nodes = tuple(_node_mark(scene, node, made.centres[node.name], colours) for node in scene.subject.nodes)
    boxes = {mark.name: mark.outer for mark in nodes}
    below = {mark.name: (_note_box(mark),) for mark in nodes if mark.note}
    ways = routes(boxes, scene.subject.links, made.vias, below)
    links = tuple(_link_mark(scene, link, route) for link, route in ways.items())
    return Panel(title, 0, 0, 0, 0, nodes, links, bool(scene.subject.hidden), _elided(scene))


def _elided(scene: Scene) -> str:
    """Return the words of the legend for the node that stands for others."""
    for dots, names in scene.subject.elided.items():
        first, last = (f(numbered(names).values()) for f in (min, max))
        some = ", whose rings it has" if dots in scene.rings else ""
        return f"{dots} stands for {len(names)} nodes of the time slices {first} to {last}{some}"
    return ""


def _note_box(mark: NodeMark) -> Box:
    wide, high = note_size(mark.note)
    return Box(mark.box.x, mark.outer.bottom + 2 + high / 2, wide, high, "rectangle")


def _node_mark(scene: Scene, node: Node, centre: Point, colours: Mapping[tuple[str, str], str]) -> NodeMark:
    note, rule = scene.notes.get(node.name, ("", ""))
    return NodeMark(
        name=node.name,
        kind="mechanism" if node.name in scene.subject.mechanisms else node.kind,
        agent=node.agent,
        box=box_of(scene, node, centre),
        label=scene.labels[node.name],
        fill=fill_of(scene, node, colours),
        rings=scene.rings.get(node.name, ()),
        double=node.name in scene.subject.learned,
        highlighted=node.name in scene.path,
        note=note,
        title="\n".join(_node_words(scene, node, rule)),
        status=scene.status(node.name),
        forced=node.name in scene.forced,
        bars=scene.bars.get(node.name, ()),
        own=bool({node.name, node.kind} & scene.colours.keys()),
    )


def _node_words(scene: Scene, node: Node, rule: str) -> Iterable[str]:
    if of := scene.subject.mechanisms.get(node.name):
        yield f"{node.name}: mechanism of {of}"
        return
    owner = f" of {node.agent}" if node.agent is not None else ""
    learned = " (action of the learned algorithm)" if node.name in scene.subject.learned else ""
    yield f"{node.name}: {node.kind} node{owner}{learned}"
    yield from scene.subject.details.get(node.name, ())
    if rule:
        yield rule
    yield from (bar.words for bar in scene.bars.get(node.name, ()))
    yield from (f"admits {concept.name} ({concept.short})" for concept in scene.rings.get(node.name, ()))


_LINK_WORDS = {
    "causal": "causal link",
    "information": "information link",
    "mechanism": "the mechanism responds to the other",
    "terminal": "the mechanism responds to the other as its aim",
    "own": "mechanism of the variable",
}


def _link_mark(scene: Scene, link: tuple[str, str], route: Route) -> LinkMark:
    kind = scene.subject.kind(link)
    words = [f"{link[0]} → {link[1]}: {_LINK_WORDS[kind]}", *scene.subject.details.get(link, ())]
    return LinkMark(*link, route, kind, link in scene.steps, "\n".join(words), scene.status(link))


# --- the whole figure ----------------------------------------------------------------------------------------------


def _extent(panel: Panel) -> tuple[float, float, float, float]:
    """Return the least and greatest coordinates of what a panel draws."""
    boxes = [mark.outer.grown(1) for mark in panel.nodes]
    boxes += [_note_box(mark) for mark in panel.nodes if mark.note]
    corners = [(b.x + s * b.width / 2, b.y + s * b.height / 2) for b in boxes for s in (-1, 1)]
    corners += [point for link in panel.links for point in link.route.line]
    xs, ys = zip(*(corners or [(0.0, 0.0)]), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _arranged(panels: list[Panel], options: Options, *, stack: bool | None, description: str) -> Picture:
    """Return the panels beside or above each other, the legend under them, at the size that is asked for."""
    moved, size = _laid(panels, stack, near=options.get("compact", False))
    margin = _MARGIN / 2 if options.get("compact") else _MARGIN
    font = LEGEND_SIZE if _scales(size, options)[0] == 1 else FONT  # what is shrunk has no words smaller than labels
    wanted = options.get("legend", True)
    legend, wide, high = placed(keys(moved) if wanted else [], size, margin, font)
    scale, zoom = _scales((math.ceil(wide), math.ceil(high)), options)
    return Picture(math.ceil(wide), math.ceil(high), tuple(moved), legend, description, scale, zoom, font)


def _laid(panels: Sequence[Panel], stack: bool | None, *, near: bool) -> tuple[list[Panel], Point]:
    """Return the panels where they stand, and the size of all."""
    margin, between = (_MARGIN / 2, _BETWEEN / 2) if near else (_MARGIN, _BETWEEN)
    ends = [_extent(panel) for panel in panels]
    left, top, right, bottom = (f(e[i] for e in ends) for i, f in enumerate((min, min, max, max)))
    head = _TITLE_ROOM if any(panel.title for panel in panels) else 0.0
    width = max(right - left, *(text_width(panel.title, TITLE_SIZE) for panel in panels))
    above = width > _WIDE if stack is None else stack
    x = y = margin
    moved = []
    for panel, end in zip(panels, ends, strict=True):
        start, stop = (end[1], end[3]) if above else (top, bottom)
        height = stop - start + head
        shift = (x - left, y + head - start)
        moved.append(_shifted(replace(panel, x=x, y=y, width=width, height=height), shift))
        x, y = (x, y + height + between) if above else (x + width + between, y)
    last = moved[-1]
    return moved, (last.x + last.width + margin, last.y + last.height + margin)


def _scales(size: Point, options: Options) -> tuple[float, float]:
    """Return how many times as large a figure of this size is on paper and on a screen."""
    scale = options.get("scale", 1.0)
    if (wanted := options.get("width")) is None:
        return scale, scale
    room = min(length(wanted) / size[0], _PAGE / size[1]) * CENTIMETRE
    scale = min(scale, math.floor(1e4 * room) / 1e4)
    return scale, scale * _DOTS / CENTIMETRE


def _shifted(panel: Panel, by: Point) -> Panel:
    def move(point: Point) -> Point:
        return round(point[0] + by[0], 3), round(point[1] + by[1], 3)

    def move_box(box: Box) -> Box:
        x, y = move(box.centre)
        return replace(box, x=x, y=y)

    nodes = tuple(replace(mark, box=move_box(mark.box)) for mark in panel.nodes)
    links = tuple(
        replace(mark, route=replace(mark.route, points=tuple(map(move, mark.route.points)))) for mark in panel.links
    )
    return replace(panel, nodes=nodes, links=links)


_PLURALS = {"chance": "chance nodes", "decision": "decisions", "utility": "utilities"}


def described(scenes: Sequence[Scene]) -> str:
    """Return the alternative text of a figure.

    >>> from cidmesa import cid
    >>> from cidmesa.render.overlays import scenes_of
    >>> graph = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> described(scenes_of(graph, {"highlight": ("S", "D"), "incentives": "voi"}))
    'Influence diagram with 3 nodes; chance nodes: S; decisions: D; utilities: U; links: S to D, S to U, D to U;
    value of information: S; witness path: S, D.'
    """
    return "Influence diagram with " + " Beside it: ".join("; ".join(_parts(scene)) + "." for scene in scenes)


def _parts(scene: Scene) -> Iterator[str]:
    subject = scene.subject
    yield f"{len(subject.nodes)} nodes"
    groups: dict[str, list[str]] = {}
    for node in subject.nodes:
        owner = f" of {node.agent}" if node.agent is not None and len(subject.agents) > 1 else ""
        kind = "mechanisms" if node.name in subject.mechanisms else _PLURALS[node.kind] + owner
        groups.setdefault(kind, []).append(node.name)
    for kind, names in groups.items():
        yield _listed(kind, names)
    yield _listed("links", [f"{a} to {b}" for a, b in subject.links]) or "links: none"
    rings = {one: [name for name, those in scene.rings.items() if one in those] for one in CONCEPTS.values()}
    more = [
        *((one.name, names) for one, names in rings.items()),
        ("actions of the learned algorithm", [node.name for node in subject.nodes if node.name in subject.learned]),
        ("set by intervention", sorted(scene.forced & subject.by_name.keys())),
        ("known", sorted(scene.known & subject.by_name.keys())),
        ("witness path", scene.path),
        *((dots, subject.details[dots]) for dots in subject.elided),
        ("recalled and not drawn", [f"{a} to {b}" for a, b in sorted(subject.hidden)]),
    ]
    yield from (_listed(title, names) for title, names in more if names)


def _listed(title: str, names: Iterable[str]) -> str:
    given = ", ".join(names)
    return f"{title}: {given}" if given else ""
