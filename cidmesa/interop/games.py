"""Games read from Gambit's files: the strategic form (NFG), and the extensive form (EFG)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from cidmesa.errors import TooLarge
from cidmesa.interop.game_rounds import Rounds
from cidmesa.interop.game_tree import MAX_NODES, Tree, head, rational, unlike
from cidmesa.interop.part import Part, assembled
from cidmesa.interop.tokens import Tokens, text_of

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["read_efg", "read_nfg"]


def read_nfg(path: str | os.PathLike[str]) -> Model:
    """Return the game of a Gambit file in strategic form (``.nfg``): a decision and a utility for each player.

    Raises:
        FormatError: the file is not NFG, or it is broken; the message says where.
    """
    return assembled(_strategic(text_of(path), str(path)), str(path))


def read_efg(path: str | os.PathLike[str]) -> Model:
    """Return the game of a Gambit file in extensive form (``.efg``); exact where its numbers are.

    Information sets of one player that never meet on a path may share a decision. It has in each context the actions of
    the information set that is met there (`cidmesa.menu`), and where none is met the one option ``-``. A decision
    observes what its player knows of earlier moves; if these tell more than the player may know, a node ``..._sees``,
    whose states are the information sets. An information set that a path meets twice, or that is met before another
    one and after it, becomes several decisions that share a rule.

    Raises:
        FormatError: the file is not EFG, or it is broken; the message says where.
        TooLarge: the tree has more than 200,000 nodes, or a table depends on too many moves.
    """
    rounds = Rounds(Tree(text_of(path), str(path)))
    model = assembled(rounds.parts(), str(path))
    return model.sharing_rules(*rounds.shared) if rounds.shared else model


# --- strategic form -----------------------------------------------------------------------------------------------


def _strategic(text: str, source: str) -> list[Part]:
    tokens = Tokens(text, source)
    players = unlike(head(tokens, "NFG"), "player")
    tokens.expect("{")
    strategies: list[list[str]] = []
    while not tokens.skip("}"):
        if tokens.skip("{"):
            strategies.append(unlike([token.text for token in tokens.words_until("}", "a strategy")], "s"))
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
        listed = [rational(tokens.word("a payoff"), tokens) for _ in range(players * profiles)]
        return [listed[start : start + players] for start in range(0, len(listed), players)]
    outcomes: list[Sequence[Number]] = [[Fraction(0)] * players]
    while not tokens.skip("}"):
        tokens.expect("{")
        tokens.word("the name of an outcome")
        outcomes.append([rational(token, tokens) for token in tokens.words_until("}", "a payoff")])
        if len(outcomes[-1]) != players:
            tokens.fail(f"an outcome needs {players} payoffs, not {len(outcomes[-1])}.")
    found = []
    for _ in range(profiles):
        token = tokens.word("the number of an outcome")
        if not (token.text.isdecimal() and int(token.text) < len(outcomes)):
            tokens.fail(f"there is no outcome {token.text[:20]!r}; there are {len(outcomes) - 1}.", token.line)
        found.append(outcomes[int(token.text)])
    return found
