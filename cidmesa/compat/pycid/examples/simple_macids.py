"""Small games."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.examples.shapes import game, two_players

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid import MACID

__all__ = [
    "basic2agent_tie_break",
    "basic_different_dec_cardinality",
    "get_basic_subgames",
    "get_basic_subgames2",
    "get_basic_subgames3",
    "get_path_example",
    "subgame_mixed_spe",
    "two_agent_no_pne",
    "two_agent_one_pne",
    "two_agent_two_pne",
    "two_agents_three_actions",
]


def get_basic_subgames() -> MACID:
    """Return a game of three agents with four subgames; without numbers."""
    text = "X1 -> D11; D11, X1 -> U11; D11, X2 -> D12; D12, X2 -> U22; X1 -> D2; D2 -> D3; "
    text += "D11, D2, D3 -> U2; X1, D2, D3, D12 -> U3"
    return game(text, {0: "D11 D12", 1: "D2", 2: "D3"}, {0: "U11", 1: "U2 U22", 2: "U3"})


def get_basic_subgames2() -> MACID:
    """Return a game of four agents; without numbers."""
    text = "X2 -> D1; X1 -> D4; D4 -> D2; D1, D2, D4 -> U1; D1, D2, D3 -> U2; X2, D3 -> U3; D4, X1 -> U4"
    return game(text, _numbered("D"), _numbered("U"))


def get_basic_subgames3() -> MACID:
    """Return a game of four agents that don't see each other, with five subgames; without numbers."""
    return game("D1 -> U1; D1, D2 -> U2; D1, D3 -> U3; D2, D3, D4 -> U4", _numbered("D"), _numbered("U"))


def _numbered(letter: str, count: int = 4) -> dict[object, str]:
    return {number: f"{letter}{number}" for number in range(1, count + 1)}


def get_path_example() -> MACID:
    """Return a decision that sees two causes; without numbers."""
    return game("X1 -> X3; X1, X2 -> D; X2, D -> U", {1: "D"}, {1: "U"})


def basic2agent_tie_break() -> MACID:
    """Return a game in which the second agent sees the first and may be indifferent."""
    return two_players([[3, 0], [3, 1]], [[1, 5], [2, 2]], agents=(0, 1), observed=True)


def two_agent_one_pne() -> MACID:
    """Return a game with one pure equilibrium."""
    return two_players([[1, 3], [0, 2]], [[2, 0], [3, 2]])


def two_agent_two_pne() -> MACID:
    """Return a game of chicken, with two pure equilibria."""
    return two_players([[1, 4], [2, 3]], [[1, 2], [4, 3]], agents=(0, 1))


def two_agent_no_pne() -> MACID:
    """Return a game without a pure equilibrium."""
    return two_players([[1, 0], [0, 1]], [[0, 1], [1, 0]], agents=(0, 1))


def two_agents_three_actions() -> MACID:
    """Return a game of three options each, with one pure equilibrium: T, L."""
    rows, columns = ["T", "M", "B"], ["L", "C", "R"]
    return two_players([[4, 5, 6], [2, 8, 3], [3, 9, 2]], [[3, 1, 2], [1, 4, 6], [0, 6, 8]], (rows, columns))


def basic_different_dec_cardinality() -> MACID:
    """Return a game of two against three options with one subgame-perfect equilibrium."""
    return two_players([[3, 1, 0], [1, 2, 3]], [[1, 2, 1], [1, 0, 3]], ([0, 1], [0, 1, 2]), (0, 1), observed=True)


def subgame_mixed_spe() -> MACID:
    """Return three games of matching pennies and an agent paid by the product of all; no pure equilibrium."""
    text = "D1, D2, D3, D4, D5, D6, D7 -> U1; D2, D3 -> U2; D2, D3 -> U3; D4, D5 -> U4; D4, D5 -> U5; D6, D7 -> U6; "
    macid = game(text + "D6, D7 -> U7", _numbered("D", 7), _numbered("U", 7))
    macid.add_cpds(**{f"D{number}": [0, 1] for number in range(1, 8)}, U1=lambda **chosen: int(all(chosen.values())))
    for number in range(2, 8):
        sign = 1 if number % 2 == 0 else -1
        macid.add_cpds(**{f"U{number}": lambda sign=sign, **coins: sign * (1 if len(set(coins.values())) == 1 else -1)})
    return macid
