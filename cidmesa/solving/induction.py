"""Rules and action values of models, by elimination on the whole model."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.structure.diagram import CID

__all__ = ["action_values", "decided", "in_order", "observing", "optimal_options", "pure_rule"]

MAX_CELLS = 2**12  # of a rule that also lists the observations that it ignores
_TOLERANCE = 1e-10  # relative, for ties between floats


def observing(model: Model, cid: CID) -> Model:
    """Return the model whose decisions have the parents that they have in ``cid``."""
    changed = [cid.spec(d) for d in model.cid.decisions if cid.spec(d) != model.cid.spec(d)]
    return model.revised(changed) if changed else model


def decided(model: Model, *rules: Rule) -> Model:
    """Return the model in which the decisions of ``rules`` follow them."""
    return model.with_policy(Policy(rules))


def action_values(model: Model, decision: str) -> Array:
    r"""Return :math:`P(pa)\,E[\sum U^D \mid pa, d]`, an axis for each parent and the options last.

    Decisions without a policy count as choosing uniformly. Utilities: those of the owner that are downstream.
    """
    axes = [*model.cid.parents(decision), decision]
    shape = [len(model.domains[node]) for node in axes]
    zero = np.full(shape, Fraction(0)) if model.exact else np.zeros(shape)
    utilities = downstream_utilities(model.cid, decision)
    return sum((weights(model, axes, utility=u, undecided="uniform") for u in utilities), start=zero)


def optimal_options(values: Array) -> Array:
    """Return which options (last axis) attain the maximum in each context; floats tie within a relative tolerance."""
    best = values.max(axis=-1, keepdims=True)
    if values.dtype != np.float64:
        return np.asarray(values == best, dtype=bool)
    return np.asarray(values >= best - _TOLERANCE * np.abs(values).max(initial=0.0))


def pure_rule(model: Model, decision: str, choice: Array) -> Rule:
    """Return the rule that takes the option at position ``choice[context]``."""
    parents, options = model.cid.parents(decision), model.domains[decision]
    one_hot = np.eye(len(options))[choice]
    values = one_hot.astype(int).astype(np.object_) if model.exact else one_hot
    return Rule(decision, parents, tuple(model.domains[parent] for parent in parents), options, values)


def _spread(rule: Rule, model: Model) -> Rule:
    """Return the rule over all parents that its decision has in ``model``, ignoring those that it does not have.

    A rule whose table would be very large stays over the parents that it has.
    """
    parents = model.cid.parents(rule.decision)
    if parents == rule.parents:
        return rule
    domains = tuple(model.domains[parent] for parent in parents)
    shape = (*map(len, domains), len(rule.options))
    if prod(shape) > MAX_CELLS:
        return rule
    order = [rule.parents.index(parent) for parent in parents if parent in rule.parents]
    values = rule.values.transpose([*order, len(rule.parents)])
    values = np.expand_dims(values, tuple(axis for axis, parent in enumerate(parents) if parent not in rule.parents))
    return Rule(rule.decision, parents, domains, rule.options, np.broadcast_to(values, shape).copy())


def in_order(rules: Iterable[Rule], model: Model) -> tuple[Rule, ...]:
    """Return the rules over the parents that the decisions have in ``model``, in the order of its nodes."""
    by_decision = {rule.decision: _spread(rule, model) for rule in rules}
    return tuple(by_decision[decision] for decision in model.cid.decisions)
