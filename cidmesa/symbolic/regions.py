"""`condition_of`: from a question about numbers to the exact region of the parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.condition import Condition, Piece
from cidmesa.symbolic.exploration import Answer, Path, explore, explored
from cidmesa.symbolic.formula import formula_of, tells
from cidmesa.symbolic.smt_search import formula_by_search, search
from cidmesa.symbolic.traced import Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.modelling.expression import Expression
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.decomposition import Box
    from cidmesa.symbolic.exploration import Cell, Exploration
    from cidmesa.symbolic.factor import Factor
    from cidmesa.symbolic.formula import Formula
    from cidmesa.symbolic.lifting import Point

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
    formula, exact = (_formula(found, found.box), True) if found.box else formula_by_search(found, parameters)
    pieces = tuple(_piece(cell) for cell in found.cells if not cell.answer.outside)
    return Condition(
        question, tuple(parameters), formula, pieces, found.complete and exact, str(assuming or ""), found.paths
    )


def examine(asked: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of parameters: by cells where they are few, else by search."""
    few = sum(not parameter.integer for parameter in parameters) <= MAX_CELLS
    return explore(asked, parameters) if few else search(asked, parameters)


def _within(ask: Callable[[Mapping[str, Any]], bool], assuming: Expression | None) -> Callable[..., Answer]:
    def asked(values: Mapping[str, Any]) -> Answer:
        if assuming is not None and not assuming(values):
            return Answer(None, "the assumptions do not hold here", outside=True)
        return Answer(bool(ask(values)))

    return asked


def _formula(found: Exploration, box: Box) -> Formula:
    """Return a short formula that is true where the answer is yes: a guess from samples, corrected where it is wrong.

    The polynomials at which the answer was seen to change come first; where they don't suffice, all that were met.
    """
    cells = [cell for cell in found.cells if not cell.answer.outside]
    for factors in (found.bounds, tuple(sorted({*found.bounds, *found.factors}))):
        while tells(rows := [_row(cell, factors) for cell in cells]):
            guess = formula_of(rows, factors)
            wrong = _wrong(guess, found, box)
            if not wrong:
                return guess
            cells += wrong
    raise AssertionError("the signs of all polynomials determine the answer")


def _row(cell: Cell, factors: Sequence[Factor]) -> tuple[dict[Factor, int], bool]:
    return {factor: cell.point.sign(factor) for factor in factors}, cell.answer.holds is True


def _wrong(guess: Formula, found: Exploration, box: Box) -> list[Cell]:
    """Return cells in which a formula says something else than the paths, with the answers of these."""

    def path_at(point: Point) -> Path:
        return next(path for path in found.paths if path.covers(point))

    def look(point: Point) -> Path:
        path = path_at(point)
        own = (Sign(((factor, True),), frozenset((point.sign(factor),))) for factor in guess.factors)
        right = path.answer.outside or guess.holds(point) == (path.answer.holds is True)
        return Path((*path.signs, *own), Answer(right))

    differing = (cell for cell in explored(box, look)[0] if not cell.answer.holds)
    return [replace(cell, answer=path_at(cell.point).answer) for cell in differing]


def _piece(cell: Cell) -> Piece:
    return Piece(cell.point, cell.answer.holds, cell.open, cell.answer.why)
