"""Random graphs: connected, acyclic, with few parents each."""

from __future__ import annotations

import random

import networkx as nx

from cidmesa.errors import DiagramError

__all__ = ["add_random_edge", "random_dag"]


def add_random_edge(dag: nx.DiGraph[str], node_order: list[str], max_in_degree: int = 4) -> None:
    """Add a random link that goes up in the order, unless it is there or its end has parents enough."""
    a, b = sorted(random.sample(range(len(node_order)), 2))
    if dag.in_degree(node_order[b]) < max_in_degree:
        dag.add_edge(node_order[a], node_order[b])


def random_dag(number_of_nodes: int = 5, edge_density: float = 0.4, max_in_degree: int = 4) -> nx.DiGraph[str]:
    """Return a connected random graph over n0, n1, ...; links go up in number.

    ``edge_density``: which part of all possible links is wanted; fewer are drawn where the parents would become too
    many (PyCID never ends there).

    Raises:
        DiagramError: less than one node, or no parents allowed for several.

    """
    if number_of_nodes < 1 or (number_of_nodes > 1 and max_in_degree < 1):
        raise DiagramError(f"a connected graph of {number_of_nodes} nodes with at most {max_in_degree} parents each "
                           "does not exist.")  # fmt: skip
    names = [f"n{number}" for number in range(number_of_nodes)]
    dag: nx.DiGraph[str] = nx.DiGraph()
    dag.add_nodes_from(names)
    dag.add_edges_from((random.choice(names[:place]), names[place]) for place in range(1, len(names)))
    wanted = round(edge_density * number_of_nodes * (number_of_nodes - 1) / 2)
    spare = [(a, b) for place, b in enumerate(names) for a in names[:place] if not dag.has_edge(a, b)]
    for a, b in random.sample(spare, len(spare)):
        if dag.number_of_edges() >= wanted:
            break
        if dag.in_degree(b) < max_in_degree:
            dag.add_edge(a, b)
    return dag
