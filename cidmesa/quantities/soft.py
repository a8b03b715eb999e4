"""Soft-optimal policies: as random as they can be for the utility that they get."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import in_order, observing, optimal_options
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import is_soluble, relevance_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["Chosen", "Soft", "soft"]


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

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The decisions, each before those that rely on it."""
        return tuple(d for component in relevance_graph(self.model.cid).components for d in component)

    @cached_property
    def utilities(self) -> tuple[Factor, ...]:
        """The utilities as they are in the model."""
        return tuple(_floats(self.model, node) for node in self.model.cid.utilities)

    @property
    def greatest_entropy(self) -> float:
        """The sum of the logarithms of the numbers of options."""
        return math.fsum(math.log(len(self.model.domains[d])) for d in self.model.cid.decisions)

    def play(self, beta: float, utilities: Sequence[Factor] | None = None) -> Chosen:
        r"""Return the policy that maximises :math:`\beta E[\mathcal U] + H`; for infinite beta, its limit.

        ``utilities`` stand in for those of the model, over the same parents. H is the sum over decisions of the
        entropy of D given what it observes. Backward: :math:`\pi_D \propto \exp(\beta Q)` with the entropy of the
        decisions that follow counted in Q. At a limit: among the best (for minus infinity worst) options, as random
        as can be.
        """
        given = list(self.utilities if utilities is None else utilities)
        rules: dict[str, Factor] = {}
        entropies: list[Factor] = []
        for decision in self.order:
            goods, lots = (self._after(decision, group, rules) for group in (given, entropies))
            rule = _limit(math.copysign(1, beta) * goods, lots) if math.isinf(beta) else _softmax(beta * goods + lots)
            observed = self.model.cid.parents(decision)
            rules[decision] = Factor((*observed, decision), rule)
            entropies.append(Factor(observed, _entropy(rule)))
        parts = [math.fsum(self._mean(factor, rules) for factor in group) for group in (given, entropies)]
        return Chosen(parts[0], parts[1], tuple(rules.values()))

    def answer(self, decision: str, beta: float, rules: dict[str, Factor]) -> Factor:
        """Return the rule of ``decision`` that maximises the same, the other decisions having these rules."""
        others = {d: rule for d, rule in rules.items() if d != decision}
        lots = [Factor(rule.variables[:-1], _entropy(rule.values)) for rule in others.values()]
        goods, after = (self._after(decision, group, others) for group in (self.utilities, lots))
        return Factor(rules[decision].variables, _softmax(beta * goods + after))

    def worth(self, rules: dict[str, Factor]) -> Chosen:
        """Return what these rules are worth and how random they are."""
        lots = [Factor(rule.variables[:-1], _entropy(rule.values)) for rule in rules.values()]
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
        above = cid.names(cid.dag.ancestors(cid.indices(nodes)))
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
        raise NotApplicable("soft-optimal policies are for one agent with a rule for each decision, but here "
                            f"{who}. Fix the others by model.with_policy.")  # fmt: skip
    if not (found := is_soluble(model.cid)):
        raise NotApplicable(f"the diagram is not soluble ({found.reason}), so that soft backward induction does not "
                            "reach the most random policy. Give decisions more memory.")  # fmt: skip
    return Soft(observing(model, minimal_reduction(model.cid)), model)


def _floats(model: Model, node: str) -> Factor:
    if model.cid.kind(node) == "decision":
        return Factor((node,), np.full(len(model.domains[node]), 1 / len(model.domains[node])))
    table = model.tables[node].as_float()
    return Factor(table.variables, table.values)


def _softmax(values: Array) -> Array:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _limit(goods: Array, lots: Array) -> Array:
    """Return the limit of the softmax: only best options, weighted by the entropy that follows."""
    return _softmax(np.where(optimal_options(goods), lots, -np.inf))


def _entropy(rule: Array) -> Array:
    return np.asarray(-(rule * np.log(np.where(rule > 0, rule, 1))).sum(axis=-1))
