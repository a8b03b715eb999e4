"""SVG from the picture tree: presentation attributes only, ids unique to the figure, the same bytes each time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Unpack

from cidmesa.formats import Format, register
from cidmesa.render.figure import (
    BAR_ROOM,
    KEY_LINES,
    NOTE_SIZE,
    RING_GAP,
    SWATCH,
    TITLE_SIZE,
    Bar,
    Key,
    LinkMark,
    NodeMark,
    Panel,
    Picture,
)
from cidmesa.render.geometry import CUT, ROUND, Box, Point, short, towards
from cidmesa.render.labels import CAPITALS, FONT, LINE, SCALES, Label, label_width, lines_of, text_width
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.paint import painted
from cidmesa.render.palette import BAR, BAR_PALE, INK, PAPER, Stroke, border_stroke, link_stroke
from cidmesa.render.printers.argument import argument_svg, is_argument

__all__ = ["Svg", "svg"]

SERIF = "Latin Modern Roman, CMU Serif, STIX Two Text, STIXGeneral, Times New Roman, Times, DejaVu Serif, serif"


def points(line: Iterable[Point]) -> str:
    """Return points as a list of coordinates.

    >>> points([(0, 1), (2.5, 3)])
    '0,1 2.5,3'
    """
    return " ".join(f"{short(x)},{short(y)}" for x, y in line)


def stroked(stroke: Stroke, fill: str = "none") -> str:
    """Return the attributes of a shape with this stroke and fill."""
    dashes = f' stroke-dasharray="{" ".join(map(short, stroke.dashes))}"' if stroke.dashes else ""
    cap = ' stroke-linecap="round"' if stroke.dashes and stroke.dashes[0] < 1 else ""
    return f'fill="{fill}" stroke="{stroke.colour}" stroke-width="{short(stroke.width)}"{dashes}{cap}'


def text_element(x: float, y: float, content: str, size: float, more: str = "", anchor: str = "middle") -> str:
    """Return a text element; ``content`` is escaped already."""
    at = f'x="{short(x)}" y="{short(y)}"'
    return f'<text {at} text-anchor="{anchor}" font-size="{short(size)}px" {more}>{content}</text>'.replace(" >", ">")


_TIP, _TIP_WIDE = 9.0, 6.6  # px: length and width of an arrowhead
_RISE = 0.38  # how far superscripts stand above the line, in em
_DROP = (0.0, 0.22, 0.36)  # how far subscripts stand below the line, in em


class Svg(str):
    """SVG text that a notebook shows as a picture; ``smallest_text`` is the size of its smallest text on paper in pt.

    >>> Svg("<svg/>")._repr_svg_()
    '<svg/>'
    """

    __slots__ = ("smallest_text",)
    smallest_text: float

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: str) -> None:
        """Write the text to a file, all of it or nothing."""
        from cidmesa.formats import write

        write(path, str(self).encode())


def svg(x: object, *, ids: str = "", **options: Unpack[Options]) -> Svg:
    """Return a drawable value as SVG text.

    Names, kinds, agents, domains, mechanisms and incentives are in ``<title>`` elements, which browsers show when the
    reader points at a node.

    Args:
        x: a diagram, an object that holds one, a `Picture`, or a safety argument (`Case`).
        ids: how the ids of the figure begin; by default with a digest of the figure. Set it if a page shows a figure
            twice.
        options: what to show; see `cidmesa.render.options.Options`.

    >>> from cidmesa import cid
    >>> figure = svg(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> figure.startswith("<svg "), figure.count("<title>")
    (True, 6)
    """
    if is_argument(x, options):
        return Svg(argument_svg(x))
    picture = painted(x, options, ("ids",))
    body = "\n".join(line for panel in enumerate(picture.panels) for line in _panel(*panel))
    body += "".join("\n" + "".join(_key(key, picture.legend_size)) for key in picture.legend)
    prefix = ids or "cid" + hashlib.sha256((picture.description + body).encode()).hexdigest()[:10]
    desc = f'<desc id="{prefix}-desc">{escape(picture.description, quote=False)}</desc>'
    figure = Svg(f"{_head(picture, prefix)}\n{desc}\n{_ground(picture)}\n{body.replace(_HERE, prefix)}\n</svg>\n")
    figure.smallest_text = picture.smallest_text
    return figure


def _head(picture: Picture, prefix: str) -> str:
    wide, high = (short(size * picture.zoom) for size in (picture.width, picture.height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}px" height="{high}px" '
        f'viewBox="0 0 {short(picture.width)} {short(picture.height)}" role="img" aria-labelledby="{prefix}-desc" '
        f'font-family="{SERIF}" font-size="{short(FONT)}px" fill="{INK}">'
    )


def _ground(picture: Picture) -> str:
    return f'<rect width="{short(picture.width)}" height="{short(picture.height)}" rx="4" fill="{PAPER}"/>'


_HERE = "\x00"  # stands for the prefix of ids until the content, from which the prefix is made, is known


def _panel(place: int, panel: Panel) -> Iterable[str]:
    if panel.title:
        yield text_element(
            panel.x + panel.width / 2,
            panel.y + TITLE_SIZE,
            escape(panel.title, quote=False),
            TITLE_SIZE,
            'font-weight="bold"',
        )
    for i, link in enumerate(panel.links):
        yield f'<g id="{_HERE}-p{place}-l{i}">{"".join(_link(link))}</g>'
    for i, node in enumerate(panel.nodes):
        yield f'<g id="{_HERE}-p{place}-n{i}">{"".join(_node(node))}</g>'


# --- nodes ---------------------------------------------------------------------------------------------------------


def _node(mark: NodeMark) -> Iterable[str]:
    yield f"<title>{escape(mark.title, quote=False)}</title>"
    stroke = border_stroke(mark)
    yield _outline(mark.box, stroke, mark.fill)
    if mark.double:
        yield _outline(mark.box.grown(-3), Stroke(stroke.colour, 1.0))
    for i, concept in enumerate(mark.rings, 1):
        yield _outline(mark.box.grown(RING_GAP * i), Stroke(concept.colour, 2.0, concept.dashes))
    yield _label(mark.label, *mark.label_at)
    for bar, y, left, bars, right in mark.rows():
        yield text_element(left, y + NOTE_SIZE * 0.34, escape(bar.name, quote=False), NOTE_SIZE, anchor="start")
        if bar.start is not None:
            yield _bar(bar, bars, y)
        yield text_element(right, y + NOTE_SIZE * 0.34, escape(bar.value, quote=False), NOTE_SIZE, anchor="end")
    for i, line in enumerate(mark.note.splitlines(), 1):
        y = mark.outer.bottom + (NOTE_SIZE + 2) * i
        halo = f'stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
        yield text_element(mark.box.x, y, escape(line, quote=False), NOTE_SIZE, halo)


def _bar(bar: Bar, left: float, y: float) -> str:
    """Return the bar of a row, with a line where it starts from."""
    start, end = (left + BAR_ROOM * share for share in (bar.start or 0.0, bar.end))
    box = f'x="{short(min(start, end))}" y="{short(y - 4)}" width="{short(abs(end - start))}" height="8"'
    zero = f'<path d="M{points([(start, y - 5.5), (start, y + 5.5)])}" {stroked(Stroke(INK, 0.7))}/>'
    return f'<rect {box} fill="{BAR_PALE if bar.pale else BAR}"/>{zero}'


def _outline(box: Box, stroke: Stroke, fill: str = "none") -> str:
    x, y, a, b = box.x, box.y, box.width / 2, box.height / 2
    look = stroked(stroke, fill)
    if box.shape == "ellipse":
        return f'<ellipse cx="{short(x)}" cy="{short(y)}" rx="{short(a)}" ry="{short(b)}" {look}/>'
    if box.shape in ("rectangle", "rounded"):
        corner = f'x="{short(x - a)}" y="{short(y - b)}"' + (f' rx="{short(ROUND)}"' if box.shape == "rounded" else "")
        return f'<rect {corner} width="{short(2 * a)}" height="{short(2 * b)}" {look}/>'
    return f'<polygon points="{points(_corners(box))}" {look}/>'


def _corners(box: Box) -> list[Point]:
    x, y, a, b, c = box.x, box.y, box.width / 2, box.height / 2, CUT
    if box.shape == "diamond":
        return [(x - a, y), (x, y - b), (x + a, y), (x, y + b)]
    right = [(x + a - c, y - b), (x + a, y - b + c), (x + a, y + b - c), (x + a - c, y + b)]
    return right + [(2 * x - px, 2 * y - py) for px, py in right]


def _label(runs: Label, x: float, y: float) -> str:
    """Return a label centred on a point; subscripts are smaller and lower, superscripts above them."""
    if len(lines := lines_of(runs)) > 1:
        first = y + FONT * 0.34 - LINE * (len(lines) - 1) / 2
        texts = (escape(line, quote=False) for line in lines)
        return "".join(text_element(x, first + LINE * i, line, FONT) for i, line in enumerate(texts))
    deep = max(run.level for run in runs)
    spans, at = [], 0.0
    for run in runs:
        height = -_RISE * FONT if run.up else _DROP[run.level] * FONT
        look = ' font-style="italic"' if run.italic and run.text[0] not in CAPITALS else ""
        look += f' font-size="{short(FONT * SCALES[run.level])}px"' if run.level else ""
        look += f' dx="{short(-0.8 * _low_width(runs))}"' if run.up and at > 0 else ""
        look += f' dy="{short(height - at)}"' if height != at else ""
        at = height
        text = escape(run.text, quote=False)
        spans.append(f"<tspan{look}>{text}</tspan>" if look else text)
    base = y + FONT * (0.34 - 0.1 * (deep > 0))
    return text_element(x, base, "".join(spans), FONT) + (_tilde(runs, x, base) if runs[0].tilde else "")


def _tilde(runs: Label, x: float, base: float) -> str:
    """Return a tilde over the middle of a label's first run, drawn, for few fonts place a combining one well."""
    wide = text_width(runs[0].text, FONT)
    middle, half = x - (label_width(runs) - wide) / 2, min(wide, FONT) * 0.35
    start = points([(middle - half, base - 0.88 * FONT)])
    wave = f"M{start} q{short(half / 2)},{short(-half * 0.7)} {short(half)},0 t{short(half)},0"
    return f'<path d="{wave}" {stroked(Stroke(INK, 1.1))}/>'


def _low_width(runs: Label) -> float:
    return sum(text_width(run.text, FONT * SCALES[run.level]) for run in runs if run.level and not run.up)


# --- links ---------------------------------------------------------------------------------------------------------


def _link(mark: LinkMark) -> Iterable[str]:
    yield f"<title>{escape(mark.title, quote=False)}</title>"
    stroke = link_stroke(mark)
    way = mark.route.points
    tip = max(1.0, stroke.width / 1.6)
    ahead = towards(way[-2], way[-1])
    neck = _back(way[-1], ahead, _TIP * tip * 0.7)
    yield f'<path d="{_path((*way[:-1], neck), curved=bool(mark.route.bend))}" {stroked(stroke)}/>'
    yield f'<polygon points="{points(_arrowhead(way[-1], ahead, tip))}" fill="{stroke.colour}"/>'


def _back(point: Point, ahead: Point, by: float) -> Point:
    return point[0] - ahead[0] * by, point[1] - ahead[1] * by


def _arrowhead(end: Point, ahead: Point, scale: float) -> list[Point]:
    base, notch = _back(end, ahead, _TIP * scale), _back(end, ahead, _TIP * scale * 0.72)
    side = (-ahead[1] * _TIP_WIDE * scale / 2, ahead[0] * _TIP_WIDE * scale / 2)
    return [end, (base[0] + side[0], base[1] + side[1]), notch, (base[0] - side[0], base[1] - side[1])]


def _path(line: Sequence[Point], *, curved: bool) -> str:
    """Return path data: one cubic curve, or a line whose corners are rounded."""
    if curved:
        return f"M{points(line[:1])} C{points(line[1:])}"
    parts = [f"M{points(line[:1])}"]
    for before, corner, after in zip(line, line[1:], line[2:], strict=False):
        near = min(12.0, math.dist(before, corner) / 2), min(12.0, math.dist(corner, after) / 2)
        enter = _back(corner, towards(before, corner), near[0])
        leave = _back(corner, towards(after, corner), near[1])
        parts.append(f"L{points([enter])} Q{points([corner, leave])}")
    return " ".join([*parts, f"L{points(line[-1:])}"])


# --- legend --------------------------------------------------------------------------------------------------------


def _key(key: Key, font: float) -> Iterable[str]:
    x, y, s = key.x, key.y, SWATCH
    box = f'x="{short(x)}" y="{short(y)}" width="{short(s)}" height="{short(s)}"'
    if key.swatch in KEY_LINES:
        line = points([(x, y + s / 2), (x + s, y + s / 2)])
        yield f'<path d="M{line}" {stroked(Stroke(key.colour, 2.0, KEY_LINES[key.swatch]))}/>'
    elif key.swatch == "fill":
        yield f"<rect {box} {stroked(Stroke(INK, 0.8), key.colour)}/>"
    elif key.swatch == "double":
        inner = f'cx="{short(x + s / 2)}" cy="{short(y + s / 2)}"'
        yield f'<circle {inner} r="{short(s / 2)}" {stroked(Stroke(INK, 1.0), PAPER)}/>'
        yield f'<circle {inner} r="{short(s / 2 - 2.5)}" {stroked(Stroke(INK, 0.8))}/>'
    else:
        dashes = key.concept.dashes if key.concept else {"added": (), "forced": ()}.get(key.swatch, (4, 2.5))
        yield f"<rect {box} {stroked(Stroke(key.colour, 2.0, dashes), PAPER)}/>"
    yield text_element(x + s + 6, y + s - 3, escape(key.words, quote=False), font, anchor="start")


register(Format("SVG", (".svg",), "picture", "for pages and notebooks", write=svg, options=("ids", *OPTIONS)))
