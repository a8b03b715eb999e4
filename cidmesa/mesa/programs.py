"""Linear programs, by scipy's HiGHS: the one module that knows scipy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Number

__all__ = ["least_expectation", "widest_margin"]


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
