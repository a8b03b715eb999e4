"""Mechanisms: how a node's value or distribution follows from its parents, as values that can be shown."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from cidmesa.display import named
from cidmesa.errors import ModelError, near_miss
from cidmesa.frozen import frozen
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import Number, State, as_number, as_state, show

__all__ = [
    "ANY",
    "Constant",
    "Distribution",
    "Formula",
    "Function",
    "Given",
    "Lookup",
    "Mechanism",
    "Rows",
    "Same",
    "Setting",
    "as_mechanism",
    "bernoulli",
    "table",
    "uniform",
]

ANY = "*"  # in a row's pattern: whatever the parent's value
Setting: TypeAlias = Mapping[str, State]  # values of the parents and of the parameters
Names: TypeAlias = tuple[str, ...]
Given: TypeAlias = State | Mapping[State, Number]  # what a mechanism yields: one certain value, or a distribution

_MEANT = "a parent of this node or a parameter"
_REMEDY = "Declare it under parameters if it is a number, link it if it is a node, quote it if it is a state."


class _Shown:
    """A mechanism's repr: its class and itself as text."""

    def __repr__(self) -> str:
        return named(self, str(self))


@dataclass(frozen=True, repr=False)
class Distribution(_Shown):
    """Each state with its probability, a number or an expression over parents and parameters."""

    outcomes: tuple[tuple[State, Number | Expression], ...]

    def __call__(self, setting: Setting) -> Given:
        """Return state -> probability."""
        return {state: _evaluate(probability, setting) for state, probability in self.outcomes}

    def check(self, known: Names) -> None:
        """Raise ModelError if an expression uses a name that is not ``known``."""
        for _, probability in self.outcomes:
            if isinstance(probability, Expression):
                probability.check_names(known, _MEANT, _REMEDY)

    def __str__(self) -> str:
        return ", ".join(f"{show(state)}: {show(probability)}" for state, probability in self.outcomes)


@dataclass(frozen=True, repr=False)
class Same(_Shown):
    """The value of a parent, unchanged."""

    parent: str

    def __call__(self, setting: Setting) -> Given:
        """Return the parent's value."""
        return setting[self.parent]

    def check(self, known: Names) -> None:
        """Raise ModelError if the parent is not ``known``."""
        if self.parent not in known:
            raise ModelError(f"'same' names {self.parent!r}, which is not a parent.{near_miss(self.parent, known)}")

    def __str__(self) -> str:
        return f"same as {self.parent}"


@dataclass(frozen=True, repr=False)
class Constant(_Shown):
    """One value, whatever the parents."""

    value: State

    def __call__(self, setting: Setting) -> Given:  # noqa: ARG002 (one call protocol for all mechanisms)
        """Return the value."""
        return self.value

    def check(self, known: Names) -> None:
        """Do nothing: there is no name in it."""

    def __str__(self) -> str:
        return show(self.value)


@dataclass(frozen=True, repr=False)
class Formula(_Shown):
    """The value of an expression over parents and parameters."""

    expression: Expression

    def __call__(self, setting: Setting) -> Given:
        """Return the expression's value."""
        return self.expression(setting)

    def check(self, known: Names) -> None:
        """Raise ModelError if the expression uses a name that is not ``known``."""
        self.expression.check_names(known, _MEANT, _REMEDY)

    def __str__(self) -> str:
        return str(self.expression)


@dataclass(frozen=True, repr=False)
class Rows(_Shown):
    """A list of patterns over the parents with an outcome each; the first row that matches holds."""

    parents: tuple[str, ...]
    rows: tuple[tuple[tuple[State | tuple[State, ...], ...], Mechanism], ...]

    def __call__(self, setting: Setting) -> Given:
        """Return the outcome of the first row whose pattern matches."""
        values = [setting[parent] for parent in self.parents]
        for pattern, outcome in self.rows:
            if all(_matches(cell, value) for cell, value in zip(pattern, values, strict=True)):
                return outcome(setting)
        raise ModelError(f"no row covers {_setting_text(self.parents, values)}. Add one, or close with a row of '*'.")

    def check(self, known: Names) -> None:
        """Raise ModelError if a parent or a name in a row is not ``known``."""
        for parent in self.parents:
            if parent not in known:
                raise ModelError(f"the rows are over {parent!r}, which is not a parent.{near_miss(parent, known)}")
        for _, outcome in self.rows:
            outcome.check(known)

    def __str__(self) -> str:
        return "; ".join(_show_row(map(_show_cell, pattern), str(outcome)) for pattern, outcome in self.rows)


