"""Readable inequalities for a set of cells: few sign conditions on few polynomials that tell them from the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.factor import Factor, product_of

if TYPE_CHECKING:
    from fractions import Fraction

    from cidmesa.symbolic.lifting import Point

__all__ = ["Formula", "Literal", "formula_of", "tells"]

Row = "tuple[int, ...]"
_SIGNS = {">": (1,), "<": (-1,), "=": (0,), ">=": (0, 1), "<=": (-1, 0), "!=": (-1, 1)}  # what reads best comes first
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "!=": "!="}
_NOT = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "!=", "!=": "="}
_COMPARE = {">": gt, "<": lt, "=": eq, ">=": ge, "<=": le, "!=": ne}
_PYTHON = {"=": "=="}
MAX_TRIED = 4_000  # sets of polynomials
MAX_BROAD = 4  # polynomials of which all combinations of signs are tried


@dataclass(frozen=True)
class Literal:
    """A polynomial compared with 0."""

    factor: Factor
    relation: str

    def holds(self, point: Point) -> bool:
        """Return whether it is true at a point."""
        return point.sign(self.factor) in _SIGNS[self.relation]

    @classmethod
    def of_sign(cls, factors: Iterable[tuple[Factor, bool]], signs: Iterable[int]) -> Literal:
        """Return the statement that a product of factors (those of even power squared) has one of these signs."""
        relation = next(name for name, own in _SIGNS.items() if set(own) == set(signs))
        return cls(product_of(factors), relation)

    def at(self, values: Mapping[str, Any]) -> Any:
        """Return whether it is true for these numbers, which may stand for themselves."""
        value = self.factor.at(values)
        return _COMPARE[self.relation](value, 0)

    def negated(self) -> Literal:
        """Return the opposite."""
        return Literal(self.factor, _NOT[self.relation])

    @property
    def bound(self) -> tuple[str, Fraction] | None:
        """The one parameter that it is about and the number with which it compares it; ``None`` for other literals."""
        root = self.factor.root
        return None if root is None else (self.factor.variables[0], root)

    def sides(self) -> tuple[Any, str, Any]:
        """Return left side, relation and right side as a person would write them, in expressions of sympy."""
        import sympy

        poly, relation = self.factor.poly, self.relation
        if self.bound:
            name, number = self.bound
            return sympy.Symbol(name), relation, sympy.Rational(number.numerator, number.denominator)
        constant = poly.nth(*(0 for _ in self.factor.names))
        if constant > 0:
            poly, relation, constant = -poly, _TURNED[relation], -constant
        if constant:
            return _product(poly.as_expr() - constant), relation, -constant
        plus = sympy.Add(*(part for part in poly.as_expr().as_ordered_terms() if part.as_coeff_Mul()[0] > 0))
        minus = plus - poly.as_expr()
        return _product(plus), relation, _product(minus)

    def as_expr(self) -> Any:
        """Return the comparison as a relation of sympy."""
        import sympy

        left, relation, right = self.sides()
        made = {">": sympy.Gt, "<": sympy.Lt, ">=": sympy.Ge, "<=": sympy.Le, "=": sympy.Eq, "!=": sympy.Ne}
        return made[relation](left, right, evaluate=False)

    def __str__(self) -> str:
        left, relation, right = (self.bound[0], self.relation, self.bound[1]) if self.bound else self.sides()
        return f"{left} {_PYTHON.get(relation, relation)} {right}"


def _product(expression: Any) -> Any:
    """Return an expression of sympy as a product; a minus sign in front goes into a difference, if there is one."""
    import sympy

    found = sympy.factor(expression)
    sums = [part for part in found.args if part.is_Add] if found.is_Mul else []
    if not sums or not found.could_extract_minus_sign() or found.as_coeff_Mul()[0] > 0:
        return found
    rest = sympy.Mul(*(part for part in found.args if part is not sums[0]))
    return sympy.Mul(-rest, -sums[0], evaluate=False)


@dataclass(frozen=True)
class Formula:
    """Alternatives of sign conditions; with ``negative`` conditions of which each clause must have one that holds.

    ``clauses`` are joined by "or", their literals by "and"; with ``negative`` the other way round.
    """

    clauses: tuple[tuple[Literal, ...], ...]
    negative: bool = False

    def holds(self, point: Point) -> bool:
        """Return whether it is true at a point."""
        found = ([literal.holds(point) for literal in clause] for clause in self.clauses)
        return all(map(any, found)) if self.negative else any(map(all, found))

    def at(self, values: Mapping[str, Any]) -> bool:
        """Return whether it is true for these numbers, which may stand for themselves."""
        return bool(self.map(lambda literal: literal.at(values), lambda *some: all(some), lambda *some: any(some)))

    def map(self, literal: Callable[[Literal], Any], both: Callable[..., Any], either: Callable[..., Any]) -> Any:
        """Return the formula with other literals, "and" and "or"."""
        inner, outer = (either, both) if self.negative else (both, either)
        return outer(*(inner(*map(literal, clause)) for clause in self.clauses))

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The polynomials in it."""
        return tuple(sorted({literal.factor for clause in self.clauses for literal in clause}))

    @property
    def size(self) -> int:
        """The number of comparisons."""
        return sum(map(len, self.clauses))

    def as_expr(self) -> Any:
        """Return the formula as a boolean expression of sympy."""
        import sympy

        inner, outer = (sympy.Or, sympy.And) if self.negative else (sympy.And, sympy.Or)
        parts = [
            inner(*(literal.as_expr() for literal in clause), evaluate=False)
            if len(clause) > 1
            else clause[0].as_expr()
            if clause
            else sympy.true
            for clause in self.clauses
        ]
        return outer(*parts, evaluate=False) if len(parts) > 1 else parts[0] if parts else outer()

    def __str__(self) -> str:
        inner, outer = (" or ", " and ") if self.negative else (" and ", " or ")
        parts = [inner.join(map(str, clause)) for clause in self.clauses]
        if len(parts) > 1:
            parts = [f"({part})" if len(clause) > 1 else part for part, clause in zip(parts, self.clauses, strict=True)]
        return outer.join(parts) or ("True" if self.negative or self.clauses else "False")


