"""What a drawable value shows: diagrams, models, training processes, compositions, scenarios, relevance graphs.

Values of higher floors are known by their attributes only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from cidmesa.errors import NotApplicable
from cidmesa.render.layout.ranks import components
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.structure.node import Kind

__all__ = ["LinkKind", "Subject", "is_drawable", "read", "with_mechanisms"]

LinkKind = Literal["causal", "information", "mechanism", "terminal", "own"]


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
class _IsMechanised(Protocol):
    """A mechanised graph: variables, their links, and the links between their mechanisms."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    mechanism_edges: tuple[tuple[str, str], ...]
    terminal: tuple[tuple[str, str], ...]


@runtime_checkable
class _IsRelevanceGraph(Protocol):
    """A graph over decisions, perhaps with cycles."""

    decisions: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Subject:
    """Nodes and links to draw, with what is known about each.

    ``learned`` holds the actions of the learned algorithm, ``details`` further words on a node or link for readers who
    point at it, ``base`` the training process that a composition came from, ``episodes`` the episode of actions, their
    parameters and their decisions, ``mechanisms`` the variable of each mechanism node, ``aims`` the links between
    mechanisms that are there for the aim itself (terminal).
    """

    nodes: tuple[Node, ...]
    links: tuple[tuple[str, str], ...]
    title: str = ""
    learned: frozenset[str] = frozenset()
    details: Mapping[object, tuple[str, ...]] = field(default_factory=dict)
    base: Subject | None = None
    causal_only: bool = False
    episodes: Mapping[str, object] = field(default_factory=dict)
    mechanisms: Mapping[str, str] = field(default_factory=dict)
    aims: frozenset[tuple[str, str]] = frozenset()

    @property
    def agents(self) -> tuple[str, ...]:
        """All agents, in the order of their first nodes."""
        return tuple(dict.fromkeys(node.agent for node in self.nodes if node.agent is not None))

    @cached_property
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
        return self.kind(link) == "information"

    def kind(self, link: tuple[str, str]) -> LinkKind:
        """Return what a link is: into a decision, from a mechanism to its variable or another mechanism, or causal."""
        if link[0] in self.mechanisms:
            return "own" if link[1] not in self.mechanisms else "terminal" if link in self.aims else "mechanism"
        return "information" if not self.causal_only and self.by_name[link[1]].kind == "decision" else "causal"


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
        return _training(x)
    if isinstance(x, _IsMechanised):
        return with_mechanisms(_variables(x), x)
    if isinstance(x, _IsRelevanceGraph):
        return _relevance_graph(x)
    if isinstance(x, _HasCid):
        return Subject(x.cid.specs, x.cid.edges, details=_details(x, x.cid))
    raise NotApplicable(
        f"can't draw a value of type {type(x).__name__}. Draw a diagram, model, training process, composition, "
        "scenario, mechanised or relevance graph."
    )


def is_drawable(x: object) -> bool:
    """Return whether `read` knows how to draw ``x``.

    >>> is_drawable(3)
    False
    """
    return isinstance(x, (Subject, CID, _HasCid, _IsMechanised, _IsRelevanceGraph))


def _training(x: Any) -> Subject:
    episodes: dict[str, object] = {}
    for action, role in x.actions.items():
        for node in (action, getattr(role, "theta", action)):
            episodes.setdefault(node, getattr(role, "episode", None))
    return Subject(
        x.cid.specs, x.cid.edges, "training process", frozenset(x.actions), _details(x, x.cid), episodes=episodes
    )


def _composition(x: Any) -> Subject:
    provenance = {key: (f"from {words}",) for key, words in x.provenance.items()}
    known = _details(x, x.cid)
    details = {key: known.get(key, ()) + provenance.get(key, ()) for key in known | provenance}
    learned = frozenset(getattr(x.training, "actions", ())) & frozenset(x.cid.chance_nodes)
    base = read(x.training)
    decided = {decision: base.episodes.get(action) for action, decision in getattr(x, "decisions", {}).items()}
    return Subject(
        x.cid.specs, x.cid.edges, "mesa-optimizer", learned, details, base, episodes={**base.episodes, **decided}
    )


def _variables(x: _IsMechanised) -> Subject:
    """Return the variables of a mechanised graph as a diagram: terminal links lead from aims to decisions."""
    place = {node: i for i, node in enumerate(x.nodes)}
    deciding, aimed = {b for _, b in x.terminal}, {a for a, _ in x.terminal} - {a for a, _ in x.edges}
    groups = components(len(place), [(place[a], place[b]) for a, b in x.terminal])
    owning = [group for group in groups if len(group) > 1]
    owners = {x.nodes[i]: f"agent{k}" if len(owning) > 1 else "agent" for k, g in enumerate(owning, 1) for i in g}
    parents = {node: tuple(a for a, b in x.edges if b == node) for node in x.nodes}
    kinds: dict[str, Kind] = {node: "decision" if node in deciding else "utility" for node in {*deciding, *aimed}}
    nodes = (Node(n, kinds.get(n, "chance"), owners[n] if n in kinds else None, parents[n]) for n in x.nodes)
    return Subject(tuple(nodes), tuple(x.edges))


def with_mechanisms(subject: Subject, graph: Any = None) -> Subject:
    """Return the subject with a mechanism for each node and the links of a mechanised graph, by default its own.

    >>> from cidmesa import cid
    >>> with_mechanisms(read(cid("D -> U", decisions=["D"], utilities=["U"]))).aims
    frozenset({('~U', '~D')})
    """
    if graph is None:
        from cidmesa.mesa.mechanised import mechanised

        graph = mechanised(CID(subject.nodes))
    of = {f"~{node.name}": node.name for node in subject.nodes}
    responding = tuple((f"~{a}", f"~{b}") for a, b in graph.mechanism_edges)
    parents = {name: tuple(a for a, b in responding if b == name) for name in of}
    return replace(
        subject,
        nodes=(*subject.nodes, *(Node(name, "chance", None, parents[name]) for name in of)),
        links=(*subject.links, *of.items(), *responding),
        mechanisms=of,
        aims=frozenset((f"~{a}", f"~{b}") for a, b in graph.terminal),
    )


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
