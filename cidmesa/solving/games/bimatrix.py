"""Equilibria of a game of two players given by payoff matrices: all extreme ones, or some by complementary pivoting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from cidmesa.modelling.numbers import Array, cells
from cidmesa.solving.games.polytope import vertices

__all__ = ["as_fractions", "extreme_equilibria", "lemke_howson", "normed", "positive", "undominated"]

_GRID = 2**44  # floats are read as multiples of 1 / _GRID of the greatest, so that ties up to rounding are ties


def extreme_equilibria(a: Array, b: Array) -> list[tuple[Array, Array]]:
    """Return the extreme equilibria (x, y) of the game with payoffs ``a`` (rows) and ``b`` (columns), in Fractions.

    An equilibrium is extreme iff x and y are vertices of the two best-response polytopes; every equilibrium is a convex
    combination of extreme ones. A pair of vertices is an equilibrium iff each pure strategy is unplayed or a best
    response. Source: Mangasarian 1964; Avis, Rosenberg, Savani and von Stengel 2010.

    >>> pennies = cells([1, -1, -1, 1], (2, 2))
    >>> [[str(p) for p in (*x, *y)] for x, y in extreme_equilibria(pennies, -pennies)]
    [['1/2', '1/2', '1/2', '1/2']]
    """
    rows, columns = a.shape
    every = (1 << rows + columns) - 1
    of_rows = vertices(positive(b).T.tolist())  # tight: bit i row i unplayed, bit rows + j column j best
    of_columns = [(v.point, _swapped(v.tight, columns, rows)) for v in vertices(positive(a).tolist())]
    bits: Array = np.array([tight for _, tight in of_columns], dtype=np.uint64 if rows + columns <= 64 else np.object_)
    full = bits.dtype.type(every) if bits.dtype != np.object_ else every
    return [
        (normed(x.point), normed(of_columns[k][0]))
        for x in of_rows
        if any(x.point)
        for k in np.flatnonzero(bits | x.tight == full)
        if any(of_columns[k][0])
    ]


def positive(payoff: Array) -> Array:
    """Return the payoffs plus a constant that makes them positive; the equilibria stay the same."""
    return np.asarray(payoff + (1 - payoff.min()))


def _swapped(tight: int, first: int, second: int) -> int:
    """Return the bits with the ``first`` low ones moved above the ``second`` others."""
    return tight >> first | (tight & (1 << first) - 1) << second


def normed(point: Sequence[Fraction]) -> Array:
    """Return the numbers scaled to sum to 1."""
    total = sum(point)
    return cells([x / total for x in point], (len(point),))


def as_fractions(payoff: Array) -> Array:
    """Return the payoffs as Fractions; floats are rounded to a fine grid, so that ties up to rounding become ties."""
    if payoff.dtype == np.object_:
        return payoff
    scale = float(np.abs(payoff).max(initial=0.0)) or 1.0
    steps = np.round(payoff / scale * _GRID)
    return cells([Fraction(int(step), _GRID) * Fraction(scale) for step in steps.ravel()], payoff.shape)


def undominated(payoffs: Sequence[Array]) -> list[list[int]]:
    """Return for each player the pure strategies that survive iterated strict dominance by pure strategies.

    No equilibrium, pure or mixed, plays any other.

    >>> undominated([cells([3, 0, 5, 1], (2, 2)), cells([3, 5, 0, 1], (2, 2))])  # a prisoner's dilemma
    [[1], [1]]
    """
    payoffs = [_ranks(payoff) for payoff in payoffs]  # only the order matters, and integers are compared fast
    kept = [list(range(size)) for size in payoffs[0].shape]
    while True:
        before = sum(map(len, kept))
        for axis, payoff in enumerate(payoffs):
            rest = np.moveaxis(payoff[np.ix_(*kept)], axis, 0).reshape(len(kept[axis]), -1)
            kept[axis] = [kept[axis][k] for k in range(len(rest)) if not (rest > rest[k]).all(axis=1).any()]
        if sum(map(len, kept)) == before:
            return kept


def _ranks(payoff: Array) -> Array:
    rank = {value: k for k, value in enumerate(sorted(set(payoff.ravel().tolist())))}
    return np.array([rank[value] for value in payoff.ravel().tolist()], dtype=np.int64).reshape(payoff.shape)


def lemke_howson(a: Array, b: Array, label: int) -> tuple[Array, Array]:
    """Return an equilibrium (x, y) of the game with positive payoffs ``a`` (rows) and ``b`` (columns), in Fractions.

    ``label`` is the pure strategy (rows, then columns) whose complementarity is dropped along the path; each label may
    lead to another equilibrium. Ties in the ratio test are broken lexicographically, so the method also ends in
    degenerate games.
    Source: Lemke and Howson 1964; von Stengel 2002.

    >>> x, y = lemke_howson(cells([4, 1, 1, 3], (2, 2)), cells([1, 2, 2, 1], (2, 2)), 0)
    >>> [str(p) for p in (*x, *y)]
    ['1/2', '1/2', '2/5', '3/5']
    """
    rows, columns = a.shape
    of_rows = _Tableau.of(range(rows), range(rows, rows + columns), a.tolist())
    of_columns = _Tableau.of(range(rows, rows + columns), range(rows), b.T.tolist())
    turn, other, entering = (of_columns, of_rows, label) if label < rows else (of_rows, of_columns, label)
    while (leaving := turn.pivot(entering)) != label:
        turn, other, entering = other, turn, leaving
    return of_columns.mixture(range(rows)), of_rows.mixture(range(rows, rows + columns))


@dataclass
class _Tableau:
    """A system ``slack + payoff * mixture = 1``; variables are named by the pure strategies that they belong to."""

    basis: list[int]
    rows: list[list[Fraction]]  # the right-hand side, then the columns of the first basis, then the others
    place: dict[int, int]

    @classmethod
    def of(cls, slack: Sequence[int], mixed: Sequence[int], payoff: Sequence[Sequence[Fraction]]) -> _Tableau:
        """Return the first tableau: all slack is in the basis."""
        identity = [[Fraction(int(i == k)) for k in range(len(slack))] for i in range(len(slack))]
        rows = [[Fraction(1), *unit, *row] for unit, row in zip(identity, payoff, strict=True)]
        return cls(list(slack), rows, {name: 1 + k for k, name in enumerate([*slack, *mixed])})

    def pivot(self, entering: int) -> int:
        """Let a variable enter the basis and return the one that leaves it."""
        column, size = self.place[entering], len(self.basis)
        candidates = [k for k, row in enumerate(self.rows) if row[column] > 0]
        row = min(candidates, key=lambda k: [cell / self.rows[k][column] for cell in self.rows[k][: 1 + size]])
        pivot = [cell / self.rows[row][column] for cell in self.rows[row]]
        for k, other in enumerate(self.rows):
            if k != row and (factor := other[column]):
                self.rows[k] = [x - factor * y if y else x for x, y in zip(other, pivot, strict=True)]
        self.rows[row] = pivot
        leaving, self.basis[row] = self.basis[row], entering
        return leaving

    def mixture(self, names: Sequence[int]) -> Array:
        """Return the values of the variables ``names``, scaled to sum to 1."""
        value = {name: row[0] for name, row in zip(self.basis, self.rows, strict=True)}
        return normed([value.get(name, Fraction(0)) for name in names])
