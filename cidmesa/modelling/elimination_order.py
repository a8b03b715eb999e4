"""Elimination orders: the order in which variables are summed out, chosen from the sizes of tables alone."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

__all__ = ["Clusters", "elimination"]

Clusters = list[tuple[Any, frozenset[Any]]]  # each variable with its neighbours when it is summed out
_BOTH_CRITERIA = 400  # variables up to which two criteria are tried


def elimination(scopes: Iterable[Iterable[Any]], sizes: Mapping[Any, int], keep: Iterable[Any] = ()) -> Clusters:
    """Return an order in which to sum out all variables except ``keep``, each with the variables of the result.

    The order is greedy: first the variable with the smallest table (min-weight), or the one that newly joins the fewest
    pairs of variables (min-fill, ties by weight). Up to 400 variables both are tried, and the order with fewer cells in
    total is returned. Min-fill is skipped if min-weight needs no table larger than those given.

    >>> elimination([("A", "B"), ("B", "C")], {"A": 2, "B": 2, "C": 2}, keep=["C"])
    [('A', frozenset({'B'})), ('B', frozenset({'C'}))]
    """
    tables = [tuple(scope) for scope in scopes]
    last = frozenset(keep)
    by_weight = _greedy(tables, sizes, last, _weight)
    if len(by_weight) > _BOTH_CRITERIA or _largest(by_weight, sizes) <= max(map(_size(sizes), tables), default=1):
        return by_weight
    return min(by_weight, _greedy(tables, sizes, last, _fill), key=lambda found: _cells(found, sizes))


def _cells(clusters: Clusters, sizes: Mapping[Any, int]) -> int:
    size = _size(sizes)
    return sum(sizes[variable] * size(others) for variable, others in clusters)


def _largest(clusters: Clusters, sizes: Mapping[Any, int]) -> int:
    size = _size(sizes)
    return max((sizes[variable] * size(others) for variable, others in clusters), default=1)


def _size(sizes: Mapping[Any, int]) -> Callable[[Iterable[Any]], int]:
    return lambda scope: prod(map(sizes.__getitem__, scope))


Graph = dict[Any, set[Any]]


def _weight(_: Graph, sizes: Mapping[Any, int], variable: Any, others: set[Any]) -> int:
    return sizes[variable] * prod(map(sizes.__getitem__, others))


def _fill(graph: Graph, sizes: Mapping[Any, int], variable: Any, others: set[Any]) -> tuple[int, int]:
    missing = sum(len(others) - 1 - len(others & graph[other]) for other in others) // 2
    return missing, _weight(graph, sizes, variable, others)


def _greedy(
    scopes: list[tuple[Any, ...]], sizes: Mapping[Any, int], keep: frozenset[Any], criterion: Callable[..., Any]
) -> Clusters:
    graph = _neighbours(scopes)
    cost = {v: criterion(graph, sizes, v, others) for v, others in graph.items() if v not in keep}
    place = {variable: i for i, variable in enumerate(graph)}
    heap = [(worth, place[v], v) for v, worth in cost.items()]
    heapq.heapify(heap)
    found: Clusters = []
    while heap:
        worth, _, variable = heapq.heappop(heap)
        if cost.get(variable) != worth:
            continue  # an old entry
        del cost[variable]
        others = frozenset(graph.pop(variable))
        found.append((variable, others))
        for other in others:
            near = graph[other]
            near |= others
            near.remove(other)
            near.remove(variable)
        for other in others if criterion is _weight else _around(graph, others):
            if other in cost and (now := criterion(graph, sizes, other, graph[other])) != cost[other]:
                cost[other] = now
                heapq.heappush(heap, (now, place[other], other))
    return found


def _neighbours(scopes: list[tuple[Any, ...]]) -> Graph:
    graph: Graph = {}
    for scope in scopes:
        for variable in scope:
            graph.setdefault(variable, set()).update(scope)
    for variable, others in graph.items():
        others.discard(variable)
    return graph


def _around(graph: Graph, others: Iterable[Any]) -> Iterable[Any]:
    """Return variables and their neighbours."""
    return dict.fromkeys(v for other in others for v in (other, *graph[other]))
