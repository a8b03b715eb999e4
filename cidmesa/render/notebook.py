"""What a notebook shows for a value: a figure or a table as HTML, the same for LaTeX, and text."""

from __future__ import annotations

from dataclasses import is_dataclass
from html import escape
from typing import Any

from cidmesa.render.cards import card
from cidmesa.render.drawable import is_drawable, subject_of
from cidmesa.render.options import Options
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz
from cidmesa.structure.reduction import Reduction

__all__ = ["bundle"]


_WRITERS = {"text/html": "to_html", "text/latex": "to_latex", "text/markdown": "to_markdown", "text/plain": "to_text"}


def bundle(x: object) -> dict[str, str]:
    r"""Return the MIME types under which a notebook may show ``x``: HTML, LaTeX and text, never ``image/svg+xml``.

    A table writes itself, in HTML or Markdown; what knows only text becomes preformatted HTML; of other values there is
    a `card`. A diagram becomes an
    inline SVG, a TikZ picture and text; a composition stands beside its training process. (An SVG of its own would hide
    the TikZ from LaTeX exports, which then ask for Inkscape.)

    >>> from cidmesa import cid
    >>> shown = bundle(cid("A -> B"))
    >>> sorted(shown), shown["text/html"][:10], shown["text/latex"].count("\\node")
    (['text/html', 'text/latex', 'text/plain'], '<div style', 2)
    """
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
    return {
        "text/html": f'<div style="overflow-x: auto">{svg(picture)}</div>',
        "text/latex": tikz(picture),
        "text/plain": text(subject, **options),
    }
