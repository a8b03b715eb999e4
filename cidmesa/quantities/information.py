"""What information and control are worth in a model, and whether and how often an optimal choice answers to a node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.criteria.concepts import RI, VOC, VOI
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.inference import eliminate
from cidmesa.modelling.mechanism import Constant
from cidmesa.modelling.numbers import TOL, Array, Number, as_number, show
from cidmesa.quantities.one_decision import Index, Play
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin_network import Other, alone, plain_number, with_set
from cidmesa.solving.optimal.solution import solve
from cidmesa.solving.utility import expected_utility, only_agent, slack_of
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["has_ri", "response_probability", "value_of_control", "value_of_information"]


def value_of_information(model: Model, decision: str, node: str, *, tol: float = TOL) -> Quantity:
    r"""Return :math:`\mathcal V^*(M_{X \to D}) - \mathcal V^*(M_{X \not\to D})`, never negative.

    The link is added or removed as needed, and the model is solved twice, exactly, for any recall.
    Source: Everitt et al. 2021, Definition 8; Howard 1966.

    Args:
        model: the model.
        decision: the decision that observes, or would observe, the node.
        node: the node.
        tol: for floats: a value below this share of the spread of utilities counts as zero.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: the node is a utility, the decision or a descendant of it, the decision's options depend on the
            node (`menu`), or several agents decide.
        TooLarge: as for `solve`.

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

    :math:`g^X` is any mechanism of X with the same parents. X becomes a decision of the agent in a copy of the model,
    which is solved exactly, although it is often not soluble. Models declare no domain for a utility, so it may be set
    to the values in its table and to ``values``. Source: Everitt et al. 2021, Definition 15.

    Args:
        model: the model; at most one agent decides.
        node: the node X, not a decision.
        values: further values, for a utility node only.
        tol: for floats: a value of at most this share of the spread of utilities counts as zero, as for `solve`.

    Raises:
        NotApplicable: the node is a decision, or several agents decide.
        TooLarge: as for `solve`.

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
        raise NotApplicable(f"{decision!r} cannot observe {node!r}, a utility; let a chance node carry its value.")
    if decision in model.menus and node in model.menus[decision].parents:
        raise NotApplicable(
            f"the options of {decision!r} depend on {node!r}, so without observing it {decision!r} would not know "
            f"which options it has. List the same options for all states of {node!r}, and let a utility be low for "
            "those that are not there."
        )
    if node == decision or node in model.cid.descendants(decision):
        raise NotApplicable(f"{decision!r} cannot observe {node!r}, which is itself or comes after it.")


def _difference(concept: str, high: Number, low: Number, slack: float, how: str, otherwise: str) -> Quantity:
    value = high - low
    return Quantity(
        concept, value, bool(value > slack), (), f"{show(high)} {how}, {show(low)} {otherwise}", "solved twice"
    )


def has_ri(model: Model, decision: str, node: str, *, tol: float = TOL) -> Quantity:
    r"""Return whether every optimal policy responds to ``node``: some do(X = x) changes the decision somewhere.

    Contexts of D that do(X = x) turns into each other form a group. A policy that does not respond takes one option in
    each group. It can be optimal iff in each group some option is best in all contexts that occur and available in the
    others (`menu`). No policy is enumerated. The witness is a group without such an option. The noise is that of the
    canonical structural model (independent draws for each setting of the parents). Source: Everitt et al. 2021,
    Definition 10.

    Args:
        model: the model.
        decision: the decision that responds.
        node: the node to which it responds.
        tol: for floats: expected utilities that differ by at most this share of the spread of utilities count as equal.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.
        NotApplicable: the node is the decision, or another decision has a choice.

    >>> import cidmesa as cm
    >>> g = cm.cid("X -> S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, X=cm.uniform([0, 1]), S=lambda X: X, D=[0, 1], U="S == D")
    >>> found = has_ri(m, "D", "X")
    >>> bool(found), found.witness
    (True, ((('S', 0),), (('S', 1),)))
    """
    model.cid.index(node)
    play = Play(alone(model, decision), decision, tol)
    if node == decision:
        raise NotApplicable(f"{node!r} is the decision itself; a response is to another node.")
    for group in _joined(play.responses(node)):
        seen = sorted(index for index in group if play.reached[index] > 0 or play.model.menus)
        fits = [play.best[index] if play.reached[index] > 0 else play.there[index] for index in seen]
        if not np.logical_and.reduce(fits).any():
            shown = tuple(context(play.model, play.parents, index) for index in seen)
            reason = f"settings of {node} turn {len(seen)} contexts into each other, and no option is best in all"
            return Quantity(RI.key, 1, True, shown, reason, "joined contexts")
    return Quantity(RI.key, 0, False, (), f"some optimal policy does not respond to {node}", "joined contexts")


