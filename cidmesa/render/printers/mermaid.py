"""Mermaid text, which GitHub and notebooks draw from Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from cidmesa.render.labels import labels, plain
from cidmesa.render.overlays import asked, captions, rings, witness
from cidmesa.render.palette import HIGHLIGHT, INK, OBSERVED, PAPER, fills

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.render.drawable import Subject
    from cidmesa.render.overlays import Options
    from cidmesa.render.palette import Concept

__all__ = ["mermaid"]

_BRACKETS = {"chance": ("([", "])"), "decision": ("[", "]"), "utility": ("{", "}")}
_LEARNED = ("[[", "]]")


def mermaid(x: object, **options: Unpack[Options]) -> str:
    """Return a drawable value as a Mermaid flowchart; information links are dotted.

    Actions of the learned algorithm are boxes with double sides. Positions and panels are not shown.

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
    subject = asked(x, options)
    rules = captions(subject, options)
    path, steps = witness(subject, options.get("highlight"))
    number = {node.name: f"n{i}" for i, node in enumerate(subject.nodes)}
    lines = [*_nodes(subject, number, {name: rule[0] for name, rule in rules.items()}), *_links(subject, number)]
    lines += _styles(subject, number, rings(subject, options.get("incentives")), path)
    lines += [f"style {number[name]} fill:{OBSERVED}" for name in options.get("evidence") or {}]
    lines += [f"style {number[name]} stroke-width:4px" for name in options.get("intervention") or {}]
    lines += [f"linkStyle {i} stroke:{HIGHLIGHT},stroke-width:3px" for i, e in enumerate(subject.links) if e in steps]
    return "\n".join([f"flowchart {options.get('direction', 'LR')}", *(f"  {line}" for line in lines), ""])


def _nodes(subject: Subject, number: dict[str, str], rules: dict[str, str]) -> Iterable[str]:
    shown = labels(number)
    for node in subject.nodes:
        left, right = _LEARNED if node.name in subject.learned else _BRACKETS[node.kind]
        words = [_escaped(plain(shown[node.name]))]
        words += [_escaped(line) for line in rules[node.name].splitlines()] if node.name in rules else []
        yield f'{number[node.name]}{left}"{"<br/>".join(words)}"{right}'


def _escaped(text: str) -> str:
    """Return text with the characters that Mermaid reads as markup as entities."""
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _links(subject: Subject, number: dict[str, str]) -> Iterable[str]:
    for link in subject.links:
        dotted = subject.kind(link) in ("information", "terminal")
        yield f"{number[link[0]]} {'-.->' if dotted else '-->'} {number[link[1]]}"


def _styles(
    subject: Subject, number: dict[str, str], marked: dict[str, tuple[Concept, ...]], path: frozenset[str]
) -> Iterable[str]:
    colours = fills(subject.agents)
    for node in subject.nodes:
        fill = colours[node.agent, node.kind] if node.agent is not None else PAPER
        border = f"stroke:{INK}"
        if concepts := marked.get(node.name, ()):
            border = f"stroke:{concepts[-1].colour},stroke-width:3px,stroke-dasharray:5 3"
        if node.name in path:
            border = f"stroke:{HIGHLIGHT},stroke-width:3px"
        yield f"style {number[node.name]} fill:{fill},{border},color:{INK}"
