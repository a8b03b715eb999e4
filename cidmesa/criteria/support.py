"""What an admitted incentive rests on: links that are enough for it, whatever other links go."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cidmesa.criteria.fairness import admits_unfairness
from cidmesa.criteria.refined import admits_direct_voc, admits_indirect_voc
from cidmesa.criteria.single import admits_ici, admits_impact, admits_ri, admits_voc, admits_voi
from cidmesa.criteria.system import find_system, path_links
from cidmesa.errors import NotApplicable
from cidmesa.structure.relevance import others_given

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
    """Return links such that every diagram with these and some of the other links admits the incentive too.

    For one decision of the agent: the links of the witness path and, where information matters, of a system of the
    observation on it. For several: the witness path where it contains no other decision. ``None``: not known.

    >>> from cidmesa import cid
    >>> g = cid("X -> S -> D; S, D -> U; Y -> D", decisions=["D"], utilities=["U"])
    >>> support(g, admits_ri(g, "D", "X"))
    (('X', 'S'), ('S', 'D'), ('S', 'U'), ('D', 'U'))
    """
    if not verdict:
        return None
    own = cid.decisions_of(verdict.agent)
    steps = itertools.pairwise(verdict.witness)
    walked = tuple(link for link in steps if link[0] in cid.parents(link[1]))
    if verdict.concept == "voi":
        return _informing(cid, verdict, verdict.node) if len(own) == 1 else None
    if verdict.concept in ("ri", "unfairness"):
        return _dropping_repeats(walked, _informing(cid, verdict, verdict.witness[-2])) if len(own) == 1 else None
    met = [node for node in _aim(verdict)[1:] if node in own]
    if verdict.concept in ("ici", "impact") or not met:
        return walked if len(own) == 1 or not met else None
    seen = verdict.witness[verdict.witness.index(met[0]) - 1]
    return _dropping_repeats(walked, _informing(cid, verdict, seen)) if len(own) == 1 else None


def _aim(verdict: Verdict) -> tuple[str, ...]:
    """Return the last of the directed paths of the witness, the one that ends in a utility."""
    if verdict.concept != "impact":
        return verdict.witness
    place = len(verdict.witness) - 1 - verdict.witness[::-1].index(str(verdict.decision))
    return verdict.witness[place:]


def _informing(cid: CID, verdict: Verdict, seen: str) -> tuple[Link, ...]:
    diagram = others_given(cid, verdict.agent)
    system = find_system(diagram, diagram.decisions[0], seen)
    return system.links if system else path_links()


def _dropping_repeats(*parts: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(dict.fromkeys(itertools.chain.from_iterable(parts)))
