"""Mechanisms: how a node's value or distribution follows from its parents, as values that can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

from cidmesa.display import named
from cidmesa.errors import ModelError, near_miss
from cidmesa.frozen import frozen
from cidmesa.modelling.arrays import Dense
from cidmesa.modelling.expression import Expression, number_or_expression
from cidmesa.modelling.numbers import Array, Number, State, as_name, as_number, as_state, setting_text, show

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
    "Tabulated",
    "matches",
]

ANY = "*"  # in a row's pattern: whatever the parent's value
Setting: TypeAlias = Mapping[str, State]  # values of the parents and of the parameters
Names: TypeAlias = tuple[str, ...]
Given: TypeAlias = State | Mapping[State, Number]  # what a mechanism yields: one certain value, or a distribution

_MEANT = "a parent of this node or a parameter"
_REMEDY = "Declare it under parameters if it is a number, link it if it is a node, quote it if it is a state."


class _Reading:
    """What mechanisms share: the names and expressions that they read, checked, and a repr."""

    @property
    def names(self) -> Names:
        """The parents and parameters that the mechanism uses, in order of first use."""
        return tuple(dict.fromkeys(name for expression in self.expressions for name in expression.names))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions of the mechanism, in order."""
        return ()

    def check(self, known: Names) -> None:
        """Raise ModelError if it uses a name that is not ``known``."""
        for expression in self.expressions:
            expression.check_names(known, _MEANT, _REMEDY)

    def __repr__(self) -> str:
        return named(self, str(self))


@dataclass(frozen=True, repr=False)
class Distribution(_Reading):
    """Each state with its probability, a number or an expression over parents and parameters."""

    outcomes: tuple[tuple[State, Number | Expression], ...]

    def __call__(self, setting: Setting) -> Given:
        """Return state -> probability."""
        return {state: _evaluate(probability, setting) for state, probability in self.outcomes}

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The probabilities that are expressions."""
        return tuple(p for _, p in self.outcomes if isinstance(p, Expression))

    def __str__(self) -> str:
        return ", ".join(f"{show(state)}: {show(probability)}" for state, probability in self.outcomes)


@dataclass(frozen=True, repr=False)
class Same(_Reading):
    """The value of a parent, unchanged."""

    parent: str

    def __call__(self, setting: Setting) -> Given:
        """Return the parent's value."""
        return setting[self.parent]

    @property
    def names(self) -> Names:
        """The parent."""
        return (self.parent,)

    def check(self, known: Names) -> None:
        """Raise ModelError if the parent is not ``known``."""
        if self.parent not in known:
            raise ModelError(f"'same' names {self.parent!r}, which is not a parent.{near_miss(self.parent, known)}")

    def __str__(self) -> str:
        return f"same as {self.parent}"


@dataclass(frozen=True, repr=False)
class Constant(_Reading):
    """One value for all settings of the parents."""

    value: State

    def __call__(self, setting: Setting) -> Given:  # noqa: ARG002 (one call protocol for all mechanisms)
        """Return the value."""
        return self.value

    def __str__(self) -> str:
        return show(self.value)


@dataclass(frozen=True, repr=False)
class Formula(_Reading):
    """The value of an expression over parents and parameters."""

    expression: Expression

    def __call__(self, setting: Setting) -> Given:
        """Return the expression's value."""
        return self.expression(setting)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expression."""
        return (self.expression,)

    def __str__(self) -> str:
        return str(self.expression)


@dataclass(frozen=True, repr=False)
class Rows(_Reading):
    """A list of patterns over the parents with an outcome each; the first row that matches holds."""

    parents: tuple[str, ...]
    rows: tuple[tuple[tuple[State | tuple[State, ...], ...], Mechanism], ...]

    def __call__(self, setting: Setting) -> Given:
        """Return the outcome of the first row whose pattern matches."""
        values = [setting[parent] for parent in self.parents]
        for pattern, outcome in self.rows:
            if all(matches(cell, value) for cell, value in zip(pattern, values, strict=True)):
                return outcome(setting)
        shown = setting_text(zip(self.parents, values, strict=True))
        raise ModelError(f"no row covers {shown}. Add one, or close with a row of '*'.")

    @property
    def names(self) -> Names:
        """The parents, and what outcomes use besides."""
        return tuple(dict.fromkeys([*self.parents, *(name for _, outcome in self.rows for name in outcome.names)]))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions of the outcomes."""
        return tuple(found for _, outcome in self.rows for found in outcome.expressions)

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
class Lookup(_Reading):
    """What a Python function returned for each setting of the parents (functions are tabulated and dropped)."""

    parents: tuple[str, ...]
    values: tuple[tuple[tuple[State, ...], Given], ...]

    def __post_init__(self) -> None:
        if any(isinstance(value, dict) for _, value in self.values):
            object.__setattr__(self, "values", tuple((key, frozen(value)) for key, value in self.values))

    def __call__(self, setting: Setting) -> Given:
        """Return the entry for the parents' values."""
        wanted = tuple(setting[parent] for parent in self.parents)
        if wanted not in self._by_key:
            raise ModelError(f"nothing is known for {setting_text(zip(self.parents, wanted, strict=True))}.")
        return self._by_key[wanted]

    @cached_property
    def _by_key(self) -> dict[tuple[State, ...], Given]:
        return dict(self.values)

    @property
    def names(self) -> Names:
        """The parents."""
        return self.parents

    def __str__(self) -> str:
        return "; ".join(_show_row(map(show, key), _show_given(value)) for key, value in self.values)


class Tabulated(Lookup):
    """The entries of an array for each setting of the parents; the rows are built when they are read."""

    array: Array
    axes: tuple[tuple[State, ...], ...]

    def __init__(self, array: Array, parents: tuple[str, ...], axes: tuple[tuple[State, ...], ...]) -> None:
        for name, value in (("parents", parents), ("array", array), ("axes", axes)):
            object.__setattr__(self, name, value)

    @cached_property
    def values(self) -> tuple[tuple[tuple[State, ...], Given], ...]:
        """Each setting of the parents with its entry."""
        *_, states = (*self.axes, ())[: len(self.parents) + 1]
        said: list[Any] = self.array.ravel().tolist()
        if states:
            said = [frozen(dict(zip(states, row, strict=True))) for row in self.array.reshape(-1, len(states)).tolist()]
        return tuple(zip(product(*self.axes[: len(self.parents)]), said, strict=True))

    @property
    def dense(self) -> Dense:
        """The array with its names and states."""
        return Dense(self.array, (*self.parents, "")[: self.array.ndim], self.axes)


@dataclass(frozen=True)
class Function(_Reading):
    """A Python function of the parents, not yet tabulated."""

    parents: tuple[str, ...]
    function: Callable[..., Any]

    def __call__(self, setting: Setting) -> Given:
        """Return the function's value; a mapping is a distribution."""
        try:
            result = self.function(**{parent: setting[parent] for parent in self.parents})
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"the function raised {type(error).__name__}: {error}.") from error
        if not isinstance(result, Mapping):
            return as_state(result)
        return {as_name(state): _probability(p) for state, p in result.items()}

    @property
    def names(self) -> Names:
        """The parents."""
        return self.parents


Mechanism: TypeAlias = Distribution | Same | Constant | Formula | Rows | Lookup | Function


def _probability(given: object) -> Number:
    value = number_or_expression(given)
    if isinstance(value, Expression):
        raise ModelError(f"the probability {str(value)!r} uses {', '.join(value.names)}; a function returns numbers.")
    return value


def _evaluate(given: Number | Expression, setting: Setting) -> Number:
    return as_number(given(setting)) if isinstance(given, Expression) else given


def matches(cell: State | tuple[State, ...], value: State) -> bool:
    """Return whether a cell of a pattern matches a value.

    >>> matches((0, 1), 1), matches(ANY, 5), matches("a", "b")
    (True, True, False)
    """
    if isinstance(value, bool) and str(value) in (cell if isinstance(cell, tuple) else (cell,)):
        return True
    return value in cell if isinstance(cell, tuple) else cell in (ANY, value)


def _show_cell(cell: State | tuple[State, ...]) -> str:
    return "|".join(map(show, cell)) if isinstance(cell, tuple) else show(cell)


def _show_row(cells: Iterable[str], outcome: str) -> str:
    where = ", ".join(cells)
    return f"{where}: {outcome}" if where else outcome


def _show_given(value: Given) -> str:
    return str(Distribution(tuple(value.items()))) if isinstance(value, Mapping) else show(value)
