"""The points of a sweep: axes with their exact values, and every combination of them, or points drawn at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cidmesa.errors import CidmesaError, ScenarioError, TooLarge, near_miss, not_there
from cidmesa.modelling.numbers import Number, State, as_number, show
from cidmesa.modelling.parameter import Parameter, number_of

if TYPE_CHECKING:
    from cidmesa.library.claim import Of
    from cidmesa.library.scenario import Scenario

__all__ = ["Axis", "Design", "Points", "Scheme", "Setting", "axes_of", "design_of", "points_of", "values_of"]

MAX_POINTS = 1_000_000
NAMES, _ALL = ("variant", "spec"), "*"  # axes that are no parameters; all that there are


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
        ScenarioError: an axis cannot be read; the message says how to write one.
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
        raise ScenarioError(
            f"cannot read the axis {name}={given}: {str(error).rstrip('.')}. Write low:high:count, "
            f"a list such as {name}=1/4,1/2, or low:high with a random design."
        ) from None
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
        ScenarioError: the scenario has no such parameter; the message names the nearest.
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
        raise ScenarioError(
            f"{scenario.slug} has no parameter {axis.name!r}.{near_miss(axis.name, (*known, *NAMES))} "
            f"Axes are its parameters ({', '.join(known) or 'none'}), variant and spec."
        )


# --- designs --------------------------------------------------------------------------------------------------------

Scheme = Literal["grid", "alone", "uniform", "latin"]
SCHEMES: tuple[Scheme, ...] = ("grid", "alone", "uniform", "latin")

_GRAIN = 10**6  # drawn values are whole multiples of a millionth of their range


@dataclass(frozen=True)
class Setting:
    """A point of the design: the model (its slug), a variant and a specification, and values of parameters."""

    model: str
    variant: str = ""
    spec: str | tuple[str, ...] = ""
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
        ScenarioError: the scheme is unknown, or does not allow this number of points.

    >>> design_of("grid", 5, 1).scheme
    'uniform'
    """
    if scheme not in SCHEMES:
        raise ScenarioError(not_there(f"the scheme {scheme!r} is not known", scheme, SCHEMES, "Schemes"))
    design = Design("uniform" if scheme == "grid" and random is not None else scheme, random or 0, seed)
    if design.drawn != (random is not None):
        raise ScenarioError(
            f"the scheme {scheme!r} {'needs' if design.drawn else 'takes no'} number of points to draw "
            "(random=N, --random N)."
        )
    return design


