"""Mixed equilibria of three players and more: against exact elimination, pygambit, and games with a known number."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.modelling.numbers import cells
from cidmesa.solving.games.enclosure import solutions
from cidmesa.solving.games.stationary import Polynomials, stationary_points
from cidmesa.solving.games.supports import by_supports


def random_payoffs(rng, shape, most):
    return [cells([Fraction(rng.randint(-most, most)) for _ in range(int(np.prod(shape)))], shape) for _ in shape]


def gain(payoffs, point, player):
    """What a player gains by the best strategy, by summing over all profiles."""
    worth = [0] * len(point[player])
    for at in product(*map(range, payoffs[0].shape)):
        weight = 1
        for k, own in enumerate(at):
            weight = weight * (point[k][own] if k != player else 1)
        worth[at[player]] += weight * payoffs[player][at]
    return max(worth) - sum(p * w for p, w in zip(point[player], worth, strict=True))


def stable(payoffs, points):
    """The points at which nobody gains, as tuples of floats, without repetition."""
    good = [p for p in points if all(gain(payoffs, p, k) < 1e-9 for k in range(len(payoffs)))]
    return sorted({tuple(round(float(x), 7) for chances in p for x in chances) for p in good})


def by_elimination(payoffs):
    terms = tuple(
        tuple((value, tuple(enumerate(at))) for at, value in np.ndenumerate(payoff) if value) for payoff in payoffs
    )
    notes = []
    points = list(stationary_points(Polynomials(payoffs[0].shape, tuple(range(len(payoffs))), terms), notes))
    return points, notes


def check_against_elimination(seeds, shape, most):
    compared = 0
    for seed in seeds:
        payoffs = random_payoffs(Random(f"supports {seed}"), shape, most)
        found, (points, notes) = by_supports(payoffs), by_elimination(payoffs)
        assert stable(payoffs, found.points) == stable(payoffs, points), seed
        assert not found.continua or notes, seed
        compared += not notes
    return compared


def test_elimination_finds_the_same():
    assert check_against_elimination(range(25), (2, 2, 2), 9) > 8


def test_elimination_finds_the_same_with_ties():
    check_against_elimination(range(25), (2, 2, 2), 2)


@pytest.mark.nightly
@pytest.mark.parametrize(("shape", "most"), [((2, 2, 2), 30), ((2, 2, 2), 2), ((2, 2, 3), 20)])
def test_elimination_finds_the_same_on_many(shape, most):
    check_against_elimination(range(100, 300), shape, most)


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2, 2)])
def test_games_without_ties_have_an_odd_number_and_simple_fractions_are_exact(shape):
    for seed in range(8):
        payoffs = random_payoffs(Random(f"odd {seed}"), shape, 10**6)
        found = by_supports(payoffs)
        assert not found.open
        assert not found.continua
        assert len(stable(payoffs, found.points)) % 2 == 1, seed


@pytest.mark.nightly
@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2, 2)])
def test_pygambit_finds_no_others(shape):
    gambit = pytest.importorskip("pygambit")
    made = getattr(gambit, "StrategicGame", gambit.Game)
    for seed in range(12):
        payoffs = random_payoffs(Random(f"gambit {seed}"), shape, 1000)
        game = made.from_arrays(*payoffs)
        theirs = [
            [[float(chance) for _, chance in one[player]] for player in game.players]
            for one in gambit.nash.enumpoly_solve(game).equilibria
        ]
        ours = stable(payoffs, by_supports(payoffs).points)
        for one in theirs:
            flat = [x for chances in one for x in chances]
            assert any(np.abs(np.array(flat) - np.array(own)).max() < 1e-4 for own in ours), seed
        assert len(ours) % 2 == 1


def test_nine_equilibria_two_of_them_fully_mixed():
    """A game of McKelvey and McLennan with payoffs as they stand in Gambit's library."""
    rows = [(9, 8, 12), (0, 0, 0), (0, 0, 0), (9, 8, 2), (0, 0, 0), (3, 4, 6), (3, 4, 6), (0, 0, 0)]
    at = [(a, b, c) for c in (0, 1) for b in (0, 1) for a in (0, 1)]
    payoffs = [cells([Fraction(rows[at.index(p)][k]) for p in product((0, 1), repeat=3)], (2, 2, 2)) for k in range(3)]
    found = stable(payoffs, by_supports(payoffs).points)
    assert (len(found), sum(all(0 < x < 1 for x in point) for point in found)) == (9, 2)


def game(options, count, payoffs):
    """A model of players who choose at the same time; a table for each utility."""
    names = [chr(ord("a") + k) for k in range(count)]
    nodes = [cm.Node(n.upper(), "decision", n) for n in names]
    nodes += [cm.Node(f"U{n}", "utility", n, tuple(o.upper() for o in names)) for n in names]
    given = {n.upper(): list(range(options)) for n in names}
    tables = {
        f"U{n}": cm.table(
            [[*at, payoffs[k][at]] for at in product(range(options), repeat=count)], [o.upper() for o in names]
        )
        for k, n in enumerate(names)
    }
    return cm.model(cm.CID(tuple(nodes)), given | tables)


@pytest.mark.parametrize(("options", "count"), [(3, 3), (2, 5)])
def test_equilibria_are_complete_and_nobody_gains(options, count):
    payoffs = random_payoffs(Random(5), (options,) * count, 10**4)
    found = cm.equilibria(game(options, count, payoffs), kind="mixed")
    assert found.complete, found.reason
    assert len(found) % 2 == 1
    assert all(gain <= 1e-9 for one in found for gain in one.regret.values())


def test_a_continuum_is_said_with_its_supports():
    payoffs = random_payoffs(Random(1), (2, 2, 2), 9)
    payoffs = [payoffs[0] * 0, *payoffs[1:]]  # the first player does not care
    found = cm.equilibria(game(2, 3, payoffs), kind="mixed")
    assert not found.complete
    assert "may form a continuum" in found.reason
    assert "C: 0 or C: 1" in found.reason


def test_equations_without_a_solution_and_with_a_double_one():
    none = np.array([[[1.0, 0.0], [0.0, 0.5]], [[0.0, 1.0], [-1.0, 0.0]]])  # x y = -2
    assert (solutions(none, np.zeros((0, 2, 2)), 1000).points, solutions(none, np.zeros((0, 2, 2)), 1000).settled) == (
        [],
        True,
    )
    double = np.array([[[-0.25, 0.5], [0.5, -1.0]], [[0.0, 1.0], [-1.0, 0.0]]])  # (x - 1/2) (y - 1/2) = 0, x = y
    assert not solutions(double, np.zeros((0, 2, 2)), 3000).settled
