"""Tabular learners that train many runs at once: policy gradient, Q-learning, evolution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args
from zlib import crc32

import numpy as np

from cidmesa.display import Stated
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.runs.arms import Run
from cidmesa.runs.worlds import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
            policies = learning.policies(update / updates, chance)
            drawn = np.stack([source.random((self.batch, world.draws)) for source in chance])
            learning.learn(world.live(drawn, policies))
        rules = learning.rules()
        kept = [[node for node in bench.learned if node in (arm.mixture or (arm,))[0].learns] for arm in arms]
        return [
            Run({n: rules[n][i] for n in nodes}, {n: learning.visits[n][i] for n in nodes})
            for i, nodes in enumerate(kept)
        ]


class _Tables:
    """What learners share: a table for each learned node (axes: run, context, option), and visits.

    ``leaning``: what a run prefers where nothing else tells, as the first weights of a network do.
    """

    def __init__(self, bench: Bench, learner: Learner, chance: Sequence[Generator]) -> None:
        self.bench, self.learner = bench, learner
        self.shape = {n: (len(chance), bench.size(n), len(bench.system.domains[n])) for n in bench.learned}
        self.leaning = {
            n: np.stack([source.standard_normal(shape[1:]) for source in chance]) for n, shape in self.shape.items()
        }
        table = {node: _LEANS * leaning for node, leaning in self.leaning.items()}
        self.table = {node: table[bench.tied.get(node, node)] for node in table}  # one array where a rule is shared
        self.visits = {node: np.zeros(shape[:2]) for node, shape in self.shape.items()}
        self.counted = {node: bench.counted(node) for node in bench.learned}

    def place(self, node: str, lives: Lives) -> Array:
        """Return the run and context of each life as one number."""
        runs, contexts, _ = self.shape[node]
        return np.arange(runs)[:, None] * contexts + lives.contexts[node]

    def met(self, node: str, place: Array, weights: Array) -> Array:
        """Return the sum of weights in each context."""
        runs, contexts, _ = self.shape[node]
        return np.bincount(place.ravel(), weights.ravel(), runs * contexts).reshape(runs, contexts)

    def done(self, node: str, place: Array, lives: Lives, weights: Array) -> Array:
        """Return the sum of weights at each option of each context."""
        cell = place * self.shape[node][2] + lives.states[node]
        size = int(np.prod(self.shape[node]))
        return np.bincount(cell.ravel(), weights.ravel(), size).reshape(self.shape[node])

    def worth(self, lives: Lives, utilities: Sequence[str]) -> Array:
        """Return the sum of some utilities in each life."""
        first = next(iter(lives.states.values()))
        return sum((lives.worth[u] for u in utilities), start=np.zeros(first.shape))


class _Reinforce(_Tables):
    def __init__(self, bench: Bench, learner: Learner, chance: Sequence[Generator]) -> None:
        super().__init__(bench, learner, chance)
        self.usual = {node: np.zeros(shape[:2]) for node, shape in self.shape.items()}

    def policies(self, done: float, chance: Sequence[Generator]) -> Mapping[str, Array]:  # noqa: ARG002 (as others)
        return {node: _softmax(table) for node, table in self.table.items()}

    def learn(self, lives: Lives) -> None:
        for node, table in self.table.items():
            place, teaches = self.place(node, lives), lives.learning[node].astype(float)
            gain = self.worth(lives, self.counted[node]) / self.bench.scale(node)
            met = self.met(node, place, teaches)
            self.visits[node] += met
            share = np.maximum(met / np.maximum(self.visits[node], 1), _BASELINE * (met > 0))
            mean = self.met(node, place, gain * teaches) / np.maximum(met, 1)
            self.usual[node] += share * (mean - self.usual[node])
            won = self.done(node, place, lives, (gain - self.usual[node].take(place)) * teaches)
            slope = won - _softmax(table) * won.sum(-1, keepdims=True)
            table += self.learner.step / self.learner.batch * slope

    def rules(self) -> Mapping[str, Array]:
        return {node: _softmax(table) for node, table in self.table.items()}


class _Q(_Tables):
    def __init__(self, bench: Bench, learner: Learner, chance: Sequence[Generator]) -> None:
        super().__init__(bench, learner, chance)
        self.tried = {node: np.zeros(shape) for node, shape in self.shape.items()}

    def policies(self, done: float, chance: Sequence[Generator]) -> Mapping[str, Array]:  # noqa: ARG002 (as others)
        tries = max(_EXPLORES, 1 - 2 * done)
        return {node: (1 - tries) * rule + tries / rule.shape[-1] for node, rule in self.rules().items()}

    def learn(self, lives: Lives) -> None:
        for nodes in self._selves():
            for node, value in self._returns(nodes, lives).items():
                place, teaches = self.place(node, lives), lives.learning[node].astype(float)
                self.visits[node] += self.met(node, place, teaches)
                count = self.done(node, place, lives, teaches)
                self.tried[node] += count
                mean = self.done(node, place, lives, value * teaches) / np.maximum(count, 1)
                share = np.maximum(count / np.maximum(self.tried[node], 1), 1 - (1 - self.learner.step) ** count)
                self.table[node] += share * (mean - self.table[node])

    def _selves(self) -> list[list[str]]:
        """Return the learned nodes of each agent in their order."""
        owners = dict.fromkeys(self.bench.owner[node] for node in self.bench.learned)
        return [[node for node in self.bench.learned if self.bench.owner[node] == owner] for owner in owners]

    def _returns(self, nodes: Sequence[str], lives: Lives) -> dict[str, Array]:
        """Return for each node what followed, where credit crosses all updates up to the next option not greedy."""
        found = {node: self.worth(lives, self.counted[node]) for node in nodes}
        if self.bench.credit == "updates":
            for node, after in reversed(list(pairwise(nodes))):
                known = self.table[after].reshape(-1, self.shape[after][2])[self.place(after, lives)]
                chosen = np.take_along_axis(known, lives.states[after][..., None], -1)[..., 0]
                usual = ~lives.learning[after] | (chosen >= known.max(-1))
                own = [u for u in self.counted[node] if u not in self.counted[after]]
                found[node] = self.worth(lives, own) + np.where(usual, found[after], known.max(-1))
        return found

    def rules(self) -> Mapping[str, Array]:
        return {n: _first(table + _BARELY * self.bench.scale(n) * self.leaning[n]) for n, table in self.table.items()}


class _Evolution(_Tables):
    def __init__(self, bench: Bench, learner: Learner, chance: Sequence[Generator]) -> None:
        super().__init__(bench, learner, chance)
        if bench.credit != "updates" or learner.batch % 2:
            raise NotApplicable("evolution scores whole lives in pairs. Give credit='updates' and an even batch.")
        self.tried = dict[str, "Array"]()

    def policies(self, done: float, chance: Sequence[Generator]) -> Mapping[str, Array]:  # noqa: ARG002 (as others)
        self.tried = {}
        for node, (_, contexts, options) in self.shape.items():
            half = np.stack([source.standard_normal((self.learner.batch // 2, contexts, options)) for source in chance])
            self.tried[node] = self.tried.get(self.bench.tied.get(node, node), np.concatenate([half, -half], axis=1))
        return {node: _first(self.table[node][:, None] + tried) for node, tried in self.tried.items()}

    def learn(self, lives: Lives) -> None:
        for node, table in self.table.items():
            own = [u for u in self.bench.utilities if self.bench.owner[u] == self.bench.owner[node]]
            teaches = lives.learning[node].astype(float)
            self.visits[node] += self.met(node, self.place(node, lives), teaches)
            gain = self.worth(lives, own) / self.bench.scale(node)
            gain = (gain - gain.mean(1, keepdims=True)) * teaches
            table += self.learner.step * np.einsum("rb,rbco->rco", gain, self.tried[node]) / self.learner.batch

    def rules(self) -> Mapping[str, Array]:
        return {node: _softmax(table) for node, table in self.table.items()}


_METHODS: dict[Method, type[_Reinforce | _Q | _Evolution]] = {"reinforce": _Reinforce, "q": _Q, "evolution": _Evolution}


def _softmax(logits: Array) -> Array:
    raised: Array = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def _first(scores: Array) -> Array:
    """Return the option of greatest score as a distribution."""
    return np.asarray(np.arange(scores.shape[-1]) == scores.argmax(-1)[..., None], dtype=float)
