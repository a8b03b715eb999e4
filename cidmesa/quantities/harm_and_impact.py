"""Two policies side by side, with the same noise: what differs, what is lost, what is gained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.criteria.concepts import IMPACT
from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.one_decision import distances
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin_network import Other, coupled, plain, plain_number
from cidmesa.solving.utility import only_agent
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["counterfactual_benefit", "counterfactual_harm", "expected_impact"]


def expected_impact(
    model: Model,
    policy: Policy | Mapping[str, object],
    node: str,
    *,
    baseline: Policy | Mapping[str, object],
    distance: Callable[[State, State], Number] | None = None,
) -> Quantity:
    r"""Return :math:`E[\delta(W_\pi, W_{\pi'})]`, how far a policy moves ``node`` from its value under a baseline.

    The noise is the same in both (as in the canonical structural model). Random rules draw anew, unless both policies
    have the same rule. Side effects count: W need not matter to utility. Source: Carey et al. 2025, Definition 12, for
    one policy; `has_impact` is its least value over optimal policies.

    Args:
        model: the model.
        policy: a rule for each decision.
        node: the node W.
        baseline: the rules under the baseline; decisions that it leaves out follow ``policy``.
        distance: the distance of two states; if left out, 1 for states that differ.

    Raises:
        UnknownNode: the diagram has no node of that name.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1, 3], X="D", U="D")
    >>> expected_impact(m, {"D": 3}, "X", baseline={"D": 1}).value
    Fraction(1, 1)
    >>> expected_impact(m, {"D": 3}, "X", baseline={"D": 1}, distance=lambda w, v: abs(w - v)).value
    Fraction(2, 1)
    """
    if model.cid.kind(node) == "utility":
        model = model.revised([Node(node, parents=model.cid.parents(node))])
    domain = model.domains[node]
    joint = _joint(model, Policy.of(model, policy), Policy.of(model, baseline), (node,))
    far = joint * distances(domain, distance)
    value = plain_number(far.sum())
    shown = tuple(((node, domain[i]), (f"{node} under the baseline", domain[j])) for i, j in np.argwhere(far).tolist())
    reason = f"{node} is that far from what it would be under the baseline, on average"
    return Quantity(IMPACT.key, value, bool((np.abs(far) > _slack(model)).any()), shown, reason, "both worlds at once")


def counterfactual_harm(
    model: Model,
    policy: Policy | Mapping[str, object],
    *,
    default: Policy | Mapping[str, object],
    agent: str | None = None,
) -> Quantity:
    r"""Return :math:`E[\max(0, \mathcal U_{\bar a} - \mathcal U)]`, the expected loss of a policy against the default.

    The expectation is over the noise, which is the same in both worlds: a lottery that helps some and hurts others does
    harm even if it helps on average. :math:`E[\mathcal U] - E[\mathcal U_{\bar a}]` is `counterfactual_benefit` minus
    harm.
    Source: Richens, Beard and Thompson 2022. Harm needs a structural model. The canonical one is used, with independent
    draws for each setting of the parents; the amount of harm depends on this choice.

    Args:
        model: the model.
        policy: a rule for each decision.
        default: the rules of the comparison; decisions that it leaves out follow ``policy``.
        agent: the agent whose utility counts; may be left out if only one agent has utilities.

    Raises:
        NotApplicable: several agents have utilities and none is named.
        TooLarge: the utilities have too many parents together.

    >>> import cidmesa as cm
    >>> g = cm.cid("D, Allergic -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, Allergic=cm.bernoulli("1/10"), D=["treat", "wait"],
    ...              U="0 if D == 'wait' else -5 if Allergic else 3")
    >>> harm = counterfactual_harm(m, {"D": "treat"}, default={"D": "wait"})
    >>> harm.value, harm.witness
    (Fraction(1, 2), ((('D', 'treat'), ('Allergic', 1)),))
    """
    return _loss(model, policy, default, agent, "harm", sign=-1)


def counterfactual_benefit(
    model: Model,
    policy: Policy | Mapping[str, object],
    *,
    default: Policy | Mapping[str, object],
    agent: str | None = None,
) -> Quantity:
    r"""Return :math:`E[\max(0, \mathcal U - \mathcal U_{\bar a})]`, the expected gain of a policy over the default.

    Arguments and errors are those of `counterfactual_harm`. Source: Richens, Beard and Thompson 2022.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        default: the policy that the agent would have followed otherwise.
        agent: the agent whose utility counts; may be left out if there is only one.

    >>> import cidmesa as cm
    >>> g = cm.cid("D, Allergic -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, Allergic=cm.bernoulli("1/10"), D=["treat", "wait"],
    ...              U="0 if D == 'wait' else -5 if Allergic else 3")
    >>> counterfactual_benefit(m, {"D": "treat"}, default={"D": "wait"}).value
    Fraction(27, 10)
    """
    return _loss(model, policy, default, agent, "benefit", sign=1)


def _loss(
    model: Model,
    policy: Policy | Mapping[str, object],
    default: Policy | Mapping[str, object],
    agent: str | None,
    concept: str,
    *,
    sign: int,
) -> Quantity:
    utilities = model.cid.utilities_of(only_agent(model, agent))
    nodes = tuple(dict.fromkeys(parent for u in utilities for parent in model.cid.parents(u)))
    worth = np.asarray(sum((_spread(model, u, nodes) for u in utilities), start=np.zeros([1] * len(nodes), dtype=int)))
    here = worth.reshape(worth.shape + (1,) * len(nodes))
    gain = sign * (here - worth.reshape((1,) * len(nodes) + worth.shape))
    joint = _joint(model, Policy.of(model, policy), Policy.of(model, default), nodes)
    lost = np.asarray(joint * np.maximum(gain, 0))
    value = plain_number(lost.sum())
    somewhere = lost.sum(axis=tuple(range(len(nodes), 2 * len(nodes)))) > _slack(model)
    shown = tuple(context(model, nodes, at) for at in np.argwhere(somewhere).tolist())
    word = "less" if sign < 0 else "more"
    reason = f"utility is that much {word} than under the default, on average, where it is {word}"
    return Quantity(
        f"counterfactual {concept}", value, bool(value > _slack(model)), shown, reason, "both worlds at once"
    )


def _spread(model: Model, utility: str, nodes: Sequence[str]) -> Array:
    """Return the utility with an axis for each of ``nodes``."""
    parents, values = model.cid.parents(utility), model.tables[utility].values
    ordered = values.transpose([parents.index(name) for name in nodes if name in parents])
    wide = np.expand_dims(ordered, tuple(i for i, name in enumerate(nodes) if name not in parents))
    return np.broadcast_to(wide, [len(model.domains[name]) for name in nodes])


def _joint(model: Model, first: Policy, second: Policy, nodes: Sequence[str]) -> Array:
    """Return P(nodes under the first policy, nodes under the second), with the same noise; axes in this order."""
    both = first.merged(second)
    if missing := [d for d in model.cid.decisions if d not in both]:
        raise NotApplicable(f"the policy has no rule for {', '.join(missing)}.")
    here, there = model.with_policy(second.merged(first)), model.with_policy(both)
    changed = [d for d in model.cid.decisions if d in second and d in first and first[d] != second[d]]
    below = {node for d in changed for node in (d, *model.cid.descendants(d))}
    above = model.cid.upstream(nodes)
    names = {node: Other(node) for node in above if node in below}
    factors: list[Factor] = []
    for node in above:
        if node in changed:
            factors += [plain(here, node, {}), plain(there, node, names)]
        else:
            factors += coupled(here, node, names) if node in names else [plain(here, node, {})]
    same = [node for node in nodes if node not in names]
    factors += [Factor((node, Other(node)), np.eye(len(model.domains[node]), dtype=int)) for node in same]
    return eliminate(factors, [*nodes, *map(Other, nodes)])


def _slack(model: Model) -> float:
    return 0.0 if model.exact else 1e-12
