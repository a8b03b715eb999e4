"""Response incentives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cidmesa.criteria.ground import Concept, Directed, Ground, Shown
from cidmesa.criteria.system import responding

if TYPE_CHECKING:
    from cidmesa.criteria.decision_problem import Problem, View
    from cidmesa.criteria.paths import Bits
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["RI", "admits_ri"]

_THEOREM = "Everitt et al. 2021, Theorem 12"


def admits_ri(cid: CID, decision: str, node: str) -> Verdict:
    """Return whether some model on the diagram has a response incentive of ``decision`` on ``node``.

    A model has this incentive if under every optimal policy some intervention on X changes D. The criterion is a
    directed path X ~> D in the reduced diagram, which is the witness. It is sound in every diagram, and complete for
    one decision. The decision itself is "not applicable".

    Source: Everitt et al. 2021, Definition 10 and Theorem 12; with several decisions the reduced diagram is ours.

    Args:
        cid: the diagram.
        decision: the decision that responds.
        node: the node to which it responds; it need not be observed.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("X -> Z; X, Z -> D; Z, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_ri(g, "D", "X"))
    True
    """
    return RI.ask_of(cid, decision, node)


def _itself(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return [problem.net.bit.get(node, 0) for node in range(len(problem.net.names))]


def _why_itself(_: View, node: str) -> Shown:
    return Shown((), f"{node} is the decision itself; a response is to something else", _THEOREM)


RI = Concept(
    key="ri",
    short="RI",
    name="response incentive",
    meaning="every optimal policy responds to the node",
    definition="under every optimal policy some intervention on the node changes the decision",
    criterion="directed path `X ~> D` in the minimal reduction",
    source=_THEOREM,
    colour="#009988",
    dashes=(8.0, 2.5),
    macro="ri",
    number="has_ri",
    rests_on=responding,
    grounds=(
        Ground("not applicable", _itself, _why_itself),
        *Directed(
            _THEOREM,
            "from {node} to {decision}",
            reach=lambda reach, _: reach.above,
            route=lambda paths, node: paths.to_decision(node),
            built=lambda constructions: constructions.responses,
            free=False,
        ).grounds,
    ),
)
