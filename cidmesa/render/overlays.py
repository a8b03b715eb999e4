"""What is shown on a diagram: the options, rings, notes and witness read from them, and the scene they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from cidmesa.criteria.concepts import CONCEPTS, concept
from cidmesa.errors import NotApplicable, UnknownNode, near_miss
from cidmesa.render.drawable import Subject, subject_of, with_mechanisms
from cidmesa.render.figure import RING_GAP, Status
from cidmesa.render.geometry import Box, Direction, Point, Shape
from cidmesa.render.labels import Label, label_width, labels, text_width
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from cidmesa.criteria.ground import Concept
    from cidmesa.structure.diagram import Node

__all__ = [
    "NOTE_SIZE",
    "OPTIONS",
    "Highlight",
    "Incentives",
    "LayoutName",
    "Options",
    "Scene",
    "box_of",
    "note_size",
    "room_of",
    "scenes_of",
]

Incentives: TypeAlias = "Iterable[str] | Iterable[Verdict] | str | None"
Highlight: TypeAlias = "Iterable[str] | Any | None"
LayoutName = Literal["auto", "layered", "sliced", "dot"]

NOTE_SIZE = 10.0  # font size of notes in px
_LINE = 16  # characters in a line of a note


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


OPTIONS = tuple(Options.__annotations__)
_VALUES = {"layout": get_args(LayoutName), "direction": get_args(Direction)}


def _check(options: Options) -> None:
    """Refuse an option that there is not, and an unknown layout or direction."""
    for name in options:
        if name not in OPTIONS:
            raise NotApplicable(
                f"figures have no option {name!r}.{near_miss(name, OPTIONS)} Known are: {', '.join(OPTIONS)}."
            )
    for name, known in _VALUES.items():
        if (given := options.get(name, known[0])) not in known:
            raise NotApplicable(
                f"there is no {name} {given!r}.{near_miss(str(given), known)} Known are: {', '.join(known)}."
            )


@dataclass(frozen=True)
class Scene:
    """One diagram with its overlays, before it has places."""

    subject: Subject
    labels: Mapping[str, Label]
    rings: Mapping[str, tuple[Concept, ...]]
    notes: Mapping[str, tuple[str, str]]
    path: tuple[str, ...]
    against: Subject | None
    gone: Status
    forced: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @cached_property
    def steps(self) -> frozenset[tuple[str, str]]:
        """The links between neighbours on the path."""
        near = {step for pair in pairwise(self.path) for step in (pair, pair[::-1])}
        return frozenset(link for link in self.subject.links if link in near)

    def status(self, key: str | tuple[str, str]) -> Status:
        """Return what the other panel makes of a node or link, and which links an intervention cuts."""
        if isinstance(key, tuple) and key[1] in self.forced:
            return "cut"
        if key in self.subject.possible:
            return "possible"
        if self.against is None:
            return ""
        if isinstance(key, tuple):
            return "" if key in self.against.links else self.gone
        node, there = self.subject.by_name[key], self.against.by_name.get(key)
        if there is None:
            return self.gone
        return "" if self.gone == "removed" or (node.kind, node.agent) == (there.kind, there.agent) else "changed"


def scenes_of(x: object, options: Options) -> list[Scene]:
    """Return the scene of a drawable value, after that of the diagram to compare it with, where there is one.

    Concepts given by name are looked up in both; verdicts, witness and policy belong to ``x``.

    Raises:
        NotApplicable: an unknown option, layout, direction or incentive concept; a value that cannot be drawn.
        UnknownNode: a policy, witness, intervention or evidence names a node that is not drawn.

    >>> from cidmesa import cid
    >>> (scene,) = scenes_of(cid("A -> B -> C"), {"mechanisms": True, "highlight": ("A", "B")})
    >>> len(scene.subject.nodes), sorted(scene.steps)
    (6, [('A', 'B')])
    """
    _check(options)
    subject, other = _subjects(x, options)
    names = dict.fromkeys(node.name for side in (subject, other) if side for node in side.nodes)
    for name in options.get("policy") or ():
        _known(name, names)
    path = tuple(getattr(options.get("highlight"), "witness", options.get("highlight")) or ())
    for name in path:
        _known(name, subject.by_name)
    incentives = options.get("incentives")
    mine = Scene(
        subject,
        labels(subject.by_name, subject.mechanisms),
        _rings(subject, incentives),
        _notes(subject, options, names),
        path,
        other,
        "added",
        frozenset(options.get("intervention") or ()),
        frozenset(options.get("evidence") or ()),
    )
    return [mine] if other is None else [_beside(mine, other, options, names), mine]


def _beside(mine: Scene, other: Subject, options: Options, names: Iterable[str]) -> Scene:
    incentives = options.get("incentives")
    named = incentives if isinstance(incentives, str) else [i for i in incentives or () if isinstance(i, str)]
    return replace(
        mine,
        subject=other,
        labels=labels(other.by_name, other.mechanisms),
        rings=_rings(other, named or None),
        notes=_notes(other, options, names),
        path=(),
        against=mine.subject,
        gone="removed",
    )


def _subjects(x: object, options: Options) -> tuple[Subject, Subject | None]:
    """Return what is drawn and what it is compared with, with mechanisms where they are asked for."""
    subject = subject_of(x)
    other = _other(subject, options.get("compare_with"))
    if not options.get("mechanisms"):
        return subject, other
    taken = {*subject.by_name, *(other.by_name if other else ())}
    mine, theirs = (
        one if one is None or one.mechanisms else with_mechanisms(one, taken=taken) for one in (subject, other)
    )
    return mine or subject, theirs


def _other(subject: Subject, compare_with: Any) -> Subject | None:
    if compare_with is None or compare_with is False:
        return None
    if compare_with is True or compare_with == "base":
        if subject.base is None:
            raise NotApplicable(
                "only a composition has a base diagram. Give compare_with= the diagram to compare with."
            )
        return subject.base
    return subject_of(compare_with)


def _known(name: str, names: Iterable[str]) -> None:
    if name not in names:
        raise UnknownNode(name, names)


# --- rings and notes ---


def _rings(subject: Subject, incentives: Incentives) -> dict[str, tuple[Concept, ...]]:
    """Return for each node the concepts that it admits, in their order."""
    if incentives is None:
        return {}
    given = incentives.replace(",", " ").split() if isinstance(incentives, str) else list(incentives)
    verdicts = [item for item in given if isinstance(item, Verdict)]
    wanted = [concept(str(item).lower()).key for item in given if not isinstance(item, Verdict)]
    if wanted:
        verdicts += [verdict for verdict in _sweep(subject) if verdict.concept in wanted]
    admitted = {(concept(verdict.concept), verdict.node) for verdict in verdicts if verdict.status == "admits"}
    found = {name: tuple(one for one in CONCEPTS.values() if (one, name) in admitted) for name in subject.by_name}
    return {name: concepts for name, concepts in found.items() if concepts}


def _sweep(subject: Subject) -> list[Verdict]:
    from cidmesa.criteria.incentives import incentives
    from cidmesa.structure.diagram import CID

    return list(incentives(CID(tuple(node for node in subject.nodes if node.name not in subject.mechanisms))))


def _notes(subject: Subject, options: Options, names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return for each node what is noted on it, in short and in full: its rule, or the value that it is set to or has.

    ``names`` are the nodes of all diagrams of the figure.
    """
    policy = options.get("policy") or {}
    rules = {node.name: str(policy[node.name]) for node in subject.nodes if node.name in policy}
    forced, known = options.get("intervention") or {}, options.get("evidence") or {}
    for name in (*forced, *known):
        _known(name, names)
        if name in forced and name in known:
            raise NotApplicable(
                f"{name!r} is both an intervention and evidence. Name it in intervention= or in evidence=, not in both."
            )
    return (
        {name: (_short(rule), f"policy: {rule}") for name, rule in rules.items()}
        | {name: (f"do {value}", f"set to {value}") for name, value in forced.items()}
        | {name: (f"= {value}", f"known to be {value}") for name, value in known.items()}
    )


