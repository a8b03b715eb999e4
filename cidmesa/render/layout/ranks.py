"""Ranks: nodes in layers so that all links go forward and are short in total (network simplex)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

__all__ = ["Links", "acyclic", "components", "forward", "levels", "ranks"]

Links: TypeAlias = "Sequence[tuple[int, int]]"


def acyclic(count: int, links: Links) -> list[tuple[int, int]]:
    """Return the links with those turned round that close a cycle in a depth-first walk; no self-links, no doubles.

    >>> acyclic(3, [(0, 1), (1, 2), (2, 0), (1, 1)])
    [(0, 1), (1, 2), (0, 2)]
    """
    finished = _finishing_order(count, links)
    turned = ((a, b) if finished[a] > finished[b] else (b, a) for a, b in links if a != b)
    return list(dict.fromkeys(turned))


def _finishing_order(count: int, links: Links) -> list[int]:
    """Return when a depth-first walk leaves each node; without cycles parents are left after their children."""
    children = _neighbours(count, links)
    finished, clock, seen = [0] * count, 0, [False] * count
    entered = [False] * count
    for a, b in links:
        entered[b] = entered[b] or a != b
    for start in sorted(range(count), key=lambda node: entered[node]):
        stack = [(start, iter(children[start]))] if not seen[start] else []
        seen[start] = True
        while stack:
            node, rest = stack[-1]
            child = next((c for c in rest if not seen[c]), None)
            if child is None:
                clock += 1
                finished[node] = clock
                stack.pop()
            else:
                seen[child] = True
                stack.append((child, iter(children[child])))
    return finished


def _neighbours(count: int, links: Links, *, both: bool = False) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(count)]
    for a, b in links:
        found[a].append(b)
        if both:
            found[b].append(a)
    return found


def components(count: int, links: Links) -> list[list[int]]:
    """Return the connected components, each in ascending order, in the order of their first nodes.

    >>> components(4, [(0, 2), (1, 3)])
    [[0, 2], [1, 3]]
    """
    near, seen, found = _neighbours(count, links, both=True), [False] * count, []
    for start in range(count):
        if seen[start]:
            continue
        seen[start], group = True, [start]
        for node in group:  # grows while it is walked
            for other in near[node]:
                if not seen[other]:
                    seen[other] = True
                    group.append(other)
        found.append(sorted(group))
    return found


def ranks(count: int, links: Links, weak: Collection[tuple[int, int]] = ()) -> list[int]:
    r"""Return a rank for each node of a connected acyclic graph: :math:`r_b \ge r_a + 1` for each link.

    The total :math:`\sum (r_b - r_a)` is least (network simplex of Gansner et al. 1993, section 2); a node that may
    stand on several ranks at no cost takes the emptiest. The least rank is 0. Links in ``weak`` go forward too, but
    their length does not count.

    >>> ranks(4, [(0, 1), (1, 2), (3, 2)])
    [0, 1, 2, 1]
    """
    level = _longest_paths(count, links)
    tree = _tight_tree(count, level, links)
    pull = _pull(count, [link for link in links if link not in weak])
    for _ in range(30 * count):  # a bound against endless degenerate steps; never reached in practice
        leaving = _leaving(count, links, tree, pull)
        if leaving is None:
            break
        _exchange(level, links, tree, leaving)
    return _balanced(level, links, pull)


def _longest_paths(count: int, links: Links) -> list[int]:
    """Return for each node of an acyclic graph the length of the longest path that leads to it."""
    level, children, missing = [0] * count, _neighbours(count, links), [0] * count
    for _, b in links:
        missing[b] += 1
    ready = [node for node in range(count) if not missing[node]]
    for node in ready:
        for child in children[node]:
            level[child] = max(level[child], level[node] + 1)
            missing[child] -= 1
            if not missing[child]:
                ready.append(child)
    return level


def _slack(level: list[int], link: tuple[int, int]) -> int:
    return level[link[1]] - level[link[0]] - 1


def _tight_tree(count: int, level: list[int], links: Links) -> list[int]:
    """Return the links (by number) of a spanning tree of tight links, moving ``level`` where needed."""
    inside, tree = {0}, []
    while len(inside) < count:
        border = [i for i, (a, b) in enumerate(links) if (a in inside) != (b in inside)]
        entering = min(border, key=lambda i: (_slack(level, links[i]), i))
        a, b = links[entering]
        move = _slack(level, links[entering]) * (1 if b not in inside else -1)
        for node in inside:
            level[node] += move
        inside |= {a, b}
        tree.append(entering)
    return tree


def _leaving(count: int, links: Links, tree: list[int], pulls: Sequence[int]) -> tuple[int, list[bool]] | None:
    """Return a tree link whose head side gains by moving forward, and which nodes are on that side."""
    near: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for i in tree:
        a, b = links[i]
        near[a].append((b, i))
        near[b].append((a, i))
    order, via = [0], [-1] * count
    parent = [-1] * count
    for node in order:
        for other, i in near[node]:
            if other != parent[node]:
                parent[other], via[other] = node, i
                order.append(other)
    pull = list(pulls)  # soon summed over the subtree
    for node in reversed(order[1:]):
        pull[parent[node]] += pull[node]
    for node in order[1:]:
        head_below = links[via[node]][1] == node
        if (pull[node] if head_below else -pull[node]) < 0:
            return via[node], _head_side(count, node, order, parent, below=head_below)
    return None


def _pull(count: int, links: Links) -> list[int]:
    """Return for each node how many links come in less how many go out: what moving it forward costs."""
    pull = [0] * count
    for a, b in links:
        pull[a] -= 1
        pull[b] += 1
    return pull


def _head_side(count: int, top: int, order: list[int], parent: list[int], *, below: bool) -> list[bool]:
    under = [False] * count
    under[top] = True
    for node in order[1:]:
        under[node] = under[node] or under[parent[node]]
    return under if below else [not inside for inside in under]


def _exchange(level: list[int], links: Links, tree: list[int], leaving: tuple[int, list[bool]]) -> None:
    """Move the head side forward until a link back to the tail side is tight, and put that link into the tree."""
    out, head = leaving
    back = [i for i, (a, b) in enumerate(links) if head[a] and not head[b]]
    entering = min(back, key=lambda i: (_slack(level, links[i]), i))
    move = _slack(level, links[entering])
    for node, inside in enumerate(head):
        level[node] += move * inside
    tree[tree.index(out)] = entering


def _balanced(level: list[int], links: Links, pull: Sequence[int]) -> list[int]:
    low = min(level)
    placed = [rank - low for rank in level]
    crowd = Counter(placed)
    for node in range(len(placed)):
        before = [placed[a] for a, b in links if b == node]
        after = [placed[b] for a, b in links if a == node]
        if before and after and not pull[node]:
            options: Iterable[int] = range(max(before) + 1, min(after))
            best = min(options, key=lambda rank: (crowd[rank] - (rank == placed[node]), abs(rank - placed[node])))
            crowd[placed[node]] -= 1
            placed[node] = best
            crowd[best] += 1
    return placed


_GUESSES = 2  # how often the lengths of half of the links are left out of account
_SMALL = 20  # nodes: up to so many, other ranks are tried where the shortest make links cross


def levels(
    count: int, links: Links, weak: Collection[tuple[int, int]], same: Sequence[Sequence[int]]
) -> Iterator[list[int]]:
    """Yield ranks for the nodes of a connected graph, the best guess first; nodes of a group in ``same`` share theirs.

    First those of least total length; in small graphs then others (least length from the far end, least length of some
    of the links), which now and then let fewer links cross.

    >>> next(levels(4, [(0, 1), (1, 2), (0, 3)], (), [[2, 3]]))
    [0, 1, 2, 2]
    """
    group = _groups(count, same)
    inner = [(group[a], group[b]) for a, b in links if group[a] != group[b]]
    size = len(set(group))
    onward = acyclic(size, inner)
    faint = {(group[a], group[b]) for a, b in weak}
    seen: list[list[int]] = []
    for found in _guesses(size, onward, faint):
        if found not in seen:
            seen.append(found)
            yield [found[group[node]] for node in range(count)]


def _groups(count: int, same: Sequence[Sequence[int]]) -> list[int]:
    """Return for each node the number of its group, without gaps; nodes in no group are alone."""
    first = list(range(count))
    for members in same:
        root = min(first[member] for member in members)
        joined = {first[member] for member in members}
        first = [root if one in joined else one for one in first]
    number = {one: i for i, one in enumerate(sorted(set(first)))}
    return [number[one] for one in first]


def _guesses(count: int, links: Links, weak: Collection[tuple[int, int]]) -> Iterator[list[int]]:
    if count == 1:
        yield [0]
        return
    yield ranks(count, links, weak)
    if count <= _SMALL:
        back = [(b, a) for a, b in links]
        yield _mirrored(ranks(count, back, {(b, a) for a, b in weak}))
        dice = random.Random(count)  # noqa: S311 (no secret: the same in each run)
        for _ in range(_GUESSES):
            yield ranks(count, links, {link for link in links if link in weak or dice.random() < 0.5})


def _mirrored(level: list[int]) -> list[int]:
    last = max(level)
    return [last - rank for rank in level]


def forward(level: Sequence[int], links: Links) -> list[tuple[int, int]]:
    """Return the links from the lower rank to the higher, without those inside a rank and without doubles.

    >>> forward([0, 1, 1], [(1, 0), (0, 1), (1, 2)])
    [(0, 1)]
    """
    turned = ((a, b) if level[a] < level[b] else (b, a) for a, b in links if level[a] != level[b])
    return list(dict.fromkeys(turned))
