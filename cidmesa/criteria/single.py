"""Whether a diagram admits one incentive: value of information and control, response, instrumental control, impact.

"Admits" is said of the diagram: some model on it has the incentive. "Excluded": no model on it has. The decision rules
of agents other than the one asked about are taken as given mechanisms (`others_given`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria import directed, voi
from cidmesa.criteria.door import known_cid
from cidmesa.criteria.problem import Problem
from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from cidmesa.criteria.problem import View
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["admits_ici", "admits_impact", "admits_ri", "admits_voc", "admits_voi"]


def admits_voi(cid: CID, decision: str, node: str) -> Verdict:
    r"""Return whether some model on the diagram gives ``node`` positive value of information for ``decision``.

    Value of information: the best expected utility with the link X -> D exceeds that without it. Criterion: X is
    requisite, not :math:`X \perp U^D \mid Fa(D) \setminus \{X\}`, in the diagram with the link. Sound and complete for
    one decision (Everitt et al. 2021, Theorem 9), and for chance nodes where the diagram with the link is soluble
    (van Merwijk et al. 2022, Theorem 7). Elsewhere "excluded" is proven by the rules of `reduction`, else the status
    is "undetermined". A utility, the decision itself and its descendants: "not applicable".

    The witness of "admits" is an active path from the node to a utility, of "excluded" the nodes that separate them.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_voi(g, "D", "S")), admits_voi(g, "D", "U").status
    (True, 'not applicable')

    """
    return voi.value_of_information(_view(cid, decision, node), node)


def admits_voc(cid: CID, node: str, agent: str | None = None) -> Verdict:
    """Return whether some model on the diagram gives ``node`` positive value of control for ``agent``.

    Value of control: the best expected utility rises when the agent may also choose the mechanism of X (with the same
    parents). Criterion: a directed path X ~> U in the reduced diagram, which is the witness. Sound in every diagram;
    complete for one decision (Everitt et al. 2021, Definition 15, Theorem 16) and where the path contains no decision.

    Args:
        cid: the diagram.
        node: the node X; a decision of the agent is "not applicable".
        agent: may be left out where there is only one.

    Raises:
        NotApplicable: no ``agent`` given, and there is not exactly one.
        DiagramError: no agent of that name.
        UnknownNode: a name that is not in the diagram.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> admits_voc(g, "S").witness
    ('S', 'U')

    """
    known_cid(cid, "value of control").index(node)
    return directed.value_of_control(Problem(cid, _only_agent(cid) if agent is None else agent).view(None), node)


def admits_ri(cid: CID, decision: str, node: str) -> Verdict:
    """Return whether some model on the diagram has a response incentive of ``decision`` on ``node``.

    Response incentive: under every optimal policy some intervention on X changes D. Criterion: a directed path X ~> D
    in the reduced diagram, which is the witness. Sound in every diagram; complete for one decision (Everitt et al.
    2021, Definition 10, Theorem 12). The decision itself is "not applicable".

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.

    >>> from cidmesa import cid
    >>> g = cid("X -> Z; X, Z -> D; Z, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_ri(g, "D", "X"))
    True

    """
    return directed.response(_view(cid, decision, node), node)


def admits_ici(cid: CID, decision: str, node: str) -> Verdict:
    r"""Return whether some model on the diagram has an instrumental control incentive of ``decision`` on ``node``.

    Instrumental control incentive: for all optimal policies there are a context pa_D of positive probability and a d
    with :math:`E[U_{X_d} \mid pa_D] \neq E[U \mid pa_D]`. Criterion: a directed path D ~> X ~> U in the reduced
    diagram, which is the witness; X may be D or U. Sound in every diagram; complete for one decision (Everitt et al.
    2021, Definition 17, Theorem 18) and where the path contains no other decision.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> bool(admits_ici(g, "D2", "X")), admits_ici(g, "D1", "X").status
    (True, 'excluded')

    """
    return directed.instrumental_control(_view(cid, decision, node), node)


def admits_impact(cid: CID, decision: str, node: str) -> Verdict:
    """Return whether some model on the diagram has an incentive for ``decision`` to have an impact on ``node``.

    Impact incentive: under every optimal policy the node differs, in expectation, from its value under a baseline
    policy. Criterion: D ~> X in the diagram and D ~> U in the reduced diagram; the witness is one path after the other.
    Side effects count. Sound in every diagram; complete for one decision (Carey et al. 2025, Definition 12) and where
    D ~> U contains no other decision.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.

    >>> from cidmesa import cid
    >>> g = cid("D -> X; D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_impact(g, "D", "X")), bool(admits_ici(g, "D", "X"))
    (True, False)

    """
    return directed.impact(_view(cid, decision, node), node)


def _view(cid: CID, decision: str, node: str) -> View:
    known_cid(cid, "an incentive").index(node)
    return Problem(cid, str(cid.agent(cid.known_decision(decision)))).view(decision)


def _only_agent(cid: CID) -> str:
    if len(cid.agents) != 1:
        raise NotApplicable(f"value of control is somebody's: name the agent. The agents are: "
                            f"{', '.join(cid.agents) or 'none, so declare a decision or a utility'}.")  # fmt: skip
    return cid.agents[0]
