"""What a drawable value shows: its nodes and links, and what is known about each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, singledispatch
from importlib import import_module
from typing import Any, Literal

from cidmesa.errors import NotApplicable
from cidmesa.render.layout.time_slices import numbered
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import fresh_name
from cidmesa.structure.reduction import Reduction
from cidmesa.structure.relevance_graph import RelevanceGraph

__all__ = ["LinkKind", "Subject", "is_drawable", "shortened", "subject_of", "with_mechanisms", "without_recall"]

LinkKind = Literal["causal", "information", "mechanism", "terminal", "own"]


@dataclass(frozen=True)
class Subject:
    """Nodes and links to draw, with what is known about each.

    ``learned`` holds the actions of the learned algorithm, ``details`` further words on a node or link for readers who
    point at it, ``base`` the training process that a composition came from, ``episodes`` the episode of actions, their
    parameters and their decisions, ``mechanisms`` the variable of each mechanism node, ``aims`` the links between
    mechanisms that are there for the aim itself (terminal), ``possible`` the links that may be there, ``hidden`` links
    that are not drawn, because the others and an agent's memory imply them, ``model`` the numbers. ``elided`` holds the
    nodes that one node stands for, ``whole`` the subject with all of them.
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
    possible: frozenset[tuple[str, str]] = frozenset()
    hidden: frozenset[tuple[str, str]] = frozenset()
    model: Any = field(default=None, compare=False)
    elided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: Subject | None = None

    def place(self, name: str) -> str:
        """Return the node that is drawn for a node: the one that stands for it, or itself."""
        return next((dots for dots, names in self.elided.items() if name in names), name)

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


@singledispatch
def subject_of(x: Any) -> Subject:
    """Return what ``x`` shows; types of further values are registered where they are known.

    Raises:
        NotApplicable: values of this type cannot be drawn.

    >>> from cidmesa import cid
    >>> subject_of(cid("S -> D", decisions=["D"])).links
    (('S', 'D'),)
    """
    if not _is_known(type(x)):
        raise NotApplicable(
            f"cannot draw a value of type {type(x).__name__}. Draw a diagram, model, training process, composition, "
            "scenario, mechanised or relevance graph."
        )
    return subject_of(x)


def _is_known(kind: type) -> bool:
    """Return whether the type is registered, once those with numbers are, which a diagram alone does not load."""
    import_module("cidmesa.render.models")
    return subject_of.dispatch(kind) is not subject_of.dispatch(object)


def is_drawable(x: object) -> bool:
    """Return whether `subject_of` knows how to draw ``x``.

    >>> is_drawable(3)
    False
    """
    return _is_known(type(x))


@subject_of.register(Subject)
def _(x: Subject) -> Subject:
    return x


@subject_of.register(CID)
def _(x: CID) -> Subject:
    return Subject(x.specs, x.edges)


@subject_of.register(Reduction)
def _(x: Reduction) -> Subject:
    return subject_of(x.cid)


@subject_of.register(RelevanceGraph)
def _(x: RelevanceGraph) -> Subject:
    nodes = (Node(d, "decision", "agent", tuple(a for a, b in x.edges if b == d)) for d in x.decisions)
    return Subject(tuple(nodes), x.edges, causal_only=True)


def without_recall(subject: Subject, kept: Collection[tuple[str, str]] = ()) -> Subject:
    """Return the subject without the links that memory implies: a decision observes what its agent did and saw before.

    Only agents that forget nothing about a decision that they recall have such links. The others can be read off the
    figure: whoever observes an own decision also observes what was observed there. Links in ``kept`` stay.

    >>> from cidmesa import cid
    >>> graph = cid("S -> D1 -> D2 -> D3; S -> D2; S, D1 -> D3", decisions=["D1", "D2", "D3"])
    >>> sorted(without_recall(subject_of(graph)).hidden)
    [('D1', 'D3'), ('S', 'D2'), ('S', 'D3')]
    """
    base = subject.base and without_recall(subject.base)
    parents = {node.name: set(node.parents) for node in subject.nodes}
    own = [
        (early.name, late.name)
        for late in subject.nodes
        for early in subject.nodes
        if late.kind == early.kind == "decision" and early.agent == late.agent and early.name in late.parents
    ]
    forgetful = {subject.by_name[late].agent for early, late in own if not parents[early] <= parents[late]}
    able = [(early, late) for early, late in own if subject.by_name[late].agent not in forgetful]
    implied = {(seen, late) for early, late in able for seen in parents[early]} - set(kept)
    links = tuple(link for link in subject.links if link not in implied)
    return replace(subject, links=links, hidden=frozenset(implied), base=base)


