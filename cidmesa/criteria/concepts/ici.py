"""Instrumental control incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.ground import Concept, Directed
from cidmesa.criteria.system import steering

if TYPE_CHECKING:
    from cidmesa.criteria.paths import Bits, Reach
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["ICI", "admits_ici"]

_THEOREM = "Everitt et al. 2021, Theorem 18"


def admits_ici(cid: CID, decision: str, node: str) -> Verdict:
    r"""Return whether some model on the diagram has an instrumental control incentive of ``decision`` on ``node``.

    A model has this incentive if the agent gets utility by steering the node: for every optimal policy,
    :math:`E[U_{X_d} \mid pa_D] \neq E[U \mid pa_D]` for some context pa_D of positive probability and some option d.
    The criterion is a directed path D ~> X ~> U in the reduced diagram, which is the witness; X may be D or U. It is
    sound in every diagram, and complete for one decision or if the path contains no other decision.

    Source: Everitt et al. 2021, Definition 17 and Theorem 18; with several decisions the reduced diagram is ours.

    Args:
        cid: the diagram.
        decision: the decision whose incentive it is.
        node: the node that the decision may steer.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> bool(admits_ici(g, "D2", "X")), admits_ici(g, "D1", "X").status
    (True, 'excluded')
    """
    return ICI.ask_of(cid, decision, node)


def _between(reach: Reach, _: Reach) -> Bits:
    return [below & scored for below, scored in zip(reach.below, reach.scored, strict=True)]


ICI = Concept(
    key="ici",
    short="ICI",
    name="instrumental control incentive",
    meaning="the agent gets utility by steering the node",
    definition="setting the node as if another option had been taken changes the utility of all optimal policies",
    criterion="directed path `D ~> X ~> U`",
    source=_THEOREM,
    colour="#CC3311",
    dashes=(3.5, 2.0),
    macro="fci",
    number="has_ici",
    rests_on=steering,
    only_paths=True,
    grounds=Directed(
        _THEOREM,
        "from {decision} through {node} to a utility that belongs to {agent}",
        reach=_between,
        route=lambda paths, node: paths.through(node),
        built=lambda constructions: constructions.controlled,
    ).grounds,
)
