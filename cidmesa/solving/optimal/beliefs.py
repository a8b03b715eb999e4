r"""Backward induction over beliefs: histories with the same posterior over what still matters are merged.

From the start on, each belief b (`stages`), option and next observation lead to another belief; equal beliefs are
merged. Then, from the last decision back,

.. math:: V_t(k, b) = \max_d \sum_h b_h\, g_t(k, h, d) + \sum_o V_{t+1}(k', b M_t(k, d, o))

where b need not be normalized because V is linear along rays. So exact beliefs are integers without a common divisor,
and utilities have one common denominator. Beliefs in floats count as equal up to 1e-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.modelling.numbers import scaled
from cidmesa.solving.optimal.backward_induction import best_options, ties
from cidmesa.solving.optimal.stages import recalled, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.problem import Part, Problem
    from cidmesa.solving.optimal.stages import Products, Stage

__all__ = ["Beliefs", "Layer", "Step", "beliefs_of"]

_DIGITS = 12  # to which beliefs in floats are compared
_MANY = 2**18  # steps, which take half a second: then it is estimated how many there will be
_TREND = 6  # stages by whose growth it is estimated
_FAR = 60  # stages for which it may last


class Step(NamedTuple):
    """The successors of the beliefs of a layer, with an axis for beliefs, options and observations.

    ``following``: the belief in the next layer, -1 if impossible; ``share``: the factor of its row.
    """

    following: Array
    share: Array


class Layer(NamedTuple):
    """The beliefs at a decision: the known state, and a row of masses of the hidden states."""

    known: Array
    rows: Array
    step: Step


@dataclass(frozen=True, eq=False)
class Beliefs:
    """The beliefs that play can reach from the start, and the value of each option at each of them for each agent.

    ``owner``: the position of the agent who decides at each layer. ``slack``: for each agent the difference up to which
    expected utilities are equal, for beliefs of mass 1. ``scale``: the divisors of exact values, that of the start
    first.
    """

    stages: tuple[Stage, ...]
    layers: tuple[Layer, ...]
    gains: tuple[Array, ...]
    scale: int
    owner: tuple[int, ...]
    slack: tuple[float, ...]

    @cached_property
    def values(self) -> tuple[Array, ...]:
        """For each layer each agent's value of each option at each belief, weighted by the mass of its row.

        Later decisions take their `choice`.
        """

        def settled(place: int, values: Array) -> Array:
            own = values[self.owner[place]]
            top = np.maximum.reduce(own, axis=-1)
            if len(values) == 1:
                return np.asarray(top[None])
            taken = self._chosen(place, own)[None, :, None]
            found = np.take_along_axis(values, taken, axis=-1)[..., 0]
            found[self.owner[place]] = top
            return found

        return self._backwards(settled)

    @cached_property
    def _mixed(self) -> tuple[Array, ...]:
        """The values if all options are equally likely from then on."""
        share = Fraction if self.layers[0].rows.dtype == np.object_ else float
        return self._backwards(lambda _, values: np.asarray(values.sum(axis=-1) * share(1) / values.shape[-1]))

    def _backwards(self, settled: Callable[[int, Array], Array]) -> tuple[Array, ...]:
        found: list[Array] = []
        ahead: Array | None = None
        for place in reversed(range(len(self.layers))):
            layer = self.layers[place]
            values = _gained(layer, self.gains[place])
            if ahead is not None:
                nothing = 0 * ahead[:, :1]
                following = np.append(ahead, nothing, axis=1)[:, layer.step.following]  # -1: the last, which is 0
                values = values + (layer.step.share * following).sum(axis=-1)
            found.append(values)
            ahead = settled(place, values)
        return tuple(reversed(found))

    @property
    def value(self) -> Any:
        """The optimum, of the first agent."""
        return self.value_to(0)

    def value_to(self, agent: int) -> Any:
        """Return what the agent at a position gets."""
        found = self.values[0].item(agent)
        return Fraction(found, self.scale) if isinstance(found, int) else found

    @property
    def strict(self) -> bool:
        """Whether at each belief one option is better than all others."""
        return not any(map(ties, self.best))

    @cached_property
    def everywhere(self) -> bool:
        """Whether every observation is possible at each belief, so that each history has a belief."""
        return all((layer.step.following >= 0).all() for layer in self.layers)

    @cached_property
    def best(self) -> tuple[Array, ...]:
        """For each layer the options of greatest value at each belief."""
        return tuple(self._best(place, values[self.owner[place]]) for place, values in enumerate(self.values))

    @cached_property
    def choice(self) -> tuple[Array, ...]:
        """For each layer the option taken at each belief: a best one, ties broken as if all else is uniform."""
        return tuple(self._chosen(place, values[self.owner[place]]) for place, values in enumerate(self.values))

    def _best(self, place: int, own: Array) -> Array:
        return best_options(None, own, self.slack[self.owner[place]])

    def _chosen(self, place: int, own: Array) -> Array:
        best = self._best(place, own)
        if place + 1 < len(self.layers) and ties(best):
            mixed, slack = self._mixed[place][self.owner[place]], self.slack[self.owner[place]]
            best = best & best_options(None, mixed, slack, among=best)
        return np.asarray(best.argmax(axis=-1))


def _gained(layer: Layer, gains: Array) -> Array:
    """Return for each agent the masses of each row times the gains of each option."""
    if gains.shape[1] == 1:
        return np.asarray(layer.rows @ gains[:, 0])
    shape = len(gains), len(layer.rows), gains.shape[-1]
    found = np.empty(shape, dtype=np.result_type(layer.rows, gains))
    for known in np.unique(layer.known):
        there = layer.known == known
        found[:, there] = layer.rows[there] @ gains[:, known]
    return found


def beliefs_of(
    problem: Problem,
    available: Mapping[int, Iterable[int]],
    most: int,
    marks: Mapping[int, Part] | None = None,
    products: Products | None = None,
) -> Beliefs | None:
    """Return the beliefs of a problem, ``None`` if decisions do not recall or more than ``most`` steps are needed.

    ``available``: what each decision observes; ``marks``, ``products``: as for `stages_of`.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.optimal.problem import problem_of
    >>> g = cm.cid("S -> O -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, O="S", D=[0, 1], U="S == D")
    >>> found = beliefs_of(problem_of(m, "agent", g), {2: [1]}, 100)
    >>> found.value, found.layers[1].rows.tolist(), found.choice[1].tolist()
    (Fraction(1, 1), [[1, 0], [0, 1]], [0, 1])
    """
    if not recalled(problem.families, available, inferring=len(problem.agents) == 1):
        return None
    stages = stages_of(problem, marks, products)
    if stages is None:
        return None
    numbers = _Numbers.of(problem, stages)
    layers = numbers and _layers(stages, numbers, most)
    if not numbers or not layers:
        return None
    agents, specs = problem.agents, problem.cid.specs
    owner = (0, *(agents.index(specs[decision].agent) for decision in problem.families))
    slack = tuple(0 if problem.exact else problem.slack.get(agent, 0) for agent in agents)
    return Beliefs(tuple(stages), tuple(layers), numbers.gains, numbers.scale, owner, slack)


class _Numbers(NamedTuple):
    """The tables of the stages as integers, as floats or unchanged, and how rows are made comparable."""

    moves: tuple[Array, ...]
    gains: tuple[Array, ...]
    scale: int
    kind: str

    @classmethod
    def of(cls, problem: Problem, stages: Sequence[Stage]) -> _Numbers | None:
        """Return the tables; ``None`` if a common denominator would be long."""
        moves, gains = [stage.moves for stage in stages], [stage.gains for stage in stages]
        if not problem.exact:
            return cls(tuple(moves), tuple(gains), 1, "float")
        if any(type(cell) not in (int, Fraction) for table in (*moves, *gains) for cell in table.flat):
            return cls(tuple(moves), tuple(gains), 1, "traced")
        return cls._of_integers(moves, gains)

    @classmethod
    def _of_integers(cls, moves: Sequence[Array], gains: Sequence[Array]) -> _Numbers | None:
        """Gains are multiplied by the denominators of all moves ahead, which the masses that meet them contain."""
        steps, earned = [scaled(table) for table in moves], [scaled(table) for table in gains]
        tables = [table for table in (*steps, *earned) if table is not None]
        if len(tables) < len(steps) + len(earned):
            return None
        common = lcm(*(table.denominator for table in tables[len(steps) :]))
        ahead, weighted = 1, []
        for step, gain in zip(tables[len(steps) - 1 :: -1], reversed(tables[len(steps) :]), strict=True):
            ahead *= step.denominator
            weighted.append(gain.array(np.object_) * (common // gain.denominator * ahead))
        integers = tuple(step.array(np.object_) for step in tables[: len(steps)])
        return cls(integers, tuple(reversed(weighted)), common * ahead, "integer")

    def settled(self, rows: Array) -> tuple[Array, Array, list[Any]]:
        """Return the factors of rows, the rows without them, and a key that equal rows share."""
        if self.kind == "integer":
            share = np.gcd.reduce(rows, axis=-1) if rows.shape[-1] > 1 else rows[..., 0]
            rows = rows // np.where(share == 0, 1, share)[..., None]
            return share, rows, rows.tolist()
        share = rows.sum(axis=-1)
        possible = np.asarray(share > 0, dtype=bool)
        rows = rows / np.where(possible, share, 1)[..., None]
        keys = rows.round(_DIGITS) + 0.0 if self.kind == "float" else np.vectorize(str, otypes=[object])(rows)
        return np.where(possible, share, 0 * share), rows, keys.tolist()


def _layers(stages: Sequence[Stage], numbers: _Numbers, most: int) -> list[Layer] | None:
    """Return the beliefs of each stage, ``None`` if there are more than ``most`` steps, or will be if they grow on."""
    start: Any = {"integer": 1, "float": 1.0, "traced": Fraction(1)}[numbers.kind]
    known, rows = (
        np.zeros(1, dtype=np.intp),
        np.array([[start]], dtype=float if numbers.kind == "float" else np.object_),
    )
    layers, count = list[Layer](), 0
    for stage, moves in zip(stages, numbers.moves, strict=True):
        count += len(rows) * stage.options * stage.later.shape[-1]
        if count > most or (count > _MANY and count + _ahead(layers, len(rows), stages) > most):
            return None
        step, after, reached = _step(stage, moves, known, rows, numbers)
        layers.append(Layer(known, rows, step))
        known, rows = after, reached
    return layers


def _ahead(layers: Sequence[Layer], size: int, stages: Sequence[Stage]) -> float:
    """Return how many steps later stages take if beliefs go on growing at the least rate of the last stages."""
    sizes = [*(len(layer.rows) for layer in layers[-_TREND:]), size]
    rate = min(after / before for before, after in pairwise(sizes)) if len(sizes) > _TREND else 1
    ahead = enumerate(stages[len(layers) + 1 :], start=1)
    return float(sum(size * rate ** min(place, _FAR) * stage.options * stage.later.shape[-1] for place, stage in ahead))


def _step(stage: Stage, moves: Array, known: Array, rows: Array, numbers: _Numbers) -> tuple[Step, Array, Array]:
    """Return the successors of the beliefs of a stage, and the beliefs of the next stage."""
    shape = len(rows), *stage.later.shape[1:]
    if len(moves) == 1:
        masses = rows @ moves[0]
    else:
        masses = np.empty((len(rows), moves.shape[-1]), dtype=rows.dtype)
        for state in np.unique(known):
            masses[known == state] = rows[known == state] @ moves[state]
    masses = masses.reshape(-1, moves.shape[-1] // (shape[1] * shape[2]))
    share, masses, keys = numbers.settled(masses)
    later = stage.later[known].ravel().tolist()
    found: dict[object, int] = {}
    first: list[int] = []
    following = np.full(len(masses), -1, dtype=np.intp)
    for i in np.flatnonzero(share != 0).tolist():
        key = later[i], *keys[i]
        place = found.setdefault(key, len(found))
        if place == len(first):
            first.append(i)
        following[i] = place
    step = Step(following.reshape(shape), share.reshape(shape))
    return step, np.array([later[i] for i in first], dtype=np.intp), masses[first]
