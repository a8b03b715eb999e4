"""What a drawable value shows: diagrams, models, training processes, compositions, scenarios, relevance graphs.

Values of higher floors are known by their attributes only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cidmesa.errors import NotApplicable
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Subject", "is_drawable", "read"]


@runtime_checkable
class _HasCid(Protocol):
    """A model, or anything else with a diagram."""

    cid: CID


@runtime_checkable
class _HasActions(Protocol):
    """A training process: some chance nodes are actions of the learned algorithm."""

    cid: CID
    actions: Mapping[str, object]


@runtime_checkable
class _HasTraining(Protocol):
    """A composition, with the training process it was made from; or a scenario, which may have one."""

    cid: CID
    training: Any


@runtime_checkable
class _HasProvenance(Protocol):
    """A composition: each node and link says which rule made it."""

    provenance: Mapping[object, str]


@runtime_checkable
class _IsRelevanceGraph(Protocol):
    """A graph over decisions, perhaps with cycles."""

    decisions: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Subject:
    """Nodes and links to draw, with what is known about each.

    ``learned`` holds the actions of the learned algorithm, ``details`` further words on a node or link for readers who
    point at it, ``base`` the training process that a composition came from.
    """

    nodes: tuple[Node, ...]
    links: tuple[tuple[str, str], ...]
    title: str = ""
    learned: frozenset[str] = frozenset()
    details: Mapping[object, tuple[str, ...]] = field(default_factory=dict)
    base: Subject | None = None
    causal_only: bool = False

    @property
    def agents(self) -> tuple[str, ...]:
        """All agents, in the order of their first nodes."""
        return tuple(dict.fromkeys(node.agent for node in self.nodes if node.agent is not None))

    @property
    def by_name(self) -> dict[str, Node]:
        """The nodes by their names."""
        return {node.name: node for node in self.nodes}

    @property
    def memories(self) -> tuple[tuple[str, str], ...]:
        """The information links by which a decision recalls an earlier one of its agent, or what was seen there."""
        known = self.by_name
        recalled = []
        for link in self.links:
            source, target = known[link[0]], known[link[1]]
            own = [known[p] for p in target.parents if (known[p].kind, known[p].agent) == ("decision", target.agent)]
            if self.is_information(link) and (source in own or any(source.name in d.parents for d in own)):
                recalled.append(link)
        return tuple(recalled)

    def is_information(self, link: tuple[str, str]) -> bool:
        """Return whether the link goes into a decision, so that the agent sees what it carries."""
        return not self.causal_only and self.by_name[link[1]].kind == "decision"


def read(x: object) -> Subject:
    """Return what ``x`` shows.

    Raises:
        NotApplicable: nothing is known about drawing values of this type.

    >>> from cidmesa import cid
    >>> read(cid("S -> D", decisions=["D"])).links
    (('S', 'D'),)

    """
    if isinstance(x, Subject):
        return x
    if isinstance(x, CID):
        return Subject(x.specs, x.edges)
    if isinstance(x, _HasTraining):
        return _composition(x) if isinstance(x, _HasProvenance) else _scenario(x)
    if isinstance(x, _HasActions):
        return Subject(x.cid.specs, x.cid.edges, "training process", frozenset(x.actions), _details(x, x.cid))
    if isinstance(x, _IsRelevanceGraph):
        return _relevance_graph(x)
    if isinstance(x, _HasCid):
        return Subject(x.cid.specs, x.cid.edges, details=_details(x, x.cid))
    raise NotApplicable(
        f"can't draw a value of type {type(x).__name__}. Draw a diagram, model, training process, composition, "
        "scenario or relevance graph."
    )


def is_drawable(x: object) -> bool:
    """Return whether `read` knows how to draw ``x``.

    >>> is_drawable(3)
    False
    """
    return isinstance(x, (Subject, CID, _HasCid, _IsRelevanceGraph))


def _composition(x: Any) -> Subject:
    provenance = {key: (f"from {words}",) for key, words in x.provenance.items()}
    known = _details(x, x.cid)
    details = {key: known.get(key, ()) + provenance.get(key, ()) for key in known | provenance}
    learned = frozenset(getattr(x.training, "actions", ())) & frozenset(x.cid.chance_nodes)
    return Subject(x.cid.specs, x.cid.edges, "mesa-optimizer", learned, details, read(x.training))


def _scenario(x: _HasTraining) -> Subject:
    return read(x.training) if x.training is not None else Subject(x.cid.specs, x.cid.edges, details=_details(x, x.cid))


def _relevance_graph(x: Any) -> Subject:
    owner = x.cid.agent if isinstance(x, _HasCid) else (lambda _: "agent")
    nodes = (Node(d, "decision", owner(d), tuple(a for a, b in x.edges if b == d)) for d in x.decisions)
    return Subject(tuple(nodes), tuple(x.edges), causal_only=True)


def _details(x: object, cid: CID) -> dict[object, tuple[str, ...]]:
    """Return domain and mechanism of each node where ``x`` has a model."""
    model: Any = getattr(x, "model", x)
    if not (hasattr(model, "domain") and hasattr(model, "mechanism")):
        return {}
    found: dict[object, tuple[str, ...]] = {}
    for spec in cid.specs:
        lines = [] if spec.kind == "utility" else [f"states: {', '.join(map(str, model.domain(spec.name)))}"]
        mechanism = model.mechanism(spec.name) if spec.kind != "decision" else None
        found[spec.name] = (*lines, *([f"mechanism: {mechanism}"] if mechanism is not None else []))
    return found
