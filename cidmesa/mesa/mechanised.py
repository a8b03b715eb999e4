"""Mechanised graphs, and the agents that they show (Algorithms 2 and 3 of Discovering Agents)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.relevance import decision_ball
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MechanisedGraph", "agents_from", "mechanised"]

Link = tuple[str, str]


@dataclass(frozen=True, repr=False)
class MechanisedGraph(Tells):
    """A graph of variables and their mechanisms: how variables depend on each other, and how mechanisms respond.

    ``edges``: links between variables. ``mechanism_edges``: the link (W, V) says that the mechanism of V responds to
    the mechanism of W. ``terminal``: those links in which V responds because of its effects on W itself. Every variable
    also has a link from its own mechanism, which is not listed.
    Source: Kenton et al. 2023, "Discovering Agents".

    >>> import cidmesa as cm
    >>> graph = cm.mechanised(cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> graph.mechanism_edges, graph.terminal
    ((('U', 'D'),), (('U', 'D'),))

    """

    nodes: tuple[str, ...]
    edges: tuple[Link, ...]
    mechanism_edges: tuple[Link, ...]
    terminal: tuple[Link, ...]

    def to_json(self) -> dict[str, Any]:
        """Return variables and links as plain data."""
        return {
            "nodes": list(self.nodes),
            "edges": [list(link) for link in self.edges],
            "mechanism_edges": [list(link) for link in self.mechanism_edges],
            "terminal": [list(link) for link in self.terminal],
        }

    def to_text(self) -> str:
        """Return the links as text; mechanisms have a tilde, and terminal links are marked."""
        objects = ", ".join(f"{a} -> {b}" for a, b in self.edges) or "none"
        marked = [f"~{a} -> ~{b}{' (terminal)' * ((a, b) in self.terminal)}" for a, b in self.mechanism_edges]
        return f"variables: {objects}\nmechanisms: {', '.join(marked) or 'none respond'}"


def mechanised(cid: CID) -> MechanisedGraph:
    r"""Return the mechanised graph of an influence diagram: which mechanisms rational decisions respond to.

    :math:`\tilde W \to \tilde D` iff the mechanism of W is s-reachable from the decision D (a new parent of W would be
    d-connected to :math:`U^D` given the family of D); terminal iff W is a utility of the owner that D leads to.
    Source: Kenton et al. 2023, Algorithm 3 (mechanism identification).

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> print(mechanised(cid("D -> X -> U", decisions=["D"], utilities=["U"])))
    variables: D -> X, X -> U
    mechanisms: ~X -> ~D, ~U -> ~D (terminal)

    """
    responding, terminal = list[Link](), list[Link]()
    for decision in cid.decisions:
        reached = decision_ball(cid, decision).mechanisms
        owned = cid.utilities_of(str(cid.agent(decision)))
        aims = [u for u in owned if directed_path(cid, decision, u)]
        responding += [(n, decision) for n in cid.nodes if n != decision and (cid.index(n) in reached or n in aims)]
        terminal += [(utility, decision) for utility in aims]
    return MechanisedGraph(cid.nodes, cid.edges, tuple(responding), tuple(terminal))


def agents_from(graph: MechanisedGraph) -> CID:
    """Return the influence diagram that a mechanised graph implies: who decides, and for which utilities.

    A variable is a decision if a terminal link leads to its mechanism, and a utility if one starts there. Agents are
    the connected components of the terminal links: "agent", or "agent1" and so on in the order of their first
    decisions.
    Source: Kenton et al. 2023, Algorithm 2 (agency identification).

    Args:
        graph: a mechanised graph, from `mechanised` or `discover`.

    Raises:
        NotApplicable: a variable would be decision and utility at once.
        DiagramError: a utility has children, which influence diagrams do not allow.

    >>> from cidmesa import cid
    >>> g = cid("D -> X -> U", decisions={"mouse": ["D"]}, utilities={"mouse": ["U"]})
    >>> found = agents_from(mechanised(g))
    >>> found.agents, found.decisions, found.utilities
    (('agent',), ('D',), ('U',))

    """
    utilities, decisions = {w for w, _ in graph.terminal}, {v for _, v in graph.terminal}
    if both := [node for node in graph.nodes if node in utilities and node in decisions]:
        raise NotApplicable(
            f"{both[0]!r} would be a decision and a utility at once, which no influence diagram allows. "
            "Split it into two variables."
        )
    owner = _owners(graph, decisions)
    parents = {node: tuple(a for a, b in graph.edges if b == node) for node in graph.nodes}
    kinds = {
        node: "utility" if node in utilities else "decision" if node in decisions else "chance" for node in graph.nodes
    }
    return CID(tuple(Node(n, kinds[n], owner.get(n), parents[n]) for n in graph.nodes))  # type: ignore[arg-type]


def _owners(graph: MechanisedGraph, decisions: Iterable[str]) -> dict[str, str]:
    components = list(_components(graph, decisions))
    names = ["agent"] if len(components) == 1 else [f"agent{k}" for k in range(1, len(components) + 1)]
    return {node: name for name, component in zip(names, components, strict=True) for node in component}


def _components(graph: MechanisedGraph, decisions: Iterable[str]) -> Iterator[set[str]]:
    left = [node for node in graph.nodes if node in set(decisions)]
    while left:
        component, grown = {left[0]}, True
        while grown:
            more = {n for link in graph.terminal if component & set(link) for n in link} - component
            component, grown = component | more, bool(more)
        left = [node for node in left if node not in component]
        yield component
