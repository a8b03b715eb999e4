"""Where a condition on two parameters holds within a frame, exactly: bands between curves, and their borders.

The frame is cut where the curves of the condition turn, meet, run away or leave it (the projection of cylindrical
algebraic decomposition, Collins 1975). Between two cuts no curve begins, ends or crosses another, so one rational point
in each gap between them answers for the whole gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.symbolic.decomposition import leading, meetings, turnings
from cidmesa.symbolic.factor import Factor, factored_terms, linear
from cidmesa.symbolic.lifting import Point

if TYPE_CHECKING:
    from cidmesa.symbolic.condition import Condition

__all__ = ["Regions", "regions"]

Line: TypeAlias = tuple[tuple[float, float], ...]
Corner: TypeAlias = tuple[Fraction, Fraction]

_STEPS = 48  # pieces of a curve between two cuts
_CLOSE = 1e-13  # of the frame: how closely a cut is known
_NEAR = 1e-7  # of the frame: ends of lines that are the same point


@dataclass(frozen=True)
class Regions:
    """``bands``: outlines of the parts where the condition holds. ``borders``: lines at which the answer changes."""

    bands: tuple[Line, ...]
    borders: tuple[Line, ...]


def regions(condition: Condition, names: tuple[str, str], low: Corner, high: Corner) -> Regions:
    """Return where a condition holds within a frame; where it holds on a line only is not shown.

    Raises:
        NotApplicable: a condition is on other parameters.

    >>> import cidmesa as cm
    >>> from cidmesa.symbolic.proof import condition_of
    >>> below = condition_of(lambda v: v["x"] > v["y"], [cm.parameter("x", 0, 1), cm.parameter("y", 0, 1)], "below")
    >>> found = regions(below, ("x", "y"), (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
    >>> len(found.bands), found.borders[0][0], found.borders[0][-1]
    (1, (0.0, 0.0), (1.0, 1.0))
    """
    if not set(condition.names) <= set(names):
        raise NotApplicable(
            f"the condition is on {', '.join(condition.names)}, the axes are {' and '.join(names)}. "
            f"Ask for one with over={list(names)}."
        )
    plane = _Plane(condition, names, low, high)
    slabs = [_Slab(plane, start, end) for start, end in pairwise(plane.cuts)]
    walls = [wall for left, right in pairwise(slabs) if left.end in plane.walls for wall in _walls(left, right)]
    pieces = [piece for slab in slabs for piece in slab.borders]
    return Regions(tuple(band for slab in slabs for band in slab.bands), tuple(_joined([*pieces, *walls], plane.size)))


@dataclass(frozen=True)
class _Plane:
    """The frame, and the irreducible polynomials of the condition in both its parameters."""

    condition: Condition
    names: tuple[str, str]
    low: Corner
    high: Corner

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return float(self.high[0] - self.low[0]), float(self.high[1] - self.low[1])

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The irreducible polynomials."""
        found: set[Factor] = set()
        for factor in self.condition.formula.factors:
            place = [factor.names.index(name) if name in factor.names else None for name in self.names]
            terms = tuple((tuple(0 if i is None else p[i] for i in place), Fraction(c)) for p, c in factor.terms)
            found |= {part for part, _ in factored_terms(self.names, terms)[1]}
        return tuple(sorted(found))

    @cached_property
    def curves(self) -> tuple[Factor, ...]:
        """Those whose zeros are not upright lines."""
        return tuple(factor for factor in self.factors if factor.degree_in(self.names[1]))

    @cached_property
    def walls(self) -> frozenset[float]:
        """Where upright lines stand."""
        return frozenset(root for factor in self.factors if factor not in self.curves for root in self._roots(factor))

    @cached_property
    def cuts(self) -> tuple[float, ...]:
        """The ends of the frame, and between them where the order of the curves may change."""
        y = self.names[1]
        ends = [linear(self.names, y, self.low[1]), linear(self.names, y, self.high[1])]
        events: set[Factor] = set()
        for i, curve in enumerate(self.curves):
            others = [other for other in (*self.curves[:i], *ends) if other != curve]
            events.update(turnings(curve, y), leading(curve, y))
            events.update(*(meetings(curve, other, y) for other in others))
        places = {root for event in events for root in self._roots(event)} | self.walls
        return (float(self.low[0]), *sorted(places), float(self.high[0]))

    def _roots(self, event: Factor) -> list[float]:
        """Return the zeros of a polynomial in the first parameter, within the frame."""
        low, high = self.low[0], self.high[0]
        terms = {(powers[0],): Fraction(c) for powers, c in event.terms}
        return [float(root) for root in _isolated(terms, (high - low) * Fraction(_CLOSE)) if low < root < high]

    def holds(self, x: Fraction, y: Fraction) -> bool:
        """Return whether the condition holds at a point."""
        at = dict(zip(self.names, (x, y), strict=True))
        return self.condition.formula.holds(Point(self.condition.names, tuple(at[n] for n in self.condition.names)))


def _isolated(terms: dict[tuple[int], Fraction], apart: Fraction) -> list[Fraction]:
    """Return all real zeros of a polynomial in one parameter, rising, each as closely as asked."""
    import sympy

    poly = sympy.Poly({power: sympy.Rational(c.numerator, c.denominator) for power, c in terms.items()}, sympy.Dummy())
    found = (
        poly.sqf_part().intervals(eps=sympy.Rational(apart.numerator, apart.denominator)) if poly.degree() > 0 else ()
    )
    return [(Fraction(int(a.p), int(a.q)) + Fraction(int(b.p), int(b.q))) / 2 for (a, b), _ in found]


@dataclass(frozen=True)
class _Level:
    """A border between gaps of a slab: the ``rank``-th of the ``count`` zeros of a curve, or an end of the frame."""

    height: Fraction
    curve: Factor | None = None
    rank: int = 0
    count: int = 0


@dataclass(frozen=True)
class _Slab:
    """The part of the frame between two cuts."""

    plane: _Plane
    start: float
    end: float

    @cached_property
    def levels(self) -> list[_Level]:
        """The borders of all gaps, rising."""
        plane, (x, _) = self.plane, self.plane.names
        found = [_Level(plane.low[1]), _Level(plane.high[1])]
        for curve in plane.curves:
            terms = {(p[1],): c for p, c in curve.restricted({x: self.middle}).items()}
            roots = _isolated(terms, (plane.high[1] - plane.low[1]) * Fraction(_CLOSE))
            found += [_Level(root, curve, i, len(roots)) for i, root in enumerate(roots)]
        inside = [level for level in found if plane.low[1] <= level.height <= plane.high[1]]
        return sorted(inside, key=lambda level: level.height)

    @property
    def middle(self) -> Fraction:
        """A point between the cuts."""
        return (Fraction(self.start) + Fraction(self.end)) / 2

    @cached_property
    def parts(self) -> list[tuple[_Level, _Level, bool]]:
        """Stretches of gaps with the same answer: lower and upper border, and whether the condition holds."""
        found: list[tuple[_Level, _Level, bool]] = []
        for lower, upper in pairwise(self.levels):
            holds = self.plane.holds(self.middle, (lower.height + upper.height) / 2)
            if found and found[-1][2] == holds:
                found[-1] = (found[-1][0], upper, holds)
            else:
                found.append((lower, upper, holds))
        return found

    @property
    def bands(self) -> Iterator[Line]:
        """Yield the outlines of the stretches where the condition holds."""
        for lower, upper, holds in self.parts:
            if holds:
                yield (*self.traced(lower), *self.traced(upper)[::-1])

    @property
    def borders(self) -> Iterator[Line]:
        """Yield the curves at which the answer changes."""
        for lower, _, _ in self.parts[1:]:
            yield self.traced(lower)

    def traced(self, level: _Level) -> Line:
        """Return points on a border, dense towards the cuts, where it may be steep."""
        if level.curve is None:
            return (self.start, float(level.height)), (self.end, float(level.height))
        share = (1 - np.cos(np.linspace(0, math.pi, _STEPS + 1))) / 2
        xs = [*(self.start + (self.end - self.start) * share[:-1]), self.end]
        inner = [self._root(level, x) for x in xs[1:-1]]
        ys = [_nearest(self._zeros(level, xs[0]), inner[0]), *inner, _nearest(self._zeros(level, xs[-1]), inner[-1])]
        low, high = float(self.plane.low[1]), float(self.plane.high[1])
        return tuple((float(x), min(max(float(y), low), high)) for x, y in zip(xs, ys, strict=True))

    def _root(self, level: _Level, x: float) -> float:
        """Return the height of a border between the cuts: of as many zeros as are real, the one of its rank."""
        zeros = self._zeros(level, x)
        real = np.sort(zeros[np.argsort(abs(zeros.imag), kind="stable")[: level.count]].real)
        return float(real[level.rank])

    def _zeros(self, level: _Level, x: float) -> Any:
        degree = level.curve.degree_in(self.plane.names[1]) if level.curve else 0
        coefficients = [0.0] * (degree + 1)
        for (power, own), c in level.curve.terms if level.curve else ():
            coefficients[degree - own] += c * x**power
        return np.roots(coefficients)


def _nearest(zeros: Any, to: float) -> float:
    """Return the real part of the zero nearest to a height, at a cut where zeros may meet or run away."""
    return float(min(zeros.real, key=lambda zero: abs(zero - to), default=to))


def _walls(left: _Slab, right: _Slab) -> Iterator[Line]:
    """Yield the pieces of the cut between two slabs that have different answers on their sides."""
    sides = [_stretches(left, -1), _stretches(right, 0)]
    heights = sorted({height for side in sides for stretch in side for height in stretch})
    for low, high in pairwise(heights):
        within = [any(a <= low and high <= b for a, b in side) for side in sides]
        if within[0] != within[1] and high - low > _NEAR * left.plane.size[1]:
            yield (left.end, low), (left.end, high)


def _stretches(slab: _Slab, end: int) -> list[tuple[float, float]]:
    """Return where at one of its ends the condition holds in a slab."""
    return [(slab.traced(low)[end][1], slab.traced(high)[end][1]) for low, high, holds in slab.parts if holds]


def _joined(pieces: Iterable[Line], size: tuple[float, float]) -> list[Line]:
    """Return lines joined end to end where they meet."""
    lines: list[Line] = []
    for piece in pieces:
        line = piece
        for other in tuple(lines):
            ways = ((a, b) for a in (line, line[::-1]) for b in (other, other[::-1]) if _meet(a[-1], b[0], size))
            if (way := next(ways, None)) is not None:
                lines.remove(other)
                line = (*way[0], *way[1][1:])
        lines.append(line)
    return [line if line[0] <= line[-1] else line[::-1] for line in lines]


def _meet(a: Sequence[float], b: Sequence[float], size: tuple[float, float]) -> bool:
    return all(abs(p - q) < _NEAR * side for p, q, side in zip(a, b, size, strict=True))
