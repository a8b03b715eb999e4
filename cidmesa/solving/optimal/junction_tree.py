"""The junction tree of a decision problem: clusters of variables with links along which messages travel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.modelling.contraction import SMALL, check_size, limit
from cidmesa.modelling.inference import elimination

if TYPE_CHECKING:
    from cidmesa.solving.optimal.problem import Problem

__all__ = ["Tree", "tree_of"]

Scope = tuple[int, ...]


@dataclass(frozen=True)
class Tree:
    """Clusters with the running intersection property; a parent comes before its children, the root first.

    ``parents[c]`` is -1 at the root; ``separators[c]`` are the variables that cluster c shares with its parent.
    ``members``: for each cluster the nodes (chance nodes, decisions, utilities) whose tables are multiplied there.
    ``home``: node -> cluster.
    """

    clusters: tuple[Scope, ...]
    parents: tuple[int, ...]
    separators: tuple[Scope, ...]
    members: tuple[tuple[int, ...], ...]
    home: dict[int, int]

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """For each cluster its parent and children."""
        found: list[list[int]] = [[] for _ in self.clusters]
        for child, parent in enumerate(self.parents):
            if parent >= 0:
                found[child].append(parent)
                found[parent].append(child)
        return tuple(map(tuple, found))

    def separator(self, i: int, j: int) -> Scope:
        """Return the variables that the neighbours i and j share."""
        return self.separators[i] if self.parents[i] == j else self.separators[j]

    def gathered(self, bits: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return for each cluster the bits of it and of all clusters below it, and those of all others."""
        below = list(bits)
        for child in range(len(below) - 1, 0, -1):
            below[self.parents[child]] |= below[child]
        above = [0] * len(below)
        children: list[list[int]] = [[] for _ in below]
        for child, parent in enumerate(self.parents):
            if parent >= 0:
                children[parent].append(child)
        for cluster, below_it in enumerate(children):
            _share_out(above[cluster] | bits[cluster], below_it, below, above)
        return below, above


def _share_out(own: int, children: list[int], below: list[int], above: list[int]) -> None:
    """Pass to each child the bits ``own`` and those below its siblings."""
    for order in (children, children[::-1]):
        seen = own
        for child in order:
            above[child] |= seen
            seen |= below[child]


def tree_of(problem: Problem) -> Tree:
    """Return a junction tree of the problem, by a greedy elimination order; nothing is computed yet.

    A small problem is one cluster, because messages would cost more than they save. Otherwise small clusters are merged
    into larger ones that contain them. A small part of a large cluster stays a cluster, so that early decisions are not
    computed on the tables of late ones.

    Raises:
        TooLarge: a needed table would not fit; the message names its variables.

    >>> import cidmesa as cm
    >>> from cidmesa.solving.optimal.problem import problem_of
    >>> g = cm.cid("S -> D; S, D -> U; D -> V", decisions=["D"], utilities=["U", "V"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D", V="D")
    >>> tree_of(problem_of(m, "agent", g)).clusters
    ((0, 1),)
    """
    if problem.small:
        return _single(problem)
    order = elimination(problem.scope_of.values(), problem.sizes)
    place = {variable: i for i, (variable, _) in enumerate(order)}
    clusters: list[set[int]] = []
    parents: list[int] = []
    separators: list[Scope] = []
    cluster_of: dict[int, int] = {}
    for variable, others in reversed(order):
        above = cluster_of[min(others, key=place.__getitem__)] if others else len(clusters) - 1
        if others and clusters[above] == others and problem.cells((variable, *others)) <= SMALL:
            clusters[above].add(variable)
        else:
            clusters.append({variable, *others})
            parents.append(above)
            separators.append(tuple(sorted(others)))
            above = len(clusters) - 1
        cluster_of[variable] = above
    _check(problem, separators)
    first = {node: min(scope, key=place.__getitem__, default=None) for node, scope in problem.scope_of.items()}
    home = {node: 0 if variable is None else cluster_of[variable] for node, variable in first.items()}
    members: list[list[int]] = [[] for _ in range(max(1, len(clusters)))]
    for node, cluster in home.items():
        members[cluster].append(node)
    sorted_clusters = tuple(tuple(sorted(cluster)) for cluster in clusters) or ((),)
    return Tree(sorted_clusters, tuple(parents) or (-1,), tuple(separators) or ((),), tuple(map(tuple, members)), home)


def _single(problem: Problem) -> Tree:
    """Return the tree of one cluster, which has all variables."""
    home = dict.fromkeys((*problem.chance, *problem.families, *problem.payoffs), 0)
    return Tree((tuple(problem.sizes),), (-1,), ((),), (tuple(home),), home)


def _check(problem: Problem, separators: Iterable[Scope]) -> None:
    most, scopes = limit(problem.exact), (*separators, *problem.scope_of.values())
    if max(problem.sizes.values(), default=1) ** max(map(len, scopes), default=1) <= most:
        return
    for scope in scopes:
        if problem.cells(scope) > most:
            nodes = problem.cid.nodes
            check_size(scope, [problem.sizes.get(i, 1) for i in range(len(nodes))], nodes, problem.exact)
