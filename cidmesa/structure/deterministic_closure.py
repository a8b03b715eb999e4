"""Rule R1: under a pure policy a decision is a function of its observations, so seeing them is seeing the decision.

All links are asked about at once; where a decision has links that go, its links are taken one after the other. What the
rule says stands in `reduction`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.structure.dag import flow
from cidmesa.structure.verdict import Step, braces

if TYPE_CHECKING:
    from cidmesa.structure.numbered import IntLink, Net

__all__ = ["closed", "closed_links", "closed_to", "closure_steps"]

Closed: TypeAlias = "tuple[IntLink, int, bool]"


def closed(net: Net) -> list[Step]:
    """Return the R1 steps, the links of the last decision first; each is looked for where the ones before are gone.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2; D1 -> D2; S, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [step.links for step in closed(g.net)]
    [(('D1', 'D2'),)]
    """
    every = range(len(net.names))
    found = closed_links(net)
    return [_closure_step(net, link, [v for v in every if closure >> v & 1], told) for link, closure, told in found]


def closed_links(net: Net) -> list[Closed]:
    """Return the links that `closed` removes, each with the closure that shows it and whether that tells its parent."""
    todo = [[(p, d) for p in reversed(net.dag.parents[d])] for d, _ in reversed(net.decisions)]
    gone: list[Closed] = []
    for links in todo if _Closing.of(net, [*chain(*todo)]).found else ():
        if found := _Closing.of(net, links).found:
            gone += (more := _closed_at(net, links[found[0] :]))
            net = net.without(link for link, _, _ in more)
    return gone


def _closed_at(net: Net, links: Sequence[IntLink]) -> list[Closed]:
    """Return those of the links into one decision that R1 removes, one after the other."""
    gone: list[Closed] = []
    new: list[IntLink] = []
    seen = {d: sum(1 << parent for parent in net.dag.parents[d]) for d, _ in net.decisions}
    for parent, decision in links:
        rest = seen[decision] & ~(1 << parent) | 1 << decision
        closure = _closure(seen, rest)
        told = bool(closure >> parent & 1)
        if not told and closure != rest and new:
            net, new = net.without(new), []
        if told or (closure != rest and not _speaks(net, (parent, decision), closure)):
            gone.append(((parent, decision), closure, told))
            new.append((parent, decision))
            seen[decision] &= ~(1 << parent)
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


def closure_steps(net: Net, links: Sequence[IntLink]) -> dict[IntLink, Step]:
    """Return the R1 step of each of ``links`` that has one, all found by one pass: bit i is about link i.

    X -> D goes if X lies in the closure of Fa(D) without X, or is separated from U^D by that closure.

    >>> from cidmesa import cid
    >>> net = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"]).net
    >>> closure_steps(net, [(0, 1)])[0, 1].given
    ('D2',)
    """
    closing = _Closing.of(net, links)
    return {links[i]: closing.step(i) for i in closing.found}


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
        rest, targets = _questions(net, links)
        closures = _closures(net, rest)
        larger = 0  # where the closure adds nothing, there is nothing that R0 does not see
        for closure, own in zip(closures, rest, strict=True):
            larger |= closure & ~own
        able = [i for i in range(len(links)) if larger >> i & 1]
        asked = sum(1 << i for i in able if not closures[links[i][0]] >> i & 1)
        visited = flow(net.dag, [b & asked for b in targets], [b & asked for b in closures]).visited if asked else []
        return cls(net, links, closures, [i for i in able if not asked >> i & 1 or not visited[links[i][0]] >> i & 1])

    def step(self, i: int) -> Step:
        """Return the removal of link i with its certificate."""
        closure = [v for v, bits in enumerate(self.closures) if bits >> i & 1]
        return _closure_step(self.net, self.links[i], closure, self.links[i][0] in closure)


def _closure_step(net: Net, link: IntLink, closure: Iterable[int], told: bool) -> Step:
    parent, decision = link
    given, name = net.shown(node for node in closure if node != parent), net.names[parent]
    what = f"{name} itself" if told else f"all that {name} says about its utilities"
    reason = f"under a pure policy {braces(given)} tells {net.names[decision]} {what}"
    return Step("R1", net.named([link]), given, reason)


def _questions(net: Net, links: Sequence[IntLink]) -> tuple[list[int], list[int]]:
    """Return for each node the links X -> D for which it is in Fa(D) without X, and those for which it is in U^D."""
    rest = [0] * len(net.names)
    of_decision = dict.fromkeys((decision for _, decision in links), 0)
    for i, (_, decision) in enumerate(links):
        of_decision[decision] |= 1 << i
    for decision, asked in of_decision.items():
        for node in (decision, *net.dag.parents[decision]):
            rest[node] |= asked
    for i, (parent, _) in enumerate(links):
        rest[parent] &= ~(1 << i)
    targets = [0] * len(net.names)
    for utility in net.owned:
        for decision, asked in of_decision.items():
            targets[utility] |= asked if net.targets[utility] & net.bit[decision] else 0
    return rest, targets


def _closures(net: Net, sets: Sequence[int]) -> list[int]:
    """Return ``sets`` (one for each bit) together with each decision whose observations all lie in the closure."""
    closures = list(sets)
    for decision, _ in net.decisions:  # in topological order, so one pass is enough
        known = -1
        for parent in net.dag.parents[decision]:
            known &= closures[parent]
        closures[decision] |= known
    return closures
