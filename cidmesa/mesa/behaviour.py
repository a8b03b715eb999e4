"""Expected counts of target settings under each choice: what a policy reveals of an objective, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.tabulation import node_settings
from cidmesa.solving.decision_rules import decided, everywhere, options_there, pure_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = [
    "Group",
    "Reading",
    "Row",
    "Rows",
    "cells_of",
    "choices",
    "completions",
    "context_rows",
    "counts",
    "rows_of",
    "sorted_rows",
]

Row: TypeAlias = "tuple[Number, ...]"
Group: TypeAlias = "tuple[str, ...]"
MAX_POLICIES = 5_000


@dataclass(frozen=True)
class Rows:
    """Inequalities ``row . u >= 0``: ``chosen`` compare with options not taken, ``tied`` with others taken."""

    chosen: tuple[Row, ...]
    tied: tuple[Row, ...]


@dataclass(frozen=True)
class Reading:
    """How behaviour is read: what an action reveals about its value, and which alternatives count.

    ``rationality``: "optimal", each option taken is best; "noisy", an option taken more often is better. ``actions``:
    decision -> the options that count as possible; all if left out.
    """

    rationality: Literal["optimal", "noisy"] = "optimal"
    actions: Mapping[str, Sequence[State]] = field(default_factory=dict)

    def possible(self, rule: Rule) -> list[int]:
        """Return the positions of the options that could have been taken."""
        known = self.actions.get(rule.decision, rule.options)
        return [position for position, option in enumerate(rule.options) if option in known]

    def allows(self, rule: Rule) -> bool:
        """Return whether the rule takes possible options only."""
        among = self.possible(rule)
        return not np.delete(rule.values, among, axis=-1).any()

    def compared(self, rule: Rule, context: tuple[int, ...]) -> Iterator[tuple[int, int, bool]]:
        """Yield an option, one that is no better, and whether both are equally good."""
        chances, among = rule.values[context], self.possible(rule)
        for option, other in product(among, among):
            if option == other or not chances[option]:
                continue
            if self.rationality == "optimal":
                yield option, other, bool(chances[other])
            elif chances[option] >= chances[other]:
                yield option, other, bool(chances[option] == chances[other])


def cells_of(model: Model, groups: Sequence[Group]) -> tuple[tuple[State, ...], ...]:
    """Return the settings of the targets; all groups must have the same.

    Raises:
        NotApplicable: groups have different shapes.

    """
    shapes = [tuple(tuple(s.values()) for s in node_settings(group, model.domains)) for group in groups]
    if not shapes or any(shape != shapes[0] for shape in shapes):
        raise NotApplicable(
            "the targets of all episodes must have the same states, because one objective values them all."
        )
    return shapes[0]


def completions(model: Model, policy: Policy) -> Iterator[Policy]:
    """Yield the policies that follow ``policy`` and take a pure rule at each decision that it says nothing about.

    Raises:
        TooLarge: too many policies.

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


def rows_of(
    model: Model, policy: Policy, decisions: Sequence[str], groups: Sequence[Group], reading: Reading | None = None
) -> Rows:
    """Return what the optimality of the rules of ``decisions`` implies for the objective, given the other rules.

    For one decision, each option taken is compared with each other option in each reached context. For several, the
    policy is compared with each of their other pure policies (ex ante).
    """
    others, read = decided(model, *(r for r in policy.rules if r.decision not in decisions)), reading or Reading()
    if len(decisions) == 1:
        return sorted_rows(_by_context(others, policy[decisions[0]], groups, read))
    return sorted_rows(_by_policy(others, policy, decisions, groups, read))


def context_rows(model: Model, rule: Rule, groups: Sequence[Group]) -> Rows:
    """Return the rows of one decision in expectations given the context, so that rare contexts count fully."""
    return sorted_rows(_by_context(model, rule, groups, Reading(), given=True))


def sorted_rows(pairs: Iterable[tuple[Row, bool]]) -> Rows:
    """Return the rows by whether they are ties; what comes to the same whatever the objective says nothing."""
    chosen, tied = list[Row](), list[Row]()
    for row, is_tied in pairs:
        if any(row):
            (tied if is_tied else chosen).append(row)
    return Rows(tuple(dict.fromkeys(chosen)), tuple(dict.fromkeys(tied)))


def _by_context(
    model: Model, rule: Rule, groups: Sequence[Group], read: Reading, *, given: bool = False
) -> Iterator[tuple[Row, bool]]:
    values, reached = choices(model, rule.decision, groups)
    there = options_there(model, rule.decision)
    for context in np.ndindex(*reached.shape):
        if reached[context]:
            scale = reached[context] if given else 1
            for option, other, tied in read.compared(rule, context):
                if not there[(*context, other)]:
                    continue
                row = (values[(*context, option)] - values[(*context, other)]) / scale
                yield tuple(row.tolist()), tied


def choices(model: Model, decision: str, groups: Sequence[Group]) -> tuple[Array, Array]:
    """Return P(context) times the expected counts after each option (axes: context, option, cell), and P(context).

    Options that a context lacks are counted as if it had them (`options_there`).
    """
    parents, options = model.cid.parents(decision), len(model.domains[decision])
    axes = (*parents, decision)
    reached = weights(model, parents)
    total = sum(_joint(everywhere(model, decision), axes, group) for group in groups) * options
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
    """Return the expected count of each setting of the targets, over all groups, in a model without decisions."""
    return tuple(np.asarray(sum(_joint(model, (), group) for group in groups)).tolist())


def _by_policy(
    model: Model, policy: Policy, decisions: Sequence[str], groups: Sequence[Group], read: Reading
) -> Iterator[tuple[Row, bool]]:
    _limit(model, decisions, "of one agent")
    own = np.array(counts(model.with_policy(Policy(tuple(policy[d] for d in decisions))), groups), dtype=np.object_)
    for other in _completed(model, decisions, Policy(())):
        if all(read.allows(rule) for rule in other.rules):
            theirs = np.array(counts(model.with_policy(other), groups), dtype=np.object_)
            yield tuple((own - theirs).tolist()), False
