"""What a notebook shows for a value: a figure or a table as HTML, the same for LaTeX, and text."""

from __future__ import annotations

from dataclasses import is_dataclass
from html import escape
from typing import Any, Unpack

from cidmesa.display import html_bold, html_table
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.cards import card
from cidmesa.render.drawable import is_drawable, subject_of
from cidmesa.render.options import Options
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz
from cidmesa.solving.optimal.solution import Solution
from cidmesa.structure.reduction import Reduction

__all__ = ["bundle"]


_WRITERS = {"text/html": "to_html", "text/latex": "to_latex", "text/markdown": "to_markdown", "text/plain": "to_text"}


def bundle(x: object) -> dict[str, str]:
    r"""Return the MIME types under which a notebook may show ``x``: HTML, LaTeX and text, never ``image/svg+xml``.

    A table writes itself, in HTML or Markdown; what knows only text becomes preformatted HTML; of other values there is
    a `card`. A diagram becomes an inline SVG, a TikZ picture and text; a composition stands beside its training
    process, a model beside its tables, a solution beside its figure. (An SVG of its own would hide the TikZ from LaTeX
    exports, which then ask for Inkscape.)

    >>> from cidmesa import cid
    >>> shown = bundle(cid("A -> B"))
    >>> sorted(shown), shown["text/html"][:10], shown["text/latex"].count("\\node")
    (['text/html', 'text/latex', 'text/plain'], '<div style', 2)
    """
    if isinstance(x, Solution):
        return _table(x) | {"text/html": _beside(x.to_html(), _drawn(x.model, policy=x.policy))}
    if isinstance(x, Model):
        return (shown := _figure(x)) | {"text/html": _beside(shown["text/html"], _tables(x))}
    if hasattr(x, "to_html"):
        return _table(x)
    if is_drawable(x) and not isinstance(x, Reduction):
        return _figure(x)
    if hasattr(x, "to_text") or not is_dataclass(x):
        return _table(x)
    return {"text/plain": str(x), "text/html": card(x)}


def _table(x: object) -> dict[str, str]:
    writers: list[tuple[str, Any]] = [(mime, getattr(x, name, None)) for mime, name in _WRITERS.items()]
    shown = {mime: str(write()) for mime, write in writers if callable(write)}
    if "text/plain" in shown and not {"text/html", "text/markdown"} & shown.keys():
        shown = {"text/html": f"<pre>{escape(shown['text/plain'], quote=False)}</pre>"} | shown
    return {"text/plain": str(x)} | shown


def _figure(x: object) -> dict[str, str]:
    subject = subject_of(x)
    options = Options(compare_with="base") if subject.base is not None else Options()
    picture = paint(subject, **options)
    return {"text/html": _drawn(picture), "text/latex": tikz(picture), "text/plain": text(subject, **options)}


def _drawn(x: object, **options: Unpack[Options]) -> str:
    return f'<div style="overflow-x: auto">{svg(x, **options)}</div>'


def _beside(*parts: str) -> str:
    row = "display: flex; flex-wrap: wrap; gap: 1.5em; align-items: flex-start"
    return f'<div style="{row}">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _tables(model: Model) -> str:
    """Return what is stated of each node and of each parameter."""
    rows = []
    for spec in model.cid.specs:
        states = "" if spec.kind == "utility" else ", ".join(map(show, model.domain(spec.name)))
        rows.append([html_bold(spec.name), states, str(model.mechanism(spec.name) or "decides")])
    nodes = html_table(["node", "states", "mechanism"], rows, "lll")
    given = [
        [html_bold(one.name), "" if one.value is None else show(one.value), one.range_text, one.doc]
        for one in model.parameters.values()
    ]
    return nodes + (html_table(["parameter", "value", "range", ""], given, "llll") if given else "")
