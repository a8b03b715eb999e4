"""Tables: a mechanism evaluated for every setting of the parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cidmesa.errors import ModelError, NotApplicable, TooLarge, near_miss
from cidmesa.modelling.expression import Expression, ExpressionError, compared
from cidmesa.modelling.mechanism import ANY, Constant, Formula, Given, Mechanism, Rows
from cidmesa.modelling.numbers import (
    MAX_FLOAT,
    Array,
    Number,
    State,
    as_number,
    cells,
    meant,
    setting_text,
    show,
    to_float,
)
from cidmesa.modelling.polynomial import Polynomial

__all__ = [
    "Table",
    "checked_utility",
    "constant_utility",
    "in_floats",
    "node_settings",
    "outcomes",
    "settled",
    "tabulate",
    "tabulate_utility",
]

MAX_CELLS = 2**22
FEW = 16  # settings for which no expression takes too long
MAX_STEPS = 2**22  # of working out expressions, some seconds
_TOLERANCE = 1e-9  # for float probabilities that should sum to 1


@dataclass(frozen=True, eq=False)
class Table:
    """An array with one axis per variable: ``P(node | parents)``, the node's axis last, or a utility over parents."""

    variables: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    @property
    def exact(self) -> bool:
        """Whether the cells are Fractions."""
        return self.values.dtype.hasobject

    def as_float(self) -> Table:
        """Return the table with float64 cells; ModelError if no float holds one of them."""
        return Table(self.variables, to_float(self.values)) if self.exact else self

    def key(self) -> tuple[object, ...]:
        """Return a hashable value that is equal for equal tables, regardless of the order of the parents."""
        order = sorted(range(len(self.variables)), key=lambda axis: self.variables[axis])
        return tuple(self.variables[axis] for axis in order), tuple(self.values.transpose(order).ravel().tolist())


def node_settings(parents: Sequence[str], domains: Mapping[str, tuple[State, ...]]) -> Iterator[dict[str, State]]:
    """Yield every setting of ``parents``, the last parent varying fastest.

    Raises:
        TooLarge: more settings than a table may have cells.
    """
    size = prod(len(domains[parent]) for parent in parents)
    if size > MAX_CELLS:
        sizes = " * ".join(f"{len(domains[parent])} ({parent})" for parent in parents)
        raise TooLarge(f"a table over {sizes} = {size} settings. Use fewer parents or states.")
    return (dict(zip(parents, values, strict=True)) for values in product(*(domains[parent] for parent in parents)))


def settled(mechanism: Mechanism, domain: tuple[State, ...] | None) -> Mechanism:
    """Return the mechanism with text outcomes of rows read as expressions unless they are states of ``domain``.

    ``domain`` is ``()`` for a utility (all text is an expression) and ``None`` if the states are not known yet.
    """
    if not isinstance(mechanism, Rows) or domain is None:
        return mechanism
    rows = tuple((pattern, _settled_outcome(outcome, domain)) for pattern, outcome in mechanism.rows)
    same = all(new is old for (_, new), (_, old) in zip(rows, mechanism.rows, strict=True))
    return mechanism if same else Rows(mechanism.parents, rows)


def _settled_outcome(outcome: Mechanism, domain: tuple[State, ...]) -> Mechanism:
    if isinstance(outcome, Constant) and isinstance(outcome.value, str) and outcome.value not in domain:
        return Formula(Expression(outcome.value))
    return outcome


def outcomes(
    node: str,
    parents: tuple[str, ...],
    mechanism: Mechanism,
    domains: Mapping[str, tuple[State, ...]],
    parameters: Mapping[str, State],
    states: tuple[State, ...] = (),
) -> list[tuple[dict[str, State], Given]]:
    """Return the mechanism's outcome for every setting of the parents; errors name node, setting and near states."""
    try:
        mechanism.check((*parents, *parameters))
        _check_patterns(mechanism, domains)
        _check_compared(mechanism, domains)
    except ModelError as error:
        raise ModelError(f"node {node!r}: {error}{_near_state(error, states)}") from error
    settings, found = node_settings(parents, domains), []
    _check_steps(node, parents, mechanism, domains)
    for setting in settings:
        try:
            found.append((setting, mechanism(setting | dict(parameters))))
        except ModelError as error:
            raise ModelError(f"{_where(node, setting)}: {error}") from error
    return found


