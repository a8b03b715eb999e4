"""The points of a sweep: every combination of the axes' values, or points drawn at random from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Literal

from cidmesa.errors import ScenarioError, TooLarge
from cidmesa.library.sweep.axes import MAX_POINTS, NAMES, Axis, values_of
from cidmesa.modelling.numbers import State, as_number, is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.library.scenario import Scenario
    from cidmesa.modelling.numbers import Number

__all__ = ["Draws", "Scheme", "Setting", "settings_of"]

Scheme = Literal["uniform", "latin"]

_GRAIN = 10**6  # drawn values are whole multiples of a millionth of their range


@dataclass(frozen=True)
class Setting:
    """A point of the design: the model (its slug), a variant and a specification, and values of parameters."""

    model: str
    variant: str = ""
    spec: str = ""
    values: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True)
class Draws:
    """A random design: how many points, from which seed; "latin" puts one value into each of ``count`` slices."""

    count: int
    seed: int = 0
    scheme: Scheme = "uniform"


def settings_of(
    scenarios: Sequence[Scenario], axes: Sequence[Axis], of: str | None, draws: Draws | None = None
) -> tuple[Setting, ...]:
    """Return the points for all scenarios, those of one scenario together; the last axis varies fastest.

    ``of``: the specification where none is swept; where it is ``None`` and the diagram of a scenario has no decision,
    its first specification.

    Raises:
        ScenarioError: an axis that a scenario does not have, a range without a random design.
        TooLarge: more than a million points.

    """
    found: list[Setting] = []
    for scenario in scenarios:
        levels = {axis.name: values_of(axis, scenario) for axis in axes}
        size = prod(map(len, levels.values())) if draws is None else draws.count
        if len(found) + size > MAX_POINTS:
            raise TooLarge(f"{len(found) + size} points; {MAX_POINTS} are allowed. Take fewer values, "
                           "or draw points at random.")  # fmt: skip
        rows = _grid(axes, levels) if draws is None else _drawn(axes, levels, scenario, draws)
        found += [_setting(scenario, dict(row), of) for row in rows]
    return tuple(found)


def _setting(scenario: Scenario, row: dict[str, State], of: str | None) -> Setting:
    variant, spec = (str(row.pop(name, "")) for name in NAMES)
    if not spec and of is None and not scenario.cid.decisions:
        spec = next(iter(scenario.specs), "")
    return Setting(scenario.slug, variant, spec or of or "", tuple(row.items()))  # type: ignore[arg-type]


def _grid(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]]) -> Iterator[Iterator[tuple[str, State]]]:
    if missing := [axis.name for axis in axes if axis.drawn]:
        raise ScenarioError(f"{missing[0]!r} is a range, which has no end of values. Say how many with a third number, "
                            f"{missing[0]}=low:high:count, or draw points at random (random=N, --random N).")  # fmt: skip
    return (zip(levels, row, strict=True) for row in product(*levels.values()))


def _drawn(
    axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], scenario: Scenario, draws: Draws
) -> Iterator[list[tuple[str, State]]]:
    dice = Random(draws.seed)  # noqa: S311 (a design, not a secret)
    columns = [_column(axis, levels[axis.name], scenario, draws, dice) for axis in axes]
    for i in range(draws.count):
        yield [(axis.name, column[i]) for axis, column in zip(axes, columns, strict=True)]


def _column(axis: Axis, level: tuple[State, ...], scenario: Scenario, draws: Draws, dice: Random) -> list[State]:
    shares = _shares(draws, dice)
    if not axis.drawn:
        return [level[min(int(share * len(level)), len(level) - 1)] for share in shares]
    low, high = _range(axis, scenario)
    return [as_number(low + share * (high - low)) for share in shares]


def _shares(draws: Draws, dice: Random) -> list[Fraction]:
    """Return numbers in [0, 1], drawn independently, or one from each slice in random order."""
    free = [Fraction(dice.randrange(_GRAIN + 1), _GRAIN) for _ in range(draws.count)]
    if draws.scheme == "uniform":
        return free
    slices = dice.sample(range(draws.count), draws.count)
    return [(place + share) / draws.count for place, share in zip(slices, free, strict=True)]


def _range(axis: Axis, scenario: Scenario) -> tuple[Fraction, Fraction]:
    assert scenario.model is not None  # noqa: S101 (values_of has looked)
    declared = scenario.model.parameters[axis.name]
    low, high = (declared.low, declared.high) if axis.low is None else (axis.low, axis.high)
    if low is None or high is None or not (is_exact(low) and is_exact(high)):
        raise ScenarioError(f"the range of {axis.name!r} is {declared.range_text}; to draw from it both ends are needed."
                            f" Give them: {axis.name}=low:high.")  # fmt: skip
    return Fraction(low), Fraction(high)
