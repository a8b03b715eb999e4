"""Plain text: nodes by kind and agent, links, and what a model says of each node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Unpack

from cidmesa.formats import Format, register
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.overlays import Scene, scenes_of

if TYPE_CHECKING:
    from cidmesa.criteria.ground import Concept
    from cidmesa.render.drawable import Subject
    from cidmesa.structure.diagram import Node

__all__ = ["text"]


def text(x: object, **options: Unpack[Options]) -> str:
    """Return a drawable value as readable text: one line for each node with its parents, grouped by kind and agent.

    ``~>`` marks an information link, ``->`` a causal one. With ``compare_with``, the second diagram follows the first.

    Args:
        x: a diagram, or an object that holds one.
        options: what to show; see `cidmesa.render.options.Options`.

    >>> from cidmesa import cid
    >>> print(text(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])))
    chance
      S
    decision
      S ~> D
    utility
      S, D -> U
    <BLANKLINE>
    """
    return "\n".join(map(_diagram, scenes_of(x, options)))


def _diagram(scene: Scene) -> str:
    subject = scene.subject
    lines = [subject.title.upper()] if subject.title else []
    groups: dict[str, list[Node]] = {}
    for node in sorted(subject.nodes, key=lambda node: ("chance", "decision", "utility").index(node.kind)):
        owner = f" of {node.agent}" if len(subject.agents) > 1 and node.agent is not None else ""
        group = "mechanism" if node.name in subject.mechanisms else node.kind + owner
        groups.setdefault(group, []).append(node)
    for group, nodes in groups.items():
        lines.append(group)
        for node in nodes:
            lines.append(f"  {_receives(subject, node)}{_marks(subject, node, scene.rings.get(node.name, ()))}")
            lines += _details(subject, node, scene.notes)
            lines += [f"      {bar.words}" for bar in scene.bars.get(node.name, ())]
    lines += [f"witness: {' - '.join(scene.path)}"] if scene.path else []
    return "\n".join([*lines, ""])


def _receives(subject: Subject, node: Node) -> str:
    if not node.parents:
        return node.name
    arrow = "~>" if subject.is_information((node.parents[0], node.name)) else "->"
    return f"{', '.join(node.parents)} {arrow} {node.name}"


def _marks(subject: Subject, node: Node, concepts: tuple[Concept, ...]) -> str:
    words = ["learned action"] if node.name in subject.learned else []
    words += [concept.short for concept in concepts]
    return f"  [{', '.join(words)}]" if words else ""


def _details(subject: Subject, node: Node, rules: Mapping[str, tuple[str, str]]) -> Iterable[str]:
    words = [*subject.details.get(node.name, ())]
    words += [rules[node.name][1]] if node.name in rules else []
    for line in words:
        yield from (f"      {piece}" for piece in line.splitlines())


register(Format("Text", (".txt",), "picture", "a line a node", write=text, options=OPTIONS))
