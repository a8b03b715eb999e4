"""The causal influence diagram: nodes with a kind, an owner and parents; structure only, frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cidmesa.display import Displays, Hints, named
from cidmesa.errors import DiagramError, UnknownNode, near_miss
from cidmesa.structure.dag import Dag
from cidmesa.structure.node import Kind, Node, check_nodes, in_topological_order, known_link, shared_rules
from cidmesa.structure.numbered import Net

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["CID", "Kind", "Node"]

_TABLES = ("domain", "domains", "exact", "mechanism", "mechanisms", "parameters", "state", "symbolic", "table")
_EDITS = ("do", "menus", "options", "revised", "substitute", "tied", "with_mechanism", "with_policy")
_OF_MODELS = (*_TABLES, "tables", *_EDITS)


@dataclass(frozen=True, eq=False)
class CID(Displays, Hints):
    """A causal influence diagram for one or several agents: structure without numbers.

    A CID is a directed acyclic graph of chance, decision and utility nodes. A link into a decision is an information
    link; every other link is causal. Utility nodes have no children. Each agent maximizes the sum of its utilities. Two
    diagrams are equal iff they have the same nodes (name, kind, agent), links and `shared_rules`. Diagrams are
    hashable, and edits return a new diagram.
    Source: Everitt et al. 2021, Definition 3; for several agents Koller and Milch 2003.

    Build diagrams with `cid`; this constructor takes the nodes as records, in any order.

    Raises:
        DiagramError: a name occurs twice, a parent is unknown, a utility has a child, a decision or utility has no
            owner, or a chance node has one.
        CyclicError: the links contain a directed cycle.

    >>> g = CID((Node("D", "decision", "agent", ("S",)), Node("S"), Node("U", "utility", "agent", ("S", "D"))))
    >>> g.nodes, g.parents("U"), g.kind("D")
    (('S', 'D', 'U'), ('S', 'D'), 'decision')
    """

    specs: tuple[Node, ...]
    _elsewhere = dict.fromkeys(_OF_MODELS, "A diagram has no numbers; cm.model(cid, ...) gives it some.") | {
        name: f"It is a function: cm.{name}(cid)." for name in ("incentives", "reduce", "svg")
    }

    def __new__(cls, *nodes: Any, **named: Any) -> CID:  # noqa: PYI034 (no class derives from it)
        """Refuse links, which are for `cid`."""
        if named.keys() - {"specs"} or any(not isinstance(node, Node) for part in nodes for node in part):
            raise DiagramError("CID takes nodes as records. From links: cm.cid(edges, decisions=..., utilities=...).")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        check_nodes(self.specs)
        object.__setattr__(self, "specs", in_topological_order(self.specs))

    # --- what there is ------------------------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """All nodes in topological order; ties follow the order of declaration."""
        return tuple(spec.name for spec in self.specs)

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """All links as (parent, child), children in the order of `nodes`, parents as declared."""
        return tuple((parent, spec.name) for spec in self.specs for parent in spec.parents)

    @cached_property
    def agents(self) -> tuple[str, ...]:
        """All agents, in the order of their first decision or utility in `nodes`."""
        return tuple(dict.fromkeys(spec.agent for spec in self.specs if spec.agent is not None))

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decision nodes of all agents."""
        return self._of_kind("decision")

    @property
    def utilities(self) -> tuple[str, ...]:
        """The utility nodes of all agents."""
        return self._of_kind("utility")

    @property
    def chance_nodes(self) -> tuple[str, ...]:
        """The chance nodes."""
        return self._of_kind("chance")

    def decisions_of(self, agent: str) -> tuple[str, ...]:
        """Return the decisions that ``agent`` owns."""
        return self._of_kind("decision", self.known_agent(agent))

    def utilities_of(self, agent: str) -> tuple[str, ...]:
        """Return the utility nodes that ``agent`` owns."""
        return self._of_kind("utility", self.known_agent(agent))

    @cached_property
    def shared_rules(self) -> tuple[tuple[str, ...], ...]:
        """The groups of several decisions that share one rule: their agent is absent-minded, it cannot tell them apart.

        Each decision's k-th parent is in the place of the others' k-th parent.
        """
        return shared_rules(self.specs)

    def _of_kind(self, kind: Kind, agent: str | None = None) -> tuple[str, ...]:
        return self._kinds.get((kind, agent), ())

    @cached_property
    def _kinds(self) -> Mapping[tuple[Kind, str | None], tuple[str, ...]]:
        """The nodes of each kind, of all agents (``None``) and of each agent."""
        found: dict[tuple[Kind, str | None], list[str]] = {}
        for spec in self.specs:
            for agent in dict.fromkeys((None, spec.agent)):
                found.setdefault((spec.kind, agent), []).append(spec.name)
        return {key: tuple(names) for key, names in found.items()}

    # --- one node -----------------------------------------------------------------------------------------------

    def spec(self, node: str) -> Node:
        """Return the record of ``node``: kind, agent and parents."""
        return self.specs[self.index(node)]

    def kind(self, node: str) -> Kind:
        """Return ``"chance"``, ``"decision"`` or ``"utility"``."""
        return self.spec(node).kind

    def agent(self, node: str) -> str | None:
        """Return the owner of a decision or utility node, ``None`` for a chance node."""
        return self.spec(node).agent

    def parents(self, node: str) -> tuple[str, ...]:
        """Return the parents of ``node`` in the order in which they were declared."""
        return self.spec(node).parents

    def children(self, node: str) -> tuple[str, ...]:
        """Return the children of ``node`` in the order of `nodes`."""
        return self.names(self.dag.children[self.index(node)])

    def ancestors(self, node: str) -> tuple[str, ...]:
        """Return the nodes with a directed path of length >= 1 to ``node``."""
        return self.names(self.dag.ancestors([self.index(node)]) - {self.index(node)})

    def descendants(self, node: str) -> tuple[str, ...]:
        """Return the nodes with a directed path of length >= 1 from ``node``."""
        return self.names(self.dag.descendants([self.index(node)]) - {self.index(node)})

    def upstream(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Return ``nodes`` and their ancestors."""
        return self.names(self.dag.ancestors(self.indices(nodes)))

    def __contains__(self, node: object) -> bool:
        return node in self._positions

    # --- integers, for algorithms -------------------------------------------------------------------------------

    @cached_property
    def dag(self) -> Dag:
        """The graph over positions in `nodes`."""
        place = self._positions.__getitem__
        return Dag(tuple([tuple(map(place, spec.parents)) for spec in self.specs]))

    @cached_property
    def net(self) -> Net:
        """The graph with the decisions and utilities, each with the number of its owner in `agents`."""
        owner = {agent: number for number, agent in enumerate(self.agents)}
        owned = [(i, spec.kind, owner[spec.agent]) for i, spec in enumerate(self.specs) if spec.agent is not None]
        decisions, utilities = (tuple((i, o) for i, kind, o in owned if kind == k) for k in ("decision", "utility"))
        shared = tuple(tuple(self.indices(group)) for group in self.shared_rules)
        offers = frozenset((self._positions[p], i) for i, spec in enumerate(self.specs) for p in spec.offers)
        return Net(self.nodes, self.dag, decisions, utilities, shared, offers)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {spec.name: position for position, spec in enumerate(self.specs)}

    def index(self, node: str) -> int:
        """Return the position of ``node`` in `nodes`; an unknown name raises UnknownNode with the nearest name."""
        try:
            return self._positions[node]
        except (KeyError, TypeError):
            raise UnknownNode(node, self.nodes) from None

    def indices(self, nodes: Iterable[str]) -> list[int]:
        """Return the positions of ``nodes``."""
        return [self.index(node) for node in nodes]

    def names(self, positions: Iterable[int]) -> tuple[str, ...]:
        """Return the nodes at ``positions``, in the order of `nodes`."""
        return tuple(self.specs[position].name for position in sorted(positions))

    # --- checks that other modules' doors use -------------------------------------------------------------------

    def known_agent(self, agent: str) -> str:
        """Return ``agent``; for an unknown one, raise DiagramError with the names of all agents."""
        if agent not in self.agents:
            raise DiagramError(
                f"there is no agent {agent!r}.{near_miss(agent, self.agents)} "
                f"The agents are: {', '.join(self.agents) or 'none'}."
            )
        return agent

    def known_decision(self, decision: str) -> str:
        """Return ``decision``; for an unknown one, raise DiagramError with the names of all decisions."""
        if (kind := self.kind(decision)) != "decision":
            raise DiagramError(
                f"{decision!r} is a {kind} node, a decision is needed. "
                f"The decisions are: {', '.join(self.decisions) or 'none'}."
            )
        return decision

    # --- edits --------------------------------------------------------------------------------------------------

    def with_link(self, parent: str, child: str) -> CID:
        """Return the diagram with the link ``parent -> child`` (the same diagram if it already has the link)."""
        self.index(parent)
        if parent in self.parents(child):
            return self
        return self.with_spec(replace(self.spec(child), parents=(*self.parents(child), parent)))

    def without_link(self, parent: str, child: str) -> CID:
        """Return the diagram without the link ``parent -> child``; a missing link raises DiagramError."""
        return self.without_links([(parent, child)])

    def without_links(self, links: Iterable[tuple[str, str]]) -> CID:
        """Return the diagram without the given links; a missing link raises DiagramError."""
        gone: dict[str, list[str]] = {}
        for link in map(known_link, links):
            gone.setdefault(link[1], []).append(link[0])
        specs = list(self.specs)
        for child, parents in gone.items():
            self._check_links(parents, child)
            spec = self.spec(child)
            specs[self.index(child)] = replace(spec, parents=tuple(p for p in spec.parents if p not in parents))
        return self._with_fewer_links(tuple(specs))

    def _check_links(self, parents: list[str], child: str) -> None:
        for parent in parents:
            self.index(parent)
            if parent not in self.parents(child) or parents.count(parent) > 1:
                links = ", ".join(f"{p} -> {child}" for p in self.parents(child)) or "none"
                raise DiagramError(f"there is no link {parent} -> {child}. Links into {child}: {links}.")

    def _with_fewer_links(self, specs: tuple[Node, ...]) -> CID:
        """Return the diagram with ``specs``, which need no check because they only lack some of the links here."""
        diagram = object.__new__(type(self))
        object.__setattr__(diagram, "specs", specs)
        return diagram

    def with_spec(self, spec: Node) -> CID:
        """Return the diagram with ``spec`` replacing the node of that name, or added if there is no such node."""
        if spec.name not in self:
            return CID((*self.specs, spec))
        return self._mapped(lambda old: spec if old.name == spec.name else old)

    def without_nodes(self, nodes: Iterable[str]) -> CID:
        """Return the diagram without ``nodes`` and their links."""
        gone = {self.nodes[self.index(node)] for node in nodes}
        kept = (spec for spec in self.specs if spec.name not in gone)
        return CID(tuple(replace(s, parents=tuple(p for p in s.parents if p not in gone)) for s in kept))

    def sharing_rules(self, *groups: Iterable[str]) -> CID:
        """Return the diagram in which the decisions of each group share one rule, and no others.

        Raises:
            DiagramError: a decision is unknown or in two groups, or owners or numbers of parents in a group differ.

        >>> from cidmesa import cid
        >>> cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"]).sharing_rules(["D1", "D2"]).shared_rules
        (('D1', 'D2'),)
        """
        rule: dict[str, str] = {}
        for group in groups:
            first, *rest = map(self.known_decision, group)
            for decision in (first, *rest):
                if rule.setdefault(decision, first) != first:
                    raise DiagramError(f"decision {decision!r} cannot share two rules. Name it in one group.")
        return self._mapped(lambda spec: replace(spec, rule=rule.get(spec.name)))

    def with_offers(self, offers: Mapping[str, tuple[str, ...]]) -> CID:
        """Return the diagram in which the options of these decisions depend on these parents, and no others do."""
        if all(spec.offers == offers.get(spec.name, ()) for spec in self.specs):
            return self
        return self._mapped(lambda spec: replace(spec, offers=offers.get(spec.name, ())))

    def rename(self, names: Mapping[str, str]) -> CID:
        """Return the diagram with nodes renamed by the mapping old -> new."""
        self.indices(names)

        def renamed(*nodes: str) -> tuple[str, ...]:
            return tuple(names.get(node, node) for node in nodes)

        return self._mapped(
            lambda s: replace(s, name=renamed(s.name)[0], parents=renamed(*s.parents), offers=renamed(*s.offers))
        )

    def _mapped(self, change: Callable[[Node], Node]) -> CID:
        return CID(tuple(change(spec) for spec in self.specs))

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return a networkx DiGraph with node attributes ``kind``, ``agent`` and ``rule``."""
        from cidmesa.structure.build import to_networkx

        return to_networkx(self)

    # --- a value ------------------------------------------------------------------------------------------------

    @cached_property
    def _identity(self) -> tuple[frozenset[tuple[object, ...]], frozenset[tuple[str, ...]]]:
        nodes = ((s.name, s.kind, s.agent, frozenset(s.parents), frozenset(s.offers)) for s in self.specs)
        return frozenset(nodes), frozenset(tuple(sorted(group)) for group in self.shared_rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CID) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.specs)

    def __getstate__(self) -> tuple[Node, ...]:
        return self.specs

    def __setstate__(self, specs: tuple[Node, ...]) -> None:
        object.__setattr__(self, "specs", specs)

    def __repr__(self) -> str:
        links = ", ".join(f"{parent} -> {child}" for parent, child in self.edges)
        return named(self, f"{len(self)} nodes: {links}" if links else f"nodes: {', '.join(self.nodes)}")

    def __deepcopy__(self, memo: dict[int, Any]) -> CID:
        return self
