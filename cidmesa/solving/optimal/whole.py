"""A small problem as one table over all its variables: what `propagation.World` answers, without messages.

All tables are laid out along the same axes, one for each variable, so that products are plain products of arrays.
Fractions become integers over common denominators.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import lcm, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.numbers import scaled, unscaled
from cidmesa.solving.optimal.junction_tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.junction_tree import Tree
    from cidmesa.solving.optimal.problem import Part, Problem

__all__ = ["Whole", "whole_of"]

Scope = tuple[int, ...]


@dataclass
class Whole:
    """A problem in which some decisions follow rules and the others choose uniformly.

    ``axes``: the axis of each variable; ``wide``: the table of each node that has one, along all of them. Those of
    chance nodes and payoffs are multiplied by divisors, of which ``scale`` is the product (``None`` for floats).
    """

    problem: Problem
    axes: dict[int, int]
    wide: dict[int, Array]
    scale: int | None = None
    rules: dict[int, Part] = field(default_factory=dict)

    @cached_property
    def mixed(self) -> Whole:
        """The problem in which all decisions choose uniformly."""
        wide = {node: table for node, table in self.wide.items() if node not in self.rules}
        return Whole(self.problem, self.axes, wide, self.scale)

    @property
    def tree(self) -> Tree:
        """The junction tree."""
        return tree_of(self.problem)

    def decide(self, *rules: Part) -> None:
        """Let decisions follow ``rules``."""
        for rule in rules:
            self.rules[rule.child] = rule
            self.wide[rule.child] = _laid(rule.scope, rule.values, self.axes)

    def action_values(self, decision: int) -> tuple[Array | None, Array]:
        """Return P(pa) (``None`` for 1) and P(pa) E[sum of U^D | pa, d], up to a factor.

        Only what matters to the rule counts, see `propagation.World`.
        """
        net = self.problem.net
        bit, mechanisms, targets = net.bit[decision], net.balls.mechanisms, net.targets
        nodes = [v for v in self.axes if mechanisms[v] & bit and v in self.wide]
        payoffs = [u for u in self.problem.payoffs if targets[u] & bit]
        (mass, value), family = self._multiplied(nodes, payoffs), self.problem.families[decision]
        found = self._over(family, value)
        times = value.size // found.size  # settings over which only the value is summed, once those of the mass go
        if mass is None:
            return (None if times == 1 else np.full([1] * len(family), times)), self._whole(family, found)
        own = self._over(family, mass)
        times //= mass.size // own.size
        return (own if times == 1 else own * times), self._whole(family, found)

    def value(self) -> Any:
        """Return the expected sum of all payoffs under the rules; all must be decided."""
        return self.expected_utilities(()).item()

    def expected_utilities(self, scope: Scope) -> Array:
        """Return P(x) E[sum of all payoffs | x] for each setting x of some variables.

        Decisions without a rule must be among these variables.
        """
        _, value = self._multiplied([v for v in self.axes if v in self.wide], [*self.problem.payoffs])
        values = self._whole(scope, self._over(scope, value))
        return values if self.scale is None or not self.problem.payoffs else unscaled(values, self.scale, whole=False)

    def _multiplied(self, nodes: Sequence[int], payoffs: Sequence[int]) -> tuple[Array | None, Array]:
        """Return the product of tables (``None``: 1), and that times the sum of payoffs."""
        mass, wide = None, self.wide
        for v in nodes:
            mass = wide[v] if mass is None else mass * wide[v]
        total = wide[payoffs[0]] if payoffs else np.zeros([1] * len(self.axes))
        for u in payoffs[1:]:
            total = total + wide[u]
        return mass, total if mass is None else mass * total

    def _over(self, scope: Scope, array: Array) -> Array:
        """Return an array along all axes summed over those of variables that ``scope`` does not have."""
        kept = [self.axes[v] for v in scope]
        gone = tuple([axis for axis in range(len(self.axes)) if axis not in kept])
        total, order = np.asarray(np.add.reduce(array, axis=gone)), sorted(kept)
        return total if order == kept else total.transpose([order.index(axis) for axis in kept])

    def _whole(self, scope: Scope, array: Array) -> Array:
        """Return an array over ``scope`` with a cell for each setting, also of variables that make no difference."""
        shape = tuple([self.problem.sizes[v] for v in scope])
        return array if array.shape == shape else np.broadcast_to(array, shape)


def whole_of(problem: Problem) -> Whole | None:
    """Return a small problem as one table, with no decision decided; ``None`` for others.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.optimal.problem import problem_of
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> whole = whole_of(problem_of(m, "agent", g))
    >>> whole.action_values(1)[1].tolist(), whole.expected_utilities((1,)).tolist()
    ([[1, 0], [0, 1]], [Fraction(1, 3), Fraction(2, 3)])
    """
    if not problem.small:
        return None
    axes = {v: axis for axis, v in enumerate(problem.sizes)}
    parts = problem.chance | problem.payoffs
    if problem.exact:
        return _of_integers(problem, axes, parts)
    return Whole(problem, axes, {n: _laid(part.scope, part.values, axes) for n, part in parts.items()})


def _of_integers(problem: Problem, axes: dict[int, int], parts: Mapping[int, Part]) -> Whole | None:
    """Return an exact problem; ``None`` for cells other than Fractions, or if their denominators are long."""
    tables = {n: table for n, part in parts.items() if (table := scaled(part.values)) is not None}
    if len(tables) < len(parts):
        return None
    common = lcm(*[tables[u].denominator for u in problem.payoffs])
    times = {n: common // table.denominator if n in problem.payoffs else 1 for n, table in tables.items()}
    most = sum([tables[u].largest * times[u] for u in problem.payoffs])
    bound = most * problem.cells(tuple(axes)) * prod([tables[v].largest for v in problem.chance])
    kind: type = np.int64 if bound < 2**63 else np.object_
    wide = {n: _laid(parts[n].scope, table.array(kind) * times[n], axes) for n, table in tables.items()}
    return Whole(problem, axes, wide, common * prod([tables[v].denominator for v in problem.chance]))


def _laid(scope: Scope, values: Array, axes: Mapping[int, int]) -> Array:
    """Return a table along all axes, of length 1 where it does not have the variable."""
    shape = [1] * len(axes)
    for v, length in zip(scope, values.shape, strict=True):
        shape[axes[v]] = length
    if [*scope] != (order := sorted(scope)):
        values = values.transpose([scope.index(v) for v in order])
    return values.reshape(shape)
