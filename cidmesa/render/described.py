"""A figure in words, for readers who hear it: kinds, links, incentives, the witness, what is set and known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import CONCEPTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cidmesa.render.overlays import Scene

__all__ = ["described"]

_PLURALS = {"chance": "chance nodes", "decision": "decisions", "utility": "utilities"}


def described(scenes: Sequence[Scene]) -> str:
    """Return the alternative text of a figure.

    >>> from cidmesa import cid
    >>> from cidmesa.render.overlays import scenes_of
    >>> graph = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> described(scenes_of(graph, {"highlight": ("S", "D"), "incentives": "voi"}))
    'Influence diagram with 3 nodes; chance nodes: S; decisions: D; utilities: U; links: S to D, S to U, D to U;
    value of information: S; witness path: S, D.'
    """
    return "Influence diagram with " + " Beside it: ".join("; ".join(_parts(scene)) + "." for scene in scenes)


def _parts(scene: Scene) -> Iterator[str]:
    subject = scene.subject
    yield f"{len(subject.nodes)} nodes"
    groups: dict[str, list[str]] = {}
    for node in subject.nodes:
        owner = f" of {node.agent}" if node.agent is not None and len(subject.agents) > 1 else ""
        kind = "mechanisms" if node.name in subject.mechanisms else _PLURALS[node.kind] + owner
        groups.setdefault(kind, []).append(node.name)
    for kind, names in groups.items():
        yield _listed(kind, names)
    yield _listed("links", [f"{a} to {b}" for a, b in subject.links]) or "links: none"
    rings = {one: [name for name, those in scene.rings.items() if one in those] for one in CONCEPTS.values()}
    more = [
        *((one.name, names) for one, names in rings.items()),
        ("actions of the learned algorithm", [node.name for node in subject.nodes if node.name in subject.learned]),
        ("set by intervention", sorted(scene.forced & subject.by_name.keys())),
        ("known", sorted(scene.known & subject.by_name.keys())),
        ("witness path", scene.path),
        *((dots, subject.details[dots]) for dots in subject.elided),
        ("recalled and not drawn", [f"{a} to {b}" for a, b in sorted(subject.hidden)]),
    ]
    yield from (_listed(title, names) for title, names in more if names)


def _listed(title: str, names: Iterable[str]) -> str:
    given = ", ".join(names)
    return f"{title}: {given}" if given else ""
