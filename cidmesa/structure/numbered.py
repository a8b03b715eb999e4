"""A diagram as integers: the graph, the decisions and whose utilities are whose; all decisions are judged at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cidmesa.structure.dag import Dag, Flow, flow, gathered

__all__ = ["IntLink", "Net", "transposed"]

IntLink = tuple[int, int]


@dataclass(frozen=True)
class Net:
    """The decisions and utilities of a diagram over the positions of its nodes.

    Bit k of every integer is about decision k. ``decisions`` are pairs (position, owner) and ``utilities`` likewise, in
    ascending order; owners are numbered. ``shared``: groups of decisions that share one rule.
    ``offers``: the information links on which the options of a decision depend.

    >>> from cidmesa import cid
    >>> net = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]).net
    >>> net.decisions, net.utilities, net.information
    (((1, 0),), ((2, 0),), [(0, 1)])
    """

    names: tuple[str, ...]
    dag: Dag
    decisions: tuple[IntLink, ...]
    utilities: tuple[IntLink, ...]
    shared: tuple[tuple[int, ...], ...] = ()
    offers: frozenset[IntLink] = frozenset()

    # --- who is who ---------------------------------------------------------------------------------------------

    @cached_property
    def bit(self) -> dict[int, int]:
        """For each decision its bit, as an integer with this bit alone."""
        return {decision: 1 << k for k, (decision, _) in enumerate(self.decisions)}

    @property
    def all(self) -> int:
        """The bits of all decisions."""
        return (1 << len(self.decisions)) - 1

    @property
    def information(self) -> list[IntLink]:
        """The information links (parent, decision), in the order of the decisions."""
        return [(parent, decision) for decision, _ in self.decisions for parent in self.dag.parents[decision]]

    @property
    def removable(self) -> list[IntLink]:
        """The information links that tell no decision which options it has, and none which decision it is."""
        sharing = sum(self.sharing)
        return [link for link in self.information if not self.bit[link[1]] & sharing and link not in self.offers]

    @cached_property
    def sharing(self) -> list[int]:
        """The bits of each group of decisions that share one rule."""
        return [sum(self.bit[decision] for decision in group) for group in self.shared]

    @property
    def bound(self) -> bool:
        """Whether some information links are not `removable`."""
        return bool(self.shared or self.offers)

    @cached_property
    def owned(self) -> dict[int, int]:
        """For each utility the bits of its owner's decisions."""
        bits: dict[int, int] = {}
        for k, (_, owner) in enumerate(self.decisions):
            bits[owner] = bits.get(owner, 0) | 1 << k
        return {utility: bits.get(owner, 0) for utility, owner in self.utilities}

    def named(self, links: Iterable[IntLink]) -> tuple[tuple[str, str], ...]:
        """Return the links by name."""
        return tuple((self.names[parent], self.names[child]) for parent, child in links)

    def shown(self, nodes: Iterable[int]) -> tuple[str, ...]:
        """Return the names of ``nodes``, in topological order."""
        return tuple(self.names[node] for node in sorted(nodes))

    # --- all decisions at once ----------------------------------------------------------------------------------

    @cached_property
    def below(self) -> list[int]:
        """For each node the decisions with a directed path of length >= 0 to it."""
        own = [0] * len(self.names)
        for decision, bit in self.bit.items():
            own[decision] = bit
        return gathered(self.dag.parents, own)

    @cached_property
    def targets(self) -> list[int]:
        """For each node the decisions of which it is a downstream utility."""
        bits = [0] * len(self.names)
        for utility, owned in self.owned.items():
            bits[utility] = self.below[utility] & owned
        return bits

    @cached_property
    def families(self) -> list[int]:
        """For each node the decisions whose family (parents and decision) it belongs to."""
        bits = [0] * len(self.names)
        for decision, bit in self.bit.items():
            for node in (decision, *self.dag.parents[decision]):
                bits[node] |= bit
        return bits

    @cached_property
    def balls(self) -> Flow:
        """The Bayes balls of all decisions: from the downstream utilities, the family observed."""
        return flow(self.dag, self.targets, self.families)

    @cached_property
    def reliance(self) -> tuple[int, ...]:
        """For each decision the decisions on whose rules its own depends: s-reachable ones, and those that share it."""
        rows = transposed([self.balls.mechanisms[decision] for decision, _ in self.decisions])
        for bits in self.sharing:
            for k in range(len(rows)):
                rows[k] |= bits & ~(1 << k) if bits >> k & 1 else 0
        return tuple(rows)

    # --- other nets ---------------------------------------------------------------------------------------------

    def without(self, links: Iterable[IntLink]) -> Net:
        """Return the net without ``links``."""
        return replace(self, dag=self.dag.without(links))

    def with_parents(self, decision: int, parents: Sequence[int]) -> Net:
        """Return the net in which ``decision`` has these parents, which stand before it."""
        rows = list(self.dag.parents)
        rows[decision] = tuple(parents)
        return replace(self, dag=Dag(tuple(rows)))

    def with_link(self, parent: int, child: int, upto: int = 0) -> tuple[Net, int, int]:
        """Return the net with one more link, and the positions of its ends there.

        The order may have to change: what does not descend from ``child`` comes first, as far as the later end, or
        ``upto`` if that is later.
        """
        if parent in self.dag.parents[child]:
            return self, parent, child
        order = self.turned(child, max(parent, child, upto))
        net = self if order == list(range(len(order))) else self._reordered(order)
        start, end = order.index(parent), order.index(child)
        return net.with_parents(end, (*net.dag.parents[end], start)), start, end

    def turned(self, node: int, upto: int) -> list[int]:
        """Return a topological order in which what does not descend from ``node`` comes first, as far as ``upto``."""
        late, early = self.dag.descendants([node]), range(upto + 1)
        first, then = ([v for v in early if (v in late) is below] for below in (False, True))
        return [*first, *then, *range(upto + 1, len(self.names))]

    def _reordered(self, order: list[int]) -> Net:
        place = {old: new for new, old in enumerate(order)}
        return Net(
            tuple(self.names[old] for old in order),
            Dag(tuple(tuple(place[parent] for parent in self.dag.parents[old]) for old in order)),
            tuple(sorted((place[decision], owner) for decision, owner in self.decisions)),
            tuple(sorted((place[utility], owner) for utility, owner in self.utilities)),
            tuple(tuple(place[decision] for decision in group) for group in self.shared),
            frozenset((place[parent], place[decision]) for parent, decision in self.offers),
        )

    def of(self, owner: int) -> Net:
        """Return the net of one owner: others' decisions are given mechanisms, others' utilities do not count."""
        if all(other == owner for _, other in (*self.decisions, *self.utilities)):
            return self
        own = tuple(pair for pair in self.decisions if pair[1] == owner)
        shared = tuple(group for group in self.shared if (group[0], owner) in own)
        utilities = tuple(pair for pair in self.utilities if pair[1] == owner)
        return replace(self, decisions=own, utilities=utilities, shared=shared)


def transposed(rows: Sequence[int]) -> list[int]:
    """Return the transpose of a square matrix of bits: bit i of row j becomes bit j of row i.

    Quadrants are swapped, then their quadrants, and so on.

    >>> transposed([0b110, 0b000, 0b001])
    [4, 1, 1]
    """
    size = 1
    while size < len(rows):
        size *= 2
    bits = [0] * size
    bits[: len(rows)] = rows
    half, mask = size // 2, (1 << size) - 1
    while half:
        mask ^= mask << half & ((1 << size) - 1)  # the lower half of each pair of blocks
        for i in range(size):
            if not i & half:
                swap = (bits[i] >> half ^ bits[i + half]) & mask
                bits[i + half] ^= swap
                bits[i] ^= swap << half
        half //= 2
    return bits[: len(rows)]
