"""Mixed equilibria of several players by their supports: each choice without dominated strategies alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.numbers import Array, Number, cells
from cidmesa.solving.games.enclosure import solutions
from cidmesa.solving.games.stationary import MAX_UNKNOWNS, Polynomials, on_supports

if TYPE_CHECKING:
    from cidmesa.solving.games.stationary import Supports

__all__ = ["BySupports", "by_supports"]

MAX_TRIED = 20_000  # choices of supports
MAX_BOXES = 60_000  # for the equations of one choice
MAX_EXACT = 243  # choices that are left to exact elimination
_DENOMINATOR = 10**6  # of probabilities that are read as simple fractions


@dataclass
class BySupports:
    """Candidates, and the remaining supports: ``continua`` lists those with continua of points, ``open`` the rest.

    ``untried``: the number of strategies from which on choices of supports were not examined.
    """

    points: list[tuple[Array, ...]] = field(default_factory=list)
    continua: list[Supports] = field(default_factory=list)
    open: list[Supports] = field(default_factory=list)
    untried: int = 0


def by_supports(payoffs: Sequence[Array]) -> BySupports:
    """Return the points at which, on some supports, all strategies of each player are equally good.

    Every isolated equilibrium is among them. A choice of supports is dropped if a strategy in it is strictly dominated
    given the others' supports (Porter, Nudelman and Shoham 2008). `solutions` solves the equations of the remaining
    choices; exact elimination settles what it leaves open.

    >>> jordan = [cells([int((i == j) == (axis < 2)) for i, j in pairs], (2, 2, 2)) for axis, pairs in enumerate((
    ...     [(a, b) for a in (0, 1) for b in (0, 1) for c in (0, 1)],
    ...     [(b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)],
    ...     [(c, a) for a in (0, 1) for b in (0, 1) for c in (0, 1)]))]
    >>> [[str(p) for chances in point for p in chances] for point in by_supports(jordan).points]
    [['1/2', '1/2', '1/2', '1/2', '1/2', '1/2']]
    """
    found, sizes = BySupports(), payoffs[0].shape
    ranks = [_ranks(payoff) for payoff in payoffs]
    for tried, supports in enumerate(islice(_choices(sizes), MAX_TRIED + 1)):
        if tried == MAX_TRIED:
            found.untried = sum(map(len, supports))
        elif not _dominated(ranks, supports):
            _solved(payoffs, supports, found)
    return found


def _choices(sizes: Sequence[int]) -> Iterator[Supports]:
    """Yield all choices of supports, those of fewer strategies first."""
    for total in range(len(sizes), sum(sizes) + 1):
        for counts in product(*(range(1, size + 1) for size in sizes)):
            if sum(counts) == total:
                yield from product(*(combinations(range(m), k) for m, k in zip(sizes, counts, strict=True)))


def _ranks(payoff: Array) -> Array:
    rank = {value: k for k, value in enumerate(sorted(set(payoff.ravel().tolist())))}
    return np.array([rank[value] for value in payoff.ravel().tolist()], dtype=np.int64).reshape(payoff.shape)


def _dominated(ranks: Sequence[Array], supports: Supports) -> bool:
    """Return whether a pure strategy strictly dominates one in the supports, while the others stay in theirs."""
    for axis, payoff in enumerate(ranks):
        own = range(payoff.shape[axis])
        rest = payoff[np.ix_(*(own if k == axis else s for k, s in enumerate(supports)))]
        rows = np.moveaxis(rest, axis, 0).reshape(len(own), -1)
        if any((rows > rows[a]).all(axis=1).any() for a in supports[axis]):
            return True
    return False


def _solved(payoffs: Sequence[Array], supports: Supports, found: BySupports) -> None:
    sizes = payoffs[0].shape
    free = [(k, option) for k, support in enumerate(supports) for option in support[:-1]]
    if not free:
        found.points.append(_point(sizes, supports, (), ()))
        return
    equations = [_equation(payoffs, supports, k, option, free) for k, option in free]
    unused = [(k, o) for k, size in enumerate(sizes) for o in range(size) if o not in supports[k]]
    limits = [_equation(payoffs, supports, k, option, free) for k, option in unused]
    limits += [_sum_of(free, k) for k, support in enumerate(supports) if len(support) > 2]
    shape = (2,) * len(free)
    here = solutions(_floats(equations, shape), _floats(limits, shape), MAX_BOXES)
    if not here.settled:
        _left(payoffs, supports, found)
        return
    for values in here.points:
        point = _point(sizes, supports, free, _simple(equations, values))
        if all((chances >= 0).all() for chances in point):
            found.points.append(point)


def _floats(functions: Sequence[Array], shape: tuple[int, ...]) -> Array:
    return np.array([function.tolist() for function in functions], dtype=np.float64).reshape(-1, *shape)


def _sum_of(free: Sequence[tuple[int, int]], player: int) -> Array:
    """Return by how much the free probabilities of a player exceed 1: coefficients, as in `_equation`."""
    made: Array = cells([Fraction(0)] * 2 ** len(free), (2,) * len(free))
    made[(0,) * len(free)] = Fraction(-1)
    for place, (k, _) in enumerate(free):
        if k == player:
            made[tuple(int(i == place) for i in range(len(free)))] = Fraction(1)
    return made


def _equation(
    payoffs: Sequence[Array], supports: Supports, player: int, option: int, free: Sequence[tuple[int, int]]
) -> Array:
    """Return an option's payoff minus that of the support's last: coefficients, an axis for each free probability."""
    own = payoffs[player]
    more = own.take(option, axis=player) - own.take(supports[player][-1], axis=player)
    others = [k for k in range(len(supports)) if k != player]
    more = more[np.ix_(*(supports[k] for k in others))]
    for axis in range(more.ndim):  # the last probability is 1 minus the others
        last = more.take([-1], axis=axis)
        more = np.concatenate([last, more.take(range(more.shape[axis] - 1), axis=axis) - last], axis=axis)
    place = {unknown: i for i, unknown in enumerate(free)}
    made: Array = cells([Fraction(0)] * 2 ** len(free), (2,) * len(free))
    for at, coefficient in np.ndenumerate(more):
        with_it = [place[k, supports[k][i - 1]] for k, i in zip(others, at, strict=True) if i]
        made[tuple(int(i in with_it) for i in range(len(free)))] = coefficient
    return made


def _simple(equations: Sequence[Array], values: Array) -> list[Number]:
    """Return simple fractions near the values if they solve the equations exactly, else the values."""
    near = [Fraction(value).limit_denominator(_DENOMINATOR) for value in values.tolist()]
    return list(near) if all(_value(equation, near) == 0 for equation in equations) else values.tolist()


def _value(equation: Any, values: Sequence[Number]) -> Any:
    for value in values:
        equation = equation[0] + value * equation[1]
    return equation


def _point(
    sizes: Sequence[int], supports: Supports, free: Sequence[tuple[int, int]], values: Sequence[Number]
) -> tuple[Array, ...]:
    known = dict(zip(free, values, strict=True))
    rows: list[list[Number]] = [[known.get((k, o), 0) for o in range(size)] for k, size in enumerate(sizes)]
    for row, support in zip(rows, supports, strict=True):
        row[support[-1]] = 1 - sum(row)
    return tuple(cells(row, (len(row),)) for row in rows)


def _left(payoffs: Sequence[Array], supports: Supports, found: BySupports) -> None:
    """Solve by exact elimination what the enclosure leaves open, if the unknowns are few; else record the supports."""
    unknowns = sum(map(len, supports)) - len(supports)
    if unknowns > MAX_UNKNOWNS or len(found.continua) + len(found.open) >= MAX_EXACT:
        found.open.append(supports)
        return
    terms = tuple(
        tuple((value, tuple(enumerate(map(int, at)))) for at, value in np.ndenumerate(payoff) if value)
        for payoff in payoffs
    )
    points = on_supports(Polynomials(payoffs[0].shape, tuple(range(len(payoffs))), terms), supports)
    if points is None:
        found.continua.append(supports)
    found.points += points or []
