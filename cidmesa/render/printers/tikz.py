"""TikZ from the picture tree: named nodes and styles, round coordinates, stock libraries only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, Unpack

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import NotApplicable
from cidmesa.formats import Format, register
from cidmesa.render.figure import (
    BAR_ROOM,
    CENTIMETRE,
    KEY_LINES,
    LEGEND_SIZE,
    RING_GAP,
    SWATCH,
    TITLE_SIZE,
    Key,
    LinkMark,
    NodeMark,
    Panel,
    Picture,
)
from cidmesa.render.labels import latex, latex_escape
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.paint import painted
from cidmesa.render.palette import (
    ADDED,
    BAR,
    BAR_PALE,
    CUT_OFF,
    FAINT,
    HIGHLIGHT,
    MECHANISM,
    OBSERVED,
    PAPER,
    border_stroke,
    link_stroke,
)
from cidmesa.render.printers.cid_latex import Frame, cid_latex, frame

if TYPE_CHECKING:
    from cidmesa.render.geometry import Box

__all__ = ["LIBRARIES", "TikzStyle", "tikz"]

TikzStyle = Literal["native", "cid-latex"]

_LATIN = 0x17F  # the last letter that pdflatex has in its usual fonts
LIBRARIES = ("arrows.meta", "shapes.geometric", "shapes.misc")
_STYLES = {
    "cid node": "draw, line width=0.8pt, inner sep=0pt, align=center",
    "cid chance": "cid node, ellipse, minimum size=0.95cm",
    "cid decision": "cid node, rectangle, minimum size=0.9cm",
    "cid utility": "cid node, diamond, minimum size=1.1cm",
    "cid wide utility": "cid node, chamfered rectangle, chamfered rectangle xsep=4pt, chamfered rectangle ysep=4pt",
    "cid learned": "double, double distance=1.4pt",
    "cid causal": "-{Latex[length=2.2mm, width=1.6mm]}, line width=0.8pt, rounded corners=3mm",
    "cid information": "cid causal, line width=1.2pt, dash pattern=on 0pt off 2.8pt, line cap=round",
    "cid mechanism": "cid node, ellipse, minimum size=0.75cm, draw=cid-mechanism",
    "cid response": "draw=cid-mechanism",
    "cid terminal": "draw=cid-mechanism, line width=1.1pt, dash pattern=on 3.5pt off 2pt",
    "cid values": "cid node, rectangle, rounded corners=2.25mm",
    "cid label": "inner sep=0pt, align=center",
    "cid value": "font=\\scriptsize, inner sep=0pt, text height=1.3ex, text depth=0.2ex",
    "cid bar": "fill=cid-bar",
    "cid pale bar": "fill=cid-pale",
    "cid own": "draw=cid-removed, line width=0.6pt",
    "cid recall": "draw=cid-removed, line width=1.4pt, dash pattern=on 0pt off 2.8pt, line cap=round",
    "cid set": "line width=1.8pt",
    "cid known": "fill=cid-known",
    "cid cut": "draw=cid-cut, dash pattern=on 1.5pt off 2pt",
    "cid possible": "dash pattern=on 4pt off 2.8pt",
    "cid ring": "fill=none, line width=1.4pt, line cap=butt",
    "cid witness": "draw=cid-witness, line width=1.5pt",
    "cid added": "draw=cid-added, line width=1.5pt",
    "cid changed": "draw=cid-added, line width=1.2pt, dash pattern=on 3pt off 1.5pt",
    "cid removed": "draw=cid-removed, dash pattern=on 3pt off 1.8pt",
    "cid removed information": "draw=cid-removed",  # still dotted
    "cid note": "font=\\scriptsize, inner sep=1pt, fill=white, anchor=north, align=center",
    "cid title": "font=\\bfseries, inner sep=0pt",
    "cid key": "draw, line width=0.6pt, inner sep=0pt, minimum size=0.32cm",
    "cid words": "font=\\footnotesize, anchor=west, inner sep=0pt, text height=1.4ex, text depth=0.3ex",
    "cid large words": "cid words, font=\\normalsize",
}
_RING = "cid ring, draw=cid-{}, dash pattern=on {:.3g}pt off {:.3g}pt"
_STYLES |= {f"cid {c.key}": _RING.format(c.key, *(0.7 * dash for dash in c.dashes)) for c in CONCEPTS.values()}
_NEEDS = {"cid information": ("cid causal",), "cid large words": ("cid words",)} | {
    f"cid {key}": ("cid ring",) for key in CONCEPTS
}
_COLOURS = (
    {"cid-witness": HIGHLIGHT, "cid-added": ADDED, "cid-removed": FAINT}
    | {"cid-bar": BAR, "cid-pale": BAR_PALE}
    | {"cid-mechanism": MECHANISM, "cid-known": OBSERVED, "cid-cut": CUT_OFF}
    | {f"cid-{c.key}": c.colour for c in CONCEPTS.values()}
)
_DEFAULTS = {"chance": (38.0, 38.0), "decision": (36.0, 36.0), "utility": (44.0, 44.0), "mechanism": (30.0, 30.0)}


def tikz(x: object, *, style: TikzStyle = "native", standalone: bool = False, **options: Unpack[Options]) -> str:
    r"""Return a drawable value as a TikZ picture with the coordinates of the SVG.

    Args:
        x: a drawable value, or a `Picture`.
        style: ``"native"`` needs TikZ with the libraries in `LIBRARIES` and includes its styles; ``"cid-latex"`` uses
            the macros of the package influence-diagrams, which readers must have.
        standalone: whether to return a whole document whose page fits the figure.
        options: see `cidmesa.render.options.Options`.

    Raises:
        NotApplicable: the style is unknown, or `paint` refuses the value.

    >>> from cidmesa import cid
    >>> print(tikz(cid("S -> D", decisions=["D"]), style="cid-latex"))
    \begin{influence-diagram}
      \node (S) at (0, 0) {$S$};
      \node (D) at (2, 0) [decision] {$D$};
      \edge[information] {S} {D};
    \end{influence-diagram}
    <BLANKLINE>
    """
    picture = painted(x, options, ("style", "standalone"))
    if style not in ("native", "cid-latex"):
        raise NotApplicable(f"there is no TikZ style {style!r}. Take 'native' or 'cid-latex'.")
    figure = _native(picture) if style == "native" else cid_latex(picture)
    if picture.scale != 1:
        figure = f"\\scalebox{{{picture.scale:.4g}}}{{%\n{figure.rstrip()}%\n}}\n"
    return _document(picture, figure, style) if standalone else figure


def _document(picture: Picture, figure: str, style: TikzStyle) -> str:
    wide, high = (size + 0.02 for size in picture.size)
    page = f"paperwidth={wide:.2f}cm, paperheight={high:.2f}cm, margin=0pt"
    if style == "cid-latex":
        needs = ["\\usepackage{influence-diagrams}"]
        page = f"paperwidth={wide + 2:.2f}cm, paperheight={high + 2:.2f}cm, margin=1cm"
    else:
        needs = ["\\usepackage{tikz}", f"\\usetikzlibrary{{{', '.join(LIBRARIES)}}}"]
    lines = ["\\documentclass{article}", *_fonts(figure), f"\\usepackage[{page}]{{geometry}}", *needs]
    lines += ["\\pagestyle{empty}", "\\setlength{\\parindent}{0pt}", "\\setlength{\\topskip}{0pt}"]
    return "\n".join([*lines, "\\begin{document}", figure.rstrip("\n") + "%", "\\end{document}", ""])


def _fonts(figure: str) -> list[str]:
    """Return what a document needs for letters that pdflatex has no fonts for: another engine."""
    strange = next((char for char in figure if char.isalpha() and ord(char) > _LATIN), "")
    if not strange:
        return []
    said = f"no font for the letter {strange}: compile with lualatex"
    wrong = f"\\ifPDFTeX\\errmessage{{cidmesa: pdflatex has {said}}}\\fi"
    return ["\\usepackage{iftex}", wrong.replace(strange, f"U+{ord(strange):04X}"), "\\usepackage{fontspec}"]


def _native(picture: Picture) -> str:
    at = frame(picture)
    agents = _agent_styles(picture)
    body = [line for panel in picture.panels for line in _panel(panel, at, agents)]
    body += ["  % legend"] if picture.legend else []
    words = "cid words" if picture.legend_size == LEGEND_SIZE else "cid large words"
    body += [line for key in picture.legend for line in _key(key, at, words)]
    text = "\n".join(body)
    styles = _used_styles(text) + [f"{name}/.style={{fill={name.replace(' ', '-')}}}" for name, _ in agents.values()]
    head = [
        f"% needs \\usepackage{{tikz}} and \\usetikzlibrary{{{', '.join(LIBRARIES)}}}",
        "\\begin{tikzpicture}[",
        *(f"    {style}," for style in styles),
        "  ]",
        *(f"  \\definecolor{{{name}}}{{HTML}}{{{colour[1:]}}}" for name, colour in _used_colours(styles, agents)),
        f"  \\path[use as bounding box] {at.corner(0, picture.height)} rectangle {at.corner(picture.width, 0)};",
    ]
    return "\n".join([*head, *body, "\\end{tikzpicture}", ""])


def _agent_styles(picture: Picture) -> dict[tuple[str | None, str], tuple[str, str]]:
    """Return for each (agent, fill) the style's name and the colour."""
    marks = [m for panel in picture.panels for m in panel.nodes if m.fill not in (OBSERVED, PAPER)]
    by_agent: dict[str | None, set[str]] = {}
    for mark in marks:
        by_agent.setdefault(mark.agent, set()).update([] if mark.own else [mark.fill])
    found = {}
    for mark in marks:
        several = len(by_agent[mark.agent]) > 1
        name = f"{mark.kind} fill" if several else f"agent {_agent_stem(mark.agent or '')}"
        name = f"fill {mark.fill[1:].upper()}" if mark.own else name
        found[mark.agent, mark.fill] = (name, mark.fill)
    return found