@dataclass(frozen=True, repr=False)
class Lookup(_Shown):
    """What a Python function returned for each setting of the parents (functions are tabulated and dropped)."""

    parents: tuple[str, ...]
    values: tuple[tuple[tuple[State, ...], Given], ...]

    def __post_init__(self) -> None:
        if any(isinstance(value, dict) for _, value in self.values):
            object.__setattr__(self, "values", tuple((key, frozen(value)) for key, value in self.values))

    def __call__(self, setting: Setting) -> Given:
        """Return what stands there for the parents' values."""
        wanted = tuple(setting[parent] for parent in self.parents)
        if wanted not in self._by_key:
            raise ModelError(f"nothing is known for {_setting_text(self.parents, wanted)}.")
        return self._by_key[wanted]

    @cached_property
    def _by_key(self) -> dict[tuple[State, ...], Given]:
        return dict(self.values)

    def check(self, known: Names) -> None:
        """Do nothing: there is no name in it."""

    def __str__(self) -> str:
        return "; ".join(_show_row(map(show, key), _show_given(value)) for key, value in self.values)


@dataclass(frozen=True)
class Function:
    """A Python function of the parents, on its way to being tabulated."""

    parents: tuple[str, ...]
    function: Callable[..., Any]

    def __call__(self, setting: Setting) -> Given:
        """Return what the function says, a distribution if it returns a mapping."""
        try:
            result = self.function(**{parent: setting[parent] for parent in self.parents})
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"the function raised {type(error).__name__}: {error}.") from error
        if not isinstance(result, Mapping):
            return as_state(result)
        return {as_state(state): _probability(p) for state, p in result.items()}

    def check(self, known: Names) -> None:
        """Do nothing: there is no name in it."""


Mechanism: TypeAlias = Distribution | Same | Constant | Formula | Rows | Lookup | Function


def uniform(states: Sequence[object]) -> Distribution:
    """Return the distribution that gives each of ``states`` the same probability.

    >>> str(uniform([-1, 1]))
    '-1: 1/2, 1: 1/2'
    """
    given: object = states
    if not isinstance(given, Collection) or not given:
        raise ModelError(f"uniform takes a list of states, such as [0, 1] or range(3), not {states!r}.")
    return Distribution(tuple((as_state(state), Fraction(1, len(states))) for state in states))


def bernoulli(p: object) -> Distribution:
    """Return the distribution with P(1) = ``p`` and P(0) = 1 - ``p``; ``p`` is a number or an expression.

    >>> str(bernoulli("1/3")), str(bernoulli("mu"))
    ('0: 2/3, 1: 1/3', '0: 1 - (mu), 1: mu')
    """
    chance = _number_or_expression(p)
    rest = Expression(f"1 - ({chance})") if isinstance(chance, Expression) else 1 - chance
    return Distribution(((0, rest), (1, chance)))


def table(rows: Sequence[Sequence[object]], parents: Sequence[str]) -> Rows:
    """Return the mechanism given by rows ``[value of parent 1, ..., outcome]``; the first row that matches holds.

    A pattern cell is a value, a list of values, or ``"*"`` for any. An outcome is a state or number, a mapping
    state -> probability, or ``{"same": parent}``; probabilities may be expressions over parents and parameters.

    Raises:
        ModelError: a row of the wrong length.

    >>> update = table([["mesa", 0, {"base": "mu", "mesa": "1 - mu"}], ["*", "*", {"same": "Theta"}]], ["Theta", "R"])
    >>> update({"Theta": "mesa", "R": 1, "mu": 1})
    'mesa'

    """
    names = tuple(parents)
    return Rows(names, tuple(_row(number, row, names) for number, row in enumerate(rows, 1)))


