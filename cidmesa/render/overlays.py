"""What is shown on a diagram: rings, notes, colours and witness read from the options, and the scene they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.concepts import CONCEPTS, concept
from cidmesa.errors import NotApplicable, UnknownNode, near_miss
from cidmesa.render.drawable import Subject, shortened, subject_of, with_mechanisms, without_recall
from cidmesa.render.labels import Label, labels, wrapped
from cidmesa.render.options import check_options
from cidmesa.render.palette import OBSERVED, PAPER
from cidmesa.render.posteriors import bars_of
from cidmesa.render.tex_labels import written
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from cidmesa.criteria.ground import Concept
    from cidmesa.render.figure import Bar, Status
    from cidmesa.render.options import Incentives, Options
    from cidmesa.structure.diagram import Node

__all__ = ["Scene", "fill_of", "scenes_of"]

_LINE = 16  # characters in a line of a note
_ROOM = 64.0  # px: what is compact has no longer lines, if words are shorter


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
    colours: Mapping[str, str] = field(default_factory=dict)
    compact: bool = False
    bars: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> frozenset[tuple[str, str]]:
        """The links between neighbours on the path."""
        near = {step for pair in pairwise(self.path) for step in (pair, pair[::-1])}
        return frozenset(link for link in self.subject.links if link in near)

    def below(self, name: str) -> str:
        """Return what is said of a node beside its label, in lines."""
        return "\n".join([*(bar.words for bar in self.bars.get(name, ())), self.notes.get(name, ("",))[0]]).strip()

    def status(self, key: str | tuple[str, str]) -> Status:
        """Return what the other panel makes of a node or link, and which links an intervention cuts."""
        if isinstance(key, tuple) and key[1] in self.forced:
            return "cut"
        if key in self.subject.possible:
            return "possible"
        if self.against is None:
            return ""
        if isinstance(key, tuple):
            return "" if key in self.against.links or key in self.against.hidden else self.gone
        node, there = self.subject.by_name[key], self.against.by_name.get(key)
        if there is None:
            return self.gone
        return "" if self.gone == "removed" or (node.kind, node.agent) == (there.kind, there.agent) else "changed"


def scenes_of(x: object, options: Options) -> list[Scene]:
    """Return the scene of a drawable value, after that of the diagram to compare it with, where there is one.

    Concepts given by name are looked up in both; verdicts, witness and policy belong to ``x``.

    Raises:
        NotApplicable: an option, layout, direction or incentive concept is unknown, or the value cannot be drawn.
        UnknownNode: a policy, witness, intervention or evidence names a node that is not drawn.

    >>> from cidmesa import cid
    >>> (scene,) = scenes_of(cid("A -> B -> C"), {"mechanisms": True, "highlight": ("A", "B")})
    >>> len(scene.subject.nodes), sorted(scene.steps)
    (6, [('A', 'B')])
    """
    check_options(options)
    path = tuple(getattr(options.get("highlight"), "witness", options.get("highlight")) or ())
    subject, other = _subjects(x, options, path)
    path = tuple(name for name, _ in groupby(map(subject.place, path)))
    names = dict.fromkeys(node.name for side in (subject, other) if side for node in side.nodes)
    for name in options.get("policy") or ():
        _known(subject.place(name), names)
    for name in path:
        _known(name, subject.by_name)
    subject, rings = _ringed(subject, options.get("incentives"))
    mine = Scene(
        subject,
        _labels(subject, options, names),
        rings,
        _notes(subject, options, names),
        path,
        other,
        "added",
        frozenset(options.get("intervention") or ()),
        frozenset(options.get("evidence") or ()),
        _colours([subject, *([other] if other else [])], options),
        options.get("compact", False),
        bars_of(subject, options),
    )
    if options.get("compare_with") == "before":
        return [_before(mine, options), mine]
    return [mine] if other is None else [_beside(mine, other, options, names), mine]


def _before(mine: Scene, options: Options) -> Scene:
    """Return the scene of the same diagram before the intervention and without the evidence."""
    usual: Options = {**options, "intervention": None, "evidence": None}
    subject = replace(mine.subject, title="before")
    return replace(
        mine,
        subject=subject,
        notes=_notes(subject, usual, subject.by_name),
        forced=frozenset(),
        known=frozenset(),
        bars=bars_of(subject, usual),
    )


def _beside(mine: Scene, other: Subject, options: Options, names: Iterable[str]) -> Scene:
    incentives = options.get("incentives")
    named = incentives if isinstance(incentives, str) else [i for i in incentives or () if isinstance(i, str)]
    other, rings = _ringed(other, named or None)
    return replace(
        mine,
        subject=other,
        labels=_labels(other, options, names),
        rings=rings,
        notes=_notes(other, options, names),
        path=(),
        against=mine.subject,
        gone="removed",
        bars=bars_of(other, options),
    )


def _subjects(x: object, options: Options, path: Sequence[str]) -> tuple[Subject, Subject | None]:
    """Return what is drawn and what it is compared with, with mechanisms and without recall where that is asked for.

    Links between neighbours on the ``path`` are never left out.
    """
    subject = subject_of(x)
    if options.get("compare_with") == "before":
        subject = replace(subject, title="after")
    if options.get("recall") == "hidden":
        subject = without_recall(subject, {*pairwise(path), *pairwise(path[::-1])})
    slices = options.get("slices")
    subject = shortened(subject, slices) if slices else subject
    other = _other(subject, options.get("compare_with"))
    if other is not None and options.get("recall") == "hidden":
        other = without_recall(other)
    other = shortened(other, slices) if slices and other is not None else other
    if not options.get("mechanisms"):
        return subject, other
    taken = {*subject.by_name, *(other.by_name if other else ())}
    mine, theirs = (
        one if one is None or one.mechanisms else with_mechanisms(one, taken=taken) for one in (subject, other)
    )
    return mine or subject, theirs


def _other(subject: Subject, compare_with: Any) -> Subject | None:
    if compare_with is None or compare_with is False or compare_with == "before":
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


# --- labels, colours, rings and notes ---


def _labels(subject: Subject, options: Options, names: Iterable[str]) -> dict[str, Label]:
    """Return the label of each node: given, or that of its name; on several lines where that is compact."""
    given = options.get("labels") or {}
    for name in given:
        _known(name, names)
    found = labels(subject.by_name, subject.mechanisms, {name: written(text) for name, text in given.items()})
    return {name: wrapped(runs, _ROOM) for name, runs in found.items()} if options.get("compact") else found


def _colours(subjects: Sequence[Subject], options: Options) -> dict[str, str]:
    """Return the given colours, of nodes, agents and kinds."""
    given = dict(options.get("colours") or {})
    known = ["chance", "decision", "utility"]
    known += [name for subject in subjects for name in (*subject.agents, *subject.by_name)]
    for name in given:
        if name not in known:
            raise NotApplicable(
                f"colours= names {name!r}, which is no node, agent or kind.{near_miss(name, known)} "
                f"Known are: {', '.join(dict.fromkeys(known))}."
            )
    return given


def _ringed(subject: Subject, incentives: Incentives) -> tuple[Subject, dict[str, tuple[Concept, ...]]]:
    """Return for each node the concepts that it admits, in their order; a subject that says whose those of dots are."""
    if incentives is None:
        return subject, {}
    given = incentives.replace(",", " ").split() if isinstance(incentives, str) else list(incentives)
    verdicts = [item for item in given if isinstance(item, Verdict)]
    wanted = [concept(str(item).lower()).key for item in given if not isinstance(item, Verdict)]
    if wanted:
        verdicts += [verdict for verdict in _sweep(subject.whole or subject) if verdict.concept in wanted]
    admitted = {(concept(verdict.concept), verdict.node) for verdict in verdicts if verdict.status == "admits"}
    drawn = {(one, subject.place(name)) for one, name in admitted}
    found = {name: tuple(one for one in CONCEPTS.values() if (one, name) in drawn) for name in subject.by_name}
    details = dict(subject.details)
    for dots, names in subject.elided.items():
        there = [f"{one.name} of {', '.join(n for n in names if (one, n) in admitted)}" for one in found[dots]]
        details[dots] = (*details[dots], *there)
    return replace(subject, details=details), {name: concepts for name, concepts in found.items() if concepts}


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


def fill_of(scene: Scene, node: Node, colours: Mapping[tuple[str, str], str]) -> str:
    """Return the fill of a node: grey if it is known, or the colour that is given for it, its kind or its agent."""
    if node.name in scene.known:
        return OBSERVED
    given = (scene.colours[name] for name in (node.name, node.kind, node.agent or "") if name in scene.colours)
    return next(given, colours[node.agent, node.kind] if node.agent is not None else PAPER)
