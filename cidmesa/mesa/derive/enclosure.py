"""Numbers for soft choices: enclosed by interval arithmetic where python-flint is installed, else floats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import library
from cidmesa.mesa.derive.probability import Probability
from cidmesa.modelling.inference import Factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array

__all__ = [
    "Enclosed",
    "Floating",
    "alike",
    "as_numbers",
    "converted",
    "ends_of",
    "is_enclosure",
    "nearest",
    "numbers",
    "precisely",
    "softmax",
]


BITS = 256


class Enclosed:
    """Balls of python-flint: each holds the number for certain."""

    dtype = np.object_

    def __init__(self) -> None:
        self.arb = library("flint", "fast").arb

    def number(self, value: Any) -> Any:
        """Return a number as a ball."""
        exact = Fraction(value)
        return self.arb(int(exact.numerator)) / int(exact.denominator)

    def exp(self, value: Any) -> Any:
        """Return the exponential of a ball."""
        return value.exp()

    def probability(self, value: Any) -> Probability:
        """Return the ends of a ball as bounds."""
        return Probability("bounds", *ends_of(self.number(value) if isinstance(value, int) else value))


class Floating:
    """Floats: what comes of them is an estimate."""

    dtype = np.float64

    def number(self, value: Any) -> float:
        """Return a number as a float."""
        return float(value)

    def exp(self, value: Any) -> float:
        """Return the exponential, the greatest float where it is greater."""
        return exp(min(value, 700.0))

    def probability(self, value: Any) -> Probability:
        """Return a float as an estimate."""
        return Probability("estimate", float(value), float(value))


@contextmanager
def precisely() -> Iterator[None]:
    """Work with 256 bits meanwhile, so that enclosures stay narrow where exponents are large.

    >>> with precisely():
    ...     width = numbers().number(Fraction(1, 3))
    """
    if find_spec("flint") is None:
        yield
        return
    with library("flint", "fast").ctx.workprec(BITS):
        yield


def numbers() -> Enclosed | Floating:
    """Return the numbers to work in.

    >>> numbers().number(Fraction(1, 2)) > 0
    True
    """
    return Enclosed() if find_spec("flint") is not None else Floating()


def converted(world: World, kind: Enclosed | Floating) -> World:
    """Return the world with all numbers in its tables of this kind."""
    factors = {name: Factor(f.variables, as_numbers(f.values, kind)) for name, f in world.factors.items()}
    return replace(world, factors=factors, exact=kind.dtype == np.object_)


def as_numbers(values: Array, kind: Enclosed | Floating) -> Array:
    """Return an array with all numbers of this kind."""
    made = np.empty(values.shape, dtype=kind.dtype)
    for place in np.ndindex(*values.shape):
        made[place] = kind.number(values[place])
    return made


def softmax(worth: Array, beta: Any, kind: Enclosed | Floating) -> Array:
    r"""Return :math:`\exp(\beta Q) / \sum \exp(\beta Q)` along the last axis."""
    rows = np.empty(worth.shape, dtype=kind.dtype)
    for place in np.ndindex(*worth.shape[:-1]):
        options = range(worth.shape[-1])
        for k in options:
            others = [kind.exp(beta * (worth[(*place, j)] - worth[(*place, k)])) for j in options]
            rows[(*place, k)] = kind.number(1) / sum(others)
    return rows


def is_enclosure(value: Any) -> bool:
    """Return whether a number is a ball of python-flint or a float: no exact number.

    >>> is_enclosure(Fraction(1, 2)), is_enclosure(0.5)
    (False, True)
    """
    return isinstance(value, float) or _is_ball(value)


def _is_ball(value: Any) -> bool:
    return hasattr(value, "rad")


def alike(values: Sequence[Any]) -> Sequence[Any]:
    """Return the numbers as they are, or all as balls where one is: balls cannot be multiplied by Fractions.

    >>> alike([Fraction(1, 2), 0.5])
    [Fraction(1, 2), 0.5]
    """
    if not any(map(_is_ball, values)):
        return values
    return [value if _is_ball(value) else Enclosed().number(value) for value in values]


def nearest(value: Any) -> Any:
    """Return an exact number as it is, and the float in the middle of an enclosure.

    >>> nearest(Fraction(1, 3)), nearest(0.25)
    (Fraction(1, 3), 0.25)
    """
    return float(sum(ends_of(value)) / 2) if is_enclosure(value) else value


def ends_of(ball: Any) -> tuple[Fraction, Fraction]:
    """Return fractions around a ball of python-flint; a float is both ends.

    >>> ends_of(library("flint", "fast").arb(2))
    (Fraction(2, 1), Fraction(2, 1))
    """
    if isinstance(ball, float):
        return Fraction(ball), Fraction(ball)
    low, high = (_fraction(end) for end in (ball.lower(), ball.upper()))
    return low, high


def _fraction(end: Any) -> Fraction:
    mantissa, exponent = (int(part) for part in end.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent
