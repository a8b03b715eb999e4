"""What a user may write for a mechanism: text, a function, a mapping, rows, a value; and the common distributions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast, overload

from cidmesa.errors import ModelError, near_miss
from cidmesa.modelling.arrays import dense, is_array
from cidmesa.modelling.expression import Expression, number_or_expression
from cidmesa.modelling.mechanism import Constant, Distribution, Formula, Function, Lookup, Mechanism, Rows, Same
from cidmesa.modelling.numbers import State, as_name, as_state

__all__ = ["as_mechanism", "bernoulli", "check_arguments", "pattern_of", "table", "uniform"]


def uniform(states: Sequence[object]) -> Distribution:
    """Return the distribution that gives each of ``states`` the same probability.

    Args:
        states: the states, in order.

    >>> str(uniform([-1, 1]))
    '-1: 1/2, 1: 1/2'

    """
    given: object = states
    if not isinstance(given, Collection) or not given:
        raise ModelError(f"uniform takes a list of states, such as [0, 1] or range(3), not {states!r}.")
    return Distribution(tuple((as_name(state), Fraction(1, len(states))) for state in states))


def bernoulli(p: object) -> Distribution:
    """Return the distribution with P(1) = ``p`` and P(0) = 1 - ``p``, where ``p`` is a number or an expression.

    Args:
        p: the probability of 1: a number, or an expression over parents and parameters.

    >>> str(bernoulli("1/3")), str(bernoulli("mu"))
    ('0: 2/3, 1: 1/3', '0: 1 - (mu), 1: mu')

    """
    chance = number_or_expression(p)
    rest = Expression(f"1 - ({chance})") if isinstance(chance, Expression) else 1 - chance
    return Distribution(((0, rest), (1, chance)))


@overload
def table(rows: Sequence[Sequence[object]], parents: Sequence[str]) -> Rows: ...


@overload
def table(rows: Any, parents: Sequence[str] | None = None) -> Any: ...


def table(rows: Any, parents: Sequence[str] | None = None) -> Any:
    """Return the mechanism of rows ``[value of parent 1, ..., outcome]`` or of an array.

    The first row that matches holds. A pattern cell is a value, a list of values, or ``"*"`` for any. An outcome is a
    state or number, a mapping state -> probability, or ``{"same": parent}``; probabilities may be expressions over
    parents and parameters.

    An array has an axis for each parent, in order, and for a chance node a last axis for its states. A table of xarray,
    pandas (a row for each setting of the parents, named in the index, and a column for each state) or pgmpy names its
    axes, and is matched by names and states. Integers and Fractions are exact.

    Args:
        rows: the rows, most specific first; or an array or table.
        parents: the nodes for the cells of a row or the axes of an array, in order; if left out, the node's parents as
            declared.

    Raises:
        ModelError: a row has the wrong length, or an array the wrong number of axes.

    >>> update = table([["mesa", 0, {"base": "mu", "mesa": "1 - mu"}], ["*", "*", {"same": "Theta"}]], ["Theta", "R"])
    >>> update({"Theta": "mesa", "R": 1, "mu": 1})
    'mesa'
    >>> import cidmesa as cm, numpy as np
    >>> g = cm.cid("S -> X; X -> U", utilities=["U"])
    >>> m = cm.model(g, S=np.array([0.25, 0.75]), X=cm.table(np.eye(2), ["S"]), U=np.array([0, 4]))
    >>> cm.expected_utility(m)
    3.0

    """
    if is_array(rows):
        found = dense(rows)
        if parents is None:
            return found
        own = found.array.ndim - len(parents)
        return dense(found, (*parents, *[""] * min(own, 1)))
    if parents is None:
        raise ModelError("table needs the parents that the cells of its rows stand for: table(rows, parents).")
    names = tuple(parents)
    return Rows(names, tuple(_row(number, row, names) for number, row in enumerate(rows, 1)))


def _row(number: int, row: Sequence[object], parents: tuple[str, ...]) -> tuple[Any, Mechanism]:
    if isinstance(row, str) or len(row) != len(parents) + 1:
        raise ModelError(
            f"row {number} needs {len(parents)} values for {', '.join(parents)} and an outcome, not {row!r}."
        )
    *pattern, outcome = row
    return tuple(pattern_of(cell) for cell in pattern), _outcome(outcome)


def pattern_of(cell: object) -> State | tuple[State, ...]:
    """Return a cell of a user's pattern: a value or a list of values.

    >>> pattern_of([True, "a"]), pattern_of("*")
    ((1, 'a'), '*')
    """
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
            return Distribution(tuple((as_name(state), number_or_expression(p)) for state, p in given.items()))
    return Constant(as_state(given))


def as_mechanism(given: object, parents: tuple[str, ...]) -> Mechanism:
    """Return the mechanism meant by what a user gave: text is an expression, a callable takes the parents by name.

    Raises:
        ModelError: the arguments of a callable are not the parents.

    >>> as_mechanism("S * D", ("S", "D"))({"S": 2, "D": 3})
    6

    """
    if isinstance(given, str):
        return Formula(Expression(given))
    if is_array(given):
        return cast("Mechanism", dense(given))  # until it is tabulated
    if callable(given) and not isinstance(given, Distribution | Same | Constant | Formula | Rows | Lookup):
        check_arguments(given, parents)
        return Function(parents, given)
    return _outcome(given)


def check_arguments(function: Callable[..., Any], parents: tuple[str, ...]) -> None:
    """Raise ModelError if the arguments of a function are not the parents.

    >>> check_arguments(lambda S, D: S * D, ("S", "D"))
    """
    arguments = inspect.signature(function).parameters.values()
    if any(argument.kind is argument.VAR_KEYWORD for argument in arguments):
        return
    names = [argument.name for argument in arguments]
    needed = [argument.name for argument in arguments if argument.default is argument.empty]
    for parent in parents:
        if parent not in names:
            raise ModelError(
                f"the function does not take the parent {parent!r}. Its arguments must be the parents: "
                f"{', '.join(parents)}.{near_miss(parent, names)}"
            )
    for name in needed:
        if name not in parents:
            raise ModelError(
                f"the function's argument {name!r} is not a parent.{near_miss(name, parents)} "
                f"Its arguments must be the parents: {', '.join(parents) or 'none'}."
            )
