"""Incentives on sets of nodes: intervening on, or observing, several nodes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import CONCEPTS, VOI, admits_voc, admits_voi
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.structure.reduction import reduce
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import as_nodes

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.separation import Nodes
    from cidmesa.structure.verdict import Verdict

__all__ = ["admits_set"]

_SOURCE = "set version of Carey et al. 2025"


def admits_set(
    cid: CID, concept: str, nodes: Nodes, *, decision: str | None = None, agent: str | None = None
) -> Verdict:
    r"""Return whether some model has the incentive on the set ``nodes``, taken together; ``verdict.node`` is the set.

    Value of information: the optimum with links from all of W exceeds that with none. Value of control and response:
    soft interventions on W together. Instrumental control: :math:`\mathcal U_{W_d}`. Impact: :math:`W_\pi` differs.
    Criterion: some member has the incentive by itself (for value of information: in the diagram with the links of all);
    the reason and the witness are that member's. For one decision sound and complete, d-separation having the
    intersection property. For several decisions the links of a set may be material together where each alone is not,
    so that "excluded" needs a reduction that removes them all.
    Source: Carey et al. 2025, Definitions 8, 11 and 12; Everitt et al. 2021, Definition 5.

    Args:
        cid: the diagram.
        concept: "voi", "voc", "ri", "ici" or "impact".
        nodes: the set W.
        decision: needed by all concepts but "voc".
        agent: for "voc" where there are several agents.

    Raises:
        NotApplicable: an unknown concept, an empty set, or no decision where one is needed.
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.

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
        return _informed(cid, members, cid.known_decision(decision))
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


def _informed(cid: CID, members: tuple[str, ...], decision: str) -> Verdict:
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
