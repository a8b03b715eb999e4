"""Games read from Gambit's files: the strategic form (NFG), and the extensive form (EFG) where a diagram can hold it.

A diagram holds a tree whose histories of equal length have the same player to move, with the same actions. The levels
of the tree become nodes; what an information set knows becomes links from the levels that tell its histories apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.interop.part import Part, assembled
from cidmesa.interop.tokens import Token, Tokens, number, text_of

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["read_efg", "read_nfg"]

MAX_NODES = 200_000
_LABEL = re.compile(r" (\| .*|\d+)$")  # what `to_gambit_efg` adds to the name of a node: the context, or a number
History = tuple[int, ...]


def read_nfg(path: str | os.PathLike[str]) -> Model:
    """Return the game of a Gambit file in strategic form (``.nfg``): a decision and a utility for each player.

    Raises:
        FormatError: no NFG, or a broken file; says where.
    """
    return assembled(_strategic(text_of(path), str(path)), str(path))


def read_efg(path: str | os.PathLike[str]) -> Model:
    """Return the game of a Gambit file in extensive form (``.efg``); exact where its numbers are.

    A decision observes the levels that tell its information sets apart, or, where these tell more than the player may
    know, a node ``..._sees`` whose states are the information sets.

    Raises:
        FormatError: no EFG, or a broken file; says where.
        NotApplicable: histories of equal length differ in who moves or in the actions, or an information set is met
            twice: a diagram cannot hold that; says where.
    """
    return assembled(_Levels(_Tree(text_of(path), str(path))).parts(), str(path))


# --- what both have -----------------------------------------------------------------------------------------------


def _head(tokens: Tokens, form: str) -> list[str]:
    """Read the first line and return the players."""
    if not tokens.skip(form):
        tokens.fail(f"this is no {form} file: it starts with {tokens.peek()[:20]!r}.")
    for meant in ("the version", "R or D", "the title"):
        tokens.word(meant)
    tokens.expect("{")
    return [token.text for token in tokens.words_until("}", "a player")]


def _number(token: Token, tokens: Tokens) -> Number:
    above, bar, below = token.text.partition("/")
    at = f"{tokens.source}:{token.line}"
    if not bar:
        return number(above, at)
    if not re.fullmatch(r"[1-9]\d{0,400}", below):
        tokens.fail(f"a number is needed, not {token.text[:40]!r}.", token.line)
    return number(above, at) / int(below)


def _unlike(names: Sequence[str], other: str) -> list[str]:
    """Return names as they are, or numbered where one is empty or two are alike."""
    alike = len(set(names)) < len(names) or "" in names
    return [f"{name or other}{place}" for place, name in enumerate(names, 1)] if alike else list(names)


# --- strategic form -----------------------------------------------------------------------------------------------


def _strategic(text: str, source: str) -> list[Part]:
    tokens = Tokens(text, source)
    players = _unlike(_head(tokens, "NFG"), "player")
    tokens.expect("{")
    strategies: list[list[str]] = []
    while not tokens.skip("}"):
        if tokens.skip("{"):
            strategies.append(_unlike([token.text for token in tokens.words_until("}", "a strategy")], "s"))
        else:
            count = tokens.word("how many strategies a player has")
            if not (count.text.isdecimal() and 0 < int(count.text) <= MAX_NODES):
                tokens.fail(f"a number of strategies is needed, not {count.text[:20]!r}.", count.line)
            strategies.append([str(place) for place in range(1, int(count.text) + 1)])
    if len(strategies) != len(players) or not all(strategies):
        tokens.fail(f"{len(players)} players need a list of strategies each; {len(strategies)} are given.")
    sizes = [len(own) for own in strategies]
    if prod(sizes) > MAX_NODES:
        raise TooLarge(f"{source}: the game has {prod(sizes)} profiles; at most {MAX_NODES} are read.")
    payoffs = _payoffs(tokens, len(players), prod(sizes))
    decisions = tuple(players)
    parts = [Part(name, "decision", tuple(own), agent=name) for name, own in zip(players, strategies, strict=True)]
    for place, name in enumerate(players):
        numbers = tuple(payoffs[_place(profile, sizes)][place] for profile in product(*map(range, sizes)))
        parts.append(Part(f"U_{name}", "utility", (), decisions, numbers, name))
    return parts


def _place(profile: Sequence[int], sizes: Sequence[int]) -> int:
    """Return where a profile stands in the file: the first player's strategies vary fastest."""
    found = 0
    for own, size in zip(reversed(profile), reversed(sizes), strict=True):
        found = found * size + own
    return found