def _short(rule: str) -> str:
    """Return the first two clauses of a rule on a line each, cut where they are long."""
    clauses = rule.replace("\n", "; ").split("; ")
    lines = [line if len(line) <= _LINE else line[: _LINE - 1].rstrip(" ,=") + "…" for line in clauses[:2]]
    return "\n".join(lines) + ("…" if len(clauses) > 2 and not lines[-1].endswith("…") else "")


# --- sizes ---


def _shape(kind: str, width: float) -> tuple[Shape, float, float]:
    """Return the shape for a kind of node, large enough for a label of this width."""
    if kind == "decision":
        return "rectangle", max(36.0, width + 16), 36.0
    if kind == "mechanism":
        return "ellipse", max(30.0, width * 1.08 + 12), 30.0
    if kind == "chance":
        return ("ellipse", 38.0, 38.0) if width <= 28 else ("ellipse", width * 1.08 + 14, 38.0)
    return ("diamond", max(44.0, width / 0.66 + 6), 44.0) if width <= 40 else ("octagon", width + 24, 36.0)


def box_of(scene: Scene, node: Node, centre: Point = (0.0, 0.0)) -> Box:
    """Return the shape of a node at ``centre``, large enough for its label."""
    kind = "mechanism" if node.name in scene.subject.mechanisms else node.kind
    shape, width, height = _shape(kind, label_width(scene.labels[node.name]))
    return Box(*centre, 2.0 * -(-width // 2), height, shape)


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
