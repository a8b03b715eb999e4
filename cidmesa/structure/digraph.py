"""Diagrams to and from networkx graphs: the one place that imports networkx."""

from __future__ import annotations

import networkx as nx

from cidmesa.errors import DiagramError
from cidmesa.structure.diagram import CID, Node

__all__ = ["from_networkx", "to_networkx"]

_KINDS = ("chance", "decision", "utility")


def to_networkx(cid: CID) -> nx.DiGraph[str]:
    """Return a networkx DiGraph whose nodes carry ``kind`` and ``agent``.

    >>> from cidmesa import cid
    >>> to_networkx(cid("D -> U", decisions=["D"], utilities=["U"])).nodes["D"]
    {'kind': 'decision', 'agent': 'agent'}
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for spec in cid.specs:
        graph.add_node(spec.name, kind=spec.kind, agent=spec.agent)
    graph.add_edges_from(cid.edges)
    return graph


def from_networkx(graph: nx.DiGraph[str]) -> CID:
    """Return the diagram of a networkx DiGraph; nodes without the attribute ``kind`` are chance nodes.

    Args:
        graph: a directed graph; the attribute ``kind`` of a node says what it is, and ``agent`` whose.

    Raises:
        DiagramError: an undirected graph, an unknown kind, or what `CID` refuses.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> from_networkx(to_networkx(g)) == g
    True

    """
    if not graph.is_directed():
        raise DiagramError("an influence diagram needs a directed graph (networkx.DiGraph).")
    specs = []
    for name, attributes in graph.nodes(data=True):
        kind = attributes.get("kind", "chance")
        if kind not in _KINDS:
            raise DiagramError(f"node {name!r} has the kind {kind!r}; known kinds are {', '.join(_KINDS)}.")
        agent = None if kind == "chance" else (attributes.get("agent") or "agent")
        specs.append(Node(name, kind, agent, tuple(graph.predecessors(name))))
    return CID(tuple(specs))
