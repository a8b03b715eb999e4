"""Sample points, and lines through them cut where polynomials over a sample are zero (lifting)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Generic, TypeAlias, TypeVar

from cidmesa.symbolic.algebraic_roots import Above, elements, roots_above
from cidmesa.symbolic.factor import Factor, factored, linear
from cidmesa.symbolic.real_roots import Root, Stop, roots_of, simplest, whole

__all__ = ["Coordinate", "Line", "Part", "Point", "parts"]

Coordinate: TypeAlias = "Fraction | Stop"  # a Stop that is not rational: a `Root`, and at most one `Above` it


@dataclass(frozen=True, eq=False)
class Point:
    """A value for each of some parameters: Fractions, but for at most one irrational root and one above it."""

    names: tuple[str, ...]
    coordinates: tuple[Coordinate, ...]
    _signs: dict[Factor, int] = field(default_factory=dict, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point) or self.names != other.names:
            return False
        return all(map(equal, self.coordinates, other.coordinates))

    def __hash__(self) -> int:
        return hash((self.names, tuple(x for x in self.coordinates if isinstance(x, Fraction))))

    @cached_property
    def rational(self) -> bool:
        """Whether all coordinates are rational."""
        return all(isinstance(x, Fraction) for x in self.coordinates)

    def sign(self, factor: Factor) -> int:
        """Return the sign of a polynomial here: -1, 0 or 1."""
        if factor not in self._signs:
            self._signs[factor] = self._sign(factor)
        return self._signs[factor]

    def _sign(self, factor: Factor) -> int:
        at: dict[str, Any] = dict(zip(self.names, self.coordinates, strict=True))
        if self.rational:
            return factor.sign_at(at)
        terms = factor.restricted({name: x for name, x in at.items() if isinstance(x, Fraction)})
        left = {at[name]: i for i, name in enumerate(factor.names) if any(powers[i] for powers in terms)}
        if not left:
            total = sum(terms.values())
            return int(total > 0) - int(total < 0)
        scale = lcm(*(c.denominator for c in terms.values()))
        above = next((x for x in left if isinstance(x, Above)), None)
        root = above.base if above is not None else next(iter(left))
        i, j = (left.get(x) for x in (root, above))
        pairs = {
            (0 if i is None else powers[i], 0 if j is None else powers[j]): int(c * scale)
            for powers, c in terms.items()
        }
        made = elements(root, pairs)
        return above.sign(made) if above is not None else made[0].sign if made else 0

    def values(self) -> dict[str, Any]:
        """Return the coordinates by name: Fractions, or algebraic numbers of sympy."""
        return {
            name: x if isinstance(x, Fraction) else x.number
            for name, x in zip(self.names, self.coordinates, strict=True)
        }

    def extended(self, values: Mapping[str, Coordinate]) -> Point:
        """Return the point with further coordinates."""
        return Point((*self.names, *values), (*self.coordinates, *values.values()))

    def ordered(self, names: tuple[str, ...], known: Mapping[Factor, int]) -> Point:
        """Return the point with its coordinates in another order, and signs that are known already."""
        at = dict(zip(self.names, self.coordinates, strict=True))
        return Point(names, tuple(at[name] for name in names), dict(known))


T = TypeVar("T")


def equal(one: Coordinate, other: Coordinate) -> bool:
    """Return whether two coordinates are the same number, in different objects too.

    >>> from cidmesa.symbolic.factor import Factor
    >>> low, high = roots_of(two := Factor(("x",), (((2,), 1), ((0,), -2))))
    >>> equal(high, roots_of(two)[1]), equal(low, high)
    (True, False)
    """
    match one, other:
        case Above(), Above():
            return one.terms == other.terms and equal(one.base, other.base) and one.equals(other)
        case Root(), Root():
            return whole(one.poly) == whole(other.poly) and one.place == other.place
    return one == other


@dataclass(frozen=True)
class Part(Generic[T]):
    """An open interval (``None``: no end), or one number where both ends are it, and what was seen there."""

    low: Stop | None
    high: Stop | None
    at: Coordinate
    seen: T

    @property
    def single(self) -> bool:
        """Whether it is one number."""
        return self.low is not None and self.low is self.high


@dataclass(eq=False)
class Line:
    """The values of one parameter in an open range, where the others are those of ``base``.

    ``owner``: for each number at which a polynomial is 0, the first one that was; the ends of the range have theirs.
    """

    name: str
    base: Point
    low: Stop | None
    high: Stop | None
    owner: dict[Stop, Factor] = field(default_factory=dict)
    _stops: dict[Factor, list[Stop]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, base: Point, span: Any, names: tuple[str, ...]) -> Line:
        """Return the line with a range of numbers."""
        ends = [None if end is None else Stop(end, end) for end in span]
        owner = {stop: linear(names, name, stop.low) for stop in ends if stop is not None}
        return cls(name, base, ends[0], ends[1], owner)

    def stops(self, factor: Factor) -> list[Stop]:
        """Return where a polynomial is 0; equal numbers are the same object."""
        if factor not in self._stops:
            root = next((x for x in self.base.coordinates if isinstance(x, Root)), None)
            found = self._above_rational(factor) if root is None else self._above_root(factor, root)
            self._stops[factor] = found
            for stop in found:
                self.owner.setdefault(stop, factor)
        return self._stops[factor]

    def _above_rational(self, factor: Factor) -> list[Stop]:
        at = {
            name: x for name, x in zip(self.base.names, self.base.coordinates, strict=True) if isinstance(x, Fraction)
        }
        terms = factor.restricted(at)
        found: list[Stop] = []
        for part, _ in factored(factor.names, terms.items())[1] if terms else ():
            if part.variables and part not in self._stops:
                self._stops[part] = [stop for stop in roots_of(part) if self._inside(stop)]
            found += self._stops.get(part, [])
        return found

    def _inside(self, stop: Stop) -> bool:
        return (self.low is None or self.low < stop) and (self.high is None or stop < self.high)

    def _above_root(self, factor: Factor, root: Root) -> list[Stop]:
        x, y = (factor.names.index(name) for name in (self._root_name(root), self.name))
        terms = {(powers[x], powers[y]): c for powers, c in factor.terms}
        found = roots_above(root, terms, *(None if end is None else end.exact for end in (self.low, self.high)))
        return [self._same(stop) for stop in found]

    def _root_name(self, root: Root) -> str:
        return next(name for name, x in zip(self.base.names, self.base.coordinates, strict=True) if x is root)

    def _same(self, stop: Above) -> Stop:
        """Return the object that is known already for an equal number, else the number."""
        for old in self.owner:
            if isinstance(old, Above) and not (old.high < stop.low or stop.high < old.low) and stop.equals(old):
                return old
        return stop

    def point(self, at: Coordinate) -> Point:
        """Return a point of the line."""
        return self.base.extended({self.name: at})


def parts(line: Line, look: Callable[[Coordinate], T], met: Callable[[T], Iterable[Factor]]) -> list[Part[T]]:
    """Return the parts of a line in rising order; in each ``look`` sees the same as at one number in it.

    ``look``: what is seen at a number; ``met``: the polynomials on whose signs it depends. Only those that were met
    end a part, so that there are no more parts than are needed.
    """
    return list(_parts(line, look, met, line.low, line.high))


def _parts(
    line: Line,
    look: Callable[[Coordinate], T],
    met: Callable[[T], Iterable[Factor]],
    low: Stop | None,
    high: Stop | None,
) -> Iterator[Part[T]]:
    at = _between(low, high)
    seen = look(at)
    below, above, here = low, high, Stop(at, at)
    for stop in dict.fromkeys(stop for factor in sorted(met(seen)) for stop in line.stops(factor)):
        stop.cut(at)
        if stop.exact == at:
            here = below = above = stop
            break
        if stop < here:
            below = stop if below is None or below < stop else below
        else:
            above = stop if above is None or stop < above else above
    if below is not low:
        yield from _parts(line, look, met, low, below)
        if below is not above:
            yield _single(below, look)
    yield Part(below, above, at, seen)
    if above is not high:
        if below is not above:
            yield _single(above, look)
        yield from _parts(line, look, met, above, high)


def _single(stop: Any, look: Callable[[Coordinate], T]) -> Part[T]:
    at = stop if stop.exact is None else stop.exact
    return Part(stop, stop, at, look(at))


def _between(low: Stop | None, high: Stop | None) -> Fraction:
    while low is not None and high is not None and low.high >= high.low:
        low.refine()
        high.refine()
    return simplest(None if low is None else low.high, None if high is None else high.low)
