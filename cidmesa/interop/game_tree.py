"""The tree of a game in extensive form, as Gambit's files (EFG) have it, and what rows of paths through it settle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.interop.tokens import Token, Tokens, number
from cidmesa.modelling.tabulation import MAX_CELLS

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = [
    "MAX_NODES",
    "SMALL",
    "Column",
    "History",
    "Move",
    "Tree",
    "by_context",
    "constant",
    "enough",
    "head",
    "names_of",
    "rational",
    "shortened",
    "tells",
    "unlike",
]


MAX_NODES = 200_000
History = tuple[int, ...]


def head(tokens: Tokens, form: str) -> list[str]:
    """Read the first line and return the players."""
    if not tokens.skip(form):
        tokens.fail(f"this is no {form} file: it starts with {tokens.peek()[:20]!r}.")
    for meant in ("the version", "R or D", "the title"):
        tokens.word(meant)
    tokens.expect("{")
    return [token.text for token in tokens.words_until("}", "a player")]


def rational(token: Token, tokens: Tokens) -> Number:
    """Return a number of a file, which may be a fraction."""
    above, bar, below = token.text.partition("/")
    at = f"{tokens.source}:{token.line}"
    if not bar:
        return number(above, at)
    if not re.fullmatch(r"[1-9]\d{0,400}", below):
        tokens.fail(f"a number is needed, not {token.text[:40]!r}.", token.line)
    return number(above, at) / int(below)


def unlike(names: Sequence[str], other: str) -> list[str]:
    """Return names as they are, or numbered where one is empty or two are alike."""
    alike = len(set(names)) < len(names) or "" in names
    return [f"{name or other}{place}" for place, name in enumerate(names, 1)] if alike else list(names)


@dataclass
class Move:
    """A node of the tree: whose move, which information set, what can be done, and what is paid here."""

    kind: str
    owner: tuple[int, int]  # player (0: chance) and number of the information set
    label: str
    actions: tuple[str, ...]
    chances: tuple[Number, ...]
    paid: Sequence[Number]
    line: int


@dataclass
class Tree:
    """The tree of a file: each history, as the places of the actions taken, with the move that follows."""

    text: str
    source: str
    moves: dict[History, Move] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = Tokens(self.text, self.source)
        self.players = unlike(head(self._tokens, "EFG"), "player")
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

    def _move(self) -> Move:
        tokens = self._tokens
        head = tokens.word("a node: c, p or t")
        if head.text not in ("c", "p", "t"):
            tokens.fail(f"a node starts with c, p or t, not {head.text[:20]!r}.", head.line)
        tokens.word("the name of the node")
        if head.text == "t":
            return Move("t", (0, 0), "", (), (), self._outcome(), head.line)
        player = self._whole("a player") if head.text == "p" else 0
        if player > len(self.players) or (head.text == "p" and player < 1):
            tokens.fail(f"there is no player {player}.", head.line)
        owner = (player, self._whole("an information set"))
        label, actions, chances = self._information(owner)
        return Move(head.text, owner, label, actions, chances, self._outcome(), head.line)

    def _information(self, owner: tuple[int, int]) -> tuple[str, tuple[str, ...], tuple[Number, ...]]:
        """Read what follows the number of an information set; label and actions stand where it is met first."""
        tokens = self._tokens
        label = tokens.take().text if tokens.peek().startswith('"') else ""
        if tokens.skip("{"):
            words = list(tokens.words_until("}", "an action"))
            if not owner[0] and len(words) % 2:
                tokens.fail("a move of chance needs a probability for each of its actions.", words[-1].line)
            names = words if owner[0] else words[::2]
            chances = () if owner[0] else tuple(rational(word, tokens) for word in words[1::2])
            self._sets[owner] = (label, tuple(unlike([word.text for word in names], "a")), chances)
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
            self._outcomes[name] = [rational(token, tokens) for token in tokens.words_until("}", "a payoff")]
        paid = self._outcomes.get(name, ())
        if len(paid) != len(self.players):
            tokens.fail(f"outcome {name[:20]} needs a payoff for each of {len(self.players)} players.")
        return paid


SMALL = 2**12  # contexts of a decision that may be for clearness, cells of a utility
FEW = 600  # rows that are compared pair by pair


@dataclass(frozen=True, eq=False)
class Column:
    """A node that later ones may depend on: its state on each path."""

    name: str
    states: tuple[State, ...]
    values: Array
    met: Array


def names_of(columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the names of columns."""
    return tuple(column.name for column in columns)


def _codes(columns: Iterable[Column], rows: int) -> Array:
    """Return a number for each row that two share iff they agree on all columns."""
    found: Array = np.zeros(rows, dtype=np.int64)
    for column in columns:
        found = np.unique(found * (len(column.states) + 1) + column.values, return_inverse=True)[1]
    return found


def tells(columns: Iterable[Column], wanted: Array) -> bool:
    """Return whether the columns settle what is wanted on each path."""
    codes = _codes(columns, len(wanted))
    pairs = np.unique(np.stack([codes, wanted]), axis=1)
    return bool(len(np.unique(pairs[0])) == pairs.shape[1])


def constant(values: Array, sets: Array) -> bool:
    """Return whether values are the same on all paths that meet the same information set."""
    there = sets >= 0
    pairs = np.unique(np.stack([sets[there], values[there]]), axis=1)
    return bool(len(np.unique(pairs[0])) == pairs.shape[1])


def shortened(columns: Sequence[Column], kept: Sequence[Column], wanted: Array) -> tuple[Column, ...]:
    """Return columns that settle what is wanted: none that is the same wherever it counts, unless it is ``kept``.

    If they have too many contexts together, no more than are needed.
    """
    names = {*names_of(kept)}
    left = [*columns, *(column for column in kept if column.name not in {*names_of(columns)})]
    there = wanted >= 0
    for column in sorted(left, key=lambda column: bool(column.met[there].any())):
        large = prod(len(c.states) for c in left) > SMALL
        idle = column.name not in names and len(np.unique(column.values[there])) < 2
        rest = [c for c in left if c is not column]
        if (large or idle) and tells(rest, wanted):
            left = rest
    return tuple(left)


def enough(columns: Sequence[Column], wanted: Array) -> tuple[Column, ...]:
    """Return columns that settle what is wanted, even where it is not told that a round was passed by."""
    left = list(columns)
    for column in columns:
        rest = [other for other in left if other is not column]
        if _settle(rest, wanted):
            left = rest
    return tuple(left)


def _settle(columns: Sequence[Column], wanted: Array) -> bool:
    if not tells(columns, wanted):
        return False
    _, first = np.unique(np.stack([_codes(columns, len(wanted)), wanted]), axis=1, return_index=True)
    if len(first) > FEW:
        return True
    alike = np.ones((len(first), len(first)), dtype=bool)
    for column in columns:
        values, met = column.values[first], column.met[first]
        alike &= (values[:, None] == values) | ~met[:, None] | ~met
    return not (alike & (wanted[first][:, None] != wanted[first])).any()


def by_context(parents: Sequence[Column], wanted: Array, other: int) -> list[int]:
    """Return what is wanted for each setting of the parents, the last fastest; ``other`` where no path has it."""
    sizes = [len(column.states) for column in parents]
    if prod(sizes) > MAX_CELLS:
        shown = " * ".join(f"{size} ({column.name})" for size, column in zip(sizes, parents, strict=True))
        raise TooLarge(f"the game would need a table over {shown} = {prod(sizes)} settings.")
    found = np.full(sizes, other)
    found[tuple(column.values for column in parents)] = wanted if sizes else wanted[0]
    return list(map(int, found.ravel()))