def formula_of(rows: Iterable[tuple[Mapping[Factor, int], bool]], factors: Sequence[Factor]) -> Formula:
    """Return a short formula in the signs of ``factors`` that is true of the rows marked true and of no other row.

    Raises:
        ValueError: two rows have the same signs, one true and one false.

    >>> from fractions import Fraction
    >>> from cidmesa.symbolic.factor import linear
    >>> p, low = linear(("p",), "p", Fraction(1, 3)), linear(("p",), "p", 0)
    >>> rows = [({p: -1, low: 0}, False), ({p: -1, low: 1}, False), ({p: 0, low: 1}, False), ({p: 1, low: 1}, True)]
    >>> print(formula_of(rows, [low, p]))
    p > 1/3
    """
    rows = list(rows)
    if not tells(rows):
        raise ValueError("the signs of these polynomials do not tell what is true from what is false")
    table = {tuple(signs[factor] for factor in factors): True for signs, holds in rows if holds}
    yes = list(table)
    no = list(dict.fromkeys(tuple(signs[factor] for factor in factors) for signs, holds in rows if not holds))
    if not yes or not no:
        return Formula(((),) if yes else ())
    chosen = _telling(yes, no, factors)
    names = [factors[i] for i in chosen]
    yes, no = _narrowed(yes, chosen), _narrowed(no, chosen)
    positive = Formula(_cover(yes, no, names))
    against = _cover(no, yes, names)
    negative = Formula(tuple(tuple(literal.negated() for literal in clause) for clause in against), negative=True)
    return negative if negative.size < positive.size else positive


def tells(rows: Iterable[tuple[Mapping[Factor, int], bool]]) -> bool:
    """Return whether no two rows with the same signs are one true and one false."""
    yes, no = set[frozenset[Any]](), set[frozenset[Any]]()
    for signs, holds in rows:
        (yes if holds else no).add(frozenset(signs.items()))
    return yes.isdisjoint(no)


