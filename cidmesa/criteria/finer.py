"""Finer questions: value of control by which way, and instrumental control through given links only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import admits_ici, admits_voc
from cidmesa.criteria.system import to_utility
from cidmesa.structure.reduction import reduce
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Status, Verdict

__all__ = ["admits_direct_voc", "admits_indirect_voc", "admits_path_specific_ici"]

_WAYS = "Everitt et al. 2019 (intervention incentives), on the diagram of Everitt et al. 2021, Theorem 16"
_OPEN = "open for several decisions"
_EDGES = "Everitt et al. 2021, Theorem 18, with the edge-specific response of Farquhar et al. 2022"


def admits_direct_voc(cid: CID, node: str, agent: str | None = None) -> Verdict:
    """Return whether some model gives ``node`` value of control that does not work through better information.

    Criterion: a directed path X ~> U of length >= 0 without decisions of the agent, which is the witness; no reduction
    touches it, so it is sound and complete for any number of decisions. Source: Everitt et al. 2019.

    Args:
        cid: the diagram.
        node: the node that would be controlled.
        agent: the agent that gains; may be left out where there is only one.

    Raises:
        NotApplicable: no ``agent`` given, and there is not exactly one.
        UnknownNode: a name that is not in the diagram.

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

    Criterion: a directed path X ~> D ~> U in the reduced diagram, which is the witness. Sound in every diagram,
    complete for one decision; for several decisions a path leaves the question undetermined. Source: Everitt et al.
    2019.

    Args:
        cid: the diagram.
        node: the node that would be controlled.
        agent: the agent that gains; may be left out where there is only one.

    Raises:
        NotApplicable: no ``agent`` given, and there is not exactly one.
        UnknownNode: a name that is not in the diagram.

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
    r"""Return whether some model has an instrumental control incentive on ``node`` that works through given links.

    As `admits_ici`, with :math:`X_d` replaced by the response of X when only the links ``through`` pass on that D = d
    and all others see the decision as it was. Criterion: a directed path D ~> X on these links, and X ~> U on any, in
    the reduced diagram; the witness is one path after the other. Sound in every diagram; complete for one decision and
    where the path contains no other decision. Cutting ``through`` in the objective (a path-specific objective, Farquhar
    et al. 2022) removes this incentive.

    Source: Everitt et al. 2021, Definition 17, restricted to links by us; the objectives that remove it are Farquhar
    et al. 2022.

    Args:
        cid: the diagram.
        decision: the decision whose incentive it is.
        node: the node that the decision may steer.
        through: the links, as (parent, child), through which the decision acts on the node.

    Raises:
        DiagramError: ``decision`` is not a decision, or a link of ``through`` is not in the diagram.
        UnknownNode: a name that is not in the diagram.

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
