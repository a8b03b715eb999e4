"""Tabular learners that train many runs at once: policy gradient, Q-learning, evolution."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args
from zlib import crc32

import numpy as np

from cidmesa.display import Stated
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.runs.arms import Run
from cidmesa.runs.worlds import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from cidmesa.modelling.numbers import Array
    from cidmesa.runs.arms import Arm
    from cidmesa.runs.worlds import Bench, Lives

__all__ = ["Learner", "Method", "generator"]

Method: TypeAlias = Literal["reinforce", "q", "evolution"]
_STEPS: dict[Method, float] = {"reinforce": 1.0, "q": 0.02, "evolution": 0.5}
_LEANS = 0.01  # how much a run prefers some options before it has learned anything
_BARELY = 1e-6  # the same where it tells apart what is worth the same
_BASELINE = 0.1  # least weight of new lives in the mean that returns are compared with
_EXPLORES = 0.05  # least probability that Q-learning tries any option


def generator(seed: int, arm: Arm, run: int) -> Generator:
    """Return the random generator of one run; a new arm changes no other run."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(arm.key.encode()), run]))


@dataclass(frozen=True, repr=False)
class Learner(Stated):
    """The settings by which tables are trained.

    ``method``: "reinforce", policy gradient with a baseline for each context (Williams 1992); "q", Q-learning with
    whole returns, cut at the next option that is not greedy (Watkins 1989); "evolution", evolution strategies over the
    logits, scored by the whole life (Salimans et al. 2017). ``lives``: the number of lives for which a run is trained.
    ``batch``: lives between two updates. ``step``: the step size of the update; for "q", the least share of a new
    return.
    """

    method: Method = "reinforce"
    lives: int = 2_000
    batch: int = 20
    step: float = 0

    def __post_init__(self) -> None:
        if self.method not in (known := get_args(Method)):
            raise NotApplicable(
                f"learner={self.method!r} is not known.{near_miss(self.method, known)} Choose one of: "
                f"{', '.join(known)}; or give a function (arm, seed) -> {{node: rule}}."
            )
        if not 0 < self.batch <= self.lives:
            raise NotApplicable(f"{self.lives} lives in batches of {self.batch}: give a batch from 1 to {self.lives}.")

    def train(self, bench: Bench, arms: Sequence[Arm], chance: Sequence[Generator]) -> list[Run]:
        """Return a run for each arm, with its own random generator.

        Raises:
            NotApplicable: evolution is combined with credit for less than whole lives.

        """
        world, updates = World.of(bench, arms), self.lives // self.batch
        learning = _METHODS[self.method](bench, replace(self, step=self.step or _STEPS[self.method]), chance)
        for update in range(updates):
            learning.done = update / updates
            policies = learning.policies()
            drawn = np.stack([source.random((self.batch, world.draws)) for source in chance])
            learning.learn(world.live(drawn, policies))
        rules = learning.rules()
        kept = [[node for node in bench.learned if node in arm.parts[0].learns] for arm in arms]
        return [
            Run({n: rules[n][i] for n in nodes}, {n: learning.visits[n][i] for n in nodes})
            for i, nodes in enumerate(kept)
        ]


class _Lesson(NamedTuple):
    """What lives teach about a node (axes: run, life).

    ``met``: how often each context was met (axes: run, context). ``gain``: what followed the node. ``teaches``: 1 if
    it was free, else 0. ``place``: the number of run and context. ``cell``: that of run, context and option.
    """

    met: Array
    gain: Array
    teaches: Array
    place: Array
    cell: Array


class _Tables(ABC):
    """What learners share: a table for each learned node (axes: run, context, option), and visits.

    ``leaning``: what a run prefers where nothing else tells, as the first weights of a network do. ``done``: the share
    of the training that is over.
    """

    done = 0.0

    def __init__(self, bench: Bench, learner: Learner, chance: Sequence[Generator]) -> None:
        self.bench, self.learner, self.chance = bench, learner, chance
        self.counted = {node: bench.counted(node) for node in bench.learned}
        sizes = {node: (bench.size(node), len(bench.system.domains[node])) for node in bench.learned}
        self.leaning = {n: np.stack([source.standard_normal(size) for source in chance]) for n, size in sizes.items()}
        table = {node: _LEANS * leaning for node, leaning in self.leaning.items()}
        self.table = {node: table[bench.tied.get(node, node)] for node in table}  # one array where a rule is shared
        self.visits = {node: np.zeros(known.shape[:2]) for node, known in table.items()}
        self.usual = {node: np.zeros(known.shape[:2]) for node, known in table.items()}
        self.tried = {node: np.zeros(known.shape) for node, known in table.items()}

    def rules(self) -> dict[str, Array]:
        """Return what is learned."""
        return {node: _softmax(table) for node, table in self.table.items()}

    def policies(self) -> dict[str, Array]:
        """Return what is done in the next lives."""
        return self.rules()

    def learn(self, lives: Lives) -> None:
        """Update all tables."""
        gains = self.gains(lives)
        for node, table in self.table.items():
            runs, contexts, options = table.shape
            place, teaches = np.arange(runs)[:, None] * contexts + lives.contexts[node], lives.learning[node] * 1.0
            met = _sums(place, teaches, self.visits[node])
            self.visits[node] += met
            self.update(node, _Lesson(met, gains[node], teaches, place, place * options + lives.states[node]))

    def gains(self, lives: Lives) -> dict[str, Array]:
        """Return what followed each node in each life."""
        return {node: lives.total(own) / self.bench.scale(node) for node, own in self.counted.items()}

    @abstractmethod
    def update(self, node: str, lesson: _Lesson) -> None:
        """Update the table of a node."""


