"""`Partition`: the members of a family by cells, each with its prior."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from cidmesa.errors import CidmesaError, NotApplicable
from cidmesa.mesa.derive.enclosure import ends_of, is_enclosure
from cidmesa.mesa.derive.probability import weakest
from cidmesa.symbolic.traced import Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cidmesa.mesa.derive.member import Judging, Member
    from cidmesa.mesa.derive.probability import Kind
    from cidmesa.mesa.derive.regions import Course, Polytope

__all__ = ["Cell", "How", "Partition"]


@dataclass(frozen=True)
class How:
    """How probabilities are found: the arguments of `derive` that say so."""

    method: Kind | None = None
    width: Fraction = Fraction(1, 100)
    seed: int | None = None
    draws: int = 2_000


@dataclass(frozen=True)
class Cell:
    """A specification, or those with coefficients in one region, between which judging makes no difference.

    ``low`` and ``high``: its prior probability. ``members``: one for each behaviour; none where there is no answer, and
    ``why`` not. ``place``: coefficients that stand for it; ``polytope``: all that it stands for. ``count``: draws.
    ``course``: the way that judging took, until evidence is in.
    """

    name: str
    low: Fraction
    high: Fraction
    members: tuple[Member, ...]
    why: str = ""
    place: tuple[Fraction, ...] = ()
    polytope: Polytope | None = None
    count: int | None = None
    course: Course[tuple[Member, ...]] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, weight: Fraction, ask: Callable[[], tuple[Member, ...]]) -> Cell:
        """Return the cell of one specification; what refuses to be judged has no members."""
        try:
            members = ask()
        except CidmesaError as error:
            return cls(name, weight, weight, (), str(error))
        if not any(is_enclosure(member.likelihood) for member in members):
            return cls(name, weight, weight, members)
        (only,) = members  # a soft mesa-optimizer has one behaviour
        low, high = ends_of(only.likelihood)
        return cls(name, weight * low, weight * high, (replace(only, likelihood=1),))

    @property
    def still(self) -> bool:
        """Whether no coefficients were compared since the way was found."""
        return self.course is None or self.course.still

    def judged(self, judging: Judging) -> Cell:
        """Return the cell with what the evidence, tests and claims of a judging find of its members."""
        try:
            return replace(self, members=tuple(member.judged(judging) for member in self.members))
        except Undecidable:
            raise
        except CidmesaError as error:
            return replace(self, members=(), why=str(error))

    def asked(self, claims: Sequence[Callable[[Member], object]]) -> Cell:
        """Return the cell of one specification with what claims that are functions find of its members."""
        try:
            return replace(self, members=tuple(member.asked(claims) for member in self.members))
        except CidmesaError as error:
            return replace(self, members=(), why=str(error))


@dataclass(frozen=True)
class Partition:
    """Cells that make up a family, but for a share of the prior that is ``undecided``."""

    kind: Kind
    cells: tuple[Cell, ...]
    undecided: Fraction = field(default=Fraction(0))
    draws: int | None = None

    def settled(self, change: Callable[[Cell], Cell]) -> Partition:
        """Return the same with each cell changed."""
        return replace(self, cells=tuple(map(change, self.cells)))

    @classmethod
    def mixed(cls, parts: Sequence[tuple[Fraction, Partition]]) -> Partition:
        """Return the mixture of what was found, with weights.

        Raises:
            NotApplicable: some of it was found by draws, which say nothing of the other parts and their weights.

        """
        if len(parts) > 1 and any(found.draws for _, found in parts):
            raise NotApplicable("a mixture cannot be estimated by draws. Derive its parts one by one.")
        names = [cell.name for _, found in parts for cell in found.cells]
        several = len(set(names)) < len(names)
        cells = [
            _renamed(replace(cell, low=w * cell.low, high=w * cell.high), f"{k}: " if several else "")
            for k, (w, found) in enumerate(parts, 1)
            for cell in found.cells
        ]
        undecided = sum((w * found.undecided for w, found in parts), start=Fraction(0))
        return cls(weakest([found.kind for _, found in parts]), tuple(cells), undecided)


def _renamed(cell: Cell, mark: str) -> Cell:
    """Return a cell whose name, and those of its members, begin with a mark."""
    members = tuple(replace(member, name=f"{mark}{member.name}") for member in cell.members)
    return replace(cell, name=f"{mark}{cell.name}", members=members)
