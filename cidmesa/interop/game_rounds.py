"""A game tree as the nodes of a diagram: rounds, each a chance move or a decision of one player, met in one order.

Information sets share a round if they have the same player and never meet on a path. A path is a row of what was done
in each round; ``-`` where it passes the round by. All else is read off these rows: what a decision must observe to tell
its information sets apart, what a chance move and a payoff depend on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count, product
from math import inf, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.interop.game_tree import (
    MAX_NODES,
    SMALL,
    Column,
    by_context,
    constant,
    enough,
    names_of,
    shortened,
    tells,
    unlike,
)
from cidmesa.interop.part import Part

if TYPE_CHECKING:
    from cidmesa.interop.game_tree import History, Move, Tree
    from cidmesa.modelling.numbers import Array

__all__ = ["PASSED", "Rounds"]

PASSED = "-"  # the state of a round that a path passes by
_LABEL = re.compile(r" (\| .*|\d+)$")  # what `to_gambit_efg` adds to the name of a node: the context, or a number
Owner = tuple[int, int]  # a player, 0 for chance, and the number of an information set
Meeting = tuple[Owner, int]  # an information set, and how often it was met before on the path, or how deep it is


@dataclass
class _Round:
    """A node of the diagram: who moves, and the information sets, with the moves at their first histories."""

    player: int
    moves: dict[Meeting, Move] = field(default_factory=dict)
    name: str = ""
    passed: bool = False

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions of all information sets."""
        return tuple(dict.fromkeys(action for move in self.moves.values() for action in move.actions))

    def coded(self, meeting: Meeting) -> tuple[int, list[int]]:
        """Return the place of an information set, and that of each of its actions among all actions."""
        actions = self.actions
        return list(self.moves).index(meeting), [actions.index(action) for action in self.moves[meeting].actions]

    @property
    def states(self) -> tuple[str, ...]:
        """The actions, and ``-`` if some path passes the round by."""
        if not self.passed:
            return self.actions
        passed = next(state for state in (PASSED * k for k in count(1)) if state not in self.actions)
        return (*self.actions, passed)


