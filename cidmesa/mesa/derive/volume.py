"""Exact volumes of polytopes, by Lasserre's recursion over their faces."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import combinations
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Half", "gap_of", "half", "irredundant", "vertices", "volume"]

Half: TypeAlias = tuple[int, ...]  # a half-space a.x <= b, as the whole numbers (a_1, ..., a_d, b)
Corner: TypeAlias = tuple[int, ...]  # a point as numerators and their least common denominator


def half(coefficients: Iterable[Fraction | int], bound: Fraction | int) -> Half:
    """Return the half-space of all x with ``coefficients . x <= bound``.

    >>> half([Fraction(1, 2), -1], Fraction(1, 3))
    (3, -6, 2)
    """
    numbers = [Fraction(number) for number in (*coefficients, bound)]
    scale = reduce(lambda a, b: a * b // gcd(a, b), (number.denominator for number in numbers), 1)
    return _lowest([int(number * scale) for number in numbers])


def volume(halves: Iterable[Half]) -> Fraction:
    r"""Return the volume of a bounded intersection of half-spaces, exactly.

    With rows :math:`a_i x \le b_i` it is :math:`\frac1d \sum_i \frac{b_i}{|a_{ip}|} V_i`, where :math:`V_i` is the
    volume of the face on which row i is tight, with :math:`x_p` eliminated.
    Source: Lasserre 1983, "An analytical expression and an algorithm for the volume of a convex polyhedron".

    >>> square = [half([1, 0], 1), half([-1, 0], 0), half([0, 1], 1), half([0, -1], 0)]
    >>> volume(square), volume([*square, half([1, 1], Fraction(1, 2))])
    (Fraction(1, 1), Fraction(1, 8))

    """
    rows = irredundant(halves)
    return _volume(rows, len(rows[0]) - 1) if rows else Fraction(0)


def irredundant(halves: Iterable[Half]) -> list[Half]:
    """Return the half-spaces that bound the intersection, each once; none where it has no inside.

    Of a polytope each facet has at least d vertices that do not lie in one smaller face.

    >>> len(irredundant([half([1], 1), half([-1], 0), half([2], 4), half([1], 2)]))
    2
    """
    rows = _tidy(halves)
    if rows is None:
        return []
    corners = _corners(rows)
    tight = {row: frozenset(k for k, corner in enumerate(corners) if not _gap(row, corner)) for row in rows}
    if any(len(found) == len(corners) for found in tight.values()):
        return []
    return [row for row in rows if len(tight[row]) >= len(row) - 1 and not any(tight[row] < o for o in tight.values())]


def vertices(halves: Sequence[Half]) -> list[tuple[Fraction, ...]]:
    """Return the corners of an intersection of half-spaces, in order.

    >>> vertices([half([1, 0], 1), half([-1, 0], 0), half([0, 1], 1), half([-1, -1], -1)])
    [(Fraction(0, 1), Fraction(1, 1)), (Fraction(1, 1), Fraction(0, 1)), (Fraction(1, 1), Fraction(1, 1))]
    """
    return sorted(tuple(Fraction(number, below) for number in above) for *above, below in _corners(halves))


def _corners(halves: Sequence[Half]) -> list[Corner]:
    found: set[Corner] = set()
    for rows in combinations(halves, len(halves[0]) - 1):
        corner = _solved(rows)
        if corner is not None and all(_gap(row, corner) >= 0 for row in halves):
            found.add(corner)
    return list(found)


def gap_of(row: Half, point: Sequence[Fraction]) -> Fraction:
    """Return b - a.x: not negative where the point is in the half-space."""
    below = lcm(*(x.denominator for x in point))
    return Fraction(_gap(row, [*(x.numerator * (below // x.denominator) for x in point), below]), below)


def _gap(row: Half, corner: Sequence[int]) -> int:
    """Return `gap_of` times the denominator."""
    *above, below = corner
    return row[-1] * below - sum(map(int.__mul__, row, above))


def _solved(rows: Sequence[Half]) -> Corner | None:
    """Return the one point at which all rows are tight, by elimination without fractions; ``None``: there is none."""
    matrix = [list(row) for row in rows]
    size = len(matrix)
    for column in range(size):
        pivot = next((k for k in range(column, size) if matrix[k][column]), None)
        if pivot is None:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        for k in range(size):
            if k != column and (by := matrix[k][column]):
                head = matrix[column][column]
                row = [head * x - by * y for x, y in zip(matrix[k], matrix[column], strict=True)]
                matrix[k] = list(_lowest(row))
    below = lcm(*(matrix[k][k] for k in range(size)))
    return _lowest([*(matrix[k][-1] * (below // matrix[k][k]) for k in range(size)), below])


# --- Lasserre's recursion -------------------------------------------------------------------------------------------


def _volume(rows: list[Half], dimension: int) -> Fraction:
    if dimension == 1:
        return _length(rows)
    total = Fraction(0)
    for row in rows:
        if row[-1]:
            place = max(range(dimension), key=lambda k: abs(row[k]))
            face = _tidy(_tight(other, row, place) for other in rows if other is not row)
            total += Fraction(row[-1], abs(row[place])) * _volume(face, dimension - 1) if face else 0
    return total / dimension


def _length(rows: Iterable[Half]) -> Fraction:
    high = min(Fraction(b, a) for a, b in rows if a > 0)
    low = max(Fraction(b, a) for a, b in rows if a < 0)
    return max(Fraction(0), high - low)


def _tight(other: Half, row: Half, place: int) -> Half:
    """Return a half-space on the face where ``row`` is tight, without the coordinate at ``place``."""
    head, by = abs(row[place]), other[place] if row[place] > 0 else -other[place]
    return tuple(head * x - by * y for k, (x, y) in enumerate(zip(other, row, strict=True)) if k != place)


def _tidy(halves: Iterable[Half]) -> list[Half] | None:
    """Return the half-spaces in lowest terms, of parallel ones the narrowest; ``None`` where one holds nowhere."""
    least: dict[tuple[int, ...], Fraction] = {}
    for row in halves:
        *normal, bound = row
        scale = gcd(*normal)
        if not scale:
            if bound < 0:
                return None
            continue
        key, end = tuple(a // scale for a in normal), Fraction(bound, scale)
        if key not in least or end < least[key]:
            least[key] = end
    return list(_bounded(least))


def _bounded(least: dict[tuple[int, ...], Fraction]) -> Iterator[Half]:
    for key, end in least.items():
        yield (*(a * end.denominator for a in key), end.numerator)


def _lowest(numbers: Sequence[int]) -> Half:
    by = gcd(*numbers)
    return tuple(number // by for number in numbers) if by else tuple(numbers)
