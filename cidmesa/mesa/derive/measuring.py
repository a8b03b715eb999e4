"""The prior of each way that judging takes, over a set of coefficients: exact, by bounds, or by draws."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.mesa.derive.coefficients import Ball
from cidmesa.mesa.derive.cones import share_of_ball
from cidmesa.mesa.derive.partition import Cell, Partition
from cidmesa.mesa.derive.regions import Courses, NotLinear, regions
from cidmesa.mesa.derive.slices import sliced

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from cidmesa.mesa.derive.families import Coefficients
    from cidmesa.mesa.derive.partition import How
    from cidmesa.mesa.derive.regions import Course

__all__ = ["measured"]

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
            return _answered(_exact(coefficients, names, courses))
        except NotLinear as error:
            if how.method:
                raise NotApplicable(f"no exact volumes: {error} Leave method out.") from error
            method = "estimate"
    if method == "exact":
        raise NotApplicable(f"with {', '.join(outer)} free, only bounds or an estimate are possible. Leave method out.")
    if method == "bounds":
        return _answered(_bounds(coefficients, names, outer, courses, how.width))
    return _answered(_estimate(coefficients, names, courses, how))


def _answered(found: Partition) -> Partition:
    """Return what was found, unless no cell has an answer."""
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
        Cell("", s, s, r.course.label or (), r.course.why, r.place, r.polytope)
        for r, s in zip(found, shares, strict=True)
    ]
    return Partition("exact", tuple(cells))


def _cell(course: Course[Any], place: tuple[Fraction, ...], low: Fraction, high: Fraction) -> Cell:
    return Cell("", low, high, course.label or (), course.why, place)


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
        cells.append(Cell("", share, share, course.label or (), course.why, course.place, None, counts[key]))
    return Partition("estimate", tuple(cells), draws=how.draws)