def _row(number: int, row: Sequence[object], parents: tuple[str, ...]) -> tuple[Any, Mechanism]:
    if isinstance(row, str) or len(row) != len(parents) + 1:
        raise ModelError(f"row {number} needs {len(parents)} values for {', '.join(parents)} and an outcome, "
                         f"not {row!r}.")  # fmt: skip
    *pattern, outcome = row
    return tuple(_pattern_cell(cell) for cell in pattern), _outcome(outcome)


def _pattern_cell(cell: object) -> State | tuple[State, ...]:
    return tuple(map(as_state, cell)) if isinstance(cell, list | tuple) else as_state(cell)


def _outcome(given: object) -> Mechanism:
    match given:
        case Distribution() | Same() | Constant() | Formula() | Rows() | Lookup():
            return given
        case Expression():
            return Formula(given)
        case Mapping() if list(given) == ["same"]:
            return Same(str(given["same"]))
        case Mapping():
            return Distribution(tuple((as_state(state), _number_or_expression(p)) for state, p in given.items()))
    return Constant(as_state(given))


def as_mechanism(given: object, parents: tuple[str, ...]) -> Mechanism:
    """Return the mechanism meant by what a user gave: text is an expression, a callable takes the parents by name.

    Raises:
        ModelError: a callable whose arguments are not the parents.

    >>> as_mechanism("S * D", ("S", "D"))({"S": 2, "D": 3})
    6

    """
    if isinstance(given, str):
        return Formula(Expression(given))
    if callable(given) and not isinstance(given, Distribution | Same | Constant | Formula | Rows | Lookup):
        _check_arguments(given, parents)
        return Function(parents, given)
    return _outcome(given)


def _check_arguments(function: Callable[..., Any], parents: tuple[str, ...]) -> None:
    arguments = inspect.signature(function).parameters.values()
    if any(argument.kind is argument.VAR_KEYWORD for argument in arguments):
        return
    names = [argument.name for argument in arguments]
    needed = [argument.name for argument in arguments if argument.default is argument.empty]
    for parent in parents:
        if parent not in names:
            raise ModelError(f"the function does not take the parent {parent!r}. Its arguments must be the parents: "
                             f"{', '.join(parents)}.{near_miss(parent, names)}")  # fmt: skip
    for name in needed:
        if name not in parents:
            raise ModelError(f"the function's argument {name!r} is not a parent.{near_miss(name, parents)} "
                             f"Its arguments must be the parents: {', '.join(parents) or 'none'}.")  # fmt: skip


def _number_or_expression(given: object) -> Number | Expression:
    if isinstance(given, Expression):
        return given
    if not isinstance(given, str):
        return as_number(given)
    expression = Expression(given)
    return expression if expression.names else as_number(expression({}))


def _probability(given: object) -> Number:
    value = _number_or_expression(given)
    if isinstance(value, Expression):
        raise ModelError(f"the probability {str(value)!r} uses {', '.join(value.names)}; a function returns numbers.")
    return value


def _evaluate(given: Number | Expression, setting: Setting) -> Number:
    return as_number(given(setting)) if isinstance(given, Expression) else given


def _matches(cell: State | tuple[State, ...], value: State) -> bool:
    return value in cell if isinstance(cell, tuple) else cell in (ANY, value)


def _setting_text(parents: Sequence[str], values: Sequence[State]) -> str:
    return ", ".join(f"{parent} = {show(value)}" for parent, value in zip(parents, values, strict=True))


def _show_cell(cell: State | tuple[State, ...]) -> str:
    return "|".join(map(show, cell)) if isinstance(cell, tuple) else show(cell)


def _show_row(cells: Iterable[str], outcome: str) -> str:
    where = ", ".join(cells)
    return f"{where}: {outcome}" if where else outcome


def _show_given(value: Given) -> str:
    return str(Distribution(tuple(value.items()))) if isinstance(value, Mapping) else show(value)
