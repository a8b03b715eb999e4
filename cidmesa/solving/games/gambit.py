"""Equilibria by pygambit (extra `games`), for games that are large for the solvers here; imported nowhere else.

What it returns are candidates only: each is verified by regret like all others before it is listed.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.modelling.numbers import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Array

__all__ = ["of_many", "of_two"]

_DENOMINATOR = 10**6  # of probabilities that are read as simple fractions


def of_two(a: Array, b: Array) -> list[tuple[Array, Array]]:
    """Return the extreme equilibria of the game of two players with these payoffs, in Fractions."""
    gambit, game = _game([a, b])
    found = gambit.nash.enummixed_solve(game).equilibria
    return [(x, y) for x, y in (_chances(game, one) for one in found)]


def of_many(payoffs: Sequence[Array], exact: bool) -> list[list[Array]]:
    """Return equilibria of a game of any number of players by polynomial equations in floats.

    ``exact``: read the probabilities as fractions with small denominators, which they need not be.
    """
    gambit, game = _game(payoffs)
    found = (_chances(game, one) for one in gambit.nash.enumpoly_solve(game).equilibria)
    return [[_simple(chances) for chances in one] if exact else one for one in found]


def _game(payoffs: Sequence[Array]) -> tuple[Any, Any]:
    try:
        gambit: Any = import_module("pygambit")
    except ImportError as error:
        raise NotApplicable("pygambit is not installed. Install it: pip install 'cidmesa[games]'.") from error
    made = getattr(gambit, "StrategicGame", gambit.Game)  # the name from pygambit 17 on
    return gambit, made.from_arrays(*payoffs)


def _chances(game: Any, profile: Any) -> list[Array]:
    """Return each player's probabilities as Fractions."""
    given = [[Fraction(str(chance)) for _, chance in profile[player]] for player in game.players]
    return [_normed(chances) for chances in given]


def _simple(chances: Array) -> Array:
    return _normed([x.limit_denominator(_DENOMINATOR) for x in chances.tolist()])


def _normed(chances: Sequence[Fraction]) -> Array:
    total = sum(chances)
    return cells([x / total for x in chances], (len(chances),))
