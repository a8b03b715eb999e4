"""Verdicts of which only the status is worked out until somebody looks at them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.criteria.decision_problem import Problem
from cidmesa.criteria.ground import Decided
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Status

__all__ = ["Entry", "LazyVerdicts"]


class Entry(NamedTuple):
    """What a verdict says, without what shows it."""

    agent: str
    decision: str | None
    node: str
    concept: str
    status: Status


@dataclass(frozen=True)
class _Sheet:
    """The verdicts of one agent (``decision`` is ``None``) or decision: node by node, the concepts of each."""

    problem: Problem
    decision: str | None
    concepts: tuple[Decided, ...]

    def __len__(self) -> int:
        return len(self.concepts) * len(self.problem.cid)

    def entry(self, place: int) -> Entry:
        """Return the status at a place, without its reasons."""
        node, k = divmod(place, len(self.concepts))
        decided = self.concepts[k]
        status = decided.status(node, self._bit)
        return Entry(self.problem.agent, self.decision, self.problem.cid.nodes[node], decided.concept.key, status)

    def verdict(self, place: int) -> Verdict:
        """Return the whole verdict at a place."""
        node, k = divmod(place, len(self.concepts))
        return self.concepts[k].verdict(self.decision, self.problem.cid.nodes[node])

    @cached_property
    def _bit(self) -> int:
        diagram = self.problem.diagram
        return 1 if self.decision is None else diagram.net.bit[diagram.index(self.decision)]


def _sheets(cid: CID, agent: str) -> Iterator[_Sheet]:
    problem = Problem(cid, agent)
    decided = [Decided(concept, problem) for concept in CONCEPTS.values()]
    for one in decided:
        _ = one.tables
    yield _Sheet(problem, None, tuple(one for one in decided if one.concept.of_agent))
    for decision in cid.decisions_of(agent):
        yield _Sheet(problem, decision, tuple(one for one in decided if not one.concept.of_agent))


@dataclass(frozen=True, eq=False, repr=False)
class LazyVerdicts(Sequence[Verdict]):
    """The verdicts on a diagram, each made when it is used; equal to the tuple of them, and pickled as that tuple.

    >>> from cidmesa import cid
    >>> verdicts = LazyVerdicts.of(cid("D -> U", decisions=["D"], utilities=["U"]))
    >>> len(verdicts), verdicts[0].concept, verdicts == tuple(verdicts)
    (10, 'voc', True)
    """

    sheets: tuple[_Sheet, ...]
    chosen: Sequence[int]

    @classmethod
    def of(cls, cid: CID) -> LazyVerdicts:
        """Return the verdicts for all agents, decisions, nodes and concepts; the statuses are worked out now."""
        sheets = tuple(sheet for agent in cid.agents for sheet in _sheets(cid, agent))
        return cls(sheets, range(sum(map(len, sheets))))

    def entries(self) -> Iterator[Entry]:
        """Yield what each verdict says, without making it."""
        return (sheet.entry(place) for sheet, place in map(self._located, self.chosen))

    def picked(self, places: Iterable[int]) -> LazyVerdicts:
        """Return the verdicts at these places."""
        return replace(self, chosen=tuple(self.chosen[place] for place in places))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.sheets))]

    def _located(self, number: int) -> tuple[_Sheet, int]:
        sheet = bisect_right(self._starts, number) - 1
        return self.sheets[sheet], number - self._starts[sheet]

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> LazyVerdicts: ...
    def __getitem__(self, index: int | slice) -> Verdict | LazyVerdicts:
        if isinstance(index, slice):
            return replace(self, chosen=self.chosen[index])
        sheet, place = self._located(self.chosen[index])
        return sheet.verdict(place)

    def __len__(self) -> int:
        return len(self.chosen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | LazyVerdicts) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"LazyVerdicts({len(self)} verdicts)"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)
