"""What a notebook shows for values that are neither pictures nor tables: a sentence, and what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import singledispatch
from html import escape
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.display import Html, html_bold, html_mark, html_table
from cidmesa.mesa.spec import MesaSpec
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import setting_text, show
from cidmesa.quantities.quantity import Quantity
from cidmesa.render.drawable import is_drawable, subject_of
from cidmesa.render.options import Options
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz
from cidmesa.solving.optimal.solution import Solution
from cidmesa.structure.diagram import CID
from cidmesa.structure.reduction import Reduction
from cidmesa.structure.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["bundle", "card", "said"]


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


_WORDS = {"admits": "yes", "excluded": "no", "undetermined": "?", "not applicable": "not applicable"}


@singledispatch
def card(x: Any) -> str:
    """Return HTML about a record: a table of what is stated of it.

    >>> import cidmesa as cm
    >>> "1/3" in card(cm.parameter("mu", 0, 1, value="1/3"))
    True
    """
    rows = [[html_bold(name), words] for name, value in _stated(x) if (words := said(value)) not in ("", "None")]
    return html_table([type(x).__name__, ""], rows, "ll")


def _stated(x: Any) -> list[tuple[str, object]]:
    return [(one.name, getattr(x, one.name)) for one in fields(x) if not one.name.startswith("_")]


def said(value: object) -> str:
    """Return a value in words: fractions as such, lists and mappings without brackets and quotes.

    >>> said({"mu": Fraction(1, 3)}), said(("D", "U")), said([("D", "U")]), said(True)
    ('mu: 1/3', 'D, U', 'D, U', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Fraction):
        return show(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{said(name)}: {said(inner)}" for name, inner in value.items())
    if callable(text := getattr(value, "text", None)):  # a question of a claim
        return str(text())
    if isinstance(value, np.ndarray):
        return said(value.tolist())
    if is_dataclass(value) and hasattr(type(value).__repr__, "__wrapped__"):  # its repr is that of all dataclasses
        return "; ".join(f"{name}: {words}" for name, inner in _stated(value) if (words := said(inner)))
    if isinstance(value, list | tuple | set | frozenset):
        parts = [said(inner) for inner in (value if isinstance(value, list | tuple) else sorted(value, key=str))]
        return ", ".join(parts)
    return value.__name__ if callable(value) and hasattr(value, "__name__") else str(value)


def _paragraphs(*parts: str) -> str:
    return "".join(f"<p>{part if isinstance(part, Html) else escape(part, quote=False)}</p>" for part in parts if part)


@card.register(Verdict)
def _(x: Verdict) -> str:
    """Return the verdict as a sentence, with definition and theorem, and what shows an incentive as a figure."""
    one = CONCEPTS.get(x.concept)
    about = f"decision {x.decision} of {x.agent}" if x.decision else f"agent {x.agent}"
    head = f"{one.name if one else x.concept} on {x.node}, {about}: "
    sentence = Html(html_bold(head) + html_mark(_WORDS[x.status]) + escape(f" {x.status}, because {x.reason}."))
    meaning = f"{one.meaning[0].upper()}{one.meaning[1:]}. Definition: {one.definition}." if one else ""
    return _paragraphs(sentence, meaning, f"Theorem: {x.theorem}" if x.theorem else "") + _path(x)


def _path(x: Verdict) -> str:
    """Return a figure of what shows an incentive: the witness, the decision, and all links between them."""
    if not x or x.diagram is None:
        return ""
    shown = {*x.witness, x.node, x.decision}
    specs = (spec for spec in x.diagram.specs if spec.name in shown)
    part = CID(tuple(replace(spec, parents=tuple(p for p in spec.parents if p in shown)) for spec in specs))
    return svg(paint(part, highlight=x.witness, legend=False))


@card.register(Judgement)
def _(x: Judgement) -> str:
    sentence = Html(html_bold(f"{x.concept}: ") + html_mark(said(x.holds)) + escape(f", because {x.reason}."))
    return _paragraphs(sentence, f"Source: {x.theorem}" if x.theorem else "", _listed("Witness", x.witness))


def _listed(title: str, names: Iterable[str]) -> str:
    given = ", ".join(names)
    return f"{title}: {given}" if given else ""


@card.register(Quantity)
def _(x: Quantity) -> str:
    """Return a quantity with its number, why it is that, and the contexts that show it."""
    one = CONCEPTS.get(x.concept)
    head = Html(html_bold(f"{one.name if one else x.concept}: {show(x.value)} ") + html_mark(said(x.holds)))
    contexts = "; ".join(setting_text(context) for context in x.witness)
    return _paragraphs(head, f"{x.reason}.", _listed("Shown by", [contexts] if contexts else []), f"Method: {x.method}")


@card.register(Reduction)
def _(x: Reduction) -> str:
    """Return the reduced diagram with the steps that led to it."""
    rows = [[step.rule, ", ".join(f"{a} -> {b}" for a, b in step.links), step.reason] for step in x.steps]
    table = html_table(["rule", "removes", "because"], rows, "lll") if rows else "<p>Nothing can be removed.</p>"
    return svg(paint(x)) + table


@card.register(MesaSpec)
def _(x: MesaSpec) -> str:
    """Return what the specification states; what it leaves out is as by default."""
    rows = [[html_bold(name), said(value)] for name, value in x.stated().items()]
    return html_table(["specification", ""], rows, "ll", "all else as by default")
