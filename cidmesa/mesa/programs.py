"""Linear programs: exact ones by the simplex method, others by scipy's HiGHS: the one module that knows scipy."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Number

__all__ = ["greatest_last", "least_expectation", "widest_margin"]


def greatest_last(table: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """Return the x >= 0 of greatest last entry with A x <= b, for rows [*A_i, b_i] with b >= 0, which bound it.

    The simplex method from the vertex 0 by Bland's rule, which never returns to a basis.
    Source: Bland 1977, "New finite pivoting rules for the simplex method".

    >>> greatest_last([[Fraction(-2), Fraction(1), Fraction(0)], [Fraction(1), Fraction(0), Fraction(1, 2)]])
    [Fraction(1, 2), Fraction(1, 1)]

    """
    count, width = len(table), len(table[0]) - 1
    rows = [[*row[:-1], *(Fraction(i == j) for j in range(count)), row[-1]] for i, row in enumerate(table)]
    goal = [Fraction(0)] * (width - 1) + [Fraction(-1)] + [Fraction(0)] * (count + 1)
    basis = list(range(width, width + count))
    while (entering := next((j for j in range(width + count) if goal[j] < 0), None)) is not None:
        bounded = [i for i in range(count) if rows[i][entering] > 0]
        leaving = min(bounded, key=lambda i: (rows[i][-1] / rows[i][entering], basis[i]))
        rows[leaving] = [x / rows[leaving][entering] for x in rows[leaving]]
        for row in (*(rows[i] for i in range(count) if i != leaving), goal):
            factor = row[entering]
            row[:] = [x - factor * y for x, y in zip(row, rows[leaving], strict=True)] if factor else row
        basis[leaving] = entering
    found = dict(zip(basis, (row[-1] for row in rows), strict=True))
    return [found.get(j, Fraction(0)) for j in range(width)]


def widest_margin(
    weak: Sequence[Sequence[Number]], strict: Sequence[Sequence[Number]], size: int, slack: Number = 0
) -> tuple[float, tuple[float, ...]]:
    r"""Return the greatest :math:`\varepsilon` and a u in :math:`[-1,1]^n` that attains it.

    Subject to :math:`w \cdot u \ge -\mathit{slack}` for each row of ``weak`` and
    :math:`s \cdot u \ge \varepsilon` for each row of ``strict``; :math:`\varepsilon \le 1`, and it
    is 1 where nothing is strict.

    Raises:
        NotApplicable: scipy is not installed.

    >>> widest_margin([[1, -1]], [[1, 0]], 2)[0]
    1.0

    """
    rows = [[*(-float(x) for x in row), 0.0] for row in weak] + [[*(-float(x) for x in row), 1.0] for row in strict]
    table = np.array(rows) if rows else None
    bounds = [(-1.0, 1.0)] * size + [(0.0, 1.0)]
    goal = [0.0] * size + [-1.0]
    limits = np.array([float(slack)] * len(weak) + [0.0] * len(strict)) if rows else None
    solved = _optimizer()(goal, A_ub=table, b_ub=limits, bounds=bounds, method="highs")
    return float(solved.x[-1]), tuple(float(x) for x in solved.x[:-1])


def least_expectation(
    worth: Sequence[Number], rows: Sequence[Sequence[Number]], ends: Sequence[Number]
) -> float | None:
    r"""Return the least :math:`worth \cdot p` over p in :math:`[0,1]^n` with :math:`rows\, p = ends`.

    ``None`` where there is no such p.

    Raises:
        NotApplicable: scipy is not installed.

    >>> least_expectation([1, 0], [[1, 1]], [1]), least_expectation([1], [[1]], [2])
    (0.0, None)

    """
    solved = _optimizer()(worth, A_eq=np.array(rows, dtype=float), b_eq=list(map(float, ends)), bounds=(0, 1))
    return float(solved.fun) if solved.status == 0 else None


def _optimizer() -> Any:
    try:
        return import_module("scipy.optimize").linprog
    except ModuleNotFoundError as error:
        raise NotApplicable("linear programs need scipy. Install it: pip install 'cidmesa[lp]'.") from error
