"""Value of control."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cidmesa.criteria.ground import Concept, Directed, Ground, Shown
from cidmesa.criteria.system import valuing
from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from cidmesa.criteria.decision_problem import Problem, View
    from cidmesa.criteria.paths import Bits
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["VOC", "admits_voc"]

_THEOREM = "Everitt et al. 2021, Theorem 16"


def admits_voc(cid: CID, node: str, agent: str | None = None) -> Verdict:
    """Return whether some model on the diagram gives ``node`` positive value of control for ``agent``.

    A node has value of control if the best expected utility rises when the agent also chooses the mechanism of X (with
    the same parents). The criterion is a directed path X ~> U in the reduced diagram, which is the witness. It is sound
    in every diagram, and complete for one decision (Everitt et al. 2021, Definition 15, Theorem 16) or if the path
    contains no decision.

    Source: Everitt et al. 2021, Definition 15 and Theorem 16; with several decisions the reduced diagram is ours.

    Args:
        cid: the diagram.
        node: the node X; a decision of the agent is "not applicable".
        agent: the agent; may be left out if there is only one.

    Raises:
        NotApplicable: ``agent`` is left out, and the diagram does not have exactly one agent.
        DiagramError: the diagram has no agent of that name.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> admits_voc(g, "S").witness
    ('S', 'U')
    """
    cid.index(node)
    return VOC.ask(cid, _only_agent(cid) if agent is None else agent, None, node)


def _only_agent(cid: CID) -> str:
    if len(cid.agents) != 1:
        known = ", ".join(cid.agents) or "none, so declare a decision or a utility"
        raise NotApplicable(f"value of control belongs to an agent: name the agent. The agents are: {known}.")
    return cid.agents[0]


def _controlled(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return [-1 if node in problem.net.bit else 0 for node in range(len(problem.net.names))]


def _why_controlled(view: View, node: str) -> Shown:
    return Shown((), f"{node} is a decision of {view.problem.agent}, who controls it already", _THEOREM)


VOC = Concept(
    key="voc",
    short="VoC",
    name="value of control",
    meaning="the agent would gain by choosing the node's mechanism",
    definition="some other mechanism for the node raises the best expected utility",
    criterion="directed path `X ~> U` in the minimal reduction",
    source=_THEOREM,
    colour="#DD6611",
    dashes=(2.0, 2.0),
    macro="voc",
    number="value_of_control",
    of_agent=True,
    rests_on=valuing,
    grounds=(
        Ground("not applicable", _controlled, _why_controlled),
        *Directed(
            _THEOREM,
            "from {node} to a utility that belongs to {agent}",
            reach=lambda reach, _: reach.scored,
            route=lambda paths, node: paths.to_utility(node),
            built=lambda constructions: constructions.valued,
        ).grounds,
    ),
)
