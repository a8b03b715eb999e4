"""The prior of each way that judging takes, over a set of coefficients: exact, by bounds, or by draws."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable, library
from cidmesa.mesa.derive.coefficients import Ball
from cidmesa.mesa.derive.enclosure import ends_of
from cidmesa.mesa.derive.partition import Cell, Partition
from cidmesa.mesa.derive.regions import Courses, NotLinear, regions
from cidmesa.mesa.derive.slices import sliced
from cidmesa.mesa.derive.volume import gap_of, irredundant, vertices

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from cidmesa.mesa.derive.families import Coefficients
    from cidmesa.mesa.derive.partition import How
    from cidmesa.mesa.derive.regions import Course
    from cidmesa.mesa.derive.volume import Half

__all__ = ["answered", "measured", "share_of_ball"]


MAX_EXACT = 4  # coefficients

Ask = "Callable[[Mapping[str, Any]], Any]"


def measured(
    coefficients: Coefficients,
    features: Collection[str],
    names: tuple[str, ...],
    ask: Callable[[Mapping[str, Any]], Any],
    how: How,
) -> Partition:
    """Return the ways that judging takes with their shares: by the method asked for, else the first that applies.

    Raises:
        NotApplicable: the method does not apply, an estimate has no seed, or no point has an answer.

    """
    outer = tuple(name for name in names if name not in features)
    courses: Courses[Any] = Courses(names, ask)
    method = how.method or ("estimate" if len(names) - len(outer) > MAX_EXACT else "bounds" if outer else "exact")
    if method == "exact" and not outer:
        try:
            return _exact(coefficients, names, courses)
        except NotLinear as error:
            if how.method:
                raise NotApplicable(f"no exact volumes: {error} Leave method out.") from error
            method = "estimate"
    if method == "exact":
        raise NotApplicable(f"with {', '.join(outer)} free, only bounds or an estimate are possible. Leave method out.")
    if method == "bounds":
        return _bounds(coefficients, names, outer, courses, how.width)
    return _estimate(coefficients, names, courses, how)


def answered(found: Partition) -> Partition:
    """Return what was found, unless no cell has an answer.

    Raises:
        NotApplicable: none has.

    """
    if found.cells and not any(cell.members for cell in found.cells):
        raise NotApplicable(f"no coefficients have an answer: {found.cells[0].why}")
    return found


def _exact(coefficients: Coefficients, names: tuple[str, ...], courses: Courses[Any]) -> Partition:
    domain = coefficients.polytope(names)
    found = regions(domain, courses)
    if isinstance(coefficients, Ball) and coefficients.norm == 2:
        cells = [_cell(r.course, r.place, *share_of_ball(r.polytope.halves)) for r in found]
        return Partition("bounds", tuple(cells))
    shares = [region.polytope.volume / domain.volume for region in found]
    cells = [
        Cell("", s, s, r.course.label or (), r.course.why, r.place, r.polytope, course=r.course)
        for r, s in zip(found, shares, strict=True)
    ]
    return Partition("exact", tuple(cells))


def _cell(course: Course[Any], place: tuple[Fraction, ...], low: Fraction, high: Fraction) -> Cell:
    return Cell("", low, high, course.label or (), course.why, place, course=course)


def _bounds(
    coefficients: Coefficients, names: tuple[str, ...], outer: tuple[str, ...], courses: Courses[Any], width: Fraction
) -> Partition:
    if not outer or not hasattr(coefficients, "span"):
        raise NotApplicable(
            "bounds are for a box with coefficients that are no features, such as box(-1, 1, gamma=(0, 1))."
        )
    inner = tuple(name for name in names if name not in outer)
    spans = {name: coefficients.span(name) for name in outer}
    try:
        found = sliced(coefficients.polytope(inner), courses, spans, width)
    except NotLinear as error:
        raise NotApplicable(f"no bounds: {error} Use method='estimate' with a seed.") from error
    cells = [_cell(course, course.place, share, share) for course, share in found.shares]
    return Partition("bounds", tuple(cells), found.undecided)


def _estimate(coefficients: Coefficients, names: tuple[str, ...], courses: Courses[Any], how: How) -> Partition:
    if how.seed is None:
        raise NotApplicable("these probabilities can only be estimated by draws: give a seed, derive(..., seed=1).")
    domain, draw = coefficients.polytope(names), Random(how.seed)  # noqa: S311 (a seed is asked for)
    counts: Counter[int] = Counter()
    ways: dict[int, Course[Any]] = {}
    while sum(counts.values()) < how.draws:
        place = domain.drawn(draw)
        if isinstance(coefficients, Ball) and coefficients.norm == 2 and sum(x * x for x in place) > 1:
            continue
        course = courses.at(place)
        ways[id(course)] = course
        counts[id(course)] += 1
    cells = []
    for key, course in ways.items():
        share = Fraction(counts[key], how.draws)
        members = course.label or ()
        cells.append(Cell("", share, share, members, course.why, course.place, None, counts[key], course))
    return Partition("estimate", tuple(cells), draws=how.draws)


Vector = tuple[Fraction, ...]


def share_of_ball(halves: Sequence[Half]) -> tuple[Fraction, Fraction]:
    r"""Return bounds on the share of the unit ball in the cone over a part of the cube [-1, 1]^d, for d = 2 and 3.

    The faces of that part on the cube are cut into simplices, and what each subtends at the origin is added up: angles
    over :math:`2\pi`, or solid angles over :math:`4\pi` with
    :math:`\tan(\Omega/2) = |a\cdot(b\times c)| / (|a||b||c| + (a\cdot b)|c| + (a\cdot c)|b| + (b\cdot c)|a|)`.
    Source: Van Oosterom and Strackee 1983, "The solid angle of a plane triangle".

    Raises:
        NotLinear: the part does not come from a cone, or d > 3.
        NeedsPackage: python-flint is not installed.

    >>> from cidmesa.mesa.derive.volume import half
    >>> low, high = share_of_ball([half([1, 0], 1), half([-1, 0], 0), half([0, 1], 1), half([0, -1], 0)])
    >>> low <= Fraction(1, 4) <= high, float(high - low) < 1e-15
    (True, True)

    """
    rows = irredundant(halves)
    size = len(rows[0]) - 1
    if size not in (2, 3):
        raise NotLinear("the volume of a ball of norm 2 is known in two and three dimensions only.")
    outer = [row for row in rows if row[-1]]
    if any(row[-1] < 0 or sum(map(bool, row[:-1])) > 1 for row in outer):
        raise NotLinear("the answer depends on the length of the coefficients, so its regions are not cones.")
    arb = library("flint", "fast").arb
    corners = vertices(rows)
    subtended = _angle if size == 2 else _solid_angle
    total = arb(0)
    for row in outer:
        face = [corner for corner in corners if gap_of(row, corner) == 0]
        for simplex in _simplices(face, rows, size - 1):
            total += subtended(*([_arb(x, arb) for x in corner] for corner in simplex), arb=arb)
    low, high = ends_of(total / ((2 if size == 2 else 4) * arb.pi()))
    return max(low, Fraction(0)), min(high, Fraction(1))


def _simplices(face: Sequence[Vector], rows: Sequence[Half], dimension: int) -> Iterator[tuple[Vector, ...]]:
    """Yield simplices that make up a face: each has the first corner and a simplex of a face without it."""
    if dimension == 0:
        yield (face[0],)
        return
    first = face[0]
    parts = (tuple(c for c in face if gap_of(row, c) == 0) for row in rows)
    for part in dict.fromkeys(part for part in parts if len(part) >= dimension and first not in part):
        yield from ((first, *others) for others in _simplices(part, rows, dimension - 1))


def _arb(number: Fraction, arb: Any) -> Any:
    return arb(number.numerator) / number.denominator


def _dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True)), start=0 * a[0])


def _angle(a: Sequence[Any], b: Sequence[Any], *, arb: Any) -> Any:
    return arb.atan2(abs(a[0] * b[1] - a[1] * b[0]), _dot(a, b))


def _solid_angle(a: Sequence[Any], b: Sequence[Any], c: Sequence[Any], *, arb: Any) -> Any:
    cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]]
    la, lb, lc = (_dot(v, v).sqrt() for v in (a, b, c))
    below = la * lb * lc + _dot(a, b) * lc + _dot(a, c) * lb + _dot(b, c) * la
    return 2 * arb.atan2(abs(_dot(a, cross)), below)
