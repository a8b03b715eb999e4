"""`remove_incentive`: the smallest changes of a diagram that exclude an unwanted incentive and keep wanted ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cidmesa.criteria.flow import cut_size
from cidmesa.criteria.support import ask_again, support
from cidmesa.errors import DiagramError, NotApplicable, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["Removal", "remove_incentive"]

MAX_TRIED = 20_000
Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Removal:
    """Links whose removal excludes an incentive, and the diagram without them."""

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
    """Return all smallest sets of links whose removal excludes the incentive and leaves those in ``keep`` admitted.

    "Excluded" is meant: a removal that only leaves the question undetermined does not count. The sets are found by
    exact search in increasing size. Each must contain a link of what the incentive rests on (`support`) in the diagram
    as it then is, so only these are tried in turn; for instrumental control with one decision a minimum cut bounds the
    size from below at each step. Several smallest sets come in the order of the diagram's links; none means that no
    removal does it. An incentive that is excluded already needs no removal: one set, the empty one.

    Args:
        cid: the diagram.
        verdict: what is to be excluded, a verdict on ``cid`` by one of the ``admits_`` functions or `incentives`.
        keep: verdicts on ``cid`` that are to stay admitted.
        among: the links that may be removed: all, only observations (information links of the agent), or those listed.

    Raises:
        NotApplicable: the question does not apply, can't be asked again, or something to keep is not admitted.
        DiagramError: a link in ``among`` that is not in the diagram.
        TooLarge: more sets would have to be tried than is reasonable.

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
    """The search for all sets of one size; ``cut_short``: whether larger sets may do what these do not."""

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
            raise TooLarge(f"more than {MAX_TRIED} sets of up to {self.size} links would have to be tried. "
                           "Name fewer links by among=..., or keep less.")  # fmt: skip

    def _bound(self, diagram: CID, now: Verdict) -> int:
        """Return how many links at least must still go."""
        one_decision = len(diagram.decisions_of(now.agent)) == 1
        if now.concept != "ici" or not now or not one_decision:
            return 1
        ahead = cut_size(diagram.edges, str(now.decision), [now.node], self.removable)
        onward = cut_size(diagram.edges, now.node, diagram.utilities_of(now.agent), self.removable)
        return min(ahead, onward)


def _lost_for_good(diagram: CID, kept: Verdict) -> bool:
    """Return whether the incentive is excluded and no further removal can bring it back: it asks for paths only."""
    only_paths = kept.concept == "direct voc" or (
        kept.concept in ("ici", "impact") and len(diagram.decisions_of(kept.agent)) == 1
    )
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
            raise DiagramError(f"among=... names the link {parent} -> {child}, which is not there.")
    return listed


def _in_order(cid: CID, found: Iterable[frozenset[Link]]) -> tuple[Removal, ...]:
    place = {link: i for i, link in enumerate(cid.edges)}
    ordered = sorted(tuple(sorted(links, key=place.__getitem__)) for links in found)
    ordered.sort(key=lambda links: [place[link] for link in links])
    return tuple(Removal(links, cid.without_links(links)) for links in ordered)
