"""The criterion for value of information."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cidmesa.criteria.problem import View
    from cidmesa.structure.verdict import Status, Verdict

__all__ = ["status_of", "value_of_information"]

_ONE = "Everitt et al. 2021, Theorem 9"
_CHANCE = "van Merwijk et al. 2022, Theorem 7"
_DECISION = f"{_CHANCE} covers chance nodes; for a decision, rules R0 and R1 agree with brute force, not proven"
_ALONE = f"models of many copies in which one decision stands alone, and {_ONE}"
_OPEN = "open for insoluble diagrams (van Merwijk et al. 2022; Carey, Lee and Evans 2024)"


def value_of_information(view: View, node: str) -> Verdict:
    """Return the verdict on value of information of ``node`` for the decision of ``view``.

    One decision: the Bayes ball decides. Several: the link is added where it is missing, the rules are asked for a
    certificate that it is immaterial, and solubility is checked with the link in place, since a link can destroy it.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> value_of_information(Problem(g, "agent").view("D2"), "D1").status
    'excluded'
    """
    if why := _not_observable(view, node):
        return view.verdict("voi", node, "not applicable", (), why, "Everitt et al. 2021, Definition 8")
    diagram, decision = view.problem.diagram, str(view.decision)
    path = tuple(diagram.nodes[step] for step in reversed(view.ball.trail(diagram.index(node))))
    if not path:
        rest = diagram.names(diagram.indices({decision, *diagram.parents(decision)} - {node}))
        reason = f"{{{', '.join(rest)}}} separates {node} from the utilities downstream of {decision}"
        return view.verdict("voi", node, "excluded", rest, reason, _ONE)
    if view.problem.one_decision:
        reason = f"{node} is active to a utility given what {decision} knows besides: {' - '.join(path)}"
        return view.verdict("voi", node, "admits", path, reason, _ONE)
    return _with_several_decisions(view, node, path)


def _not_observable(view: View, node: str) -> str:
    if view.problem.cid.kind(node) == "utility":
        return f"{node} is a utility node, which can't be observed; ask about a chance node that carries its value"
    if view.whole.from_decision(node):
        return f"{node} is {view.decision} or descends from it, so observing it first is impossible"
    return ""


def _with_several_decisions(view: View, node: str, path: tuple[str, ...]) -> Verdict:
    problem, decision = view.problem, str(view.decision)
    if not problem.soluble and (found := view.path_alone(node)):
        return _admitted_alone(view, node, found)
    step, soluble = problem.link(node, decision)
    if step:
        reason = f"the link {node} -> {decision} is immaterial by rule {step.rule}: {step.reason}"
        return view.verdict("voi", node, "excluded", step.given, reason, f"rule {step.rule}, sound in every diagram")
    shown = " - ".join(path)
    if soluble:
        reason = f"the diagram with {node} -> {decision} is soluble and no rule drops the link: {shown} is active"
        theorem = _CHANCE if problem.diagram.kind(node) == "chance" else _DECISION
        return view.verdict("voi", node, "admits", path, reason, theorem)
    if found := view.path_alone(node):
        return _admitted_alone(view, node, found)
    reason = f"with {node} -> {decision} the diagram is not soluble ({soluble.reason}), and no rule drops the link"
    return view.verdict("voi", node, "undetermined", soluble.witness, reason, _OPEN)


def status_of(view: View, node: str) -> Status:
    """Return the status where there are several decisions and the node can be observed and is active to a utility.

    The status of `value_of_information`, without the path that shows it.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> status_of(Problem(g, "agent").view("D2"), "D1")
    'excluded'
    """
    insoluble = not view.problem.soluble
    if insoluble and view.path_alone(node):
        return "admits"
    step, soluble = view.problem.link(node, str(view.decision))
    if step:
        return "excluded"
    return "admits" if soluble or (not insoluble and view.path_alone(node)) else "undetermined"


def _admitted_alone(view: View, node: str, path: tuple[str, ...]) -> Verdict:
    reason = f"{' - '.join(path)} is active, also where one decision stands alone"
    return view.verdict("voi", node, "admits", path, reason, _ALONE)
