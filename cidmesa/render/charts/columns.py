"""What a chart reads of a table: which columns are numbers, which are kinds, and in what groups the rows fall."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.modelling.numbers import show
from cidmesa.render.palette import PALE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Column", "Tabular", "answer_of", "is_numeric", "kinds_of", "shown_cell", "varying"]

Column: TypeAlias = "list[Any]"


class Tabular(Protocol):
    """A table with input and answer columns, such as a `SweepTable`."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the input columns."""

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of the answer columns."""

    def column(self, name: str) -> Column:
        """Return the cells of a column."""


def is_numeric(column: Sequence[Any]) -> bool:
    """Return whether a column has numbers, and besides only gaps.

    >>> is_numeric([1, None, Fraction(1, 2)]), is_numeric([True, False]), is_numeric([None])
    (True, False, False)
    """
    cells = [cell for cell in column if cell is not None]
    return bool(cells) and all(isinstance(c, int | float | Fraction) and not isinstance(c, bool) for c in cells)


def varying(table: Tabular) -> tuple[list[str], list[str]]:
    """Return the inputs that take several values: those of numbers, most values first, and the others."""
    several = {name: len(set(table.column(name))) for name in table.inputs}
    found = [name for name, count in several.items() if count > 1]
    numbers = [name for name in found if is_numeric(table.column(name))]
    return sorted(numbers, key=lambda name: -several[name]), [name for name in found if name not in numbers]


def answer_of(table: Tabular, named: str | None) -> str:
    """Return the answer column of that name, the first where none is named.

    Raises:
        NotApplicable: there is no such column, or no answer at all.

    """
    if not table.answers:
        raise NotApplicable("no point of the table has an answer, so there is nothing to draw. See its column error.")
    if named is not None and named not in table.answers:
        raise NotApplicable(
            f"there is no answer {named!r}.{near_miss(named, table.answers)} Answers: {', '.join(table.answers)}."
        )
    return named or table.answers[0]


def shown_cell(cell: Any) -> str:
    """Return a cell as words: truth values as yes and no.

    >>> shown_cell(True), shown_cell(None), shown_cell(Fraction(1, 2))
    ('yes', 'no answer', '1/2')
    """
    if cell is None or isinstance(cell, bool):
        return {True: "yes", False: "no", None: "no answer"}[cell]
    return show(cell)


def kinds_of(column: Sequence[Any]) -> list[Any]:
    """Return the different cells of a column: false before true, numbers and names in order, gaps last.

    Raises:
        NotApplicable: too many to be told apart by colour.

    >>> kinds_of([True, None, False]), kinds_of(["b", "a", "b"])
    ([False, True, None], ['a', 'b'])

    """
    found = list(dict.fromkeys(column))
    if (count := len(found) - (None in found)) > len(PALE):
        raise NotApplicable(
            f"{count} different answers can't be told apart by colour. Draw a column of numbers, or one with fewer "
            "different answers."
        )
    return sorted(found, key=lambda cell: (cell is None, isinstance(cell, str), str(cell) if cell is None else cell))
