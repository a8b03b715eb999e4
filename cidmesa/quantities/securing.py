"""What could be secured, and what a policy would still be better for: the search behind intention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.modelling.policy import Policy
    from cidmesa.quantities.noise import Noise

__all__ = ["Gains", "Secured", "gains"]

MAX_NODES = 12
MAX_STATES = 100_000


class Secured(NamedTuple):
    """In which settings which nodes are secured, as bits of a number."""

    setting: int
    nodes: int


_States: TypeAlias = "dict[Number, tuple[Number, tuple[Secured, ...]]]"


class _Choice(NamedTuple):
    nodes: int
    gain: Number  # over securing nothing
    loss: Number  # at least this is lost if less is secured


@dataclass(frozen=True)
class Gains:
    """What another policy gains when it has, in each setting, some nodes secured as they are under the policy.

    ``worth[F]``: its utility in each setting (times the probability) with the nodes of F (as bits) secured.
    ``gap``: how much less than the policy it gets with nothing secured.
    """

    worth: Array
    gap: Number
    tolerance: float

    def total(self, nodes: int) -> Number:
        """Return what it gains with ``nodes`` secured in all settings."""
        found: Number = (self.worth[nodes] - self.worth[0]).sum()
        return found

    def choices(self, setting: int) -> tuple[_Choice, ...]:
        """Return the sets of nodes each of which gains more there than all its strict subsets."""
        worth = self.worth[:, setting].tolist()
        most = list(worth)  # the greatest over subsets
        found = []
        for nodes in range(1, len(worth)):
            below = max(most[nodes & ~bit] for bit in _bits(nodes))
            most[nodes] = max(worth[nodes], below)
            if worth[nodes] - below > self.tolerance:
                found.append(_Choice(nodes, worth[nodes] - worth[0], worth[nodes] - below))
        return tuple(found)

    def minimal(self, needed: int) -> dict[int, tuple[Secured, ...]]:
        """Return for each setting in which it is possible a minimal collection that secures ``needed`` there.

        A collection secures in each setting some nodes. It must be enough, that is make the other policy at least as
        good, and no strict sub-collection may be enough. Settings with the same choices are treated alike.
        """
        if self.gap <= self.tolerance:
            return {}
        choices = [self.choices(setting) for setting in range(self.worth.shape[1])]
        found: dict[int, tuple[Secured, ...]] = {}
        known: dict[tuple[_Choice, ...], tuple[Secured, ...] | None] = {}
        for setting, options in enumerate(choices):
            if options not in known:
                known[options] = self._completed(setting, choices, needed)
            if (collection := known[options]) is not None:
                first = collection[0].setting
                swapped = {first: setting, setting: first}
                found[setting] = tuple(Secured(swapped.get(s, s), nodes) for s, nodes in collection)
        return found

    def _completed(
        self, setting: int, choices: Sequence[tuple[_Choice, ...]], needed: int
    ) -> tuple[Secured, ...] | None:
        """Return a minimal collection that secures ``needed`` in the setting, first what it secures there.

        States are sums of gains, each with the greatest least loss it can have. A state is enough if the sum fills the
        gap, and minimal if any loss would open it again.
        """
        start = sorted((c for c in choices[setting] if c.nodes & needed == needed), key=lambda c: c.loss)
        states: _States = {c.gain: (c.loss, (Secured(setting, c.nodes),)) for c in start}
        done = self._enough(states)
        for place, options in enumerate(choices):
            if done is not None or not states:
                break
            if place == setting or not options:
                continue
            for gain, (loss, taken) in list(states.items()):
                for choice in options:
                    total, least = gain + choice.gain, min(loss, choice.loss)
                    if total - self.gap < least - self.tolerance and (total not in states or states[total][0] < least):
                        states[total] = least, (*taken, Secured(place, choice.nodes))
            if len(states) > MAX_STATES:
                raise TooLarge(f"more than {MAX_STATES} collections of settings would have to be compared. "
                               "Fewer settings of the noise would shrink it.")  # fmt: skip
            done = self._enough(states)
        return done

    def _enough(self, states: _States) -> tuple[Secured, ...] | None:
        for gain, (loss, taken) in states.items():
            if -self.tolerance <= gain - self.gap < loss - self.tolerance:
                return taken
        return None


def gains(found: Noise, policy: Policy, other: Policy, nodes: Sequence[str], utilities: Sequence[str]) -> Gains:
    """Return what ``other`` gains where ``nodes`` are secured as they are under ``policy``.

    Raises:
        TooLarge: more than 12 nodes.

    """
    if len(nodes) > MAX_NODES:
        raise TooLarge(f"{len(nodes)} nodes lie between the decision and utility ({', '.join(nodes)}); all subsets of "
                       f"at most {MAX_NODES} can be tried. Name fewer by candidates=.")  # fmt: skip
    natural = found.run(policy)
    kept = {u: found.utility(natural, [u]) for u in utilities}
    before = found.chance * sum(kept.values())
    worth = []
    for secured in range(2 ** len(nodes)):
        held = [node for i, node in enumerate(nodes) if secured >> i & 1]
        states = found.run(other, {node: natural[node] for node in held if node in natural})
        free = [u for u in utilities if u not in held]
        worth.append(found.chance * (found.utility(states, free) + sum(kept[u] for u in utilities if u in held)))
    table = np.array(worth, dtype=before.dtype)
    scale = 0.0 if found.model.exact else 1e-12 * max(1.0, float(np.abs(table).max(initial=0)))
    return Gains(table, before.sum() - table[0].sum(), scale)


def _bits(number: int) -> Iterator[int]:
    while number:
        bit = number & -number
        yield bit
        number ^= bit
