"""Decision rules and action values of models, by elimination on the whole model."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.problem import Part, Problem
    from cidmesa.structure.diagram import CID

__all__ = [
    "MAX_CELLS",
    "action_values",
    "decided",
    "everywhere",
    "in_order",
    "observing",
    "options_there",
    "pure_rule",
    "pure_rules",
    "reached",
    "rule_of",
    "rules_from",
    "rules_of",
    "spread",
    "uniform_rule",
]

MAX_CELLS = 2**12  # of a rule that also lists the observations that it ignores


def observing(model: Model, cid: CID) -> Model:
    """Return the model whose decisions have the parents that they have in ``cid``."""
    changed = [cid.spec(d) for d in model.cid.decisions if cid.spec(d) != model.cid.spec(d)]
    return model.revised(changed) if changed else model


def decided(model: Model, *rules: Rule) -> Model:
    """Return the model whose decisions follow ``rules``."""
    return model.with_policy(Policy(rules))


def everywhere(model: Model, decision: str) -> Model:
    """Return the model in which a decision has all its options in every context."""
    return replace(model, menus={d: menu for d, menu in model.menus.items() if d != decision}) if model.menus else model


def action_values(model: Model, decision: str) -> Array:
    r"""Return :math:`P(pa)\,E[\sum U^D \mid pa, d]`, an axis for each parent and the options last.

    Decisions without a policy choose uniformly among their available options. ``decision`` ranges over all its options,
    including those that a context lacks (`options_there`). The utilities are the downstream ones of the owner.
    """
    model = everywhere(model, decision)
    axes = [*model.cid.parents(decision), decision]
    shape = [len(model.domains[node]) for node in axes]
    zero = np.full(shape, Fraction(0)) if model.exact else np.zeros(shape)
    utilities = downstream_utilities(model.cid, decision)
    return sum((weights(model, axes, utility=u, undecided="uniform") for u in utilities), start=zero)


def options_there(model: Model, decision: str) -> Array:
    """Return which options a decision has in each context, an axis for each parent and the options last.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=lambda S: ["a", "b"] if S else ["a"], U=0)
    >>> options_there(m, "D").tolist()
    [[True, False], [True, True]]
    """
    parents = model.cid.parents(decision)
    shape = [len(model.domains[node]) for node in (*parents, decision)]
    menu = model.menus.get(decision)
    return np.broadcast_to(np.ones(1, dtype=bool) if menu is None else menu.over(parents), shape)


def rule_of(model: Model, decision: str, values: Array, cid: CID | None = None) -> Rule:
    """Return the rule with this table over the parents of ``decision`` in the model, or in ``cid``."""
    parents = (model.cid if cid is None else cid).parents(decision)
    domains = model.domains
    return Rule(decision, parents, tuple([domains[parent] for parent in parents]), domains[decision], values)


def pure_rule(model: Model, decision: str, choice: Array) -> Rule:
    """Return the rule that takes the option at position ``choice[context]``."""
    one_hot = np.eye(len(model.domains[decision]))[choice]
    return rule_of(model, decision, one_hot.astype(int).astype(np.object_) if model.exact else one_hot)


def uniform_rule(model: Model, decision: str) -> Rule:
    """Return the rule that chooses uniformly among the available options."""
    there = options_there(model, decision).astype(np.object_ if model.exact else np.float64)
    whole: Any = Fraction(1) if model.exact else 1.0
    return rule_of(model, decision, there * whole / there.sum(axis=-1, keepdims=True))


def spread(rule: Rule, parents: tuple[str, ...], model: Model) -> Rule:
    """Return the rule over these parents, which include its own."""
    shape = (*(len(model.domains[parent]) for parent in parents), len(rule.options))
    order = [rule.parents.index(parent) for parent in parents if parent in rule.parents]
    values = rule.values.transpose([*order, len(rule.parents)])
    values = np.expand_dims(values, tuple(axis for axis, parent in enumerate(parents) if parent not in rule.parents))
    domains = tuple(model.domains[parent] for parent in parents)
    return Rule(rule.decision, parents, domains, rule.options, np.broadcast_to(values, shape).copy())


def _full(rule: Rule, parents: tuple[str, ...], model: Model) -> Rule:
    """Return the rule over all parents that its decision has in ``model``; it ignores those that it did not have.

    A rule whose table would be very large keeps its own parents.
    """
    if parents == rule.parents:
        return rule
    cells = prod(len(model.domains[parent]) for parent in parents) * len(rule.options)
    return rule if cells > MAX_CELLS else spread(rule, parents, model)


def in_order(rules: Iterable[Rule], model: Model) -> tuple[Rule, ...]:
    """Return the rules over the parents that the decisions have in ``model``, in the order of its nodes."""
    by_decision = {rule.decision: rule for rule in rules}
    deciding = [model.cid.specs[place] for place, _ in model.cid.net.decisions]
    return tuple([_full(by_decision[spec.name], spec.parents, model) for spec in deciding])


def rules_of(model: Model, problem: Problem, found: Mapping[int, Part]) -> tuple[Rule, ...]:
    """Return the rules by name; a decision that no utility depends on takes its first option."""
    rules = []
    domains, specs = model.domains, problem.cid.specs
    for place, _ in problem.net.decisions:
        spec, part = specs[place], found.get(place)
        parents = spec.parents if part else ()
        options = domains[spec.name]
        values = part.values if part else problem.one_hot(len(options), np.zeros((), dtype=int))
        rules.append(Rule(spec.name, parents, tuple([domains[parent] for parent in parents]), options, values))
    return tuple(rules)


def reached(model: Model, decision: str) -> Array:
    """Return which contexts of ``decision`` have positive probability if undecided decisions choose uniformly."""
    return np.asarray(weights(model, model.cid.parents(decision), undecided="uniform") > 0, dtype=bool)


def pure_rules(model: Model, decision: str, contexts: Array | None = None) -> Iterator[Rule]:
    """Yield the pure rules that differ in ``contexts`` (by default the reached ones), the first option elsewhere."""
    among = reached(model, decision) if contexts is None else contexts
    yield from rules_from(model, decision, among[..., None] & np.ones(len(model.domains[decision]), dtype=bool))


def rules_from(model: Model, decision: str, allowed: Array) -> Iterator[Rule]:
    """Yield every pure rule that takes an allowed option in each context that has one, the first option elsewhere.

    Only available options count as allowed, and the first option is the first available one.
    """
    contexts, there = list(np.ndindex(*allowed.shape[:-1])), options_there(model, decision)
    choices = [np.flatnonzero(allowed[at] & there[at]).tolist() or [int(there[at].argmax())] for at in contexts]
    for picked in product(*choices):
        choice = np.zeros(allowed.shape[:-1], dtype=int)
        for context, option in zip(contexts, picked, strict=True):
            choice[context] = option
        yield pure_rule(model, decision, choice)
