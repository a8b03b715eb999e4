"""The posterior of a family: probabilities of claims over cells, behaviours and what is undecided."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import NotApplicable
from cidmesa.mesa.derive.evidence import Scored
from cidmesa.mesa.derive.levels import OnLevels
from cidmesa.mesa.derive.probability import CONFIDENCE, NOTHING_FITS, Probability, Way, extremes, interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cidmesa.mesa.derive.evidence import Item
    from cidmesa.mesa.derive.member import Member
    from cidmesa.mesa.derive.partition import Cell, Partition

__all__ = ["Posterior"]

Holds: TypeAlias = "Callable[[Member], bool]"


def _anything(member: Member) -> bool:  # noqa: ARG001 (a claim)
    return True


@dataclass(frozen=True, eq=False)
class Posterior:
    """What was found of a family, with the evidence and how ties are taken."""

    found: Partition
    evidence: Sequence[Item]
    ties: str = "bounds"
    seed: int | None = None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, those members left out whose score is too low among the family."""
        within = [item for item in self.evidence if isinstance(item, Scored | OnLevels) and item.among == "family"]
        if not within:
            return self.found.cells
        if why := [cell.why for cell in self.found.cells if not cell.members and cell.high > 0]:
            raise NotApplicable(f"the best of the family is not known, because part of it has no answer: {why[0]}")
        if self.found.undecided:
            raise NotApplicable("the best of the family is not known, because part of it is undecided.")
        members = [member for cell in self.found.cells for member in cell.members]
        most = [min(map(item.loss, members)) + item.within for item in within]

        def good(member: Member) -> Member:
            fits = all(item.loss(member) <= loss for item, loss in zip(within, most, strict=True))
            return member if fits else replace(member, likelihood=0)

        return tuple(replace(cell, members=tuple(map(good, cell.members))) for cell in self.found.cells)

    def fitting(self) -> Iterator[tuple[Cell, Member]]:
        """Yield the members of positive likelihood and prior with their cells."""
        for cell in self.cells:
            yield from ((cell, member) for member in cell.members if cell.high > 0 and member.likelihood > 0)

    @property
    def _unanswered(self) -> bool:
        return any(not cell.members and cell.high > 0 for cell in self.cells)

    def all_hold(self, claim: Holds) -> bool:
        """Return whether a claim is true of all members that fit, none of which is left out.

        Where part of the family is undecided, has no answer or was not drawn, nothing is.

        Raises:
            NotApplicable: nothing fits the evidence.

        """
        fitting = [member for _, member in self.fitting()]
        open_cells = self.found.undecided > 0 or self._unanswered or self.found.kind == "estimate"
        if not fitting and not open_cells:
            raise NotApplicable(NOTHING_FITS)
        return not open_cells and all(claim(member) for member in fitting)

    def probability(self, claim: Holds, given: Holds | None = None) -> Probability:
        """Return the probability of a claim, given another where one is named."""
        known = given or _anything
        if any(cell.count is not None for cell in self.cells):
            return self._estimated(claim, known)
        members = [self._ways(cell, claim, known) for cell in self.cells]
        members += [_open(self.found.undecided)] if self.found.undecided else []
        low, high = (end.ratio for end in extremes(members))
        kind = "bounds" if self.found.kind == "exact" and self._unanswered else self.found.kind
        return Probability(kind, low, high, self._tied(claim, known))

    def _pairs(self, cell: Cell, claim: Holds, known: Holds) -> list[Way]:
        """Return what each behaviour adds, for a prior of 1; with even ties their mean."""
        pairs = [(member.likelihood if known(member) else 0, member) for member in cell.members]
        ways = [Way(weight if weight and claim(member) else 0 * weight, weight) for weight, member in pairs]
        if self.ties == "even" and ways:
            count = len(ways)
            return [Way(sum(w.hit for w in ways) / Fraction(count), sum(w.weight for w in ways) / Fraction(count))]
        return list(dict.fromkeys(ways))

    def _ways(self, cell: Cell, claim: Holds, known: Holds) -> list[Way]:
        if not cell.members:
            return _open(cell.high)
        ends = dict.fromkeys((cell.low, cell.high))
        return [Way(end * hit, end * weight) for hit, weight in self._pairs(cell, claim, known) for end in ends]

    def _tied(self, claim: Holds, known: Holds) -> bool:
        return any(len(self._pairs(cell, claim, known)) > 1 for cell in self.cells if cell.high > 0)

    # --- by draws ---------------------------------------------------------------------------------------------------

    def _estimated(self, claim: Holds, known: Holds) -> Probability:
        """Return the share of draws for which the claim holds, of those that agree with the evidence."""
        draw = Random(f"{self.seed} evidence")  # noqa: S311 (a seed is asked for)
        counts: Counter[tuple[Way, ...]] = Counter()
        for cell in self.cells:
            pairs = self._pairs(cell, claim, known) if cell.members else _open(Fraction(1))
            counts.update(_simulated(pairs, draw) for _ in range(cell.count or 0))
        low, high = extremes([[Way(n * w.hit, n * w.weight) for w in ways] for ways, n in counts.items()])
        ends = interval(int(low.hit), int(low.weight))[0], interval(int(high.hit), int(high.weight))[1]
        hits, kept = int(low.hit), int(low.weight)
        return Probability("estimate", *ends, low != high, CONFIDENCE, self.seed, hits, kept)


def _open(weight: Any) -> list[Way]:
    """Return what may be added by a share of the prior of which nothing is known."""
    return [Way(0 * weight, 0 * weight), Way(0 * weight, weight), Way(weight, weight)]


def _simulated(pairs: Sequence[Way], draw: Random) -> tuple[Way, ...]:
    """Return the ways that agree with evidence simulated once: each counts wholly, or not."""
    chance = draw.random()
    return tuple(dict.fromkeys(Way(int(way.hit > 0), 1) if chance < way.weight else Way(0, 0) for way in pairs))
