"""Polynomials in parameters without a value, as cells of tables: on python-flint if it is installed, else on sympy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import prod
from numbers import Rational
from typing import Any, ClassVar

from cidmesa.errors import ModelError

__all__ = ["Polynomial", "symbols"]


@dataclass(frozen=True, eq=False, slots=True)
class Polynomial:
    """A polynomial with rational coefficients in parameters that have no value.

    Polynomials can be added, multiplied, raised to integer powers and divided by numbers. Two polynomials are equal if
    they are identical as functions. Ordering them or using one as a truth value raises ModelError, because the result
    would depend on the parameters.

    >>> p, q = symbols(("p", "q"))
    >>> polynomial = p * (1 - q) + Fraction(1, 2)
    >>> str(polynomial), polynomial.at(p=1, q="1/4"), polynomial == p - p * q + Fraction(1, 2)
    ('-p*q + p + 1/2', Fraction(5, 4), True)
    """

    names: tuple[str, ...]
    element: Any

    ordered: ClassVar[bool] = False  # whether it can be compared, as what `cidmesa.symbolic` makes of it can

    @property
    def constant(self) -> Fraction | None:
        """The number if the polynomial is constant, otherwise ``None``."""
        flat = self.element.is_constant() if hasattr(self.element, "is_constant") else self.element.is_ground
        return sum((c for _, c in self.terms()), start=Fraction(0)) if flat else None

    def _other(self, other: object) -> Any:
        if isinstance(other, Polynomial):
            if other.names != self.names:
                raise ModelError(
                    f"polynomials in {', '.join(self.names)} and in {', '.join(other.names)} do not combine."
                )
            return other.element
        if isinstance(other, Rational):
            return _rational(other, self.names)
        if isinstance(other, float):
            raise ModelError(
                f"{other!r} is a float; beside parameters without a value numbers must be exact. "
                f"Write it as text: {str(other)!r}."
            )
        return None

    def _made(self, element: Any) -> Polynomial:
        return Polynomial(self.names, element)

    def __add__(self, other: object) -> Any:
        right = self._other(other)
        return NotImplemented if right is None else self._made(self.element + right)

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        right = self._other(other)
        return NotImplemented if right is None else self._made(self.element - right)

    def __rsub__(self, other: object) -> Any:
        left = self._other(other)
        return NotImplemented if left is None else self._made(left - self.element)

    def __mul__(self, other: object) -> Any:
        right = self._other(other)
        return NotImplemented if right is None else self._made(self.element * right)

    __rmul__ = __mul__

    def __neg__(self) -> Polynomial:
        return self._made(-self.element)

    def __pos__(self) -> Polynomial:
        return self

    def __pow__(self, exponent: object) -> Polynomial:
        if not isinstance(exponent, int) or exponent < 0:
            raise ModelError(f"the power ({self}) ** {exponent} is not a polynomial")
        return self._made(self.element**exponent) if exponent else self._made(_rational(1, self.names))

    def __truediv__(self, other: object) -> Polynomial:
        if isinstance(other, Polynomial) and other.constant is not None:
            other = other.constant
        if not isinstance(other, Rational) or not other:
            raise ModelError(f"({self}) / ({other}) is not a polynomial")
        return self._made(self.element * _rational(Fraction(int(other.denominator), int(other.numerator)), self.names))

    def __rtruediv__(self, other: object) -> Polynomial:
        raise ModelError(f"({other}) / ({self}) is not a polynomial")

    def __eq__(self, other: object) -> bool:
        right = self._other(other) if isinstance(other, Polynomial | Rational) else None
        return right is not None and bool(self.element == right)

    def __hash__(self) -> int:
        return hash((self.names, str(self)))

    def _undecided(self, *_: object) -> Any:
        raise ModelError(
            f"whether {self} is greater, or true, depends on the parameters {', '.join(self.names)}. "
            "Give them values by model.substitute(...)"
        )

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __float__ = __abs__ = _undecided

    def at(self, values: Mapping[str, object] | None = None, /, **parameters: object) -> Fraction:
        """Return the value at a value for every parameter; text such as ``"1/3"`` is exact."""
        pairs: dict[str, Any] = dict(values or {}) | parameters
        given = {name: Fraction(value) for name, value in pairs.items()}
        missing = [name for name in self.names if name not in given]
        if missing:
            raise ModelError(f"a value is missing for {', '.join(missing)}.")
        return Fraction(self.evaluated({name: given[name] for name in self.names}))

    def evaluated(self, values: Mapping[str, Any]) -> Any:
        """Return the value for numbers or arrays of numbers, one for each parameter."""
        columns = [values[name] for name in self.names]
        number = Fraction if all(isinstance(column, Rational) for column in columns) else float
        total: Any = number(0)
        for powers, coefficient in self.terms():
            term: Any = number(coefficient)
            for column, power in zip(columns, powers, strict=True):
                term = term * column**power if power else term
            total = total + term
        return total

    def terms(self) -> list[tuple[tuple[int, ...], Fraction]]:
        """Return the powers of the parameters and the coefficient of each term."""
        pairs = self.element.to_dict().items() if hasattr(self.element, "to_dict") else self.element.terms()
        found = ((tuple(map(int, powers)), _fraction(coefficient)) for powers, coefficient in pairs)
        return sorted(found, reverse=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return _of_terms, (self.names, self.terms())

    def as_expr(self) -> Any:
        """Return the polynomial as an expression of sympy."""
        import sympy

        named = sympy.symbols(self.names)
        terms = [(sympy.Rational(c.numerator, c.denominator), powers) for powers, c in self.terms()]
        return sympy.Add(*(c * sympy.Mul(*map(pow, named, powers)) for c, powers in terms))

    def __str__(self) -> str:
        return str(self.element)


def symbols(names: tuple[str, ...]) -> tuple[Polynomial, ...]:
    """Return each of ``names`` as a polynomial; polynomials from one call can be combined.

    >>> [str(symbol) for symbol in symbols(("a", "b"))]
    ['a', 'b']
    """
    return tuple(Polynomial(names, generator) for generator in _ring(names)[0]) if names else ()


def _of_terms(names: tuple[str, ...], terms: list[tuple[tuple[int, ...], Fraction]]) -> Polynomial:
    found = Polynomial(names, _rational(0, names))
    for powers, coefficient in terms:
        found += prod(map(pow, symbols(names), powers), start=coefficient)
    return found


@lru_cache(maxsize=256)
def _ring(names: tuple[str, ...]) -> tuple[tuple[Any, ...], Any]:
    """Return the generators, and a function from numerator and denominator to the constant."""
    flint: Any = import_module("flint") if find_spec("flint") is not None else None
    if hasattr(flint, "fmpq_mpoly_ctx"):
        context = flint.fmpq_mpoly_ctx.get(names, "lex")
        return tuple(context.gens()), lambda p, q: context.constant(flint.fmpq(p, q))
    from sympy import QQ
    from sympy.polys.rings import ring

    made, *generators = ring(names, QQ)
    return tuple(generators), lambda p, q: made.ground_new(QQ(p, q))


def _rational(number: Rational | int, names: tuple[str, ...]) -> Any:
    return _ring(names)[1](int(number.numerator), int(number.denominator))


def _fraction(number: Any) -> Fraction:
    numerator, denominator = (number.p, number.q) if hasattr(number, "p") else (number.numerator, number.denominator)
    return Fraction(int(numerator), int(denominator))
