"""The rational plans of one agent that remembers, by beliefs (`cidmesa.solving.optimal.beliefs`)."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.mesa.world import one_hot, shares
from cidmesa.modelling.numbers import scaled
from cidmesa.solving.optimal.beliefs import beliefs_of
from cidmesa.solving.optimal.problem import Part, Problem
from cidmesa.solving.optimal.ties import Blurred, Ties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.plans import Role
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.beliefs import Beliefs
    from cidmesa.solving.optimal.ties import Way

__all__ = ["plans_by_beliefs", "told_apart"]

MAX_STEPS = 200_000  # from belief to belief

Tables = tuple[dict[str, "Array"], dict[str, "Array"]]  # rules, and where they are settled, of each decision
_Tables = tuple["Way", "Array", "Array"]
_Believed = tuple[Problem, "Beliefs", "dict[int, tuple[int, ...]]"]


def plans_by_beliefs(world: World, roles: Mapping[str, Role], most: int) -> list[Tables] | None:
    """Return the first so many rational plans of the world's undecided decisions, ``None`` where this is not the way.

    It is where one agent decides, knows at each decision what it needed to see before and what it did, and has few
    beliefs; what it did it knows where it sees it or can work it out.
    """
    believed = world.once("beliefs", lambda: _believed(world, roles))
    if believed is None:
        return None
    problem, beliefs, seen = believed
    try:
        ways = Ties(problem, replace(beliefs), seen).ways()
        known: dict[int, _Tables] = {}
        return [_tables(world, problem, way, known) for way in islice(ways, most)]
    except Blurred:
        return None


def _believed(world: World, roles: Mapping[str, Role]) -> _Believed | None:
    """Return the problem of the agent, its beliefs, and what its decisions see."""
    agents = {world.nodes[decision].agent for decision in world.decisions}
    if len(agents) != 1 or world.tied:
        return None
    told = {decision: roles[decision] for decision in world.decisions if decision in roles}
    problem = _problem(world, str(agents.pop()), [role.theta for role in told.values()])
    place = problem.cid.index
    marks = {place(d): Part((place(r.theta),), world.point(r.theta, r.value)) for d, r in told.items()}
    seen = {decision: family[:-1] for decision, family in problem.families.items()}
    beliefs = beliefs_of(problem, seen, MAX_STEPS, marks, world.products)
    return None if beliefs is None else (problem, beliefs, seen)


def _problem(world: World, agent: str, more: Sequence[str]) -> Problem:
    """Return what an agent has to decide, with decisions on which nothing depends and ``more`` nodes."""
    cid, utilities = world.cid, world.utilities([agent])
    place, counted = cid.index, world.upstream([*utilities, *world.decisions, *more])
    sizes, chance, payoffs, families = {}, {}, {}, {}
    for name in sorted(counted, key=place):
        node, parents = place(name), tuple(map(place, world.nodes[name].parents))
        if name in world.factors:
            factor = world.factors[name]
            part = Part(tuple(map(place, factor.variables)), factor.values, node)
        if world.nodes[name].kind == "utility":
            payoffs[node] = part._replace(child=-1)
            continue
        sizes[node] = world.size(name)
        if world.nodes[name].kind == "decision":
            families[node] = (*parents, node)
        else:
            chance[node] = part
    return Problem(cid, sizes, chance, payoffs, families, world.exact)


def _tables(world: World, problem: Problem, ways: Mapping[int, Way], known: dict[int, _Tables]) -> Tables:
    """Return rules and where they are settled; ``known``: those of a way of which others share a part."""
    for decision, way in ways.items():
        if id(way) not in known:
            known[id(way)] = way, *_table(world, problem.cid.nodes[decision], way)
    names = {problem.cid.nodes[decision]: known[id(way)] for decision, way in ways.items()}
    return {name: rows for name, (_, rows, _) in names.items()}, {name: there for name, (_, _, there) in names.items()}


def _table(world: World, name: str, way: Way) -> tuple[Array, Array]:
    size, shape = world.size(name), world.shape(world.nodes[name].parents)
    rows, there = np.broadcast_to(world.even(name), (*shape, size)).copy(), np.zeros(shape, dtype=bool)
    for context, option in way.chosen.items():
        rows[context], there[context] = one_hot(size, option, world.exact), True
    for context, mask in way.loose.items():
        rows[context] = shares(mask, world.exact)
    return rows, there


def told_apart(rule: Array, settled: Array) -> object:
    """Return a value that two rules of numbers share iff they are equal, and settled in the same contexts."""
    found = scaled(rule)
    return object() if found is None else (found.denominator, *found.numerators, settled.tobytes())
