"""Graphviz: DOT text, and the object of the ``graphviz`` package. The one place that imports graphviz."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Unpack

from cidmesa.formats import Format, register
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.overlays import Scene, fill_of, scenes_of
from cidmesa.render.palette import CUT_OFF, FAINT, HIGHLIGHT, MECHANISM, PAPER, fills
from cidmesa.structure.build import SINGLE_AGENT

if TYPE_CHECKING:
    import graphviz as graphviz_package

    from cidmesa.render.labels import Label, Run
    from cidmesa.structure.diagram import Node

__all__ = ["dot", "graphviz"]

_KINDS: dict[str, dict[str, str]] = {
    "causal": {},
    "information": {"style": "dotted"},
    "mechanism": {"color": MECHANISM},
    "terminal": {"style": "dashed", "color": MECHANISM},
    "own": {"color": FAINT, "arrowsize": "0.6"},
}
_SHAPES = {"chance": "ellipse", "decision": "box", "utility": "diamond"}


def dot(x: object, **options: Unpack[Options]) -> str:
    """Return a drawable value in the DOT language, for Graphviz to lay out.

    Incentives, policy, intervention, evidence, mechanisms, highlight and direction are shown as far as DOT can (rings
    become coloured borders); positions and panels are not.

    Args:
        x: a diagram, or an object that holds one.
        options: what to show; see `cidmesa.render.options.Options`.

    >>> from cidmesa import cid
    >>> print(dot(cid("S -> D", decisions=["D"])))
    digraph {
      rankdir="LR"
      node [fontname="Times", style="filled", fillcolor="#FFFFFF"]
      "S" [label=<<I>S</I>>, shape="ellipse", tooltip="S: chance node"]
      "D" [label=<<I>D</I>>, shape="box", tooltip="D: decision node of agent", fillcolor="#D9E8F5"]
      "S" -> "D" [style="dotted"]
    }
    <BLANKLINE>
    """
    scene = scenes_of(x, options)[-1]
    colours = fills(scene.subject.agents)
    lines = [f"rankdir={_quoted(options.get('direction', 'LR'))}"]
    lines.append(f'node [fontname="Times", style="filled", fillcolor="{PAPER}"]')
    for node in scene.subject.nodes:
        label = _html(scene.labels[node.name]) + _note(scene.below(node.name))
        lines.append(f"{_quoted(node.name)} [label=<{label}>{_attributes(_look(node, scene, colours))}]")
    for link in scene.subject.links:
        style = dict(_KINDS[scene.subject.kind(link)])
        style |= {"color": CUT_OFF} if link[1] in scene.forced else {}
        style |= {"color": HIGHLIGHT, "penwidth": "2"} if link in scene.steps else {}
        text = _attributes(style).removeprefix(", ")
        lines.append(f"{_quoted(link[0])} -> {_quoted(link[1])}" + (f" [{text}]" if text else ""))
    return "\n".join(["digraph {", *(f"  {line}" for line in lines), "}", ""])


def graphviz(x: object, **options: Unpack[Options]) -> graphviz_package.Source:
    """Return a drawable value as a ``graphviz.Source``, which notebooks show and ``.render()`` writes to files.

    Only rendering it needs the program ``dot``.

    Args:
        x: a diagram, or an object that holds one.
        options: what to show; see `cidmesa.render.options.Options`.

    >>> from cidmesa import cid
    >>> graphviz(cid("A -> B")).source.splitlines()[0]
    'digraph {'
    """
    import graphviz as package

    return package.Source(dot(x, **options))


def _look(node: Node, scene: Scene, colours: Mapping[tuple[str, str], str]) -> dict[str, str]:
    subject, concepts = scene.subject, scene.rings.get(node.name, ())
    owner = f" of {node.agent}" if node.agent else ""
    admits = "".join(f", admits {concept.short}" for concept in concepts)
    look = {"shape": _SHAPES[node.kind], "tooltip": f"{node.name}: {node.kind} node{owner}{admits}"}
    if (fill := fill_of(scene, node, colours)) != PAPER:
        look["fillcolor"] = fill
    if node.agent not in (None, SINGLE_AGENT):  # Graphviz lets further attributes pass; `from_dot` reads this one
        look["agent"] = str(node.agent)
    if node.rule is not None:
        look["rule"] = node.rule
    if node.name in subject.learned:
        look["peripheries"] = "2"
    if concepts or node.name in scene.path:
        look |= {"color": HIGHLIGHT if node.name in scene.path else concepts[-1].colour, "penwidth": "2"}
    if of := subject.mechanisms.get(node.name):
        look |= {"tooltip": f"{node.name}: mechanism of {of}", "color": MECHANISM, "width": "0.4", "height": "0.3"}
    return look | ({"penwidth": "2.5"} if node.name in scene.forced else {})


def _attributes(look: Mapping[str, str]) -> str:
    return "".join(f", {key}={_quoted(value)}" for key, value in look.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _html(runs: Label) -> str:
    """Return a label as Graphviz's HTML-like text; deeper subscripts stand beside those one level up."""
    text = "".join(map(_run, runs))
    return f"&#45;{text[1:]}" if text.startswith("-") else text  # "<-" is an arrow to some readers


def _run(run: Run) -> str:
    text = escape(run.shown, quote=False).replace("\n", "<BR/>")
    return _tagged(_tagged(text, "I", run.italic), "SUP" if run.up else "SUB", run.level > 0)


def _tagged(text: str, tag: str, wanted: bool) -> str:
    return f"<{tag}>{text}</{tag}>" if wanted else text


def _note(text: str) -> str:
    lines = (escape(line, quote=False) for line in text.splitlines())
    return "".join(f'<BR/><FONT POINT-SIZE="9">{line}</FONT>' for line in lines)


register(Format("Graphviz DOT", (".dot", ".gv"), "picture", "for Graphviz to lay out", write=dot, options=OPTIONS))
