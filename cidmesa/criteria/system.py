"""What makes an observation worth having: the paths that any model with positive value of information needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.structure.relevance import downstream_utilities
from cidmesa.structure.separation import active_path, directed_path

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = [
    "Path",
    "System",
    "by_itself",
    "controlling",
    "find_system",
    "informing",
    "moving",
    "path_links",
    "responding",
    "steering",
    "systems_below",
    "to_utility",
    "valuing",
]

Path = tuple[str, ...]
Link = tuple[str, str]


@dataclass(frozen=True)
class System:
    """Paths through which a node informs a decision about a utility that the decision controls.

    ``info``: a path from the node to the utility that is active given what the decision observes besides, and that
    avoids the decision; it climbs to sources and falls to colliders in turn. ``openings``: for each collider a directed
    path to an observation, on which only the end is observed. ``control``: a directed path decision ~> utility. As long
    as these links and those from the openings' ends to the decision are there, the node is requisite.
    Source: the systems of van Merwijk et al. 2022 for one decision.

    >>> from cidmesa import cid
    >>> g = cid("X, Y -> C; C, X -> D; Y, D -> U", decisions=["D"], utilities=["U"])
    >>> system = find_system(g, "D", "X")
    >>> system.info, system.openings, system.control, system.sources, system.colliders
    (('X', 'C', 'Y', 'U'), (('C',),), ('D', 'U'), (0, 2), (1,))
    """

    decision: str
    info: Path
    downward: tuple[bool, ...]  # for each link of the info path whether it points towards the utility
    openings: tuple[Path, ...]
    control: Path

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The places on the info path that no link of it enters, from the node to the utility."""
        ends = range(len(self.downward))
        return tuple(i for i in ends if self.downward[i] and (i == 0 or not self.downward[i - 1]))

    @cached_property
    def colliders(self) -> tuple[int, ...]:
        """The places on the info path that two links of it enter, in the order of `openings`."""
        return tuple(i for i in range(1, len(self.downward)) if self.downward[i - 1] and not self.downward[i])

    @property
    def links(self) -> tuple[Link, ...]:
        """All links that the system consists of."""
        steps = zip(itertools.pairwise(self.info), self.downward, strict=True)
        info = [(a, b) if down else (b, a) for (a, b), down in steps]
        ends = [(path[-1], self.decision) for path in self.openings]
        return tuple(dict.fromkeys([*info, *path_links(*self.openings, self.control), *ends]))


def path_links(*paths: Path) -> tuple[Link, ...]:
    """Return the links of directed paths.

    >>> path_links(("A", "B", "C"), ("D",))
    (('A', 'B'), ('B', 'C'))
    """
    return tuple(link for path in paths for link in itertools.pairwise(path))


def find_system(cid: CID, decision: str, node: str) -> System | None:
    """Return a system for ``node`` in a one-agent diagram with one decision, ``None`` iff it is not requisite.

    The diagram with and without the link node -> decision has the same systems. The decision itself is never needed on
    the info path: a collider that only the decision opens is opened by one of its other observations, or reaches the
    node itself, and then a shorter path from the node climbs to it.

    >>> from cidmesa import cid
    >>> find_system(cid("X -> D -> U", decisions=["D"], utilities=["U"]), "D", "X") is None
    True
    """
    utilities = downstream_utilities(cid, decision)
    given = [parent for parent in cid.parents(decision) if parent != node]
    info = active_path(cid.without_nodes([decision]), node, utilities, given)
    if not info:
        return None
    downward = tuple(a in cid.parents(b) for a, b in itertools.pairwise(info))
    blank = System(decision, info, downward, (), _shortest(cid, decision, [info[-1]]))
    openings = tuple(_shortest(cid, info[place], given) for place in blank.colliders)
    return System(decision, info, downward, openings, blank.control)


