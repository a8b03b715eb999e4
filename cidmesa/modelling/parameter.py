"""Parameters: named numbers with a range that mechanisms may use."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NoReturn

from cidmesa.display import Displays, Stated
from cidmesa.errors import ModelError
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import Number, State, as_number, as_state, show
from cidmesa.modelling.polynomial import Polynomial, symbols

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parameter", "as_parameters", "number_of", "parameter", "values_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Parameter(Displays, Stated):
    """A named number in ``[low, high]`` (``None``: unbounded); ``value`` is ``None`` until one is substituted.

    ``integer``: whether only integers are allowed. ``control``: whether the trainer chooses the value; otherwise the
    world does. Build parameters with `parameter`.

    >>> Parameter("p", 0, 1).admits(2), Parameter("n", 1, 9, integer=True).range_text
    (False, '[1, 9], an integer')
    """

    name: str
    low: Number | None = None
    high: Number | None = None
    value: Number | None = None
    doc: str = ""
    integer: bool = False
    control: bool = False

    def __post_init__(self) -> None:
        if self._empty():
            raise ModelError(
                f"parameter {self.name!r}: no number lies in {self.range_text}. Give the lower end first.",
                parameter=self.name,
            )
        if self.value is not None and not self.admits(self.value):
            raise ModelError(
                f"parameter {self.name!r} = {show(self.value)} lies outside its range {self.range_text}.",
                parameter=self.name,
            )

    def _empty(self) -> bool:
        low: Any = self.low
        high: Any = self.high
        if low is None or high is None:
            return False
        return bool(ceil(low) > floor(high) if self.integer else low > high)

    def admits(self, value: Number) -> bool:
        """Return whether ``value`` lies in the range."""
        given: Any = value
        whole = not self.integer or isinstance(given, Polynomial) or given == int(given)
        return whole and (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    @property
    def range_text(self) -> str:
        """The range as text."""
        low, high = ("" if end is None else show(end) for end in (self.low, self.high))
        return f"[{low or '-oo'}, {high or 'oo'}]" + (", an integer" if self.integer else "")

    def __add__(self, other: object = None) -> NoReturn:
        raise ModelError(
            f"in Python you cannot calculate with a parameter. Write the expression as text, such as "
            f"'1 - {self.name}', and pass parameters={{{self.name!r}: ...}}."
        )

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __pow__ = __add__

    def at(self, value: object) -> Parameter:
        """Return the parameter with this value."""
        return Parameter(self.name, self.low, self.high, number_of(value), self.doc, self.integer, self.control)


def parameter(
    name: str,
    low: object = None,
    high: object = None,
    *,
    value: object = None,
    doc: str = "",
    integer: bool = False,
    control: bool = False,
) -> Parameter:
    """Return a named number that a model uses, with the range in which it may vary; text such as ``"1/3"`` is exact.

    Args:
        name: the name of the parameter in expressions.
        low: the least value; no bound if left out.
        high: the greatest value; no bound if left out.
        value: the value until another is substituted; if left out, the parameter is free.
        doc: a remark for readers.
        integer: whether only integers are allowed.
        control: whether the trainer chooses the value, so that `mitigate` may change it.

    Raises:
        ModelError: the value lies outside the range, or no number is in it.

    >>> parameter("mu", 0, 1, value="1/4").value
    Fraction(1, 4)

    """
    lowest, highest, current = (None if end is None else number_of(end) for end in (low, high, value))
    return Parameter(name, lowest, highest, current, doc, integer, control)


def number_of(value: object) -> Number:
    """Return a number given as a number or as text such as ``"1/3"``.

    >>> number_of("1/3"), number_of(2)
    (Fraction(1, 3), 2)
    """
    if not isinstance(value, str):
        return as_number(value)
    expression = Expression(value)
    expression.check_names((), "a number", "Write 2, 0.1, '1/3' or the like.")
    return as_number(expression({}))


def as_parameters(given: Mapping[str, object] | None) -> dict[str, Parameter]:
    """Return parameters by name from Parameters, numbers or number texts."""
    pairs = (given or {}).items()
    return {name: p if isinstance(p, Parameter) else Parameter(name, value=number_of(p)) for name, p in pairs}


def values_of(parameters: Mapping[str, Parameter], symbolic: bool) -> dict[str, State]:
    """Return the value of each parameter; with ``symbolic``, a parameter without a value is a symbol.

    Raises:
        ModelError: a parameter has no value.

    >>> values_of({"p": parameter("p", value="1/2")}, symbolic=False)
    {'p': Fraction(1, 2)}
    """
    free = tuple(name for name, parameter in parameters.items() if parameter.value is None) if symbolic else ()
    standing = {name: as_state(symbol) for name, symbol in zip(free, symbols(free), strict=True)}
    return {name: standing[name] if name in standing else _value_of(p) for name, p in parameters.items()}


def _value_of(parameter: Parameter) -> State:
    if parameter.value is None:
        raise ModelError(
            f"parameter {parameter.name!r} has no value. Give one in its declaration "
            f"(value=...) or by substitute({parameter.name}=...), or "
            "let it stand for itself: model(..., symbolic=True).",
            parameter=parameter.name,
        )
    return parameter.value
