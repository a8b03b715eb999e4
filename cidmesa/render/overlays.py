"""Overlays: incentive rings, the witness path, and the policy, read from what callers give."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import NotApplicable, UnknownNode, near_miss
from cidmesa.render.palette import CONCEPTS
from cidmesa.render.subject import read, with_mechanisms
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.render.options import Options
    from cidmesa.render.palette import Concept
    from cidmesa.render.subject import Subject

__all__ = ["Highlight", "Incentives", "asked", "captions", "notes", "rings", "settings", "witness"]


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
    >>> from cidmesa.render.subject import read
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
    >>> from cidmesa.render.subject import read
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
