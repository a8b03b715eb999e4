"""`Lab`: a place to train systems under interventions, with finished runs kept."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from math import inf, prod
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import ModelError, NotApplicable, TooLarge
from cidmesa.formats import system_errors
from cidmesa.frozen import Frozen
from cidmesa.json_lines import JsonLines
from cidmesa.modelling.policy import Rule, policy
from cidmesa.runs.arms import Arm, Reading, Run, Variant
from cidmesa.runs.learners import Learner, generator
from cidmesa.runs.worlds import World
from cidmesa.workers.pool import Lost, workers

if TYPE_CHECKING:
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, State
    from cidmesa.runs.worlds import Bench
    from cidmesa.structure.diagram import CID

__all__ = ["Lab", "Readings", "Train", "source_of"]

Train: TypeAlias = Callable[[Arm, int], Mapping[str, object] | Run]
Readings: TypeAlias = dict[Arm, Reading]
Job: TypeAlias = "tuple[Arm, int]"  # an arm, and the number of a run
MAX_RUNS = 50_000
_CHUNK = 256  # runs that are trained at once
_VERSION = "runs 1"  # part of every key: what is kept was trained by these rules


@dataclass(frozen=True, eq=False, repr=False)
class Lab(Frozen, Tells):
    """A place where systems are trained: variables, the variants of their mechanisms, and a trainer.

    ``shapes``: learned node -> its observations and options. ``trainer``: a `Learner`, which trains in ``bench``, or a
    function. ``model``: the model with the mechanisms of ``bench``. ``source``: the composition or process behind it.
    ``visits``: how often every run must have met a context for it to count. Build it with `lab` or `gym_lab`.
    """

    variables: CID
    shapes: Mapping[str, Rule]
    variants: Mapping[str, tuple[Variant, ...]]
    trainer: Learner | Train
    visits: float
    bench: Bench | None = None
    model: Model | None = None
    source: Composition | TrainingProcess | None = None
    cache: str | Path | None = None
    jobs: int | None = None
    backend: str = "loky"
    scheduler: str | None = None
    watch: Callable[[int, int], None] | None = None

    @property
    def learned(self) -> tuple[str, ...]:
        """The nodes that are trained, in the order of the diagram."""
        return tuple(node for node in self.variables.nodes if node in self.shapes)

    def place(self, node: str) -> int:
        """Return the number of the episode of a learned node or utility; 0 if there are no episodes."""
        return 0 if self.bench is None else self.bench.place.get(node, 0)

    def mechanism(self, node: str) -> Rule:
        """Return the unchanged mechanism of a node.

        Raises:
            NotApplicable: the lab has no mechanisms.
        """
        if self.bench is None:
            raise NotApplicable("this lab has no mechanisms, because it knows its environment by samples only.")
        return self.bench.system.mechanisms[node]

    def arm(self, learns: Sequence[str] = (), **variants: Variant) -> Arm:
        """Return the arm with these variants in which ``learns`` are trained; all learned nodes if left out."""
        return Arm(tuple(learns) or self.learned, variants)

    def read(self, arms: Sequence[Arm], n: int, seed: int = 0) -> Readings:
        """Return n runs of each arm; stored runs are not trained again.

        Raises:
            TooLarge: too many runs, before any is trained.

        """
        wanted = tuple(dict.fromkeys(arms))
        if (count := len(wanted) * n) > MAX_RUNS:
            raise TooLarge(
                f"{len(wanted)} arms with {n} runs each are {count} runs, more than {MAX_RUNS}. Ask about "
                "fewer variables, or of smaller parts."
            )
        jobs = {(arm, run): _name(arm, run, seed) for arm in wanted for run in range(n)}
        shelf, watch = self._shelf(), self.watch or (lambda *_: None)
        kept = dict(map(json.loads, shelf.lines())) if shelf else {}
        found = {job: Run.of_json(kept[name]) for job, name in jobs.items() if name in kept}
        watch(len(found), len(jobs))
        missing = [job for job in jobs if job not in found]
        if shelf and missing:
            shelf.mend()
        for chunk in self._trained(missing, seed):
            found |= chunk
            if shelf:
                shelf.append([jobs[job], run.to_json()] for job, run in chunk.items())
            watch(len(found), len(jobs))
        return {arm: Reading(arm, tuple(found[arm, run] for run in range(n)), self.shapes) for arm in wanted}

    def lived(self, reading: Reading, lives: int, seed: int = 0) -> list[list[dict[str, State]]]:
        """Return for each run of an arm what happens while it is watched for some lives, as node -> state.

        Raises:
            NotApplicable: the lab has no mechanisms.
        """
        if self.bench is None:
            raise NotApplicable("this lab has no mechanisms to simulate. Watch the runs during training (watch=).")
        world, runs = World.of(self.bench, [reading.arm] * len(reading)), range(len(reading))
        chances = np.random.default_rng([seed, lives]).random((len(reading), lives, world.draws))
        states = world.live(chances, {node: reading.rules(node) for node in reading.arm.learns}).states
        named = {n: np.array(self.bench.system.domains[n], dtype=object)[number] for n, number in states.items()}
        return [[{node: of[run, life] for node, of in named.items()} for life in range(lives)] for run in runs]

    def watched(self, reading: Reading, lives: int, seed: int) -> Sequence[Sequence[Mapping[str, State]]]:
        """Return the same; without mechanisms, what was recorded during training."""
        return [run.lives for run in reading.runs] if self.bench is None else self.lived(reading, lives, seed)

    # --- training ---------------------------------------------------------------------------------------------------

    def _trained(self, jobs: Sequence[Job], seed: int) -> Iterator[dict[Job, Run]]:
        size = _CHUNK if isinstance(self.trainer, Learner) else 1
        chunks = [jobs[i : i + size] for i in range(0, len(jobs), size)]
        train = partial(replace(self, watch=None, source=None, cache=None).train, seed)
        with workers(self.jobs, self.backend, self.scheduler) as pool:
            for chunk, found in ((c, train(c)) for c in chunks) if pool is None else pool.results(train, chunks):
                if isinstance(found, Lost):
                    raise NotApplicable(f"{len(chunk)} runs from {_name(*chunk[0], seed)} on are lost: {found.why}")
                yield found

    def train(self, seed: int, jobs: Sequence[Job]) -> dict[Job, Run]:
        """Return runs of arms by their numbers, whatever is kept."""
        chance = [generator(seed, *job) for job in jobs]
        if isinstance(self.trainer, Learner) and self.bench is not None:
            runs = self.trainer.train(self.bench, [arm for arm, _ in jobs], chance)
        else:
            drawn = (int(source.integers(2**31)) for source in chance)
            runs = [self._by_function(arm, own) for (arm, _), own in zip(jobs, drawn, strict=True)]
        return dict(zip(jobs, runs, strict=True))

    def _by_function(self, arm: Arm, seed: int) -> Run:
        found = self.trainer(arm, seed)  # type: ignore[operator]  # no Learner
        if isinstance(found, Run):
            return found
        if missing := [node for node in arm.learns if node not in found]:
            raise NotApplicable(
                f"the trainer returned no rule for {missing[0]!r}. It returns {{node: rule}} for each "
                "node that the arm trains (arm.learns)."
            )
        rules = {node: self._rule(node, found[node]) for node in arm.learns}
        return Run(rules, {node: np.full(len(rule), inf) for node, rule in rules.items()})

    def _rule(self, node: str, given: object) -> Array:
        shape = self.shapes[node].values.shape
        if not isinstance(given, Rule | np.ndarray) and self.model is not None:
            given = policy(self.model, {node: given})[node]
        values = np.asarray(given.values if isinstance(given, Rule) else given, dtype=float)
        if values.size != (needed := prod(shape)):
            raise ModelError(
                f"the rule of {node!r} has {values.size} numbers; it needs {needed}: one for each option in each "
                "context."
            )
        return values.reshape(-1, shape[-1])

    # --- finished runs ----------------------------------------------------------------------------------------------

    def _shelf(self) -> JsonLines | None:
        """Return where runs are kept, by all that they depend on besides arm, seed and number."""
        if self.cache is None:
            return None
        told = repr(self.trainer) if isinstance(self.trainer, Learner) else source_of(self.trainer)
        text = f"{_VERSION}{self.variables.edges}{list(self.shapes)}"
        if self.bench is not None:
            text += "".join(Variant.of(rule).key for rule in self.bench.system.mechanisms.values())
            text += str([self.bench.counted(node) for node in self.learned])
        folder = Path(self.cache)
        with system_errors(folder, "made"):
            folder.mkdir(parents=True, exist_ok=True)
        return JsonLines(folder / f"{sha256((text + told).encode()).hexdigest()[:24]}.runs")

    def to_text(self) -> str:
        """Return what is trained, how, and which mechanisms can be changed."""
        tables = isinstance(self.trainer, Learner)
        how = repr(self.trainer) if tables else getattr(self.trainer, "__name__", "a function")
        changed = ", ".join(f"{node} ({len(variants)})" for node, variants in self.variants.items())
        return f"trains {', '.join(self.learned)} by {how}\nvariants: {changed}"


def _name(arm: Arm, run: int, seed: int) -> str:
    return sha256(f"{arm.key}\0{seed}\0{run}".encode()).hexdigest()[:24]


def source_of(function: object) -> str:
    """Return what tells a function from others: its ``identity`` or text where there is one, else its name."""
    if (stated := getattr(function, "identity", None)) is not None:
        return str(stated)
    try:
        return inspect.getsource(function)  # type: ignore[arg-type]
    except (OSError, TypeError):
        return getattr(function, "__qualname__", type(function).__qualname__)
