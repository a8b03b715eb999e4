"""What an admitted incentive rests on: links that are enough for it, whatever other links go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import admits_ici, admits_impact, admits_ri, admits_voc, admits_voi
from cidmesa.criteria.fairness import admits_unfairness
from cidmesa.criteria.finer import admits_direct_voc, admits_indirect_voc
from cidmesa.criteria.system import by_itself, controlling, find_system, path_links, systems_below, to_utility
from cidmesa.errors import NotApplicable
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["ask_again", "support"]

Link = tuple[str, str]
_OF_A_DECISION = {"voi": admits_voi, "ri": admits_ri, "ici": admits_ici, "impact": admits_impact,
                  "unfairness": admits_unfairness}  # fmt: skip
_OF_AN_AGENT = {"voc": admits_voc, "direct voc": admits_direct_voc, "indirect voc": admits_indirect_voc}


def ask_again(cid: CID, verdict: Verdict) -> Verdict:
    """Return the answer for ``cid`` to the question that ``verdict`` answered, perhaps for another diagram.

    Raises:
        NotApplicable: a concept whose question is more than decision and node.

    >>> from cidmesa import cid
    >>> g = cid("D -> X -> U", decisions=["D"], utilities=["U"])
    >>> ask_again(g.without_link("X", "U"), admits_ici(g, "D", "X")).status
    'excluded'

    """
    if verdict.concept in _OF_AN_AGENT:
        return _OF_AN_AGENT[verdict.concept](cid, verdict.node, verdict.agent)
    if verdict.concept in _OF_A_DECISION and verdict.node in cid:
        return _OF_A_DECISION[verdict.concept](cid, str(verdict.decision), verdict.node)
    known = ", ".join([*_OF_A_DECISION, *_OF_AN_AGENT])
    raise NotApplicable(f"{verdict.concept} on {verdict.node} can't be asked again from its verdict; these can, "
                        f"on single nodes: {known}.")  # fmt: skip


def support(cid: CID, verdict: Verdict) -> tuple[Link, ...] | None:
    """Return links such that no diagram with these and some of the other links excludes the incentive.

    Where information matters: the links of a system of an observation, in the diagram without the agent's other
    decisions, and of a path to it. Elsewhere: of directed paths without other decisions. ``None``: not known, which
    does not occur for one decision. With these links there is a model that silences the other decisions.

    >>> from cidmesa import cid
    >>> g = cid("X -> S -> D; S, D -> U; Y -> D", decisions=["D"], utilities=["U"])
    >>> support(g, admits_ri(g, "D", "X"))
    (('X', 'S'), ('S', 'D'), ('S', 'U'), ('D', 'U'))
    """
    if not verdict:
        return None
    diagram = others_given(cid, verdict.agent)
    decisions = [d for d in diagram.decisions if verdict.decision in (None, d)]
    if verdict.concept in ("voc", "direct voc"):
        path = to_utility(diagram, verdict.node, diagram.decisions)
        if path or not decisions:
            return path_links(path)
    found = (_RESTS_ON[verdict.concept](diagram, d, verdict.node) for d in decisions)
    return next((tuple(dict.fromkeys(links)) for links in found if links is not None), None)


def _informing(cid: CID, decision: str, node: str) -> tuple[Link, ...] | None:
    rest = by_itself(cid, decision)
    system = find_system(rest, decision, node) if node in rest else None
    return system.links if system else None


def _responding(cid: CID, decision: str, node: str) -> tuple[Link, ...] | None:
    rest = by_itself(cid, decision)
    pairs = systems_below(rest, decision, node) if node in rest else iter(())
    return next(((*path_links((*path, decision)), *system.links) for path, system in pairs), None)


def _controlling(cid: CID, decision: str, node: str) -> tuple[Link, ...] | None:
    path = controlling(cid, decision, node)
    return path_links(path) if path else None


def _moving(cid: CID, decision: str, node: str) -> tuple[Link, ...] | None:
    aim = controlling(cid, decision, decision)
    return path_links(directed_path(cid, decision, node), aim) if aim else None


_RESTS_ON = {"voi": _informing, "ri": _responding, "unfairness": _responding, "voc": _responding,
             "indirect voc": _responding, "ici": _controlling, "impact": _moving}  # fmt: skip
