"""Equilibria as roots of polynomials: several players, or behavioural rules of agents that forget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import Any

from cidmesa.errors import TooLarge
from cidmesa.modelling.numbers import Array, Number, cells

__all__ = ["MAX_UNKNOWNS", "Polynomials", "Supports", "Term", "on_supports", "stationary_points"]

MAX_SUPPORTS = 243
MAX_UNKNOWNS = 4
_DIGITS = 50
Values = dict[tuple[int, int], Number]
Supports = Sequence[tuple[int, ...]]  # of each distribution, the options of positive probability
Term = tuple[Fraction, tuple[tuple[int, int], ...]]  # a coefficient and the (distribution, option) pairs it multiplies


@dataclass(frozen=True)
class Polynomials:
    """Each player's payoff as a polynomial in independent distributions, each of which has an owner and a size."""

    sizes: tuple[int, ...]
    owners: tuple[int, ...]
    payoffs: tuple[tuple[Term, ...], ...]


def stationary_points(game: Polynomials, notes: list[str]) -> Iterator[tuple[Array, ...]]:
    r"""Yield the points where each distribution is stationary in its owner's payoff, a necessary condition.

    Stationary: :math:`\partial E[U^i]/\partial p_a` is equal for all options a of positive probability. For each choice
    of supports this is a polynomial system; its isolated real solutions are found by a lexicographic Groebner basis and
    the roots of one unknown at a time. Rational solutions are exact. ``notes`` collects what may be missing.

    >>> game = Polynomials((2,), (0,), (((Fraction(4), ((0, 0), (0, 1))), (Fraction(1), ((0, 1), (0, 1)))),))
    >>> [[str(p) for p in point[0]] for point in stationary_points(game, [])]  # 4 p0 p1 + p1 p1: the absent-minded
    [['1', '0'], ['0', '1'], ['1/3', '2/3']]

    Raises:
        TooLarge: more than `MAX_SUPPORTS` choices of supports.
    """
    choices = [[s for k in range(size) for s in combinations(range(size), k + 1)] for size in game.sizes]
    if (count := prod(map(len, choices))) > MAX_SUPPORTS:
        shown = " x ".join(str(size) for size in game.sizes)
        raise TooLarge(
            f"distributions over {shown} options have {count} choices of supports; at most {MAX_SUPPORTS} "
            'are tried. Use kind="pure".'
        )
    for supports in product(*choices):
        if sum(map(len, supports)) - len(supports) > MAX_UNKNOWNS:
            notes.append(f"supports with more than {MAX_UNKNOWNS} free probabilities were not tried")
            continue
        found = on_supports(game, supports)
        if found is None:
            notes.append("equilibria that form a continuum are not listed")
        yield from found or ()


def on_supports(game: Polynomials, supports: Supports) -> list[tuple[Array, ...]] | None:
    """Return the isolated stationary points with these supports, ``None`` if they form a continuum."""
    unknowns = [(k, option) for k, support in enumerate(supports) for option in support[:-1]]
    if not unknowns:
        return [_point(game, supports, {})]
    equations, symbols = _conditions(game, supports, unknowns)
    if any(equation.is_ground and equation for equation in equations):
        return []  # somebody gains whatever the others do
    if not all(equations):
        return None
    solutions = _roots(equations, symbols)
    if solutions is None:
        return None
    named = (dict(zip(unknowns, solution, strict=True)) for solution in solutions)
    found = (_point(game, supports, values) for values in named)
    return [point for point in found if all((one >= 0).all() for one in point)]


def _point(game: Polynomials, supports: Supports, values: Values) -> tuple[Array, ...]:
    rows: list[list[Number]] = [[values.get((k, o), 0) for o in range(size)] for k, size in enumerate(game.sizes)]
    for row, support in zip(rows, supports, strict=True):
        row[support[-1]] = 1 - sum(row)
    return tuple(cells(row, (len(row),)) for row in rows)


def _conditions(game: Polynomials, supports: Supports, unknowns: list[tuple[int, int]]) -> Any:
    """Return the derivatives of the owners' payoffs by the unknowns, and the unknowns as symbols."""
    import sympy

    ring = sympy.ring([f"p{k}_{option}" for k, option in unknowns], sympy.QQ, sympy.lex)
    one, gens = ring[0].one, dict(zip(unknowns, ring[1:], strict=True))
    chance = {
        (k, option): gens.get((k, option), ring[0].zero) for k, size in enumerate(game.sizes) for option in range(size)
    }
    for k, support in enumerate(supports):
        chance[k, support[-1]] = one - sum((gens[k, option] for option in support[:-1]), ring[0].zero)
    payoffs = {owner: _evaluated(game.payoffs[owner], chance, ring[0]) for owner in dict.fromkeys(game.owners)}
    return [payoffs[game.owners[k]].diff(gens[k, option]) for k, option in unknowns], ring[1:]


def _evaluated(terms: Sequence[Term], chance: dict[tuple[int, int], Any], ring: Any) -> Any:
    total = ring.zero
    for coefficient, factors in terms:
        if all(chance[factor] for factor in factors):
            scale = ring.domain(coefficient.numerator, coefficient.denominator)
            total += prod((chance[factor] for factor in factors), start=ring.one) * scale
    return total


def _roots(equations: list[Any], symbols: Sequence[Any]) -> list[tuple[Number, ...]] | None:
    """Return the real solutions strictly between 0 and 1 in every unknown, ``None`` if there are infinitely many."""
    import sympy

    names = [symbol.as_expr() for symbol in symbols]
    basis = sympy.groebner([equation.as_expr() for equation in equations], *names, order="lex")
    if basis.exprs == [sympy.S.One]:
        return []
    if not basis.is_zero_dimensional:
        return None
    found = _back_substituted(list(basis.exprs), names)
    return [tuple(_number(solution[name]) for name in names) for solution in found]


def _back_substituted(basis: list[Any], names: list[Any]) -> Iterator[dict[Any, Any]]:
    """Yield the solutions of a lexicographic basis, the last unknown first."""
    import sympy

    if not names:
        if all(abs(sympy.N(polynomial, _DIGITS)) < 10 ** (-_DIGITS // 2) for polynomial in basis):
            yield {}
        return
    last = names[-1]
    own = [sympy.Poly(p, last) for p in basis if p.free_symbols == {last}]
    own = [p for p in own if max(abs(c) for c in p.all_coeffs()) > 10 ** (-_DIGITS // 2)]
    for root in _real_roots(min(own, key=lambda p: p.degree())) if own else ():
        rest = [sympy.expand(p.subs(last, root)) for p in basis]
        for solution in _back_substituted(rest, names[:-1]):
            yield {last: root, **solution}


def _real_roots(polynomial: Any) -> list[Any]:
    """Return the roots strictly between 0 and 1: rational ones exactly, others to 50 digits."""
    if polynomial.domain.is_Exact:
        exact = [root for root, _ in polynomial.real_roots(multiple=False)]
        roots = [root if root.is_Rational else root.evalf(_DIGITS) for root in exact]
    else:
        roots = [root for root in polynomial.nroots(n=_DIGITS, maxsteps=200) if root.is_real]
    return [root for root in roots if 0 < root < 1]


def _number(root: Any) -> Number:
    return Fraction(int(root.p), int(root.q)) if root.is_Rational else float(root)
