"""Lives in tabular worlds: many runs under many arms, sampled at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import inf, prod
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import to_float

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.systems import System
    from cidmesa.modelling.numbers import Array
    from cidmesa.modelling.policy import Rule
    from cidmesa.runs.arms import Arm

__all__ = ["Bench", "Credit", "Lives", "World", "values_of"]

Credit: TypeAlias = "Literal['updates', 'episode'] | int"


@dataclass(frozen=True, eq=False, repr=False)
class Bench(Frozen):
    """A tabular world for training, and the credit of each learned node.

    ``owner``: learned node or utility -> its agent. ``place``: learned node or utility -> the number of its episode.
    ``tied``: learned node -> the one whose rule it shares. A node gets credit for the utilities of its agent to which
    it leads, at most ``credit`` episodes later: "episode" means 0, "updates" any number.
    """

    system: System
    owner: Mapping[str, str]
    place: Mapping[str, int]
    utilities: tuple[str, ...]
    credit: Credit
    tied: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.credit in ("updates", "episode") or (isinstance(self.credit, int) and self.credit >= 0)):
            raise NotApplicable(
                f"credit={self.credit!r} is not known.{near_miss(self.credit, ('updates', 'episode'))} "
                "Choose 'updates', 'episode' or a number of episodes from 0 on."
            )

    @cached_property
    def learned(self) -> tuple[str, ...]:
        """The learned nodes in the order of the diagram."""
        return tuple(node for node in self.sampled if node in self.owner)

    @cached_property
    def sampled(self) -> tuple[str, ...]:
        """The nodes that have states: all except utilities."""
        return tuple(node for node in self.system.variables.nodes if node not in self.utilities)

    def counted(self, node: str) -> tuple[str, ...]:
        """Return the utilities for which a learned node gets credit."""
        span = inf if self.credit == "updates" else 0 if self.credit == "episode" else self.credit
        later = set(self.system.variables.descendants(node)) & self.place.keys()
        own = (u for u in self.utilities if self.owner[u] == self.owner[node] and u in later)
        return tuple(u for u in own if 0 <= self.place[u] - self.place[node] <= span)

    def scale(self, node: str) -> float:
        """Return the largest range of a utility for which the node gets credit, unless changed (1 if none)."""
        spreads = [np.ptp(values_of(self.system.mechanisms[u])) for u in self.counted(node)]
        return float(max(spreads, default=0)) or 1.0

    def size(self, node: str) -> int:
        """Return the number of contexts of a node."""
        return prod(len(self.system.domains[parent]) for parent in self.system.variables.parents(node))

    def context(self, node: str, states: Mapping[str, Array], shape: tuple[int, ...]) -> Array:
        """Return the number of a node's context, given the numbers of its parents' states."""
        number = np.zeros(shape, dtype=np.intp)
        for parent in self.system.variables.parents(node):
            number = number * len(self.system.domains[parent]) + states[parent]
        return number


class Lives(NamedTuple):
    """What happened in some lives (axes: run, life).

    ``states``, ``contexts``: node -> number. ``worth``: utility -> value. ``learning``: learned node -> whether the
    life may teach it.
    """

    states: Mapping[str, Array]
    contexts: Mapping[str, Array]
    worth: Mapping[str, Array]
    learning: Mapping[str, Array]

    def total(self, utilities: Sequence[str]) -> Array:
        """Return the sum of some utilities in each life."""
        shape = next(iter(self.states.values())).shape
        return sum((self.worth[utility] for utility in utilities), start=np.zeros(shape))


@dataclass(frozen=True, eq=False)
class World:
    """The mechanisms of a bench under some arms, as tables with an axis for the arms.

    ``limits``: node -> cumulative chances of all but the last state (axes: arm and context as one, state). ``values``:
    utility -> its value (axes: arm and context as one). ``held``: learned node -> the arms that hold it. ``parts``: the
    arms from which each run's lives are drawn.
    """

    bench: Bench
    limits: Mapping[str, Array]
    values: Mapping[str, Array]
    held: Mapping[str, Array]
    parts: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, bench: Bench, arms: Sequence[Arm]) -> World:
        """Return the world in which a run is trained under each of ``arms``."""
        number = {arm: i for i, arm in enumerate(dict.fromkeys(part for arm in arms for part in arm.parts))}

        def rules(node: str) -> list[Rule]:
            changed = (arm.variants.get(node) for arm in number)
            return [bench.system.mechanisms[node] if variant is None else variant.change for variant in changed]

        return cls(
            bench,
            {node: np.concatenate([_limits(rule.values) for rule in rules(node)]) for node in bench.sampled},
            {node: np.concatenate([values_of(rule) for rule in rules(node)]) for node in bench.utilities},
            {node: np.array([node not in arm.learns for arm in number]) for node in bench.learned},
            tuple(tuple(number[part] for part in arm.parts) for arm in arms),
        )

    @property
    def draws(self) -> int:
        """The number of random numbers in [0, 1] that a life uses."""
        return len(self.bench.sampled) + 1

    def live(self, chances: Array, policies: Mapping[str, Array]) -> Lives:
        """Return what happens in lives with these random numbers (axes: run, life, draw).

        ``policies``: learned node -> probabilities (axes: run, context, option; or run, life, context, option).
        """
        shape = runs, lives = chances.shape[:2]
        arm = self._arms(chances[..., -1])
        states, contexts, worth = dict[str, "Array"](), dict[str, "Array"](), dict[str, "Array"]()
        for k, node in enumerate(self.bench.sampled):
            size, limits, row = self.bench.size(node), self.limits[node], arm
            if node in policies:  # the runs' own rules come first, then those at which arms hold the node
                own = _limits(policies[node])
                mine = np.arange(len(own) // size).reshape(runs, -1)
                row = np.where(self.held[node][arm], arm + mine.size, mine)
                limits = np.concatenate([own, limits])
            contexts[node] = self.bench.context(node, states, shape)
            place, state = row * size + contexts[node], np.zeros((runs, lives), dtype=np.intp)
            for i in range(limits.shape[1]):
                state += chances[..., k] >= limits[:, i].take(place)
            states[node] = state
        for node in self.bench.utilities:
            place = arm * self.bench.size(node) + self.bench.context(node, states, shape)
            worth[node] = self.values[node].take(place)
        return Lives(states, contexts, worth, {node: ~self.held[node][arm] for node in policies})

    def _arms(self, chance: Array) -> Array:
        """Return the arm of each life."""
        sizes = np.array([[len(parts)] for parts in self.parts])
        place = np.cumsum(sizes)[:, None] - sizes + (chance * sizes).astype(np.intp)
        return np.asarray(np.concatenate(self.parts)[place])


def _limits(values: Array) -> Array:
    """Return the cumulative chances of all states but the last, all other axes as one."""
    table = to_float(values).reshape(-1, values.shape[-1])
    return np.cumsum(table, axis=-1)[:, :-1]


def values_of(rule: Rule) -> Array:
    """Return the expected value of a utility in each context, its mechanism being a rule."""
    worth = np.array([float(option) for option in rule.options])
    return np.asarray(to_float(rule.values).reshape(-1, len(worth)) @ worth)