class _Reinforce(_Tables):
    def update(self, node: str, lesson: _Lesson) -> None:
        table, usual, (met, gain, teaches, place, cell) = self.table[node], self.usual[node], lesson
        share = np.maximum(met / np.maximum(self.visits[node], 1), _BASELINE * (met > 0))
        usual += share * (_sums(place, gain * teaches, usual) / np.maximum(met, 1) - usual)
        won = _sums(cell, (gain - usual.take(place)) * teaches, table)
        table += self.learner.step / self.learner.batch * (won - _softmax(table) * won.sum(-1, keepdims=True))


class _Q(_Tables):
    def rules(self) -> dict[str, Array]:
        return {n: _first(table + _BARELY * self.bench.scale(n) * self.leaning[n]) for n, table in self.table.items()}

    def policies(self) -> dict[str, Array]:
        tries = max(_EXPLORES, 1 - 2 * self.done)
        return {node: (1 - tries) * rule + tries / rule.shape[-1] for node, rule in self.rules().items()}

    def gains(self, lives: Lives) -> dict[str, Array]:
        """Return what followed each node; if credit crosses all updates, up to the next option that is not greedy."""
        found = {node: lives.total(own) for node, own in self.counted.items()}
        later = dict[str, str]()  # agent -> the decision after the one that is looked at
        for node in reversed(self.bench.learned) if self.bench.credit == "updates" else ():
            owner = self.bench.owner[node]
            if after := later.get(owner):
                known = self.table[after][np.arange(len(self.chance))[:, None], lives.contexts[after]]
                chosen = np.take_along_axis(known, lives.states[after][..., None], -1)[..., 0]
                usual = ~lives.learning[after] | (chosen >= known.max(-1))
                between = [u for u in self.counted[node] if u not in self.counted[after]]
                found[node] = lives.total(between) + np.where(usual, found[after], known.max(-1))
            later[owner] = node
        return found

    def update(self, node: str, lesson: _Lesson) -> None:
        table, tried = self.table[node], self.tried[node]
        count = _sums(lesson.cell, lesson.teaches, table)
        tried += count
        mean = _sums(lesson.cell, lesson.gain * lesson.teaches, table) / np.maximum(count, 1)
        share = np.maximum(count / np.maximum(tried, 1), 1 - (1 - self.learner.step) ** count)
        table += share * (mean - table)


class _Evolution(_Tables):
    def policies(self) -> dict[str, Array]:
        if self.bench.credit != "updates" or self.learner.batch % 2:
            raise NotApplicable("evolution scores whole lives in pairs. Give credit='updates' and an even batch.")
        for node, table in self.table.items():
            size = (self.learner.batch // 2, *table.shape[1:])
            half = np.stack([source.standard_normal(size) for source in self.chance])
            first = self.bench.tied.get(node, node)
            self.tried[node] = np.concatenate([half, -half], axis=1) if first == node else self.tried[first]
        return {node: _first(table[:, None] + self.tried[node]) for node, table in self.table.items()}

    def gains(self, lives: Lives) -> dict[str, Array]:
        owner, found = self.bench.owner, {}
        for node in self.table:
            gain = lives.total([u for u in self.bench.utilities if owner[u] == owner[node]]) / self.bench.scale(node)
            found[node] = gain - gain.mean(1, keepdims=True)
        return found

    def update(self, node: str, lesson: _Lesson) -> None:
        slope = np.einsum("rb,rbco->rco", lesson.gain * lesson.teaches, self.tried[node])
        self.table[node] += self.learner.step * slope / self.learner.batch


_METHODS: dict[Method, type[_Tables]] = {"reinforce": _Reinforce, "q": _Q, "evolution": _Evolution}


def _sums(cells: Array, weights: Array, like: Array) -> Array:
    """Return the sum of the weights in each cell, as an array of this form."""
    return np.bincount(cells.ravel(), weights.ravel(), like.size).reshape(like.shape)


def _softmax(logits: Array) -> Array:
    raised: Array = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _first(scores: Array) -> Array:
    """Return the option of greatest score as a distribution."""
    return np.asarray(np.arange(scores.shape[-1]) == scores.argmax(-1)[..., None], dtype=float)
