"""Polynomials in parameters without a value, as cells of tables: on python-flint if it is installed, else on sympy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import lcm, prod
from numbers import Rational
from typing import Any, ClassVar, TypeAlias

from cidmesa.errors import ModelError

__all__ = ["Polynomial", "Terms", "constant_of", "eliminant", "irreducible", "multiple", "symbols"]

Terms: TypeAlias = tuple[tuple[tuple[int, ...], int], ...]  # powers of the parameters, and coefficients


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
        return constant_of(self.element)

    def _other(self, other: object) -> Any:
        """Return a number as one that elements of the ring combine with, ``None`` for what is none."""
        if type(other) is Fraction:  # the usual case, and the fastest way
            return _ring(self.names)[1](other.numerator, other.denominator)
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

    def _made(self, element: Any) -> Any:
        return Polynomial(self.names, element)

    @property
    def one(self) -> Any:
        """The element that is 1."""
        return _ring(self.names)[0][0] ** 0

    def bare(self, cell: object) -> Any:
        """Return a cell as an element, or number, of the ring of this polynomial; ``None`` for other cells."""
        if isinstance(cell, Polynomial):
            return cell.element if cell.names == self.names else None
        return _rational(cell, self.names) if isinstance(cell, int | Fraction) else None

    def dressed(self, element: Any) -> Any:
        """Return the cell that an element, or number, of the ring stands for."""
        return self._made(element) if hasattr(element, "terms") else _fraction(element)

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

    def __neg__(self) -> Any:
        return self._made(-self.element)

    def __pos__(self) -> Polynomial:
        return self

    def __pow__(self, exponent: object) -> Any:
        if not isinstance(exponent, int) or exponent < 0:
            raise ModelError(f"the power ({self}) ** {exponent} is not a polynomial")
        return self._made(self.element**exponent if exponent else self.one)

    def __truediv__(self, other: object) -> Any:
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
        return sorted(((powers, _fraction(coefficient)) for powers, coefficient in _terms(self.element)), reverse=True)

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
    found: Polynomial = 0 * symbols(names)[0]
    for powers, coefficient in terms:
        found += prod(map(pow, symbols(names), powers), start=coefficient)
    return found


def constant_of(element: Any) -> Fraction | None:
    """Return the number that an element of a ring is, ``None`` if it depends on parameters."""
    if hasattr(element, "is_constant"):
        return _fraction(element.leading_coefficient()) if element.is_constant() else None
    return _fraction(element.LC) if element.is_ground else None


def _terms(element: Any) -> list[tuple[tuple[int, ...], Any]]:
    pairs = element.to_dict().items() if hasattr(element, "to_dict") else element.terms()
    return [(tuple(map(int, powers)), coefficient) for powers, coefficient in pairs]


def multiple(element: Any) -> Terms:
    """Return the terms of an element of a ring times a positive number, with integer coefficients, by falling powers.

    >>> p, q = symbols(("p", "q"))
    >>> multiple((p / 2 - q / 3).element)
    (((1, 0), 3), ((0, 1), -2))
    """
    pairs = [(powers, *_ratio(coefficient)) for powers, coefficient in _terms(element)]
    common = lcm(*(below for _, _, below in pairs))
    return tuple(sorted(((powers, above * (common // below)) for powers, above, below in pairs), reverse=True))


def irreducible(
    names: tuple[str, ...], terms: Mapping[tuple[int, ...], Rational]
) -> tuple[Fraction, list[tuple[Terms, int]]]:
    """Return a constant and the irreducible factors of a polynomial, each as `multiple` with its power.

    >>> irreducible(("p",), {(2,): Fraction(-2), (1,): Fraction(2)})  # -2 p (p - 1)
    (Fraction(-2, 1), [((((1,), 1),), 1), ((((1,), 1), ((0,), -1)), 1)])
    """
    element = _element(names, terms)
    constant, parts = element.factor() if hasattr(element, "context") else element.factor_list()
    return _fraction(constant), [(multiple(part), int(power)) for part, power in parts]


def eliminant(names: tuple[str, ...], name: str, first: Terms, second: Terms | None = None) -> Terms:
    """Return the resultant of two polynomials by one parameter, or the discriminant of one, as `multiple`.

    >>> eliminant(("x", "y"), "y", (((2, 0), 1), ((0, 2), 1), ((0, 0), -2)), (((1, 0), 1), ((0, 1), -1)))
    (((2, 0), 2), ((0, 0), -2))
    >>> eliminant(("x", "y"), "y", (((2, 0), 1), ((0, 2), 1), ((0, 0), -2)))
    (((2, 0), -4), ((0, 0), 8))
    """
    both = [first] if second is None else [first, second]
    if hasattr(_ring(names)[0][0], "context"):
        made, *other = (_element(names, dict(terms)) for terms in both)
        return multiple(made.resultant(*other, name) if other else made.discriminant(name))
    import sympy

    place = names.index(name)
    order = sorted(range(len(names)), key=place.__ne__)  # sympy eliminates the first
    named = [sympy.Symbol(names[i]) for i in order]
    turned, *other = (sympy.Poly({tuple(p[i] for i in order): c for p, c in terms}, *named) for terms in both)
    found = turned.resultant(*other) if other else turned.discriminant()
    return tuple(((*powers[:place], 0, *powers[place:]), int(c)) for powers, c in found.terms() if c)


def _element(names: tuple[str, ...], terms: Mapping[tuple[int, ...], Any]) -> Any:
    (first, *_), number = _ring(names)
    made = {powers: number(int(c.numerator), int(c.denominator)) for powers, c in terms.items()}
    return (first.context() if hasattr(first, "context") else first.ring).from_dict(made)


@lru_cache(maxsize=256)
def _ring(names: tuple[str, ...]) -> tuple[tuple[Any, ...], Any]:
    """Return the generators, and a function from numerator and denominator to the number."""
    flint: Any = import_module("flint") if find_spec("flint") is not None else None
    if hasattr(flint, "fmpq_mpoly_ctx"):
        return tuple(flint.fmpq_mpoly_ctx.get(names, "lex").gens()), flint.fmpq
    from sympy import QQ
    from sympy.polys.rings import ring

    return tuple(ring(names, QQ)[1:]), QQ


def _rational(number: Rational | int, names: tuple[str, ...]) -> Any:
    return _ring(names)[1](int(number.numerator), int(number.denominator))


def _ratio(number: Any) -> tuple[int, int]:
    if hasattr(number, "p"):
        return int(number.p), int(number.q)
    return int(number.numerator), int(number.denominator)


def _fraction(number: Any) -> Fraction:
    return Fraction(*_ratio(number))
