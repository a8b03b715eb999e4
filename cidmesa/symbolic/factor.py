"""Irreducible polynomials, of whose signs is asked, and boxes in which a polynomial can not be zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import comb, gcd
from typing import Any

from cidmesa.modelling.polynomial import irreducible

__all__ = ["Factor", "definite", "factored", "factored_terms", "linear", "moved", "product_of", "sign_of_number"]


def definite(terms: Mapping[tuple[int, ...], Any], spans: Sequence[Any]) -> int | None:
    """Return the sign that a polynomial certainly has in the whole open box, ``None`` if it may have several.

    ``terms``: powers -> coefficient, a number or an `Interval`; ``spans``: for each parameter the ends (``None``: no
    end), or ``None`` where it does not occur. With each bounded x written as (low + high t) / (1 + t), t > 0, and a
    half-line as low + t or high - t, coefficients of one sign settle it. (For a bounded box they are the Bernstein
    coefficients but for positive factors.)

    >>> unit = (Fraction(0), Fraction(1))
    >>> definite({(2,): 1, (1,): -2, (0,): 3}, [unit]), definite({(1,): 2, (0,): -1}, [unit])
    (1, None)
    """
    found = dict(terms)
    for place, span in enumerate(spans):
        degree = max(powers[place] for powers in found)
        if span is None or not degree:
            continue
        if span[0] is None and span[1] is None:
            return None
        found = moved(found, place, degree, span)
    signs = {sign_of_number(c) for c in found.values()} - {0}
    return signs.pop() if len(signs) == 1 else None


def sign_of_number(number: Any) -> int | None:
    """Return the sign of a number, of an `Interval` (``None`` if it has several) or of what has a ``sign``."""
    return number.sign if hasattr(number, "sign") else int(number > 0) - int(number < 0)


def moved(terms: Mapping[tuple[int, ...], Any], place: int, degree: int, span: Any) -> dict[tuple[int, ...], Any]:
    """Return the polynomial with one parameter written in t, times a power of 1 + t where that parameter is bounded."""
    low, high = span
    if high is None:
        top, below = (low, Fraction(1)), (Fraction(1), Fraction(0))
    elif low is None:
        top, below = (high, Fraction(-1)), (Fraction(1), Fraction(0))
    else:
        top, below = (low, high), (Fraction(1), Fraction(1))
    found: dict[tuple[int, ...], Any] = {}
    for powers, coefficient in terms.items():
        for k, c in enumerate(_expanded(top, powers[place], below, degree - powers[place])):
            if c:
                key = (*powers[:place], k, *powers[place + 1 :])
                found[key] = found.get(key, 0) + coefficient * c
    return found


def _expanded(first: Any, power: int, second: Any, other: int) -> list[Fraction]:
    """Return the coefficients of (a + b t) ** power * (c + d t) ** other, constant first."""
    result = [Fraction(0)] * (power + other + 1)
    for i, x in enumerate(_binomial(first, power)):
        for j, y in enumerate(_binomial(second, other)):
            result[i + j] += x * y
    return result


def _binomial(base: tuple[Fraction, Fraction], power: int) -> list[Fraction]:
    a, b = base
    return [comb(power, k) * a ** (power - k) * b**k for k in range(power + 1)]


@dataclass(frozen=True)
class Factor:
    """An irreducible polynomial: powers and integer coefficients by falling powers, the first coefficient positive.

    >>> str(linear(("p", "q"), "q", Fraction(1, 3)))
    '3*q - 1'
    """

    names: tuple[str, ...]
    terms: tuple[tuple[tuple[int, ...], int], ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.names, self.terms))

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The parameters that it depends on."""
        return tuple(name for i, name in enumerate(self.names) if any(powers[i] for powers, _ in self.terms))

    @cached_property
    def degree(self) -> int:
        """The total degree."""
        return max(sum(powers) for powers, _ in self.terms)

    @cached_property
    def root(self) -> Fraction | None:
        """Where it is 0, if it is linear in one parameter and depends on no other."""
        if self.degree != 1 or len(self.variables) != 1:
            return None
        (_, lead), *constant = self.terms
        return Fraction(-constant[0][1] if constant else 0, lead)

    def degree_in(self, name: str) -> int:
        """Return the degree in one of the parameters."""
        place = self.names.index(name)
        return max(powers[place] for powers, _ in self.terms)

    @cached_property
    def poly(self) -> Any:
        """The factor as a polynomial of sympy in all names."""
        import sympy

        return sympy.Poly(dict(self.terms), *sympy.symbols(self.names), domain=sympy.ZZ)

    def at(self, values: Mapping[str, Any]) -> Any:
        """Return the value where each parameter has one: a number, or anything that can be added and multiplied."""
        total: Any = 0
        for powers, coefficient in self.terms:
            term: Any = coefficient
            for name, power in zip(self.names, powers, strict=True):
                term = term * values[name] ** power if power else term
            total = total + term
        return total

    def sign_at(self, values: Mapping[str, Fraction]) -> int:
        """Return the sign where each parameter has a rational value, by integers."""
        total = 0
        at = [(values[name].as_integer_ratio(), self.degree_in(name)) for name in self.names]
        for powers, term in self.terms:
            for ((above, below), degree), power in zip(at, powers, strict=True):
                term *= above**power * below ** (degree - power)
            total += term
        return (total > 0) - (total < 0)

    def restricted(self, values: Mapping[str, Fraction]) -> dict[tuple[int, ...], Fraction]:
        """Return the terms that are left where some parameters have these values."""
        terms: dict[tuple[int, ...], Fraction] = {}
        for powers, coefficient in self.terms:
            scale, rest = Fraction(coefficient), list(powers)
            for place, name in enumerate(self.names):
                if name in values:
                    scale, rest[place] = scale * values[name] ** rest[place], 0
            terms[tuple(rest)] = terms.get(tuple(rest), Fraction(0)) + scale
        return {powers: c for powers, c in terms.items() if c}

    def __str__(self) -> str:
        return str(self.poly.as_expr())

    def __lt__(self, other: Factor) -> bool:
        return (self.degree, len(self.terms), self.terms) < (other.degree, len(other.terms), other.terms)


