"""Bounds on volumes where some coefficients enter products: these are cut into slices, in the others all is linear."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cidmesa.mesa.derive.regions import NotLinear, around, regions
from cidmesa.mesa.derive.volume import half
from cidmesa.symbolic.factor import moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.derive.regions import Course, Courses, Polytope
    from cidmesa.mesa.derive.volume import Half
    from cidmesa.symbolic.factor import Factor

__all__ = ["Slices", "sliced"]

MAX_PARTS = 10_000
INSIDE = Fraction(16, 33)  # where in a slice the question is asked: near the middle, seldom on a boundary

T = TypeVar("T")
Span = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Slices(Generic[T]):
    """Shares of a product of a polytope with a box: of each course at least this much, and what is left undecided."""

    shares: tuple[tuple[Course[T], Fraction], ...]
    undecided: Fraction


@dataclass(frozen=True)
class _Part(Generic[T]):
    spans: Mapping[str, Span]
    inside: tuple[tuple[Course[T], Fraction], ...]
    undecided: Fraction


def sliced(domain: Polytope, courses: Courses[T], spans: Mapping[str, Span], width: Fraction) -> Slices[T]:
    r"""Return the shares of the courses, cutting the box ``spans`` until what is undecided is at most ``width``.

    In a part of the box a factor is :math:`\sum_j B_j(t)\,\beta_j(x)`, with the Bernstein polynomials
    :math:`B_j \ge 0` of the part and linear :math:`\beta_j`. Where all :math:`\beta_j` have the sign of the course, so
    has the factor, for every t of the part: that is a polytope, and its volume is exact.

    Raises:
        NotLinear: a factor has a higher degree in the coefficients of the polytope.

    """
    whole = prod((high - low for low, high in spans.values()), start=domain.volume)
    heap: list[tuple[Fraction, int, _Part[T]]] = []
    _push(heap, _part(domain, courses, spans, whole), 0)
    undecided = heap[0][2].undecided
    for count in range(1, MAX_PARTS):
        if undecided <= width:
            break
        part = heappop(heap)[2]
        undecided -= part.undecided
        for place, half_of_it in enumerate(_halves(part.spans)):
            made = _part(domain, courses, half_of_it, whole)
            _push(heap, made, 2 * count + place)
            undecided += made.undecided
    total: dict[int, tuple[Course[T], Fraction]] = {}
    for course, share in (pair for _, _, part in heap for pair in part.inside):
        total[id(course)] = (course, total.get(id(course), (course, Fraction(0)))[1] + share)
    return Slices(tuple(total.values()), undecided)


def _push(heap: list[tuple[Fraction, int, _Part[T]]], part: _Part[T], number: int) -> None:
    heappush(heap, (-part.undecided, number, part))


def _halves(spans: Mapping[str, Span]) -> Iterator[dict[str, Span]]:
    name = max(spans, key=lambda n: spans[n][1] - spans[n][0])
    low, high = spans[name]
    middle = (low + high) / 2
    yield {**spans, name: (low, middle)}
    yield {**spans, name: (middle, high)}


def _part(domain: Polytope, courses: Courses[T], spans: Mapping[str, Span], whole: Fraction) -> _Part[T]:
    fixed = {name: low + INSIDE * (high - low) for name, (low, high) in spans.items()}
    scale = prod((high - low for low, high in spans.values()), start=Fraction(1)) / whole
    inside, undecided = [], domain.volume * scale
    for region in regions(domain, courses, fixed):
        signs = {f: _sign(f, domain.names, region.place, fixed) for f in region.course.path.factors}
        rows = [row for factor in sorted(signs) for row in _surely(factor, signs[factor], domain.names, spans)]
        polytope = around(domain, rows)
        if polytope is not None:
            inside.append((region.course, polytope.volume * scale))
            undecided -= inside[-1][1]
    return _Part(spans, tuple(inside), undecided)


def _sign(factor: Factor, names: Sequence[str], place: Sequence[Fraction], fixed: Mapping[str, Fraction]) -> int:
    return 1 if factor.at({**dict(zip(names, place, strict=True)), **fixed}) > 0 else -1


def _surely(factor: Factor, sign: int, names: Sequence[str], spans: Mapping[str, Span]) -> Iterator[Half]:
    """Yield half-spaces of ``names`` in all of which a factor has the sign, for all values of the others in spans."""
    outer = list(spans)
    by: dict[tuple[int, ...], dict[str | None, Any]] = {}
    for name in (None, *names):
        terms = dict(_coefficient(factor, names, name, outer))
        for powers, value in _bernstein(terms, [spans[n] for n in outer], _degrees(factor, outer)):
            by.setdefault(powers, {})[name] = value
    for betas in by.values():
        yield half([-sign * betas[name] for name in names], sign * betas[None])


def _coefficient(
    factor: Factor, names: Sequence[str], of: str | None, outer: Sequence[str]
) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Yield the terms in the outer coefficients that multiply a name, or none."""
    for powers, coefficient in factor.terms:
        at = dict(zip(factor.names, powers, strict=True))
        inside = [name for name in names if at.get(name)]
        if sum(at.get(name, 0) for name in names) > 1:
            raise NotLinear(f"the sign of {factor} decides, which is not linear in {', '.join(names)}.")
        if (inside[0] if inside else None) == of:
            yield tuple(at.get(name, 0) for name in outer), Fraction(coefficient)


def _degrees(factor: Factor, outer: Iterable[str]) -> list[int]:
    return [factor.degree_in(name) if name in factor.names else 0 for name in outer]


def _bernstein(
    terms: Mapping[tuple[int, ...], Fraction], spans: Sequence[Span], degrees: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Yield the coefficients of a polynomial, up to factors that depend on the place and the degrees alone."""
    found: dict[tuple[int, ...], Any] = dict(terms)
    for place, (span, degree) in enumerate(zip(spans, degrees, strict=True)):
        found = moved(found, place, degree, span) if found and degree else found
    for powers in product(*(range(degree + 1) for degree in degrees)):
        yield powers, Fraction(found.get(powers, 0))
