"""Random processes, families and evidence for the laws of derivation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa import evidence as ev, families as fa

if TYPE_CHECKING:
    from cidmesa.mesa.derive.member import Judging
    from cidmesa.mesa.derive.partition import How, Partition

__all__ = ["EXACT", "Drawn", "drawn", "evidence", "finite", "process"]

EXACT = [Fraction(k, 2) for k in range(-2, 3)]


def process(rng: Random) -> cm.TrainingProcess:
    """A process of two or three episodes in stages."""
    mus = [0, "1/4", "1/2", 1]
    plan = {"one": (1, rng.choice(mus)), "deployment": (1, 0)}
    if rng.random() < 0.4:
        plan = {"one": plan["one"], "two": (1, rng.choice(mus)), "deployment": (1, 0)}
    return cm.builders.stages(plan)


def _spec(rng: Random, episodes: int) -> cm.MesaSpec:
    target = {t: f"({rng.choice(EXACT)}) * (A{t} == 'b')" for t in range(1, episodes + 1)}
    return cm.MesaSpec(target=target, scope=rng.choice(["updates", "updates", "episode"]))


def finite(rng: Random, training: cm.TrainingProcess) -> fa.Specifications:
    """A family of two to four specifications with ties among them now and then, and random weights."""
    count = rng.randint(2, 4)
    specs = {f"s{k}": _spec(rng, len(training.episodes)) for k in range(count)}
    return fa.specifications(specs, prior={name: rng.randint(1, 4) for name in specs})


def evidence(rng: Random) -> list[Any]:
    """None, an act, or a noisy test."""
    audit = ev.tested(
        "A2", rng.choice(["pass", "alarm"]), like="A1", taken_for_real="1/2", sensitivity="4/5", false_alarm="1/10"
    )
    return rng.choice([[], [ev.acted({"A1": "a"})], [audit], [ev.acted({"A1": "a"}), audit], [ev.scored("1/2")]])


# --- many families at the price of few: members are judged once for each pool ----------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A family of some specifications of a pool, whose members the pool has judged."""

    pool: cm.Derivation
    weights: dict[str, int]

    def found(self, training: cm.TrainingProcess, judging: Judging, how: How) -> Partition:  # noqa: ARG002 (of all families)
        assert (training, judging.evidence) == (self.pool.training, self.pool.evidence)
        total = sum(self.weights.values())
        cells = [
            replace(cell, low=share, high=share)
            for cell in self.pool.found.cells
            if (share := Fraction(self.weights.get(cell.name, 0), total))
        ]
        return replace(self.pool.found, cells=tuple(cells))

    @property
    def prior_text(self) -> str:
        return "by weight"


@cache
def _pool(number: int) -> cm.Derivation:
    """Return all members of twelve specifications of a random process, given random evidence."""
    rng = Random(number)
    training = process(rng)
    specs = {f"s{k}": _spec(rng, len(training.episodes)) for k in range(12)}
    return cm.derive(training, fa.specifications(specs), evidence(rng))


def drawn(rng: Random, pools: int) -> tuple[cm.TrainingProcess, Drawn, tuple[Any, ...]]:
    """Return a process, a random family of two to four specifications with random weights, and evidence."""
    pool = _pool(rng.randrange(pools))
    names = rng.sample([cell.name for cell in pool.found.cells], rng.randint(2, 4))
    return pool.training, Drawn(pool, {name: rng.randint(1, 4) for name in names}), pool.evidence
