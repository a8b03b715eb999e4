"""Worlds one by one, slowly and plainly: shares no code with the library but tables, diagram and policies."""

from __future__ import annotations

import itertools
from fractions import Fraction
from random import Random

import cidmesa as cm
from tests.random_models import random_model

__all__ = ["evaluate", "noise_settings", "random_pure_policy", "small_models", "total"]


def rows(model, node):
    """The settings of the parents of a node."""
    return list(itertools.product(*(model.domain(parent) for parent in model.cid.parents(node))))


def noise_settings(model, of=None):
    """Yield (probability, {chance node: {parents' states: state}}): a draw for each setting of the parents.

    Only the nodes upstream of ``of`` are random; the others take their most probable state.
    """
    wanted = model.cid.nodes if of is None else {a for node in of for a in (node, *model.cid.ancestors(node))}
    draws, keys = [], []
    for node in model.cid.chance_nodes:
        domain = model.domain(node)
        for row in rows(model, node):
            index = tuple(model.domain(p).index(s) for p, s in zip(model.cid.parents(node), row, strict=True))
            chances = zip(domain, model.table(node).values[index], strict=True)
            drawn = [(state, p) for state, p in chances if p]
            draws.append(drawn if node in wanted else [(max(drawn, key=lambda pair: pair[1])[0], Fraction(1))])
            keys.append((node, row))
    for drawn in itertools.product(*draws):
        chance, field = Fraction(1), {}
        for (node, row), (state, p) in zip(keys, drawn, strict=True):
            chance *= p
            field.setdefault(node, {})[row] = state
        yield chance, field


def evaluate(model, field, policy, do=None):
    """Return what each node is (a utility: its number) for one setting of the noise under a pure policy."""
    found = {}
    for node in model.cid.nodes:
        seen = {parent: found[parent] for parent in model.cid.parents(node)}
        if do and node in do:
            found[node] = do[node]
        elif model.cid.kind(node) == "chance":
            found[node] = field[node][tuple(seen.values())]
        elif model.cid.kind(node) == "decision":
            found[node] = policy[node](seen)
        else:
            index = tuple(model.domain(p).index(s) for p, s in seen.items())
            found[node] = model.table(node).values[index]
    return found


def total(model, found):
    """Return the sum of all utilities."""
    return sum(found[u] for u in model.cid.utilities)


def random_pure_policy(model, rng):
    """Return a random pure policy."""

    def rule(decision):
        drawn = {row: rng.choice(model.domain(decision)) for row in rows(model, decision)}
        parents = model.cid.parents(decision)
        return lambda **seen: drawn[tuple(seen[p] for p in parents)]

    return cm.policy(model, {d: rule(d) for d in model.cid.decisions})


def small_models(count, seed, *, max_nodes=4, max_decisions=1, most_settings=64):
    """Yield random models with few settings of the noise."""
    rng = Random(seed)
    while count:
        model = random_model(rng, max_nodes=max_nodes, max_decisions=max_decisions)
        if sum(1 for _ in itertools.islice(noise_settings(model), most_settings + 1)) <= most_settings:
            count -= 1
            yield model, rng
