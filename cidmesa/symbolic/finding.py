"""`condition_of`: from a question about numbers to the exact region of the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.condition import Condition, Piece
from cidmesa.symbolic.explore import Answer, explore
from cidmesa.symbolic.formula import formula_of
from cidmesa.symbolic.search import formula_by_search, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cidmesa.modelling.expression import Expression
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.explore import Cell, Exploration
    from cidmesa.symbolic.factor import Factor

__all__ = ["condition_of", "examine"]

MAX_CELLS = 2  # parameters for which the cells are worked out; for more z3 searches


def condition_of(
    ask: Callable[[Mapping[str, Any]], bool],
    parameters: Sequence[Parameter],
    question: str = "it holds",
    assuming: Expression | None = None,
) -> Condition:
    """Return for which values of the parameters ``ask`` says yes.

    ``ask`` takes a number for each parameter and runs any exact algorithm on them; the numbers can be calculated with
    and compared. ``assuming``: an expression in the parameters that is taken for granted.

    Raises:
        NotApplicable: the algorithm needs a number as a float, or as a state.

    >>> from cidmesa.modelling.parameter import parameter
    >>> found = condition_of(lambda at: max(at["p"], 1 - at["p"]) * 3 > 2, [parameter("p", 0, 1)])
    >>> print(found)
    p < 1/3 or p > 2/3
    >>> found.thresholds, found.holds_at(p="1/3"), found.holds_at(p="2/3"), found.holds_at(p=1)
    ((Fraction(1, 3), Fraction(2, 3)), False, False, True)

    """
    asked = _within(ask, assuming)
    found = examine(asked, parameters)
    if _few(parameters):
        formula, exact = formula_of(_rows(found.cells, found.factors), found.factors), True
    else:
        formula, exact = formula_by_search(found, parameters)
    pieces = tuple(_piece(cell, found) for cell in found.cells if not cell.answer.outside)
    return Condition(
        question, tuple(parameters), formula, pieces, found.complete and exact, str(assuming or ""), found.paths
    )


def examine(asked: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of parameters: by cells where they are few, else by search."""
    return explore(asked, parameters) if _few(parameters) else search(asked, parameters)


def _few(parameters: Sequence[Parameter]) -> bool:
    return sum(not parameter.integer for parameter in parameters) <= MAX_CELLS


def _within(ask: Callable[[Mapping[str, Any]], bool], assuming: Expression | None) -> Callable[..., Answer]:
    def asked(values: Mapping[str, Any]) -> Answer:
        if assuming is not None and not assuming(values):
            return Answer(None, "the assumptions do not hold here", outside=True)
        return Answer(bool(ask(values)))

    return asked


def _rows(cells: Iterable[Cell], factors: Sequence[Factor]) -> list[tuple[dict[Factor, int], bool]]:
    inside = [cell for cell in cells if not cell.answer.outside]
    return [({f: cell.point.sign(f) for f in factors}, cell.answer.holds is True) for cell in inside]


def _piece(cell: Cell, found: Exploration) -> Piece:
    is_open = all(cell.point.sign(factor) for factor in found.factors)
    return Piece(cell.point.values(), cell.answer.holds, is_open, cell.answer.why)
