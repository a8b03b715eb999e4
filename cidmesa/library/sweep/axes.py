"""The axes of a sweep: what may be written for one, and the exact values that it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, ScenarioError, TooLarge, near_miss
from cidmesa.modelling.numbers import State, as_number, show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.library.scenario import Scenario

__all__ = ["MAX_POINTS", "NAMES", "Axis", "axes_of", "values_of"]

MAX_POINTS = 1_000_000
NAMES = ("variant", "spec")  # axes that are no parameters
_ALL = "*"


@dataclass(frozen=True)
class Axis:
    """A name with its values, or with the range from which values are drawn (``None``: as far as is declared).

    ``every``: all variants (with the file itself) or all specifications.
    """

    name: str
    values: tuple[State, ...] = ()
    low: Any = None
    high: Any = None
    drawn: bool = False
    every: bool = False


def axes_of(over: Mapping[str, object]) -> tuple[Axis, ...]:
    """Return the axes that ``over`` describes: name -> values, or text as on the command line.

    ``"0:1:101"`` are 101 evenly spaced exact values with both ends, ``"1/4,1/2"`` is a list, ``"0:1"`` a range to draw
    from, ``"*"`` all there is: variants, specifications, the declared range of a parameter.

    Raises:
        ScenarioError: what can't be read; says how axes are written.
        TooLarge: more than a million values.

    >>> [show(value) for value in axes_of({"mu": "0:1:4"})[0].values], axes_of({"spec": "a, b"})[0].values
    (['0', '1/3', '2/3', '1'], ('a', 'b'))

    """
    return tuple(_axis(name, given) for name, given in over.items())


def _axis(name: str, given: object) -> Axis:
    try:
        axis = _of_text(name, given.strip()) if isinstance(given, str) else _of_values(name, given)
    except TooLarge:
        raise
    except (CidmesaError, ValueError) as error:
        raise ScenarioError(f"can't read the axis {name}={given}: {str(error).rstrip('.')}. Write low:high:count, "
                            f"a list such as {name}=1/4,1/2, or low:high with a random design.") from None  # fmt: skip
    if not axis.values and not axis.drawn and not axis.every:
        raise ScenarioError(f"the axis {name!r} has no values. Give some, such as {name}=0:1:11.")
    if len(set(axis.values)) < len(axis.values):
        raise ScenarioError(f"the axis {name!r} has a value twice. Leave one out.")
    return axis


def _of_text(name: str, text: str) -> Axis:
    if text == _ALL:
        return Axis(name, every=name in NAMES, drawn=name not in NAMES)
    if name in NAMES:
        return Axis(name, tuple(part.strip() for part in text.split(",") if part.strip()))
    parts = text.split(":")
    if len(parts) == 3:
        return Axis(name, _spaced(number_of(parts[0]), number_of(parts[1]), parts[2]))
    if len(parts) == 2:
        low, high = map(number_of, parts)
        if not low < high:
            raise ValueError(f"{show(low)} is not less than {show(high)}")
        return Axis(name, low=low, high=high, drawn=True)
    return Axis(name, tuple(number_of(part) for part in text.split(",") if part.strip()))


def _of_values(name: str, given: object) -> Axis:
    items = list(given) if isinstance(given, Iterable) else [given]
    return Axis(name, tuple(map(str, items)) if name in NAMES else tuple(map(number_of, items)))


def _spaced(low: Any, high: Any, count: str) -> tuple[State, ...]:
    number = int(count)
    if number > MAX_POINTS:
        raise TooLarge(f"{number} values on one axis; {MAX_POINTS} are allowed. Take fewer.")
    if number < 2 or low == high:
        raise ValueError("low:high:count needs two ends and a count of at least 2")
    step = (Fraction(high) - Fraction(low)) / (number - 1)
    return tuple(as_number(low + i * step) for i in range(number))


def values_of(axis: Axis, scenario: Scenario) -> tuple[State, ...]:
    """Return the values that an axis means for one scenario; ``""`` is the file itself, or no specification.

    Raises:
        ScenarioError: the scenario has no such parameter, and the nearest that it has.

    """
    if axis.name == "spec" and axis.every:
        return tuple(scenario.specs) or ("",)
    if axis.name == "variant" and axis.every:
        return ("", *(part.slug.rpartition("@")[2] for part in scenario.variants))
    if axis.name not in NAMES:
        _check_parameter(axis, scenario)
    return axis.values


def _check_parameter(axis: Axis, scenario: Scenario) -> None:
    known = tuple(scenario.model.parameters) if scenario.model is not None else ()
    if axis.name not in known:
        raise ScenarioError(f"{scenario.slug} has no parameter {axis.name!r}.{near_miss(axis.name, (*known, *NAMES))} "
                            f"Axes are its parameters ({', '.join(known) or 'none'}), variant and spec.")  # fmt: skip
