"""Where curves turn, meet or run away: polynomials in one parameter, found from polynomials in two."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.factor import factored_terms

if TYPE_CHECKING:
    from cidmesa.symbolic.factor import Factor

__all__ = ["leading", "meetings", "turnings"]


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
    return _parts(first.names, y, _by(first, y).resultant(_by(second, y)))


@lru_cache(maxsize=2**12)
def turnings(curve: Factor, y: str) -> tuple[Factor, ...]:
    """Return the irreducible factors of the discriminant by ``y``."""
    return _parts(curve.names, y, _by(curve, y).discriminant()) if curve.degree_in(y) > 1 else ()


@lru_cache(maxsize=2**12)
def leading(curve: Factor, y: str) -> tuple[Factor, ...]:
    """Return the irreducible factors of the coefficient of the greatest power of ``y``."""
    import sympy

    lead = sympy.Poly(_by(curve, y).as_expr(), sympy.Symbol(y)).LC()
    return _parts(curve.names, y, sympy.Poly(lead, *_others(curve.names, y)))


def _others(names: tuple[str, ...], y: str) -> list[Any]:
    import sympy

    return [sympy.Symbol(name) for name in names if name != y]


def _by(factor: Factor, y: str) -> Any:
    """Return the polynomial with ``y`` as the first parameter, which is the one that is eliminated."""
    import sympy

    place = factor.names.index(y)
    terms = {(powers[place], *powers[:place], *powers[place + 1 :]): c for powers, c in factor.terms}
    return sympy.Poly(terms, sympy.Symbol(y), *_others(factor.names, y), domain=sympy.ZZ)


def _parts(names: tuple[str, ...], y: str, poly: Any) -> tuple[Factor, ...]:
    place = names.index(y)
    terms = [
        ((*map(int, powers[:place]), 0, *map(int, powers[place:])), Fraction(int(c))) for powers, c in poly.terms()
    ]
    return tuple(part for part, _ in factored_terms(names, tuple(terms))[1] if part.variables)
