"""One decision in a model: what it may observe, its best options, and what would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.modelling.inference import Factor, eliminate, weights
from cidmesa.modelling.numbers import TOL, Array, Number, State
from cidmesa.quantities.twin_network import Names, Other, axis, coupled, plain, with_set
from cidmesa.solving.decision_rules import action_values, everywhere, options_there
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.solving.utility import slack_of
from cidmesa.structure.diagram import Node
from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Index", "Play", "distances"]

Index: TypeAlias = tuple[int, ...]  # of a context: the position of the state of each observation


@dataclass(frozen=True)
class Play:
    """A model whose only decision is ``decision``. Arrays have an axis for each observation, then those named.

    Each option can be set in each context; which of them a policy has there says ``there``.
    """

    model: Model
    decision: str
    tol: float = TOL

    @cached_property
    def reached(self) -> Array:
        """P(context)."""
        return weights(self.model, self.parents)

    @cached_property
    def contexts(self) -> tuple[Index, ...]:
        """The contexts that occur."""
        return tuple(index for index in np.ndindex(self.reached.shape) if self.reached[index] > 0)

    @cached_property
    def there(self) -> Array:
        """Which options (last axis) there are in each context."""
        return options_there(self.model, self.decision)

    @cached_property
    def values(self) -> Array:
        """P(context) E[downstream utility | context, option]; last axis: options."""
        return np.asarray(action_values(self.model, self.decision) * self.size)

    @property
    def size(self) -> int:
        """How many options there are."""
        return len(self.model.domains[self.decision])

    @property
    def parents(self) -> tuple[str, ...]:
        """What the decision observes."""
        return self.model.cid.parents(self.decision)

    @property
    def zero(self) -> Number:
        """Zero in the model's arithmetic."""
        return Fraction(0) if self.model.exact else 0.0

    @property
    def tolerance(self) -> float:
        """Up to which difference two probabilities are equal."""
        return 0.0 if self.model.exact else self.tol

    @cached_property
    def slack(self) -> Array:
        """Up to which difference two values in a context are equal: P(context) times that of expected utilities."""
        return np.asarray(self.reached * slack_of(self.model, self.model.cid.agent(self.decision), self.tol))

    @cached_property
    def best(self) -> Array:
        """Which options (last axis) are best in each context, of those that there are."""
        return optimal_options(self.values, self.slack, among=self.there)

    def least(self, values: Array) -> Array:
        """Return the least of ``values`` (last axis: options) over the best options, in each context."""
        return np.asarray(np.where(self.best, values, values.max(axis=-1, keepdims=True)).min(axis=-1))

    # --- what would have been -----------------------------------------------------------------------------------

    def responses(self, node: str) -> Iterator[tuple[Index, Index]]:
        """Yield each context together with one that it may become when ``node`` is set."""
        cid = self.model.cid
        if node not in cid.ancestors(self.decision):
            return
        above = cid.ancestors(self.decision)
        factors, names = with_set(self.model, node, above)
        here, there = self.parents, tuple(names.get(parent, parent) for parent in self.parents)
        axes = tuple(dict.fromkeys((*here, *there, Other(node))))
        for place in np.argwhere(eliminate(factors, axes) > 0).tolist():
            at = dict(zip(axes, place, strict=True))
            yield tuple(at[name] for name in here), tuple(at[name] for name in there)

    def nested(self, node: str) -> Array:
        """Return P(context) E[downstream utility, node as under do(D = d) | context, do(D = a)]; last axes: d, a."""
        cid = self.model.cid
        utilities = downstream_utilities(cid, self.decision)
        if node == self.decision:
            return np.asarray(np.repeat(self.values[..., None], self.size, axis=-1))
        untouched = np.repeat(self.values[..., None, :], self.size, axis=-2)
        if node not in cid.descendants(self.decision) or (cid.kind(node) == "utility" and node not in utilities):
            return np.asarray(untouched)
        if cid.kind(node) == "utility":
            axes = (*self.parents, self.decision)
            own = weights(everywhere(self.model, self.decision), axes, utility=node, undecided="uniform") * self.size
            return np.asarray(untouched - own[..., None, :] + own[..., None])
        return np.asarray(sum(self._nested(node, utility) for utility in utilities))

    def differing(self, node: str, distance: Callable[[State, State], Number] | None = None) -> Array:
        """Return P(context) E[distance of node under do(D = a) and do(D = b) | context]; last axes: a, b.

        ``None``: the distance of different states is 1.
        """
        cid = self.model.cid
        if node == self.decision:
            return np.asarray(self.reached[..., None, None] * distances(self.model.domains[node], distance))
        if node not in cid.descendants(self.decision):
            return np.asarray(self.reached[..., None, None] * np.zeros((self.size, self.size), dtype=int))
        if cid.kind(node) == "utility":
            as_chance = self.model.revised([Node(node, parents=cid.parents(node))])
            return Play(as_chance, self.decision).differing(node, distance)
        above = [name for name in cid.upstream([node, *self.parents]) if name != self.decision]
        names = {name: Other(name) for name in (self.decision, *cid.descendants(self.decision))}
        pairs = [*self.parents, self.decision, Other(self.decision), node, Other(node)]
        joint = eliminate([*self._worlds(above, names), *self._decisions()], pairs)
        return np.asarray((joint * distances(self.model.domains[node], distance)).sum(axis=(-1, -2)))

    def _nested(self, node: str, utility: str) -> Array:
        cid, below = self.model.cid, self.model.cid.descendants(self.decision)
        here = {name for name in cid.upstream([node]) if name in below}
        there = {name for name in cid.upstream([utility]) if name in below} - {node}
        names = {name: Other(name) for name in (self.decision, *below) if name != node}
        factors = [plain(self.model, utility, names), *self._decisions()]
        for name in cid.upstream([node, utility, *self.parents]):
            if name in here and name in there:
                factors += coupled(self.model, name, names)
            elif name != self.decision and cid.kind(name) != "utility":
                factors.append(plain(self.model, name, names if name in there else {}))
        return eliminate(factors, [*self.parents, self.decision, Other(self.decision)])

    def _worlds(self, nodes: Iterable[str], names: Names) -> list[Factor]:
        """Return the factors of ``nodes`` in both worlds; those that ``names`` leaves alone are the same in both."""
        found: list[Factor] = []
        for node in nodes:
            found += coupled(self.model, node, names) if node in names else [plain(self.model, node, {})]
        return found

    def _decisions(self) -> list[Factor]:
        return [axis(self.decision, self.size), axis(Other(self.decision), self.size)]


def distances(domain: Sequence[State], distance: Callable[[State, State], Number] | None) -> Array:
    """Return the distance of each two states, 1 for different ones where ``distance`` is ``None``.

    >>> distances([0, 1], None).tolist(), distances([0, 2], lambda w, v: abs(w - v)).tolist()
    ([[0, 1], [1, 0]], [[0, 2], [2, 0]])
    """
    rows = [[int(w != v) if distance is None else distance(w, v) for v in domain] for w in domain]
    exact = not any(isinstance(entry, float) for row in rows for entry in row)
    return np.array(rows, dtype=object if exact and distance is not None else None)
