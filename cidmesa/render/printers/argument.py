"""Safety arguments as pictures: SVG by the own layout, and Mermaid; shapes as in goal structuring notation."""

from __future__ import annotations

import textwrap
from html import escape
from math import hypot, sqrt
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from cidmesa.errors import NotApplicable
from cidmesa.mesa.case.argument import Case
from cidmesa.render.geometry import Box
from cidmesa.render.labels import text_width
from cidmesa.render.layout.layered import layout
from cidmesa.render.palette import HIGHLIGHT, INK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.case.argument import Node, Relation, Result, Status
    from cidmesa.render.geometry import Point, Shape

__all__ = ["argument_mermaid", "argument_svg", "is_argument"]

_LINE, _SIZE, _PAD, _MARGIN = 26, 11.0, 10.0, 14.0  # characters in a line, font size, room in a box, room around
_SHOWN = 2  # results beside a node
_HIGH = 14.0  # px from line to line
_HEAD = 9.0  # length of an arrowhead
_FILLS: dict[Status, str] = {"accepted": "#BFE3C8", "open": "#FBF3D4", "rejected": "#F1C4BD"}
_MARKS: dict[Status, str] = {"accepted": "✓", "open": "?", "rejected": "✗"}
_BRACKETS = {  # of Mermaid
    "claim": ("[", "]"),
    "argument": ("[/", "/]"),
    "evidence": ("((", "))"),
    "assumption": ("([", "])"),
    "context": ("(", ")"),
    "defeater": ("{{", "}}"),
}
_ARROWS: dict[Relation, str] = {"supports": "-->", "in context of": "--o", "defeats": "-.-x"}


class _Drawn(NamedTuple):
    """A node with its lines and its place."""

    node: Node
    lines: Sequence[str]
    box: Box


def is_argument(x: object, options: Mapping[str, object]) -> TypeGuard[Case]:
    """Return whether a value is a safety argument, which is drawn without options.

    Raises:
        NotApplicable: the value is an argument and options are given.

    >>> is_argument(3, {})
    False
    """
    if not isinstance(x, Case):
        return False
    if options:
        raise NotApplicable(f"a safety argument is drawn without options such as {next(iter(options))!r}.")
    return True


def argument_svg(case: Case) -> str:
    """Return the SVG of a safety argument: claims above what supports them, doubts and contexts beside.

    Claims are rectangles, arguments parallelograms, evidence and assumptions ellipses, contexts rounded, defeaters
    octagons with a dashed red border; colour and sign say the status.

    >>> from cidmesa.mesa.case.argument import Case, Node
    >>> argument_svg(Case((Node("G", "claim", "it is harmless"),))).count("<rect")
    1
    """
    lines = {node.id: _lines(node, case) for node in case.nodes}
    sizes = {node.id: _size(node, lines[node.id]) for node in case.nodes}
    links = [(target, source) for source, target, _ in case.links]
    made = layout(sizes, links, "TB")
    left = min(x - sizes[n][0] / 2 for n, (x, _) in made.centres.items()) - _MARGIN
    top = min(y - sizes[n][1] / 2 for n, (_, y) in made.centres.items()) - _MARGIN
    drawn = {
        node.id: _Drawn(node, lines[node.id], _box(node, made.centres[node.id], sizes[node.id], (left, top)))
        for node in case.nodes
    }
    rows = _rows([one.box for one in drawn.values()])
    parts = list[str]()
    for source, target, relation in case.links:
        vias = [(x - left, y - top) for x, y in made.vias.get((target, source), ())]
        parts += _link(_path(drawn[target].box, vias, drawn[source].box, rows), relation)
    parts += [part for one in drawn.values() for part in _node(one, case.statuses[one.node.id])]
    wide = max(one.box.x + one.box.width / 2 for one in drawn.values()) + _MARGIN
    high = max(one.box.y + one.box.height / 2 for one in drawn.values()) + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" font-family="DejaVu Sans, Arial, sans-serif">'
    )
    title = f"<title>{escape(case.root.text)}: {case.status()}</title>"
    return "\n".join([head, title, *parts, "</svg>", ""])


def _lines(node: Node, case: Case) -> list[str]:
    text = node.text if node.kind in ("claim", "assumption", "argument") else f"{node.kind}: {node.text}"
    said = textwrap.wrap(f"{_MARKS[case.statuses[node.id]]} {text}", _LINE)
    rule = textwrap.wrap(f"({case.rule(node)})", _LINE) if case.rule(node) else []
    where = textwrap.wrap(f"where {node.condition}", _LINE) if node.condition not in ("", node.text) else []
    shown = [line for result in node.shown[:_SHOWN] for line in textwrap.wrap(f"→ {_short(result)}", _LINE + 18)]
    more = [f"→ and {len(node.shown) - _SHOWN} more"] if len(node.shown) > _SHOWN else []
    return [*said, *rule, *where, *(textwrap.wrap(f"[{node.source}]", _LINE) if node.source else []), *shown, *more]


def _short(result: Result) -> str:
    """Return a result without what is done in detail."""
    return f"{result.kind} of {result.about}: {result.says.partition(': ')[0]}"


def _size(node: Node, lines: Sequence[str]) -> tuple[float, float]:
    wide, high = max(text_width(line, _SIZE) for line in lines), _HIGH * len(lines)
    round_one = node.kind in ("evidence", "assumption")
    return (1.3 * wide + 2 * _PAD, 1.35 * high + _PAD) if round_one else (wide + 3 * _PAD, high + 1.4 * _PAD)


