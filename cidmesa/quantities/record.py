"""What records of a probability share: truth, number, text and plain data."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Number, State

__all__ = ["Measured", "answered"]


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
        return {"holds": bool(self)} | {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]


def answered(value: Number, setting: Sequence[tuple[str, State]]) -> str:
    """Return ``no``, or yes with the probability and a setting in which it is so.

    >>> answered(Fraction(1, 3), [("X", "weak")]), answered(0, [])
    ('yes, with probability 1/3, as when X = weak', 'no')
    """
    shown = ", ".join(f"{name} = {show(state)}" for name, state in setting)
    return f"yes, with probability {show(value)}, as when {shown or 'ever'}" if value > 0 else "no"


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
