"""Bayes balls when links are removed: which of them have to be rolled again, found out near the links that went."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.structure.flow import Flow
    from cidmesa.structure.net import IntLink, Net

__all__ = ["without_links"]


def without_links(net: Net, gone: Sequence[IntLink], balls: Flow) -> tuple[Net, Flow, int]:
    """Return the net without the links ``gone``, the balls as far as they still hold, and the decisions to roll again.

    A ball *climbs* a node if it comes straight up from a utility and goes on to the parents; then it goes to the
    children as well, so whatever else arrives there adds nothing. Where balls climb no longer is worked out exactly.
    A ball must be rolled again if it loses an observation on the way, or if a node that it climbs no more, or the tail
    of a link that went, led it down to a node that has observed descendants and was not climbed, and to which no parent
    that it still climbs leads it. Otherwise each node that has observed descendants is reached as before, by induction
    along the way of the ball, and the nodes without lead to no observation. A ball that is not rolled again may be
    returned as reaching nodes of the latter kind that it reaches no more.

    >>> from cidmesa import cid
    >>> net = cid("D -> X -> E -> V; X -> U; D -> U", decisions=["D", "E"], utilities=["U", "V"]).net
    >>> without_links(net, [(1, 2)], net.balls)[2]
    0
    """
    after = net.without(gone)
    forgotten = _forgotten(net, after, gone)
    vars(after)["below"] = _less(net.below, forgotten)
    doubtful = {node: bits & net.targets[node] for node, bits in forgotten.items() if bits & net.targets[node]}
    for parent, child in gone:
        doubtful[parent] = doubtful.get(parent, 0) | balls.climbed[child]
    lost, again = _climbed_no_more(after, doubtful, balls, net.families)
    rest = replace(balls, climbed=_less(balls.climbed, lost))
    return after, rest, again | _misled(after, gone, balls, rest, {v: bits & ~again for v, bits in lost.items()})


def _misled(after: Net, gone: Sequence[IntLink], balls: Flow, rest: Flow, lost: Mapping[int, int]) -> int:
    """Return the balls that may have come, by a link or node that is lost, to where they may come to an observation."""
    misled = 0
    for parent, child in gone:
        used = balls.passed[parent] | balls.mechanisms[child]
        if doubt := used & balls.opened[child] & ~balls.climbed[child]:
            misled |= doubt & ~(rest.climbed[parent] & _led_by(after, rest, child))
    for node, missing in lost.items():
        for child in after.dag.children[node] if missing else ():
            if doubt := missing & balls.opened[child] & ~balls.climbed[child]:
                misled |= doubt & ~_led_by(after, rest, child)
    return misled


def _led_by(net: Net, balls: Flow, node: int) -> int:
    """Return the balls that come to ``node`` from a parent that they climbed."""
    bits = 0
    for parent in net.dag.parents[node]:
        bits |= balls.climbed[parent]
    return bits


def _forgotten(net: Net, after: Net, gone: Sequence[IntLink]) -> dict[int, int]:
    """Return for each node the decisions that it is no longer below."""
    doubtful = {child: net.below[child] & ~net.bit[child] for _, child in gone}
    queue = _Queue(doubtful)
    forgotten: dict[int, int] = {}
    while queue:
        node, missing = queue.pop()
        for parent in after.dag.parents[node]:
            missing &= ~(net.below[parent] & ~forgotten.get(parent, 0))
        if missing:
            forgotten[node] = missing
            queue.push(after.dag.children[node], missing)
    return forgotten


def _climbed_no_more(
    after: Net, doubtful: dict[int, int], balls: Flow, given: Sequence[int]
) -> tuple[dict[int, int], int]:
    """Return for each node the balls that no longer come up to it, and which of them must be rolled again.

    A ball that must be rolled again is not followed further.
    """
    queue = _Queue(doubtful, downwards=True)
    lost: dict[int, int] = {}
    again = 0
    while queue:
        node, missing = queue.pop()
        missing &= ~(after.targets[node] | again)
        for child in after.dag.children[node]:
            missing &= ~(balls.climbed[child] & ~lost.get(child, 0))
        again |= missing & given[node]
        for child in after.dag.children[node] if missing else ():
            if doubt := missing & balls.opened[child] & ~balls.climbed[child]:
                again |= doubt & ~_led_by(after, balls, child)
        if missing:
            lost[node] = missing
            queue.push(after.dag.parents[node], missing & ~again)
    return lost, again


class _Queue:
    """Nodes in ascending or descending order, each with the bits that it was pushed with."""

    def __init__(self, bits: dict[int, int], *, downwards: bool = False) -> None:
        self._sign = -1 if downwards else 1
        self._bits = dict(bits)
        self._heap = [self._sign * node for node in bits]
        heapq.heapify(self._heap)

    def __bool__(self) -> bool:
        return bool(self._heap)

    def pop(self) -> tuple[int, int]:
        """Remove and return the next node with its bits."""
        node = self._sign * heapq.heappop(self._heap)
        return node, self._bits.pop(node)

    def push(self, nodes: Iterable[int], bits: int) -> None:
        """Add ``bits`` to each of ``nodes``, which wait from now on if they did not."""
        for node in nodes if bits else ():
            if node not in self._bits:
                heapq.heappush(self._heap, self._sign * node)
            self._bits[node] = self._bits.get(node, 0) | bits


def _less(bits: Sequence[int], lost: Mapping[int, int]) -> list[int]:
    rest = list(bits)
    for node, missing in lost.items():
        rest[node] &= ~missing
    return rest