def shortened(subject: Subject, slices: int) -> Subject:
    """Return the subject with so many time slices, the first ones and the last; one node stands for those between.

    The slice of a node is the number at the end of its name; nodes without one stay. A single slice is not left out.

    Raises:
        NotApplicable: no name ends in a number.

    >>> from cidmesa import cid
    >>> long = cid("S1 -> S2 -> S3 -> S4 -> S5 -> S6 -> U; S3 -> U", utilities=["U"])
    >>> short = shortened(subject_of(long), 3)
    >>> short.links, short.elided
    ((('S1', 'S2'), ('S2', '…'), ('…', 'S6'), ('S6', 'U'), ('…', 'U')), {'…': ('S3', 'S4', 'S5')})
    """
    number = numbered(subject.by_name)
    order = sorted(set(number.values()))
    if not order:
        raise NotApplicable("slices= goes by the numbers at the ends of names, and no name has one.")
    between = set(order[slices - 1 : -1])
    out = tuple(name for name in subject.by_name if number.get(name) in between)
    base = subject.base and shortened(subject.base, slices)
    return replace(_elided(subject, out), base=base) if len(between) > 1 else subject


def _elided(subject: Subject, out: tuple[str, ...]) -> Subject:
    """Return the subject with one node for those that are left out."""
    dots = fresh_name(subject.by_name, "…")
    place = {name: dots if name in out else name for name in subject.by_name}

    def moved(links: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys((place[a], place[b]) for a, b in links if place[a] != place[b]))

    links = moved(subject.links)
    into = tuple(a for a, b in links if b == dots)
    specs = (
        replace(node, parents=tuple(dict.fromkeys(map(place.__getitem__, node.parents)))) for node in subject.nodes
    )
    nodes = {dots if spec.name in out else spec.name: spec for spec in specs} | {dots: Node(dots, "chance", None, into)}
    gone = {*out, *(link for link in subject.links if {*link} & {*out})}
    kept = {key: said for key, said in subject.details.items() if key not in gone}
    return replace(
        subject,
        nodes=tuple(nodes.values()),
        links=links,
        learned=subject.learned - set(out),
        details={**kept, dots: (f"stands for {', '.join(out)}",)},
        episodes={place[name]: episode for name, episode in subject.episodes.items()},
        possible=frozenset(moved(subject.possible)),
        hidden=frozenset(moved(subject.hidden)),
        elided={dots: out},
        whole=subject,
    )


def with_mechanisms(subject: Subject, graph: Any = None, taken: Collection[str] = ()) -> Subject:
    """Return the subject with a mechanism for each node and the links of a mechanised graph, by default its own.

    The mechanism of X is called ``~X``, with primes where a node has that name or it is ``taken``.

    >>> from cidmesa import cid
    >>> with_mechanisms(subject_of(cid("D -> U", decisions=["D"], utilities=["U"]))).aims
    frozenset({('~U', '~D')})
    """
    if graph is None:
        from cidmesa.mesa.mechanised import mechanised

        graph = mechanised(CID(subject.nodes))
    mechanism: dict[str, str] = {}
    for node in subject.nodes:
        others = {*subject.by_name, *taken, *mechanism.values()}
        mechanism[node.name] = fresh_name(others, f"~{node.name}")
    responding = tuple((mechanism[a], mechanism[b]) for a, b in graph.mechanism_edges)
    of = {name: node for node, name in mechanism.items()}
    parents = {name: tuple(a for a, b in responding if b == name) for name in of}
    return replace(
        subject,
        nodes=(*subject.nodes, *(Node(name, "chance", None, parents[name]) for name in of)),
        links=(*subject.links, *of.items(), *responding),
        mechanisms=of,
        aims=frozenset((mechanism[a], mechanism[b]) for a, b in graph.terminal),
    )
