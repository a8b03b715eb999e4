"""Seeded random models on random diagrams, with exact small probabilities."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import cidmesa as cm

__all__ = ["random_chance", "random_model", "random_payoff"]


def random_model(rng: Random, *, max_nodes: int = 6, max_decisions: int = 3, recall: bool = False) -> cm.Model:
    """Return a model of one agent: up to ``max_nodes`` chance and decision nodes and one or two utilities.

    ``recall``: each decision also sees the earlier decisions and what they saw.
    """
    count = rng.randint(3, max_nodes)
    names = [f"N{i}" for i in range(count)]
    decisions = set(rng.sample(names[:-1], rng.randint(1, min(max_decisions, count - 1))))
    specs, given, memory = [], {}, {}
    for position, name in enumerate(names):
        parents = tuple(rng.sample(names[:position], min(position, rng.randint(0, 2))))
        if name in decisions:
            parents = tuple(dict.fromkeys([*parents, *memory]))
            memory |= dict.fromkeys([*parents, name]) if recall else {}
            specs.append(cm.Node(name, "decision", "agent", parents))
            given[name] = list(range(rng.choice([2, 2, 3])))
        else:
            specs.append(cm.Node(name, "chance", None, parents))
            given[name] = random_chance(rng.random())
    for number in range(rng.randint(1, 2)):
        parents = tuple(rng.sample(names, rng.randint(1, 3)))
        specs.append(cm.Node(f"U{number}", "utility", "agent", parents))
        given[f"U{number}"] = random_payoff(rng.random())
    return cm.model(cm.CID(tuple(specs)), given)


def _draw(seed: float, context: dict[str, object]) -> Random:
    return Random(f"{seed} {sorted(context.items())}")  # a text seed gives the same stream in every process


def random_chance(seed: float):
    def distribution(**context):
        quarter = _draw(seed, context).choice([0, 0, 1, 2, 3, 4, 4])
        return {0: Fraction(quarter, 4), 1: 1 - Fraction(quarter, 4)}

    return distribution


def random_payoff(seed: float):
    return lambda **context: _draw(seed, context).randint(-3, 3)