def _payoffs(tokens: Tokens, players: int, profiles: int) -> list[Sequence[Number]]:
    """Return the payoffs of all players for each profile in the order of the file: listed, or named as outcomes."""
    if tokens and tokens.peek().startswith('"'):
        tokens.take()  # a comment
    if not tokens.skip("{"):
        listed = [_number(tokens.word("a payoff"), tokens) for _ in range(players * profiles)]
        return [listed[start : start + players] for start in range(0, len(listed), players)]
    outcomes: list[Sequence[Number]] = [[Fraction(0)] * players]
    while not tokens.skip("}"):
        tokens.expect("{")
        tokens.word("the name of an outcome")
        outcomes.append([_number(token, tokens) for token in tokens.words_until("}", "a payoff")])
        if len(outcomes[-1]) != players:
            tokens.fail(f"an outcome needs {players} payoffs, not {len(outcomes[-1])}.")
    found = []
    for _ in range(profiles):
        token = tokens.word("the number of an outcome")
        if not (token.text.isdecimal() and int(token.text) < len(outcomes)):
            tokens.fail(f"there is no outcome {token.text[:20]!r}; there are {len(outcomes) - 1}.", token.line)
        found.append(outcomes[int(token.text)])
    return found


# --- extensive form -----------------------------------------------------------------------------------------------


@dataclass
class _Move:
    """A node of the tree: whose move, which information set, what can be done, and what is paid here."""

    kind: str
    owner: tuple[int, int]  # player (0: chance) and number of the information set
    label: str
    actions: tuple[str, ...]
    chances: tuple[Number, ...]
    paid: Sequence[Number]
    line: int


@dataclass
class _Tree:
    """The tree of a file: each history, as the places of the actions taken, with the move that follows."""

    text: str
    source: str
    moves: dict[History, _Move] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = Tokens(self.text, self.source)
        self.players = _unlike(_head(self._tokens, "EFG"), "player")
        if self._tokens.peek().startswith('"'):
            self._tokens.take()  # a comment
        self._sets: dict[tuple[int, int], tuple[str, tuple[str, ...], tuple[Number, ...]]] = {}
        self._outcomes: dict[str, Sequence[Number]] = {"0": [Fraction(0)] * len(self.players)}
        todo: list[History] = [()]
        while todo:
            history = todo.pop()
            if len(self.moves) >= MAX_NODES:
                raise TooLarge(f"{self.source}: the tree has more than {MAX_NODES} nodes.")
            self.moves[history] = move = self._move()
            todo += [(*history, place) for place in reversed(range(len(move.actions)))]
        if self._tokens:
            self._tokens.fail("there is text behind the last node of the tree.")

    def _move(self) -> _Move:
        tokens = self._tokens
        head = tokens.word("a node: c, p or t")
        if head.text not in ("c", "p", "t"):
            tokens.fail(f"a node starts with c, p or t, not {head.text[:20]!r}.", head.line)
        tokens.word("the name of the node")
        if head.text == "t":
            return _Move("t", (0, 0), "", (), (), self._outcome(), head.line)
        player = self._whole("a player") if head.text == "p" else 0
        if player > len(self.players) or (head.text == "p" and player < 1):
            tokens.fail(f"there is no player {player}.", head.line)
        owner = (player, self._whole("an information set"))
        label, actions, chances = self._information(owner)
        return _Move(head.text, owner, label, actions, chances, self._outcome(), head.line)

    def _information(self, owner: tuple[int, int]) -> tuple[str, tuple[str, ...], tuple[Number, ...]]:
        """Read what follows the number of an information set; label and actions stand where it is met first."""
        tokens = self._tokens
        label = tokens.take().text if tokens.peek().startswith('"') else ""
        if tokens.skip("{"):
            words = list(tokens.words_until("}", "an action"))
            names = words if owner[0] else words[::2]
            chances = () if owner[0] else tuple(_number(word, tokens) for word in words[1::2])
            self._sets[owner] = (label, tuple(_unlike([word.text for word in names], "a")), chances)
        if owner not in self._sets:
            tokens.fail(f"information set {owner[1]} has no actions.")
        return self._sets[owner]

    def _whole(self, meant: str) -> int:
        token = self._tokens.word(f"the number of {meant}")
        if not token.text.isdecimal() or len(token.text) > 9:
            self._tokens.fail(f"the number of {meant} is needed, not {token.text[:20]!r}.", token.line)
        return int(token.text)

    def _outcome(self) -> Sequence[Number]:
        tokens = self._tokens
        name = tokens.word("the number of an outcome").text
        if tokens.peek().startswith('"'):
            tokens.take()
        if tokens.skip("{"):
            self._outcomes[name] = [_number(token, tokens) for token in tokens.words_until("}", "a payoff")]
        paid = self._outcomes.get(name, ())
        if len(paid) != len(self.players):
            tokens.fail(f"outcome {name[:20]} needs a payoff for each of {len(self.players)} players.")
        return paid


