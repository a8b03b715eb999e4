"""Subgame perfection by brute force, from two definitions; nothing of the solver is used."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING

import cidmesa as cm
from tests.games.brute import Brute
from tests.random_models import random_chance

if TYPE_CHECKING:
    from random import Random

__all__ = ["Perfection", "random_game_of_parts"]


def random_game_of_parts(rng: Random) -> cm.Model:
    """Two or three agents, two to four decisions, one to three utilities with many ties; some see nothing."""
    count = rng.randint(2, 5)
    names = [f"N{i}" for i in range(count)]
    decisions = rng.sample(names, rng.randint(2, min(4, count)))
    owner = {decision: rng.choice("abc") for decision in decisions}
    specs, given = [], {}
    for position, name in enumerate(names):
        parents = tuple(rng.sample(names[:position], min(position, rng.randint(0, 2))))
        specs.append(cm.Node(name, "decision" if name in owner else "chance", owner.get(name), parents))
        given[name] = [0, 1] if name in owner else random_chance(rng.random())
    for number in range(rng.randint(1, 3)):
        agent = rng.choice("abc") if rng.random() < 0.2 else rng.choice(sorted(owner.values()))
        parents = tuple(rng.sample(names, min(count, rng.randint(0, 3))))
        specs.append(cm.Node(f"U{number}", "utility", agent, parents))
        settings = product([0, 1], repeat=len(parents))
        payoff = {setting: rng.choice([-1, 0, 0, 1, 1, 2]) for setting in settings}
        given[f"U{number}"] = lambda payoff=payoff, **seen: payoff[tuple(seen.values())]
    return cm.model(cm.CID(tuple(specs)), given)


class Perfection(Brute):
    """The subgames of a game and the profiles of pure rules that are equilibria of all of them."""

    def __init__(self, model: cm.Model) -> None:
        super().__init__(model)
        self.relies = {
            d: {e for e in self.cid.decisions if e != d and cm.is_s_reachable(self.cid, d, e)}
            for d in self.cid.decisions
        }
        for _ in self.cid.decisions:
            self.relies = {d: r.union(*(self.relies[e] for e in r)) for d, r in self.relies.items()}

        self.place = {key: k for k, key in enumerate(self.contexts)}
        self.whole = [at for at, _ in self.plays(lambda d, _: dict.fromkeys(range(len(self.model.domain(d))), 1))]
        self.every = [self._play(at, set(self.cid.nodes)) for at in self.whole]

    def _play(self, at, nodes):
        """What is chosen in a play (place of the context -> option), and the payoffs times the chance, in ``nodes``."""
        seen = {self.place[d, self._seen(d, at)]: at[d] for d in self.cid.decisions if d in nodes}
        chance = prod(self.model.table(n).values[(*self._seen(n, at), at[n])]
                      for n in self.cid.chance_nodes if n in nodes)  # fmt: skip
        paid = dict.fromkeys(self.cid.agents, Fraction(0))
        for u in nodes.intersection(self.cid.utilities):
            paid[self.cid.agent(u)] += chance * self.model.table(u).values[self._seen(u, at)]
        return seen, paid

    def _seen(self, node, at):
        return tuple(at[parent] for parent in self.cid.parents(node))

    def _followed(self, chosen):
        """The plays, all equally weighed by choices, in which decisions do as ``chosen`` (place -> option) says."""
        return [(seen, paid) for seen, paid in self.every if all(chosen.get(k, o) == o for k, o in seen.items())]

    # --- the definition by Koller and Milch: all other decisions choose uniformly --------------------------------

    def perfect_profiles(self):
        """All pure profiles whose rules are, for each set that relies on no other decision, an equilibrium there."""
        chosen = [
            set(own)
            for n in range(1, len(self.cid.decisions) + 1)
            for own in combinations(self.cid.decisions, n)
            if all(self.relies[d] <= set(own) for d in own)
        ]
        stable = [self._stable(own) for own in chosen]
        return {
            self.canonical(profile)
            for profile in self.profiles()
            if all(tuple(o for (d, _), o in profile.items() if d in own) in good
                   for own, good in zip(chosen, stable, strict=True))
        }  # fmt: skip

    def _stable(self, own):
        """The rules of ``own`` from which no owner gains by changing its rules there, the others choosing uniformly."""
        places = [k for k, (d, _) in enumerate(self.contexts) if d in own]
        owners = [self.cid.agent(self.contexts[k][0]) for k in places]
        value, best = {}, {}
        for picked in product(*(range(self.options[k]) for k in places)):
            plays = self._followed(dict(zip(places, picked, strict=True)))
            value[picked] = {agent: sum(paid[agent] for _, paid in plays) for agent in set(owners)}
            for agent, amount in value[picked].items():
                key = agent, self._others(picked, owners, agent)
                best[key] = max(best.get(key, amount), amount)
        return {
            picked
            for picked, values in value.items()
            if all(now == best[agent, self._others(picked, owners, agent)] for agent, now in values.items())
        }

    def _others(self, picked, owners, agent):
        return tuple(option for option, owner in zip(picked, owners, strict=True) if owner != agent)

    def canonical(self, profile):
        """The profile with the first option in contexts that the rules on which the decision relies exclude."""
        chosen, reached = list(profile.values()), set()
        for decision in self.cid.decisions:
            part = {e for e in self.relies[decision] if decision in self.relies[e]}
            agent = self.cid.agent(decision)
            fixed = {e for e in self.relies[decision] if e not in part or self.cid.agent(e) == agent}
            followed = self._followed({k: chosen[k] for k, (d, _) in enumerate(self.contexts) if d in fixed})
            reached |= {k for seen, _ in followed for k in seen if self.contexts[k][0] == decision}
        return tuple(option if k in reached else 0 for k, option in enumerate(chosen))

    # --- the definition by Hammond et al.: closed sets of nodes, and what is seen from outside held ---------------

    @cached_property
    def bases(self):
        """All sets of nodes with a decision that are closed under directed paths and r-reachability."""
        below = {node: {node, *self.cid.descendants(node)} for node in self.cid.nodes}
        above = {node: {node, *self.cid.ancestors(node)} for node in self.cid.nodes}
        needed = {
            d: {node for node in self.cid.nodes if cm.is_r_reachable(self.cid, d, node)} for d in self.cid.decisions
        }
        sets = (set(own) for n in range(1, len(self.cid) + 1) for own in combinations(self.cid.nodes, n))
        closed = (own for own in sets if any(d in own for d in needed)
                  and all(needed[d] <= own for d in needed if d in own))  # fmt: skip
        return [own for own in closed if all(below[a] & above[b] <= own for a in own for b in own)]

    @cached_property
    def subgames(self):
        """For each base and each setting of its surroundings that can be reached: its plays, chance only weighed."""
        found = []
        for nodes in self.bases:
            outside = [n for n in self.nodes if n not in nodes and set(self.cid.children(n)) & nodes]
            inner = [n for n in self.nodes if n in nodes]
            apart = {}  # surroundings -> what happens inside -> a play; nodes elsewhere do not matter
            for at in self.whole:
                apart.setdefault(tuple(at[n] for n in outside), {})[tuple(at[n] for n in inner)] = at
            found += [[self._play(at, nodes) for at in plays.values()] for plays in apart.values()]
        return found

    def gain(self, policy):
        """The greatest gain of any agent in any subgame that can be reached, by other pure rules there."""
        rows = [policy[d].values[c].tolist() for d, c in self.contexts]
        return max(self._gain(rows, plays, agent) for plays in self.subgames for agent in self.agents)

    def _gain(self, rows, plays, agent):
        """What the agent gains in a subgame by its best pure rules for the contexts that occur there."""
        own = sorted({k for seen, _ in plays for k in seen if self.cid.agent(self.contexts[k][0]) == agent})
        given = [
            (seen, paid[agent] * prod(rows[k][o] for k, o in seen.items() if k not in own)) for seen, paid in plays
        ]
        given = [(seen, amount) for seen, amount in given if amount]
        now = sum(amount * prod(rows[k][seen[k]] for k in own if k in seen) for seen, amount in given)
        pure = product(*(range(self.options[k]) for k in own))
        others = (dict(zip(own, picked, strict=True)) for picked in pure)
        return (
            max(sum(x for seen, x in given if all(seen.get(k, o) == o for k, o in rule.items())) for rule in others)
            - now
        )
