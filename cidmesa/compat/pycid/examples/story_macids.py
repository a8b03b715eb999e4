"""Games with a story: classics, and those of Koller and Milch 2003, Pfeffer and Gal 2007, Hammond et al. 2021."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core.cpd import discrete_uniform, noisy_copy
from cidmesa.compat.pycid.differences import differs
from cidmesa.compat.pycid.examples.shapes import game, two_players

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid import MACID

__all__ = [
    "battle_of_the_sexes",
    "forgetful_movie_star",
    "matching_pennies",
    "modified_taxi_competition",
    "politician",
    "prisoners_dilemma",
    "road_example",
    "robot_warehouse",
    "sequential",
    "signal",
    "subgame_difference",
    "taxi_competition",
    "tree_doctor",
    "triage",
    "umbrella",
]


def prisoners_dilemma() -> MACID:
    """Return the prisoner's dilemma: c cooperates, d defects."""
    return two_players([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]], ("cd", "cd"))


def battle_of_the_sexes() -> MACID:
    """Return the game in which F likes the opera better, M football, and both being together.

    PyCID gives F's decision and utility to M, and M's to F.
    """
    macid = game("D_F, D_M -> U_F; D_F, D_M -> U_M", {"F": "D_F", "M": "D_M"}, {"F": "U_F", "M": "U_M"})
    macid.add_cpds(D_F=["O", "F"], D_M=["O", "F"])
    macid.add_cpds(U_F=lambda D_F, D_M: {"O": 3, "F": 2}[D_F] if D_F == D_M else 0)
    macid.add_cpds(U_M=lambda D_F, D_M: {"O": 2, "F": 3}[D_M] if D_F == D_M else 0)
    differs("D_F and U_F belong to agent 'F', D_M and U_M to 'M'. PyCID has them the other way round.")
    return macid


def matching_pennies() -> MACID:
    """Return the game in which agent 1 wins where the coins match, agent 2 where they don't."""
    return two_players([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], ("HT", "HT"))


def taxi_competition() -> MACID:
    """Return two taxis at an expensive or a cheap hotel, the second of which sees the first (Hammond et al. 2021)."""
    return two_players([[2, 5], [3, 1]], [[2, 3], [5, 1]], ("ec", "ec"), observed=True)


def modified_taxi_competition() -> MACID:
    """Return the two taxis with a tie: at the cheap hotel the second is paid the same."""
    return two_players([[2, 5], [3, 1]], [[2, 3], [5, 5]], ("ec", "ec"), observed=True)


def robot_warehouse() -> MACID:
    """Return a robot that may hurry, and break things, and another that may repair them, and be in the way."""
    text = "D1 -> Q; D1 -> B; B -> D2; B, D2 -> R; D2 -> Ob; Q, B, Ob -> U1; R -> U2"
    macid = game(text, {1: "D1", 2: "D2"}, {1: "U1", 2: "U2"})
    macid.add_cpds(D1=[0, 1], D2=[0, 1], Q=lambda D1: noisy_copy(D1, domain=[0, 1]))
    macid.add_cpds(B=lambda D1: noisy_copy(D1, 0.3, [0, 1]), Ob=lambda D2: noisy_copy(D2, 0.6, [0, 1]))
    macid.add_cpds(R=lambda B, D2: int(not B or D2), U1=lambda Q, B, Ob: int(Q and not Ob) - B, U2=lambda R: R)
    return macid


def tree_doctor() -> MACID:
    """Return the owner of a house, a sick tree and a tree doctor (Koller and Milch 2003); without numbers."""
    text = (
        "PT -> E; PT -> TS; TS -> TDoc; TS, TDoc -> TDead; PT, TDoc -> BP; TDead, BP -> V; TDead -> Tree; TDoc -> Cost"
    )
    return game(text, {0: "PT BP", 1: "TDoc"}, {0: "E V", 1: "Tree Cost"})


def forgetful_movie_star() -> MACID:
    """Return a star who forgets what she did first (Milch and Koller 2008); without numbers."""
    text = "S -> D11; S -> D12; D2, D11 -> U2; D2, D11 -> U11; D11, D12 -> U12"
    return game(text, {1: "D11 D12", 2: "D2"}, {1: "U11 U12", 2: "U2"})


