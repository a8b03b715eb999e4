"""Sets of coefficients for uniform priors: boxes, the simplex, balls."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.mesa.derive.regions import Polytope
from cidmesa.mesa.derive.volume import half
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Ball", "Box", "Simplex", "ball", "box", "simplex"]

Ends = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Box(Frozen):
    """Each coefficient between two ends; see `box`."""

    ends: Ends | None = None
    by_name: Mapping[str, Ends] = field(default_factory=dict)

    def names(self, features: Iterable[str]) -> tuple[str, ...]:
        """Return the free coefficients: those of the features, then others that the box names."""
        return tuple(dict.fromkeys([*features, *self.by_name]))

    def written(self, name: str, features: Iterable[str]) -> str:  # noqa: ARG002 (as for the simplex)
        """Return a coefficient as an expression in the free ones."""
        return name

    def span(self, name: str) -> Ends:
        """Return the ends of a coefficient.

        Raises:
            NotApplicable: the box does not bound it.

        """
        ends = self.by_name.get(name, self.ends)
        if ends is None:
            raise NotApplicable(f"the box has no range for {name!r}. Write box(-1, 1) for all, or box({name}=(-1, 1)).")
        return ends

    def polytope(self, names: Sequence[str]) -> Polytope:
        """Return the box of some coefficients as a polytope."""
        spans = [self.span(name) for name in names]
        rows = [
            half([sign * (k == j) for j in range(len(names))], sign * spans[k][sign > 0])
            for k in range(len(names))
            for sign in (1, -1)
        ]
        return Polytope(tuple(names), tuple(rows), tuple(a for a, _ in spans), tuple(b for _, b in spans))

    def __str__(self) -> str:
        every = [f"[{show(self.ends[0])}, {show(self.ends[1])}]"] if self.ends else []
        return "the box " + ", ".join(every + [f"{n} in [{show(a)}, {show(b)}]" for n, (a, b) in self.by_name.items()])


@dataclass(frozen=True)
class Simplex(Frozen):
    """Coefficients that are not negative and sum to 1; see `simplex`."""

    def names(self, features: Iterable[str]) -> tuple[str, ...]:
        """Return the free coefficients: all but the last."""
        return tuple(features)[:-1]

    def written(self, name: str, features: Iterable[str]) -> str:
        """Return a coefficient as an expression in the free ones."""
        free = self.names(features)
        return name if name in free else " - ".join(["1", *free])

    def polytope(self, names: Sequence[str]) -> Polytope:
        """Return the simplex in the free coefficients."""
        size = len(names)
        rows = [half([-int(k == j) for j in range(size)], 0) for k in range(size)]
        ends = tuple(Fraction(0) for _ in names), tuple(Fraction(1) for _ in names)
        return Polytope(tuple(names), (*rows, half([1] * size, 1)), *ends)

    def __str__(self) -> str:
        return "the simplex"


@dataclass(frozen=True)
class Ball(Frozen):
    """Coefficients of norm at most 1, by the sum of absolute values (1) or the root of squares (2); see `ball`."""

    norm: int

    def names(self, features: Iterable[str]) -> tuple[str, ...]:
        """Return the free coefficients, all."""
        return tuple(features)

    def written(self, name: str, features: Iterable[str]) -> str:  # noqa: ARG002 (as for the simplex)
        """Return a coefficient as an expression in the free ones."""
        return name

    def polytope(self, names: Sequence[str]) -> Polytope:
        """Return the ball, or the cube around a round one, as a polytope."""
        size = len(names)
        if self.norm == 2:
            return Box((Fraction(-1), Fraction(1))).polytope(names)
        rows = [half(signs, 1) for signs in product((1, -1), repeat=size)]
        ends = tuple(Fraction(-1) for _ in names), tuple(Fraction(1) for _ in names)
        return Polytope(tuple(names), tuple(rows), *ends)

    def __str__(self) -> str:
        return f"the ball of norm {self.norm}"


def box(low: object = None, high: object = None, **by_name: tuple[object, object]) -> Box:
    """Return the box of coefficients between ``low`` and ``high``, or between separate ends for each name.

    Raises:
        NotApplicable: an end is missing, or low is not below high.

    >>> print(box(-1, 1, gamma=(0, 1)))
    the box [-1, 1], gamma in [0, 1]

    """
    given = {name: _ends(name, *ends) for name, ends in by_name.items()}
    return Box(None if low is None and high is None else _ends("a coefficient", low, high), given)


def _ends(name: str, low: object, high: object) -> Ends:
    if low is None or high is None:
        raise NotApplicable(f"the range of {name} needs two ends.")
    ends = Fraction(number_of(low)), Fraction(number_of(high))
    if ends[0] >= ends[1]:
        raise NotApplicable(f"the range of {name}, {show(ends[0])} to {show(ends[1])}, has no interior.")
    return ends


def simplex() -> Simplex:
    """Return the simplex: coefficients that are not negative and sum to 1.

    >>> print(simplex())
    the simplex
    """
    return Simplex()


def ball(norm: int = 2) -> Ball:
    """Return the ball of coefficients of norm at most 1; the norm is 1 (absolute values) or 2 (squares).

    Raises:
        NotApplicable: the norm is neither 1 nor 2.

    >>> print(ball(1))
    the ball of norm 1

    """
    if norm not in (1, 2):
        raise NotApplicable(
            f"ball({norm!r}) is not known. Choose ball(1) or ball(2); for the greatest value, box(-1, 1)."
        )
    return Ball(norm)
