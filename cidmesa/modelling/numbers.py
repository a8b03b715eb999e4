"""Numbers and states: exact if the input is exact, shown as a person would write them; Fractions as integers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import lcm
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from cidmesa.errors import ModelError, flaw, normal
from cidmesa.modelling.polynomial import Polynomial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "TOL",
    "Array",
    "Number",
    "Scaled",
    "State",
    "as_name",
    "as_number",
    "as_state",
    "cells",
    "distributions",
    "in_one_ring",
    "is_exact",
    "meant",
    "objects",
    "scaled",
    "setting_text",
    "show",
    "slack",
    "to_float",
    "unscaled",
]

Number: TypeAlias = int | Fraction | float
State: TypeAlias = str | int | Fraction | float
Array: TypeAlias = NDArray[Any]

MAX_DIGITS = 4_000  # of an exact number; Python writes out no more than 4,300
MAX_FLOAT = 1e300  # of a utility in floats, so that no sum of expected utilities overflows
_MAX_LENGTH = int(MAX_DIGITS * 3.3219)  # in bits
_FEW = 64  # cells of tables of which Python finds the extremes sooner than numpy
TOL = 1e-9  # of the spread of utilities: a smaller difference in floats counts as none
_ROUNDING = 2.0**-44  # of the greatest utilities: a smaller difference is one of rounding


def as_number(value: object) -> Number:
    """Return ``value`` as an int, a Fraction or a float: integers, rationals and decimals stay exact.

    Raises:
        ModelError: the value is not a real number, or is exact with more than 4,000 digits.

    >>> as_number(True), as_number(Fraction(4, 2)), as_number(0.5)
    (1, 2, 0.5)

    """
    if type(value) is int and value.bit_length() <= _MAX_LENGTH:  # the usual case, and the fastest way
        return value
    match value:
        case Integral():
            return _written_out(int(value))
        case Fraction():
            return _written_out(value.numerator if value.denominator == 1 else value)
        case Decimal() if value.is_finite():
            return as_number(Fraction(value))
        case Polynomial():
            return cast("Number", value)  # a number once its parameters have values
        case Real() if np.isfinite(float(value)):
            return float(value)
    name = getattr(value, "name", None)
    hint = f" Write its name as text: {name!r}." if isinstance(name, str) else ""  # a parameter
    raise ModelError(f"a finite number is needed, not {value!r}.{hint}")


def _written_out(value: int | Fraction) -> int | Fraction:
    above, below = value.as_integer_ratio()
    if above.bit_length() > _MAX_LENGTH or below.bit_length() > _MAX_LENGTH:
        raise ModelError(f"an exact number of more than {MAX_DIGITS} digits. Scale it down.")
    return value


def as_state(value: object) -> State:
    """Return ``value`` as a state: text, or a number as `as_number` gives it.

    >>> as_state("a"), as_state(True)
    ('a', 1)
    """
    if isinstance(value, str):
        return str(value) if value.isascii() and value.isprintable() else _normal(value)
    try:
        return as_number(value)
    except ModelError:
        if isinstance(value, Real):
            raise
        raise ModelError(f"a state is text or a number, not {value!r}.") from None


def as_name(value: object) -> State:
    """Return ``value`` as the name of a state, like `as_state`, except that ``True`` and ``False`` stay unchanged.

    >>> as_name(True), as_name("True"), as_name(2)
    (True, 'True', 2)
    """
    return bool(value) if isinstance(value, bool | np.bool_) else as_state(value)


def meant(value: object, domain: Sequence[State]) -> State | None:
    """Return the state of a domain that a value means, or ``None``; 'True' also means ``True``.

    >>> meant("True", (False, True)), meant(0, (False, True)), meant("1", (1, 2))
    (True, False, None)
    """
    wanted = as_state(value)
    return next(
        (state for state in domain if state == wanted or (isinstance(state, bool) and str(state) == wanted)), None
    )


def _normal(text: str) -> str:
    if wrong := flaw(text):
        raise ModelError(f"the state {text!a} cannot be used: {wrong}")
    return normal(text)


def is_exact(number: object) -> bool:
    """Return whether ``number`` is an int, a Fraction or a polynomial in parameters."""
    return isinstance(number, int | Fraction | Polynomial)


def cells(values: list[Number], shape: tuple[int, ...]) -> Array:
    """Return ``values`` as an array: Fractions if all are exact, float64 if one is not.

    Raises:
        ModelError: an exact number among floats is too large or too small for one.

    >>> cells([1, Fraction(1, 2)], (2,)).dtype, cells([1, 0.5], (2,)).dtype
    (dtype('O'), dtype('float64'))

    """
    kinds = set(map(type, values))
    if kinds <= {int, Fraction}:
        return objects(values if int not in kinds else [Fraction(value) for value in values], shape)
    mixed: list[Any] = list(values)
    if any(isinstance(value, Polynomial) for value in mixed):
        return objects([value if isinstance(value, Polynomial) else _exactly(value) for value in mixed], shape)
    if not all(map(is_exact, values)):
        return np.array([_floating(value) for value in values], dtype=np.float64).reshape(shape)
    return objects([Fraction(value) for value in values], shape)


def objects(values: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """Return an array of cells of any kind.

    >>> objects([Fraction(1, 2), 1], (2, 1)).tolist()
    [[Fraction(1, 2)], [1]]
    """
    return np.fromiter(values, np.object_, len(values)).reshape(shape)


def _floating(value: Number) -> float:
    try:
        found = float(value)
    except OverflowError:
        raise ModelError(
            "an exact number is too large for a float, and other numbers here are floats. Make all numbers exact."
        ) from None
    if value and not found:
        raise ModelError(
            "an exact number is too small for a float, and other numbers here are floats. Make all numbers exact."
        )
    return found


def _exactly(value: Number) -> Fraction:
    if not is_exact(value):
        raise ModelError(
            f"{value!r} is a float; beside parameters without a value numbers must be exact. "
            f"Write it as text: {str(value)!r}."
        )
    return Fraction(value)


def slack(utilities: Iterable[Array], tol: float = TOL) -> float:
    r"""Return the greatest difference at which two expected sums of these utilities count as equal.

    All of cidmesa uses this rule. For exact numbers the difference is 0. Floats count as equal if they differ by at
    most ``tol`` times the spread :math:`\sum_U (\max U - \min U)`, a test that depends neither on the unit of utility
    nor on its zero. They also count as equal within the rounding error of numbers that large,
    :math:`2^{-44} \sum_U \max |U|`.

    Raises:
        ModelError: ``tol`` is not a number of at least 0.

    >>> slack([np.array([0.0, 2.0]), np.array([5.0, 3.0])]), slack([np.array([Fraction(1, 3), Fraction(1)])])
    (4e-09, 0)

    """
    if not 0 <= tol < np.inf:
        raise ModelError(f"tol is a share of the spread of utilities, a number from 0 on, not {tol!r}.")
    tables = [table for table in utilities if table.size]
    if not tables or any(table.dtype.hasobject for table in tables):
        return 0
    if sum(sizes := [table.size for table in tables]) <= _FEW:
        rows = [table.ravel().tolist() for table in tables]
        lows, highs = [*map(min, rows)], [*map(max, rows)]
    else:
        flat, starts = np.concatenate(tables, axis=None), [0, *accumulate(sizes[:-1])]
        lows, highs = (extreme.reduceat(flat, starts).tolist() for extreme in (np.minimum, np.maximum))
    spread: float = sum([high - low for low, high in zip(lows, highs, strict=True)])
    size: float = sum([max(high, -low) for low, high in zip(lows, highs, strict=True)])
    return max(tol * spread, _ROUNDING * size)


def to_float(array: Array) -> NDArray[np.float64]:
    """Return the array as float64.

    Raises:
        ModelError: an exact number is too large or too small for a float.

    """
    if array.dtype != np.object_:
        return array.astype(np.float64)
    return np.array([_floating(value) for value in array.ravel().tolist()], dtype=np.float64).reshape(array.shape)


def show(value: object) -> str:
    """Return a number or state as short text.

    >>> show(Fraction(3, 1)), show(Fraction(1, 3)), show(0.1 + 0.2), show("a")
    ('3', '1/3', '0.3', 'a')
    """
    if isinstance(value, Fraction):
        return _digits(value.numerator) + (f"/{_digits(value.denominator)}" if value.denominator != 1 else "")
    return _digits(value) if isinstance(value, int) else f"{value:.10g}" if isinstance(value, float) else str(value)


def setting_text(setting: Mapping[str, Any] | Iterable[tuple[str, Any]], before: str = "") -> str:
    """Return the states of some nodes as text, preceded by ``before`` if there are any.

    >>> setting_text({"A": 1, "B": Fraction(1, 2)}), setting_text([("A", 1)], " at "), setting_text([], " at ")
    ('A = 1, B = 1/2', ' at A = 1', '')
    """
    shown = ", ".join(f"{name} = {show(value)}" for name, value in dict(setting).items())
    return before + shown if shown else ""


def _digits(value: int) -> str:
    return str(value if value.bit_length() <= _MAX_LENGTH else Decimal(value))  # which has no limit


MAX_BITS = 256  # of a common denominator; Fractions of their own are shorter beyond


class Scaled(NamedTuple):
    """A table as ``numerators`` over a common denominator; ``whole``: all its cells are of type int."""

    numerators: list[int]
    shape: tuple[int, ...]
    denominator: int
    whole: bool

    @property
    def largest(self) -> int:
        """The greatest absolute numerator, at least 1."""
        return max(1, *map(abs, self.numerators)) if self.numerators else 1

    def array(self, kind: type) -> Array:
        """Return the numerators as an array of this dtype."""
        return np.array(self.numerators, dtype=kind).reshape(self.shape)


def scaled(table: Array) -> Scaled | None:
    """Return a table of ints and Fractions over a common denominator; ``None`` if that is long or for other cells.

    >>> scaled(np.array([Fraction(1, 2), Fraction(2, 3), 1], dtype=object))
    Scaled(numerators=[3, 4, 6], shape=(3,), denominator=6, whole=False)
    """
    flat = table.ravel().tolist()
    kinds = set(map(type, flat))
    if not kinds <= {int, Fraction}:
        return None
    if Fraction not in kinds:
        return Scaled(flat, table.shape, 1, True)
    ratios = [cell.as_integer_ratio() for cell in flat]
    common = lcm(*{below for _, below in ratios})
    if common.bit_length() > MAX_BITS:
        return None
    return Scaled([above * (common // below) for above, below in ratios], table.shape, common, False)


def distributions(table: Array) -> bool:
    """Return whether the numbers along the last axis are known to be distributions; ``False`` may mean unknown.

    >>> distributions(np.array([[Fraction(1, 3), Fraction(2, 3)], [1, 0]], dtype=object))
    True
    """
    found = scaled(table)
    if found is None or found.largest >= 2**31:
        return False
    rows = found.array(np.int64)
    return bool((rows >= 0).all() and (rows.sum(axis=-1) == found.denominator).all())


def unscaled(numerators: Array, denominator: int, whole: bool) -> Array:
    """Return the table with these numerators over a denominator: ints if ``whole``, otherwise Fractions.

    >>> unscaled(np.array([3, 4]), 6, whole=False).tolist()
    [Fraction(1, 2), Fraction(2, 3)]
    """
    flat = numerators.ravel().tolist()
    if whole:
        return objects(flat, numerators.shape)
    made = {above: Fraction(above, denominator) for above in set(flat)}  # many are alike
    return objects([made[above] for above in flat], numerators.shape)


def in_one_ring(tables: Sequence[Array]) -> tuple[list[Array], Callable[[Array], Array]] | None:
    """Return tables of polynomials that can be compared as tables of elements of their ring, and the way back.

    Elements multiply without a look at what they are. ``None`` for other tables, and where cells are quotients.
    """
    rows = [table.ravel().tolist() for table in tables]
    first = next((cell for row in rows for cell in row if isinstance(cell, Polynomial)), None)
    if first is None or not first.ordered:
        return None
    bare = [[first.bare(cell) for cell in row] for row in rows]
    if any(element is None for row in bare for element in row):
        return None
    elements = [objects(row, table.shape) for row, table in zip(bare, tables, strict=True)]
    return elements, lambda made: objects(list(map(first.dressed, made.ravel().tolist())), made.shape)
