"""The optimum over all pure policies, by adding up the whole joint table: no elimination, no graph theory."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

__all__ = ["brute_optimum", "count_policies"]


def count_policies(model) -> int:
    """Return the number of pure policies."""
    total = 1
    for decision in model.cid.decisions:
        contexts = prod(len(model.domain(parent)) for parent in model.cid.parents(decision))
        total *= len(model.domain(decision)) ** contexts
    return total


def brute_optimum(model, scale: int = 4) -> Fraction:
    """Return the best expected utility; probabilities are multiples of 1/scale and utilities are integers."""
    cid = model.cid
    variables = [node for node in cid.nodes if cid.kind(node) != "utility"]
    chances = [node for node in variables if cid.kind(node) == "chance"]
    joint = sum(_table(model, utility, variables, 1) for utility in cid.utilities)
    joint = np.broadcast_to(joint, [len(model.domain(v)) for v in variables]).astype(np.int64)
    for node in chances:
        joint = joint * _table(model, node, variables, scale)
    best = _best(model, joint, variables, list(cid.decisions))
    return Fraction(int(best), scale ** len(chances))


def _table(model, node, variables, scale):
    table = model.table(node)
    values = np.array([int(value * scale) for value in table.values.ravel()]).reshape(table.values.shape)
    order = sorted(range(len(table.variables)), key=lambda axis: variables.index(table.variables[axis]))
    shape = [len(model.domain(v)) if v in table.variables else 1 for v in variables]
    return values.transpose(order).reshape(shape)


def _best(model, joint, variables, decisions):
    """Try every rule of the first decision; the last one takes the best option in each context."""
    decision, *rest = decisions
    family = [*model.cid.parents(decision), decision]
    if not rest:
        others = tuple(i for i, v in enumerate(variables) if v not in family)
        return joint.sum(axis=others).max(axis=[v for v in variables if v in family].index(decision)).sum()
    contexts = [range(len(model.domain(parent))) for parent in family[:-1]]
    shape = [len(model.domain(v)) if v in family else 1 for v in variables]
    found = []
    for choice in product(range(len(model.domain(decision))), repeat=prod(map(len, contexts))):
        rule = np.zeros([*map(len, contexts), len(model.domain(decision))], dtype=np.int64)
        for context, option in zip(product(*contexts), choice, strict=True):
            rule[(*context, option)] = 1
        order = sorted(range(len(family)), key=lambda axis: variables.index(family[axis]))
        found.append(_best(model, joint * rule.transpose(order).reshape(shape), variables, rest))
    return max(found)