def subgame_difference() -> MACID:
    """Return a game with more subgames than its tree has (Hammond et al. 2021); without numbers."""
    text = "N -> D1; N, D1 -> U1_A; N, D1 -> U2_A; D1 -> D2; D1, D2 -> U1_B; D1, D2 -> U2_B"
    return game(text, {1: "D1", 2: "D2"}, {1: "U1_A U1_B", 2: "U2_A U2_B"})


def road_example() -> MACID:
    """Return builders on both sides of a road (Koller and Milch 2003); without numbers."""
    text = (
        "S1W -> B1W; S1E -> B1E; S2W, B1W, B1E -> B2W; S2E, B1W, B1E -> B2E; S3W, B2W, B2E -> B3W; "
        "S3E, B2W, B2E -> B3E; S1W, B1W, B1E, B2W -> U1W; S1E, B1W, B1E, B2E -> U1E; S2W, B2W, B2E, B1W, B3W -> U2W; "
        "S2E, B2W, B2E, B1E, B3E -> U2E; S3W, B3W, B3E, B2W -> U3W; S3E, B3W, B3E, B2E -> U3E"
    )
    places = ("1W", "1E", "2W", "2E", "3W", "3E")
    return game(text, {place: f"B{place}" for place in places}, {place: f"U{place}" for place in places})


def politician() -> MACID:
    """Return a politician who may influence what a journalist learns (Pfeffer and Gal 2007); without numbers."""
    text = "D1, T -> I; I, R -> D2; D2 -> U1; D2, T -> U2"
    return game(text, {1: "D1", 2: "D2"}, {1: "U1", 2: "U2"})


def umbrella() -> MACID:
    """Return whether to take an umbrella after a weather forecast."""
    macid = game("W -> F; F -> UM; W, UM -> A", {1: "UM"}, {1: "A"})
    macid.add_cpds(W={0: 0.6, 1: 0.4}, F=lambda W: {0: 0.3, 1: 0.7} if W else {0: 0.8, 1: 0.2}, UM=[0, 1])
    macid.add_cpds(A=lambda W, UM: {(0, 0): 1, (0, 1): 0, (1, 0): 0, (1, 1): 2}[W, UM])
    return macid


def sequential() -> MACID:
    """Return two decisions, one after the other; without numbers."""
    return game("D1 -> D2; D1, D2 -> U1; D1, D2 -> U2", {0: "D1", 1: "D2"}, {0: "U1", 1: "U2"})


def signal() -> MACID:
    """Return a signalling game: the first agent knows a coin, the second sees what the first does."""
    macid = game("X -> D1; D1 -> D2; X, D1, D2 -> U1; X, D1, D2 -> U2", {0: "D1", 1: "D2"}, {0: "U1", 1: "U2"})
    paid = {
        (0, 0, 0): 5,
        (0, 0, 1): 2,
        (0, 1, 0): 3,
        (0, 1, 1): 1,
        (1, 0, 0): 0,
        (1, 0, 1): 3,
        (1, 1, 0): 1,
        (1, 1, 1): 4,
    }
    macid.add_cpds(X=discrete_uniform([0, 1]), D1=[0, 1], D2=[0, 1])
    macid.add_cpds(U1=lambda X, D1, D2: paid[X, D1, D2], U2=lambda X, D1, D2: paid[X, D1, D2])
    return macid


def triage() -> MACID:
    """Return six hospitals' decisions in three rounds; without numbers."""
    rounds = ("12", "34", "56")
    seen: list[str] = []
    parts: list[str] = []
    for numbers in rounds:
        parts += [f"{', '.join([f'H{n}', *seen])} -> D{n}" for n in numbers]
        seen += [f"D{n}" for n in numbers]
    parts += [f"H{n}, {', '.join(seen)} -> U{n}" for numbers in rounds for n in numbers]
    numbered = range(1, 7)
    return game("; ".join(parts), {n: f"D{n}" for n in numbered}, {n: f"U{n}" for n in numbered})