def _box(node: Node, centre: Point, size: tuple[float, float], corner: Point) -> Box:
    shape: Shape = "ellipse" if node.kind in ("evidence", "assumption") else "rectangle"
    return Box(centre[0] - corner[0], centre[1] - corner[1], *size, shape)


def _node(one: _Drawn, status: Status) -> Iterator[str]:
    box, fill = one.box, _FILLS[status]
    x, y, w, h = box.x - box.width / 2, box.y - box.height / 2, box.width, box.height
    stroke = f'fill="{fill}" stroke="{INK}" stroke-width="1.2"'
    slant, cut = 8.0, 7.0
    if one.node.kind in ("evidence", "assumption"):
        yield f'<ellipse cx="{box.x:.1f}" cy="{box.y:.1f}" rx="{w / 2:.1f}" ry="{h / 2:.1f}" {stroke}/>'
    elif one.node.kind == "argument":
        yield _polygon([(x + slant, y), (x + w, y), (x + w - slant, y + h), (x, y + h)], stroke)
    elif one.node.kind == "defeater":
        corners = [
            (x + cut, y),
            (x + w - cut, y),
            (x + w, y + cut),
            (x + w, y + h - cut),
            (x + w - cut, y + h),
            (x + cut, y + h),
            (x, y + h - cut),
            (x, y + cut),
        ]
        yield _polygon(corners, f'fill="{fill}" stroke="{HIGHLIGHT}" stroke-width="1.4" stroke-dasharray="5 3"')
    else:
        round_by = h / 3 if one.node.kind == "context" else 0
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{round_by:.1f}" {stroke}/>'
    first = box.y - _HIGH * (len(one.lines) - 1) / 2 + _SIZE * 0.36
    for k, line in enumerate(one.lines):
        at = f'x="{box.x:.1f}" y="{first + k * _HIGH:.1f}"'
        yield f'<text {at} text-anchor="middle" font-size="{_SIZE:.0f}px" fill="{INK}">{escape(line)}</text>'


def _polygon(corners: Sequence[Point], stroke: str) -> str:
    return f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" {stroke}/>'


def _rows(boxes: Sequence[Box]) -> dict[int, tuple[float, float]]:
    """Return for each height of centres the top and the bottom of what stands there."""
    found: dict[int, tuple[float, float]] = {}
    for box in boxes:
        top, bottom = found.get(round(box.y), (box.y, box.y))
        found[round(box.y)] = min(top, 2 * box.y - box.bottom), max(bottom, box.bottom)
    return found


def _path(upper: Box, vias: Sequence[Point], lower: Box, rows: Mapping[int, tuple[float, float]]) -> list[Point]:
    """Return the way from a node down to one in a lower row: slanted between rows, upright within them."""
    aim = (vias[0] if vias else lower.centre)[0] - upper.x
    at = max(-0.4 * upper.width, min(0.4 * upper.width, 0.3 * aim))
    deep = sqrt(1 - (2 * at / upper.width) ** 2) if upper.shape == "ellipse" else 1.0
    path = [(upper.x + at, upper.y + deep * upper.height / 2), (upper.x + at, rows[round(upper.y)][1])]
    for x, y in vias:
        top, bottom = rows.get(round(y), (y, y))
        path += [(x, top), (x, bottom)]
    return [*path, (lower.x, rows[round(lower.y)][0]), (lower.x, 2 * lower.y - lower.bottom)]


def _link(path: Sequence[Point], relation: Relation) -> Iterator[str]:
    """Yield the line along a path, with its head at the start."""
    colour = HIGHLIGHT if relation == "defeats" else INK
    dashes = ' stroke-dasharray="5 3"' if relation == "defeats" else ""
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.1"{dashes}/>'
    x, y = path[0]
    a, b = next((p for p in path if hypot(p[0] - x, p[1] - y) > _HEAD), path[-1])
    long = hypot(a - x, b - y) or 1.0
    u, v = (a - x) / long, (b - y) / long
    head = [(x, y), (x + _HEAD * u - 4 * v, y + _HEAD * v + 4 * u), (x + _HEAD * u + 4 * v, y + _HEAD * v - 4 * u)]
    hollow = "#FFFFFF" if relation == "in context of" else colour
    yield _polygon(head, f'fill="{hollow}" stroke="{colour}" stroke-width="1"')


def argument_mermaid(case: Case) -> str:
    """Return a safety argument as a Mermaid flowchart.

    >>> from cidmesa.mesa.case.argument import Case, Node
    >>> print(argument_mermaid(Case((Node("G", "claim", "it is harmless"),))))
    flowchart BT
      n0["? it is harmless"]
      style n0 fill:#FBF3D4
    <BLANKLINE>
    """
    number = {node.id: f"n{k}" for k, node in enumerate(case.nodes)}
    lines = []
    for node in case.nodes:
        left, right = _BRACKETS[node.kind]
        words = "<br/>".join(_escaped(line) for line in _lines(node, case))
        lines.append(f'{number[node.id]}{left}"{words}"{right}')
    lines += [f"{number[a]} {_ARROWS[relation]} {number[b]}" for a, b, relation in case.links]
    lines += [f"style {number[node.id]} fill:{_FILLS[case.statuses[node.id]]}" for node in case.nodes]
    return "\n".join(["flowchart BT", *(f"  {line}" for line in lines), ""])


def _escaped(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