class _Levels:
    """A tree as a diagram: a node for each level, and a utility for each player."""

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree
        depth = max(map(len, tree.moves))
        self.levels = [[(h, m) for h, m in tree.moves.items() if len(h) == level] for level in range(depth)]
        self.ends = [history for history, move in tree.moves.items() if move.kind == "t"]
        if short := next((history for history in self.ends if len(history) < depth), None):
            self._refuse(tree.moves[short], "the game ends here, but goes on after other histories of this length")
        for level in self.levels:
            self._check(level)
        self._check_sets()
        self.sizes = [len(level[0][1].actions) for level in self.levels]
        self.names = self._named()

    def _refuse(self, move: _Move, what: str) -> NoReturn:
        raise NotApplicable(f"{self.tree.source}:{move.line}: {what}; a diagram cannot hold that.")

    def _check(self, level: Sequence[tuple[History, _Move]]) -> None:
        first = level[0][1]
        for _, move in level:
            if move.owner[0] != first.owner[0]:
                self._refuse(move, "another player moves here than after other histories of this length")
            if move.actions != first.actions:
                self._refuse(move, "the actions here are others than after other histories of this length")

    def _check_sets(self) -> None:
        met: dict[tuple[int, int], int] = {}
        for level, moves in enumerate(self.levels):
            for _, move in moves:
                if move.owner[0] and met.setdefault(move.owner, level) != level:
                    self._refuse(move, f"information set {move.owner[1]} is met a second time on one path or deeper")

    def _named(self) -> list[str]:
        wanted = []
        for level in self.levels:
            labels = {_LABEL.sub("", move.label) for _, move in level}
            owner = level[0][1].owner[0]
            plain = labels.pop() if len(labels) == 1 else ""
            wanted.append(plain or (self.tree.players[owner - 1] if owner else "chance"))
        gap = "_" if any(name[-1].isdigit() for name in wanted) else ""
        return [f"{name}{gap}{k}" if wanted.count(name) > 1 else name for k, name in enumerate(wanted, 1)]

    def parts(self) -> Iterator[Part]:
        """Yield the nodes, causes first."""
        for level, moves in enumerate(self.levels):
            states, owner = moves[0][1].actions, moves[0][1].owner[0]
            if owner:
                yield from self._decision(level, dict(moves), self.tree.players[owner - 1])
                continue
            seen = self._that_matter(level, lambda history: self.tree.moves[history].chances)
            numbers = [n for at in self._settings(seen, level) for n in self.tree.moves[at].chances]
            yield Part(self.names[level], "chance", states, self._at(seen), tuple(numbers))
        for place, player in enumerate(self.tree.players):
            paid = {end: sum(self.tree.moves[end[:k]].paid[place] for k in range(len(end) + 1)) for end in self.ends}
            seen = self._that_matter(len(self.levels), paid.__getitem__)
            numbers = [paid[at] for at in self._settings(seen, len(self.levels))]
            yield Part(f"U_{player}", "utility", (), self._at(seen), tuple(numbers), player)

    def _decision(self, level: int, moves: Mapping[History, _Move], player: str) -> Iterator[Part]:
        seen = self._that_matter(level, lambda history: moves[history].owner)
        options, name = next(iter(moves.values())).actions, self.names[level]
        settings = list(self._settings(seen, level))
        known = [moves[at].owner for at in settings]
        parents = self._at(seen)
        if len(set(known)) < len(known):  # the levels tell more than the player knows
            sets = list(dict.fromkeys(known))
            states = tuple(_unlike([moves[settings[known.index(one)]].label for one in sets], "set"))
            rows = [Fraction(one == own) for own in known for one in sets]
            yield Part(f"{name}_sees", "chance", states, parents, tuple(rows))
            parents = (f"{name}_sees",)
        yield Part(name, "decision", options, parents, (), player)

    def _at(self, seen: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.names[level] for level in seen)

    def _that_matter(self, depth: int, value: Callable[[History], Hashable]) -> list[int]:
        """Return the levels above ``depth`` that some value of a history of that length depends on."""
        found = []
        for level in range(depth):
            ways: dict[History, Any] = {}
            for history in product(*map(range, self.sizes[:depth])):
                rest = (*history[:level], *history[level + 1 :])
                if ways.setdefault(rest, value(history)) != value(history):
                    found.append(level)
                    break
        return found

    def _settings(self, seen: Sequence[int], depth: int) -> Iterator[History]:
        """Yield a history for each setting of some levels, the last fastest; the other levels are at their first."""
        for at in product(*(range(self.sizes[level]) for level in seen)):
            history = [0] * depth
            for level, place in zip(seen, at, strict=True):
                history[level] = place
            yield tuple(history)
