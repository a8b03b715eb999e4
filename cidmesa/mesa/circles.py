"""Whether a decision's best options really depend on other decisions, as the diagram admits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.mesa.world import World, one_hot
from cidmesa.solving.optimal.backward_induction import optimal_options

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array

__all__ = ["settled_anyhow"]

MAX_CELLS = 2**16  # of the table over all that the decisions see and choose
MAX_RULES = 4_096  # combinations of the others' pure rules


def settled_anyhow(world: World, decision: str, agent: str, others: Sequence[str]) -> bool:
    """Return whether the best options for ``agent`` are the same in each context regardless of the others' rules.

    They are if they are the same for every setting of the others' observations and choices, because rules only weigh
    these settings. Otherwise every combination of the others' pure rules is tried; the answer is ``False`` if there are
    more than 4,096.
    """
    return _same_in_all_cases(world, decision, agent, others) or _same_under_all_rules(world, decision, agent, others)


def _same_in_all_cases(world: World, decision: str, agent: str, others: Sequence[str]) -> bool:
    seen = world.nodes[decision].parents
    beside = tuple(dict.fromkeys(n for d in others for n in (*world.nodes[d].parents, d) if n not in seen))
    if prod(world.shape([*seen, *beside, decision])) > MAX_CELLS:
        return False
    mask = optimal_options(world.action_values(decision, agent, beside))
    possible = np.asarray(world.joint([*seen, *beside]) > 0, dtype=bool)
    cases = mask.reshape(prod(world.shape(seen)), -1, world.size(decision))
    return all(_alike(rows[there]) for rows, there in zip(cases, possible.reshape(len(cases), -1), strict=True))


def _alike(rows: Array) -> bool:
    return bool((rows == rows[:1]).all())


def _same_under_all_rules(world: World, decision: str, agent: str, others: Sequence[str]) -> bool:
    contexts = {d: np.argwhere(np.asarray(world.joint(world.nodes[d].parents) > 0, dtype=bool)) for d in others}
    if prod(world.size(d) ** len(places) for d, places in contexts.items()) > MAX_RULES:
        return False
    seen: dict[tuple[int, ...], tuple[bool, ...]] = {}
    for chosen in product(*(_pure_rules(world, d, places) for d, places in contexts.items())):
        rules = {d: (world.nodes[d].parents, rows) for d, rows in zip(others, chosen, strict=True)}
        followed = world.with_chances(rules)
        mask = optimal_options(followed.action_values(decision, agent))
        for place in map(tuple, np.argwhere(np.asarray(followed.joint(world.nodes[decision].parents) > 0, dtype=bool))):
            best = tuple(mask[place].tolist())
            if seen.setdefault(place, best) != best:
                return False
    return True


def _pure_rules(world: World, decision: str, contexts: Array) -> Iterator[Array]:
    """Yield every pure rule of a decision, in the contexts that are possible."""
    size = world.size(decision)
    for picked in product(range(size), repeat=len(contexts)):
        choice = np.zeros(world.shape(world.nodes[decision].parents), dtype=int)
        for context, option in zip(contexts, picked, strict=True):
            choice[tuple(context)] = option
        yield one_hot(size, choice, world.exact)
