"""The extensive form of a game: chance and decisions in order, information sets, payoffs; and its text for Gambit.

The tree has the decisions and what they observe; everything else is summed out (Koller and Milch 2003, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import count, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.frozen import Frozen
from cidmesa.interop.writing import quoted
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number

__all__ = ["ExtensiveGame", "Infoset", "Player"]

MAX_PATHS = 1_000_000

Path = tuple[int, ...]


@dataclass(frozen=True)
class Infoset:
    """A decision in a context of what it observes, with its options."""

    decision: str
    context: tuple[tuple[str, Any], ...]
    actions: tuple[Any, ...]

    def __str__(self) -> str:
        context = ", ".join(f"{parent} = {show(state)}" for parent, state in self.context)
        return f"{self.decision} | {context}" if context else self.decision


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
class ExtensiveGame(Frozen):
    """A game in extensive form.

    ``names`` are the states of each node as they are shown, in the order of the model's; ``owners`` the agents of the
    decisions, ``gains`` the utilities of each agent that decides or is paid.
    """

    title: str
    model: Model
    names: Mapping[str, Sequence[Any]]
    owners: Mapping[str, Hashable]
    gains: Mapping[Hashable, tuple[str, ...]]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The nodes of the tree: decisions and what they observe, causes first."""
        cid = self.model.cid
        return cid.names({cid.index(n) for d in cid.decisions for n in (d, *cid.parents(d))})

    @cached_property
    def chances(self) -> Array:
        """The probability of each path where all decisions choose uniformly, an axis for each node of `order`.

        Raises:
            TooLarge: more than a million paths, whether possible or not.

        """
        if (paths := prod(len(self.names[node]) for node in self.order)) > MAX_PATHS:
            raise TooLarge(f"the game tree has up to {paths} paths; at most {MAX_PATHS} fit. Write the model as .json "
                           "or .cid.yaml, or drop what decisions observe.")  # fmt: skip
        return np.asarray(weights(self.model, self.order, undecided="uniform"))

    def payoffs(self, agent: Hashable) -> Array:
        """Return what an agent expects at the end of each path."""
        found = [weights(self.model, self.order, utility=u, undecided="uniform") for u in self.gains[agent]]
        total = np.asarray(sum(found, start=0 * self.chances))
        reached = self.chances != 0
        total[reached] = total[reached] / self.chances[reached]
        return total

    @cached_property
    def rules(self) -> dict[str, str]:
        """For each decision the one whose information sets it shares: the first that is tied to it, or itself."""
        tied = {decision: group[0] for group in self.model.tied for decision in group}
        return {decision: tied.get(decision, decision) for decision in self.model.cid.decisions}

    @cached_property
    def infosets(self) -> tuple[Infoset, ...]:
        """All information sets, decision after decision."""
        return tuple(infoset for rule in dict.fromkeys(self.rules.values()) for infoset in self._infosets_of(rule))

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
    def outcomes(self) -> list[Path]:
        """The ends of the paths that are possible, as positions along `order`."""
        return [tuple(map(int, path)) for path in np.argwhere(self.chances != 0)]

    def to_efg(self) -> str:
        """Return the game as text in Gambit's format .efg; see `cidmesa.interop.to_gambit_efg`."""
        players = " ".join(quoted(str(agent)) for agent in self.gains)
        head = [f"EFG 2 R {quoted(self.title)} {{ {players} }}", '""', ""]
        return "\n".join([*head, *_lines(self), ""])


# --- lines --------------------------------------------------------------------------------------------------------


def _lines(game: ExtensiveGame) -> Iterator[str]:
    """Yield a line for each node of the tree, in prefix order."""
    payoffs = [game.payoffs(agent) for agent in game.gains]
    places = _places(game)
    ends, turns = count(1), count(1)
    paths: list[Path] = [()]  # what is still to be written, the next at the end
    while paths:
        path = paths.pop()
        if len(path) == len(game.order):
            yield f't "" {next(ends)} "" {{ {", ".join(_payoff(payoff[path]) for payoff in payoffs)} }}'
            continue
        node = game.order[len(path)]
        share = game.chances[path].reshape(len(game.names[node]), -1).sum(axis=1)
        possible = [place for place, chance in enumerate(share) if chance]
        if node in game.owners:
            yield _decision(game, node, path, places)
        elif len(possible) > 1:
            moves = zip(possible, _closed(share[possible] / share.sum()), strict=True)
            yield _chance(game, node, next(turns), moves)
        paths += [(*path, place) for place in reversed(possible)]


def _places(game: ExtensiveGame) -> dict[str, int]:
    """Return how many information sets its owner has before those of each decision."""
    before: dict[Hashable, int] = {}
    found: dict[str, int] = {}
    for rule in dict.fromkeys(game.rules.values()):
        owner = game.owners[rule]
        found[rule] = before.get(owner, 0)
        before[owner] = found[rule] + prod(len(game.names[parent]) for parent in game.model.cid.parents(rule))
    return found


def _decision(game: ExtensiveGame, decision: str, path: Path, places: Mapping[str, int]) -> str:
    seen = 0  # the position of the context among those of the decision, the last parent fastest
    for parent in game.model.cid.parents(decision):
        seen = seen * len(game.names[parent]) + path[game.order.index(parent)]
    agent = list(game.gains).index(game.owners[decision])
    number = places[game.rules[decision]] + seen
    infoset = game.players[agent].infosets[number]
    options = " ".join(quoted(show(action)) for action in infoset.actions)
    return f'p "" {agent + 1} {number + 1} {quoted(str(infoset))} {{ {options} }} 0'


def _chance(game: ExtensiveGame, node: str, turn: int, moves: Iterator[tuple[int, Fraction]]) -> str:
    ways = " ".join(f"{quoted(show(game.names[node][place]))} {show(chance)}" for place, chance in moves)
    return f'c "" {turn} {quoted(f"{node} {turn}")} {{ {ways} }} 0'


def _closed(chances: Array) -> list[Fraction]:
    """Return probabilities that sum to exactly 1, as Gambit asks; what floats are off goes to the largest."""
    exact = [Fraction(repr(chance)) if isinstance(chance, float) else Fraction(chance) for chance in chances.tolist()]
    exact[exact.index(max(exact))] += 1 - sum(exact)
    return exact


def _payoff(number: Number) -> str:
    """Return a payoff as text; a float to the 15 digits that sums and quotients of floats keep."""
    return f"{number:.15g}" if isinstance(number, float) else show(Fraction(number))
