"""`Quantity`: a number or truth about a model, with what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.modelling.numbers import Number, State, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.model import Model

__all__ = ["Context", "Quantity", "context"]

Context: TypeAlias = tuple[tuple[str, State], ...]  # (observation, state) for each observation of a decision


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A quantity of a model: ``bool`` of it says whether the incentive is there, ``float`` of it how strong it is.

    It compares with numbers by its ``value``, which is 1 or 0 where the question is only whether. ``witness``: contexts
    of the decision that show it. ``method``: how it was found.

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


def context(model: Model, decision: str, index: Sequence[int]) -> Context:
    """Return the setting of what the decision observes, given by positions in the domains of its parents."""
    parents = model.cid.parents(decision)
    return tuple((parent, model.domains[parent][i]) for parent, i in zip(parents, index, strict=True))
