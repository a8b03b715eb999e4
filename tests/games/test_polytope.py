"""Vertices and extreme equilibria against brute force over bases and supports."""

from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.errors import TooLarge
from cidmesa.modelling.numbers import cells
from cidmesa.solving.games import polytope
from cidmesa.solving.games.bimatrix import extreme_equilibria, lemke_howson, positive
from cidmesa.solving.games.polytope import vertices
from tests.games.classics import signalling


def solved(rows, right):
    """The solution of a square system in Fractions, ``None`` if it is singular."""
    n, a = len(rows), [[*map(Fraction, row), Fraction(b)] for row, b in zip(rows, right, strict=True)]
    for k in range(n):
        pivot = next((r for r in range(k, n) if a[r][k]), None)
        if pivot is None:
            return None
        a[k], a[pivot] = a[pivot], a[k]
        for r in range(n):
            if r != k:
                factor = a[r][k] / a[k][k]
                a[r] = [x - factor * y for x, y in zip(a[r], a[k], strict=True)]
    return tuple(a[k][n] / a[k][k] for k in range(n))


def brute_vertices(rows):
    n = len(rows[0])
    planes = [([int(i == k) for i in range(n)], 0) for k in range(n)] + [(row, 1) for row in rows]
    found = (solved(*zip(*chosen, strict=True)) for chosen in combinations(planes, n))
    feasible = {
        x
        for x in found
        if x and min(x) >= 0 and all(sum(map(Fraction.__mul__, map(Fraction, row), x)) <= 1 for row in rows)
    }
    return sorted(feasible)


@pytest.mark.parametrize("seed", range(40))
def test_vertices_are_the_feasible_intersections(seed):
    rng = Random(seed)
    n = rng.randint(1, 4)
    rows = [[Fraction(rng.randint(1, 4)) for _ in range(n)] for _ in range(rng.randint(1, 4))]  # often degenerate
    found = vertices(rows)
    assert [v.point for v in found] == brute_vertices(rows)
    for point, tight in found:
        here = [x == 0 for x in point] + [sum(a * x for a, x in zip(row, point, strict=True)) == 1 for row in rows]
        assert [bool(tight >> k & 1) for k in range(len(here))] == here


def supports_equilibria(a, b):
    """Equilibria of a nondegenerate game by supports of equal size."""
    m, n = a.shape
    found = []
    for k in range(1, min(m, n) + 1):
        for rows in combinations(range(m), k):
            for columns in combinations(range(n), k):
                x = mixing(b.T[np.ix_(columns, rows)])
                y = mixing(a[np.ix_(rows, columns)])
                if x and y and min(x) > 0 and min(y) > 0:
                    full = np.zeros(m, dtype=object), np.zeros(n, dtype=object)
                    full[0][list(rows)], full[1][list(columns)] = x, y
                    if (a @ full[1]).max() == full[0] @ a @ full[1] and (full[0] @ b).max() == full[0] @ b @ full[1]:
                        found.append((tuple(full[0]), tuple(full[1])))
    return sorted(found)


def mixing(payoff):
    """The mixture that makes all rows of ``payoff`` equally good."""
    k = len(payoff)
    rows = [[*row, -1] for row in payoff.tolist()] + [[1] * k + [0]]
    found = solved(rows, [0] * k + [1])
    return found and found[:k]


@pytest.mark.parametrize("seed", range(25))
def test_extreme_equilibria_are_those_of_support_enumeration(seed):
    rng = Random(seed)
    m, n = rng.randint(2, 4), rng.randint(2, 4)
    a, b = (cells([rng.randint(-500, 500) for _ in range(m * n)], (m, n)) for _ in "ab")
    found = sorted((tuple(x), tuple(y)) for x, y in extreme_equilibria(a, b))
    assert found == supports_equilibria(a, b)
    assert len(found) % 2 == 1


def test_where_all_are_indifferent_the_corners_are_listed():
    a, b = cells([1, 0, 1, 0], (2, 2)), cells([1, 1, 0, 0], (2, 2))
    assert len(extreme_equilibria(a, b)) == 4


def test_too_many_corners_are_refused(monkeypatch):
    monkeypatch.setattr(polytope, "MAX_RAYS", 5)
    with pytest.raises(TooLarge, match="of 4 have more than 5 corners"):
        vertices([[Fraction(1 + i * j % 3) for i in range(4)] for j in range(4)])


@pytest.mark.parametrize("seed", range(40))
def test_paths_lead_to_equilibria_in_degenerate_games_too(seed):
    rng = Random(seed)
    m, n = rng.randint(1, 4), rng.randint(1, 4)
    spread = rng.choice([1, 100])
    a, b = (cells([rng.randint(0, spread) for _ in range(m * n)], (m, n)) for _ in "ab")
    for label in range(m + n):
        x, y = lemke_howson(positive(a), positive(b), label)
        assert sum(x) == sum(y) == 1
        assert min(*x, *y) >= 0
        assert (np.dot(a, y).max(), np.dot(x, b).max()) == (np.dot(np.dot(x, a), y), np.dot(np.dot(x, b), y))


def test_where_not_all_can_be_listed_some_are(monkeypatch):
    monkeypatch.setattr(polytope, "MAX_RAYS", 3)
    found = cm.equilibria(signalling(), kind="mixed")
    assert len(found) >= 2
    assert not found.complete
    assert "all pure ones and some mixed ones are listed: the best responses" in found.reason
    assert all(gain == 0 for one in found for gain in one.regret.values())
