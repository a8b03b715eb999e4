"""Paths one by one. There may be exponentially many; the criteria of `cidmesa` never list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import networkx as nx

from cidmesa.compat.pycid.core import engine
from cidmesa.errors import ModelError, UnknownNode
from cidmesa.structure.separation import active_path, directed_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork

__all__ = [
    "directed_decision_free_path",
    "find_active_path",
    "find_all_dir_paths",
    "find_all_undir_paths",
    "get_motif",
    "get_motifs",
    "is_active_backdoor_trail",
    "is_active_indirect_frontdoor_trail",
    "is_active_path",
]

Motif = Literal["forward", "backward", "fork", "collider", "endpoint"]


def find_active_path(
    cbn: CausalBayesianNetwork, start_node: str, end_node: str, observed: Iterable[str] = ()
) -> list[str]:
    """Return a shortest path that ``observed`` leaves active.

    Raises:
        UnknownNode: a name that is no node.
        ModelError: there is none.

    """
    shape = engine.diagram(cbn)
    path = active_path(shape, start_node, end_node, given=list(observed))
    if not path or end_node in set(observed):
        raise ModelError(f"no active path from {start_node} to {end_node} given {sorted(observed)}.")
    return list(path)


def get_motif(cbn: CausalBayesianNetwork, path: Sequence[str], idx: int) -> Motif:
    """Return how a path passes its node at ``idx``: forward, backward, fork, collider or endpoint."""
    _check(cbn, path)
    if not 0 <= idx < len(path):
        raise IndexError(f"the path has {len(path)} nodes, there is none at {idx}.")
    if idx == len(path) - 1:
        return "endpoint"
    onward = cbn.has_edge(path[idx], path[idx + 1])
    if idx == 0:
        return "forward" if onward else "backward"
    inward = cbn.has_edge(path[idx - 1], path[idx])
    if inward:
        return "forward" if onward else "collider"
    return "fork" if onward else "backward"


def get_motifs(cbn: CausalBayesianNetwork, path: Sequence[str]) -> list[Motif]:
    """Return how a path passes each of its nodes."""
    return [get_motif(cbn, path, position) for position in range(len(path))]


def find_all_dir_paths(cbn: CausalBayesianNetwork, start_node: str, end_node: str) -> Iterator[list[str]]:
    """Return an iterator over all directed paths."""
    _check(cbn, [start_node, end_node])
    return iter(
        nx.all_simple_paths(nx.DiGraph(cbn.edges), start_node, end_node) if _linked(cbn, start_node, end_node) else ()
    )


def find_all_undir_paths(cbn: CausalBayesianNetwork, start_node: str, end_node: str) -> Iterator[list[str]]:
    """Return an iterator over all paths that ignore the direction of links and meet no node twice."""
    _check(cbn, [start_node, end_node])
    return iter(
        nx.all_simple_paths(nx.Graph(cbn.edges), start_node, end_node) if _linked(cbn, start_node, end_node) else ()
    )


def _linked(cbn: CausalBayesianNetwork, *nodes: str) -> bool:
    return all(cbn.degree(node) for node in nodes)


def directed_decision_free_path(cbn: CausalBayesianNetwork, start_node: str, end_node: str) -> bool:
    """Return whether a directed path has no decision between its ends."""
    barred = set(getattr(cbn, "decisions", ())) - {start_node, end_node}
    return start_node != end_node and bool(directed_path(engine.diagram(cbn), start_node, end_node, avoiding=barred))


def is_active_path(cbn: CausalBayesianNetwork, path: Sequence[str], observed: Iterable[str] | None = None) -> bool:
    """Return whether ``observed`` leaves a path active."""
    given = set(observed or ())
    _check(cbn, [*path, *given])
    opened = given.union(*(nx.ancestors(cbn, node) for node in given))
    inner = [(node, get_motif(cbn, path, place)) for place, node in enumerate(path)][1:-1]
    ends = not given & {path[0], path[-1]}
    return ends and all(node in opened if motif == "collider" else node not in given for node, motif in inner)


def is_active_indirect_frontdoor_trail(
    cbn: CausalBayesianNetwork, start_node: str, end_node: str, observed: Iterable[str] | None = None
) -> bool:
    """Return whether some active path leaves ``start_node`` along a link and contains a collider."""
    return any(
        cbn.has_edge(path[0], path[1]) and "collider" in get_motifs(cbn, path)
        for path in _active_paths(cbn, start_node, end_node, observed)
    )


def is_active_backdoor_trail(
    cbn: CausalBayesianNetwork, start_node: str, end_node: str, observed: Iterable[str] | None = None
) -> bool:
    """Return whether some active path leaves ``start_node`` against a link."""
    return any(cbn.has_edge(path[1], path[0]) for path in _active_paths(cbn, start_node, end_node, observed))


def _active_paths(
    cbn: CausalBayesianNetwork, start_node: str, end_node: str, observed: Iterable[str] | None
) -> Iterator[list[str]]:
    given = set(observed or ())
    _check(cbn, [start_node, end_node, *given])
    if end_node not in engine.connected(cbn, start_node, given):
        return iter(())  # so that paths are listed only where there is one to find
    return (path for path in find_all_undir_paths(cbn, start_node, end_node) if is_active_path(cbn, path, given))


def _check(cbn: CausalBayesianNetwork, nodes: Iterable[str]) -> None:
    for node in nodes:
        if node not in cbn:
            raise UnknownNode(node, list(cbn.nodes))