def _agent_stem(agent: str) -> str:
    """Return an agent's name without characters that mean something to TikZ."""
    return re.sub(r"[^A-Za-z0-9]+", " ", agent).strip() or "agent"


def _used_styles(text: str) -> list[str]:
    used = [name for name in _STYLES if re.search(rf"[\[ ]{name}(?=[,\]])", text)]
    wanted = {need for name in used for need in _NEEDS.get(name, ())} | set(used)
    if wanted & {"cid values", "cid chance", "cid decision", "cid utility", "cid wide utility", "cid mechanism"}:
        wanted.add("cid node")
    return [f"{name}/.style={{{how}, every {name}/.try}}" for name, how in _STYLES.items() if name in wanted]


def _used_colours(
    styles: Iterable[str], agents: dict[tuple[str | None, str], tuple[str, str]]
) -> list[tuple[str, str]]:
    text = "\n".join(styles)
    known = _COLOURS | {name.replace(" ", "-"): fill for name, fill in agents.values()}
    return [(name, colour) for name, colour in known.items() if re.search(rf"={name}[,}}]", text)]


def _panel(panel: Panel, at: Frame, agents: dict[tuple[str | None, str], tuple[str, str]]) -> Iterable[str]:
    if panel.title:
        place = at.point((panel.x + panel.width / 2, panel.y + TITLE_SIZE * 0.65))
        yield f"  \\node[cid title] at {place} {{{latex_escape(panel.title)}}};"
    yield "  % nodes"
    for node in panel.nodes:
        yield from _node(node, panel, at, agents)
    if panel.links:
        yield "  % links"
    for link in panel.links:
        yield _link(link, panel, at)


