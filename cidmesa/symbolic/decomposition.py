"""Cells of a box of parameters, no finer than is asked: its inside, edges and corners, by projection and lifting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Protocol

from cidmesa.modelling.polynomial import eliminant
from cidmesa.symbolic.factor import Factor, definite, factored, factored_terms
from cidmesa.symbolic.lifting import Coordinate, Line, Part, Point, parts

if TYPE_CHECKING:
    from cidmesa.modelling.polynomial import Terms

__all__ = ["Box", "Course", "Seen", "leading", "meetings", "turnings"]


@lru_cache(maxsize=2**14)
def meetings(first: Factor, second: Factor, y: str) -> tuple[Factor, ...]:
    """Return the irreducible factors of the resultant by ``y`` of different irreducible polynomials.

    >>> from cidmesa.symbolic.factor import Factor
    >>> circle = Factor(("x", "y"), (((2, 0), 1), ((0, 2), 1), ((0, 0), -2)))
    >>> line = Factor(("x", "y"), (((1, 0), 1), ((0, 1), -1)))
    >>> [str(part) for part in meetings(circle, line, "y")], [str(part) for part in turnings(circle, "y")]
    (['x - 1', 'x + 1'], ['x**2 - 2'])
    """
    if second < first:
        return meetings(second, first, y)
    return _parts(first.names, eliminant(first.names, y, first.terms, second.terms))


@lru_cache(maxsize=2**12)
def turnings(curve: Factor, y: str) -> tuple[Factor, ...]:
    """Return the irreducible factors of the discriminant by ``y``."""
    return _parts(curve.names, eliminant(curve.names, y, curve.terms)) if curve.degree_in(y) > 1 else ()


@lru_cache(maxsize=2**12)
def leading(curve: Factor, y: str) -> tuple[Factor, ...]:
    """Return the irreducible factors of the coefficient of the greatest power of ``y``."""
    place, degree = curve.names.index(y), curve.degree_in(y)
    lead = ((powers, c) for powers, c in curve.terms if powers[place] == degree)
    return _parts(curve.names, tuple(((*powers[:place], 0, *powers[place + 1 :]), c) for powers, c in lead))


def _parts(names: tuple[str, ...], terms: Terms) -> tuple[Factor, ...]:
    return tuple(part for part, _ in factored_terms(names, terms)[1] if part.variables)


class Course(Protocol):
    """What was seen at a point: it is the same wherever polynomials have the same signs."""

    @property
    def factors(self) -> frozenset[Factor]:
        """The polynomials."""

    @property
    def verdict(self) -> object:
        """What matters of it."""


@dataclass(frozen=True)
class Seen:
    """A cell by a point in it, with what was seen there; ``open``: no parameter is held but whole numbers."""

    point: Point
    course: Any
    open: bool


@dataclass
class Box:
    """Closed ranges of at most two parameters; ``whole``: further ones, each with the whole numbers that it may be.

    Points, and roots of polynomials on lines, are remembered.

    >>> from fractions import Fraction
    >>> from types import SimpleNamespace
    >>> from cidmesa.symbolic.factor import linear
    >>> third = linear(("p",), "p", Fraction(1, 3))
    >>> box = Box(("p",), [(Fraction(0), Fraction(1))])
    >>> look = lambda point: SimpleNamespace(factors={third}, verdict=point.sign(third))
    >>> [(str(cell.point.values()["p"]), cell.course.verdict) for cell in box.cells(look)[0]]
    [('1/4', -1), ('1/2', 1), ('1/3', 0), ('0', -1), ('1', 1)]
    """

    names: tuple[str, ...]
    spans: Sequence[Any]
    whole: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @cached_property
    def _faces(self) -> list[tuple[bool, _Face]]:
        """Its inside, edges and corners, and whether each is held at an end of a range."""
        every = [
            [*map(Fraction, self.whole[name])] if name in self.whole else _ends(span)
            for name, span in zip(self.names, self.spans, strict=True)
        ]
        found = []
        for held in sorted(product(*every), key=lambda held: sum(end is not None for end in held)):
            fixed = {name: end for name, end in zip(self.names, held, strict=True) if end is not None}
            free = {name: span for name, span in zip(self.names, self.spans, strict=True) if name not in fixed}
            found.append((any(name not in self.whole for name in fixed), _Face(self.names, fixed, free)))
        return found

    def cells(self, look: Callable[[Point], Course]) -> tuple[list[Seen], set[Factor]]:
        """Return cells that cover the ranges, and the polynomials at which the verdict changes along a line.

        In each cell all polynomials of the course seen at its point keep their signs.

        Over a sample x a line is divided only where what is seen there changes; discriminants and resultants of the
        polynomials that do so tell how far to both sides of x this lasts. Source: Collins 1975 and McCallum 1988 on
        projections, Abraham, Davenport, England and Kremer 2021 on coverings.
        """
        found: list[Seen] = []
        bounds: set[Factor] = set()
        for held, face in self._faces:
            found += [Seen(point, course, inside and not held) for point, course, inside in face.cells(look, bounds)]
        return sorted(found, key=lambda seen: not seen.open), bounds


def _ends(span: Any) -> list[Fraction | None]:
    """Return the ends of a range, after ``None`` for its inside if it has one."""
    ends = list(dict.fromkeys(end for end in span if end is not None))
    return ends if span[0] is not None and span[0] == span[1] else [None, *ends]


@dataclass
class _Face:
    """The open box that is left where some parameters are fixed."""

    names: tuple[str, ...]
    fixed: Mapping[str, Fraction]
    spans: Mapping[str, Any]
    known: dict[Factor, int] = field(default_factory=dict)
    _curves: dict[Factor, tuple[Factor, ...]] = field(default_factory=dict)
    _origins: dict[Factor, set[Factor]] = field(default_factory=dict)
    _lines: dict[Coordinate | None, Line] = field(default_factory=dict)
    _points: dict[tuple[Line | None, Coordinate | None], Point] = field(default_factory=dict)

    def cells(self, look: Callable[[Point], Any], bounds: set[Factor]) -> Iterator[tuple[Point, Any, bool]]:
        """Yield a point of each cell, what is seen there, and whether it is open in this face; ``bounds`` grows."""
        match list(self.spans):
            case []:
                point = self._point(None, None)
                yield point, look(point), True
            case [name]:
                line = self._line(name, None)
                yield from self._told(line, self._divided(line, look, bounds), True)
            case [x, y]:
                across = self._line(x, None)

                def above(at: Coordinate) -> tuple[Line, list[Part[Any]]]:
                    line = self._line(y, at, x)
                    return line, self._divided(line, look, bounds)

                for part in parts(across, above, lambda seen: self._needed(*seen)):
                    yield from self._told(*part.seen, not part.single)

    def _line(self, name: str, at: Coordinate | None, x: str | None = None) -> Line:
        if at not in self._lines:
            base = Point(tuple(self.fixed), tuple(self.fixed.values()))
            base = base if at is None or x is None else base.extended({x: at})
            self._lines[at] = Line.of(name, base, self.spans[name], self.names)
        return self._lines[at]

    def _point(self, line: Line | None, at: Coordinate | None) -> Point:
        if (line, at) not in self._points:
            point = (
                Point(tuple(self.fixed), tuple(self.fixed.values())) if line is None or at is None else line.point(at)
            )
            self._points[line, at] = point.ordered(self.names, self.known)
        return self._points[line, at]

    def _divided(self, line: Line, look: Callable[[Point], Any], bounds: set[Factor]) -> list[Part[Any]]:
        found = parts(line, lambda at: look(self._point(line, at)), self.curves)
        for first, second in pairwise(found):
            stop = first.high if second.single else second.low
            if first.seen.verdict != second.seen.verdict and stop is not None:
                bounds |= self._origins.get(line.owner[stop], set())
        return found

    def _told(self, line: Line, found: Iterable[Part[Any]], inside: bool) -> Iterator[tuple[Point, Any, bool]]:
        for part in found:
            yield self._point(line, part.at), part.seen, inside and not part.single

    def curves(self, course: Course) -> set[Factor]:
        """Return the irreducible polynomials that may be 0 in the open box, by the factors of a course."""
        return {part for factor in course.factors for part in self._parts(factor)}

    def _parts(self, factor: Factor) -> tuple[Factor, ...]:
        """Return the parts of one polynomial: none where its Bernstein coefficients show that it has no zero."""
        if factor not in self._curves:
            terms = factor.restricted(self.fixed)
            sign = definite(terms, [self.spans.get(name) for name in self.names]) if terms else 0
            if sign is not None:
                self.known[factor] = sign
            every = factored(self.names, terms.items())[1] if sign is None else ()
            self._curves[factor] = tuple(part for part, _ in every if part.variables)
            for part in self._curves[factor]:
                self._origins.setdefault(part, set()).add(factor)
        return self._curves[factor]

    def _needed(self, line: Line, found: Iterable[Part[Any]]) -> set[Factor]:
        """Return the polynomials in x whose roots end the interval around a sample in which a line is divided so.

        No polynomial of a course may get a zero in its part: by crossing an end of it, by a double root inside, or
        from infinity, where the part has no end.
        """
        y = line.name
        needed: set[Factor] = set()
        for part in found:
            ends = {line.owner[stop] for stop in (part.low, part.high) if stop is not None}
            own = self.curves(part.seen) | ends
            curves = {curve for curve in own if y in curve.variables}
            needed |= own - curves
            for curve in curves:
                needed.update(turnings(curve, y) if not part.single or curve in ends else ())
                needed.update(*(meetings(curve, end, y) for end in ends if end != curve))
                needed.update(leading(curve, y) if part.low is None or part.high is None else ())
        return needed
