"""Impact incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.ground import Concept, Directed
from cidmesa.criteria.system import moving

if TYPE_CHECKING:
    from cidmesa.criteria.paths import Bits, Path, Paths, Reach
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["IMPACT", "admits_impact"]

_THEOREM = "Carey et al. 2025, Definition 12 and its criterion"


def admits_impact(cid: CID, decision: str, node: str) -> Verdict:
    """Return whether some model on the diagram has an incentive for ``decision`` to have an impact on ``node``.

    A model has this incentive if the node differs, in expectation under every optimal policy, from its value under a
    baseline policy. Side effects count. The criterion is D ~> X in the diagram and D ~> U in the reduced diagram; the
    witness joins the two paths. It is sound in every diagram, and complete for one decision (Carey et al. 2025,
    Definition 12) or if D ~> U contains no other decision.

    Source: Carey et al. 2025, Definition 12.

    Args:
        cid: the diagram.
        decision: the decision whose incentive it is.
        node: the node that may be moved.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import admits_ici, cid
    >>> g = cid("D -> X; D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_impact(g, "D", "X")), bool(admits_ici(g, "D", "X"))
    (True, False)
    """
    return IMPACT.ask_of(cid, decision, node)


def _moving(reach: Reach, whole: Reach) -> Bits:
    aims = reach.aims
    return [bits & aims for bits in whole.below]


def _aim(paths: Paths, _: str) -> Path:
    return paths.through(str(paths.decision))


IMPACT = Concept(
    key="impact",
    short="Impact",
    name="impact incentive",
    meaning="every optimal policy moves the node, if only as a side effect",
    definition="every optimal policy moves the node away from what it is under a baseline",
    criterion="`D ~> X` and `D ~> U`",
    source="Carey et al., journal version",
    colour="#AA3377",
    dashes=(1.2, 2.4),
    macro="",
    number="has_impact",
    rests_on=moving,
    only_paths=True,
    grounds=Directed(
        _THEOREM,
        "from {decision} to a utility that belongs to {agent}",
        reach=_moving,
        route=_aim,
        built=lambda constructions: constructions.moved,
        ahead=lambda paths, node: paths.from_decision(node),
    ).grounds,
)
