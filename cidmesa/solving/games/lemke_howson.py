"""One equilibrium of a two-player game by complementary pivoting, where listing all of them would take too long."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cidmesa.modelling.numbers import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Array

__all__ = ["lemke_howson"]


def lemke_howson(a: Array, b: Array, label: int) -> tuple[Array, Array]:
    """Return an equilibrium (x, y) of the game with positive payoffs ``a`` (rows) and ``b`` (columns), in Fractions.

    ``label`` is the pure strategy (rows, then columns) whose complementarity is given up on the way; each may lead to
    another equilibrium. Ties in the ratio test are broken lexicographically, so degenerate games end too.
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
        found = [value.get(name, Fraction(0)) for name in names]
        return cells([x / sum(found) for x in found], (len(names),))
