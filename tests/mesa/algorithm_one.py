"""Algorithm 1 of Discovering Agents by brute force: every deterministic mechanism of every variable at once."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

__all__ = ["mechanism_links", "settings"]

TREMBLE = 1 / 64  # of what precedes a decision, so that each of its contexts has a best option


def functions(parents, states):
    """Return all functions of the parents, [function, parents..., state], and which of them are constant."""
    chosen = np.array(list(product(range(states), repeat=prod(parents))))
    constant = np.flatnonzero((chosen == chosen[:, :1]).all(axis=1))
    return np.eye(states)[chosen].reshape(len(chosen), *parents, states), constant


def sizes_of(model):
    """Return the number of states of each variable; those of a utility are its values, two at least."""
    values = {u: np.unique(model.tables[u].values.astype(float)) for u in model.cid.utilities}
    values = {u: v if len(v) > 1 else np.array([v[0], v[0] + 1]) for u, v in values.items()}
    return {n: len(values[n]) if n in values else len(model.domain(n)) for n in model.cid.nodes}, values


def settings(model) -> int:
    """Return how many settings of all mechanisms there are."""
    sizes, _ = sizes_of(model)
    return prod(sizes[n] ** prod(sizes[p] for p in model.cid.parents(n)) for n in model.cid.nodes)


def mechanism_links(model):
    """Return the mechanism links into decisions, and the terminal ones, of agents that respond as best they can.

    The best rule of a decision is an array with an axis for the mechanism of each variable; a link is there iff the
    array varies along that axis.
    """
    cid = model.cid
    sizes, values = sizes_of(model)
    known = {n: functions([sizes[p] for p in cid.parents(n)], sizes[n]) for n in cid.nodes}
    links, terminal = set(), set()
    for decision in cid.decisions:
        if not cid.utilities_of(cid.agent(decision)):
            continue
        best = best_rules(cid, decision, {n: arrays for n, (arrays, _) in known.items()}, values)

        def responds(node, ignoring=(), best=best, decision=decision):
            for other in ignoring:
                best = best.take(known[other][1], axis=cid.index(other))
            return bool((best != best.take([0], axis=cid.index(node))).any())

        for node in cid.nodes:
            if node == decision or not responds(node):
                continue
            links.add((node, decision))
            if decision in cid.children(node):
                continue  # its effect on the decision is cut, and with it all that the decision could respond to
            if responds(node, cid.children(node)) and not responds(node, cid.children(decision)):
                terminal.add((node, decision))
    return links, terminal


def best_rules(cid, decision, mechanisms, values):
    """Return the first best option, [mechanism of each variable..., contexts of the decision]."""
    count = len(cid.nodes)
    before = cid.ancestors(decision)
    operands = [np.ones(mechanisms[decision].shape[-1]), [count + cid.index(decision)]]
    for node in cid.nodes:
        if node == decision:
            continue
        arrays = mechanisms[node]
        if node in before:
            arrays = arrays * (1 - TREMBLE) + TREMBLE / arrays.shape[-1]
        operands += [arrays, [cid.index(node), *(count + cid.index(p) for p in (*cid.parents(node), node))]]
    family = [count + cid.index(p) for p in (*cid.parents(decision), decision)]
    axes = [cid.index(n) for n in cid.nodes if n != decision]
    worth = sum(
        np.einsum(*operands, values[u], [count + cid.index(u)], [*axes, *family], optimize="greedy")
        for u in cid.utilities_of(cid.agent(decision))
    )
    choice = (worth >= worth.max(axis=-1, keepdims=True) - 1e-9).argmax(axis=-1)
    return np.expand_dims(choice, cid.index(decision))