def _check_steps(
    node: str, parents: tuple[str, ...], mechanism: Mechanism, domains: Mapping[str, tuple[State, ...]]
) -> None:
    """Raise TooLarge if evaluating the expressions of a mechanism would take too long."""
    settings = prod(len(domains[parent]) for parent in parents)
    if settings <= FEW:
        return
    steps = settings * max((expression.steps for expression in mechanism.expressions), default=0)
    if steps > MAX_STEPS:
        raise TooLarge(
            f"node {node!r}: its expression has {settings} settings of the parents and takes {steps:,} steps, more "
            f"than {MAX_STEPS:,}. Use fewer parents or states, smaller powers, or split it into several nodes.",
            node=node,
        )


def _near_state(error: ModelError, states: tuple[State, ...]) -> str:
    """Return the state that an outcome may have meant, if it was read as an expression of one word."""
    text = error.args[0] if isinstance(error, ExpressionError) else ""
    near = near_miss(text, [str(state) for state in states]) if text.isidentifier() else ""
    return near.replace("mean ", "mean the state ")


def _check_patterns(mechanism: Mechanism, domains: Mapping[str, tuple[State, ...]]) -> None:
    if not isinstance(mechanism, Rows):
        return
    for pattern, _ in mechanism.rows:
        for parent, cell in zip(mechanism.parents, pattern, strict=True):
            for value in cell if isinstance(cell, tuple) else (cell,):
                if value != ANY and meant(value, domains[parent]) is None:
                    raise ModelError(f"a row has {show(value)!r} for {parent}.{_states_hint(value, domains[parent])}")


def _check_compared(mechanism: Mechanism, domains: Mapping[str, tuple[State, ...]]) -> None:
    """Raise ModelError if an expression compares a parent with a state that the parent lacks."""
    for expression in mechanism.expressions:
        for parent, state, column in compared(expression):
            if parent in domains and meant(state, domains[parent]) is None:
                what = f"{state!r} is not a state of {parent!r}.{_states_hint(state, domains[parent])}"
                raise ExpressionError(expression.text, column, what)


def tabulate(
    node: str,
    parents: tuple[str, ...],
    domain: tuple[State, ...],
    given: Sequence[tuple[dict[str, State], Given]],
    domains: Mapping[str, tuple[State, ...]],
) -> Table:
    """Return ``P(node | parents)`` from the outcomes of the mechanism.

    Raises:
        ModelError: a value is not a state, a probability is negative, or a sum is not 1.
    """
    values = [cell for setting, outcome in given for cell in _row(node, domain, setting, outcome)]
    shape = (*(len(domains[parent]) for parent in parents), len(domain))
    return _table(node, (*parents, node), values, shape)


def _row(node: str, domain: tuple[State, ...], setting: Mapping[str, State], outcome: Given) -> list[Number]:
    chances = _named(outcome if isinstance(outcome, dict) else _surely(node, outcome), domain)
    for state in chances:
        if state not in domain:
            raise ModelError(f"{_where(node, setting)} takes the value {show(state)!r}.{_states_hint(state, domain)}")
    row = [chances.get(state, 0) for state in domain]
    if any((not isinstance(chance, Polynomial) or chance.ordered) and chance < 0 for chance in row):
        raise ModelError(f"{_where(node, setting)}: a probability is negative: {_sum_text(domain, row)}.")
    total = sum(row)
    if abs(total - 1) > _TOLERANCE if any(isinstance(chance, float) for chance in row) else total != 1:
        raise ModelError(
            f"{_where(node, setting)}: the probabilities sum to {show(total)}, not 1: "
            f"{_sum_text(domain, row)}. Change them or add the missing state."
        )
    return row


