"""Games by brute force: plays are followed node by node; nothing of the solver is used."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import cidmesa as cm
from tests.random_models import random_chance, random_payoff

if TYPE_CHECKING:
    from random import Random

__all__ = ["Brute", "random_game"]


def random_game(rng: Random, *, max_nodes: int = 5) -> cm.Model:
    """Two agents with one to three decisions in all, up to two chance nodes, a utility each."""
    count = rng.randint(2, max_nodes)
    names = [f"N{i}" for i in range(count)]
    decisions = sorted(rng.sample(names, rng.randint(2, min(3, count))))
    owners = ["a", "b"] if len(decisions) == 2 else rng.sample(["a", "b", rng.choice("ab")], 3)
    owner = dict(zip(decisions, owners, strict=True))
    specs, given = [], {}
    for position, name in enumerate(names):
        parents = tuple(rng.sample(names[:position], min(position, rng.randint(0, 2))))
        specs.append(cm.Node(name, "decision" if name in owner else "chance", owner.get(name), parents))
        given[name] = list(range(rng.choice([2, 2, 3]))) if name in owner else random_chance(rng.random())
    for agent in "ab":
        parents = tuple(rng.sample(names, min(count, rng.randint(2, 3))))
        specs.append(cm.Node(f"U{agent}", "utility", agent, parents))
        given[f"U{agent}"] = random_payoff(rng.random())
    return cm.model(cm.CID(tuple(specs)), given)


class Brute:
    """All profiles of full pure rules of a game and their values."""

    def __init__(self, model: cm.Model) -> None:
        self.model, self.cid = model, model.cid
        self.nodes = [node for node in self.cid.nodes if self.cid.kind(node) != "utility"]
        self.agents = [agent for agent in self.cid.agents if self.cid.decisions_of(agent)]
        sizes = {node: range(len(model.domain(node))) for node in self.nodes}
        self.contexts = [
            (d, c) for d in self.cid.decisions for c in product(*(sizes[parent] for parent in self.cid.parents(d)))
        ]
        self.options = [len(model.domain(d)) for d, _ in self.contexts]

    def count(self) -> int:
        total = 1
        for size in self.options:
            total *= size
        return total

    def profiles(self):
        return (dict(zip(self.contexts, picked, strict=True)) for picked in product(*map(range, self.options)))

    def plays(self, act, at=None, chance=Fraction(1), k=0):
        """Yield (positions by node, probability); ``act(decision, context)`` gives option -> probability."""
        at = at or {}
        if k == len(self.nodes):
            yield at, chance
            return
        node = self.nodes[k]
        context = tuple(at[parent] for parent in self.cid.parents(node))
        if self.cid.kind(node) == "decision":
            row = act(node, context)
        else:
            row = dict(enumerate(self.model.table(node).values[context].tolist()))
        for state, p in row.items():
            if p:
                yield from self.plays(act, at | {node: state}, chance * p, k + 1)

    def values(self, act):
        total = dict.fromkeys(self.cid.agents, Fraction(0))
        for at, chance in self.plays(act):
            for utility in self.cid.utilities:
                index = tuple(at[parent] for parent in self.cid.parents(utility))
                total[self.cid.agent(utility)] += chance * self.model.table(utility).values[index]
        return total

    def led_to(self, agent, profile):
        """The contexts of ``agent`` to which its own part of ``profile`` can lead, whatever the others do."""
        own = set(self.cid.decisions_of(agent))

        def act(decision, context):
            if decision in own:
                return {profile[decision, context]: 1}
            return dict.fromkeys(range(len(self.model.domain(decision))), Fraction(1, 9))

        return {(d, tuple(at[p] for p in self.cid.parents(d))) for at, _ in self.plays(act) for d in own}

    def canonical(self, profile):
        """The profile with the first option in contexts to which the owner's play never leads."""
        reached = set().union(*(self.led_to(agent, profile) for agent in self.agents))
        return tuple(option if key in reached else 0 for key, option in profile.items())

    def pure_equilibria(self):
        """All stable profiles in their canonical form."""
        value = {tuple(p.values()): self.values(lambda d, c, p=p: {p[d, c]: 1}) for p in self.profiles()}
        best = {agent: {} for agent in self.agents}
        for key, values in value.items():
            for agent in self.agents:
                rest = self.rest(agent, key)
                best[agent][rest] = max(best[agent].get(rest, values[agent]), values[agent])
        stable = [key for key, values in value.items()
                  if all(values[agent] == best[agent][self.rest(agent, key)] for agent in self.agents)]  # fmt: skip
        return {self.canonical(dict(zip(self.contexts, key, strict=True))) for key in stable}

    def rest(self, agent, key):
        return tuple(o for (d, _), o in zip(self.contexts, key, strict=True) if self.cid.agent(d) != agent)

    def from_policy(self, policy):
        return {(d, c): int(policy[d].values[c].argmax()) for d, c in self.contexts}

    def regret(self, policy, agent):
        """The gain of the best full pure rule of ``agent`` against a behavioural profile."""
        rows = {(d, c): dict(enumerate(policy[d].values[c].tolist())) for d, c in self.contexts}
        now = self.values(lambda d, c: rows[d, c])[agent]
        own = [k for k, (d, _) in enumerate(self.contexts) if self.cid.agent(d) == agent]
        found = []
        for picked in product(*(range(self.options[k]) for k in own)):
            other = rows | {self.contexts[k]: {option: 1} for k, option in zip(own, picked, strict=True)}
            found.append(self.values(lambda d, c, other=other: other[d, c])[agent])
        return max(found) - now
