"""Backward induction on a junction tree: decisions that rely on no undecided one are decided first."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.contraction import SMALL
from cidmesa.solving.messages import World
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.problem import Part, Problem
    from cidmesa.solving.tree import Tree

__all__ = ["best_options", "maximum", "solving_order", "swept", "swept_game"]

_TOLERANCE = 1e-10  # relative, for ties between floats


def solving_order(problem: Problem) -> list[tuple[int, ...]]:
    """Return the strongly connected components of the relevance graph, those that rely on nothing else first."""
    reliance, places = problem.net.reliance, [decision for decision, _ in problem.net.decisions]
    if not any(row & ((2 << k) - 1) for k, row in enumerate(reliance)):  # each relies on later ones only
        return [(place,) for place in reversed(places)]
    index = problem.cid.index
    return [tuple(map(index, part)) for part in relevance_graph(problem.cid).components]


def swept(problem: Problem, tree: Tree) -> tuple[World, list[tuple[int, ...]]]:
    """Return the problem with every decision decided that backward induction can decide, and the components left.

    Options that tie are told apart by their value when all others choose uniformly: what happens not to matter is still
    sensible. Source: Koller and Milch 2003; Lauritzen and Nilsson 2001.
    """
    world, mixed = World(problem, tree), World(problem, tree)
    components = _components(problem)
    for number, component in enumerate(components):
        if len(component) > 1:
            return world, components[number:]
        world.decide(_greedy(world, mixed, component[0]))
    return world, []


def swept_game(problem: Problem, tree: Tree) -> tuple[dict[int, Part], list[tuple[int, ...]]]:
    """Return a rule for every decision that backward induction can decide, each for its owner, and the components left.

    As `swept`, for several agents: each has messages of its own, about its payoffs.
    """
    net = problem.net
    rules: dict[int, Part] = {}
    worlds = {owner: _world_of(problem, tree, owner) for _, owner in net.decisions}
    mixed = {owner: _world_of(problem, tree, owner) for _, owner in net.decisions}
    owner_of = dict(net.decisions)
    components = _components(problem)
    for number, component in enumerate(components):
        if len(component) > 1:
            return rules, components[number:]
        owner = owner_of[component[0]]
        rules[component[0]] = rule = _greedy(worlds[owner], mixed[owner], component[0])
        for world in worlds.values():
            world.decide(rule)
    return rules, []


def _world_of(problem: Problem, tree: Tree, owner: int) -> World:
    bits = sum(problem.net.bit[decision] for decision, other in problem.net.decisions if other == owner)
    return World(problem, tree, bits)


def _components(problem: Problem) -> list[tuple[int, ...]]:
    """Return the components of `solving_order` that some utility depends on."""
    return [part for part in solving_order(problem) if set(part) & problem.families.keys()]


def _greedy(world: World, mixed: World, decision: int) -> Part:
    """Return the rule that takes in each context an option of greatest value, ties broken by ``mixed``, then order."""
    best = best_options(*world.action_values(decision))
    if world.rules and np.count_nonzero(best) * best.shape[-1] > best.size:
        best = best & best_options(*mixed.action_values(decision), among=best)
    return world.problem.pure(decision, best.argmax(axis=-1))


def best_options(mass: Array | None, values: Array, among: Array | None = None) -> Array:
    """Return which options (last axis) attain the maximum in each context, of those in ``among``.

    ``mass``: the weight of each context, ``None`` for 1. Exact numbers must be equal. Floats tie when their expected
    utilities differ by at most 1e-10 of the greatest expected utility anywhere.

    >>> best_options(None, np.array([1., 1. + 1e-12])).tolist()
    [True, True]
    """
    if among is not None:
        values = np.where(among, values, values.min() - 1)
    if values.ndim == 1:  # nothing is observed
        return _best_of_row(values.tolist())
    best = maximum(values)
    if values.dtype == np.object_:
        return np.asarray(values == np.asarray(best, dtype=np.object_)[..., None], dtype=bool)
    if mass is None:
        least = best - _TOLERANCE * max(best.item(best.argmax()), -best.item(best.argmin()))
    else:
        weight = mass[..., 0]
        scale = np.divide(np.abs(best), weight, out=np.zeros(best.shape), where=weight > 0).max(initial=0.0)
        least = best - _TOLERANCE * scale * weight
    if values.size <= SMALL:
        return np.asarray(values >= least[..., None])
    found = np.empty(values.shape, dtype=bool)
    for k in range(values.shape[-1]):
        np.greater_equal(values[..., k], least, out=found[..., k])
    return found


def _best_of_row(row: list[Any]) -> Array:
    top = max(row)
    least = top - _TOLERANCE * abs(top) if isinstance(top, float) else top
    return np.array([value >= least for value in row])


def maximum(values: Array) -> Array:
    """Return the maximum over the last axis; numpy is slow along short axes of large arrays."""
    if values.ndim == 1 or values.size <= SMALL:
        return np.asarray(np.maximum.reduce(values, axis=-1))
    return reduce(np.maximum, [values[..., k] for k in range(values.shape[-1])])
