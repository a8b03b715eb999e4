"""The share of a round ball that lies in a cone: an angle, or a spherical excess, enclosed by interval arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import library
from cidmesa.mesa.derive.enclosure import ends_of
from cidmesa.mesa.derive.regions import NotLinear
from cidmesa.mesa.derive.volume import gap_of, irredundant, vertices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.mesa.derive.volume import Half

__all__ = ["share_of_ball"]

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
