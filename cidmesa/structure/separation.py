"""d-separation, active paths and directed paths, by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.structure.dag import roll
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["active_path", "as_nodes", "d_separated", "directed_path"]

Nodes: TypeAlias = "str | Iterable[str]"


def as_nodes(nodes: Nodes) -> tuple[str, ...]:
    """Return one name or several names as a tuple.

    >>> as_nodes("A"), as_nodes(["A", "B"])
    (('A',), ('A', 'B'))
    """
    return (nodes,) if isinstance(nodes, str) else tuple(nodes)


def d_separated(cid: CID, a: Nodes, b: Nodes, given: Nodes = ()) -> Judgement:
    r"""Return whether every path between ``a`` and ``b`` is blocked by ``given``: :math:`A \perp_G B \mid C`.

    Nodes of ``given`` are first removed from ``a`` and ``b``. The witness of "no" is a shortest active path; that of
    "yes" is ``given``. The time is linear in nodes and links. Source: Pearl 1988; Bayes ball of Shachter 1998.

    Args:
        cid: the diagram.
        a: one node or several.
        b: one node or several.
        given: the nodes to condition on; none if left out.

    Raises:
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("A -> C; B -> C; C -> E")
    >>> bool(d_separated(g, {"A"}, {"B"})), d_separated(g, {"A"}, {"B"}, given={"E"}).witness
    (True, ('A', 'C', 'B'))
    """
    sources, targets, evidence = as_nodes(a), as_nodes(b), as_nodes(given)
    path = active_path(cid, sources, targets, evidence)
    if path:
        return Judgement("d-separated", False, path, f"the path {' - '.join(path)} is active", "Pearl 1988")
    shown = tuple(node for node in cid.nodes if node in evidence)
    return Judgement("d-separated", True, shown, f"{{{', '.join(shown)}}} blocks every path", "Pearl 1988")


def active_path(cid: CID, a: Nodes, b: Nodes, given: Nodes = ()) -> tuple[str, ...]:
    """Return a shortest path between ``a`` and ``b`` that ``given`` leaves active, or ``()`` if there is none.

    Active: each collider on the path is in ``given`` or has a descendant there, and no other node is in ``given``.

    Source: Pearl 1988.

    Args:
        cid: the diagram.
        a: one node or several.
        b: one node or several.
        given: the nodes to condition on; none if left out.

    >>> from cidmesa import cid
    >>> active_path(cid("S -> D; S -> U", decisions=["D"], utilities=["U"]), "D", "U")
    ('D', 'S', 'U')
    """
    evidence = set(cid.indices(as_nodes(given)))
    ball = roll(cid.dag, cid.indices(as_nodes(a)), evidence)
    trails = [ball.trail(target) for target in cid.indices(as_nodes(b)) if target not in evidence]
    shortest = min((trail for trail in trails if trail), key=len, default=())
    return tuple(cid.nodes[step] for step in shortest)


def directed_path(cid: CID, a: str, b: str, via: str | None = None, avoiding: Nodes = ()) -> tuple[str, ...]:
    """Return a shortest directed path ``a -> ... -> b`` (through ``via``), or ``()`` if there is none.

    A path may have length 0: ``directed_path(g, "A", "A") == ("A",)``. No node of the path is in ``avoiding``.

    Args:
        cid: the diagram.
        a: the node at which the path starts.
        b: the node at which it ends.
        via: a node that the path must contain; no constraint if left out.
        avoiding: nodes that the path must not contain; none if left out.

    >>> from cidmesa import cid
    >>> g = cid("D -> X -> U; D -> U", decisions=["D"], utilities=["U"])
    >>> directed_path(g, "D", "U"), directed_path(g, "D", "U", via="X"), directed_path(g, "U", "D")
    (('D', 'U'), ('D', 'X', 'U'), ())
    """
    closed = set(cid.indices(as_nodes(avoiding)))
    stops = [cid.index(node) for node in (a, via, b) if node is not None]
    path: tuple[int, ...] = ()
    for start, end in itertools.pairwise(stops):
        leg = cid.dag.path(start, end, avoiding=closed)
        if not leg:
            return ()
        path = (*path[:-1], *leg)
    return tuple(cid.nodes[step] for step in path)
