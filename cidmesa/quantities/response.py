"""Response, instrumental control and impact incentives of a model with one decision, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.mixing import least_greatest
from cidmesa.quantities.play import Play
from cidmesa.quantities.quantity import Quantity, context
from cidmesa.quantities.twin import alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State
    from cidmesa.quantities.play import Index

__all__ = ["has_ici", "has_impact", "has_ri"]

_POLICIES = ("pure", "all")


def has_ri(model: Model, decision: str, node: str) -> Quantity:
    r"""Return whether every optimal policy responds to ``node``: some do(X = x) changes what D takes, somewhere.

    Contexts of D that do(X = x) turns into each other are joined; a policy that does not respond takes one option in
    each joined group, and can be optimal iff in each group some option is best in all contexts that occur. No policy is
    enumerated. The witness is a group without such an option. Noise as in the canonical structural model (independent
    draws for each setting of the parents). Source: Everitt et al. 2021, Definition 10.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.
        NotApplicable: the node is the decision, or another decision has a choice.

    >>> import cidmesa as cm
    >>> g = cm.cid("X -> S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, X=cm.uniform([0, 1]), S=lambda X: X, D=[0, 1], U="S == D")
    >>> found = has_ri(m, "D", "X")
    >>> bool(found), found.witness
    (True, ((('S', 0),), (('S', 1),)))

    """
    model.cid.index(node)
    play = Play(alone(model, decision), decision)
    if node == decision:
        raise NotApplicable(f"{node!r} is the decision itself; a response is to another node.")
    for group in _joined(play.responses(node)):
        seen = sorted(index for index in group if play.reached[index] > 0)
        if seen and not np.logical_and.reduce([play.best[index] for index in seen]).any():
            shown = tuple(context(play.model, decision, index) for index in seen)
            reason = f"settings of {node} turn {len(seen)} contexts into each other, and no option is best in all"
            return Quantity("ri", 1, True, shown, reason, "joined contexts")
    return Quantity("ri", 0, False, (), f"some optimal policy does not respond to {node}", "joined contexts")


def has_ici(model: Model, decision: str, node: str, *, policies: Literal["pure", "all"] = "pure") -> Quantity:
    r"""Return whether, and how strongly, optimal policies get their utility through ``node``.

    The incentive is there iff in some context that occurs each best option a has a d with
    :math:`E[\mathcal U_{X_d, D=a} \mid pa_D] \neq E[\mathcal U_{D=a} \mid pa_D]`, so for all optimal pure policies. The
    value is the greatest difference, least over the best options, greatest over contexts; the witness is the first
    context where it is positive. Noise as in the canonical structural model. Source: Everitt et al. 2021, Definition 17
    (d is existential, the only reading under which its Theorem 18 holds).

    Args:
        model: the model.
        decision: the decision D.
        node: the node X.
        policies: "pure": all optimal pure policies must have it. "all": all optimal policies, also those that draw lots
            among best options, of which one may balance a gain through X by a loss; found as a zero-sum game, exactly.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.
        NotApplicable: another decision has a choice; ``policies`` is neither.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> X -> U; D -> Y", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=[0, 1], X=lambda D: D, Y=lambda D: D, U="2 * X")
    >>> has_ici(m, "D", "X") == 2, bool(has_ici(m, "D", "Y"))
    (True, False)

    """
    if policies not in _POLICIES:
        raise NotApplicable(f"policies={policies!r} is not known.{near_miss(policies, _POLICIES)} "
                            f"Choose one of: {', '.join(_POLICIES)}.")  # fmt: skip
    model.cid.index(node)
    play = Play(alone(model, decision), decision)
    gaps = play.nested(node) - play.values[..., None, :]  # contexts, d, a
    least = play.least(np.abs(gaps).max(axis=-2)) if policies == "pure" else _least_mixed(play, gaps)
    found = [index for index in play.contexts if least[index] > play.tolerance * np.abs(play.values).max()]
    strength = max((least[index] / play.reached[index] for index in found), default=play.zero)
    every = "every best option" if policies == "pure" else "every lot among best options"
    reason = f"through {node} {every} of {decision} moves expected utility by {show(strength)} or more"
    shown = tuple(context(play.model, decision, index) for index in found)
    return Quantity("ici", strength, bool(found), shown, reason, "nested counterfactual in each context")


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
    r"""Return how far, at least, optimal policies move ``node`` from its value under a baseline.

    :math:`\min_{\pi^*} E[\delta(W_{\pi^*}, W_{\pi'})]` with the same noise in both. The witness are the contexts in
    which every best option makes a difference. Source: Carey et al. 2025, Definition 12; compare with its threshold c.

    Args:
        model: the model.
        decision: the decision.
        node: the node W.
        baseline: the baseline's rule for the decision; if left out, it draws an option by a fair lot. Lots are drawn
            anew, so that no pure policy agrees with one, even where nothing depends on the decision.
        distance: the distance :math:`\delta` of two states; if left out, 1 if they differ, so that the value is the
            probability of a difference.

    Raises:
        DiagramError: ``decision`` is not a decision.
        UnknownNode: a name that is not in the diagram.
        NotApplicable: another decision has a choice.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X=lambda D: D, U="D")
    >>> has_impact(m, "D", "X").value, has_impact(m, "D", "X", baseline={"D": 1}).value
    (Fraction(1, 2), Fraction(0, 1))

    """
    model.cid.index(node)
    play = Play(alone(model, decision), decision)
    differing = play.differing(node, distance)  # contexts, a, b
    lot = np.full(differing.shape[-1], (play.zero + 1) / differing.shape[-1])
    rule = lot if baseline is None else Policy.of(model, baseline)[decision].values
    least = play.least((differing * np.expand_dims(rule, -2)).sum(axis=-1))
    value = sum((least[index] for index in play.contexts), start=play.zero)
    shown = tuple(context(play.model, decision, index) for index in play.contexts if least[index] > play.tolerance)
    far = f"with probability {show(value)}" if distance is None else f"by {show(value)} on average"
    reason = f"{node} differs from what it is under the baseline {far} or more"
    return Quantity("impact", value, bool(value > play.tolerance), shown, reason, "best option in each context")


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
