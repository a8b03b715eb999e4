"""`Lab`: a place to train systems under interventions, with finished runs kept."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import ModelError, NotApplicable, TooLarge
from cidmesa.frozen import Frozen
from cidmesa.modelling.policy import Rule, policy
from cidmesa.runs.arms import Arm, Reading, Run, Variant
from cidmesa.runs.learners import Learner, generator
from cidmesa.runs.worlds import lived
from cidmesa.workers.pool import Lost, workers

if TYPE_CHECKING:
    from pathlib import Path

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State
    from cidmesa.runs.worlds import Bench
    from cidmesa.structure.diagram import CID

__all__ = ["Lab", "Readings", "Train"]

Train: TypeAlias = Callable[[Arm, int], Mapping[str, object] | Run]
Readings: TypeAlias = dict[Arm, Reading]
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
    cache: Path | None = None
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
        jobs = [(arm, run) for arm in wanted for run in range(n)]
        found = dict(self._kept(jobs, seed))
        if self.watch is not None:
            self.watch(len(found), len(jobs))
        for chunk in self._trained([job for job in jobs if job not in found], seed):
            found |= chunk
            self._keep(chunk, seed)
            if self.watch is not None:
                self.watch(len(found), len(jobs))
        return {arm: Reading(arm, tuple(found[arm, run] for run in range(n)), self.shapes) for arm in wanted}

    def lived(self, reading: Reading, lives: int, seed: int = 0) -> list[list[dict[str, State]]]:
        """Return what happens while the runs of an arm are watched for some lives, as node -> state.

        Raises:
            NotApplicable: the lab has no mechanisms.
        """
        if self.bench is None:
            raise NotApplicable("this lab has no mechanisms to simulate. Watch the runs during training (watch=).")
        rules = {node: np.stack([run.rules[node] for run in reading.runs]) for node in reading.arm.learns}
        return lived(self.bench, reading.arm, rules, lives, seed)

    # --- training ---------------------------------------------------------------------------------------------------

    def _trained(self, jobs: Sequence[_Job], seed: int) -> Iterator[dict[_Job, Run]]:
        size = _CHUNK if isinstance(self.trainer, Learner) else 1
        chunks = [jobs[i : i + size] for i in range(0, len(jobs), size)]
        with workers(self.jobs, self.backend, self.scheduler) as pool:
            if pool is None:
                yield from (self._train(chunk, seed) for chunk in chunks)
            else:
                bare = replace(self, watch=None, source=None, cache=None)
                for chunk, found in pool.results(partial(_chunk, bare, seed), chunks):
                    if isinstance(found, Lost):
                        raise NotApplicable(f"{len(chunk)} runs from {_name(chunk[0], seed)} on are lost: {found.why}")
                    yield found

    def _train(self, jobs: Sequence[_Job], seed: int) -> dict[_Job, Run]:
        if isinstance(self.trainer, Learner) and self.bench is not None:
            chance = [generator(seed, *job) for job in jobs]
            return dict(zip(jobs, self.trainer.train(self.bench, [arm for arm, _ in jobs], chance), strict=True))
        return {job: self._by_function(*job, int(generator(seed, *job).integers(2**31))) for job in jobs}

    def _by_function(self, arm: Arm, run: int, seed: int) -> Run:  # noqa: ARG002 (a run is known by its seed)
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

    def _rule(self, node: str, given: object) -> Any:
        shape = self.shapes[node]
        if not isinstance(given, Rule | np.ndarray) and self.model is not None:
            given = policy(self.model, {node: given})[node]
        values = np.asarray(given.values if isinstance(given, Rule) else given, dtype=float)
        if values.size != shape.values.size:
            raise ModelError(
                f"the rule of {node!r} has {values.size} numbers; it needs {shape.values.size}: one for "
                "each option in each context."
            )
        return values.reshape(-1, len(shape.options))

    # --- finished runs ----------------------------------------------------------------------------------------------

    @property
    def _identity(self) -> str:
        """A hash of all that a run depends on besides its arm, seed and number."""
        told = repr(self.trainer) if isinstance(self.trainer, Learner) else _source_of(self.trainer)
        mechanisms = (
            ""
            if self.bench is None
            else "".join(Variant.of(rule).key for rule in self.bench.system.mechanisms.values())
        )
        counted = "" if self.bench is None else str([self.bench.counted(node) for node in self.learned])
        text = f"{_VERSION}{self.variables.edges}{list(self.shapes)}{mechanisms}{counted}{told}"
        return sha256(text.encode()).hexdigest()[:24]

    def _file(self) -> Path | None:
        return None if self.cache is None else self.cache / f"{self._identity}.runs"

    def _kept(self, jobs: Sequence[_Job], seed: int) -> Iterator[tuple[_Job, Run]]:
        file = self._file()
        if file is None or not file.exists():
            return
        whole, _, _ = file.read_bytes().rpartition(b"\n")  # a line that was cut off by a kill is dropped
        lines = dict(json.loads(line) for line in whole.splitlines() if line)
        for job in jobs:
            if (name := _name(job, seed)) in lines:
                yield job, Run.of_json(lines[name])

    def _keep(self, chunk: Mapping[_Job, Run], seed: int) -> None:
        if (file := self._file()) is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        whole, _, torn = file.read_bytes().rpartition(b"\n") if file.exists() else (b"", b"", b"")
        if torn:
            file.write_bytes(whole + b"\n" * bool(whole))
        lines = [json.dumps([_name(job, seed), run.to_json()]) for job, run in chunk.items()]
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")

    def to_text(self) -> str:
        """Return what is trained, how, and which mechanisms can be changed."""
        how = (
            repr(self.trainer) if isinstance(self.trainer, Learner) else getattr(self.trainer, "__name__", "a function")
        )
        changed = ", ".join(f"{node} ({len(variants)})" for node, variants in self.variants.items())
        return f"trains {', '.join(self.learned)} by {how}\nvariants: {changed}"


_Job: TypeAlias = "tuple[Arm, int]"


def _chunk(lab: Lab, seed: int, jobs: Sequence[_Job]) -> dict[_Job, Run]:
    return lab._train(jobs, seed)  # noqa: SLF001 (the same module, in another process)


def _name(job: _Job, seed: int) -> str:
    return sha256(f"{job[0].key}\0{seed}\0{job[1]}".encode()).hexdigest()[:24]


def _source_of(train: object) -> str:
    """Return what tells a trainer from others: its text where that can be found, else its name."""
    if (stated := getattr(train, "identity", None)) is not None:
        return str(stated)
    try:
        return inspect.getsource(train)  # type: ignore[arg-type]
    except (OSError, TypeError):
        return getattr(train, "__qualname__", type(train).__qualname__)
