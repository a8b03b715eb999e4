"""Most random policies where backward induction does not reach them: one rule after the other, from several starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.modelling.inference import Factor, weights
from cidmesa.modelling.numbers import to_float
from cidmesa.quantities.soft import Chosen, Soft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.modelling.policy import Policy

__all__ = ["Alternating", "Prediction", "alternating"]

_SWEEPS = 200
_STILL = 1e-11  # a change of the rules that counts as none
_ALIKE = 1e-9  # a difference of objectives that counts as none
_STRENGTHS = [2.0**k for k in range(-3, 9)]  # of beta, times the range of the utility
_SPLITS = 20  # halvings around the best strength
_GOLDEN = (math.sqrt(5) - 1) / 2

Rules = dict[str, Factor]


class Prediction(NamedTuple):
    """How well a policy is predicted (in nats, above any option being as likely), by which beta and which policy."""

    value: float
    beta: float
    chosen: Chosen


@dataclass(frozen=True)
class Alternating:
    """A model of one agent with a policy that is to be predicted."""

    model: Model
    policy: Policy

    def prediction(self) -> Prediction:
        """Return the best prediction that is found among policies that maximise beta times utility, plus entropy.

        Each beta is climbed to from the fair lot, from half the policy, and from the beta before. What is found
        may be a local maximum, so the value is a lower bound.
        """
        found = [max(self._along(sign), key=lambda p: p.value) for sign in (1, -1)]
        best = self._refined(max(found, key=lambda p: p.value))
        level = Prediction(0.0, 0.0, self._climbed(0.0, self._fair)[0])
        return max(level, best, key=lambda p: p.value)

    @cached_property
    def _soft(self) -> Soft:
        return Soft(self.model, self.model)

    @cached_property
    def _fair(self) -> Rules:
        shapes = {d: [len(self.model.domains[n]) for n in (*self.model.cid.parents(d), d)] for d in self.policy}
        return {d: Factor((*self.model.cid.parents(d), d), np.full(s, 1 / s[-1])) for d, s in shapes.items()}

    @cached_property
    def _blend(self) -> Rules:
        own = {d: to_float(self.policy[d].values) for d in self.policy}
        return {d: Factor(f.variables, (f.values + own[d]) / 2) for d, f in self._fair.items()}

    @cached_property
    def _seen(self) -> Mapping[str, Array]:
        """For each decision P(what it observes, what it does) under the policy."""
        played = self.model.with_policy(self.policy)
        return {d: to_float(weights(played, (*self.model.cid.parents(d), d))) for d in self.policy}

    @cached_property
    def _reach(self) -> float:
        return math.fsum(float(np.ptp(f.values)) for f in self._soft.utilities) or 1.0

    def _along(self, sign: int) -> Iterator[Prediction]:
        rules = self._fair
        for strength in _STRENGTHS:
            found = self._at(sign * strength / self._reach, (self._fair, self._blend, rules))
            rules = self._rules(found.chosen)
            yield found

    def _refined(self, best: Prediction) -> Prediction:
        """Return the best prediction between half and twice the strength (golden section)."""
        low, high = best.beta / 2, best.beta * 2
        for _ in range(_SPLITS):
            inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
            first, second = (self._at(beta, (self._rules(best.chosen),)) for beta in inner)
            low, high = (low, inner[1]) if first.value >= second.value else (inner[0], high)
            best = max(best, first, second, key=lambda p: p.value)
        return best

    def _rules(self, chosen: Chosen) -> Rules:
        return {factor.variables[-1]: factor for factor in chosen.rules}

    def _at(self, beta: float, starts: Sequence[Rules]) -> Prediction:
        climbed = [self._climbed(beta, start) for start in starts]
        top = max(objective for _, objective in climbed)
        able = [chosen for chosen, objective in climbed if objective >= top - _ALIKE * max(1.0, abs(top))]
        best = max(able, key=self._score)
        return Prediction(self._score(best), beta, best)

    def _climbed(self, beta: float, rules: Rules) -> tuple[Chosen, float]:
        """Return where improving one rule after the other comes to rest, and beta times utility plus entropy there."""
        for _ in range(_SWEEPS):
            before = rules
            for decision in rules:
                rules = rules | {decision: self._soft.answer(decision, beta, rules)}
            if all(np.abs(before[d].values - rules[d].values).max() < _STILL for d in rules):
                break
        chosen = self._soft.worth(rules)
        return chosen, beta * chosen.utility + chosen.entropy

    def _score(self, chosen: Chosen) -> float:
        logs = []
        for factor in chosen.rules:
            seen = self._seen[factor.variables[-1]]
            ratio = np.where(seen > 0, factor.values * factor.values.shape[-1], 1)
            with np.errstate(divide="ignore"):
                logs.append(float((seen * np.log(ratio)).sum()))
        return math.fsum(logs) if math.inf not in map(abs, logs) else -math.inf


def alternating(model: Model, policy: Policy) -> Prediction:
    """Return the best prediction of a policy that is found, a lower bound; see `Alternating`.

    >>> import cidmesa as cm
    >>> g = cm.cid("Z -> D1; Z -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, Z=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U="D1 == D2")
    >>> found = alternating(m, cm.policy(m, {"D1": "Z", "D2": "Z"}))
    >>> found.value > 1.38, found.beta > 0           # nearly 2 log 2
    (True, True)
    """
    return Alternating(model, policy).prediction()
