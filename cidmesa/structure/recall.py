"""What decisions remember, what they know of each other, and the parts of a game that can be solved on their own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cidmesa.structure.relevance import decision_ball, is_soluble, relevance_graph
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["Subgame", "has_perfect_information", "has_perfect_recall", "has_sufficient_information", "subgames"]

_RECALL = "Koller and Milch 2003, Definition 10"


@dataclass(frozen=True, slots=True)
class Subgame:
    """A part of a diagram that can be solved on its own: its nodes, the decisions among them, and who owns these."""

    nodes: tuple[str, ...]
    decisions: tuple[str, ...]
    agents: tuple[str, ...]


def has_perfect_recall(cid: CID, agent: str | None = None) -> Judgement:
    r"""Return whether ``agent`` (``None``: each agent) never forgets what it observed and did.

    Perfect recall: the agent's decisions have an order in which :math:`Fa(D_j) \subseteq Pa(D_k)` for all j < k. The
    witness of "yes" is that order (agent after agent). The witness of "no" is a node and the later decision that does
    not observe it. Perfect recall implies `has_sufficient_recall`, but not conversely. Source: Koller and Milch 2003,
    Definition 10.

    Args:
        cid: the diagram.
        agent: the agent in question; every agent if left out.

    Raises:
        DiagramError: the diagram has no agent of that name.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> has_perfect_recall(g).witness, bool(has_perfect_recall(g.with_link("S", "D2")))
    (('S', 'D2'), True)
    """
    agents = cid.agents if agent is None else (cid.known_agent(agent),)
    parts = [cid.decisions_of(one) for one in agents]
    return _nothing_forgotten(cid, "perfect recall", parts)


def has_perfect_information(cid: CID) -> Judgement:
    r"""Return whether each decision observes the earlier decisions of all agents and everything that they observed.

    Perfect information: all decisions have an order in which :math:`Fa(D_j) \subseteq Pa(D_k)` for all j < k. The
    witness is as for `has_perfect_recall`. Source: Koller and Milch 2003.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> g = cid("A -> B -> V; A, B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> bool(has_perfect_information(g)), has_perfect_information(g.without_link("A", "B")).witness
    (True, ('A', 'B'))
    """
    return _nothing_forgotten(cid, "perfect information", [cid.decisions])


def has_sufficient_information(cid: CID) -> Judgement:
    """Return whether the relevance graph of all decisions is acyclic, so that they can be solved one after the other.

    Sufficient information implies that a pure subgame-perfect equilibrium exists. The witness is a solving order (last
    decision first), or a cycle of decisions each of which relies on the next.
    Source: Hammond et al. 2021.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> has_sufficient_information(cid("A, B -> U; A, B -> V", **owned)).witness
    ('A', 'B', 'A')
    """
    return replace(is_soluble(cid), concept="sufficient information", theorem="Hammond et al. 2021")


def _nothing_forgotten(cid: CID, concept: str, parts: Iterable[tuple[str, ...]]) -> Judgement:
    """Return whether, in each part, each decision observes the family of the one before it in topological order."""
    orders = list(parts)
    for earlier, later in (pair for order in orders for pair in itertools.pairwise(order)):
        unseen = [node for node in (earlier, *cid.parents(earlier)) if node not in cid.parents(later)]
        if unseen:
            reason = f"{later} comes after {earlier} but does not see {unseen[0]}"
            return Judgement(concept, False, (unseen[0], later), reason, _RECALL)
    order = tuple(itertools.chain.from_iterable(orders))
    return Judgement(concept, True, order, f"nothing is forgotten: {', '.join(order) or 'no decisions'}", _RECALL)


def subgames(cid: CID) -> tuple[Subgame, ...]:
    """Return the smallest subgame around each strongly connected component of the relevance graph, in solving order.

    A subgame is a set of nodes that contains every node on a directed path between its members, and every node that is
    r-reachable from one of its decisions. A union of subgames that meets both conditions is a subgame too. Every
    subgame with a decision contains the listed subgame of that decision's component. Equal subgames are listed once.

    Source: Hammond et al. 2021, Definition 3.1.

    Args:
        cid: the diagram of a game.

    >>> from cidmesa import cid
    >>> g = cid("A -> B -> V; A, B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> [(part.nodes, part.agents) for part in subgames(g)]
    [(('B', 'V'), ('b',)), (('A', 'B', 'V', 'U'), ('a', 'b'))]

    """
    reach = {decision: decision_ball(cid, decision).mechanisms for decision in cid.decisions}
    found = [_closed(cid, component, reach) for component in relevance_graph(cid).components]
    return tuple(dict.fromkeys(found))


def _closed(cid: CID, component: tuple[str, ...], reach: dict[str, frozenset[int]]) -> Subgame:
    members = set(cid.indices(component))
    while True:
        grown = members.union(*(reach[cid.nodes[i]] for i in members if cid.nodes[i] in reach))
        grown |= cid.dag.descendants(grown) & cid.dag.ancestors(grown)
        if grown == members:
            break
        members = grown
    nodes = cid.names(members)
    decisions = tuple(node for node in nodes if cid.kind(node) == "decision")
    return Subgame(nodes, decisions, tuple(dict.fromkeys(str(cid.agent(decision)) for decision in decisions)))
