"""Changes of a model that leave what it says as it was: names, orders, parts of a utility, units of utility."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.frozen import Frozen
from cidmesa.interop.part import Part, assembled, parts_of
from cidmesa.structure.node import fresh_name

if TYPE_CHECKING:
    from random import Random

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["CHANGES", "Change"]

Parts: TypeAlias = "tuple[Part, ...]"


@dataclass(frozen=True)
class Change(Frozen):
    """A model changed, and what its parts are called now.

    ``names``: old name -> new one of nodes and agents, where they differ; ``states``: (node, state) by its old names ->
    the new state. ``scale``, ``shift``: what became of expected utilities. ``gone``: nodes that are no longer there.
    """

    model: Model
    names: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[tuple[str, State], State] = field(default_factory=dict)
    scale: Fraction = Fraction(1)
    shift: Mapping[str, Fraction] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


def renamed(model: Model, rng: Random) -> Change:
    """Return the model with other names of nodes, agents and states."""
    parts = parts_of(model)
    known = dict.fromkeys([*(part.name for part in parts), *(part.agent for part in parts if part.agent)])
    names = {name: f"{rng.choice('KQWZ')}{number}" for number, name in enumerate(known)}
    states = {(p.name, s): f"s{rng.randrange(9)}_{k}" for p in parts for k, s in enumerate(p.states)}
    new = tuple(
        replace(
            part,
            name=names[part.name],
            agent=names[part.agent] if part.agent else None,
            parents=tuple(names[parent] for parent in part.parents),
            states=tuple(states[part.name, state] for state in part.states),
        )
        for part in parts
    )
    return Change(_made(new), names, states)


def options_reordered(model: Model, rng: Random) -> Change:
    """Return the model with the states of every node in another order."""
    parts = parts_of(model)
    orders = {part.name: _order(len(part.states), rng) for part in parts}
    sizes = {part.name: len(part.states) for part in parts}

    def moved(part: Part) -> Part:
        axes = (*part.parents, part.name) if part.states else part.parents
        table = _table(part, sizes)
        for axis, name in enumerate(axes) if part.numbers else ():
            table = np.take(table, orders[name], axis=axis)
        return replace(part, states=tuple(part.states[k] for k in orders[part.name]), numbers=_row(part, table))

    return Change(_made(tuple(map(moved, parts))))


def parents_reordered(model: Model, rng: Random) -> Change:
    """Return the model with the parents of every node declared in another order."""
    parts = parts_of(model)
    sizes = {part.name: len(part.states) for part in parts}

    def moved(part: Part) -> Part:
        order = _order(len(part.parents), rng)
        table = _table(part, sizes)
        axes = [*order, *range(len(order), table.ndim)]
        numbers = _row(part, table.transpose(axes)) if part.numbers else ()
        return replace(part, parents=tuple(part.parents[k] for k in order), numbers=numbers)

    return Change(_made(tuple(map(moved, parts))))


def nodes_reordered(model: Model, rng: Random) -> Change:
    """Return the model with its nodes declared in another order, parents still before children."""
    left, order = list(parts_of(model)), list[Part]()
    while left:
        there = {part.name for part in order}
        order.append(rng.choice([part for part in left if there.issuperset(part.parents)]))
        left.remove(order[-1])
    return Change(_made(tuple(order)))


def utility_split(model: Model, rng: Random) -> Change:
    """Return the model with two utilities for one, whose sum it was."""
    parts = parts_of(model)
    old = rng.choice([part for part in parts if part.kind == "utility"])
    name = fresh_name([part.name for part in parts], f"{old.name}'")
    first = tuple(number * Fraction(1, 3) if model.exact else number / 4 for number in old.numbers)
    rest = tuple(number - one for number, one in zip(old.numbers, first, strict=True))
    new = (replace(old, numbers=first) if part is old else part for part in parts)
    return Change(_made((*new, replace(old, name=name, numbers=rest))), gone=frozenset({old.name, name}))


def irrelevant_added(model: Model, rng: Random) -> Change:
    """Return the model with a further chance node, which leads nowhere."""
    parts = parts_of(model)
    above = rng.choice([part for part in parts if part.states])
    row = (Fraction(1, 3), Fraction(2, 3)) if model.exact else (0.25, 0.75)
    name = fresh_name([part.name for part in parts], "Idle")
    return Change(_made((*parts, Part(name, "chance", (0, 1), (above.name,), row * len(above.states)))))


def utility_scaled(model: Model, rng: Random) -> Change:
    """Return the model with every utility counted in another unit."""
    scale = rng.choice([Fraction(2), Fraction(1000), Fraction(1, 7)])
    factor: Any = scale if model.exact else float(scale)
    parts = (
        replace(part, numbers=tuple(n * factor for n in part.numbers)) if part.kind == "utility" else part
        for part in parts_of(model)
    )
    return Change(_made(tuple(parts)), scale=scale)


def utility_shifted(model: Model, rng: Random) -> Change:
    """Return the model with one utility counted from another zero."""
    parts = parts_of(model)
    old = rng.choice([part for part in parts if part.kind == "utility"])
    shift = Fraction(rng.choice([-5, 4]))
    by: Any = shift if model.exact else float(shift)
    new = (replace(p, numbers=tuple(n + by for n in p.numbers)) if p is old else p for p in parts)
    return Change(_made(tuple(new)), shift={str(old.agent): shift})


CHANGES: dict[str, Callable[[Model, Random], Change]] = {
    change.__name__.replace("_", " "): change
    for change in (
        renamed,
        options_reordered,
        parents_reordered,
        nodes_reordered,
        utility_split,
        irrelevant_added,
        utility_scaled,
        utility_shifted,
    )
}
"""The changes by name."""


def _order(size: int, rng: Random) -> list[int]:
    """Return another order of so many things, the same one only where there is no other."""
    order = rng.sample(range(size), size)
    return order if order != sorted(order) else order[::-1]


def _made(parts: Parts) -> Model:
    return assembled(parts, "the changed model")


def _table(part: Part, sizes: Mapping[str, int]) -> Any:
    shape = [*(sizes[parent] for parent in part.parents), *([len(part.states)] if part.states else [])]
    table = np.empty(len(part.numbers), dtype=object)
    table[:] = part.numbers
    return table.reshape(shape) if part.numbers else table.reshape(shape if 0 in shape else [0] * len(shape))


def _row(part: Part, table: Any) -> tuple[Any, ...]:
    return tuple(table.ravel().tolist()) if part.numbers else ()
