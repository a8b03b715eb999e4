"""What an answer is in a table: one cell for each of its parts, and cells as data that can be written and read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.modelling.numbers import as_number, show
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.symbolic.traced import Traced, Undecidable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cidmesa.library.kinds.kind import Answer

__all__ = ["Cell", "Numbers", "as_cell", "as_data", "cell_text", "of_data", "parts_of"]

Cell: TypeAlias = str | bool | int | float | Fraction | None
Numbers = Literal["fraction", "decimal"]


def parts_of(kind: str, answer: Answer) -> dict[str, Any]:
    """Return the parts of an answer by column: ``kind`` for the answer in a word, ``kind.part`` for its parts.

    >>> from cidmesa.library.kinds.kind import Answer
    >>> parts_of("optimal", Answer({"value": 3, "plan": {"D": "a"}}))
    {'optimal.value': 3, 'optimal.plan.D': 'a'}
    """
    head = {} if answer.short is None else {kind: answer.short}
    return head | dict(_flat(kind, answer.got))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{show(key)}", item)
    else:
        yield name, value


def as_cell(value: Any, point: Mapping[str, Fraction]) -> Cell:
    """Return a part of an answer as a cell, with traced numbers at their value at ``point``; a list becomes text."""
    if value is None or isinstance(value, str | bool | float):
        return value
    if isinstance(value, int | Fraction):
        return as_number(value)
    if isinstance(value, Traced):
        return as_number(_value(value, point))
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(as_cell(item, point)) for item in value)
    if point:
        raise Undecidable(f"an answer of type {type(value).__name__}")
    return str(value)


def _value(number: Traced, point: Mapping[str, Fraction]) -> Fraction:
    top = Polynomial(number.names, number.element).at(point)
    return top if number.denominator is None else top / Polynomial(number.names, number.denominator).at(point)


def cell_text(cell: Cell, numbers: Numbers = "fraction") -> str:
    """Return a cell as text; numbers as fractions (exact), or as decimals of up to 12 digits.

    >>> cell_text(Fraction(1, 3)), cell_text(Fraction(1, 3), "decimal"), cell_text(True), cell_text(None)
    ('1/3', '0.333333333333', 'true', '')
    """
    if cell is None or isinstance(cell, bool):
        return {True: "true", False: "false", None: ""}[cell]
    if isinstance(cell, Fraction) and numbers == "decimal":
        return f"{float(cell):.12g}"
    return repr(cell) if isinstance(cell, float) else show(cell)


def as_data(cell: Cell) -> Any:
    """Return a cell as JSON has it: a fraction as ``{"fraction": "1/3"}``."""
    return {"fraction": str(cell)} if isinstance(cell, Fraction) else cell


def of_data(data: Any) -> Cell:
    """Return the cell that `as_data` wrote.

    >>> of_data(as_data(Fraction(1, 3))), of_data(as_data("1/3"))
    (Fraction(1, 3), '1/3')
    """
    return Fraction(data["fraction"]) if isinstance(data, dict) else data
