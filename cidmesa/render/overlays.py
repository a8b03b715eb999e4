"""What is shown on a diagram: the options, rings, notes and witness read from them, and the scene they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from cidmesa.errors import NotApplicable, UnknownNode, near_miss
from cidmesa.render.drawable import read, with_mechanisms
from cidmesa.render.geometry import Box
from cidmesa.render.labels import label_width, labels, text_width
from cidmesa.render.palette import CONCEPTS
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.render.drawable import Subject
    from cidmesa.render.figure import Status
    from cidmesa.render.geometry import Point, Shape
    from cidmesa.render.labels import Label
    from cidmesa.render.layout.layered import Direction
    from cidmesa.render.palette import Concept
    from cidmesa.structure.diagram import Node

__all__ = [
    "LAYOUTS",
    "NOTE_SIZE",
    "RING_GAP",
    "Highlight",
    "Incentives",
    "LayoutName",
    "Options",
    "Scene",
    "asked",
    "box_of",
    "captions",
    "note_size",
    "notes",
    "rings",
    "room_of",
    "scenes_of",
    "settings",
    "witness",
]

LayoutName = Literal["auto", "layered", "sliced", "dot"]
LAYOUTS = ("auto", "layered", "sliced", "dot")


class Options(TypedDict, total=False):
    """What to show on a diagram, and how.

    ``incentives``: concepts to mark by rings (``["ici", "ri"]`` or ``"ici,ri"``), or verdicts.
    ``policy``: a mapping from decisions to rules, noted below the decisions.
    ``highlight``: a verdict whose witness is drawn bold, or node names in the order of a path.
    ``compare_with``: another diagram, drawn first with the same node in the same place; ``"base"`` for the training
    process of a composition.
    ``intervention``: values that nodes are set to, noted below them; the links into them are drawn faint, for they no
    longer matter. ``evidence``: values that are known, noted below the nodes, which are grey.
    ``mechanisms``: True to draw a mechanism for each node, and which mechanisms those of the decisions respond to.
    ``positions``: node centres in centimetres, y upwards (`Picture.positions`); nodes without one are placed beside
    their neighbours. A composition drawn alone keeps those of its training process; ``{}`` lays it out afresh.
    ``layout``: ``"layered"``, ``"sliced"`` (columns by episode, or by the numbers at the ends of names), ``"dot"``
    (Graphviz), or ``"auto"``: sliced where a training process repeats itself, ``dot`` above 60 nodes where it is found.
    ``same_rank``: groups of nodes that are to stand in one column (or row, downwards) of a layered layout.
    ``direction``: ``"LR"`` (left to right) or ``"TB"`` (top to bottom). ``titles``: of the panels, in their order.
    ``legend``: False to leave it out.
    """

    incentives: Incentives
    policy: Mapping[str, object] | None
    highlight: Highlight
    intervention: Mapping[str, object] | None
    evidence: Mapping[str, object] | None
    mechanisms: bool
    compare_with: Any
    positions: Mapping[str, tuple[float, float]] | None
    layout: LayoutName
    same_rank: Sequence[Sequence[str]]
    direction: Direction
    titles: Sequence[str] | None
    legend: bool


Incentives: TypeAlias = "Iterable[str] | Iterable[Verdict] | str | None"
Highlight: TypeAlias = "Iterable[str] | Any | None"

_LINE = 16  # characters in a line of a note


def asked(x: object, options: Options) -> Subject:
    """Return what ``x`` shows, with mechanisms where they are asked for.

    >>> from cidmesa import cid
    >>> len(asked(cid("A -> B"), {"mechanisms": True}).nodes)
    4
    """
    subject = read(x)
    return with_mechanisms(subject) if options.get("mechanisms") and not subject.mechanisms else subject


def captions(subject: Subject, options: Options, names: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """Return for each node what is noted on it, in short and in full: its rule, or the value that it is set to or has.

    ``names`` are further nodes that an intervention or evidence may name.
    """
    known = list(dict.fromkeys([*(node.name for node in subject.nodes), *names]))
    done = settings(known, options.get("intervention") or {}, options.get("evidence") or {})
    return notes(subject, options.get("policy")) | done


def rings(subject: Subject, incentives: Incentives) -> dict[str, tuple[Concept, ...]]:
    """Return for each node the concepts that it admits, in the order of the palette.

    Args:
        subject: what is drawn; must be made from one diagram where concepts are named only.
        incentives: keys of concepts (``["ici", "ri"]`` or ``"ici,ri"``), found by `cidmesa.incentives`; or verdicts.

    Raises:
        NotApplicable: an unknown concept.

    """
    if incentives is None:
        return {}
    given = incentives.replace(",", " ").split() if isinstance(incentives, str) else list(incentives)
    verdicts = [item for item in given if isinstance(item, Verdict)]
    wanted = [_concept(str(item)) for item in given if not isinstance(item, Verdict)]
    if wanted:
        verdicts += [verdict for verdict in _sweep(subject) if verdict.concept in wanted]
    admitted = {(_concept(v.concept), v.node) for v in verdicts if v.status == "admits"}
    return {
        node.name: found
        for node in subject.nodes
        if (found := tuple(concept for key, concept in CONCEPTS.items() if (key, node.name) in admitted))
    }


def _concept(key: str) -> str:
    if key.lower() not in CONCEPTS:
        raise NotApplicable(
            f"there is no incentive concept {key!r}.{near_miss(key, CONCEPTS)} Known are: {', '.join(CONCEPTS)}."
        )
    return key.lower()


def _sweep(subject: Subject) -> list[Verdict]:
    from cidmesa.criteria.sweep import incentives
    from cidmesa.structure.diagram import CID

    return list(incentives(CID(tuple(node for node in subject.nodes if node.name not in subject.mechanisms))))


def witness(subject: Subject, highlight: Highlight) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the nodes and links of a path to highlight: a verdict's witness, or node names in order.

    Raises:
        UnknownNode: a name that is not drawn.

    >>> from cidmesa import cid
    >>> from cidmesa.render.drawable import read
    >>> sorted(witness(read(cid("A -> B -> C")), ("A", "B"))[1])
    [('A', 'B')]

    """
    path = tuple(getattr(highlight, "witness", highlight) or ())
    names = [node.name for node in subject.nodes]
    for name in path:
        if name not in names:
            raise UnknownNode(name, names)
    steps = {step for pair in pairwise(path) for step in (pair, pair[::-1])}
    return frozenset(path), frozenset(link for link in subject.links if link in steps)