def _narrowed(rows: list[Any], chosen: Sequence[int]) -> list[Any]:
    return list(dict.fromkeys(tuple(row[i] for i in chosen) for row in rows))


def _telling(yes: list[Any], no: list[Any], factors: Sequence[Factor]) -> tuple[int, ...]:
    """Return the positions of a few simple polynomials that suffice to tell the rows apart."""
    order = sorted(range(len(factors)), key=lambda i: factors[i])
    tried = 0
    for size in range(1, len(order) + 1):
        for chosen in sorted(combinations(order, size), key=lambda some: sum(factors[i].degree for i in some)):
            tried += 1
            if tried > MAX_TRIED:
                return _thinned(yes, no, order)
            if _tells(yes, no, chosen):
                return chosen
    return tuple(order)


def _tells(yes: list[Any], no: list[Any], chosen: Sequence[int]) -> bool:
    return {tuple(row[i] for i in chosen) for row in yes}.isdisjoint(tuple(row[i] for i in chosen) for row in no)


def _thinned(yes: list[Any], no: list[Any], order: list[int]) -> tuple[int, ...]:
    """Return what is left when polynomials that are not needed are dropped one by one, the most complex first."""
    kept = list(order)
    for i in reversed(order):
        rest = [j for j in kept if j != i]
        if _tells(yes, no, rest):
            kept = rest
    return tuple(kept)


def _cover(yes: list[Any], no: list[Any], factors: Sequence[Factor]) -> tuple[tuple[Literal, ...], ...]:
    """Return few short clauses of which each row of ``yes`` meets one and no row of ``no`` meets any."""
    known = _clauses(no, len(factors)) if len(factors) <= MAX_BROAD else [_widened(row, no) for row in yes]
    left, found = list(yes), []
    while left:
        best = max(known, key=lambda clause: (sum(_meets(row, clause) for row in left), -_length(clause)))
        found.append(best)
        left = [row for row in left if not _meets(row, best)]
    kept = [c for c in found if any(_meets(r, c) and not any(_meets(r, d) for d in found if d is not c) for r in yes)]
    made = [tuple(Literal(f, name) for f, name in zip(factors, clause, strict=True) if name) for clause in kept]
    return tuple(sorted((tuple(sorted(clause, key=_place)) for clause in made), key=lambda c: [*map(_place, c)]))


def _place(literal: Literal) -> tuple[object, ...]:
    """Return what readers expect conditions to be sorted by: left sides, then numbers."""
    if literal.bound:
        name, value = literal.bound
        return 1, name, (0, value, ""), literal.relation
    left, relation, right = literal.sides()
    number = (0, right, "") if right.is_number else (1, 0, str(right))
    return literal.factor.degree, str(left), number, relation


_CHOICES = ("", *_SIGNS)


def _meets(row: Any, clause: Any) -> bool:
    return all(not name or sign in _SIGNS[name] for sign, name in zip(row, clause, strict=True))


def _length(clause: Any) -> int:
    return 10 * sum(map(bool, clause)) + sum(map(_CHOICES.index, clause))


def _clauses(no: list[Any], width: int) -> list[Any]:
    """Return every clause that no row of ``no`` meets, short ones first."""
    every = sorted(product(_CHOICES, repeat=width), key=_length)
    return [clause for clause in every if not any(_meets(row, clause) for row in no)]


def _widened(row: Any, no: list[Any]) -> Any:
    """Return a clause that ``row`` meets and no row of ``no``, made wider sign by sign."""
    exact = {1: ">", -1: "<", 0: "="}
    clause = [exact[sign] for sign in row]
    for i in reversed(range(len(clause))):
        for name in sorted(_CHOICES, key=lambda name: -len(_SIGNS.get(name, (0, 0, 0)))):
            wider = [*clause[:i], name, *clause[i + 1 :]]
            if _meets(row, wider) and not any(_meets(other, wider) for other in no):
                clause = wider
                break
    return tuple(clause)
