"""Worlds without the memory of own decisions that the rest of what is seen tells: the same plans, in small tables."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.plans import Role
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import State

__all__ = ["without_own_memory"]

SMALL = 2**9  # cells of a rule that is kept as it is


def without_own_memory(worlds: tuple[World, ...], roles: Mapping[str, Role]) -> tuple[World, ...]:
    """Return the worlds in which decisions do not see earlier ones that what they see anyway determines.

    D' -> D goes if D sees all that D' sees but for what goes there, and where D is in force so was D'. Under a pure
    plan D' is then a function of the rest wherever it matters what D does (rule R1 of `reduction`). The worlds differ
    in numbers only; they are returned as they are where all tables are small, several agents decide or decisions share
    a rule.
    """
    first = worlds[0]
    largest = max((prod(first.shape([*first.nodes[d].parents, d])) for d in first.decisions), default=0)
    if largest <= SMALL or first.tied or len({first.nodes[d].agent for d in first.decisions}) != 1:
        return worlds
    before = [_in_force_before(world, roles) for world in worlds]
    gone: dict[str, set[str]] = {}
    sees: dict[str, set[str]] = {}
    for decision in first.decisions:
        parents = {*first.nodes[decision].parents}
        own = {p for p in parents if p in sees and sees[p] <= parents}
        gone[decision] = {p for p in own if all(_then_too(surely, roles, decision, p) for surely in before)}
        sees[decision] = parents - gone[decision]
    return tuple(_seeing(world, sees) for world in worlds) if any(gone.values()) else worlds


Before = dict["tuple[str, object]", set[str]]  # parameters and their value -> those that surely had it, too


def _in_force_before(world: World, roles: Mapping[str, Role]) -> Before:
    found: Before = {}
    thetas = {role.theta for role in roles.values()}
    for value in dict.fromkeys(role.value for role in roles.values()):
        for theta in (name for name in world.nodes if name in thetas):
            parents = [p for p in world.nodes[theta].parents if p in thetas]
            surely = (found[p, value] for p in parents if _stays(world, theta, p, value))
            found[theta, value] = {theta}.union(*surely)
    return found


def _then_too(surely: Before, roles: Mapping[str, Role], now: str, then: str) -> bool:
    """Return whether ``then`` is in force for certain where ``now`` is."""
    if now not in roles or then not in roles or roles[now].value != roles[then].value:
        return then not in roles
    return roles[then].theta in surely.get((roles[now].theta, roles[now].value), ())


def _stays(world: World, theta: str, before: str, value: State) -> bool:
    """Return whether the parameters certainly do not have a value where an earlier parameter node does not."""
    variables, values = world.factors[theta] if theta in world.factors else ((theta,), world.even(theta))
    if before not in variables:
        return False
    table = np.moveaxis(values, variables.index(before), 0)
    place, start = world.domains[theta].index(value), world.domains[before].index(value)
    others = np.delete(table, start, axis=0)[..., place]  # the node itself stands last
    return all(isinstance(cell, int | float | Fraction) and cell == 0 for cell in others.ravel().tolist())


def _seeing(world: World, sees: Mapping[str, set[str]]) -> World:
    nodes = {
        name: replace(node, parents=tuple(p for p in node.parents if p in sees[name])) if name in sees else node
        for name, node in world.nodes.items()
    }
    return replace(world, nodes=nodes, known=None)
