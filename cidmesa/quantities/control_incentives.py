"""Incentives to control of a model with one decision: instrumental control, impact, direction, side effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from cidmesa.criteria.concepts import ICI, IMPACT
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import TOL, Array, Number, State, as_state, show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.harm_and_impact import expected_impact
from cidmesa.quantities.intention import intends
from cidmesa.quantities.one_decision import Play
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin_network import alone
from cidmesa.solving.decision_rules import everywhere, uniform_rule
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["directional_incentive", "has_ici", "has_impact", "least_greatest", "side_effects"]

_POLICIES = ("pure", "all")


def has_ici(
    model: Model, decision: str, node: str, *, policies: Literal["pure", "all"] = "pure", tol: float = TOL
) -> Quantity:
    r"""Return whether, and how strongly, optimal policies get their utility through ``node``.

    The incentive is present iff in some context that occurs, each best option a has an option d with
    :math:`E[\mathcal U_{X_d, D=a} \mid pa_D] \neq E[\mathcal U_{D=a} \mid pa_D]`, so that this holds for all optimal
    pure policies. Both a and d are available options (`menu`). The value is the greatest difference over d, the least
    of these over best options, and the greatest of those over contexts. The witness is the first context with a
    positive value. The noise is that of the canonical structural model. Source: Everitt et al. 2021, Definition 17 (d
    is existential, the only reading under which its Theorem 18 holds).

    Args:
        model: the model.
        decision: the decision D.
        node: the node X.
        policies: "pure": all optimal pure policies must have it. "all": all optimal policies, including those that
            randomize among best options, one of which may balance a gain through X by a loss; found exactly, as a
            zero-sum game.
        tol: for floats: values that differ by at most this share of the spread of utilities count as equal, as for
            `solve`.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.
        NotApplicable: another decision has a choice, or ``policies`` is neither "pure" nor "all".

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> X -> U; D -> Y", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=[0, 1], X=lambda D: D, Y=lambda D: D, U="2 * X")
    >>> has_ici(m, "D", "X") == 2, bool(has_ici(m, "D", "Y"))
    (True, False)
    """
    if policies not in _POLICIES:
        raise NotApplicable(
            f"policies={policies!r} is not known.{near_miss(policies, _POLICIES)} "
            f"Choose one of: {', '.join(_POLICIES)}."
        )
    model.cid.index(node)
    play = Play(alone(model, decision), decision, tol)
    gaps = (play.nested(node) - play.values[..., None, :]) * play.there[..., None]  # contexts, d, a
    least = play.least(np.abs(gaps).max(axis=-2)) if policies == "pure" else _least_mixed(play, gaps)
    found = [index for index in play.contexts if least[index] > play.slack[index]]
    strength = max((least[index] / play.reached[index] for index in found), default=play.zero)
    every = "every best option" if policies == "pure" else "every lot among best options"
    reason = f"through {node} {every} of {decision} moves expected utility by {show(strength)} or more"
    shown = tuple(context(play.model, play.parents, index) for index in found)
    return Quantity(ICI.key, strength, bool(found), shown, reason, "nested counterfactual in each context")


def _least_mixed(play: Play, gaps: Array) -> Array:
    """Return, for each context, the least over lots among best options of the greatest gap."""
    least = np.full(play.reached.shape, play.zero)
    for index in play.contexts:
        part = gaps[index][:, play.best[index]]
        least[index] = least_greatest([*part.tolist(), *(-part).tolist()])[0]
    return least


def has_impact(
    model: Model,
    decision: str,
    node: str,
    *,
    baseline: Policy | Mapping[str, object] | None = None,
    distance: Callable[[State, State], Number] | None = None,
) -> Quantity:
    r"""Return the least distance by which optimal policies move ``node`` from its value under a baseline.

    The value is :math:`\min_{\pi^*} E[\delta(W_{\pi^*}, W_{\pi'})]` with the same noise in both. The witness is the
    contexts in which every best option makes a difference. Source: Carey et al. 2025, Definition 12; compare with its
    threshold c.

    Args:
        model: the model.
        decision: the decision.
        node: the node W.
        baseline: the baseline's rule for the decision; if left out, it chooses uniformly among the available options.
            This choice is drawn anew, so no pure policy always agrees with it, even if nothing depends on the decision.
        distance: the distance :math:`\delta` of two states; if left out, 1 for states that differ, so that the value is
            the probability of a difference.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.
        NotApplicable: another decision has a choice.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X=lambda D: D, U="D")
    >>> has_impact(m, "D", "X").value, has_impact(m, "D", "X", baseline={"D": 1}).value
    (Fraction(1, 2), Fraction(0, 1))
    """
    model.cid.index(node)
    play = Play(alone(model, decision), decision)
    differing = play.differing(node, distance)  # contexts, a, b
    rule = uniform_rule(play.model, decision) if baseline is None else Policy.of(model, baseline)[decision]
    least = play.least((differing * rule.values[..., None, :]).sum(axis=-1))
    value = sum((least[index] for index in play.contexts), start=play.zero)
    shown = tuple(context(play.model, play.parents, index) for index in play.contexts if least[index] > play.tolerance)
    far = f"with probability {show(value)}" if distance is None else f"by {show(value)} on average"
    reason = f"{node} differs from what it is under the baseline {far} or more"
    return Quantity(IMPACT.key, value, bool(value > play.tolerance), shown, reason, "best option in each context")


def directional_incentive(model: Model, decision: str, node: str, state: object) -> Quantity:
    r"""Return whether, and how strongly, optimal policies have an incentive to make ``node`` take ``state``.

    The incentive is present iff in some context that occurs, each best option a has an option d that makes the state
    less probable, :math:`P(X = x \mid pa_D, do(D = d)) < P(X = x \mid pa_D, do(D = a))`, and under which X would be
    worse for the agent, :math:`E[\mathcal U_{X_d, D=a} \mid pa_D] < E[\mathcal U_{D=a} \mid pa_D]`. The value is the
    greatest such loss over d, the least of these over best options, and the greatest of those over contexts. The
    incentive implies an instrumental control incentive on X in the same context (`has_ici`).

    Source: Everitt et al. 2021, Definition 17; the direction is ours.

    Args:
        model: the model.
        decision: the decision whose incentive it is.
        node: the node that is to take the state.
        state: the state.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.
        ModelError: the node does not have such a state.
        NotApplicable: another decision has a choice.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=["low", "high"], X="D", U="3 if X == 'high' else 1")
    >>> [directional_incentive(m, "D", "X", x).value for x in ("high", "low")]
    [Fraction(2, 1), Fraction(0, 1)]
    """
    play = Play(alone(model, decision), decision)
    more = _probability(play, node, state)[..., None, :] - _probability(play, node, state)[..., :, None]
    loss = play.values[..., None, :] - play.nested(node)  # contexts, d, a
    clear = (more > play.tolerance * play.reached[..., None, None]) & (loss > play.slack[..., None, None])
    clear = clear & play.there[..., None]
    gain = (loss * clear).max(axis=-2)
    least = play.least(gain)
    found = [index for index in play.contexts if least[index] > play.slack[index]]
    strength = max((least[index] / play.reached[index] for index in found), default=play.zero)
    shown = tuple(context(play.model, play.parents, index) for index in found)
    reason = f"making {node} = {show(as_state(state))} likelier gains every best option {show(strength)} or more"
    return Quantity("directional", strength, bool(found), shown, reason, "nested counterfactual in each context")


def _probability(play: Play, node: str, state: object) -> Array:
    """Return P(context) P(node = state | context, do(D = a)); last axis: a."""
    model, cid = play.model, play.model.cid
    if cid.kind(node) == "utility":
        model = model.revised([Node(node, parents=cid.parents(node))])
    place = model.state(node, state)
    if node == play.decision:
        return np.asarray(play.reached[..., None] * (np.arange(play.size) == place))
    if node not in cid.descendants(play.decision):
        return np.asarray(play.reached[..., None] * np.zeros(play.size, dtype=int))  # the same for all options
    axes = (*play.parents, play.decision, node)
    return np.asarray(weights(everywhere(model, play.decision), axes, undecided="uniform")[..., place] * play.size)


def side_effects(
    model: Model, policy: Policy | Mapping[str, object], decision: str, *, baseline: Policy | Mapping[str, object]
) -> dict[str, Quantity]:
    r"""Return the unintended changes of a policy against a baseline: node -> the probability that it differs.

    Side effects are the nodes downstream of the decision that differ with positive probability (`expected_impact`) and
    that the policy does not intend when the baseline is the alternative (`intends`). So a means or an aim is not a side
    effect. The term is from Carey et al. 2025 (impact without instrumental control); the composite is ours.

    Source: ours, after Halpern and Kleiman-Weiner 2018 and Ward et al. 2024.

    Args:
        model: the model.
        policy: a rule for each decision.
        decision: the decision whose effects are asked about.
        baseline: the rules under the baseline; decisions that it leaves out follow ``policy``.

    Raises:
        DiagramError: ``decision`` is not a decision.
        TooLarge: as for `intends`.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> Insurance -> U; D -> Neighbour", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Neighbour="D == 'burn'", U="Insurance")
    >>> found = side_effects(m, {"D": "burn"}, "D", baseline={"D": "not"})
    >>> {node: float(quantity) for node, quantity in found.items()}
    {'Neighbour': 1.0}
    """
    cid = model.cid
    cid.known_decision(decision)
    other = Policy.of(model, policy).merged(Policy.of(model, baseline))
    below = [node for node in cid.descendants(decision) if node != decision and cid.kind(node) == "chance"]
    moved = {node: expected_impact(model, policy, node, baseline=other) for node in below}
    return {
        node: found
        for node, found in moved.items()
        if found and not intends(model, policy, decision, node, reference=[other])
    }


_SLACK = 1e-12  # what counts as zero for floats
Row = list["Number"]


def least_greatest(rows: Sequence[Sequence[Number]]) -> tuple[Number, tuple[Number, ...]]:
    r"""Return :math:`\min_p \max_i \sum_j M_{ij} p_j` over mixtures p of the columns, and a p that attains it.

    Exact for integers and fractions. The matrix is made positive, so that the value is one over the greatest
    :math:`\sum y` with :math:`My \leq 1`, :math:`y \geq 0`; simplex steps by the rule that takes the first column and
    row that will do, which never cycles. Source: von Neumann 1928; Bland 1977.

    >>> least_greatest([[1, -1], [-1, 1]])
    (Fraction(0, 1), (Fraction(1, 2), Fraction(1, 2)))
    """
    exact = not any(isinstance(entry, float) for row in rows for entry in row)
    unit: Number = 1 if exact else max(abs(float(entry)) for row in rows for entry in row)
    if unit not in (0, 1):
        value, mixture = least_greatest([[entry / unit for entry in row] for row in rows])
        return value * unit, mixture
    one: Number = Fraction(1) if exact else 1.0
    lift = 1 - min(entry for row in rows for entry in row)
    count, width = len(rows), len(rows[0])
    table = [
        [(entry + lift) * one for entry in row] + [one * (i == k) for k in range(count)] + [one]
        for i, row in enumerate(rows)
    ]
    costs: Row = [-one] * width + [one * 0] * (count + 1)
    basis = list(range(width, width + count))
    slack = 0 if exact else _SLACK
    while (column := next((j for j, cost in enumerate(costs[:-1]) if cost < -slack), None)) is not None:
        pivot = _leaving(table, basis, column, slack)
        table[pivot] = [entry / table[pivot][column] for entry in table[pivot]]
        table = [row if i == pivot else _less(row, table[pivot], row[column]) for i, row in enumerate(table)]
        costs = _less(costs, table[pivot], costs[column])
        basis[pivot] = column
    weights = dict(zip(basis, (row[-1] for row in table), strict=True))
    mixture = tuple(weights.get(j, one * 0) / costs[-1] for j in range(width))
    return 1 / costs[-1] - lift, mixture


def _leaving(table: Sequence[Row], basis: Sequence[int], column: int, slack: float) -> int:
    able = [(row[-1] / row[column], basis[i], i) for i, row in enumerate(table) if row[column] > slack]
    return min(able)[2]


def _less(row: Row, other: Row, times: Number) -> Row:
    return [entry - times * there for entry, there in zip(row, other, strict=True)] if times else row
