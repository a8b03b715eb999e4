"""Counterfactuals by enumeration of the noise: for each node one response to each setting of its parents."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cidmesa as cm

__all__ = ["Oracle"]


class Oracle:
    """All noise settings of a model without decisions, with their probabilities; positions stand for states."""

    def __init__(self, model: cm.Model) -> None:
        self.model, self.cid = model, model.cid
        self.nodes = [node for node in self.cid.nodes if self.cid.kind(node) != "utility"]
        contexts = [(node, c) for node in self.nodes for c in product(*map(self._range, self.cid.parents(node)))]
        self.fields = [(node, context, self._responses(node, context)) for node, context in contexts]
        self.size = prod(len(responses) for _, _, responses in self.fields)

    def _range(self, node):
        return range(len(self.model.domain(node)))

    def _responses(self, node, context):
        return [(k, p) for k, p in enumerate(self.model.table(node).values[context].tolist()) if p]

    def noises(self):
        keys = [(node, context) for node, context, _ in self.fields]
        for picked in product(*(responses for _, _, responses in self.fields)):
            yield dict(zip(keys, (k for k, _ in picked), strict=True)), prod((p for _, p in picked), start=Fraction(1))

    def value(self, node, noise, held):
        """The value (position; of a utility the number) of ``node`` in the world where ``held`` is held."""
        if node in held:
            given = held[node]
            return self.value(node, noise, given) if isinstance(given, dict) else given
        context = tuple(self.value(parent, noise, held) for parent in self.cid.parents(node))
        if self.cid.kind(node) == "utility":
            return self.model.table(node).values[context]
        return noise[node, context]

    def along(self, node, noise, cause, low, high, edges):
        """The value of ``node`` when the change of ``cause`` is transmitted along ``edges`` only."""
        if node == cause:
            return high
        context = tuple(
            self.along(p, noise, cause, low, high, edges) if (p, node) in edges else self.value(p, noise, {cause: low})
            for p in self.cid.parents(node)
        )
        return self.model.table(node).values[context] if self.cid.kind(node) == "utility" else noise[node, context]

    def law(self, node, held, evidence):
        """The law of the counterfactual value given factual evidence, ``None`` if that is impossible."""
        found, total = {}, Fraction(0)
        for noise, chance in self.noises():
            if all(self.value(seen, noise, {}) == state for seen, state in evidence.items()):
                total += chance
                value = self.value(node, noise, held)
                found[value] = found.get(value, 0) + chance
        return {value: chance / total for value, chance in found.items()} if total else None

    def mean(self, of):
        """The expectation of a function of the noise."""
        return sum(chance * of(noise) for noise, chance in self.noises())
