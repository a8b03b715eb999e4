"""The points of a sweep: every combination of the axes' values, or points drawn at random from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

from cidmesa.errors import ScenarioError, TooLarge, near_miss
from cidmesa.library.sweep.axes import MAX_POINTS, NAMES, Axis, values_of
from cidmesa.modelling.numbers import State, as_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cidmesa.library.scenario import Scenario
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.parameter import Parameter

__all__ = ["SCHEMES", "Design", "Scheme", "Setting", "design_of", "settings_of"]

Scheme = Literal["grid", "alone", "uniform", "latin"]
SCHEMES: tuple[Scheme, ...] = ("grid", "alone", "uniform", "latin")
Rows: TypeAlias = "Iterator[Iterable[tuple[str, State]]]"

_GRAIN = 10**6  # drawn values are whole multiples of a millionth of their range


@dataclass(frozen=True)
class Setting:
    """A point of the design: the model (its slug), a variant and a specification, and values of parameters."""

    model: str
    variant: str = ""
    spec: str = ""
    values: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True)
class Design:
    """Which points: all combinations ("grid"); each parameter "alone", the others at their declared values; or drawn.

    ``count`` points are drawn from ``seed``: "uniform", or "latin": one value in each of ``count`` slices.
    """

    scheme: Scheme = "grid"
    count: int = 0
    seed: int = 0

    @property
    def drawn(self) -> bool:
        """Whether points are drawn at random."""
        return self.scheme in ("uniform", "latin")


def design_of(scheme: str, random: int | None, seed: int) -> Design:
    """Return the design; with a number of points to draw, "grid" stands for "uniform".

    Raises:
        ScenarioError: no known scheme, or one that does not go with the number of points.

    >>> design_of("grid", 5, 1).scheme
    'uniform'

    """
    if scheme not in SCHEMES:
        raise ScenarioError(f"the scheme {scheme!r} is not known.{near_miss(scheme, SCHEMES)} "
                            f"Schemes: {', '.join(SCHEMES)}.")  # fmt: skip
    design = Design("uniform" if scheme == "grid" and random is not None else scheme, random or 0, seed)
    if design.drawn != (random is not None):
        raise ScenarioError(f"the scheme {scheme!r} {'needs' if design.drawn else 'takes no'} number of points to draw "
                            "(random=N, --random N).")  # fmt: skip
    return design


def settings_of(
    scenarios: Sequence[Scenario], axes: Sequence[Axis], of: str | None, design: Design
) -> tuple[Setting, ...]:
    """Return the points for all scenarios, those of one scenario together; the last axis varies fastest.

    ``of``: the specification where none is swept; where it is ``None`` and the diagram of a scenario has no decision,
    its first specification.

    Raises:
        ScenarioError: an axis that a scenario does not have, a range without an end of values.
        TooLarge: more than a million points.

    """
    found: list[Setting] = []
    for scenario in scenarios:
        levels = {axis.name: values_of(axis, scenario) for axis in axes}
        size = {"grid": prod(map(len, levels.values())), "alone": sum(map(len, levels.values()))}
        total = len(found) + size.get(design.scheme, design.count)
        if total > MAX_POINTS:
            raise TooLarge(f"{total} points; {MAX_POINTS} are allowed. Take fewer values, or draw points at random.")
        found += [_setting(scenario, dict(row), of) for row in _rows(scenario, axes, levels, design)]
    return tuple(found)


def _rows(scenario: Scenario, axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], design: Design) -> Rows:
    if design.drawn:
        return _drawn(axes, levels, scenario, design)
    return _alone(axes, levels, scenario) if design.scheme == "alone" else _grid(axes, levels)


def _setting(scenario: Scenario, row: dict[str, State], of: str | None) -> Setting:
    variant, spec = (str(row.pop(name, "")) for name in NAMES)
    if not spec and of is None and not scenario.cid.decisions:
        spec = next(iter(scenario.specs), "")
    return Setting(scenario.slug, variant, spec or of or "", tuple(row.items()))  # type: ignore[arg-type]


def _grid(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]]) -> Rows:
    if missing := [axis.name for axis in axes if axis.drawn]:
        name = missing[0]
        raise ScenarioError(f"{name!r} is a range, which has no end of values. Say how many by a third number, "
                            f"{name}=low:high:count, or draw points at random (random=N, --random N).")  # fmt: skip
    return (zip(levels, row, strict=True) for row in product(*levels.values()))


def _alone(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], scenario: Scenario) -> Rows:
    if strange := next((axis.name for axis in axes if axis.name in NAMES), None):
        raise ScenarioError(f"{strange!r} is no parameter with a declared value, from which it alone could be varied. "
                            "Use another scheme, or choose by of.")  # fmt: skip
    declared = {name: _declared(scenario, name).value for name in levels}
    if without := next((name for name, value in declared.items() if value is None), None):
        raise ScenarioError(f"the parameter {without!r} has no declared value to start from. Give it one.")
    base: dict[str, State] = {name: value for name, value in declared.items() if value is not None}
    yield base.items()
    for axis in axes:
        for value in _range(axis, scenario) if axis.drawn else levels[axis.name]:
            if value != base[axis.name]:
                yield (base | {axis.name: as_number(value)}).items()


# --- random designs -------------------------------------------------------------------------------------------------


def _drawn(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], scenario: Scenario, design: Design) -> Rows:
    dice = Random(design.seed)  # noqa: S311 (a design, not a secret)
    columns = {axis.name: _column(axis, levels[axis.name], scenario, _shares(design, dice)) for axis in axes}
    return (((name, column[i]) for name, column in columns.items()) for i in range(design.count))


def _column(axis: Axis, level: tuple[State, ...], scenario: Scenario, shares: list[Fraction]) -> list[State]:
    if not axis.drawn:
        return [level[min(int(share * len(level)), len(level) - 1)] for share in shares]
    low, high = _range(axis, scenario)
    return [as_number(low + share * (high - low)) for share in shares]


def _shares(design: Design, dice: Random) -> list[Fraction]:
    """Return numbers in [0, 1], drawn independently, or one from each slice in random order."""
    free = [Fraction(dice.randrange(_GRAIN + 1), _GRAIN) for _ in range(design.count)]
    if design.scheme == "uniform":
        return free
    slices = dice.sample(range(design.count), design.count)
    return [(place + share) / design.count for place, share in zip(slices, free, strict=True)]


def _range(axis: Axis, scenario: Scenario) -> tuple[Fraction, Fraction]:
    declared = _declared(scenario, axis.name)
    low, high = (declared.low, declared.high) if axis.low is None else (axis.low, axis.high)
    if not isinstance(low, int | Fraction) or not isinstance(high, int | Fraction):
        raise ScenarioError(f"the range of {axis.name!r} is {declared.range_text}; two exact ends are needed here. "
                            f"Give them: {axis.name}=low:high.")  # fmt: skip
    return Fraction(low), Fraction(high)


def _declared(scenario: Scenario, name: str) -> Parameter:
    assert scenario.model is not None  # noqa: S101 (values_of has looked)
    return scenario.model.parameters[name]
