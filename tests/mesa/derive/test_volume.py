"""Volumes by Lasserre's recursion against a second algorithm: Kuhn simplices, cut; and against Normaliz."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations
from math import factorial
from random import Random

import pytest

from cidmesa.mesa.derive.volume import half, irredundant, volume

CASES = 500


def cube(size):
    """The half-spaces of [0, 1]^d."""
    return [half([sign * (k == j) for j in range(size)], int(sign > 0)) for k in range(size) for sign in (1, -1)]


def kuhn(size):
    """Simplices that make up [0, 1]^d: a path of steps along the axes for each order of these."""
    for order in permutations(range(size)):
        place = [Fraction(0)] * size
        corners = [tuple(place)]
        for axis in order:
            place[axis] = Fraction(1)
            corners.append(tuple(place))
        yield corners


def gap(row, point):
    return sum(a * x for a, x in zip(row, point, strict=False)) - row[-1]


def cut(simplex, row):
    """The simplices in a half-space: an edge whose ends lie on different sides is bisected there."""
    gaps = [gap(row, corner) for corner in simplex]
    if all(g <= 0 for g in gaps):
        yield simplex
        return
    crossing = next(((i, j) for i, j in combinations(range(len(gaps)), 2) if gaps[i] * gaps[j] < 0), None)
    if crossing is None:
        return
    i, j = crossing
    share = gaps[i] / (gaps[i] - gaps[j])
    middle = tuple(x + share * (y - x) for x, y in zip(simplex[i], simplex[j], strict=True))
    for k in (i, j):
        yield from cut([middle if n == k else corner for n, corner in enumerate(simplex)], row)


def determinant(rows):
    """By expansion along the first row."""
    if not rows:
        return Fraction(1)
    head, *rest = rows
    minors = ([row[:k] + row[k + 1 :] for row in rest] for k in range(len(head)))
    return sum((-1) ** k * head[k] * determinant(minor) for k, minor in enumerate(minors) if head[k])


def by_simplices(size, rows):
    parts = list(kuhn(size))
    for row in rows:
        parts = [piece for part in parts for piece in cut(part, row)]
    edges = ([[x - y for x, y in zip(corner, part[0], strict=True)] for corner in part[1:]] for part in parts)
    return sum((abs(determinant(found)) for found in edges), start=Fraction(0)) / factorial(size)


def system(rng):
    """A random system of up to four dimensions: a cube and some half-spaces that may cut it."""
    size = rng.choice([1, 2, 2, 3, 3, 4])
    count = rng.randint(0, 3 if size == 4 else 5)
    return size, [
        half([rng.randint(-4, 4) for _ in range(size)], Fraction(rng.randint(-4, 8), 4)) for _ in range(count)
    ]


@pytest.mark.parametrize("part", range(5))
def test_volumes_equal_those_of_cut_simplices(part):
    rng = Random(part)
    positive = 0
    for _ in range(CASES // 5):
        size, rows = system(rng)
        found = volume([*cube(size), *rows])
        assert found == by_simplices(size, rows), (size, rows)
        positive += found > 0
    assert positive > 30


def test_redundant_and_doubled_half_spaces_change_nothing():
    rng = Random(11)
    for _ in range(50):
        size, rows = system(rng)
        every = [*cube(size), *rows]
        more = [
            *every,
            *(half(row[:-1], row[-1] + 1) for row in every),
            *(half([2 * a for a in row[:-1]], 2 * row[-1]) for row in every),
        ]
        assert volume(more) == volume(every)
        assert set(irredundant(more)) == set(irredundant(every))


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(5))
def test_volumes_equal_those_of_normaliz(part):
    """PyNormaliz gives d! times the volume; it is no dependency, for it is under the GPL."""
    normaliz = pytest.importorskip("PyNormaliz")
    rng = Random(100 + part)
    for _ in range(CASES // 5):
        size, rows = system(rng)
        every = [*cube(size), *rows]
        found = volume(every)
        cone = normaliz.Cone(inhom_inequalities=[[*(-a for a in row[:-1]), row[-1]] for row in every])
        given = cone.Volume() if found else 0
        exact = Fraction(*given) if isinstance(given, list | tuple) else Fraction(given)
        assert exact / factorial(size) == found
