"""The extensive form of a game: chance and decisions in order, information sets, payoffs; and its text for Gambit.

The tree has the decisions and what they observe; everything else is summed out (Koller and Milch 2003, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count, product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["ExtensiveGame", "Infoset", "Player"]


@dataclass(frozen=True)
class Infoset:
    """A decision in a context of what it observes, with its options."""

    decision: str
    context: tuple[tuple[str, Any], ...]
    actions: tuple[Any, ...]


@dataclass(frozen=True)
class Player:
    """An agent with its information sets."""

    label: str
    infosets: tuple[Infoset, ...]

    @property
    def strategies(self) -> list[tuple[Any, ...]]:
        """The pure strategies: an option for each information set."""
        return list(product(*(infoset.actions for infoset in self.infosets)))


@dataclass(frozen=True, eq=False)
class ExtensiveGame:
    """A game in extensive form.

    ``model`` has positions for states; ``names`` are the states' names, ``owners`` the agents of the decisions,
    ``gains`` the utilities of each agent that is paid.
    """

    title: str
    model: Model
    names: dict[str, list[Any]]
    owners: dict[str, Hashable]
    gains: dict[Hashable, tuple[str, ...]]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The nodes of the tree: decisions and what they observe, causes first."""
        cid = self.model.cid
        return cid.names({cid.index(n) for d in cid.decisions for n in (d, *cid.parents(d))})

    @cached_property
    def chances(self) -> Array:
        """The probability of each path where all decisions choose uniformly, an axis for each node of `order`."""
        return np.asarray(weights(self.model, self.order, undecided="uniform"))

    def payoffs(self, agent: Hashable) -> Array:
        """Return what an agent expects at the end of each path."""
        found = [weights(self.model, self.order, utility=u, undecided="uniform") for u in self.gains[agent]]
        total = np.asarray(sum(found, start=0 * self.chances))
        reached = self.chances != 0
        total[reached] = total[reached] / self.chances[reached]
        return total

    @cached_property
    def infosets(self) -> tuple[Infoset, ...]:
        """All information sets, decision after decision."""
        return tuple(infoset for decision in self.model.cid.decisions for infoset in self._infosets_of(decision))

    def _infosets_of(self, decision: str) -> Iterator[Infoset]:
        parents = self.model.cid.parents(decision)
        for seen in product(*(self.names[parent] for parent in parents)):
            yield Infoset(decision, tuple(zip(parents, seen, strict=True)), tuple(self.names[decision]))

    @cached_property
    def players(self) -> tuple[Player, ...]:
        """The agents that decide or are paid, with their information sets."""
        return tuple(
            Player(str(agent), tuple(one for one in self.infosets if self.owners[one.decision] == agent))
            for agent in self.gains
        )

    @property
    def actions(self) -> list[tuple[Infoset, Any]]:
        """All actions: each option in each information set."""
        return [(infoset, action) for infoset in self.infosets for action in infoset.actions]

    @property
    def outcomes(self) -> list[tuple[int, ...]]:
        """The ends of the paths that are possible, as positions along `order`."""
        return [tuple(map(int, path)) for path in np.argwhere(self.chances != 0)]

    def to_efg(self) -> str:
        """Return the game as text in Gambit's format .efg."""
        players = " ".join(_quoted(player.label) for player in self.players)
        return "\n".join([f"EFG 2 R {_quoted(self.title)} {{ {players} }}", *self._lines()]) + "\n"

    def _lines(self) -> Iterator[str]:
        payoffs = [self.payoffs(agent) for agent in self.gains]
        numbers = {outcome: number for number, outcome in enumerate(self.outcomes, 1)}
        turns = count(1)
        paths: list[tuple[int, ...]] = [()]
        while paths:
            path = paths.pop()
            if len(path) == len(self.order):
                paid = ", ".join(show(payoff[path]) for payoff in payoffs)
                yield f't "" {numbers[path]} "" {{ {paid} }}'
                continue
            node = self.order[len(path)]
            share = self.chances[path].reshape(len(self.names[node]), -1).sum(axis=1)
            open_ways = [place for place, chance in enumerate(share) if chance != 0]
            yield self._branching(node, path, share, open_ways, turns)
            paths += [(*path, place) for place in reversed(open_ways)]

    def _branching(
        self, node: str, path: Sequence[int], share: Array, open_ways: list[int], turns: Iterator[int]
    ) -> str:
        if node not in self.owners:
            turn = next(turns)
            ways = " ".join(f"{_quoted(self.names[node][w])} {show(share[w] / share.sum())}" for w in open_ways)
            return f'c "" {turn} {_quoted(f"{node} {turn}")} {{ {ways} }} 0'
        seen = tuple((p, self.names[p][path[self.order.index(p)]]) for p in self.model.cid.parents(node))
        agent = list(self.gains).index(self.owners[node])
        own = self.players[agent].infosets
        number = own.index(Infoset(node, seen, tuple(self.names[node]))) + 1
        ways = " ".join(map(_quoted, self.names[node]))
        label = ", ".join([node, *(f"{parent} = {state}" for parent, state in seen)])
        return f'p "" {agent + 1} {number} {_quoted(label)} {{ {ways} }} 0'


def _quoted(text: object) -> str:
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
