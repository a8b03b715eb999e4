"""`minimal_sets`: what suffices while no part of it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TypeVar

__all__ = ["minimal_sets"]

T = TypeVar("T")


def minimal_sets(
    items: Sequence[T], suffices: Callable[[tuple[T, ...]], bool], largest: int | None = None
) -> Iterator[tuple[T, ...]]:
    """Yield each set of at most ``largest`` items that suffices while no part of it does, small ones first.

    A set is asked about only if no part of it suffices, and only such sets are kept in mind: n items that each suffice
    take n questions, not 2^n.

    >>> list(minimal_sets("abcd", lambda some: "a" in some or {"b", "d"} <= {*some}))
    [('a',), ('b', 'd')]
    """
    short: list[tuple[int, ...]] = [()]  # sets of one size, by position, that do not suffice, nor does any part of them
    size = 0
    while short and size != largest:
        known = {*short}
        longer = ((*some, k) for some in short for k in range(some[-1] + 1 if some else 0, len(items)))
        asked = [some for some in longer if all(part in known for part in combinations(some, size))]
        short, size = [], size + 1
        for some in asked:
            if suffices(found := tuple(items[k] for k in some)):
                yield found
            else:
                short.append(some)
