"""Prime implicants of a verdict table: the largest sets of assumptions that each suffice for the answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from cidmesa.mesa.case.verdicts import Cell, VerdictTable

__all__ = ["Implicant", "chance_of", "cover", "prime_implicants"]

Cube: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True, repr=False)
class Implicant(Tells):
    """A product of sets of values; the answer is "yes" if each toggle has one of its values.

    ``literals``: the toggles that it restricts, with the values that it allows.
    Source: implicants of functions of many values as in Rudell and Sangiovanni-Vincentelli 1987.

    >>> print(Implicant((("scope", ("updates",)), ("succession", ("planner", "game")))))
    scope = updates and succession = planner or game
    """

    literals: tuple[tuple[str, tuple[str, ...]], ...]

    def covers(self, cell: Mapping[str, str]) -> bool:
        """Return whether the implicant contains a cell."""
        return all(cell[name] in values for name, values in self.literals)

    def to_text(self) -> str:
        """Return the literals, joined by "and"."""
        return " and ".join(f"{name} = {' or '.join(values)}" for name, values in self.literals) or "always"


def prime_implicants(table: VerdictTable) -> tuple[Implicant, ...]:
    """Return the prime implicants of the true cells; they may cover contradictory cells, but not unknown ones.

    They cover the true cells, no value can be added to one, and each has a true cell.
    Source: Tison 1967, "Generalization of consensus theory and application to the minimization of Boolean functions";
    for many values as in Rudell and Sangiovanni-Vincentelli 1987.

    Args:
        table: from `verdicts`; for the contrary answer, pass ``table.contrary()``.

    >>> import cidmesa as cm
    >>> toggles = {"scope": ["updates", "episode"], "mu": ["1", "1/4"]}
    >>> table = cm.verdicts(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), toggles)
    >>> [str(one) for one in prime_implicants(table)], [str(one) for one in prime_implicants(table.contrary())]
    (['scope = updates and mu = 1'], ['scope = episode', 'mu = 1/4'])

    """
    true, free = table.cells("true"), table.cells("contradictory")
    cubes: set[Cube] = {tuple(frozenset([value]) for value in cell) for cell in (*true, *free)}
    place, rounds = 0, 0
    while rounds < len(table.toggles):
        found = _merged(cubes, place)
        rounds = 0 if found != cubes else rounds + 1
        cubes, place = found, (place + 1) % len(table.toggles)
    kept = [cube for cube in cubes if any(_in(cell, cube) for cell in true)]
    return tuple(_named(cube, table) for cube in sorted(kept, key=lambda cube: _order(cube, table)))


def cover(table: VerdictTable) -> tuple[Implicant, ...]:
    """Return prime implicants that cover all true cells, none of which can be left out.

    Source: irredundant covers as in Quine 1952, "The problem of simplifying truth functions".

    Args:
        table: from `verdicts`.

    >>> import cidmesa as cm
    >>> table = cm.verdicts(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), {"mu": ["1", "1/4"]})
    >>> [str(one) for one in cover(table)]
    ['mu = 1']
    """
    cells = [dict(zip(table.toggles, cell, strict=True)) for cell in table.cells("true")]
    chosen = list(prime_implicants(table))
    for one in sorted(chosen, key=lambda one: (sum(map(one.covers, cells)), -len(one.literals))):
        rest = [other for other in chosen if other is not one]
        if all(any(other.covers(cell) for other in rest) for cell in cells):
            chosen = rest
    return tuple(chosen)


def _merged(cubes: set[Cube], place: int) -> set[Cube]:
    """Return the cubes with each consensus in one toggle (union there, intersection elsewhere), the largest ones."""
    found = set(cubes)
    for one, other in combinations(sorted(cubes, key=_text), 2):
        made = tuple(a | b if k == place else a & b for k, (a, b) in enumerate(zip(one, other, strict=True)))
        if all(made):
            found.add(made)
    return {cube for cube in found if not any(cube != other and _within(cube, other) for other in found)}


def _text(cube: Cube) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(values)) for values in cube)


def _within(cube: Cube, other: Cube) -> bool:
    return all(a <= b for a, b in zip(cube, other, strict=True))


def _in(cell: Cell, cube: Cube) -> bool:
    return all(value in values for value, values in zip(cell, cube, strict=True))


def _order(cube: Cube, table: VerdictTable) -> Any:
    """Return what sorts cubes: few literals first, then in the order of toggles and values."""
    said = [values for values, all_of in zip(cube, table.toggles.values(), strict=True) if len(values) < len(all_of)]
    places = [[v not in values for v in all_of] for values, all_of in zip(cube, table.toggles.values(), strict=True)]
    return len(said), [all(not x for x in row) for row in places], places


def _named(cube: Cube, table: VerdictTable) -> Implicant:
    literals = []
    for (name, all_of), values in zip(table.toggles.items(), cube, strict=True):
        if len(values) < len(all_of):
            literals.append((name, tuple(value for value in all_of if value in values)))
    return Implicant(tuple(literals))


# --- credences ------------------------------------------------------------------------------------------------------


def chance_of(
    implicant: Implicant, credences: Mapping[str, object], *, independent: bool = False
) -> tuple[Fraction | Any, Fraction | Any]:
    r"""Return the least and greatest probability that all literals of an implicant hold, given a probability for each.

    With :math:`p_1, ..., p_n` it is :math:`[\max(0, \sum p - n + 1), \min p]`; if the literals are independent, a
    further assumption, it is :math:`\prod p`.
    Source: Fréchet 1935, "Généralisations du théorème des probabilités totales".

    Args:
        implicant: a product of literals, from `prime_implicants`.
        credences: toggle -> the probability that its literal holds.
        independent: whether to take the literals as independent.

    Raises:
        NotApplicable: a toggle has no credence.

    >>> one = Implicant((("scope", ("updates",)), ("aware", ("full",))))
    >>> chance_of(one, {"scope": "9/10", "aware": "1/2"})
    (Fraction(2, 5), Fraction(1, 2))
    >>> chance_of(one, {"scope": "9/10", "aware": "1/2"}, independent=True)
    (Fraction(9, 20), Fraction(9, 20))

    """
    named = [name for name, _ in implicant.literals]
    if missing := [name for name in named if name not in credences]:
        raise NotApplicable(f"no credence is given for {missing[0]!r}.")
    given: list[Any] = [number_of(credences[name]) for name in named]
    if independent:
        whole = prod(given)
        return whole, whole
    return max(0, sum(given) - len(given) + 1), min(given, default=1)
