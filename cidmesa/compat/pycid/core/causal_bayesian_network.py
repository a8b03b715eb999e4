"""`CausalBayesianNetwork`: a graph that can be edited, with a relationship and a table for each node."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from cidmesa.compat.pycid.core import drawing, engine
from cidmesa.compat.pycid.core.cpd import ConstantCPD, Outcome
from cidmesa.compat.pycid.core.relationships import Model, Relationship
from cidmesa.compat.pycid.differences import DiffersFromPyCID, differs
from cidmesa.errors import CyclicError, DiagramError, ModelError, UnknownNode

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.factor import DiscreteFactor, TabularCPD

__all__ = ["CausalBayesianNetwork", "Relationship"]

Context = Mapping[str, Outcome]


class CausalBayesianNetwork(nx.DiGraph):  # type: ignore[type-arg]
    """A directed acyclic graph over text, and for each node how it follows from its parents.

    Made from links, each a pair (parent, child). ``model`` holds what was given, ``get_cpds`` the tables. Questions are
    answered by our engine on a frozen copy, so asking changes nothing.

    Raises:
        DiagramError: links that are not pairs of text.
        CyclicError: a directed cycle.

    >>> cbn = CausalBayesianNetwork([("A", "B")])
    >>> cbn.add_cpds(A={0: 0.5, 1: 0.5}, B=lambda A: {A: 0.75, 1 - A: 0.25})
    >>> print(cbn.query(["B"], {"A": 1}))
    B    | phi(B)
    B(0) | 0.2500
    B(1) | 0.7500

    """

    Model = Model

    def __init__(self, edges: Iterable[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._tables: dict[str, TabularCPD] = {}
        self.model = self.Model(self)
        self._add_links(edges or ())

    # --- the graph ----------------------------------------------------------------------------------------------

    def _add_links(self, edges: Iterable[tuple[str, str]]) -> None:
        given: Iterable[Any] = edges
        for edge in given:
            if isinstance(edge, str) or len(edge) < 2 or not all(isinstance(end, str) for end in edge[:2]):
                raise DiagramError(f"a link is a pair of names (parent, child), not {edge!r}.")
            super().add_edge(*edge[:2])
        if not nx.is_directed_acyclic_graph(self):
            cycle = [parent for parent, _ in nx.find_cycle(self)]
            raise CyclicError(f"the links form a cycle: {' -> '.join([*cycle, cycle[0]])}.")

    def add_edge(self, u: str, v: str, **kwargs: Any) -> None:  # type: ignore[override]
        """Add a link; a node whose CPD does not take the new parent raises ModelError, and the link is not added."""
        if u == v or (u in self and v in self and nx.has_path(self, v, u)):
            raise CyclicError(f"the link {u} -> {v} would close a cycle.")
        super().add_edge(u, v, **kwargs)
        self._refit(v, lambda: nx.DiGraph.remove_edge(self, u, v))

    def add_edges_from(self, ebunch: Iterable[Any], **kwargs: Any) -> None:  # type: ignore[override]
        """Add several links."""
        for edge in ebunch:
            u, v, *more = edge
            self.add_edge(u, v, **(more[0] if more else {}), **kwargs)

    def remove_edge(self, u: str, v: str) -> None:
        """Remove a link; a node whose CPD needs the parent raises ModelError, and the link stays."""
        if not self.has_edge(u, v):
            raise DiagramError(f"there is no link {u} -> {v}.")
        super().remove_edge(u, v)
        self._refit(v, lambda: nx.DiGraph.add_edge(self, u, v))

    def remove_node(self, n: str) -> None:
        """Remove a node, its links and its CPD, and those CPDs of its children that needed it."""
        children = list(self.successors(self._known(n)))
        for node in (n, *children):
            self._tables.pop(node, None)
        self.model.data.pop(n, None)
        super().remove_node(n)
        for child in children:
            try:
                self.refresh([child])
            except ValueError:
                del self.model[child]

    def _refit(self, node: str, undo: Callable[[], object]) -> None:
        try:
            self.refresh([node])
        except ValueError:
            undo()
            raise

    def get_parents(self, node: str) -> list[str]:
        """Return the parents of ``node``."""
        return list(self.predecessors(self._known(node)))

    def get_children(self, node: str) -> list[str]:
        """Return the children of ``node``."""
        return list(self.successors(self._known(node)))

    def get_roots(self) -> list[str]:
        """Return the nodes without parents."""
        return [node for node in self if not self.in_degree(node)]

    def get_leaves(self) -> list[str]:
        """Return the nodes without children."""
        return [node for node in self if not self.out_degree(node)]

    def is_dconnected(self, start: str, end: str, observed: str | Iterable[str] | None = None) -> bool:
        """Return whether ``start`` and ``end`` are d-connected given ``observed``."""
        return end in self.active_trail_nodes(start, observed)[start]

    def active_trail_nodes(
        self, variables: str | Iterable[str], observed: str | Iterable[str] | None = None, **_: Any
    ) -> dict[str, set[str]]:
        """Return for each of ``variables`` the nodes that are d-connected to it given ``observed``."""
        starts = [variables] if isinstance(variables, str) else list(variables)
        given = {observed} if isinstance(observed, str) else set(observed or ())
        return {self._known(start): engine.connected(self, start, self._all_known(given)) for start in starts}

    def _known(self, node: str) -> str:
        if node not in self:
            raise UnknownNode(node, list(self.nodes))
        return node

    def _all_known(self, nodes: Iterable[str]) -> set[str]:
        return {self._known(node) for node in nodes}

    # --- relationships and tables -------------------------------------------------------------------------------

    @property
    def cpds(self) -> list[TabularCPD]:
        """The tables there are, parents before children."""
        return [self._tables[node] for node in nx.topological_sort(self) if node in self._tables]

    def add_cpds(self, *cpds: Any, **relationships: Relationship) -> None:
        """Set the relationships of some nodes: CPD objects, or by name what ``model`` takes."""
        self.model.update({cpd.variable: cpd for cpd in cpds} | relationships)

    def remove_cpds(self, *cpds: Any) -> None:
        """Remove the relationships of some nodes, given by name or CPD."""
        for cpd in cpds:
            del self.model[cpd if isinstance(cpd, str) else cpd.variable]

    def get_cpds(self, node: str | None = None) -> Any:
        """Return the CPD of ``node``, ``None`` where there is none; without ``node`` all of them."""
        return self.cpds if node is None else self._tables.get(self._known(node))

    def get_cardinality(self, node: str) -> int:
        """Return how many outcomes ``node`` has."""
        return len(self._tables[self._known(node)].domain)

    def states_of_parents(self, node: str) -> dict[str, list[Outcome]] | None:
        """Return parent -> outcomes, ``None`` while some parent has no table."""
        parents = self.get_parents(node)
        ready = all(parent in self._tables for parent in parents)
        return {parent: self._tables[parent].domain for parent in parents} if ready else None

    def declare(self, variable: str, relationship: Relationship) -> None:
        """Take note of a relationship before it is set; here there is nothing to note."""

    def refresh(self, nodes: Iterable[str]) -> None:
        """Make the tables of ``nodes`` anew, and of those below them whose parents' outcomes change by it.

        Where one can't be made, all stay as they were, and what is wrong is raised.
        """
        stale, kept = set(nodes), dict(self._tables)
        try:
            for node in nx.topological_sort(self):
                if node in stale:
                    before = self._outcomes(node)
                    self._retabulate(node)
                    stale |= set(self.successors(node)) if self._outcomes(node) != before else set()
        except ValueError:
            self._tables = kept
            raise

    def _outcomes(self, node: str) -> list[Outcome] | None:
        return self._tables[node].domain if node in self._tables else None

    def _retabulate(self, node: str) -> None:
        self._tables.pop(node, None)
        if node in self.model and self.states_of_parents(node) is not None:
            self._tables[node] = self.model.to_tabular_cpd(node, self.model[node])

    def check_model(self) -> bool:
        """Return True; a node without a table raises ModelError."""
        for node in self.nodes:
            if node not in self._tables:
                why = "its parents have none" if node in self.model else "give it one by add_cpds"
                raise ModelError(f"node {node!r} has no CPD: {why}.")
        return True

    def is_structural_causal_model(self) -> bool:
        """Return whether all nodes but the roots follow from their parents with certainty."""
        inner = [cpd for cpd in self.cpds if self.in_degree(cpd.variable)]
        return all(bool(((cpd.values == 0) | (cpd.values == 1)).all()) for cpd in inner)

    # --- questions ----------------------------------------------------------------------------------------------

    def query(self, query: Iterable[str], context: Context, intervention: Context | None = None) -> DiscreteFactor:
        """Return P(query | context, do(intervention)), an axis for each node of ``query``.

        Raises:
            UnknownNode: a name that is no node.
            ModelError: an outcome that a node does not have, or a context of probability 0 (PyCID returns numbers).

        """
        asked = [self._known(node) for node in query]
        held = self.mutilated(intervention or {})
        given = {self._known(node): held.position(node, outcome) for node, outcome in context.items()}
        held.check_decided([node for node in asked if node not in given], [*context, *(intervention or ())])
        return engine.posterior(held, asked, given)

    def check_decided(self, query: Iterable[str], known: Iterable[str]) -> None:
        """Raise ModelError if, with ``known`` known, the answer hangs on a decision without a rule; here are none."""

    def position(self, node: str, outcome: Outcome) -> int:
        """Return the place of an outcome in the domain of ``node``; ModelError names the outcomes there are."""
        self.check_model()
        domain = self._tables[node].domain
        if outcome not in domain:
            raise ModelError(f"{outcome!r} is not an outcome of {node!r}: {', '.join(map(str, domain))}.")
        return domain.index(outcome)

    def mutilated(self, intervention: Context) -> CausalBayesianNetwork:
        """Return a copy in which nodes are held at a value and cut from their parents."""
        if not intervention:
            return self
        held: CausalBayesianNetwork = self.copy()
        held.intervene(intervention)
        for node in intervention:
            for parent in held.get_parents(node):
                held.remove_edge(parent, node)
        return held

    def intervene(self, intervention: Context) -> None:
        """Hold nodes at a value, in place: their CPDs become constant. The links stay."""
        held = {node: self._held(self._known(node), outcome) for node, outcome in intervention.items()}
        self.model.update(held)

    def _held(self, node: str, outcome: Outcome) -> ConstantCPD:
        domain = self._outcomes(node) or [outcome]
        if outcome not in domain:
            differs(f"{outcome!r} is not an outcome of {node!r}: {', '.join(map(str, domain))}; it is added. "
                    "PyCID adds it silently.")  # fmt: skip
            domain = [*domain, outcome]
        return ConstantCPD(node, {outcome: 1}, self, domain)

    def expected_value(
        self, variables: Iterable[str], context: Context, intervention: Context | None = None
    ) -> list[float]:
        """Return the expected value of each of ``variables``, each found on its own (PyCID makes their joint)."""
        held = self.mutilated(intervention or {})
        return [engine.mean(held.query([self._known(variable)], context)) for variable in variables]

    def sample(self, seed: int | None = None) -> dict[str, Outcome]:
        """Return a value for each node, drawn from the joint distribution."""
        self.check_model()
        return engine.draw(self, random.Random(random.randrange(2**31) if seed is None else seed))  # noqa: S311

    # --- copies -------------------------------------------------------------------------------------------------

    def copy_without_cpds(self) -> CausalBayesianNetwork:
        """Return the same graph without relationships."""
        made: CausalBayesianNetwork = self._with_graph_into(CausalBayesianNetwork())
        return made

    def _with_graph_into(self, empty: Any) -> Any:
        nx.DiGraph.add_nodes_from(empty, self.nodes)
        nx.DiGraph.add_edges_from(empty, self.edges)
        return empty

    def _bare_copy(self) -> Any:
        return self.copy_without_cpds()

    def copy(self, as_view: bool = False) -> Any:  # noqa: ARG002 (networkx passes it)
        """Return a copy that can be changed on its own."""
        made = self._bare_copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DiffersFromPyCID)  # it was said when the original was made
            made.model.update(self.model.data)
        return made

    # --- pictures -----------------------------------------------------------------------------------------------

    def _get_color(self, node: str) -> Any:  # noqa: ARG002 (classes of agents use it)
        return "lightgray"

    def _get_shape(self, node: str) -> str:  # noqa: ARG002
        return "o"

    def _get_label(self, node: str) -> str:
        cpd = self._tables.get(node)
        return getattr(cpd, "label", "") if cpd is not None else ""

    def draw(
        self,
        node_color: Callable[[str], Any] | None = None,
        node_shape: Callable[[str], str] | None = None,
        node_label: Callable[[str], str] | None = None,
        layout: Callable[[Any], Any] | None = None,
    ) -> None:
        """Draw with matplotlib, by default on our layout: chance round, decisions square, utilities diamonds."""
        drawing.draw(self, node_color or self._get_color, node_shape or self._get_shape,
                     node_label or self._get_label, layout)  # fmt: skip

    def draw_property(self, node_property: Callable[[str], bool], color: str = "red") -> None:
        """Draw with the nodes that have a property in another colour."""
        self.draw(node_color=lambda node: color if node_property(node) else self._get_color(node))

    def __str__(self) -> str:
        return f"{type(self).__name__} with {len(self)} nodes and {self.number_of_edges()} links"
