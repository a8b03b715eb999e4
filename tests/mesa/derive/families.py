"""Random processes, families and evidence for the laws of derivation."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa import evidence as ev, families as fa

if TYPE_CHECKING:
    from random import Random

__all__ = ["EXACT", "evidence", "finite", "process"]

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