def _look(mark: NodeMark) -> str:
    wide = {"octagon": "cid wide utility", "rounded": "cid values"}
    return wide.get(mark.box.shape, f"cid {mark.kind}")


def _size(mark: NodeMark, box: Box) -> list[str]:
    """Return the size options of a shape where they are not its style's."""
    wide, high = (0.0, 0.0) if box.shape in ("octagon", "rounded") else _DEFAULTS[mark.kind]
    if box.width == box.height != high:
        return [f"minimum size={box.width / CENTIMETRE:.3g}cm"]
    size = [f"minimum width={box.width / CENTIMETRE:.3g}cm"] if box.width != wide else []
    return size + ([f"minimum height={box.height / CENTIMETRE:.3g}cm"] if box.height != high else [])


def _node(
    mark: NodeMark, panel: Panel, at: Frame, agents: dict[tuple[str | None, str], tuple[str, str]]
) -> Iterable[str]:
    name, place = at.name(panel, mark.name), at.point(mark.box.centre)
    owner = [agents[mark.agent, mark.fill][0]] if (mark.agent, mark.fill) in agents else []
    owner += ["cid known"] if mark.fill == OBSERVED else []
    learned = ["cid learned"] if mark.double else []
    stroke = [style] if (style := border_stroke(mark).style) else []
    options = ", ".join([_look(mark), *owner, *learned, *stroke, *_size(mark, mark.box)])
    yield f"  \\node[{options}] ({name}) at {place} {{{'' if mark.bars else latex(mark.label)}}};"
    yield from _rows(mark, at)
    for i, concept in enumerate(mark.rings, 1):
        options = ", ".join([_look(mark), f"cid {concept.key}", *_size(mark, mark.box.grown(RING_GAP * i))])
        yield f"  \\node[{options}] ({name}-{concept.key}) at ({name}) {{}};"
    if mark.note:
        lines = " \\\\ ".join(map(latex_escape, mark.note.splitlines()))
        yield f"  \\node[cid note] at {at.point((mark.box.x, mark.outer.bottom + 2))} {{{lines}}};"


