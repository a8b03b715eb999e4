"""Vertices of a polytope in exact integers, by the double description method."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from math import gcd, lcm
from typing import NamedTuple

from cidmesa.errors import TooLarge

__all__ = ["Vertex", "vertices"]

MAX_RAYS = 4_000
MAX_PAIRS = 10**8  # of rays that may have to be compared


class Vertex(NamedTuple):
    """A point and the set (bits) of inequalities that hold there with equality."""

    point: tuple[Fraction, ...]
    tight: int


class _Ray(NamedTuple):
    """A ray of a cone in whole numbers, and the rows that are tight on it (bits)."""

    at: tuple[int, ...]
    tight: int


def vertices(rows: Sequence[Sequence[Fraction]]) -> list[Vertex]:
    r"""Return the vertices of :math:`\{x \ge 0 : r \cdot x \le 1, r \in \mathit{rows}\}`, which must be bounded.

    Bit i of ``tight`` says that :math:`x_i = 0`, bit n + j that row j holds with equality (n: the length of a row). The
    method is exact, also for degenerate polytopes: the inequalities are added one by one to the cone over the polytope,
    and a new ray lies between two adjacent old ones. Source: Motzkin et al. 1953; Fukuda and Prodon 1996.

    Raises:
        TooLarge: more than `MAX_RAYS` intermediate rays, or too many pairs of them.

    >>> [tuple(map(str, v.point)) for v in vertices([[Fraction(1), Fraction(2)]])]
    [('0', '0'), ('0', '1/2'), ('1', '0')]
    """
    n = len(rows[0])
    everything = (1 << n + 1) - 1  # the inequalities x >= 0 and, as bit n, t >= 0
    rays = [_Ray(tuple(int(i == k) for k in range(n + 1)), everything & ~(1 << i)) for i in range(n + 1)]
    pairs = 0
    for number, row in enumerate(rows, n + 1):
        if len(rays) > MAX_RAYS or (pairs := pairs + len(rays) ** 2) > MAX_PAIRS:
            raise _too_many(n, len(rows))
        scale = lcm(*(cell.denominator for cell in row))
        rays = _cut(rays, (*(-int(cell * scale) for cell in row), scale), 1 << number)
    below = (1 << n) - 1
    found = [
        Vertex(tuple(Fraction(x, ray.at[-1]) for x in ray.at[:-1]), ray.tight & below | ray.tight >> n + 1 << n)
        for ray in rays
        if ray.at[-1]
    ]
    return sorted(found)


def _cut(rays: list[_Ray], normal: tuple[int, ...], bit: int) -> list[_Ray]:
    """Return the extreme rays of the part of the cone where ``normal`` is not negative."""
    heights = [sum(a * x for a, x in zip(normal, ray.at, strict=True)) for ray in rays]
    kept = [
        _Ray(ray.at, ray.tight | bit) if not height else ray
        for ray, height in zip(rays, heights, strict=True)
        if height >= 0
    ]
    above = [(ray, height) for ray, height in zip(rays, heights, strict=True) if height > 0]
    below = [(ray, height) for ray, height in zip(rays, heights, strict=True) if height < 0]
    tight = [ray.tight for ray in rays]
    for up, high in above:
        kept += [
            _between(up, high, down, low, bit)
            for down, low in below
            if _adjacent(up.tight & down.tight, tight, len(normal))
        ]
        if len(kept) > MAX_RAYS:
            raise _too_many(len(normal) - 1, bit.bit_length())
    return kept


def _too_many(n: int, rows: int) -> TooLarge:
    return TooLarge(
        f"the best responses of {rows} pure strategies to a mixture of {n} have more than {MAX_RAYS} corners, "
        'or too many to compare. Use kind="pure", or concept="subgame_perfect" with kind="behavioural", '
        'or solver="gambit".'
    )


def _adjacent(common: int, tight: list[int], dimension: int) -> bool:
    """Return whether only the two rays themselves satisfy all ``common`` equalities."""
    if common.bit_count() < dimension - 2:
        return False
    satisfying = (None for other in tight if common & other == common)
    return sum(1 for _ in islice(satisfying, 3)) == 2


def _between(up: _Ray, high: int, down: _Ray, low: int, bit: int) -> _Ray:
    at = [high * y - low * x for x, y in zip(up.at, down.at, strict=True)]
    shared = gcd(*at)
    return _Ray(tuple(x // shared for x in at), up.tight & down.tight | bit)