@dataclass(frozen=True)
class _Cycle(Sequence[State]):
    """The values of an axis along a grid: each ``stride`` times, over and over."""

    values: Sequence[State]
    stride: int
    length: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: Any) -> Any:
        return self.values[range(self.length)[place] // self.stride % len(self.values)]


class _Rows(NamedTuple):
    """The values of the axes at the points of one scenario: columns of one length."""

    length: int
    columns: Mapping[str, Sequence[State]]


@dataclass(frozen=True)
class _Group:
    """The points of one scenario; ``fallback``: the specification where none is swept."""

    slug: str
    rows: _Rows
    fallback: Of

    def setting(self, place: int) -> Setting:
        """Return one point."""
        row = {name: column[place] for name, column in self.rows.columns.items()}
        variant, spec = (str(row.pop(name, "")) for name in NAMES)
        return Setting(self.slug, variant, spec or self.fallback or "", tuple(row.items()))  # type: ignore[arg-type]

    def names(self) -> tuple[str, ...]:
        """Return the names of what varies: variant and spec where there is one, and the parameters."""
        there = {name: any(self.rows.columns.get(name, ())) for name in NAMES} | (
            {"spec": True} if self.fallback else {}
        )
        return tuple(name for name in (*NAMES, *self.rows.columns) if there.pop(name, name not in NAMES))


@dataclass(frozen=True)
class Points(Sequence[Setting]):
    """The points of a sweep, one scenario after the other; a point is made when it is asked for."""

    groups: tuple[_Group, ...]

    def __len__(self) -> int:
        return sum(group.rows.length for group in self.groups)

    def __getitem__(self, place: Any) -> Any:
        left = range(len(self))[place]
        for group in self.groups:
            if left < group.rows.length:
                return group.setting(left)
            left -= group.rows.length
        raise IndexError(place)

    def __iter__(self) -> Iterator[Setting]:
        return (group.setting(place) for group in self.groups for place in range(group.rows.length))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs; the model is one where there are several."""
        several = ["model"] * (len(self.groups) > 1)
        varied = dict.fromkeys(name for group in self.groups for name in group.names())
        return (*several, *(n for n in NAMES if n in varied), *(n for n in varied if n not in NAMES))


def points_of(scenarios: Sequence[Scenario], axes: Sequence[Axis], of: Of, design: Design) -> Points:
    """Return the points for all scenarios, those of one scenario together; the last axis varies fastest.

    ``of``: the specification where none is swept; where it is ``None`` and the diagram of a scenario has no decision,
    its first specification.

    Raises:
        ScenarioError: a scenario does not have an axis, or a range is continuous and ``random`` is left out.
        TooLarge: more than a million points.
    """
    found: list[_Group] = []
    for scenario in scenarios:
        levels = {axis.name: values_of(axis, scenario) for axis in axes}
        size = {"grid": prod(map(len, levels.values())), "alone": sum(map(len, levels.values()))}
        total = sum(group.rows.length for group in found) + size.get(design.scheme, design.count)
        if total > MAX_POINTS:
            raise TooLarge(f"{total} points; {MAX_POINTS} are allowed. Take fewer values, or draw points at random.")
        first = "" if of is not None or scenario.cid.decisions else next(iter(scenario.specs), "")
        found.append(_Group(scenario.slug, _rows(scenario, axes, levels, design), first or of))
    return Points(tuple(found))


def _rows(scenario: Scenario, axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], design: Design) -> _Rows:
    if design.drawn:
        return _drawn(axes, levels, scenario, design)
    return _alone(axes, levels, scenario) if design.scheme == "alone" else _grid(axes, levels)


def _grid(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]]) -> _Rows:
    if missing := [axis.name for axis in axes if axis.drawn]:
        name = missing[0]
        raise ScenarioError(
            f"{name!r} is a range with infinitely many values. Give their number, "
            f"{name}=low:high:count, or draw points at random (random=N, --random N)."
        )
    sizes = [*map(len, levels.values())]
    strides = (prod(sizes[i:]) for i in range(1, len(sizes) + 1))
    columns = {n: _Cycle(levels[n], stride, prod(sizes)) for n, stride in zip(levels, strides, strict=True)}
    return _Rows(prod(sizes), columns)


def _alone(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], scenario: Scenario) -> _Rows:
    if strange := next((axis.name for axis in axes if axis.name in NAMES), None):
        raise ScenarioError(
            f"{strange!r} is not a parameter with a declared value, so it cannot be varied alone. "
            "Use another scheme, or choose by of."
        )
    declared = {name: _declared(scenario, name).value for name in levels}
    if without := next((name for name, value in declared.items() if value is None), None):
        raise ScenarioError(f"the parameter {without!r} has no declared value to start from. Declare one.")
    base: dict[str, State] = {name: value for name, value in declared.items() if value is not None}
    every = {axis.name: _range(axis, scenario) if axis.drawn else levels[axis.name] for axis in axes}
    moved = [base | {name: as_number(v)} for name, values in every.items() for v in values if v != base[name]]
    return _Rows(1 + len(moved), {name: [row[name] for row in (base, *moved)] for name in base})


# --- random designs -------------------------------------------------------------------------------------------------


def _drawn(axes: Sequence[Axis], levels: dict[str, tuple[State, ...]], scenario: Scenario, design: Design) -> _Rows:
    dice = Random(design.seed)  # noqa: S311 (a design, not a secret)
    columns = {axis.name: _column(axis, levels[axis.name], scenario, _shares(design, dice)) for axis in axes}
    return _Rows(design.count, columns)


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
        raise ScenarioError(
            f"the range of {axis.name!r} is {declared.range_text}; two exact ends are needed here. "
            f"Give them: {axis.name}=low:high."
        )
    return Fraction(low), Fraction(high)


def _declared(scenario: Scenario, name: str) -> Parameter:
    parameters = scenario.model.parameters if scenario.model is not None else {}
    return parameters[name]  # `values_of` has looked whether it is there
