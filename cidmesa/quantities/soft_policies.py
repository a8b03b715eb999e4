"""Soft-optimal policies: as random as they can be for the utility that they get, by induction or by climbing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import Factor, eliminate, weights
from cidmesa.modelling.numbers import Array, to_float
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import in_order, observing, options_there, uniform_rule
from cidmesa.solving.missing_options import unrestricted
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import is_soluble, relevance_graph

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Alternating", "Chosen", "Prediction", "Soft", "alternating", "soft"]


class Chosen(NamedTuple):
    """A soft-optimal policy: what it is worth, how random it is, and the rules (options last)."""

    utility: float
    entropy: float
    rules: tuple[Factor, ...]


@dataclass(frozen=True)
class Soft:
    """A model with the nonrequisite links of its decisions dropped, ready for soft backward induction."""

    model: Model  # reduced
    whole: Model
    order: tuple[str, ...] = ()  # of the decisions, each before those that rely on it

    @cached_property
    def there(self) -> Mapping[str, Array]:
        """For each decision the options that it has in each context."""
        return {d: options_there(self.model, d) for d in self.model.cid.decisions}

    @cached_property
    def utilities(self) -> tuple[Factor, ...]:
        """The utilities as they are in the model."""
        return tuple(_floats(self.model, node) for node in self.model.cid.utilities)

    @property
    def greatest_entropy(self) -> float:
        """The sum of the logarithms of the numbers of options."""
        return math.fsum(math.log(len(self.model.domains[d])) for d in self.model.cid.decisions)

    def play(self, beta: float, utilities: Sequence[Factor] | None = None) -> Chosen:
        r"""Return the policy that maximizes :math:`\beta E[\mathcal U] + H`; for infinite beta, its limit.

        ``utilities`` stand in for those of the model, over the same parents. H is the sum over decisions of the entropy
        of D given what it observes, or :math:`\log |dom D|` less the divergence from a fair lot among what there is;
        both are the same where all options are. Backward: :math:`\pi_D \propto \exp(\beta Q)` with the entropy of the
        decisions that follow counted in Q. At a limit: among the best (for minus infinity worst) options, as random as
        can be.
        """
        given = list(self.utilities if utilities is None else utilities)
        rules: dict[str, Factor] = {}
        entropies: list[Factor] = []
        for decision in self.order:
            goods, lots = (self._after(decision, group, rules) for group in (given, entropies))
            among = self.there[decision]
            if math.isinf(beta):
                among = optimal_options(math.copysign(1, beta) * goods, among=among)
            aims = lots if math.isinf(beta) else beta * goods + lots
            rules[decision] = Factor((*self.model.cid.parents(decision), decision), _softmax(aims, among))
            entropies.append(self._lots(rules[decision]))
        parts = [math.fsum(self._mean(factor, rules) for factor in group) for group in (given, entropies)]
        return Chosen(parts[0], parts[1], tuple(rules.values()))

    def answer(self, decision: str, beta: float, rules: dict[str, Factor]) -> Factor:
        """Return the rule of ``decision`` that maximizes the same, the other decisions having these rules."""
        others = {d: rule for d, rule in rules.items() if d != decision}
        goods, after = (
            self._after(decision, group, others) for group in (self.utilities, [*map(self._lots, others.values())])
        )
        return Factor(rules[decision].variables, _softmax(beta * goods + after, self.there[decision]))

    def worth(self, rules: dict[str, Factor]) -> Chosen:
        """Return what these rules are worth and how random they are."""
        lots = map(self._lots, rules.values())
        parts = [math.fsum(self._mean(factor, rules) for factor in group) for group in (self.utilities, lots)]
        return Chosen(parts[0], parts[1], tuple(rules.values()))

    def distribution(self, nodes: Sequence[str], play: Chosen) -> Array:
        """Return the distribution of ``nodes`` under the policy, an axis for each."""
        rules = {factor.variables[-1]: factor for factor in play.rules}
        return eliminate(self._world(nodes, rules), nodes)

    def policy(self, play: Chosen) -> Policy:
        """Return the policy over all that the decisions observe."""
        domains = self.model.domains
        rules = [
            Rule(d, tuple(seen), tuple(domains[name] for name in seen), domains[d], np.array(values))
            for (*seen, d), values in play.rules
        ]
        return Policy(in_order(rules, self.whole))

    def _lots(self, rule: Factor) -> Factor:
        """Return how random a rule is in each context: the logarithm of |dom D| less the divergence from a fair lot."""
        count = self.there[rule.variables[-1]].sum(axis=-1)
        return Factor(rule.variables[:-1], _entropy(rule.values) + np.log(rule.values.shape[-1] / count))

    def _after(self, decision: str, group: Iterable[Factor], rules: dict[str, Factor]) -> Array:
        """Return the expected sum of what is downstream in ``group`` in each context and option."""
        keep = (*self.model.cid.parents(decision), decision)
        below = {decision, *self.model.cid.descendants(decision)}
        reached = self._sum(keep, Factor((), np.array(1.0)), rules)
        total = np.zeros(reached.shape)
        for factor in group:
            if below & set(factor.variables):
                total = total + self._sum(keep, factor, rules)
        return np.asarray(np.divide(total, reached, out=np.zeros(reached.shape), where=reached > 0))

    def _sum(self, keep: Sequence[str], factor: Factor, rules: dict[str, Factor]) -> Array:
        found = eliminate([*self._world((*keep, *factor.variables), rules), factor], keep)
        return np.broadcast_to(found, [len(self.model.domains[name]) for name in keep])

    def _mean(self, factor: Factor, rules: dict[str, Factor]) -> float:
        return float(eliminate([*self._world(factor.variables, rules), factor], ()))

    def _world(self, nodes: Iterable[str], rules: dict[str, Factor]) -> list[Factor]:
        """Return the factors of the ancestors of ``nodes``; decisions without a rule choose uniformly."""
        cid = self.model.cid
        above = cid.upstream(nodes)
        return [rules.get(name) or _floats(self.model, name) for name in above]


def soft(model: Model) -> Soft:
    """Return the model prepared for soft backward induction.

    Raises:
        NotApplicable: several agents decide, decisions share a rule, or the diagram is not soluble.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    >>> play = soft(cm.model(g, D=[0, 1], U="D")).play(math.log(9))
    >>> round(play.utility, 9), play.rules[0].values.round(9).tolist()
    (0.9, [0.1, 0.9])
    """
    deciding = [agent for agent in model.cid.agents if model.cid.decisions_of(agent)]
    if len(deciding) != 1 or model.tied:
        who = f"{', '.join(deciding) or 'nobody'} decides" if len(deciding) != 1 else "decisions share a rule"
        raise NotApplicable(
            "soft-optimal policies are for one agent with a rule for each decision, but here "
            f"{who}. Fix the others by model.with_policy."
        )
    priced = unrestricted(model)[0].cid
    if not (found := is_soluble(priced)):
        raise NotApplicable(
            f"the diagram is not soluble ({found.reason}), so that soft backward induction does not "
            "reach the most random policy. Give decisions more memory."
        )
    smaller = minimal_reduction(priced)
    order = tuple(d for component in relevance_graph(smaller).components for d in component)
    return Soft(observing(model, smaller), model, order)


def _floats(model: Model, node: str) -> Factor:
    if model.cid.kind(node) == "decision":
        return Factor((node,), np.full(len(model.domains[node]), 1 / len(model.domains[node])))
    table = model.tables[node].as_float()
    return Factor(table.variables, table.values)


def _softmax(values: Array, among: Array) -> Array:
    values = np.where(among, values, -np.inf)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _entropy(rule: Array) -> Array:
    return np.asarray(-(rule * np.log(np.where(rule > 0, rule, 1))).sum(axis=-1))


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
        """Return the best prediction that is found among policies that maximize beta times utility, plus entropy.

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
        lots = {d: to_float(uniform_rule(self.model, d).values) for d in self.policy}
        return {d: Factor((*self.model.cid.parents(d), d), values) for d, values in lots.items()}

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
            count = self._soft.there[factor.variables[-1]].sum(axis=-1, keepdims=True)
            ratio = np.where(seen > 0, factor.values * count, 1)
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