def notes(subject: Subject, policy: Mapping[str, object] | None) -> dict[str, tuple[str, str]]:
    """Return for each decision a short note on its rule, and the rule in full.

    >>> from cidmesa import cid
    >>> from cidmesa.render.drawable import read
    >>> notes(read(cid("D -> U", decisions=["D"], utilities=["U"])), {"D": "go"})
    {'D': ('go', 'policy: go')}
    """
    if policy is None:
        return {}
    rules = {node.name: str(policy[node.name]) for node in subject.nodes if node.name in policy}
    return {name: (_short(rule), f"policy: {rule}") for name, rule in rules.items()}


def settings(
    names: Sequence[str], intervention: Mapping[str, object], evidence: Mapping[str, object]
) -> dict[str, tuple[str, str]]:
    """Return a note for each node that is set or known, in short and in full.

    Raises:
        UnknownNode: a name that is not drawn.
        NotApplicable: a node that is both set and known.

    >>> settings(["X", "Y"], {"X": 1}, {"Y": 0})
    {'X': ('do 1', 'set to 1'), 'Y': ('= 0', 'known to be 0')}

    """
    for name in (*intervention, *evidence):
        if name not in names:
            raise UnknownNode(name, names)
        if name in intervention and name in evidence:
            raise NotApplicable(
                f"{name!r} is both set and known. Name it in intervention= or in evidence=, not in both."
            )
    done = {name: (f"do {value}", f"set to {value}") for name, value in intervention.items()}
    return done | {name: (f"= {value}", f"known to be {value}") for name, value in evidence.items()}


def _short(rule: str) -> str:
    """Return the first two clauses of a rule on a line each, cut where they are long."""
    clauses = rule.replace("\n", "; ").split("; ")
    lines = [line if len(line) <= _LINE else line[: _LINE - 1].rstrip(" ,=") + "…" for line in clauses[:2]]
    return "\n".join(lines) + ("…" if len(clauses) > 2 and not lines[-1].endswith("…") else "")


