"""Unfairness of a policy: counterfactually by an attribute, and beyond what its label explains."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import eliminate, query
from cidmesa.modelling.numbers import Array, Number, as_number, show
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin_network import Other, plain, plain_number, with_set

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["counterfactual_unfairness", "introduced_unfairness"]


def counterfactual_unfairness(
    model: Model, policy: Policy | Mapping[str, object], decision: str, attribute: str
) -> Quantity:
    r"""Return how much more probable an option would be if the attribute were different and all else equal.

    The value is :math:`\max |P_\pi(D_{a'} = d \mid pa_D, a) - P_\pi(D = d \mid pa_D, a)|` over d, :math:`pa_D`, a, a'
    with :math:`P(pa_D, a) > 0`; the policy is counterfactually fair iff it is zero. The witness is the contexts, with
    the attribute's value, in which an option's probability would change. The noise is that of the canonical structural
    model.
    Source: Kusner et al. 2017; Everitt et al. 2021, Definition 13. The size is ours; the source asks a yes-or-no
    question.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        decision: the decision that may be unfair.
        attribute: the sensitive attribute, a chance node.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.
        NotApplicable: the attribute is not a chance node.

    >>> import cidmesa as cm
    >>> g = cm.cid("Race -> School -> D; D, School -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, Race=cm.uniform([0, 1]), School="Race", D=[0, 1], U="D == School")
    >>> counterfactual_unfairness(m, {"D": "School"}, "D", "Race").value
    Fraction(1, 1)
    >>> bool(counterfactual_unfairness(m, {"D": 1}, "D", "Race"))
    False
    """
    seen = model.cid.parents(model.cid.known_decision(decision))
    if model.cid.kind(attribute) != "chance":
        raise NotApplicable(
            f"{attribute!r} is no chance node; fairness is about a chance node. "
            f"They are: {', '.join(model.cid.chance_nodes) or 'none'}."
        )
    zero, slack = (Fraction(0), 0.0) if model.exact else (0.0, 1e-12)
    if decision not in model.cid.descendants(attribute):
        reason = f"{decision} is not downstream of {attribute}"
        return Quantity("counterfactual unfairness", zero, False, (), reason, "the diagram")
    followed = model.with_policy(policy)
    given = tuple(dict.fromkeys((*seen, attribute)))
    joint = _had_it_been(followed, attribute, decision, given)  # given, a', option that would be taken
    was = eliminate([plain(followed, n, {}) for n in followed.cid.upstream([decision, attribute])], (*given, decision))
    gaps = np.abs(joint - np.expand_dims(was, -2))
    chance = was.sum(axis=-1)
    gap = np.where(chance > 0, gaps.max(axis=(-1, -2)), 0)
    found = [tuple(index) for index in np.argwhere(gap > slack).tolist()]
    sizes = (plain_number(gap[index] / chance[index]) for index in found)
    value = max(sizes, default=zero)
    shown = tuple(context(model, given, index) for index in found)
    reason = f"with another {attribute}, the probability of an option would change by up to {show(value)}"
    return Quantity("counterfactual unfairness", value, bool(found), shown, reason, "both worlds at once")


def introduced_unfairness(
    model: Model, policy: Policy | Mapping[str, object], decision: str, attribute: str, label: str
) -> Quantity:
    r"""Return the introduced total variation: how much more the prediction depends on the attribute than the label.

    :math:`|E[\hat Y \mid a_1] - E[\hat Y \mid a_0]| - |E[Y \mid a_1] - E[Y \mid a_0]|`; positive if the predictor is
    more unfair than the data. States of label and prediction must be numbers.
    Source: Ashurst, Carey, Chiappa and Everitt 2022. For more than two values of the attribute, ours: each term is the
    greatest difference over pairs of values.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        decision: the prediction.
        attribute: the sensitive attribute, a chance node.
        label: the node that is predicted.

    Raises:
        NotApplicable: the attribute has only one value, or states are not numbers.

    >>> import cidmesa as cm
    >>> g = cm.cid("Y, A -> W -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    >>> from fractions import Fraction
    >>> m = cm.model(g, Y=cm.uniform([0, 1]), A=cm.uniform([0, 1]), W="max(Y, A)",
    ...              P=[0, Fraction(2, 3), 1], U="-(P - Y) ** 2")
    >>> introduced_unfairness(m, cm.solve(m).policy, "P", "A", "Y").value
    Fraction(1, 3)
    """
    followed = model.with_policy(policy)
    predicted, labelled = (
        _variation(followed, node, attribute) for node in (model.cid.known_decision(decision), label)
    )
    value = predicted - labelled
    reason = f"by {attribute} the prediction differs by {show(predicted)}, the label by {show(labelled)}"
    holds = bool(value > (0 if model.exact else 1e-12))
    return Quantity("introduced unfairness", value, holds, (), reason, "conditional means")


def _variation(model: Model, node: str, attribute: str) -> Number:
    if any(isinstance(state, str) for state in model.domain(node)):
        raise NotApplicable(f"the states of {node!r} must be numbers, so that there is a mean.")
    means = [_mean(model, node, attribute, a) for a, p in query(model, attribute).items() if p]
    if len(means) < 2:
        raise NotApplicable(f"{attribute!r} has one value only, so nothing can depend on it.")
    return max(means) - min(means)


def _mean(model: Model, node: str, attribute: str, value: object) -> Number:
    return sum(p * as_number(state) for state, p in query(model, node, given={attribute: value}).items())


def _had_it_been(model: Model, attribute: str, decision: str, given: tuple[str, ...]) -> Array:
    """Return P(given, what would be decided under do(attribute = a')); axes: given, a', option."""
    factors, names = with_set(model, attribute, model.cid.upstream(given))
    factors.append(plain(model, decision, {**names, decision: Other(decision)}))
    return eliminate(factors, (*given, Other(attribute), Other(decision)))
