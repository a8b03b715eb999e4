"""What behaviour in one environment implies for another: options that an agent cannot take, and bounds on harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.modelling.inference import weights
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import show
from cidmesa.solving.utility import expected_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["Predictability", "harm_bounds", "predictable"]


@dataclass(frozen=True, repr=False)
class Predictability(Frozen, Tells):
    """The options that behaviour before a shift rules out after it; true if there are any.

    ``bounds``: option -> least and greatest expected utility after the shift, over all world models that agree on the
    observations before it (utility scaled to [0, 1]). ``excluded``: options that are worse than another in all of these
    models. ``gap``: the largest difference between the least utility of one option and the greatest of another; it is
    positive iff some option is excluded.
    Source: `predictable`.

    >>> import cidmesa as cm
    >>> found = predictable(cm.load("bellot2025/shifted-prediction").model.substitute(p="3/4"), "D", {"Z": 1})
    >>> found.gap, found.excluded, found.strong
    (Fraction(7, 20), (0,), True)
    """

    bounds: Mapping[State, tuple[Number, Number]]
    margin: Number = 0

    @property
    def gap(self) -> Number:
        """The largest amount by which the least utility of one option exceeds the greatest of another."""
        return max(low - high for d, (low, _) in self.bounds.items() for e, (_, high) in self.bounds.items() if d != e)

    @property
    def excluded(self) -> tuple[State, ...]:
        """The options that are certainly not taken after the shift."""
        best = max(low for low, _ in self.bounds.values())
        return tuple(option for option, (_, high) in self.bounds.items() if best > high + self.margin)

    @property
    def strong(self) -> bool:
        """Whether only one option is left, so that the behaviour is known."""
        return len(self.excluded) == len(self.bounds) - 1

    def __bool__(self) -> bool:
        return bool(self.excluded)

    def to_json(self) -> dict[str, Any]:
        """Return the bounds and their consequences as plain data."""
        bounds = {show(option): [show(low), show(high)] for option, (low, high) in self.bounds.items()}
        return {
            "bounds": bounds,
            "excluded": list(map(show, self.excluded)),
            "gap": show(self.gap),
            "strong": self.strong,
        }

    def to_text(self) -> str:
        """Return which options are excluded, and the bounds."""
        out = ", ".join(map(show, self.excluded))
        head = f"excluded after the shift: {out}" if out else "nothing can be excluded after the shift"
        rows = [f"  {show(option)}: from {show(low)} to {show(high)}" for option, (low, high) in self.bounds.items()]
        return "\n".join([head, *rows])


def predictable(
    model: Model,
    decision: str,
    shift: Mapping[str, object],
    context: Mapping[str, object] | None = None,
    *,
    margin: Number = 0,
) -> Predictability:
    r"""Return what behaviour before a shift implies about behaviour after it.

    The agent has a world model that agrees with ``model`` on :math:`P(V \mid do(d))` for each option d and is otherwise
    arbitrary. With z the shifted nodes' states, c the context and :math:`E = E_d[U \mid c, z]`, U scaled to [0, 1], its
    expected utility of d after :math:`do(z)` in c lies between

    .. math:: L_d = \frac{E P_d(c,z)}{P_d(c,z) + 1 - P_d(z)}, \quad
              H_d = \frac{E P_d(c,z) + 1 - P_d(z)}{P_d(c,z) + 1 - P_d(z)},

    and both are attained. d* is excluded iff :math:`L_d > H_{d^*}` for some d. Source: after Bellot, Richens and
    Everitt 2025, theorem 1 (as in reports of it; the bounds derived again).

    Args:
        model: the environment before, with rules for all decisions but one.
        decision: the decision.
        shift: node -> the state to which it is set.
        context: observation -> state, for what the decision observes; nothing if left out.
        margin: how much utility an agent that is not fully rational may lose.

    Raises:
        NotApplicable: the shift sets the decision or a utility, or the utility does not vary.
        ModelError: another decision has no rule.

    >>> import cidmesa as cm
    >>> m = cm.load("bellot2025/shifted-prediction").model
    >>> print(predictable(m.substitute(p="3/4"), "D", {"Z": 1}))
    excluded after the shift: 0
      0: from 3/40 to 13/40
      1: from 27/40 to 37/40
    >>> bool(predictable(m, "D", {"Z": 1}))
    False

    """
    model = known_model(model, "predictable")
    model.cid.known_decision(decision)
    utilities = model.cid.utilities_of(str(model.cid.agent(decision)))
    if not shift or any(node == decision or model.cid.kind(node) == "utility" for node in shift):
        raise NotApplicable("the shift sets chance nodes, at least one: {'Z': 1}.")
    low, high = (sum(f(model.tables[u].values.flat) for u in utilities) for f in (min, max))
    if low == high:
        raise NotApplicable(f"the utility of {decision!r} is {show(low)} for every option, so no option is better.")
    bounds = {}
    for option in model.domain(decision):
        bounds[option] = _bounds(model.do({decision: option}), utilities, dict(shift), dict(context or {}), (low, high))
    return Predictability(bounds, margin)


def _bounds(
    model: Model,
    utilities: tuple[str, ...],
    shift: dict[str, object],
    context: dict[str, object],
    scale: tuple[Number, Number],
) -> tuple[Number, Number]:
    """Return least and greatest scaled expected utility of the option that the model takes."""
    low, high = scale
    seen = _chance(model, shift | context)
    unseen = 1 - _chance(model, shift)
    if seen + unseen == 0:
        raise ModelError("the context has probability 0 after the shift in every world model that agrees.")
    mean = (expected_value(model, utilities, shift | context) - low) / (high - low) if seen else 0
    return mean * seen / (seen + unseen), (mean * seen + unseen) / (seen + unseen)


def _chance(model: Model, given: Mapping[str, object]) -> Number:
    found: Number = weights(model, [], given={name: model.state(name, value) for name, value in given.items()}).item()
    return found


def harm_bounds(model: Model, decision: str, outcome: str, instead: object, option: object) -> tuple[Number, Number]:
    r"""Return the least and greatest probability of harm by ``option`` that the rates of the outcome allow.

    Harm is :math:`P(Y_{d_0} = 1, Y_d = 0)`: the probability that the outcome, good if 1, would have been good under d_0
    and is not under d. With the rates :math:`E_d = P(Y = 1 \mid do(d))` it lies between :math:`\max(0, E_{d_0} - E_d)`
    and :math:`\min(E_{d_0}, 1 - E_d)`, and both are attained. Source: after Bellot, Richens and Everitt 2025, theorem
    6; `counterfactual_harm` is the value in the model's own causal structure.

    Args:
        model: the model, with rules for all other decisions.
        decision: the decision.
        outcome: a node with the states 0 and 1.
        instead: the option against which harm is measured.
        option: the option that may harm.

    Raises:
        NotApplicable: the outcome has other states.

    >>> import cidmesa as cm
    >>> harm_bounds(cm.load("richens2022/treatments").model, "T", "Y", "none", "second")
    (Fraction(0, 1), Fraction(1, 5))

    """
    if set(model.domain(outcome)) != {0, 1}:
        states = ", ".join(map(show, model.domain(outcome)))
        raise NotApplicable(f"{outcome!r} has the states {states}; harm is about an outcome with the states 0 and 1.")
    model.cid.known_decision(decision)
    without, with_it = (_chance(model.do({decision: d}), {outcome: 1}) for d in (instead, option))
    return max(without - with_it, 0 * without), min(without, 1 - with_it)
