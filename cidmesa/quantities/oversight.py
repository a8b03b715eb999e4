"""What a human who may ask for shutdown sees, wants and gets, context by context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Array, Number, show
from cidmesa.quantities.quantity import Context, context
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Oversight", "Roles"]

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Roles:
    """Who is who in a shutdown problem: the request node and its state, the status node and its state, the human."""

    request: str
    ask: object
    status: str
    off: object
    human: str

    def check(self, model: Model) -> None:
        """Raise NotApplicable unless the request is upstream of the status, and both are there."""
        model.state(self.request, self.ask)
        model.state(self.status, self.off)
        if self.request == self.status or self.status not in model.cid.descendants(self.request):
            raise NotApplicable(
                f"in a shutdown problem the request {self.request!r} comes before the status "
                f"{self.status!r}, but there is no directed path between them."
            )


@dataclass(frozen=True)
class Oversight:
    """A model without decisions, seen from the contexts of the human's request. Arrays have an axis for each parent."""

    model: Model
    roles: Roles

    @cached_property
    def shut(self) -> Model:
        """The model under do(status = off)."""
        return self.model.do({self.roles.status: self.roles.off})

    @property
    def seen(self) -> tuple[str, ...]:
        """What the human sees when she asks."""
        return self.model.cid.parents(self.roles.request)

    @cached_property
    def chance(self) -> Array:
        """P(context)."""
        return weights(self.model, self.seen)

    @cached_property
    def value(self) -> Number:
        """The human's expected utility."""
        return expected_utility(self.model, agent=self.roles.human)

    @cached_property
    def value_off(self) -> Number:
        """The human's expected utility under do(status = off)."""
        return expected_utility(self.shut, agent=self.roles.human)

    @cached_property
    def need(self) -> Array:
        """Whether in a context that occurs the human expects more from shutdown."""
        lost = self._utility(self.shut) - self._utility(self.model)
        return np.asarray((self.chance > 0) & (lost > self.slack(lost)), dtype=bool)

    @cached_property
    def asks(self) -> Array:
        """P(context, request = ask)."""
        return self._together(self.model, self.roles.request, self.roles.ask)

    @cached_property
    def off(self) -> Array:
        """P(context, status = off)."""
        return self._together(self.model, self.roles.status, self.roles.off)

    @cached_property
    def careless(self) -> Array:
        """Whether in a context that occurs there is need and she may not ask."""
        return self.need & self.fails(self.asks)

    def fails(self, together: Array) -> Array:
        """Return where P(context, event) falls short of P(context)."""
        return np.asarray(self.chance - together > (0 if self.model.exact else _TOLERANCE), dtype=bool)

    def contexts(self, mask: Array) -> Iterator[Context]:
        """Yield the contexts in ``mask``."""
        for index in np.argwhere(mask).tolist():
            yield context(self.model, self.model.cid.parents(self.roles.request), index)

    def slack(self, *values: Array | Number) -> float:
        """Return what counts as no difference between values of this size."""
        return (
            0.0
            if self.model.exact
            else _TOLERANCE * max(1.0, *(float(np.abs(np.asarray(v)).max(initial=0)) for v in values))
        )

    def at_least(self, first: Number, second: Number) -> bool:
        """Return whether ``first`` is not less than ``second``."""
        return bool(first - second >= -self.slack(first, second))

    def intervened(self, mechanisms: Mapping[str, object]) -> Oversight:
        """Return the same with other mechanisms for the request and the human's utilities.

        Raises:
            NotApplicable: a mechanism is given for another node.
        """
        allowed = (self.roles.request, *self.model.cid.utilities_of(self.roles.human))
        if other := [node for node in mechanisms if node not in allowed]:
            raise NotApplicable(f"an intervention is on {', '.join(allowed)} only, not on {', '.join(other)}.")
        return Oversight(self.model.with_mechanism(mechanisms), self.roles)

    def stays_vigilant(self, other: Oversight) -> bool:
        """Return whether wherever she is vigilant here she is so in ``other``, for each setting of the noise.

        Where the mechanism of the request was changed, its noise is taken as independent of what it was.
        """
        before, after = (np.where(self.chance > 0, o.asks, 0) for o in (self, other))
        same = (self.model.tables[self.roles.request].values == other.model.tables[self.roles.request].values).all(-1)
        vigilant_may_be = ~self.need | (before > 0)
        kept = ~other.need | ~vigilant_may_be | ~other.fails(after) | (self.need & same)
        return bool(kept.all())

    def _utility(self, model: Model) -> Array:
        found = [weights(model, self.seen, utility=u) for u in model.cid.utilities_of(self.roles.human)]
        return np.asarray(sum(found, start=0 * self.chance))

    def _together(self, model: Model, node: str, state: object) -> Array:
        if node in self.seen:
            raise NotApplicable(f"the human observes {node!r} before asking, but it should come after.")
        return np.asarray(weights(model, (*self.seen, node))[..., model.state(node, state)])

    def __str__(self) -> str:
        return f"{show(self.value)} against {show(self.value_off)} when shut down"
