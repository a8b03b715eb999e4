"""Expected counts of target settings under each choice: what a policy reveals of an objective, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.tabulation import node_settings
from cidmesa.solving.decision_rules import decided, pure_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["Group", "Row", "Rows", "cells_of", "choices", "completions", "counts", "rows_of"]

Row: TypeAlias = "tuple[Number, ...]"
Group: TypeAlias = "tuple[str, ...]"
MAX_POLICIES = 5_000


@dataclass(frozen=True)
class Rows:
    """Inequalities ``row . u >= 0``: ``chosen`` against what was not chosen, ``tied`` against what was, too."""

    chosen: tuple[Row, ...]
    tied: tuple[Row, ...]


def cells_of(model: Model, groups: Sequence[Group]) -> tuple[tuple[State, ...], ...]:
    """Return the settings of the targets; all groups must have the same.

    Raises:
        NotApplicable: groups of different shape.

    """
    shapes = [tuple(tuple(s.values()) for s in node_settings(group, model.domains)) for group in groups]
    if not shapes or any(shape != shapes[0] for shape in shapes):
        raise NotApplicable("the targets of all episodes must have the same states, for one objective values them all.")
    return shapes[0]


def completions(model: Model, policy: Policy) -> Iterator[Policy]:
    """Yield the policies that follow ``policy`` and take a pure rule at each decision that it says nothing about.

    Raises:
        TooLarge: too many.

    """
    free = [decision for decision in model.cid.decisions if decision not in policy]
    _limit(model, free, "that the policy leaves open")
    yield from _completed(model, free, policy)


def _completed(model: Model, free: Sequence[str], policy: Policy) -> Iterator[Policy]:
    if not free:
        yield policy
        return
    for rule in pure_rules(model, free[0]):
        yield from _completed(model, free[1:], policy.merged(Policy((rule,))))


def _limit(model: Model, decisions: Sequence[str], which: str) -> None:
    count = prod(len(model.domains[d]) ** prod(len(model.domains[p]) for p in model.cid.parents(d)) for d in decisions)
    if count > MAX_POLICIES:
        raise TooLarge(
            f"there are {count} pure rules at the decisions {', '.join(decisions)} {which}, more than "
            f"{MAX_POLICIES}. Give rules for some, or fewer observations."
        )


def rows_of(model: Model, policy: Policy, decisions: Sequence[str], groups: Sequence[Group]) -> Rows:
    """Return what it says of the objective that the rules of ``decisions`` are optimal, the other rules given.

    One decision: in each context that is reached, each option taken against each other. Several: the policy against
    each other pure policy of theirs (ex ante).
    """
    others = decided(model, *(rule for rule in policy.rules if rule.decision not in decisions))
    pairs = _by_context(others, policy[decisions[0]], groups) if len(decisions) == 1 else None
    pairs = _by_policy(others, policy, decisions, groups) if pairs is None else pairs
    chosen, tied = list[Row](), list[Row]()
    for row, is_tied in pairs:
        if any(row):
            (tied if is_tied else chosen).append(row)
    return Rows(tuple(dict.fromkeys(chosen)), tuple(dict.fromkeys(tied)))


def _by_context(model: Model, rule: Rule, groups: Sequence[Group]) -> list[tuple[Row, bool]]:
    values, reached = choices(model, rule.decision, groups)
    found = []
    for context in np.ndindex(*reached.shape):
        if reached[context]:
            taken = np.flatnonzero(rule.values[context])
            for option, other in product(taken, range(len(rule.options))):
                if option != other:
                    row = values[(*context, option)] - values[(*context, other)]
                    found.append((tuple(row.tolist()), other in taken))
    return found


def choices(model: Model, decision: str, groups: Sequence[Group]) -> tuple[Array, Array]:
    """Return P(context) times the expected counts after each option (axes: context, option, cell), and P(context)."""
    parents, options = model.cid.parents(decision), len(model.domains[decision])
    axes = (*parents, decision)
    reached = weights(model, parents)
    total = sum(_joint(model, axes, group) for group in groups) * options
    return np.asarray(total), reached


def _joint(model: Model, axes: tuple[str, ...], group: Group) -> Array:
    """Return P(axes, group), the settings of the group as the last axis; nodes may be in both."""
    keep = tuple(dict.fromkeys((*axes, *group)))
    joint = weights(model, keep, undecided="uniform")
    sizes = [len(model.domains[node]) for node in axes]
    result = np.zeros([*sizes, prod(len(model.domains[node]) for node in group)], dtype=joint.dtype)
    settings = list(np.ndindex(*(len(model.domains[node]) for node in group)))
    for index in np.ndindex(*joint.shape):
        at = dict(zip(keep, index, strict=True))
        result[(*(at[node] for node in axes), settings.index(tuple(at[node] for node in group)))] += joint[index]
    return result


def counts(model: Model, groups: Sequence[Group]) -> Row:
    """Return how often each setting of the targets is expected, over all groups, in a model without decisions."""
    return tuple(np.asarray(sum(_joint(model, (), group) for group in groups)).tolist())


def _by_policy(
    model: Model, policy: Policy, decisions: Sequence[str], groups: Sequence[Group]
) -> list[tuple[Row, bool]]:
    _limit(model, decisions, "of one agent")
    own = np.array(counts(model.with_policy(Policy(tuple(policy[d] for d in decisions))), groups), dtype=np.object_)
    others = (counts(model.with_policy(other), groups) for other in _completed(model, decisions, Policy(())))
    return [(tuple((own - np.array(other, dtype=np.object_)).tolist()), False) for other in others]