def _joined(pairs: Iterable[tuple[Index, Index]]) -> list[list[Index]]:
    """Return the groups of what the pairs connect, in order of first mention (union-find)."""
    leader: dict[Index, Index] = {}

    def find(index: Index) -> Index:
        leader.setdefault(index, index)
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for first, second in pairs:
        leader[find(second)] = find(first)
    groups: dict[Index, list[Index]] = {}
    for index in list(leader):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())


MAX_POLICIES = 100_000


def response_probability(model: Model, decision: str, node: str) -> Quantity:
    r"""Return the probability that the decision responds to ``node``, for the optimal policy that responds least.

    The value is :math:`\min_{\pi^*} \max_x P(D_x \neq D)` over optimal pure policies (among available options); it is
    positive iff the decision has a response incentive (`has_ri`). Ties are broken in favour of not responding, even in
    contexts that never occur, because an intervention may lead there. The witness is the contexts that do(X = x) turns
    into each other. The noise is that of the canonical structural model. Source: the incentive is Definition 10 of
    Everitt et al. 2021; the score is ours.

    Args:
        model: the model.
        decision: the decision that responds.
        node: the node to which it responds.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: the node is the decision, or another decision has a choice.
        TooLarge: more than 100,000 optimal policies.

    >>> import cidmesa as cm
    >>> g = cm.cid("X -> S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, X=cm.bernoulli("1/4"), S="X", D=[0, 1], U="S == D")
    >>> response_probability(m, "D", "X").value
    Fraction(3, 4)
    """
    play = Play(alone(model, decision), decision)
    if node == decision:
        raise NotApplicable(f"{node!r} is the decision itself; a response is to another node.")
    if node not in play.model.cid.ancestors(decision):
        reason = f"{decision} is not downstream of {node}"
        return Quantity("response probability", play.zero, False, (), reason, "the diagram")
    moves = _moves(play, node)
    reason, involved, value = _least(play, moves)
    shown = tuple(context(play.model, play.parents, _unravelled(i, play)) for i in involved)
    reason = f"setting {node} changes {decision} with probability {show(value)} or more, {reason}"
    return Quantity("response probability", value, bool(value > play.tolerance), shown, reason, "each optimal policy")


def _moves(play: Play, node: str) -> Array:
    """Return P(context, context that do(node = x) makes of it); axes: context, x, other context."""
    model, cid = play.model, play.model.cid
    above = cid.ancestors(play.decision)
    factors, names = with_set(model, node, above)
    there = tuple(names.get(name, name) for name in play.parents)
    axes = tuple(dict.fromkeys((*play.parents, Other(node), *there)))
    joint = eliminate(factors, axes)
    found = np.full((play.reached.size, len(model.domains[node]), play.reached.size), play.zero)
    for index in np.argwhere(joint > 0).tolist():
        at = dict(zip(axes, index, strict=True))
        first, second = (_place([at[name] for name in group], play) for group in (play.parents, there))
        found[first, at[Other(node)], second] = joint[tuple(index)]
    return found


def _place(index: Sequence[int], play: Play) -> int:
    return int(np.ravel_multi_index(tuple(index), play.reached.shape)) if index else 0


def _unravelled(place: int, play: Play) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(place, play.reached.shape))


def _least(play: Play, moves: Array) -> tuple[str, list[int], Number]:
    flat = play.reached.size
    there = play.there.reshape(flat, -1)
    best = np.where((play.reached.reshape(flat) > 0)[:, None], play.best.reshape(flat, -1), there)
    off = moves.copy()
    off[np.arange(flat), :, np.arange(flat)] = play.zero
    involved = [i for i in range(flat) if (off[i] > 0).any() or (off[..., i] > 0).any()]
    choices = [np.flatnonzero(best[i]).tolist() for i in involved]
    if (count := prod(map(len, choices))) > MAX_POLICIES:
        raise TooLarge(
            f"{count} optimal policies would have to be compared, more than {MAX_POLICIES}. "
            "Break ties, or let the decision observe less."
        )
    value: Number = play.zero + 1
    chosen: tuple[int, ...] = ()
    part = off[np.ix_(involved, range(off.shape[1]), involved)]
    for options in product(*choices):
        picked = np.array(options, dtype=int)
        differ = picked[:, None, None] != picked[None, None, :]
        found = (part * differ).sum(axis=(0, 2)).max(initial=play.zero)
        if found < value or not chosen:
            value, chosen = min(value, plain_number(found)), options
    names = play.model.domains[play.decision]
    does = f"as in taking {', '.join(show(names[o]) for o in chosen)} there" if chosen else "as nothing leads elsewhere"
    return does, involved, value if involved else play.zero
