"""The parts of a set of coefficients in which the composed model is judged in the same way, with exact volumes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cidmesa.errors import CidmesaError, TooLarge
from cidmesa.mesa.derive.volume import gap_of, half, irredundant, vertices, volume
from cidmesa.symbolic.exploration import Answer, run
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.traced import OnBoundary, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.derive.volume import Half
    from cidmesa.symbolic.exploration import Path
    from cidmesa.symbolic.factor import Factor

__all__ = ["Course", "Courses", "NotLinear", "Polytope", "Region", "around", "regions", "row_of"]

MAX_COURSES = 2_000
MAX_SHIFTS = 1_000  # of points that lie on a boundary
MAX_IN_VAIN = 1_000  # random points before what is left is worked out
BITS = 30  # coordinates of random points are multiples of 2^-30 of a side
BEYOND = Fraction(9, 4)  # a mirror image, an eighth farther

T = TypeVar("T")
Place = tuple[Fraction, ...]


class NotLinear(CidmesaError):
    """What decides is no linear function of the coefficients, so that the regions are no polytopes."""


@dataclass(frozen=True)
class Polytope:
    """A bounded set of coefficients: ``halves``, a box around it by ``low`` and ``high``."""

    names: tuple[str, ...]
    halves: tuple[Half, ...]
    low: Place
    high: Place

    @cached_property
    def volume(self) -> Fraction:
        """The volume."""
        return volume(self.halves)

    @cached_property
    def centre(self) -> Place:
        """A point inside: the mean of the corners."""
        corners = vertices(irredundant(self.halves))
        return tuple(sum(axis, start=Fraction(0)) / len(corners) for axis in zip(*corners, strict=True))

    def contains(self, place: Sequence[Fraction]) -> bool:
        """Return whether a point is inside."""
        return all(gap_of(row, place) >= 0 for row in self.halves)

    def drawn(self, draw: Random) -> Place:
        """Return a random point, evenly."""
        while True:
            shares = (Fraction(draw.getrandbits(BITS), 2**BITS) for _ in self.names)
            place = tuple(a + s * (b - a) for a, b, s in zip(self.low, self.high, shares, strict=True))
            if self.contains(place):
                return place


@dataclass(frozen=True)
class Course(Generic[T]):
    """One way that judging takes: wherever the signs of ``path`` hold, it finds ``label``.

    ``label`` is ``None`` where there is no answer; ``why`` says so. ``trace``: of the numbers in the label.
    """

    place: Place
    path: Path
    label: T | None
    why: str
    trace: Trace

    @property
    def still(self) -> bool:
        """Whether the numbers in the label have not been compared since in ways that others would not share."""
        return self.trace.signs() == self.path.signs


@dataclass(frozen=True)
class Region(Generic[T]):
    """A polytope in which the label is the same, but for its boundary."""

    polytope: Polytope
    place: Place
    course: Course[T]


def _course_at(names: tuple[str, ...], place: Place, ask: Callable[[Mapping[str, Any]], T], inside: bool) -> Course[T]:
    """Return the way that a question takes at a point, and what it finds there."""
    found: list[T] = []

    def asked(values: Mapping[str, Any]) -> Answer:
        found.append(ask(values))
        return Answer(True)

    trace = Trace(Point(names, place), inside=inside)
    path = run(asked, trace.point, trace=trace)
    return Course(place, path, found[-1] if path.answer.holds else None, path.answer.why, trace)


class Courses(Generic[T]):
    """The ways that a question takes, each found once: at a point that none covers the question is run."""

    def __init__(self, names: tuple[str, ...], ask: Callable[[Mapping[str, Any]], T]) -> None:
        self.names, self.ask, self.known = names, ask, list[Course[T]]()

    def at(self, place: Place, *, inside: bool = False) -> Course[T]:
        """Return the way that the question takes at a point.

        Raises:
            OnBoundary: the point should lie inside a region, and does not.
            TooLarge: more than 2,000 different ways.

        """
        point = Point(self.names, place)
        known = next((course for course in self.known if course.path.covers(point)), None)
        if known is not None:
            return known
        if len(self.known) == MAX_COURSES:
            raise TooLarge(f"more than {MAX_COURSES} different cases. Use fewer features.")
        self.known.append(_course_at(self.names, place, self.ask, inside))
        return self.known[-1]


def regions(domain: Polytope, courses: Courses[T], fixed: Mapping[str, Fraction] | None = None) -> list[Region[T]]:
    """Return regions that fill a polytope but for a null set, each with the way that the question takes in it.

    The question is run at a point and the signs of the linear factors on which it depended make a region; then at a
    point that lies in none yet, until the volumes add up to that of the whole, which proves that none is missing.
    ``fixed``: further numbers that the question depends on, after those of the polytope.

    Raises:
        NotLinear: a factor has a higher degree.

    """
    given = dict(fixed or {})
    left, found, points = domain.volume, list[Region[T]](), _Points(domain)
    while left:
        place = points.next(found)
        try:
            course = courses.at((*place, *given.values()), inside=True)
        except OnBoundary:
            points.shifted(place)
            continue
        rows = [row_of(factor, domain.names, given) for factor in sorted(course.path.factors)]
        polytope = around(domain, [_turned(row, place) for row in rows])
        if polytope is None:
            points.shifted(place)
            continue
        found.append(Region(polytope, place, course))
        left -= polytope.volume
        points.beyond(place, rows)
        if left < 0:
            raise CidmesaError("regions of the coefficients overlap: a comparison was not recorded.")
    return found


def around(domain: Polytope, rows: Iterable[Half]) -> Polytope | None:
    """Return the part of a polytope in further half-spaces, ``None`` where it has no inside."""
    halves = irredundant([*domain.halves, *rows])
    return replace(domain, halves=tuple(halves)) if halves else None


def row_of(factor: Factor, names: Sequence[str], fixed: Mapping[str, Fraction]) -> Half:
    """Return the half-space where a factor is not positive.

    Raises:
        NotLinear: it has a higher degree in the names.

    """
    row = [Fraction(0)] * (len(names) + 1)
    for powers, coefficient in factor.restricted(fixed).items():
        inside = [name for name, power in zip(factor.names, powers, strict=True) if power]
        if sum(powers) > 1:
            raise NotLinear(f"the sign of {factor} decides, which is not linear in {', '.join(names)}.")
        row[names.index(inside[0]) if inside else -1] += coefficient if inside else -coefficient
    return half(row[:-1], row[-1])


def _turned(row: Half, place: Place) -> Half:
    """Return the half-space of a row or its opposite, whichever holds a point; both do: the empty one."""
    gap = gap_of(row, place)
    return row if gap > 0 else tuple(-number for number in row) if gap < 0 else (*(0 for _ in place), -1)


class _Points:
    """Points of a polytope to try next: behind the boundaries of what is known, at random, at last in what is left."""

    def __init__(self, domain: Polytope) -> None:
        self.domain, self.waiting, self.shifts = domain, [domain.centre], 0
        self.draw = Random(0)  # noqa: S311 (always the same points)

    def next(self, found: Sequence[Region[Any]]) -> Place:
        """Return a point that lies in no region that was found."""
        for _ in range(MAX_IN_VAIN + len(self.waiting)):
            place = self.waiting.pop() if self.waiting else self.domain.drawn(self.draw)
            if not any(region.polytope.contains(place) for region in found):
                return place
        return next(_left([self.domain], [region.polytope for region in found])).centre

    def shifted(self, place: Place) -> None:
        """Try a point near one that lies on a boundary.

        Raises:
            NotLinear: too many points were tried.

        """
        self.shifts += 1
        if self.shifts > MAX_SHIFTS:
            raise NotLinear("at every point that was tried, two quantities that decide the answer are equal.")
        other = self.domain.drawn(self.draw)
        self.waiting.append(tuple(x + (y - x) / 97 for x, y in zip(place, other, strict=True)))

    def beyond(self, place: Place, rows: Sequence[Half]) -> None:
        """Try the mirror images of a point behind boundaries, an eighth farther."""
        for row in rows:
            if any(row[:-1]):
                scale = BEYOND * gap_of(row, place) / sum(a * a for a in row[:-1])
                image = tuple(x + scale * a for x, a in zip(place, row, strict=False))
                if self.domain.contains(image):
                    self.waiting.append(image)


def _left(parts: Sequence[Polytope], known: Sequence[Polytope]) -> Iterator[Polytope]:
    """Yield polytopes with an inside that make up the parts without the known regions."""
    for part in parts:
        if not known:
            yield part
            continue
        yield from _left(list(_without(part, known[0])), known[1:])


def _without(part: Polytope, region: Polytope) -> Iterator[Polytope]:
    """Yield polytopes that make up a part without a region: each violates one half-space, and none before it."""
    inside = list(part.halves)
    for row in region.halves:
        halves = irredundant([*inside, tuple(-number for number in row)])
        if halves:
            yield replace(part, halves=tuple(halves))
        inside.append(row)
