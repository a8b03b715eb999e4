"""What information and control are worth in a model: the optimum with it less the optimum without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.concepts import VOC, VOI
from cidmesa.errors import NotApplicable
from cidmesa.modelling.mechanism import Constant
from cidmesa.modelling.numbers import TOL, Number, as_number, show
from cidmesa.quantities.quantity import Quantity
from cidmesa.solving.optimal.solution import solve
from cidmesa.solving.utility import expected_utility, only_agent, slack_of
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.modelling.model import Model

__all__ = ["value_of_control", "value_of_information"]


def value_of_information(model: Model, decision: str, node: str, *, tol: float = TOL) -> Quantity:
    r"""Return :math:`\mathcal V^*(M_{X \to D}) - \mathcal V^*(M_{X \not\to D})`, never negative.

    The link is added or removed as needed and the model solved twice, exactly, whatever the recall. ``tol``: a value in
    floats of at most this share of the spread of utilities is none, as for `solve`.
    Source: Everitt et al. 2021, Definition 8; Howard 1966.

    Args:
        model: the model.
        decision: the decision that observes the node, or would.
        node: the node.
        tol: for floats: a value below this share of the spread of utilities is zero.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: the node is a utility, the decision or a descendant of it; or several agents decide.
        TooLarge: as `solve`.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> value_of_information(cm.model(g, S=cm.uniform([-1, 1]), D=[-1, 1], U="S * D"), "D", "S") == 1
    True

    """
    spec = model.cid.spec(model.cid.known_decision(decision))
    _check_observable(model, decision, node)
    rest = tuple(parent for parent in spec.parents if parent != node)
    with_link = solve(model.revised([Node(decision, spec.kind, spec.agent, (*rest, node))]), tol=tol)
    without = solve(model.revised([Node(decision, spec.kind, spec.agent, rest)]), tol=tol).value
    slack = slack_of(model, spec.agent, tol)
    return _difference(VOI.key, with_link.value, without, slack, f"with {node} -> {decision}", "without")


def value_of_control(model: Model, node: str, *, values: Iterable[object] = (), tol: float = TOL) -> Quantity:
    r"""Return :math:`\max_{\pi, g^X} E_\pi[\mathcal U_{g^X}] - \mathcal V^*(M)`, never negative.

    ``g^X`` is any mechanism of X with the same parents. X becomes a decision of the agent in a copy of the model, which
    is solved exactly; the result is often not soluble. A utility may be set to the values in its table and to
    ``values``, a model declaring no domain for it. Source: Everitt et al. 2021, Definition 15.

    Args:
        model: the model; at most one agent decides.
        node: the node X, not a decision.
        values: further values, for a utility node only.
        tol: a value in floats of at most this share of the spread of utilities is none, as for `solve`.

    Raises:
        NotApplicable: the node is a decision; several agents decide.
        TooLarge: as `solve`.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([-1, 1]), D=[-1, 1], U="S * D")
    >>> blind = m.revised([cm.Node("D", "decision", "agent")])
    >>> value_of_control(m, "S").value, value_of_control(blind, "S").value
    (Fraction(0, 1), Fraction(1, 1))

    """
    if model.cid.kind(node) == "decision":
        raise NotApplicable(f"{node!r} is a decision, which its owner controls already; ask about another node.")
    plain, agent = _optimum(model, tol)
    if model.cid.kind(node) == "utility":
        best = max([*model.table(node).values.ravel().tolist(), *map(as_number, values)])
        spec = Node(node, "utility", model.cid.agent(node))
        controlled, _ = _optimum(model.revised([spec], mechanisms={node: Constant(best)}), tol)
        free = controlled if model.cid.agent(node) == agent else plain
    else:
        free = solve(model.revised([Node(node, "decision", agent, model.cid.parents(node))]), tol=tol).value
    return _difference(VOC.key, free, plain, slack_of(model, agent, tol), f"controlling {node}", "not")


def _optimum(model: Model, tol: float) -> tuple[Number, str]:
    """Return the value of the model and for whom; where nobody decides, the expected utility of the only owner."""
    if not model.cid.decisions:
        agent = only_agent(model, None)
        return expected_utility(model, agent=agent), agent
    solution = solve(model, tol=tol)
    return solution.value, solution.agent


def _check_observable(model: Model, decision: str, node: str) -> None:
    if model.cid.kind(node) == "utility":
        raise NotApplicable(f"{decision!r} can't observe {node!r}, a utility; let a chance node carry its value.")
    if node == decision or node in model.cid.descendants(decision):
        raise NotApplicable(f"{decision!r} can't observe {node!r}, which is itself or comes after it.")


def _difference(concept: str, high: Number, low: Number, slack: float, how: str, otherwise: str) -> Quantity:
    value = high - low
    return Quantity(
        concept, value, bool(value > slack), (), f"{show(high)} {how}, {show(low)} {otherwise}", "solved twice"
    )
