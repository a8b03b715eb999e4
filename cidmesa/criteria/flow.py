"""How many links must go to cut all directed paths between two places: a minimum cut by augmenting paths."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["cut_size"]

_END = "\0"  # no node that a person names is called so


def cut_size(
    links: Collection[tuple[str, str]], start: str, ends: Iterable[str], removable: Collection[tuple[str, str]]
) -> int:
    """Return the least number of ``removable`` links whose removal leaves no directed path from ``start`` to an end.

    Where no removal does it the answer exceeds the number of links. By the theorem of Menger it is the greatest flow of
    unit capacity; each augmentation is one breadth-first search. Source: Ford and Fulkerson 1956.

    >>> links = [("D", "A"), ("D", "B"), ("A", "C"), ("B", "C"), ("C", "U")]
    >>> cut_size(links, "D", ["U"], links), cut_size(links, "D", ["U"], links[:4]), cut_size(links, "D", ["D"], links)
    (1, 2, 6)
    """
    without_limit = len(links) + 1
    room: dict[str, dict[str, int]] = {start: {}, _END: {}}
    for parent, child in links:
        room.setdefault(parent, {})[child] = 1 if (parent, child) in removable else without_limit
        room.setdefault(child, {}).setdefault(parent, 0)
    for end in ends:
        room.setdefault(end, {})[_END] = without_limit
        room[_END][end] = 0
    flow = 0
    while flow < without_limit and (path := _augmenting(room, start)):
        amount = min(room[a][b] for a, b in path)
        for a, b in path:
            room[a][b] -= amount
            room[b][a] = room[b].get(a, 0) + amount
        flow += amount
    return min(flow, without_limit)


def _augmenting(room: dict[str, dict[str, int]], start: str) -> list[tuple[str, str]]:
    """Return the links of a shortest path with room from ``start`` to the common end, or none."""
    came_from = {start: start}
    queue = deque([start])
    while queue and _END not in came_from:
        node = queue.popleft()
        for other, left in room[node].items():
            if left and other not in came_from:
                came_from[other] = node
                queue.append(other)
    walk = [_END] if _END in came_from else []
    while walk and walk[-1] != start:
        walk.append(came_from[walk[-1]])
    return [(b, a) for a, b in itertools.pairwise(walk)]
