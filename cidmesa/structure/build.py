"""`cid`: a diagram from links, in Python or as a line of text; diagrams to and from networkx graphs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from cidmesa.errors import DiagramError, near_miss, wrong_type
from cidmesa.structure.diagram import CID, Kind, Node
from cidmesa.structure.node import known_link

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["SINGLE_AGENT", "Links", "Owned", "cid", "from_networkx", "to_networkx"]

SINGLE_AGENT = "agent"  # the name of the only agent where none is given

Links: TypeAlias = str | Iterable[tuple[str, str]]
Owned: TypeAlias = Iterable[str] | Mapping[str, Iterable[str]]


def cid(edges: Links = (), *, decisions: Owned = (), utilities: Owned = (), nodes: Iterable[str] = ()) -> CID:
    """Return the influence diagram with these links; nodes that are neither decisions nor utilities are chance nodes.

    Args:
        edges: pairs (parent, child), or text such as ``"S -> D; S, D -> U"`` or ``"A -> B -> C"``. A networkx graph is
            accepted if its nodes carry the attribute ``kind`` or if you name the decisions and utilities. An object
            that holds a diagram, such as a model, is accepted too.
        decisions: the decision nodes of the only agent, or a mapping from each agent to its decision nodes.
        utilities: the utility nodes, in the same form.
        nodes: nodes to declare first, in this order. A node without links must be declared here.

    Raises:
        DiagramError: a decision or utility is not a node, a node has two roles, or a utility has a child.
        CyclicError: the links contain a cycle.

    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> g.edges
    (('S', 'D'), ('S', 'U'), ('D', 'U'))
    >>> g == cid([("D", "U"), ("S", "U"), ("S", "D")], decisions=["D"], utilities=["U"])
    True
    >>> cid("Theta -> A -> U", decisions={"base": ["Theta"], "mesa": ["A"]}, utilities={"mesa": ["U"]}).agents
    ('base', 'mesa')
    """
    given: Any = edges
    if not (decisions or utilities or nodes):
        held = given if isinstance(given, CID) else getattr(given, "cid", None)
        if isinstance(held, CID):
            return held
        if hasattr(given, "is_directed"):
            return _of_graph(given)
    elif hasattr(given, "is_directed"):
        edges, nodes = _links_of_graph(given), [*_names(nodes), *given.nodes]
    declared, links = _parse_links(edges) if isinstance(edges, str) else _check_links(edges)
    names = list(dict.fromkeys([*_names(nodes), *declared]))
    roles = _roles(decisions, utilities, names)
    parents: dict[str, dict[str, None]] = {name: {} for name in names}
    for parent, child in links:
        parents[child][parent] = None
    return CID(tuple(Node(name, *roles.get(name, ("chance", None)), tuple(parents[name])) for name in names))


def _of_graph(graph: Any) -> CID:
    """Return the diagram of a graph whose nodes say their kind."""
    if not _says_kinds(graph) or not graph.is_directed():
        raise _no_kinds()
    return from_networkx(graph)


def _links_of_graph(graph: Any) -> list[tuple[str, str]]:
    """Return the links of a graph whose nodes do not say their kind."""
    if _says_kinds(graph) or not graph.is_directed():
        raise _no_kinds()
    return list(graph.edges())


def _says_kinds(graph: Any) -> bool:
    return any("kind" in attributes for _, attributes in graph.nodes(data=True))


def _no_kinds() -> DiagramError:
    return DiagramError(
        "the nodes of a graph must have the attribute kind ('chance', 'decision' or 'utility'). Add it, or write "
        "cid(list(graph.edges), decisions=..., utilities=...)."
    )


def _check_links(edges: Iterable[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
    if not isinstance(edges, Iterable):
        raise DiagramError(
            wrong_type("cid", "links", edges, "Write them as 'A, B -> C; C -> D', or as pairs (parent, child).")
        )
    links = list(map(known_link, edges))
    return [name for link in links for name in link], links


def _parse_links(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    declared: list[str] = []
    links: list[tuple[str, str]] = []
    for statement in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        groups = [[name.strip() for name in group.split(",")] for group in statement.split("->")]
        if not all(name for group in groups for name in group):
            raise DiagramError(f"cannot read the links {statement!r}. Write them as 'A, B -> C; C -> D'.")
        if bad := [name for group in groups for name in group if re.search(r"\s|-|>|<", name)]:
            raise DiagramError(f"cannot read {bad[0]!r} in {statement!r} as a node name. Write links as 'A, B -> C'.")
        declared += [name for group in groups for name in group]
        links += [(a, b) for left, right in itertools.pairwise(groups) for b in right for a in left]
    return declared, links


def _names(nodes: Iterable[str]) -> list[str]:
    return [nodes] if isinstance(nodes, str) else list(nodes)


def _roles(decisions: Owned, utilities: Owned, known: list[str]) -> dict[str, tuple[Kind, str | None]]:
    roles: dict[str, tuple[Kind, str | None]] = {}
    given: list[tuple[Kind, Owned]] = [("decision", decisions), ("utility", utilities)]
    for kind, owned in given:
        by_agent = owned if isinstance(owned, Mapping) else {SINGLE_AGENT: owned}
        for agent, nodes in by_agent.items():
            for node in _names(nodes):
                if node not in known:
                    raise DiagramError(
                        f"{kind} {node!r} is not a node of the diagram.{near_miss(node, known)} "
                        f"A node without links is declared by nodes=[{node!r}]."
                    )
                if node in roles:
                    raise DiagramError(
                        f"node {node!r} is given two roles: {roles[node][0]} of {roles[node][1]!r} and "
                        f"{kind} of {agent!r}. Give it one."
                    )
                roles[node] = (kind, agent)
    return roles


def to_networkx(cid: CID) -> nx.DiGraph[str]:
    """Return a networkx DiGraph whose nodes carry ``kind``, ``agent`` and, if they share it, ``rule``.

    >>> from cidmesa import cid
    >>> to_networkx(cid("D -> U", decisions=["D"], utilities=["U"])).nodes["D"]
    {'kind': 'decision', 'agent': 'agent'}
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    for spec in cid.specs:
        graph.add_node(spec.name, kind=spec.kind, agent=spec.agent, **({"rule": spec.rule} if spec.rule else {}))
    graph.add_edges_from(cid.edges)
    return graph


def from_networkx(graph: nx.DiGraph[str]) -> CID:
    """Return the diagram of a networkx DiGraph; nodes without the attribute ``kind`` are chance nodes.

    Args:
        graph: a directed graph. A node's attribute ``kind`` holds its kind, ``agent`` its owner, and ``rule`` the name
            of a rule that it shares.

    Raises:
        DiagramError: the graph is undirected, a kind is unknown, or `CID` refuses the nodes.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> from_networkx(to_networkx(g)) == g
    True
    """
    if not getattr(graph, "is_directed", bool)():
        raise DiagramError("an influence diagram needs a directed graph (networkx.DiGraph).")
    specs = []
    for name, attributes in graph.nodes(data=True):
        kind = attributes.get("kind", "chance")
        if kind not in get_args(Kind):
            raise DiagramError(f"node {name!r} has the kind {kind!r}; known kinds are {', '.join(get_args(Kind))}.")
        agent = None if kind == "chance" else (attributes.get("agent") or "agent")
        specs.append(Node(name, kind, agent, tuple(graph.predecessors(name)), attributes.get("rule")))
    return CID(tuple(specs))
