"""Information links that are not there: whether they would be immaterial, for many links at once.

For each link the diagram with this link is a *world*. The worlds differ in information links only, so one pass over the
graph serves them all: bit w of a *door* says whether a link is there in world w. The rules are those of `reduction`,
applied in the same order in each world; tests compare with one reduction after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.structure.dag import Dag, Flow, flow, lowered, raised

if TYPE_CHECKING:
    from cidmesa.structure.numbered import IntLink, Net

__all__ = ["Family", "judged"]

Bits: TypeAlias = list[int]


def judged(net: Net, decision: int, nodes: Sequence[int], upto: int) -> tuple[set[int], set[int]]:
    """Return from which ``nodes`` a new link to ``decision`` is immaterial, and with which the diagram is soluble.

    The net has one agent; rule R1 is not tried before other links are gone (`closed_to` does that). In a diagram that
    is soluble with the link, a chance node's link is asked of R0 alone, which is complete there. ``upto``: as for
    `Net.with_link`, the last of ``nodes`` or later.

    >>> from cidmesa import cid
    >>> g = cid("Z, S -> D1; S, D1 -> U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> gone, soluble = judged(g.net, g.index("D2"), g.indices(["Z", "S", "D1"]), g.index("D2"))
    >>> g.names(gone), g.names(soluble)
    (('Z',), ())
    """
    family = Family.of(net, decision, nodes, upto)
    link = {node: (family.place(node), family.place(decision)) for node in nodes}
    soluble = family.full & ~family.cyclic
    minimal = family.minimal()
    plain = {w for w, node in enumerate(nodes) if soluble >> w & 1 and node not in net.bit}
    among = family.full & ~sum(1 << w for w in plain)
    reduced, _ = applied(minimal, among, (closed, coordinating, sandwiched))
    between, _ = sandwiched(family, among)
    ends = (minimal, reduced, between)
    gone = {node for w, node in enumerate(nodes) if not all(end.doors.get(link[node], 0) >> w & 1 for end in ends)}
    return gone, {node for w, node in enumerate(nodes) if soluble >> w & 1}


@dataclass(frozen=True)
class Family:
    """A one-agent net in several worlds: ``order`` are its nodes, ``doors`` the worlds in which each link is there.

    Of decision k and world w, bit k * worlds + w is a *lane*.
    """

    order: tuple[int, ...]
    dag: Dag
    decisions: tuple[int, ...]
    utilities: tuple[int, ...]
    worlds: int
    doors: Mapping[IntLink, int]

    @classmethod
    def of(cls, net: Net, decision: int, nodes: Sequence[int], upto: int) -> Family:
        """Return the worlds in which ``decision`` sees one of ``nodes`` more, ``nodes[w]`` in world w."""
        order = net.turned(decision, upto)
        place = {old: new for new, old in enumerate(order)}
        full = (1 << len(nodes)) - 1
        doors = {(place[p], place[d]): full for p, d in net.information}
        doors |= {(place[node], place[decision]): 1 << w for w, node in enumerate(nodes)}
        rows = [tuple(place[parent] for parent in net.dag.parents[old]) for old in order]
        rows[place[decision]] += tuple(place[node] for node in nodes)
        decisions = tuple(sorted(place[old] for old in net.bit))
        utilities = tuple(sorted(place[old] for old, _ in net.utilities))
        return cls(tuple(order), Dag(tuple(rows)), decisions, utilities, len(nodes), doors)

    def place(self, node: int) -> int:
        """Return where a node of the net stands."""
        return self.order.index(node)

    @property
    def full(self) -> int:
        """All worlds."""
        return (1 << self.worlds) - 1

    def with_links(self, doors: Mapping[IntLink, int]) -> Family:
        """Return the family with these information links, those alone that are there in some world."""
        kept = {link: worlds for link, worlds in doors.items() if worlds}
        rows = [() if node in self.shift else parents for node, parents in enumerate(self.dag.parents)]
        for parent, decision in kept:
            rows[decision] += (parent,)
        return Family(self.order, Dag(tuple(rows)), self.decisions, self.utilities, self.worlds, kept)

    def shut(self, gone: Mapping[IntLink, int]) -> Family:
        """Return the family without links in some worlds."""
        return self.with_links({link: worlds & ~gone.get(link, 0) for link, worlds in self.doors.items()})

    def seen(self, decision: int) -> Iterator[tuple[int, int]]:
        """Yield the parents of a decision, each with the worlds in which it is one."""
        return ((parent, self.doors[parent, decision]) for parent in self.dag.parents[decision])

    def limits(self, spread: int) -> dict[int, tuple[int, ...]]:
        """Return the doors for `flow`, for bits in which the worlds stand once for each bit of ``spread``."""
        return {d: tuple(worlds * spread for _, worlds in self.seen(d)) for d in self.decisions}

    # --- all decisions in all worlds -----------------------------------------------------------------------------

    @cached_property
    def shift(self) -> dict[int, int]:
        """For each decision where its lanes begin."""
        return {decision: k * self.worlds for k, decision in enumerate(self.decisions)}

    @cached_property
    def spread(self) -> int:
        """One bit for each decision, where its lanes begin."""
        return sum(1 << shift for shift in self.shift.values())

    @cached_property
    def targets(self) -> Bits:
        """For each utility the lanes in which the decision has a path to it."""
        own = [0] * len(self.order)
        for decision, shift in self.shift.items():
            own[decision] = self.full << shift
        below = lowered(self.dag, own, self.limits(self.spread))
        return self._scores(below)

    def _scores(self, bits: Sequence[int]) -> Bits:
        return [bits[node] if node in self.utilities else 0 for node in range(len(bits))]

    @cached_property
    def balls(self) -> Flow:
        """The Bayes balls: from the utilities below a decision, its family observed."""
        given = [0] * len(self.order)
        for decision, shift in self.shift.items():
            given[decision] |= self.full << shift
            for parent, worlds in self.seen(decision):
                given[parent] |= worlds << shift
        return flow(self.dag, self.targets, given, doors=self.limits(self.spread))

    @property
    def cyclic(self) -> int:
        """The worlds in which the decisions cannot be solved one after the other."""
        relied = self.balls.mechanisms
        left = dict.fromkeys(self.decisions, self.full)
        while True:
            rest = {
                d: worlds & _union(relied[e] >> self.shift[d] & left[e] for e in left if e != d)
                for d, worlds in left.items()
            }
            if rest == left:
                return _union(left.values())
            left = rest

    def ball(self, decision: int, seen: Mapping[int, int], worlds: int) -> Bits:
        """Return for each node the worlds in which the ball of one decision gets there that sees ``seen``."""
        own, given, limits = [0] * len(self.order), [0] * len(self.order), self.limits(1)
        own[decision] = given[decision] = worlds
        for parent, there in seen.items():
            given[parent] = there & worlds
        targets = self._scores(lowered(self.dag, own, limits))
        return flow(self.dag, targets, given, doors=limits).visited

    def play(self) -> Bits:
        """Return where each node is a decision, a utility below one, or observed."""
        bits = [0] * len(self.order)
        for utility in self.utilities:
            bits[utility] = _union(self.targets[utility] >> shift & self.full for shift in self.shift.values())
        for decision in self.decisions:
            bits[decision] = self.full
            for parent, worlds in self.seen(decision):
                bits[parent] |= worlds
        return bits

    def related(self, nodes: Sequence[int]) -> Bits:
        """Return for each node the worlds in which it has a common ancestor with one of ``nodes``."""
        limits = self.limits(1)
        return lowered(self.dag, raised(self.dag, nodes, limits), limits)

    def remembered(self) -> dict[int, dict[int, int]]:
        """Return for each decision what it sees and, earlier decisions and what they saw, might remember, and where."""
        memory: dict[int, int] = {}
        found = {}
        for decision in self.decisions:
            for parent, worlds in self.seen(decision):
                memory[parent] = memory.get(parent, 0) | worlds
            found[decision] = dict(memory)
            memory[decision] = self.full
        return found

    def minimal(self) -> Family:
        """Return what R0 leaves in each world."""
        kept = {(p, d): w & (self.balls.visited[p] >> self.shift[d]) for (p, d), w in self.doors.items()}
        return self if kept == self.doors else self.with_links(kept).minimal()


def applied(
    family: Family, among: int, rules: Sequence[Callable[[Family, int], tuple[Family, int]]]
) -> tuple[Family, int]:
    """Apply to each of the worlds ``among`` the first of ``rules`` that removes something, and R0, until none does.

    Like a rule, returns what is left and the worlds in which something was removed by ``rules``.

    >>> from cidmesa import cid
    >>> g = cid("Z -> D1; D1, D2 -> U; Z -> X", decisions=["D1", "D2"], utilities=["U"])
    >>> family = Family.of(g.net, g.index("D2"), [g.index("Z"), g.index("X")], 0)
    >>> applied(family, 0b11, (coordinating,))[1]
    3
    """
    family, ever = family.minimal(), 0
    while among:
        touched = 0
        for rule in rules:
            family, hit = rule(family, among & ~touched)
            touched |= hit
        family, among, ever = family.minimal(), touched, ever | touched
    return family, ever


# --- R1: deterministic closure ----------------------------------------------------------------------------------------


def closed(family: Family, among: int) -> tuple[Family, int]:
    """Apply R1 in some worlds, to the links of the last decision first, each where those before it are gone.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> Y; Y, D2 -> U; X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> family = Family.of(g.net, g.index("D2"), [g.index("D1"), g.index("X")], 0)
    >>> closed(family, 0b11)[1]
    1
    """
    links = ((p, d) for d in reversed(family.decisions) for p in reversed(family.dag.parents[d]))
    touched, todo = 0, [link for link in links if family.doors[link] & among]
    while found := _closed(family, todo, among):
        first = ((found & -found).bit_length() - 1) // family.worlds
        decision = todo[first][1]
        for link in [link for link in todo[first:] if link[1] == decision]:
            if gone := _closed(family, [link], among):
                family, touched = family.shut({link: gone}), touched | gone
        todo = [link for link in todo[first:] if link[1] != decision]
    return family, touched


def _closed(family: Family, links: Sequence[IntLink], among: int) -> int:
    """Return where R1 removes one of ``links``: bit i * worlds + w is about link i in world w."""
    shifts = [i * family.worlds for i in range(len(links))]
    spread = sum(1 << shift for shift in shifts)
    rest, targets = [0] * len(family.order), [0] * len(family.order)
    for shift, (parent, decision) in zip(shifts, links, strict=True):
        rest[decision] |= family.full << shift
        for other, worlds in family.seen(decision):
            rest[other] |= worlds << shift if other != parent else 0
        asked = family.doors[parent, decision] & among
        for utility in family.utilities:
            targets[utility] |= (family.targets[utility] >> family.shift[decision] & asked) << shift
    closures = _closures(family, rest, spread)
    larger = _union(closure & ~own for closure, own in zip(closures, rest, strict=True))
    targets, known = ([bits & larger for bits in both] for both in (targets, closures))
    visited = flow(family.dag, targets, known, doors=family.limits(spread)).visited if larger else closures
    found = 0
    for shift, (parent, decision) in zip(shifts, links, strict=True):
        told, active, more = (bits >> shift for bits in (closures[parent], visited[parent], larger))
        found |= (family.doors[parent, decision] & among & (told | more & ~active)) << shift
    return found


def _closures(family: Family, sets: Sequence[int], spread: int) -> Bits:
    """Return ``sets`` together with each decision whose observations all lie in the closure."""
    closures = list(sets)
    for decision in family.decisions:  # in topological order, so one pass is enough
        known = family.full * spread
        for parent, worlds in family.seen(decision):
            known &= closures[parent] | ~(worlds * spread)
        closures[decision] |= known
    return closures


# --- R2: common randomness ------------------------------------------------------------------------------------------


def coordinating(family: Family, among: int) -> tuple[Family, int]:
    """Apply R2 in some worlds, with the largest set of chance nodes for which it holds.

    >>> from cidmesa import cid
    >>> g = cid("Z -> D1; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> family = Family.of(g.net, g.index("D2"), [g.index("Z")], 0)
    >>> coordinating(family, 1)[0].doors
    {}
    """
    chosen = {p: 0 for p, _ in family.doors if p not in family.decisions}
    for (parent, _), worlds in family.doors.items():
        if parent in chosen:
            chosen[parent] |= worlds & among
    while True:
        gone = {link: worlds & chosen.get(link[0], 0) for link, worlds in family.doors.items()}
        rest = family.shut(gone)
        dependent = rest.related(rest.play())
        if not any(dependent[node] & worlds for node, worlds in chosen.items()):
            return rest, _union(gone.values())
        chosen = {node: worlds & ~dependent[node] for node, worlds in chosen.items()}


# --- R3: the sandwich -----------------------------------------------------------------------------------------------


def sandwiched(family: Family, among: int) -> tuple[Family, int]:
    """Apply R3 in some worlds: no forgetting, from the last decision on, as long as nothing beyond the world is needed.

    In a diagram without forgetting what R0 leaves of a decision's links does not depend on links to earlier decisions.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2; X -> Y; D2, D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"])
    >>> sandwiched(Family.of(g.net, g.index("D3"), [g.index("X")], 0), 1)[1]
    1
    """
    alive = among & family.cyclic
    kept: dict[IntLink, int] = {}
    remembered = family.remembered() if alive else {}
    for decision in reversed(remembered):
        seen = remembered[decision]
        visited = family.with_links(kept).ball(decision, seen, alive)
        needed = {(p, decision): w & visited[p] & alive for p, w in seen.items()}
        beyond = (w & ~family.doors.get(link, 0) for link, w in needed.items() if link[0] not in family.shift)
        alive &= ~_union(beyond)
        if not alive:
            break
        kept |= needed
    if not alive:
        return family, 0
    whole = family.with_links(kept)
    reduced, _ = applied(whole, alive, (closed, coordinating))
    alive &= ~_union(worlds & ~family.doors.get(link, 0) for link, worlds in reduced.doors.items())
    gone = {link: worlds & alive & ~reduced.doors.get(link, 0) for link, worlds in family.doors.items()}
    return family.shut(gone), _union(gone.values())


def _union(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)