def _rows(mark: NodeMark, at: Frame) -> Iterable[str]:
    """Yield the label of a node with values, and its rows."""
    if mark.bars:
        yield f"  \\node[cid label] at {at.point(mark.label_at)} {{{latex(mark.label)}}};"
    for bar, y, left, bars, right in mark.rows():
        yield f"  \\node[cid value, anchor=west] at {at.point((left, y))} {{{latex_escape(bar.name)}}};"
        if bar.start is not None:
            start, end = (bars + BAR_ROOM * share for share in (bar.start, bar.end))
            corners = at.point((start, y - 4)), at.point((end, y + 4))
            yield f"  \\path[{'cid pale bar' if bar.pale else 'cid bar'}] {corners[0]} rectangle {corners[1]};"
            yield f"  \\draw[line width=0.4pt] {at.point((start, y - 5.5))} -- {at.point((start, y + 5.5))};"
        yield f"  \\node[cid value, anchor=east] at {at.point((right, y))} {{{latex_escape(bar.value)}}};"


def _link(mark: LinkMark, panel: Panel, at: Frame) -> str:
    stroke = link_stroke(mark).style
    kind = "cid information" if mark.information else "cid causal"
    stroke = "cid removed information" if mark.information and stroke == "cid removed" else stroke
    options = ", ".join([kind, *([stroke] if stroke else [])])
    ends = at.end(panel, mark.source), at.end(panel, mark.target)
    if mark.route.bend:
        side = "left" if mark.route.bend > 0 else "right"
        way = f"to[bend {side}={abs(mark.route.bend):g}]"
    else:
        way = "-- " + "".join(f"{at.point(point)} -- " for point in mark.route.points[1:-1])
    return f"  \\draw[{options}] ({ends[0]}) {way.strip()} ({ends[1]});"


def _key(key: Key, at: Frame, words: str) -> Iterable[str]:
    middle = key.y + SWATCH / 2
    place = at.point((key.x + SWATCH / 2, middle))
    if key.swatch in KEY_LINES:
        ends = at.point((key.x, middle)), at.point((key.x + SWATCH, middle))
        look = {"mechanism": "response"}.get(key.swatch, key.swatch)
        yield f"  \\draw[cid {look}] {ends[0]} -- {ends[1]};"
    else:
        look = {
            "fill": "cid known" if key.colour == OBSERVED else f"agent {_agent_stem(key.words)}",
            "forced": "cid set",
            "double": "circle, double, double distance=1pt",
            "ring": f"cid {key.concept.key if key.concept else ''}",
        }.get(key.swatch, f"cid {key.swatch}")
        yield f"  \\node[cid key, {look}] at {place} {{}};"
    yield f"  \\node[{words}] at {at.point((key.x + SWATCH + 6, middle))} {{{latex_escape(key.words)}}};"


def _latex(x: object, *, standalone: bool = True, **options: Any) -> str:
    return tikz(x, standalone=standalone, **options)


_OWN = ("style", "standalone", *OPTIONS)
register(Format("TikZ", (".tikz",), "picture", "a picture for a LaTeX document", write=tikz, options=_OWN))
register(Format("LaTeX", (".tex",), "picture", "a document that holds a TikZ picture", write=_latex, options=_OWN))
