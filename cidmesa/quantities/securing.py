"""What could be secured, and what a policy would still be better for: the search behind intention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.quantities.twin_network import Noise, States, plain_number

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.modelling.policy import Policy
    from cidmesa.structure.diagram import CID

__all__ = ["Gains", "Secured", "gains"]

MAX_SETS = 20_000
MAX_RUNS = 500_000  # sets of nodes times settings
CHUNK = 20_000
MAX_STATES = 100_000


class Secured(NamedTuple):
    """In which settings which nodes are secured, as bits of a number."""

    setting: int
    nodes: int


_States: TypeAlias = "dict[Number, tuple[Number, tuple[Secured, ...]]]"


class _Choice(NamedTuple):
    """Nodes that may be secured in one setting, and what that is worth."""

    nodes: int
    gain: Number  # over securing nothing
    loss: Number  # at least this is lost if less is secured


@dataclass(frozen=True)
class Gains:
    """What another policy gains when it has, in each setting, some nodes secured as they are under the policy.

    ``rows``: the sets of nodes (as bits) that may be in a minimal collection. ``worth``: for each of them its utility
    in each setting, times the probability, with these nodes secured. ``gap``: how much less than the policy it gets
    with nothing secured.
    """

    rows: Mapping[int, int]
    worth: Array
    gap: Number
    tolerance: float

    def total(self, nodes: int) -> Number:
        """Return what it gains with ``nodes``, one of ``rows``, secured in all settings."""
        return plain_number((self.worth[self.rows[nodes]] - self.worth[0]).sum())

    def choices(self, setting: int) -> tuple[_Choice, ...]:
        """Return the sets of nodes each of which gains more there than all its strict subsets."""
        worth = dict(zip(self.rows, self.worth[:, setting].tolist(), strict=True))
        most = dict(worth)  # the greatest over subsets
        found = []
        for nodes in list(worth)[1:]:
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
        gap, choices = _whole(self.gap, [self.choices(setting) for setting in range(self.worth.shape[1])])
        found: dict[int, tuple[Secured, ...]] = {}
        known: dict[tuple[_Choice, ...], tuple[Secured, ...] | None] = {}
        for setting, options in enumerate(choices):
            if options not in known:
                known[options] = self._completed(setting, choices, gap, needed)
            if (collection := known[options]) is not None:
                first = collection[0].setting
                swapped = {first: setting, setting: first}
                found[setting] = tuple(Secured(swapped.get(s, s), nodes) for s, nodes in collection)
        return found

    def _completed(
        self, setting: int, choices: Sequence[tuple[_Choice, ...]], gap: Number, needed: int
    ) -> tuple[Secured, ...] | None:
        """Return a minimal collection that secures ``needed`` in the setting, first what it secures there.

        States are sums of gains, each with the greatest least loss it can have. A state is enough if the sum fills the
        gap, and minimal if any loss would open it again; one that no further gains can bring there is dropped.
        """
        start = sorted((c for c in choices[setting] if c.nodes & needed == needed), key=lambda c: c.loss)
        states: _States = {c.gain: (c.loss, (Secured(setting, c.nodes),)) for c in start}
        done = self._enough(states, gap)
        places = [place for place, options in enumerate(choices) if place != setting and options]
        rest: Number = sum(max(0, *(c.gain for c in choices[place])) for place in places)
        for place in places:
            states = {gain: state for gain, state in states.items() if gain + rest - gap >= -2 * self.tolerance}
            rest -= max(0, *(c.gain for c in choices[place]))
            if done is not None or not states:
                break
            for gain, (loss, taken) in list(states.items()):
                for choice in choices[place]:
                    total, least = gain + choice.gain, min(loss, choice.loss)
                    if total - gap < least - self.tolerance and (total not in states or states[total][0] < least):
                        states[total] = least, (*taken, Secured(place, choice.nodes))
            if len(states) > MAX_STATES:
                raise TooLarge(
                    f"more than {MAX_STATES} collections of settings would have to be compared. "
                    "Fewer settings of the noise would shrink it."
                )
            done = self._enough(states, gap)
        return done

    def _enough(self, states: _States, gap: Number) -> tuple[Secured, ...] | None:
        """Return the collection with the fewest nodes that is enough and minimal."""
        enough = [
            taken for gain, (loss, taken) in states.items() if -self.tolerance <= gain - gap < loss - self.tolerance
        ]
        return min(enough, key=lambda taken: sum(part.nodes.bit_count() for part in taken), default=None)


def _whole(gap: Number, choices: list[tuple[_Choice, ...]]) -> tuple[Number, list[tuple[_Choice, ...]]]:
    """Return a gap and choices times the common denominator of their numbers: integers are added fast; floats stay."""
    numbers = [gap, *(number for options in choices for c in options for number in (c.gain, c.loss))]
    if any(isinstance(number, float) for number in numbers):
        return gap, choices
    common = lcm(*(Fraction(number).denominator for number in numbers))
    whole = [
        tuple(_Choice(c.nodes, int(c.gain * common), int(c.loss * common)) for c in options) for options in choices
    ]
    return int(gap * common), whole


def gains(found: Noise, policy: Policy, other: Policy, nodes: Sequence[str], utilities: Sequence[str]) -> Gains:
    """Return what ``other`` gains where ``nodes`` are secured as they are under ``policy``.

    Raises:
        TooLarge: the number of node sets times settings is too large.
    """
    model = found.model
    changed = [d for d in policy if policy[d] != other[d]]
    sets = tuple(_sets(model.cid, changed, nodes, utilities, min(MAX_SETS, MAX_RUNS // len(found))))
    natural = found.run(policy)
    own = {u: found.utility(natural, [u]) for u in utilities}
    step = max(1, CHUNK // len(found))
    parts = [_worths(found, other, nodes, natural, own, sets[k : k + step]) for k in range(0, len(sets), step)]
    worth = np.concatenate(parts)
    before = (found.chance * sum(own.values())).sum()
    scale = 0.0 if model.exact else 1e-12 * max(1.0, float(np.abs(worth).max(initial=0)))
    return Gains(
        {secured: place for place, secured in enumerate(sets)}, worth, plain_number(before - worth[0].sum()), scale
    )


def _worths(
    found: Noise, other: Policy, nodes: Sequence[str], natural: States, own: Mapping[str, Array], sets: Sequence[int]
) -> Array:
    """Return the utility times the probability: a row for each of the sets that are secured, a column a setting."""
    times, size = len(sets), len(found)
    lots = found.repeated(times)
    secured = {node: np.repeat([s >> i & 1 == 1 for s in sets], size) for i, node in enumerate(nodes)}
    held = {n: np.where(secured[n], np.tile(natural[n], times), -1) for n in nodes if n in natural}
    states = lots.run(other, held)
    total = 0 * lots.chance
    for utility, kept in own.items():
        value = lots.utility(states, [utility])
        total = total + (np.where(secured[utility], np.tile(kept, times), value) if utility in secured else value)
    return np.asarray((total * lots.chance).reshape(times, size))


def _sets(cid: CID, changed: Sequence[str], nodes: Sequence[str], utilities: Sequence[str], most: int) -> list[int]:
    """Return, in increasing order, the sets of nodes none of which is idle because of the others.

    A node is idle if the others cut it off from all that changes, or from all utilities: securing it then changes
    nothing, so that it is in no minimal collection. What is left when a node is taken out of such a set is such a set.
    """
    below = {node: cid.children(node) for node in cid.nodes}
    above = {node: cid.parents(node) for node in cid.nodes}
    found, level = [0], [0]
    while level:
        bigger = {s | 1 << i for s in level for i in range(s.bit_length(), len(nodes))}
        if len(found) + len(bigger) > most:
            raise TooLarge(
                f"over {most} sets of the {len(nodes)} nodes between the decision and utility would have to "
                "be tried in each setting. Name fewer by candidates=."
            )
        level = [s for s in bigger if _busy(_members(nodes, s), (below, changed), (above, utilities))]
        found += level
    return sorted(found)


def _members(nodes: Sequence[str], secured: int) -> list[str]:
    return [node for i, node in enumerate(nodes) if secured >> i & 1]


def _busy(secured: Sequence[str], *ways: tuple[Mapping[str, Sequence[str]], Sequence[str]]) -> bool:
    """Return whether each secured node is reached around the others, in each of the ways from its sources."""
    return all(set(secured) <= _reach(steps, sources, secured) for steps, sources in ways)


def _reach(steps: Mapping[str, Sequence[str]], sources: Sequence[str], stops: Sequence[str]) -> set[str]:
    """Return what the sources reach by ``steps``, going on from none of the stops."""
    seen, todo = set(sources), [node for node in sources if node not in stops]
    while todo:
        for node in steps[todo.pop()]:
            if node not in seen:
                seen.add(node)
                todo += [node] if node not in stops else []
    return seen


def _bits(number: int) -> Iterator[int]:
    while number:
        bit = number & -number
        yield bit
        number ^= bit
