"""Finer questions: sets of nodes, direct and indirect value of control, control through given links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import CONCEPTS, VOI, admits_ici, admits_voc, admits_voi
from cidmesa.criteria.system import to_utility
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.structure.reduction import reduce
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import Nodes, as_nodes, directed_path

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Status, Verdict

__all__ = ["admits_direct_voc", "admits_indirect_voc", "admits_path_specific_ici", "admits_set"]

_WAYS = "Everitt et al. 2019 (intervention incentives), on the diagram of Everitt et al. 2021, Theorem 16"
_OPEN = "open for several decisions"
_EDGES = "Everitt et al. 2021, Theorem 18, with the edge-specific response of Farquhar et al. 2022"


def admits_direct_voc(cid: CID, node: str, agent: str | None = None) -> Verdict:
    """Return whether some model gives ``node`` value of control that does not come from better information.

    Criterion: a directed path X ~> U of length >= 0 without decisions of the agent, which is the witness. No reduction
    removes such a path, so the criterion is sound and complete for any number of decisions. Source: Everitt et al.
    2019.

    Args:
        cid: the diagram.
        node: the node that would be controlled.
        agent: the agent that gains; may be left out if there is only one.

    Raises:
        NotApplicable: ``agent`` is left out, and the diagram does not have exactly one agent.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("X -> D -> U; Y -> X, U", decisions=["D"], utilities=["U"])
    >>> admits_direct_voc(g, "Y").witness, admits_direct_voc(g, "X").status
    (('Y', 'U'), 'excluded')
    """
    whole = replace(admits_voc(cid, node, agent), concept="direct voc")
    if whole.status == "not applicable":
        return whole
    diagram = others_given(cid, whole.agent)
    path = to_utility(diagram, node, diagram.decisions)
    if path:
        return _answer(cid, whole, "admits", path, " -> ".join(path), _WAYS)
    reason = f"no directed path from {node} to a utility of {whole.agent} avoids the decisions"
    return _answer(cid, whole, "excluded", (), reason, _WAYS)


def admits_indirect_voc(cid: CID, node: str, agent: str | None = None) -> Verdict:
    """Return whether some model gives ``node`` value of control by informing a decision better.

    Criterion: a directed path X ~> D ~> U in the reduced diagram, which is the witness. It is sound in every diagram
    and complete for one decision; for several decisions, a path leaves the question undetermined. Source: Everitt et
    al. 2019.

    Args:
        cid: the diagram.
        node: the node that would be controlled.
        agent: the agent that gains; may be left out if there is only one.

    Raises:
        NotApplicable: ``agent`` is left out, and the diagram does not have exactly one agent.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("X -> D -> U; Y -> X, U", decisions=["D"], utilities=["U"])
    >>> admits_indirect_voc(g, "X").witness
    ('X', 'D', 'U')
    """
    whole = replace(admits_voc(cid, node, agent), concept="indirect voc")
    if whole.status == "not applicable":
        return whole
    kept = reduce(others_given(cid, whole.agent))
    routes = (_informed(kept, node, decision) for decision in kept.decisions)
    path = next(filter(None, routes), ())
    if not path:
        reason = f"in the reduced diagram no directed path leads from {node} through a decision to a utility"
        return _answer(cid, whole, "excluded", (), reason, _WAYS)
    one = len(kept.decisions) == 1
    return _answer(cid, whole, "admits" if one else "undetermined", path, " -> ".join(path), _WAYS if one else _OPEN)


def admits_path_specific_ici(cid: CID, decision: str, node: str, through: Iterable[tuple[str, str]]) -> Verdict:
    r"""Return whether some model has an instrumental control incentive on ``node`` through the given links.

    The definition is that of `admits_ici`, with :math:`X_d` replaced by the response of X when only the links
    ``through`` transmit D = d and all other links transmit the decision's original value. Criterion: in the reduced
    diagram, a directed path D ~> X on these links and a directed path X ~> U on any links. The witness joins the two
    paths. The criterion is sound in every diagram, and complete for one decision or if the path contains no other
    decision. Cutting ``through`` in the objective (a path-specific objective, Farquhar et al. 2022) removes this
    incentive.

    Source: Everitt et al. 2021, Definition 17, restricted to links by us; the objectives that remove it are Farquhar
    et al. 2022.

    Args:
        cid: the diagram.
        decision: the decision whose incentive it is.
        node: the node that the decision may steer.
        through: the links, as (parent, child), through which the decision acts on the node.

    Raises:
        DiagramError: ``decision`` is not a decision, or a link of ``through`` is not in the diagram.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("D -> Click -> U; D -> Opinion -> Click", decisions=["D"], utilities=["U"])
    >>> admits_path_specific_ici(g, "D", "Click", [("D", "Opinion"), ("Opinion", "Click")]).witness
    ('D', 'Opinion', 'Click', 'U')
    >>> admits_path_specific_ici(g, "D", "Opinion", [("D", "Click")]).status
    'excluded'
    """
    plain = admits_ici(cid, decision, node)
    chosen = set(through)
    cid.without_links(sorted(chosen))
    whole = replace(plain, concept="path-specific ici")
    diagram = others_given(cid, plain.agent)
    kept = reduce(diagram)
    free = _controlled(diagram, decision, node, chosen, [d for d in diagram.decisions if d != decision])
    path = free or _controlled(kept, decision, node, chosen, [])
    if not path:
        reason = f"no directed path {decision} ~> {node} on the given links goes on to a utility in the reduced diagram"
        return _answer(cid, whole, "excluded", (), reason, _EDGES)
    status: Status = "admits" if free else "undetermined"
    return _answer(cid, whole, status, path, " -> ".join(path), _EDGES if free else _OPEN)


def _controlled(
    diagram: CID, decision: str, node: str, chosen: set[tuple[str, str]], avoiding: list[str]
) -> tuple[str, ...]:
    part = diagram.without_links([link for link in diagram.edges if link not in chosen])
    ahead = directed_path(part, decision, node, avoiding=avoiding)
    onward = ahead and to_utility(diagram, node, avoiding)
    return (*ahead, *onward[1:]) if onward else ()


def _informed(kept: CID, node: str, decision: str) -> tuple[str, ...]:
    onward = directed_path(kept, node, decision) and to_utility(kept, decision)
    return (*directed_path(kept, node, decision), *onward[1:]) if onward else ()


def _answer(cid: CID, asked: Verdict, status: Status, witness: tuple[str, ...], reason: str, theorem: str) -> Verdict:
    others = [decision for decision in cid.decisions if cid.agent(decision) != asked.agent]
    taken = f" (the rules of the other agents' decisions, {', '.join(others)}, taken as given mechanisms)"
    return replace(asked, status=status, witness=witness, reason=reason + (taken if others else ""), theorem=theorem)


_SOURCE = "set version of Carey et al. 2025"


def admits_set(
    cid: CID, concept: str, nodes: Nodes, *, decision: str | None = None, agent: str | None = None
) -> Verdict:
    r"""Return whether some model has the incentive on the set ``nodes``, taken together; ``verdict.node`` is the set.

    Value of information: the optimum with links from all of W exceeds that with none. Value of control and response:
    soft interventions on W together. Instrumental control: :math:`\mathcal U_{W_d}`. Impact: :math:`W_\pi` differs.
    Criterion: some member has the incentive by itself (for value of information, in the diagram with the links of all
    members). The reason and the witness are that member's. The criterion is sound and complete for one decision,
    because d-separation has the intersection property. With several decisions, links may be material together although
    each alone is not, so "excluded" needs a reduction that removes them all.
    Source: Carey et al. 2025, Definitions 8, 11 and 12; Everitt et al. 2021, Definition 5.

    Args:
        cid: the diagram.
        concept: "voi", "voc", "ri", "ici" or "impact".
        nodes: the set W.
        decision: the decision; needed by all concepts except "voc".
        agent: the agent, for "voc" in a diagram with several agents.

    Raises:
        NotApplicable: the concept is unknown, the set is empty, or a decision is needed and missing.
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("A -> B -> U; D -> U", decisions=["D"], utilities=["U"])
    >>> verdict = admits_set(g, "voi", ["A", "B"], decision="D")
    >>> verdict.node, verdict.witness
    ('{A, B}', ('B', 'U'))
    """
    members = cid.names(set(cid.indices(as_nodes(nodes))))
    if not members:
        raise NotApplicable("the set of nodes is empty; name at least one node.")
    if concept not in CONCEPTS:
        known = ", ".join(CONCEPTS)
        raise NotApplicable(
            f"{concept!r} is not a concept with a set version.{near_miss(concept, CONCEPTS)} These are: {known}."
        )
    if CONCEPTS[concept].of_agent:
        return _united(members, [admits_voc(cid, node, agent) for node in members])
    if decision is None:
        raise NotApplicable(f"{concept} is about a decision: give decision=... (one of {', '.join(cid.decisions)}).")
    if concept == VOI.key:
        return _informed_of_all(cid, members, cid.known_decision(decision))
    return _united(members, [CONCEPTS[concept].ask_of(cid, decision, node) for node in members])


def _united(members: tuple[str, ...], verdicts: list[Verdict]) -> Verdict:
    """Return the verdict of the member that settles the set: "admits" first, "not applicable" last."""
    rank = ("admits", "undetermined", "excluded", "not applicable")
    best = min(verdicts, key=lambda verdict: rank.index(verdict.status))
    shown = f"{{{', '.join(members)}}}"
    reason = f"{best.node}: {best.reason}"
    if best.status == "excluded":
        reason = "; ".join(f"{v.node}: {v.reason}" for v in verdicts)
    return replace(best, node=shown, reason=reason, theorem=f"{best.theorem}; {_SOURCE}")


def _informed_of_all(cid: CID, members: tuple[str, ...], decision: str) -> Verdict:
    barred = [admits_voi(cid, decision, node) for node in members]
    if any(verdict.status == "not applicable" for verdict in barred):
        return _united(members, [verdict for verdict in barred if verdict.status == "not applicable"])
    linked = cid
    for node in members:
        linked = linked.with_link(node, decision)
    verdict = _united(members, [admits_voi(linked, decision, node) for node in members])
    diagram = others_given(linked, verdict.agent)
    if verdict.status != "excluded" or len(diagram.decisions) == 1:
        return verdict
    left = [node for node in members if node in reduce(diagram).parents(decision)]
    if not left:
        return replace(verdict, reason=f"a reduction removes the links of all of {verdict.node} to {decision}")
    reason = f"each link is immaterial alone, but no reduction removes all of them: {', '.join(left)} stays"
    return replace(verdict, status="undetermined", witness=tuple(left), reason=reason, theorem="open for several links")
