"""Records of what was found: a number or truth about a model, with what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.display import Displays, Tells
from cidmesa.modelling.numbers import Number, State, setting_text, show
from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Context", "Measured", "Quantity", "answered", "context"]

Context: TypeAlias = tuple[tuple[str, State], ...]  # (observation, state) for each observation of a decision


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity(Displays):
    """A quantity of a model: ``bool(q)`` says whether the incentive is present, ``float(q)`` how strong it is.

    It compares with numbers by its ``value``, which is 1 or 0 for a yes-or-no question. ``witness``: contexts of the
    decision that show it. ``method``: how it was found.

    Source: ours.

    >>> quantity = Quantity("voi", 0.5, True, (), "1 with S -> D, 0.5 without", "solved twice")
    >>> bool(quantity), quantity == 0.5, quantity > 0, float(quantity)
    (True, True, True, 0.5)
    """

    concept: str
    value: Number
    holds: bool
    witness: tuple[Context, ...]
    reason: str
    method: str

    def __bool__(self) -> bool:
        return self.holds

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Quantity):
            return self._fields == other._fields
        return bool(self.value == other)

    def __lt__(self, other: Quantity | Number) -> bool:
        return bool(self.value < (other.value if isinstance(other, Quantity) else other))

    def __hash__(self) -> int:
        return hash(self.value)

    @property
    def _fields(self) -> tuple[object, ...]:
        return (self.concept, self.value, self.holds, self.witness, self.reason, self.method)

    def __str__(self) -> str:
        return f"{self.concept} = {show(self.value)} ({self.reason})"


def context(model: Model, nodes: Sequence[str], index: Sequence[int]) -> Context:
    """Return the setting of ``nodes`` that is given by positions in their domains."""
    return tuple((node, model.domains[node][i]) for node, i in zip(nodes, index, strict=True))


class Measured(Tells):
    """A record with a field ``value``, a probability; ``bool`` of it says whether it is positive.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Rain(Measured):
    ...     value: Fraction
    ...     when: tuple
    >>> rain = Rain(Fraction(1, 3), (("Season", "winter"),))
    >>> bool(rain), float(Rain(Fraction(1, 2), ())), rain.to_json()
    (True, 0.5, {'holds': True, 'value': '1/3', 'when': {'Season': 'winter'}})
    """

    value: Number

    def __bool__(self) -> bool:
        return self.value > 0

    def __float__(self) -> float:
        return float(self.value)

    def to_json(self) -> dict[str, Any]:
        """Return whether it holds, and the fields as plain data; numbers as text, settings as mappings."""
        return {"holds": bool(self)} | {name: _plain(value) for name, value in vars(self).items()}


def answered(value: Number, setting: Sequence[tuple[str, State]]) -> str:
    """Return ``no``, or yes with the probability and a setting in which it is so.

    >>> answered(Fraction(1, 3), [("X", "weak")]), answered(0, [])
    ('yes, with probability 1/3, as when X = weak', 'no')
    """
    return f"yes, with probability {show(value)}, as when {setting_text(setting) or 'ever'}" if value > 0 else "no"


def _plain(given: Any) -> Any:
    if isinstance(given, Policy):
        return given.to_json()
    if isinstance(given, int | float | Fraction) and not isinstance(given, bool):
        return show(given)
    if isinstance(given, tuple) and given and all(_is_pair(item) for item in given):
        return {name: _plain(state) for name, state in given}
    return [_plain(item) for item in given] if isinstance(given, tuple | list) else given


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)
