"""`remove_incentive`: the smallest changes of a diagram that exclude an unwanted incentive and keep wanted ones."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cidmesa.criteria.concepts import CONCEPTS, ICI
from cidmesa.criteria.fairness import admits_unfairness
from cidmesa.criteria.finer import admits_direct_voc, admits_indirect_voc
from cidmesa.criteria.system import responding, valuing
from cidmesa.display import Displays
from cidmesa.errors import DiagramError, NotApplicable, TooLarge
from cidmesa.structure.relevance import others_given

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["Removal", "ask_again", "cut_size", "remove_incentive", "support"]

MAX_TRIED = 20_000
Link = tuple[str, str]
_DIRECT = "direct voc"
_OF_A_DECISION = {"unfairness": admits_unfairness}  # besides the concepts themselves
_OF_AN_AGENT = {_DIRECT: admits_direct_voc, "indirect voc": admits_indirect_voc}


@dataclass(frozen=True, slots=True)
class Removal(Displays):
    """Links whose removal excludes an incentive, together with the diagram without them.

    Source: ours.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    >>> way = cm.remove_incentive(g, cm.admits_ici(g, "D", "X"))[0]
    >>> way.links, way.cid.edges
    ((('D', 'X'),), (('X', 'U'),))
    """

    links: tuple[Link, ...]
    cid: CID

    @property
    def hidden(self) -> tuple[Link, ...]:
        """Those of the links that are observations: information links (observation, decision)."""
        return tuple(link for link in self.links if self.cid.kind(link[1]) == "decision")

    def __str__(self) -> str:
        return ", ".join(f"{parent} -> {child}" for parent, child in self.links) or "nothing"


def remove_incentive(
    cid: CID,
    verdict: Verdict,
    keep: Iterable[Verdict] = (),
    *,
    among: Literal["links", "observations"] | Iterable[Link] = "links",
) -> tuple[Removal, ...]:
    """Return all minimal sets of links whose removal excludes the incentive and keeps those in ``keep`` admitted.

    A removal that only leaves the question undetermined does not count. The sets are found by exact search in
    increasing size. At each step a set must contain one of the links on which the incentive rests (`support`), so only
    these are tried. For instrumental control with one decision, a minimum cut bounds the size from below. Sets of equal
    size follow the order of the diagram's links. No set means that no removal excludes the incentive; the empty set
    means that it is already excluded.

    Source: ours.

    Args:
        cid: the diagram.
        verdict: the incentive to exclude, as a verdict on ``cid`` from one of the ``admits_`` functions or
            `incentives`.
        keep: verdicts on ``cid`` that are to stay admitted.
        among: the links that may be removed: all, only observations (information links of the agent), or those listed.

    Raises:
        NotApplicable: the question does not apply, cannot be asked again, or something to keep is not admitted.
        DiagramError: a link in ``among`` is not in the diagram.
        TooLarge: too many sets would have to be tried.

    >>> from cidmesa import admits_ici, cid
    >>> g = cid("P -> Click -> U; P -> Opinion -> Click", decisions=["P"], utilities=["U"])
    >>> found = remove_incentive(g, admits_ici(g, "P", "Opinion"), keep=[admits_ici(g, "P", "Click")])
    >>> [str(removal) for removal in found]
    ['P -> Opinion', 'Opinion -> Click']
    """
    wanted = tuple(keep)
    _check(cid, verdict, wanted)
    removable = _removable(cid, verdict, among)
    for size in range(len(removable) + 1):
        search = _Search(cid, verdict, wanted, frozenset(removable), size)
        search.grow(frozenset())
        if search.found or not search.cut_short:
            return _in_order(cid, search.found)
    return ()


@dataclass
class _Search:
    """The search for all sets of one size; ``cut_short``: whether larger sets may succeed where these fail."""

    cid: CID
    verdict: Verdict
    keep: tuple[Verdict, ...]
    removable: frozenset[Link]
    size: int
    found: list[frozenset[Link]] = field(default_factory=list)
    cut_short: bool = False
    seen: set[frozenset[Link]] = field(default_factory=set)

    def grow(self, removed: frozenset[Link]) -> None:
        """Try the set and, while it is small enough, each set with one more link that may matter."""
        if removed in self.seen:
            return
        self._count(removed)
        diagram = self.cid.without_links(sorted(removed))
        now = ask_again(diagram, self.verdict)
        if any(_lost_for_good(diagram, kept) for kept in self.keep):
            return
        excluded = now.status == "excluded"
        if excluded and all(ask_again(diagram, kept) for kept in self.keep):
            self.found += [removed] if len(removed) == self.size else []
            return
        least = len(removed) + self._bound(diagram, now)
        if least > self.size:
            self.cut_short |= least <= len(self.removable)
            return
        rests_on = None if excluded else support(diagram, now)
        links = diagram.edges if rests_on is None else rests_on
        for link in links:
            if link in self.removable:
                self.grow(removed | {link})

    def _count(self, removed: frozenset[Link]) -> None:
        self.seen.add(removed)
        if len(self.seen) > MAX_TRIED:
            raise TooLarge(
                f"more than {MAX_TRIED} sets of up to {self.size} links would have to be tried. "
                "Name fewer links by among=..., or keep less."
            )

    def _bound(self, diagram: CID, now: Verdict) -> int:
        """Return a lower bound on the number of links that must still be removed."""
        one_decision = len(diagram.decisions_of(now.agent)) == 1
        if now.concept != ICI.key or not now or not one_decision:
            return 1
        ahead = cut_size(diagram.edges, str(now.decision), [now.node], self.removable)
        onward = cut_size(diagram.edges, now.node, diagram.utilities_of(now.agent), self.removable)
        return min(ahead, onward)


def _lost_for_good(diagram: CID, kept: Verdict) -> bool:
    """Return whether the incentive is excluded and no further removal can bring it back: it asks for paths only."""
    plain, one_decision = CONCEPTS.get(kept.concept), len(diagram.decisions_of(kept.agent)) == 1
    only_paths = plain.only_paths and one_decision if plain else kept.concept == _DIRECT
    return only_paths and not ask_again(diagram, kept)


def _check(cid: CID, verdict: Verdict, keep: tuple[Verdict, ...]) -> None:
    if ask_again(cid, verdict).status == "not applicable":
        raise NotApplicable(f"{verdict.concept} on {verdict.node}: {verdict.reason}. There is nothing to exclude.")
    for kept in keep:
        if not ask_again(cid, kept):
            raise NotApplicable(f"{kept.concept} on {kept.node} is to be kept, but it is not admitted: {kept.reason}.")


def _removable(cid: CID, verdict: Verdict, among: str | Iterable[Link]) -> tuple[Link, ...]:
    if among == "links":
        return cid.edges
    if among == "observations":
        own = cid.decisions_of(verdict.agent)
        return tuple(link for link in cid.edges if link[1] in own)
    if isinstance(among, str):
        raise NotApplicable(f"among={among!r}: give 'links', 'observations', or a list of links.")
    listed = tuple(dict.fromkeys((parent, child) for parent, child in among))
    for parent, child in listed:
        if cid.index(parent) not in cid.dag.parents[cid.index(child)]:
            raise DiagramError(f"among=... names the link {parent} -> {child}, which is not in the diagram.")
    return listed


def _in_order(cid: CID, found: Iterable[frozenset[Link]]) -> tuple[Removal, ...]:
    place = {link: i for i, link in enumerate(cid.edges)}
    ordered = sorted(tuple(sorted(links, key=place.__getitem__)) for links in found)
    ordered.sort(key=lambda links: [place[link] for link in links])
    return tuple(Removal(links, cid.without_links(links)) for links in ordered)


# --- asking again, and what an admitted incentive rests on ----------------------------------------------------------


def ask_again(cid: CID, verdict: Verdict) -> Verdict:
    """Return the answer for ``cid`` to the question that ``verdict`` answered, perhaps for another diagram.

    Raises:
        NotApplicable: the concept's question needs more than a decision and a node.

    >>> from cidmesa import admits_ici, cid
    >>> g = cid("D -> X -> U", decisions=["D"], utilities=["U"])
    >>> ask_again(g.without_link("X", "U"), admits_ici(g, "D", "X")).status
    'excluded'
    """
    if verdict.concept in CONCEPTS and verdict.node in cid:
        return CONCEPTS[verdict.concept].ask(cid, verdict.agent, verdict.decision, verdict.node)
    if verdict.concept in _OF_AN_AGENT:
        return _OF_AN_AGENT[verdict.concept](cid, verdict.node, verdict.agent)
    if verdict.concept in _OF_A_DECISION and verdict.node in cid:
        return _OF_A_DECISION[verdict.concept](cid, str(verdict.decision), verdict.node)
    known = ", ".join([*CONCEPTS, *_OF_A_DECISION, *_OF_AN_AGENT])
    question = f"{verdict.concept} on {verdict.node}"
    raise NotApplicable(f"{question} cannot be asked again from its verdict; these can, on single nodes: {known}.")


def support(cid: CID, verdict: Verdict) -> tuple[Link, ...] | None:
    """Return links such that no diagram with these and some of the other links excludes the incentive.

    If information matters, these are the links of a system of an observation, in the diagram without the agent's other
    decisions, and of a path to it. Otherwise they are the links of directed paths without other decisions. ``None``
    means not known, which does not occur for one decision. With these links some model silences the other decisions.

    >>> from cidmesa import admits_ri, cid
    >>> g = cid("X -> S -> D; S, D -> U; Y -> D", decisions=["D"], utilities=["U"])
    >>> support(g, admits_ri(g, "D", "X"))
    (('X', 'S'), ('S', 'D'), ('S', 'U'), ('D', 'U'))
    """
    if not verdict:
        return None
    diagram = others_given(cid, verdict.agent)
    own = [d for d in diagram.decisions if verdict.decision in (None, d)]
    decisions: list[str | None] = [*own] or [None]
    plain = CONCEPTS.get(verdict.concept)
    rests_on = plain.rests_on if plain else valuing if verdict.concept == _DIRECT else responding
    found = (rests_on(diagram, decision, verdict.node) for decision in decisions)
    return next((tuple(dict.fromkeys(links)) for links in found if links is not None), None)


# --- a minimum cut by augmenting paths ------------------------------------------------------------------------------

_END = "\0"  # no node that a person names is called so


def cut_size(
    links: Collection[tuple[str, str]], start: str, ends: Iterable[str], removable: Collection[tuple[str, str]]
) -> int:
    """Return the least number of ``removable`` links whose removal leaves no directed path from ``start`` to an end.

    If no removal suffices, the answer exceeds the number of links. By Menger's theorem it is the greatest flow of unit
    capacity; each augmentation is one breadth-first search. Source: Ford and Fulkerson 1956.

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