class Rounds:
    """A tree as rounds; ``shared`` has the decisions of each information set that has several rounds."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.rounds: list[_Round] = []
        self.place: dict[Meeting, int] = {}
        self._enter_all()
        self._rows()
        self._name()
        again = [[k for (own, _), k in self.place.items() if own == one] for one in sorted(self._again)]
        self.shared = tuple(tuple(self.rounds[k].name for k in places) for places in again)

    # --- rounds ---------------------------------------------------------------------------------------------------

    def _enter_all(self) -> None:
        """Give each information set a round behind all that are met before it.

        Where sets are met before and after each other, one of them gets a round for each depth at which it is met.
        """
        apart: set[Owner] = set()
        while True:
            self._met = self._meetings(apart)
            first: dict[Meeting, History] = {}
            for history in sorted(self._met, key=len):
                first.setdefault(self._met[history], history)
            names = list(first)
            place = {meeting: k for k, meeting in enumerate(names)}
            links = {(place[self._met[h[:-1]]], place[meeting]) for h, meeting in self._met.items() if h}
            if not (circles := _circles(links)):
                break
            apart.add(min({names[k][0] for k in circles}, key=lambda owner: (self._histories(owner), owner)))
        self._again = {owner for owner, times in self._met.values() if owner[0] and (times or owner in apart)}
        for meeting, least in self._in_order(names, links):
            self._enter(meeting, self.tree.moves[first[meeting]], least)

    def _histories(self, owner: Owner) -> float:
        """Return at how many histories an information set is met, infinity if all are of one length."""
        met = [len(history) for history, (one, _) in self._met.items() if one == owner]
        return len(met) if len(set(met)) > 1 else inf

    def _meetings(self, apart: set[Owner]) -> dict[History, Meeting]:
        """Return the information set at each history that has one; of those ``apart`` and of chance with the depth."""
        found: dict[History, Meeting] = {}
        counts: dict[History, dict[Owner, int]] = {}
        for history, move in self.tree.moves.items():
            before = dict(counts[history[:-1]]) if history else {}
            if move.kind != "t":
                times = before.get(move.owner, 0)
                by_depth = move.owner in apart or not move.owner[0]
                found[history] = (move.owner, len(history) if by_depth else times)
                before[move.owner] = times + 1
            counts[history] = before
        return found

    def _in_order(self, names: Sequence[Meeting], links: Iterable[tuple[int, int]]) -> Iterator[tuple[Meeting, int]]:
        """Yield the information sets, those that a path meets earlier first, with the first round that is free."""
        below: list[list[int]] = [[] for _ in names]
        waits, least = [0] * len(names), [0] * len(names)
        for before, after in links:
            below[before].append(after)
            waits[after] += 1
        ready = [k for k, count in enumerate(waits) if not count]
        while ready:
            now = heappop(ready)
            yield names[now], least[now]
            for after in below[now]:
                least[after] = max(least[after], self.place[names[now]] + 1)
                waits[after] -= 1
                if not waits[after]:
                    heappush(ready, after)

    def _enter(self, meeting: Meeting, move: Move, least: int) -> None:
        """Give an information set the first round that it may share, or a new one."""
        alone = meeting[0] in self._again
        for k in range(least, len(self.rounds)):
            own = self.rounds[k]
            if own.player == move.owner[0] and not alone and not any(other in self._again for other, _ in own.moves):
                own.moves[meeting] = move
                self.place[meeting] = k
                return
        self.place[meeting] = len(self.rounds)
        self.rounds.append(_Round(move.owner[0], {meeting: move}))

    def _name(self) -> None:
        wanted = []
        for one in self.rounds:
            labels = {_LABEL.sub("", move.label) for move in one.moves.values()}
            plain = labels.pop() if len(labels) == 1 else ""
            wanted.append(plain or (self.tree.players[one.player - 1] if one.player else "chance"))
        gap = "_" if any(name[-1].isdigit() for name in wanted) else ""
        for k, (one, name) in enumerate(zip(self.rounds, wanted, strict=True), 1):
            one.name = f"{name}{gap}{k}" if wanted.count(name) > 1 else name

    # --- paths ----------------------------------------------------------------------------------------------------

    def _rows(self) -> None:
        """Make the rows: for each path what was done in each round, and which information set was met, -1 for none.

        A round that shares its rule is passed by unnoticed: there is a row for each of its options.
        """
        again = {k for (owner, _), k in self.place.items() if owner in self._again}
        coded = {meeting: (k, *self.rounds[k].coded(meeting)) for meeting, k in self.place.items()}
        done: list[Sequence[int]] = []
        met: list[Sequence[int]] = []
        self.ends: list[History] = []
        for end in (history for history, move in self.tree.moves.items() if move.kind == "t"):
            acts, sets = [-1] * len(self.rounds), [0 if k in again else -1 for k in range(len(self.rounds))]
            for depth, action in enumerate(end):
                k, place, states = coded[self._met[end[:depth]]]
                acts[k], sets[k] = states[action], place
            free = [self._options(k) if k in again and act < 0 else (act,) for k, act in enumerate(acts)]
            for row in product(*free):
                done.append(row)
                met.append(sets)
                self.ends.append(end)
            if len(done) > MAX_NODES:
                raise TooLarge(f"{self.tree.source}: the game has more than {MAX_NODES} paths.")
        self.done, self.met = np.array(done), np.array(met)
        for k, one in enumerate(self.rounds):
            one.passed = bool((self.done[:, k] < 0).any())

    def _options(self, k: int) -> range:
        return range(len(self.rounds[k].actions))

    # --- nodes ----------------------------------------------------------------------------------------------------

    def parts(self) -> Iterator[Part]:
        """Yield the nodes, causes first.

        Raises:
            TooLarge: a node has too many settings of its parents.
        """
        columns: list[Column] = []
        seen: dict[int, tuple[Column, ...]] = {}  # of a decision
        for k, one in enumerate(self.rounds):
            if one.player:
                yield from self._decision(k, columns, seen)
            else:
                yield self._chance(k, columns)
            values = np.where(self.done[:, k] < 0, len(one.actions), self.done[:, k])
            columns.append(Column(one.name, one.states, values, self.done[:, k] >= 0))
        for place, player in enumerate(self.tree.players):
            yield from self._utilities(place, player, columns)

    def _chance(self, k: int, columns: Sequence[Column]) -> Part:
        one = self.rounds[k]
        rows = [self._law(one, meeting) for meeting in one.moves]
        if one.passed:
            rows = [(*row, Fraction(0)) for row in rows] + [(*[Fraction(0)] * len(one.actions), Fraction(1))]
        alike = list(dict.fromkeys(rows))
        laws = np.array([alike.index(rows[m]) for m in self.met[:, k]])  # -1: the last one
        parents = enough(columns, laws)
        settled = by_context(parents, laws, -1)
        numbers = tuple(number for law in settled for number in alike[law if law >= 0 else alike.index(rows[-1])])
        return Part(one.name, "chance", one.states, names_of(parents), numbers)

    def _law(self, one: _Round, meeting: Meeting) -> tuple[Any, ...]:
        chances = dict(zip(one.moves[meeting].actions, one.moves[meeting].chances, strict=True))
        return tuple(chances.get(action, Fraction(0)) for action in one.actions)

    def _decision(self, k: int, columns: list[Column], seen: dict[int, tuple[Column, ...]]) -> Iterator[Part]:
        one, sets = self.rounds[k], self.met[:, k]
        owner_again = any(owner in self._again for owner, _ in one.moves)
        own = [column for column in self._own(k, seen) if constant(column.values, sets)]
        known = [column for column in columns if constant(column.values, sets)]
        if owner_again:
            parents: tuple[Column, ...] = ()
        elif tells(known, sets):
            parents = shortened(known, own, sets)
        else:  # earlier moves tell more than the player knows, or others do
            sees = self._sees(k, columns)
            yield sees[0]
            columns.append(sees[1])
            parents = (sees[1], *own) if prod(len(c.states) for c in (sees[1], *own)) <= SMALL else (sees[1],)
        seen[k] = parents
        offered = tuple(self._offered(one, m) for m in by_context(parents, sets, -1))
        plain = all(options == one.states for options in offered)
        player = self.tree.players[one.player - 1]
        yield Part(one.name, "decision", one.states, names_of(parents), (), player, menu=() if plain else offered)

    def _offered(self, one: _Round, place: int) -> tuple[str, ...]:
        """Return the options at an information set; -1: none is met, or the context cannot be."""
        if place < 0:
            return one.states[-1:] if one.passed else one.actions
        return list(one.moves.values())[place].actions

    def _own(self, k: int, seen: Mapping[int, tuple[Column, ...]]) -> list[Column]:
        """Return the player's earlier decisions on the way to a round, and what they saw."""
        found: dict[str, Column] = {}
        there = self.met[:, k] >= 0
        for before in range(k):
            if self.rounds[before].player == self.rounds[k].player and (self.met[there, before] >= 0).any():
                one, done = self.rounds[before], self.done[:, before]
                values = np.where(done < 0, len(one.actions), done)
                own = Column(one.name, one.states, values, done >= 0)
                found |= {column.name: column for column in (*seen[before], own)}
        return list(found.values())

    def _sees(self, k: int, columns: Sequence[Column]) -> tuple[Part, Column]:
        """Return a node whose states are the information sets of a round."""
        one, sets = self.rounds[k], self.met[:, k]
        labels = unlike([move.label for move in one.moves.values()], "set")
        states = (*labels, PASSED) if one.passed else tuple(labels)
        values = np.where(sets < 0, len(labels), sets)
        parents = enough(columns, sets)
        settled = by_context(parents, values, len(states) - 1)
        numbers = tuple(Fraction(state == value) for value in settled for state in range(len(states)))
        name = self._unused(f"{one.name}_sees")
        return Part(name, "chance", states, names_of(parents), numbers), Column(name, states, values, sets >= 0)

    def _unused(self, name: str) -> str:
        """Return a name that no round has."""
        taken = {one.name for one in self.rounds}
        return next(found for found in (name + "_" * k for k in count()) if found not in taken)

    def _utilities(self, place: int, player: str, columns: Sequence[Column]) -> Iterator[Part]:
        """Yield one utility of a player, or one for each round with which paths end, if one would be large."""
        moves = self.tree.moves
        paid = [sum(moves[end[:k]].paid[place] for k in range(len(end) + 1)) for end in self.ends]
        numbers = list(dict.fromkeys([Fraction(0), *paid]))
        amounts = np.array([numbers.index(amount) for amount in paid])
        parents = enough(columns, amounts)
        if prod(len(column.states) for column in parents) <= SMALL:
            yield self._utility(f"U_{player}", player, parents, amounts, numbers)
            return
        last = np.array([max(np.flatnonzero(row >= 0), default=-1) for row in self.met])
        for k in np.unique(last).tolist():
            name, share = f"U_{player}_{self.rounds[k].name}", np.where(last == k, amounts, 0)
            if share.any():
                yield self._utility(name, player, shortened(columns, (), share), share, numbers)

    def _utility(
        self, name: str, player: str, parents: Sequence[Column], amounts: Array, numbers: Sequence[Any]
    ) -> Part:
        name = self._unused(name)
        found = tuple(numbers[amount] for amount in by_context(parents, amounts, 0))
        return Part(name, "utility", (), names_of(parents), found, player)


def _circles(links: set[tuple[int, int]]) -> set[int]:
    """Return the ends of links that are left when those that nothing leads to, or that lead to nothing, are gone."""
    left = set(links)
    while left:
        starts, ends = {a for a, _ in left}, {b for _, b in left}
        rest = {(a, b) for a, b in left if a in ends and b in starts}
        if rest == left:
            break
        left = rest
    return {k for link in left for k in link}
