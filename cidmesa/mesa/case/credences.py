"""How probable the answer of a whole table is, given how probable each assumption is."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable, not_there
from cidmesa.mesa.programs import least_expectation
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.case.verdicts import Cell, VerdictTable

__all__ = ["answer_chance"]


def answer_chance(
    table: VerdictTable, credences: Mapping[str, Mapping[str, object]], *, independent: bool = False
) -> tuple[Any, Any]:
    r"""Return the least and greatest probability of the answer "yes", given a probability for each toggle value.

    The extremes are over all joint distributions on the cells with these marginals and probability 0 on contradictory
    cells, by two linear programs (floats). If the toggles are independent, a further assumption, given that the cell is
    not contradictory, the result is exact. An unknown cell may count as "yes" or "no".
    Source: probabilistic satisfiability, Hailperin 1965, "Best possible inequalities for the probability of a logical
    function of events".

    Args:
        table: from `verdicts`.
        credences: toggle -> value -> its probability.
        independent: whether to take the toggles as independent.

    Raises:
        NotApplicable: a toggle or value has no credence, credences do not sum to 1 or fit no joint distribution, or
            scipy is not installed and toggles are not independent.

    >>> import cidmesa as cm
    >>> toggles = {"scope": ["updates", "episode"], "mu": ["1", "1/4"]}
    >>> table = cm.verdicts(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), toggles)
    >>> even = {"scope": {"updates": "1/2", "episode": "1/2"}, "mu": {"1": "3/4", "1/4": "1/4"}}
    >>> answer_chance(table, even, independent=True)
    (Fraction(3, 8), Fraction(3, 8))

    """
    given = {name: _marginal(name, values, credences) for name, values in table.toggles.items()}
    cells = [cell for cell, answer in table.answers.items() if answer != "contradictory"]
    sure = [table.answers[cell] == "true" for cell in cells]
    maybe = [table.answers[cell] in ("true", "unknown") for cell in cells]
    if not independent:
        return _least(table, given, cells, sure), -_least(table, given, cells, [-x for x in maybe])
    shares = [prod((given[n][v] for n, v in zip(given, cell, strict=True)), start=Fraction(1)) for cell in cells]
    if not (whole := sum(shares)):
        raise NotApplicable("these credences give probability to contradictory cells only. Change them.")
    low, high = (sum(s for s, y in zip(shares, yes, strict=True) if y) / whole for yes in (sure, maybe))
    return low, high


def _marginal(name: str, values: Sequence[str], credences: Mapping[str, Mapping[str, object]]) -> dict[str, Fraction]:
    if name not in credences:
        raise NotApplicable(f"no credence is given for {name!r}.")
    for value in credences[name]:
        if value not in values:
            raise NotApplicable(not_there(f"{name!r} has no value {value!r}", value, values, "Values"))
    found = {value: Fraction(number_of(credences[name].get(value, 0))) for value in values}
    if sum(found.values()) != 1 or min(found.values()) < 0:
        raise NotApplicable(f"the credences of {name!r} sum to {show(sum(found.values()))}, not 1.")
    return found


def _least(
    table: VerdictTable, given: Mapping[str, Mapping[str, Fraction]], cells: Sequence[Cell], worth: Sequence[int]
) -> float:
    """Return the least expectation of what cells are worth over the distributions with these marginals."""
    rows, ends = [], []
    for place, (name, values) in enumerate(table.toggles.items()):
        for value in values:
            rows.append([int(cell[place] == value) for cell in cells])
            ends.append(given[name][value])
    found = least_expectation(worth, rows, ends)
    if found is None:
        raise NotApplicable("no distribution on the cells that are not contradictory has these credences.")
    return found
