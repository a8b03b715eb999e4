"""Directional incentives: an incentive to make a node take a state; and the side effects that no reason asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import as_state, show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.harm_and_impact import expected_impact
from cidmesa.quantities.intention import intends
from cidmesa.quantities.play import Play
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin import alone
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["directional_incentive", "side_effects"]


def directional_incentive(model: Model, decision: str, node: str, state: object) -> Quantity:
    r"""Return whether, and how strongly, optimal policies have an incentive to make ``node`` take ``state``.

    There is one iff in some context that occurs each best option a has a d that makes the state less probable,
    :math:`P(X = x \mid pa_D, do(D = d)) < P(X = x \mid pa_D, do(D = a))`, and under which X would be worse for the
    agent, :math:`E[\mathcal U_{X_d, D=a} \mid pa_D] < E[\mathcal U_{D=a} \mid pa_D]`. The value is the greatest such
    loss, least over the best options, greatest over contexts. It implies an instrumental control incentive on X in the
    same context (`has_ici`), whose definition it refines: Everitt et al. 2021, Definition 17. The direction is ours.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.
        ModelError: a state that the node does not have.
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
    slack = play.tolerance * np.abs(play.values).max(initial=0)
    gain = (loss * ((more > play.tolerance) & (loss > slack))).max(axis=-2)
    least = play.least(gain)
    found = [index for index in play.contexts if least[index] > slack]
    strength = max((least[index] / play.reached[index] for index in found), default=play.zero)
    shown = tuple(context(play.model, decision, index) for index in found)
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
    return np.asarray(weights(model, axes, undecided="uniform")[..., place] * play.size)


def side_effects(
    model: Model,
    policy: Policy | Mapping[str, object],
    decision: str,
    *,
    baseline: Policy | Mapping[str, object],
) -> dict[str, Quantity]:
    r"""Return what a policy changes, against a baseline, without meaning to: node -> how often it differs.

    The nodes downstream of the decision that differ with positive probability (`expected_impact`) and that are not
    intended when the baseline is what could have been done instead (`intends`). A means or an aim is no side effect.
    The word is from Carey et al. 2025 (impact without instrumental control); the composite is ours.

    Args:
        model: the model.
        policy: a rule for each decision.
        decision: the decision whose effects are asked about.
        baseline: the rules under the baseline; decisions that it leaves out follow ``policy``.

    Raises:
        DiagramError: ``decision`` is not a decision.
        TooLarge: as `intends`.

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
    return {node: found for node, found in moved.items()
            if found and not intends(model, policy, decision, node, reference=[other])}  # fmt: skip