def systems_below(cid: CID, decision: str, node: str) -> Iterator[tuple[Path, System]]:
    """Yield for each requisite observation that ``node`` reaches a directed path to it, and a system for it.

    There is one iff the diagram, of one agent with one decision, admits a response incentive on the node.

    >>> from cidmesa import cid
    >>> g = cid("X -> S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> [(path, system.info) for path, system in systems_below(g, "D", "X")]
    [(('X', 'S'), ('S', 'U'))]
    """
    for seen in cid.parents(decision):
        path = directed_path(cid, node, seen)
        if path and (system := find_system(cid, decision, seen)):
            yield path, system


def by_itself(cid: CID, decision: str) -> CID:
    """Return the diagram without the other decisions: what is admitted here is admitted by models that silence them.

    >>> from cidmesa import cid
    >>> by_itself(cid("D1 -> D2 -> U; D1 -> U", decisions=["D1", "D2"], utilities=["U"]), "D2").edges
    (('D2', 'U'),)
    """
    return cid.without_nodes([other for other in cid.decisions if other != decision])


def to_utility(cid: CID, node: str, avoiding: Iterable[str] = ()) -> Path:
    """Return a directed path from ``node`` to a utility that meets no node of ``avoiding``, or ``()``.

    >>> from cidmesa import cid
    >>> to_utility(cid("D -> X -> U", decisions=["D"], utilities=["U"]), "X", avoiding=["D"])
    ('X', 'U')
    """
    barred = tuple(avoiding)
    return next(filter(None, (directed_path(cid, node, end, avoiding=barred) for end in cid.utilities)), ())


def controlling(cid: CID, decision: str, node: str) -> Path:
    """Return a directed path decision ~> node ~> utility without other decisions, or ``()``.

    >>> from cidmesa import cid
    >>> controlling(cid("D -> X -> U", decisions=["D"], utilities=["U"]), "D", "X")
    ('D', 'X', 'U')
    """
    others = [other for other in cid.decisions if other != decision]
    ahead = directed_path(cid, decision, node, avoiding=others)
    onward = ahead and to_utility(cid, node, others)
    return (*ahead, *onward[1:]) if onward else ()


# --- what an incentive rests on: links that are enough for it, ``None`` where it needs other decisions ---------------


def informing(cid: CID, decision: str | None, node: str) -> tuple[Link, ...] | None:
    """Return the links of a system of the node, in the diagram without the other decisions."""
    rest = by_itself(cid, str(decision))
    system = find_system(rest, str(decision), node) if node in rest else None
    return system.links if system else None


def responding(cid: CID, decision: str | None, node: str) -> tuple[Link, ...] | None:
    """Return the links of a system of an observation and of a path to it, without the other decisions."""
    rest = by_itself(cid, str(decision))
    pairs = systems_below(rest, str(decision), node) if node in rest else iter(())
    return next(((*path_links((*path, str(decision))), *system.links) for path, system in pairs), None)


def valuing(cid: CID, decision: str | None, node: str) -> tuple[Link, ...] | None:
    """Return the links of a path to a utility without decisions, else those by which the node informs the decision."""
    path = to_utility(cid, node, cid.decisions)
    return path_links(path) if path or decision is None else responding(cid, decision, node)


def steering(cid: CID, decision: str | None, node: str) -> tuple[Link, ...] | None:
    """Return the links of a path decision ~> node ~> utility without other decisions."""
    path = controlling(cid, str(decision), node)
    return path_links(path) if path else None


def moving(cid: CID, decision: str | None, node: str) -> tuple[Link, ...] | None:
    """Return the links of a path decision ~> utility without other decisions, and of a path decision ~> node."""
    aim = controlling(cid, str(decision), str(decision))
    return path_links(directed_path(cid, str(decision), node), aim) if aim else None


def _shortest(cid: CID, start: str, ends: Iterable[str]) -> Path:
    """Return a shortest directed path from ``start`` to one of ``ends``; only its end is among them."""
    paths = (cid.dag.path(cid.index(start), cid.index(end)) for end in ends)
    shortest = min((path for path in paths if path), key=len, default=())
    return tuple(cid.nodes[step] for step in shortest)
