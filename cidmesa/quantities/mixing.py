"""The mixture of columns whose greatest entry is least: a zero-sum game on a matrix, solved exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Number

__all__ = ["least_greatest"]

_SLACK = 1e-12  # what counts as zero for floats
Row = list["Number"]


def least_greatest(rows: Sequence[Sequence[Number]]) -> tuple[Number, tuple[Number, ...]]:
    r"""Return :math:`\min_p \max_i \sum_j M_{ij} p_j` over mixtures p of the columns, and a p that attains it.

    Exact for integers and fractions. The matrix is made positive, so that the value is one over the greatest
    :math:`\sum y` with :math:`My \leq 1`, :math:`y \geq 0`; simplex steps by the rule that takes the first column and
    row that will do, which never cycles. Source: von Neumann 1928; Bland 1977.

    >>> least_greatest([[1, -1], [-1, 1]])
    (Fraction(0, 1), (Fraction(1, 2), Fraction(1, 2)))
    """
    exact = not any(isinstance(entry, float) for row in rows for entry in row)
    one: Number = Fraction(1) if exact else 1.0
    lift = 1 - min(entry for row in rows for entry in row)
    count, width = len(rows), len(rows[0])
    table = [[(entry + lift) * one for entry in row] + [one * (i == k) for k in range(count)] + [one]
             for i, row in enumerate(rows)]  # fmt: skip
    costs: Row = [-one] * width + [one * 0] * (count + 1)
    basis = list(range(width, width + count))
    slack = 0 if exact else _SLACK
    while (column := next((j for j, cost in enumerate(costs[:-1]) if cost < -slack), None)) is not None:
        pivot = _leaving(table, basis, column, slack)
        table[pivot] = [entry / table[pivot][column] for entry in table[pivot]]
        table = [row if i == pivot else _less(row, table[pivot], row[column]) for i, row in enumerate(table)]
        costs = _less(costs, table[pivot], costs[column])
        basis[pivot] = column
    weights = dict(zip(basis, (row[-1] for row in table), strict=True))
    mixture = tuple(weights.get(j, one * 0) / costs[-1] for j in range(width))
    return 1 / costs[-1] - lift, mixture


def _leaving(table: Sequence[Row], basis: Sequence[int], column: int, slack: float) -> int:
    able = [(row[-1] / row[column], basis[i], i) for i, row in enumerate(table) if row[column] > slack]
    return min(able)[2]


def _less(row: Row, other: Row, times: Number) -> Row:
    return [entry - times * there for entry, there in zip(row, other, strict=True)] if times else row
