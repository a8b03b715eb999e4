"""Mermaid text, which GitHub and notebooks draw from Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from cidmesa.formats import Format, register
from cidmesa.render.labels import lines_of
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.overlays import Scene, fill_of, scenes_of
from cidmesa.render.palette import HIGHLIGHT, INK, OBSERVED, fills
from cidmesa.render.printers.argument import argument_mermaid, is_argument

if TYPE_CHECKING:
    from cidmesa.render.drawable import Subject

__all__ = ["mermaid"]

_BRACKETS = {"chance": ("([", "])"), "decision": ("[", "]"), "utility": ("{", "}")}
_LEARNED = ("[[", "]]")


def mermaid(x: object, **options: Unpack[Options]) -> str:
    """Return a drawable value as a Mermaid flowchart; information links are dotted.

    Actions of the learned algorithm are boxes with double sides. Positions and panels are not shown.

    Args:
        x: a diagram, an object that holds one, or a safety argument (`Case`).
        options: what to show; see `cidmesa.render.options.Options`.

    >>> from cidmesa import cid
    >>> print(mermaid(cid("S -> D", decisions=["D"])))
    flowchart LR
      n0(["S"])
      n1["D"]
      n0 -.-> n1
      style n0 fill:#FFFFFF,stroke:#222222,color:#222222
      style n1 fill:#D9E8F5,stroke:#222222,color:#222222
    <BLANKLINE>
    """
    if is_argument(x, options):
        return argument_mermaid(x)
    scene = scenes_of(x, options)[-1]
    number = {node.name: f"n{i}" for i, node in enumerate(scene.subject.nodes)}
    lines = [*_nodes(scene, number), *_links(scene.subject, number), *_styles(scene, number)]
    lines += [f"style {number[name]} fill:{OBSERVED}" for name in options.get("evidence") or {} if name in number]
    lines += [f"style {number[name]} stroke-width:4px" for name in options.get("intervention") or {} if name in number]
    for i, link in enumerate(scene.subject.links):
        lines += [f"linkStyle {i} stroke:{HIGHLIGHT},stroke-width:3px"] if link in scene.steps else []
    return "\n".join([f"flowchart {options.get('direction', 'LR')}", *(f"  {line}" for line in lines), ""])


def _nodes(scene: Scene, number: dict[str, str]) -> Iterable[str]:
    for node in scene.subject.nodes:
        left, right = _LEARNED if node.name in scene.subject.learned else _BRACKETS[node.kind]
        words = [*lines_of(scene.labels[node.name]), *scene.below(node.name).splitlines()]
        yield f'{number[node.name]}{left}"{"<br/>".join(map(_escaped, words))}"{right}'


def _escaped(text: str) -> str:
    """Return text with the characters that Mermaid reads as markup as entities."""
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _links(subject: Subject, number: dict[str, str]) -> Iterable[str]:
    for link in subject.links:
        dotted = subject.kind(link) in ("information", "terminal")
        yield f"{number[link[0]]} {'-.->' if dotted else '-->'} {number[link[1]]}"


def _styles(scene: Scene, number: dict[str, str]) -> Iterable[str]:
    colours = fills(scene.subject.agents)
    for node in scene.subject.nodes:
        fill = fill_of(replace(scene, known=frozenset()), node, colours)
        border = f"stroke:{INK}"
        if concepts := scene.rings.get(node.name, ()):
            border = f"stroke:{concepts[-1].colour},stroke-width:3px,stroke-dasharray:5 3"
        if node.name in scene.path:
            border = f"stroke:{HIGHLIGHT},stroke-width:3px"
        yield f"style {number[node.name]} fill:{fill},{border},color:{INK}"


register(Format("Mermaid", (".mmd",), "picture", "for GitHub's Markdown and notebooks", write=mermaid, options=OPTIONS))
