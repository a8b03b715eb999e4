"""Time slices: a column of ranks for each episode, with the same inner shape, and like nodes on one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cidmesa.render.layout.ranks import acyclic, components, ranks

__all__ = ["Slices", "numbered", "repeats", "sliced", "stem"]


@dataclass(frozen=True)
class Slices:
    """The rank of each node, and pairs of like nodes in slices that follow each other."""

    columns: Mapping[str, int]
    rows: tuple[tuple[str, str], ...]


def stem(name: str) -> str:
    """Return a name without the number at its end: ``X1 -> X2`` is one thing in time.

    >>> stem("U_base2"), stem("D_A1")
    ('U_base', 'D_A')
    """
    return re.sub(r"_?\d+$", "", name)


def numbered(names: Iterable[str]) -> dict[str, int]:
    """Return the numbers at the ends of names, where there are some.

    >>> numbered(["S_1", "A2", "X"])
    {'S_1': 1, 'A2': 2}
    """
    return {name: int(found[0]) for name in names if (found := re.search(r"\d+$", name))}


def repeats(episodes: Mapping[str, object]) -> bool:
    """Return whether at least two kinds of nodes come again in another episode.

    >>> repeats({"Theta1": 1, "A1": 1, "Theta2": 2, "A2": 2}), repeats({"A1": 1, "B": 1, "A2": 2})
    (True, False)
    """
    seen = Counter(kind for kind, _ in {(stem(name), episode) for name, episode in episodes.items()})
    return sum(count > 1 for count in seen.values()) > 1


def sliced(names: Sequence[str], links: Sequence[tuple[str, str]], episodes: Mapping[str, object]) -> Slices:
    """Return ranks in which each episode has its own, in the order in which the episodes are first named.

    A node without an episode stands in the last of its parents', else in the first of its children's. Inside a slice
    ranks follow the links between kinds of nodes over all slices, so that all slices have the same shape.

    >>> sliced(["X1", "Y1", "X2", "Y2"], [("X1", "Y1"), ("X2", "Y2"), ("X1", "X2")], numbered(["X1", "X2"])).columns
    {'X1': 0, 'Y1': 1, 'X2': 2, 'Y2': 3}
    """
    order = {episode: i for i, episode in enumerate(dict.fromkeys(episodes.values()))}
    number = _spread(names, links, {name: order[episode] for name, episode in episodes.items()})
    kind = _kinds(names, number)
    inner = [(kind[a], kind[b]) for a, b in links if number[a] == number[b]]
    level = _inner_ranks(list(dict.fromkeys(kind.values())), inner)
    start, begins = 0, {}
    for i in range(max(number.values(), default=0) + 1):
        begins[i] = start
        start += max((level[kind[n]] + 1 for n in names if number[n] == i), default=0)
    like: dict[tuple[str, int], list[str]] = {}
    for name in sorted(names, key=lambda n: number[n]):
        like.setdefault(kind[name], []).append(name)
    rows = tuple(pair for nodes in like.values() for pair in pairwise(nodes))
    rank = {name: begins[number[name]] + level[kind[name]] for name in names}
    used = {old: new for new, old in enumerate(sorted(set(rank.values())))}
    return Slices({name: used[rank[name]] for name in names}, rows)


def _spread(names: Sequence[str], links: Sequence[tuple[str, str]], known: Mapping[str, int]) -> dict[str, int]:
    """Return a slice for every node."""
    number = {name: known.get(name, -1) for name in names}
    for _ in names:
        before = dict(number)
        for a, b in links:
            if b not in known:
                number[b] = max(number[b], number[a])
        if number == before:
            break
    for _ in names:
        loose = [(a, b) for a, b in links if number[a] < 0 <= number[b]]
        for a in {a for a, _ in loose}:
            number[a] = min(number[b] for c, b in loose if c == a)
        if not loose:
            break
    return {name: max(0, at) for name, at in number.items()}


def _kinds(names: Sequence[str], number: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """Return for each node its stem, and which of the nodes of this stem in its slice it is."""
    seen: Counter[tuple[str, int]] = Counter()
    kind = {}
    for name in names:
        key = (stem(name), number[name])
        kind[name] = (key[0], seen[key])
        seen[key] += 1
    return kind


def _inner_ranks(
    kinds: Sequence[tuple[str, int]], links: Sequence[tuple[tuple[str, int], tuple[str, int]]]
) -> dict[tuple[str, int], int]:
    place = {kind: i for i, kind in enumerate(kinds)}
    pairs = acyclic(len(kinds), [(place[a], place[b]) for a, b in links])
    level: dict[tuple[str, int], int] = {}
    for group in components(len(kinds), pairs):
        local = {node: i for i, node in enumerate(group)}
        found = ranks(len(group), [(local[a], local[b]) for a, b in pairs if a in local]) if len(group) > 1 else [0]
        level |= {kinds[node]: found[i] for node, i in local.items()}
    return level
