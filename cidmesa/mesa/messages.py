"""Messages along the order of a network: what the nodes so far say about those that are still read.

A question about nodes late in a long process is answered from the message before them, not from the beginning.
"""

from __future__ import annotations

from copy import copy
from math import prod
from typing import TYPE_CHECKING

from cidmesa.modelling.contraction import SMALL, contract
from cidmesa.modelling.inference import Factor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["Messages"]


class Messages:
    """The messages after each node of an order in which parents come first, worked out as far as they are asked for.

    The k-th is a product of factors over those of the first k nodes that later ones read; the others are summed out.
    ``last``: for each node the place of its last child, or its own.
    """

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self.order = _just_in_time(parents)
        self.place = {name: place for place, name in enumerate(self.order)}
        self.last = dict(self.place)
        for place, name in enumerate(self.order):
            self.last |= dict.fromkeys(parents[name], place)
        self.leaving: dict[int, list[str]] = {}
        for name, place in self.last.items():
            self.leaving.setdefault(place, []).append(name)
        self.found: list[tuple[Factor, ...]] = [()]

    def without(self, names: Iterable[str]) -> Messages:
        """Return the messages in which nothing is known of factors of ``names``, which may now be others."""
        first = min((self.place[name] for name in names if name in self.place), default=len(self.order))
        fewer = copy(self)
        fewer.found = self.found[: first + 1]
        return fewer

    def until(self, place: int, factor: Callable[[str], Factor]) -> int:
        """Work out the message before a place, or the last one before it that is not large; return its place."""
        while len(self.found) <= place:
            factors = self._next(len(self.found) - 1, factor)
            if factors is None:
                break
            self.found.append(factors)
        return min(place, len(self.found) - 1)

    def _next(self, place: int, factor: Callable[[str], Factor]) -> tuple[Factor, ...] | None:
        factors = [*self.found[place], factor(self.order[place])]
        for name in self.leaving.get(place, ()):
            touched = [factor for factor in factors if name in factor.variables]
            sizes = {v: n for f in touched for v, n in zip(f.variables, f.values.shape, strict=True)}
            scope = tuple(v for v in sizes if v != name)
            if prod(sizes.values()) > SMALL:
                return None
            factors = [factor for factor in factors if name not in factor.variables]
            factors.append(Factor(scope, contract(touched, scope)))
        return tuple(factor for factor in factors if factor.variables)

    def about(self, place: int, names: Iterable[str]) -> Iterator[Factor]:
        """Yield the factors of the message before a place that say something about ``names``."""
        rest, wanted = self.found[place], set(names)
        while found := [factor for factor in rest if wanted.intersection(factor.variables)]:
            yield from found
            wanted.update(v for factor in found for v in factor.variables)
            rest = tuple(factor for factor in rest if not any(factor is one for one in found))


def _just_in_time(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes, parents first, each as late as what reads it allows: the parent with the longest past first.

    ``parents``: those of each node, in an order in which parents come first.
    """
    depth: dict[str, int] = {}
    for name, above in parents.items():
        depth[name] = 1 + max((depth[parent] for parent in above), default=0)
    read, order = {parent for above in parents.values() for parent in above}, dict[str, None]()
    waiting = [name for name in reversed(list(parents)) if name not in read]
    while waiting:
        if missing := [parent for parent in parents[waiting[-1]] if parent not in order]:
            waiting += sorted(missing, key=depth.__getitem__)
        else:
            order[waiting.pop()] = None
    return list(order)