def linear(names: tuple[str, ...], name: str, value: Fraction | int) -> Factor:
    """Return the factor that is 0 where the parameter ``name`` has this value, greater above."""
    own = tuple(int(other == name) for other in names)
    value = Fraction(value)
    constant = [(tuple(0 for _ in names), -value.numerator)] if value else []
    return Factor(names, ((own, value.denominator), *constant))


def factored(names: tuple[str, ...], terms: Iterable[tuple[tuple[int, ...], Fraction]]) -> tuple[int, tuple[Any, ...]]:
    """Return the sign of the constant factor, and each irreducible factor with whether its power is odd.

    >>> sign, factors = factored(("p",), [((2,), Fraction(-2)), ((1,), Fraction(2))])  # -2 p (p - 1)
    >>> sign, [(str(factor), odd) for factor, odd in factors]
    (-1, [('p', True), ('p - 1', True)])
    """
    return factored_terms(names, tuple(terms))


@lru_cache(maxsize=2**14)
def factored_terms(names: tuple[str, ...], terms: Any) -> tuple[int, tuple[tuple[Factor, bool], ...]]:
    """Return the same for a tuple of terms; remembered."""
    constant, pairs = irreducible(names, dict(terms))
    sign = 1 if constant > 0 else -1
    found = []
    for part, power in pairs:
        factor, positive = _normal(names, part)
        sign = sign if positive or power % 2 == 0 else -sign
        found.append((factor, power % 2 == 1))
    return sign, tuple(sorted(found))


def _normal(names: tuple[str, ...], pairs: Sequence[tuple[tuple[int, ...], int]]) -> tuple[Factor, bool]:
    lead = pairs[0][1]
    by = gcd(*(c for _, c in pairs)) * (1 if lead > 0 else -1)
    return Factor(names, tuple((m, c // by) for m, c in pairs)), lead > 0


def product_of(factors: Iterable[tuple[Factor, bool]]) -> Factor:
    """Return the product of factors, those of even power squared; it is no longer irreducible.

    >>> str(product_of([(linear(("p",), "p", 0), True), (linear(("p",), "p", 1), False)]))
    'p**3 - 2*p**2 + p'
    """
    parts = [factor.poly ** (1 if odd else 2) for factor, odd in factors]
    product = parts[0]
    for part in parts[1:]:
        product = product * part
    terms = [(tuple(map(int, powers)), int(c)) for powers, c in product.terms()]
    return _normal(tuple(map(str, product.gens)), sorted(terms, reverse=True))[0]
