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

    ``given`` is removed from ``a`` and ``b`` first. The witness of "no" is a shortest active path, of "yes" ``given``.
    Linear in nodes and links. Source: Pearl 1988; Bayes ball of Shachter 1998.

    Args:
        cid: the diagram.
        a: a node, or several.
        b: a node, or several.
        given: the nodes that are conditioned on.

    Raises:
        UnknownNode: a name that is not in the diagram.

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
        a: a node, or several.
        b: a node, or several.
        given: the nodes that are conditioned on.

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
        a: where the path starts.
        b: where it ends.
        via: a node that it must pass.
        avoiding: nodes that it must not touch.

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