RING_GAP = 4.0  # px between a node and its ring, and between rings
NOTE_SIZE = 10.0  # font size of notes in px


@dataclass(frozen=True)
class Scene:
    """One diagram with its overlays, before it has places."""

    subject: Subject
    labels: Mapping[str, Label]
    rings: Mapping[str, tuple[Concept, ...]]
    notes: Mapping[str, tuple[str, str]]
    path: tuple[frozenset[str], frozenset[tuple[str, str]]]
    against: Subject | None
    gone: Status
    forced: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    def status(self, key: str | tuple[str, str]) -> Status:
        """Return what the other panel makes of a node or link, and which links an intervention cuts."""
        if isinstance(key, tuple) and key[1] in self.forced:
            return "cut"
        if self.against is None:
            return ""
        if isinstance(key, tuple):
            return "" if key in self.against.links else self.gone
        node, there = self.subject.by_name[key], self.against.by_name.get(key)
        if there is None:
            return self.gone
        return "" if self.gone == "removed" or (node.kind, node.agent) == (there.kind, there.agent) else "changed"


def scenes_of(subject: Subject, other: Subject | None, options: Options) -> list[Scene]:
    """Return the scene of ``subject``, after that of the diagram to compare it with, where there is one.

    Concepts given by name are looked up in both; verdicts, witness and policy belong to ``subject``.
    """
    incentives = options.get("incentives")
    forced, known = options.get("intervention") or {}, options.get("evidence") or {}
    names = [node.name for side in (subject, other) if side for node in side.nodes]
    mine = Scene(
        subject,
        labels(node.name for node in subject.nodes),
        rings(subject, incentives),
        captions(subject, options, names),
        witness(subject, options.get("highlight")),
        other,
        "added",
        frozenset(forced),
        frozenset(known),
    )
    if other is None:
        return [mine]
    named = incentives if isinstance(incentives, str) else [i for i in incentives or () if isinstance(i, str)]
    theirs = replace(
        mine, subject=other, labels=labels(node.name for node in other.nodes), rings=rings(other, named or None),
        notes=captions(other, options, names), path=(frozenset(), frozenset()), against=subject, gone="removed",
    )  # fmt: skip
    return [theirs, mine]


def _shape(kind: str, width: float) -> tuple[Shape, float, float]:
    """Return the shape for a kind of node, large enough for a label of this width."""
    if kind == "decision":
        return "rectangle", max(36.0, width + 16), 36.0
    if kind == "mechanism":
        return "ellipse", max(30.0, width * 1.08 + 12), 30.0
    if kind == "chance":
        return ("ellipse", 38.0, 38.0) if width <= 28 else ("ellipse", width * 1.08 + 14, 38.0)
    return ("diamond", max(44.0, width / 0.66 + 6), 44.0) if width <= 40 else ("octagon", width + 24, 36.0)


def _sized(width: float) -> float:
    """Return a width rounded up to even px, so that halves are whole."""
    return 2.0 * -(-width // 2)


def box_of(scene: Scene, node: Node, centre: Point = (0.0, 0.0)) -> Box:
    """Return the shape of a node at ``centre``, large enough for its label."""
    kind = "mechanism" if node.name in scene.subject.mechanisms else node.kind
    shape, width, height = _shape(kind, label_width(scene.labels[node.name]))
    return Box(*centre, _sized(width), height, shape)


def room_of(scene: Scene, node: Node) -> tuple[float, float]:
    """Return the room a node needs with what is written below it and more rings than two."""
    box = box_of(scene, node)
    more = max(0.0, 2 * RING_GAP * (len(scene.rings.get(node.name, ())) - 2))
    wide, high = note_size(scene.notes.get(node.name, ("", ""))[0])
    return max(box.width, wide) + more, box.height + more + (2 * high + 4 if high else 0)


def note_size(note: str) -> tuple[float, float]:
    """Return the room that the lines of a note need.

    >>> note_size("")
    (0.0, 0.0)
    """
    lines = note.splitlines()
    return max((text_width(line, NOTE_SIZE) for line in lines), default=0.0), (NOTE_SIZE + 2) * len(lines)
