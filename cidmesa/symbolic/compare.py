"""Whether two descriptions of a region agree everywhere."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NeedsPackage, NotApplicable
from cidmesa.modelling.expression import Expression
from cidmesa.symbolic.explore import Answer
from cidmesa.symbolic.finding import MAX_CELLS, examine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.symbolic.condition import Condition

__all__ = ["difference"]


def difference(condition: Condition, expected: Expression) -> dict[str, Any]:
    """Return a point in range where a condition and an expression differ, nothing if they agree everywhere.

    Raises:
        NotApplicable: the condition is not complete, so that this can't be said.
        NeedsPackage: it would be with z3.
        ModelError: the expression names something that is not free.

    >>> from cidmesa.modelling.parameter import parameter
    >>> from cidmesa.symbolic.finding import condition_of
    >>> found = condition_of(lambda at: 3 * at["p"] > 1, [parameter("p", 0, 1)])
    >>> difference(found, Expression("p - 1/3 > 0")), difference(found, Expression("p >= 1/3"))
    ({}, {'p': Fraction(1, 3)})

    """
    expected.check_names(condition.names, "a free parameter")
    if not condition.complete:
        if len(condition.parameters) > MAX_CELLS and find_spec("z3") is None:
            raise NeedsPackage("three free parameters and more need z3: pip install 'cidmesa[proof]'.")
        raise NotApplicable("the condition is not known everywhere. Free fewer parameters or narrow their ranges.")
    given = Expression(condition.assuming) if condition.assuming else None

    def agree(values: Mapping[str, Any]) -> Answer:
        if given is not None and not given(values):
            return Answer(None, outside=True)
        return Answer(condition.formula.at(values) == bool(expected(values)))

    found = examine(agree, condition.parameters)
    if not found.complete:
        raise NotApplicable("whether the regions agree is not known everywhere. Free fewer parameters.")
    differing = [cell.point for cell in found.cells if cell.answer.holds is False]
    best = next((point for point in differing if point.rational), None) or next(iter(differing), None)
    return best.values() if best is not None else {}
