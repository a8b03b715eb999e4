"""Value of information."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cidmesa.criteria.ground import Concept, Ground, Shown
from cidmesa.criteria.system import informing
from cidmesa.structure.deterministic_closure import closed_to
from cidmesa.structure.relevance import sharing

if TYPE_CHECKING:
    from cidmesa.criteria.decision_problem import Problem, View
    from cidmesa.criteria.paths import Bits, Path
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["VOI", "admits_voi"]

_ONE = "Everitt et al. 2021, Theorem 9"
_CHANCE = "van Merwijk et al. 2022, Theorem 7"
_DECISION = f"{_CHANCE} covers chance nodes; for a decision, rules R0 and R1 agree with brute force, not proven"
_ALONE = f"models of many copies in which one decision stands alone, and {_ONE}"
_OPEN = "open for insoluble diagrams (van Merwijk et al. 2022; Carey, Lee and Evans 2024)"


def admits_voi(cid: CID, decision: str, node: str) -> Verdict:
    r"""Return whether some model on the diagram gives ``node`` positive value of information for ``decision``.

    A node has value of information if the best expected utility with the link X -> D exceeds that without it. The
    criterion is that X is requisite, not :math:`X \perp U^D \mid Fa(D) \setminus \{X\}`, in the diagram with the link.
    It is sound and complete for one decision, and for chance nodes if the diagram with the link is soluble. In other
    cases the rules of `reduction` prove "excluded" and the constructions of `cidmesa.criteria.insoluble` prove
    "admits"; if neither applies, the status is "undetermined". A utility, the decision itself and its descendants are
    "not applicable".

    The witness of "admits" is an active path from the node to a utility; that of "excluded" is the nodes that separate
    them.

    Source: Everitt et al. 2021, Definition 8 and Theorem 9; van Merwijk et al. 2022, Theorem 7.

    Args:
        cid: the diagram.
        decision: the decision that would observe the node.
        node: the node; the decision may observe it already or not.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> bool(admits_voi(g, "D", "S")), admits_voi(g, "D", "U").status
    (True, 'not applicable')
    """
    return VOI.ask_of(cid, decision, node)


# --- not to be observed, or not active -----------------------------------------------------------------------------


def _unobservable(problem: Problem, _: Callable[[], Bits]) -> Bits:
    bits = list(problem.net.below)
    for utility in problem.diagram.indices(problem.cid.utilities):
        bits[utility] = -1
    return bits


def _why_unobservable(view: View, node: str) -> Shown:
    why = f"{node} is {view.decision} or descends from it, so observing it first is impossible"
    if view.problem.cid.kind(node) == "utility":
        why = f"{node} is a utility node, which cannot be observed; ask about a chance node that carries its value"
    return Shown((), why, "Everitt et al. 2021, Definition 8")


def _bound(problem: Problem, _: Callable[[], Bits]) -> Bits:
    net = problem.net
    bits = [sum(net.sharing)] * len(net.names)
    for node, decision in net.offers:
        bits[node] |= net.bit[decision]
    return bits


def _why_bound(view: View, node: str) -> Shown:
    if node in view.problem.diagram.spec(str(view.decision)).offers:
        return Shown((), f"the options of {view.decision} depend on {node}, so it must observe {node}", _ONE)
    group = sharing(view.problem.diagram, str(view.decision))
    others = ", ".join(decision for decision in group if decision != view.decision)
    return Shown(group, f"{view.decision} shares its rule with {others}, so it cannot observe {node} alone", _ONE)


def _separated(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return [~bits for bits in problem.net.balls.visited]


def _separating(view: View, node: str) -> Shown:
    diagram, decision = view.problem.diagram, str(view.decision)
    rest = diagram.names(diagram.indices({decision, *diagram.parents(decision)} - {node}))
    reason = f"{{{', '.join(rest)}}} separates {node} from the utilities downstream of {decision}"
    return Shown(rest, reason, _ONE)


# --- active: one decision ------------------------------------------------------------------------------------------


def _one_decision(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return problem.everywhere if problem.one_decision else problem.nowhere


def _active(view: View, node: str) -> Path:
    return view.named(view.ball.trail(view.problem.diagram.index(node))[::-1])


def _trail(view: View, node: str) -> Shown:
    path = _active(view, node)
    return Shown(path, f"{node} is active to a utility given what {view.decision} knows besides: {_shown(path)}", _ONE)


def _shown(path: Path) -> str:
    return " - ".join(path)


# --- active: several decisions -------------------------------------------------------------------------------------


def _alone(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return problem.constructions.told


def _in_company(problem: Problem, asked: Callable[[], Bits]) -> Bits:
    """Return where others pass on a message, or a deputy acts; only for decisions about which something is open."""
    if problem.net.shared:  # who passes on a message acts on its own
        return problem.nowhere
    open_ = asked()
    bits = list(problem.constructions.tells)
    for decision, bit in problem.net.bit.items():
        for stage in problem.constructions.informed(decision) if any(o & bit for o in open_) else ():
            for node, told in enumerate(stage.told):
                bits[node] |= bit if told and node not in stage.watched else 0
    return bits


def _if_insoluble(problem: Problem, asked: Callable[[], Bits]) -> Bits:
    return _in_company(problem, asked) if problem.insoluble else problem.nowhere


def _constructed(view: View, node: str) -> Shown:
    if view.problem.soluble:
        step, soluble = view.problem.link(view.problem.diagram.index(node), view.place)
        if soluble and not step:
            return _not_dropped(view, node)
    path = view.named(view.problem.constructions.informing(view.place, view.problem.diagram.index(node)))
    return Shown(path, f"{_shown(path)} is active, also where one decision stands alone", _ALONE)


def _immaterial(problem: Problem, asked: Callable[[], Bits]) -> Bits:
    net = problem.net
    bits = [closed & ~seen for closed, seen in zip(closed_to(net), net.families, strict=True)]
    for node, decision, gone, _ in _links(problem, [o & ~b for o, b in zip(asked(), bits, strict=True)]):
        bits[node] |= net.bit[decision] if gone else 0
    return bits


def _rule(view: View, node: str) -> Shown:
    step = view.problem.certificate(view.problem.diagram.index(node), view.place)
    reason = f"the link {node} -> {view.decision} is immaterial by rule {step.rule}: {step.reason}"
    return Shown(step.given, reason, f"rule {step.rule}, sound in every diagram")


def _soluble(problem: Problem, asked: Callable[[], Bits]) -> Bits:
    bits = list(problem.nowhere)
    for node, decision, _, soluble in _links(problem, asked()):
        bits[node] |= problem.net.bit[decision] if soluble else 0
    return bits


def _links(problem: Problem, open_: Bits) -> Iterator[tuple[int, int, bool, bool]]:
    """Yield each open node and decision, with whether the link is immaterial, and soluble the diagram with it."""
    for decision, bit in problem.net.bit.items():
        nodes = {node for node, bits in enumerate(open_) if bits & bit}
        there = nodes.intersection(problem.net.dag.parents[decision])
        for node in there:
            yield node, decision, bool(problem.certifier.removal(node, decision)), bool(problem.soluble)
        for node, (gone, soluble) in problem.new_links(decision, nodes - there).items():
            yield node, decision, gone, soluble


def _not_dropped(view: View, node: str) -> Shown:
    path, link = _active(view, node), f"{node} -> {view.decision}"
    reason = f"the diagram with {link} is soluble and no rule drops the link: {_shown(path)} is active"
    return Shown(path, reason, _CHANCE if view.problem.diagram.kind(node) == "chance" else _DECISION)


def _anything(problem: Problem, _: Callable[[], Bits]) -> Bits:
    return problem.everywhere


def _unsettled(view: View, node: str) -> Shown:
    _, soluble = view.problem.link(view.problem.diagram.index(node), view.place)
    link = f"{node} -> {view.decision}"
    why = "options depend on observations" if soluble else f"the diagram is not soluble ({soluble.reason})"
    reason = f"with {link} {why}, and no rule drops the link"
    return Shown(soluble.witness, reason, _OPEN)


VOI = Concept(
    key="voi",
    short="VoI",
    name="value of information",
    meaning="the decision is worth more if it observes the node",
    definition="the best expected utility is higher if the decision observes the node than if it does not",
    criterion="`X` d-connected to a downstream utility given the rest of what `D` knows",
    source="Everitt et al. 2021, Theorem 9",
    colour="#0077BB",
    dashes=(5.0, 2.5),
    macro="voi",
    number="value_of_information",
    rests_on=informing,
    grounds=(
        Ground("not applicable", _unobservable, _why_unobservable),
        Ground("not applicable", _bound, _why_bound),
        Ground("excluded", _separated, _separating),
        Ground("admits", _one_decision, _trail),
        Ground("admits", _alone, _constructed),
        Ground("admits", _if_insoluble, _constructed),
        Ground("excluded", _immaterial, _rule),
        Ground("admits", _soluble, _not_dropped),
        Ground("admits", _in_company, _constructed),
        Ground("undetermined", _anything, _unsettled),
    ),
)
