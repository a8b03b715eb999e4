"""What matters to a decision: requisite observations, reachable mechanisms, the relevance graph, solubility.

One Bayes ball per decision answers these questions; it starts at the decision's downstream utilities with its family
observed (Shachter 1998; Koller and Milch 2003). `Net.balls` rolls the balls of all decisions at once and caches the
result. `decision_ball` rolls one ball and records its paths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.structure.dag import Ball, roll
from cidmesa.structure.relevance_graph import RelevanceGraph
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID, Node
    from cidmesa.structure.numbered import Net

__all__ = [
    "RelevanceGraph",
    "as_seen_by",
    "decision_ball",
    "downstream_utilities",
    "has_sufficient_recall",
    "is_r_reachable",
    "is_requisite",
    "is_s_reachable",
    "is_soluble",
    "others_given",
    "relevance_graph",
    "requisite_observations",
    "sharing",
    "solubility",
]


def as_seen_by(cid: CID, agent: str) -> CID:
    """Return the one-agent diagram of ``agent``: others' decisions are chance nodes, others' utilities are dropped.

    It describes the decision problem of ``agent`` when the others' decision rules are taken as given mechanisms.

    Raises:
        DiagramError: the diagram has no agent of that name.

    >>> from cidmesa import cid
    >>> g = cid("A -> B -> V; B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> seen = as_seen_by(g, "a")
    >>> seen.nodes, seen.kind("B")
    (('A', 'B', 'U'), 'chance')
    """
    others = [utility for utility in cid.utilities if cid.agent(utility) != agent]
    return others_given(cid, agent).without_nodes(others) if others else others_given(cid, agent)


def others_given(cid: CID, agent: str) -> CID:
    """Return the diagram in which the decisions and utilities of all agents but ``agent`` are chance nodes.

    >>> from cidmesa import cid
    >>> g = cid("A -> B -> V; B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> others_given(g, "a").chance_nodes
    ('B', 'V')
    """
    if cid.agents == (cid.known_agent(agent),):
        return cid
    return type(cid)(tuple(_given_mechanism(spec, agent) for spec in cid.specs))


def _given_mechanism(spec: Node, agent: str) -> Node:
    return spec if spec.agent in (None, agent) else replace(spec, kind="chance", agent=None, rule=None, offers=())


# --- one decision -----------------------------------------------------------------------------------------------


def downstream_utilities(cid: CID, decision: str) -> tuple[str, ...]:
    r"""Return :math:`U^D`, the utilities that the owner of ``decision`` owns and that descend from it.

    Raises:
        DiagramError: ``decision`` is not a decision.

    >>> from cidmesa import cid
    >>> downstream_utilities(cid("D -> U; S -> V", decisions=["D"], utilities=["U", "V"]), "D")
    ('U',)
    """
    bit, targets = cid.net.bit[cid.index(cid.known_decision(decision))], cid.net.targets
    return tuple(utility for utility in cid.utilities if targets[cid.index(utility)] & bit)


def decision_ball(cid: CID, decision: str) -> Ball:
    r"""Return the Bayes ball from :math:`U^D` with the family :math:`Fa(D) = Pa(D) \cup \{D\}` observed.

    >>> from cidmesa import cid
    >>> sorted(decision_ball(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D").visited)
    [0, 1, 2]
    """
    utilities = cid.indices(downstream_utilities(cid, decision))
    return roll(cid.dag, utilities, cid.indices([decision, *cid.parents(decision)]))


def requisite_observations(cid: CID, decision: str) -> tuple[str, ...]:
    r"""Return the parents of ``decision`` that are requisite, in the order in which they were declared.

    The parent X of D is requisite iff not :math:`X \perp_G U^D \mid (Pa(D) \cup \{D\}) \setminus \{X\}`, or if the
    options of D depend on X, or if D shares its rule with another decision: X may then tell the two apart.
    Source: Everitt et al. 2021, Definition 7; Lauritzen and Nilsson 2001.

    Args:
        cid: the diagram.
        decision: the decision that observes.

    >>> from cidmesa import cid
    >>> requisite_observations(cid("X -> Z; X, Z -> D; Z, D -> U", decisions=["D"], utilities=["U"]), "D")
    ('Z',)
    """
    place = cid.index(cid.known_decision(decision))
    bit, visited = cid.net.bit[place], cid.net.balls.visited
    kept = {*cid.parents(decision)} if sharing(cid, decision) else {*cid.spec(decision).offers}
    names = ((cid.nodes[parent], visited[parent] & bit) for parent in cid.dag.parents[place])
    return tuple(name for name, reached in names if reached or name in kept)


def sharing(cid: CID, decision: str) -> tuple[str, ...]:
    """Return the decisions that share the rule of ``decision``, itself among them; none if it has its own.

    >>> from cidmesa import cid
    >>> g = cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> sharing(g.sharing_rules(["D1", "D2"]), "D1"), sharing(g, "D1")
    (('D1', 'D2'), ())
    """
    return next((group for group in cid.shared_rules if decision in group), ())


def is_requisite(cid: CID, decision: str, node: str) -> Judgement:
    r"""Return whether ``node`` is, or as an added parent would be, a requisite observation of ``decision``.

    Requisite: not :math:`X \perp_{G_{X \to D}} U^D \mid (Pa(D) \cup \{D\}) \setminus \{X\}`. The witness of "yes" is an
    active path from the node to a utility. The witness of "no" is the set that separates them. All observations of a
    decision that shares its rule are requisite; the witness is the decisions that share it. An observation on which
    its options depend is requisite, too.
    Source: Everitt et al. 2021, Definition 7.

    Args:
        cid: the diagram.
        decision: the decision that observes, or would observe, the node.
        node: the node that is observed.

    Raises:
        NotApplicable: ``node`` is a utility, the decision or a descendant of it, so the decision cannot observe it.

    >>> from cidmesa import cid
    >>> g = cid("X -> Z; X, Z -> D; Z, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(is_requisite(g, "D", "X")), is_requisite(g, "D", "Z").witness
    (False, ('Z', 'U'))
    """
    _check_observable(cid, cid.known_decision(decision), node)
    if (group := sharing(cid, decision)) and node in cid.parents(decision):
        reason = f"{', '.join(group)} share a rule, and {node} may tell {decision} from the others"
        return Judgement("requisite", True, group, reason, "ours")
    if node in cid.spec(decision).offers:
        return Judgement("requisite", True, (node, decision), f"the options of {decision} depend on {node}", "ours")
    trail = decision_ball(cid, decision).trail(cid.index(node))
    rest = _shown(cid, {decision, *cid.parents(decision)} - {node})
    return _reached(
        cid,
        "requisite",
        trail,
        rest,
        f"from {node} to a utility downstream of {decision}",
        "Everitt et al. 2021, Definition 7",
    )


def _check_observable(cid: CID, decision: str, node: str) -> None:
    if cid.kind(node) == "utility":
        raise NotApplicable(
            f"{decision!r} cannot observe {node!r}: it is a utility node, which has no children. "
            "Let a chance node carry the score and ask about that node."
        )
    if node == decision or node in cid.descendants(decision):
        why = "it is the same node" if node == decision else "it descends from the decision"
        raise NotApplicable(
            f"{decision!r} cannot observe {node!r}: {why}. Ask about a node that does not descend from {decision!r}."
        )


def is_s_reachable(cid: CID, d1: str, d2: str) -> Judgement:
    r"""Return whether ``d2`` is s-reachable from ``d1``, so that ``d1`` strategically relies on ``d2``.

    s-reachable: a new parent of :math:`D_2` would be d-connected to :math:`U^{D_1}` given :math:`Pa(D_1) \cup \{D_1\}`.
    The witness of "yes" is the active path from D2 (without the new parent) to a utility. The witness of "no" is the
    family of D1. Decisions that share a rule rely on each other.
    Source: Koller and Milch 2003, Theorems 1 and 2 (sound and complete).

    Args:
        cid: the diagram.
        d1: the decision that relies on the other.
        d2: the decision on which it relies.

    Raises:
        DiagramError: one of the two is not a decision.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2 -> U; D1 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> bool(is_s_reachable(g, "D1", "D2")), bool(is_s_reachable(g, "D2", "D1"))
    (True, False)
    """
    cid.known_decision(d2)
    if d1 != d2 and d2 in (group := sharing(cid, d1)):
        return Judgement("s-reachable", True, (d1, d2), f"{', '.join(group)} share a rule")
    return replace(
        is_r_reachable(cid, d1, d2), concept="s-reachable", theorem="Koller and Milch 2003, Theorems 1 and 2"
    )


def is_r_reachable(cid: CID, decision: str, node: str) -> Judgement:
    r"""Return whether the mechanism of ``node`` is r-reachable from ``decision``.

    r-reachable: the mechanism parent of the node is d-connected to :math:`U^D` given :math:`Pa(D) \cup \{D\}`, so the
    best rule for D may depend on how the node behaves. Source: Hammond et al. 2023.

    Args:
        cid: the diagram.
        decision: the decision whose best rule may depend on the mechanism.
        node: the node whose mechanism is in question.

    Raises:
        DiagramError: ``decision`` is not a decision.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(is_r_reachable(g, "D", "U")), bool(is_r_reachable(g, "D", "S"))
    (True, False)
    """
    trail = decision_ball(cid, decision).mechanism_trail(cid.index(node))
    family = _shown(cid, {decision, *cid.parents(decision)})
    return _reached(
        cid,
        "r-reachable",
        trail,
        family,
        f"from the mechanism of {node} to a utility downstream of {decision}",
        "Hammond et al. 2023",
    )


def _reached(
    cid: CID, concept: str, trail: tuple[int, ...], given: tuple[str, ...], route: str, theorem: str
) -> Judgement:
    path = tuple(cid.nodes[step] for step in reversed(trail))
    observed = f"{{{', '.join(given)}}}"
    reason = f"a path {route} is active given {observed}" if path else f"{observed} blocks every path {route}"
    return Judgement(concept, bool(path), path or given, reason, theorem)


def _shown(cid: CID, nodes: Iterable[str]) -> tuple[str, ...]:
    return cid.names(cid.indices(nodes))


# --- all decisions ----------------------------------------------------------------------------------------------


def relevance_graph(cid: CID) -> RelevanceGraph:
    """Return the relevance graph of all decisions.

    A link D1 -> D2 says that the best rule at D1 can depend on the rule at D2.

    Source: Koller and Milch 2003.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> relevance_graph(cid("D1 -> D2 -> U; D1 -> U", decisions=["D1", "D2"], utilities=["U"])).edges
    (('D1', 'D2'),)
    """
    return RelevanceGraph.from_rows(cid.decisions, cid.net.reliance)


def is_soluble(cid: CID) -> Judgement:
    r"""Return whether the relevance graph is acyclic, so that the decisions can be solved one after the other.

    For one agent this is solubility: the decisions have an order with :math:`\Pi^{<i} \perp U^{D_i} \mid Fa(D_i)` for
    all i (van Merwijk et al. 2022, Definition 4). For several agents it is sufficient information (Hammond et al.
    2021). The witness is a solving order (last decision first), or a cycle of decisions each of which relies on the
    next.

    Source: van Merwijk et al. 2022, Definition 4; Lauritzen and Nilsson 2001; Hammond et al. 2021.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> is_soluble(cid("Z -> D1, D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])).witness
    ('D1', 'D2', 'D1')
    """
    return solubility(cid.net)


def solubility(net: Net) -> Judgement:
    """Return whether the decisions of a net can be solved one after the other, as `is_soluble`.

    >>> from cidmesa import cid
    >>> solubility(cid("D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"]).net).witness
    ('D2', 'D1')
    """
    agents = {owner for _, owner in (*net.decisions, *net.utilities)}
    source = "van Merwijk et al. 2022, Definition 4" if len(agents) <= 1 else "Hammond et al. 2021"
    names = tuple(net.names[decision] for decision, _ in net.decisions)
    return _acyclic("soluble", RelevanceGraph.from_rows(names, net.reliance), source)


def has_sufficient_recall(cid: CID, agent: str | None = None) -> Judgement:
    """Return whether the relevance graph among the decisions of ``agent`` (``None``: of each agent) is acyclic.

    Perfect recall implies sufficient recall, but not conversely. Source: Hammond et al. 2021.

    Args:
        cid: the diagram.
        agent: the agent in question; every agent if left out.

    Raises:
        DiagramError: the diagram has no agent of that name.

    >>> from cidmesa import cid
    >>> bool(has_sufficient_recall(cid("D1 -> U1; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])))
    True
    """
    graph = relevance_graph(cid)
    agents = cid.agents if agent is None else (cid.known_agent(agent),)
    parts = [graph.of(cid.decisions_of(one)) for one in agents]
    own = [edge for part in parts for edge in part.edges]
    united = RelevanceGraph(tuple(decision for part in parts for decision in part.decisions), tuple(own))
    return _acyclic("sufficient recall", united, "Hammond et al. 2021")


def _acyclic(concept: str, graph: RelevanceGraph, theorem: str) -> Judgement:
    cycle = graph.cycle()
    if cycle:
        return Judgement(concept, False, cycle, f"each relies on the next: {' -> '.join(cycle)}", theorem)
    order = ", ".join(graph.order) or "no decisions"
    return Judgement(concept, True, graph.order, f"no cycle of reliance; solving order: {order}", theorem)