def _named(outcome: dict[State, Any], domain: tuple[State, ...]) -> dict[State, Any]:
    """Return a distribution by the states that are meant."""
    if all(state in domain for state in outcome):
        return outcome
    named = ((state, meant(state, domain), chance) for state, chance in outcome.items())
    return {given if state is None else state: chance for given, state, chance in named}


def _surely(node: str, state: Any) -> dict[State, Number]:
    """Return the distribution with probability 1 on a state; a number with a free parameter is not a state."""
    try:
        return {state: 1}
    except NotApplicable as error:
        raise type(error)(
            f"the states of {node!r} would depend on a free parameter: {state}. No exact condition is found this way. "
            f"Let the states of {node!r} be labels, and say in the utility what each of them is worth."
        ) from error


def tabulate_utility(
    node: str,
    parents: tuple[str, ...],
    given: Sequence[tuple[dict[str, State], Given]],
    domains: Mapping[str, tuple[State, ...]],
) -> Table:
    """Return the utility for every setting of the parents.

    Raises:
        ModelError: a value is not a number.
    """
    for setting, outcome in given:
        if isinstance(outcome, str | dict):
            shown = "a distribution" if isinstance(outcome, dict) else repr(outcome)
            raise ModelError(f"utility {node!r}{setting_text(setting, ' at ')} is {shown}; a number is needed.")
    values = [as_number(outcome) for _, outcome in given]
    table = _table(node, parents, values, tuple(len(domains[parent]) for parent in parents))
    _check_range(node, table)
    return table


def constant_utility(
    node: str, parents: tuple[str, ...], mechanism: Constant, domains: Mapping[str, tuple[State, ...]]
) -> Table:
    """Return the table of a utility that is the same in every setting of the parents."""
    node_settings(parents, domains)  # refuses too many
    value = tabulate_utility(node, (), outcomes(node, (), mechanism, domains, {}), domains).values
    return Table(parents, np.full([len(domains[parent]) for parent in parents], value.item(), dtype=value.dtype))


def in_floats(node: str, table: Table) -> Table:
    """Return the table of a node with float64 cells.

    Raises:
        ModelError: no float can hold one of them; the message names the node.
    """
    try:
        found = table.as_float()
    except ModelError as error:
        raise ModelError(f"node {node!r}: {error}", node=node) from None
    if node not in table.variables:
        _check_range(node, found)
    return found


def _table(node: str, variables: tuple[str, ...], values: list[Number], shape: tuple[int, ...]) -> Table:
    try:
        return Table(variables, cells(values, shape))
    except ModelError as error:
        raise ModelError(f"node {node!r}: {error}", node=node) from None


def checked_utility(node: str, table: Table) -> Table:
    """Return the table of a utility, whose numbers are not too large for sums of floats."""
    _check_range(node, table)
    return table


def _check_range(node: str, table: Table) -> None:
    """Raise ModelError if a utility in floats is so large that sums might overflow."""
    if not table.exact and np.abs(table.values).max(initial=0.0) > MAX_FLOAT:
        raise ModelError(
            f"utility {node!r} has a number beyond {MAX_FLOAT:g}; sums of such floats overflow. "
            "Scale utilities down, or make all numbers exact.",
            node=node,
        )


def _where(node: str, setting: Mapping[str, State]) -> str:
    return f"node {node!r}{setting_text(setting, ' at ')}"


def _states_hint(value: object, domain: Sequence[State]) -> str:
    shown = [show(state) for state in domain]
    return f"{near_miss(show(value), shown)} The states are: {', '.join(shown)}."


def _sum_text(domain: Sequence[State], row: Sequence[Number]) -> str:
    return ", ".join(f"{show(state)}: {show(chance)}" for state, chance in zip(domain, row, strict=True))
