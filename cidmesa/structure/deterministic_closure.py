"""Rule R1: under a pure policy a decision is a function of its observations, so seeing them is seeing the decision.

All links are asked about at once; where a decision has links that go, its links are taken one after the other. What the
rule says stands in `reduction`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from cidmesa.structure.dag import flow
from cidmesa.structure.verdict import Removal, Step, braces

if TYPE_CHECKING:
    from cidmesa.structure.numbered import IntLink, Net

__all__ = ["closed", "closed_to", "closures_of"]


def closed(net: Net) -> list[Removal]:
    """Return what R1 removes, the links of the last decision first; each is looked for where the ones before are gone.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2; D1 -> D2; S, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [removal.step.links for removal in closed(g.net)]
    [(('D1', 'D2'),)]
    """
    todo = [[(p, d) for p in reversed(net.dag.parents[d])] for d, _ in reversed(net.decisions)]
    seen = {d: sum(1 << parent for parent in net.dag.parents[d]) for d, _ in net.decisions}
    gone: list[Removal] = []
    for links in todo if _Closing.of(net, [*chain(*todo)]).found else ():
        if found := _Closing.of(net, links).found:
            gone += (more := _closed_at(net, links[found[0] :], seen))
            dropped = [link for removal in more for link in removal.links]
            net, decision = net.without(dropped), links[0][1]
            seen = seen | {decision: seen[decision] & ~sum(1 << parent for parent, _ in dropped)}
    return gone


def _closed_at(net: Net, links: Sequence[IntLink], seen: Mapping[int, int]) -> list[Removal]:
    """Return what R1 removes of the links into one decision, one after the other; ``seen`` by each at the start."""
    gone: list[Removal] = []
    new: list[IntLink] = []
    names, left = net.names, seen[links[0][1]]
    for parent, decision in links:
        rest = left & ~(1 << parent) | 1 << decision
        told = parent in seen and not seen[parent] & ~rest
        closure = rest if told else _closure(seen, rest)  # needed in full only where the parent sees something else
        told = told or bool(closure >> parent & 1)
        if not told and closure != rest and new:
            net, new = net.without(new), []
        if told or (closure != rest and not _speaks(net, (parent, decision), closure)):
            gone.append(Removal(((parent, decision),), partial(_closure_step, names, (parent, decision), seen, rest)))
            new.append((parent, decision))
            left &= ~(1 << parent)
    return gone


def _closure(seen: Mapping[int, int], known: int) -> int:
    for decision, observed in seen.items():  # in topological order, so one pass is enough
        if not observed & ~known:
            known |= 1 << decision
    return known


def _speaks(net: Net, link: IntLink, given: int) -> bool:
    """Return whether the parent of a link is active to the utilities of its decision."""
    bit = net.bit[link[1]]
    known = [given >> node & 1 for node in range(len(net.names))]
    return bool(flow(net.dag, [bool(bits & bit) for bits in net.targets], known).visited[link[0]])


def closures_of(net: Net, links: Sequence[IntLink]) -> dict[IntLink, Removal]:
    """Return the removal by R1 alone of each of ``links`` that has one, all found by one pass: bit i is about link i.

    X -> D goes if X lies in the closure of Fa(D) without X, or is separated from U^D by that closure.

    >>> from cidmesa import cid
    >>> net = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"]).net
    >>> closures_of(net, [(0, 1)])[0, 1].step.given
    ('D2',)
    """
    closing = _Closing.of(net, links)
    return {links[i]: Removal((links[i],), partial(closing.step, i)) for i in closing.found}


def closed_to(net: Net) -> list[int]:
    """Return for each node the decisions to which a new link from it would be immaterial by R1.

    The closure of Fa(D) is the same with the new link, and separates the same nodes from U^D, since D is in it. So one
    pass answers for all links that are not there; for links that are there the answer means nothing. If decisions share
    a rule, which need not be pure, R1 says nothing.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2, U; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> bin(closed_to(g.net)[g.index("D1")])      # D2 sees S, so it knows D1
    '0b11'
    """
    if net.bound:
        return [0] * len(net.names)
    closures = _closures(net, net.families)
    visited = flow(net.dag, net.targets, closures).visited
    return [net.all & (inside | ~reached) for inside, reached in zip(closures, visited, strict=True)]


@dataclass(frozen=True, slots=True)
class _Closing:
    """The links that R1 removes one by one: bit i of ``closures`` is about link i, ``found`` are their positions."""

    net: Net
    links: Sequence[IntLink]
    closures: list[int]
    found: list[int]

    @classmethod
    def of(cls, net: Net, links: Sequence[IntLink]) -> _Closing:
        """Return which of ``links`` R1 removes, in the order of their positions."""
        rest = _families(net, links)
        closures = _closures(net, rest)
        larger = 0  # where the closure adds nothing, there is nothing that R0 does not see
        for closure, own in zip(closures, rest, strict=True):
            larger |= closure & ~own
        able = [i for i in range(len(links)) if larger >> i & 1]
        asked = sum(1 << i for i in able if not closures[links[i][0]] >> i & 1)
        targets = _targets(net, links, asked) if asked else []
        visited = flow(net.dag, targets, [b & asked for b in closures]).visited if asked else []
        return cls(net, links, closures, [i for i in able if not asked >> i & 1 or not visited[links[i][0]] >> i & 1])

    def step(self, i: int) -> Step:
        """Return the removal of link i with its certificate."""
        closure = sum((bits >> i & 1) << node for node, bits in enumerate(self.closures))
        return _closure_step(self.net.names, self.links[i], {}, closure)


def _closure_step(names: Sequence[str], link: IntLink, seen: Mapping[int, int], known: int) -> Step:
    """Return the step of a link by the closure of what is known."""
    parent, decision = link
    closure = _closure(seen, known)
    given = tuple(name for node, name in enumerate(names) if closure >> node & 1 and node != parent)
    what = f"{names[parent]} itself" if closure >> parent & 1 else f"all that {names[parent]} says about its utilities"
    reason = f"under a pure policy {braces(given)} tells {names[decision]} {what}"
    return Step("R1", ((names[parent], names[decision]),), given, reason)


def _families(net: Net, links: Sequence[IntLink]) -> list[int]:
    """Return for each node the links X -> D for which it is in Fa(D) without X."""
    rest = [0] * len(net.names)
    for decision, asked in _by_decision(links).items():
        for node in (decision, *net.dag.parents[decision]):
            rest[node] |= asked
    for i, (parent, _) in enumerate(links):
        rest[parent] &= ~(1 << i)
    return rest


def _targets(net: Net, links: Sequence[IntLink], among: int) -> list[int]:
    """Return for each node the links X -> D, of some, for which it is in U^D."""
    targets, of_decision = [0] * len(net.names), _by_decision(links)
    for utility in net.owned:
        for decision, asked in of_decision.items():
            targets[utility] |= asked & among if net.targets[utility] & net.bit[decision] else 0
    return targets


def _by_decision(links: Sequence[IntLink]) -> dict[int, int]:
    of_decision = dict.fromkeys((decision for _, decision in links), 0)
    for i, (_, decision) in enumerate(links):
        of_decision[decision] |= 1 << i
    return of_decision


def _closures(net: Net, sets: Sequence[int]) -> list[int]:
    """Return ``sets`` (one for each bit) together with each decision whose observations all lie in the closure."""
    closures = list(sets)
    for decision, _ in net.decisions:  # in topological order, so one pass is enough
        known = -1
        for parent in net.dag.parents[decision]:
            known &= closures[parent]
        closures[decision] |= known
    return closures
