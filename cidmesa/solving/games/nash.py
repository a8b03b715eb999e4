"""Nash equilibria of one game: pure by comparison of all profiles, mixed by vertices, others by polynomials.

Larger games can be left to pygambit (extra ``games``), which only this module imports. It returns candidates; like all
others, each is verified by regret before it is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.numbers import Array, cells
from cidmesa.solving.games.behavioural import behaviour_game, has_perfect_recall, policy_at
from cidmesa.solving.games.bimatrix import as_fractions, extreme_equilibria, lemke_howson, normed, positive, undominated
from cidmesa.solving.games.equilibrium import Equilibria, Equilibrium, Kind, Solver
from cidmesa.solving.games.regret import from_mixtures, from_policy, from_profile, profile_of
from cidmesa.solving.games.stationary import stationary_points
from cidmesa.solving.games.strategic_form import StrategicForm, strategic_form
from cidmesa.solving.games.supports import BySupports, by_supports

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy
    from cidmesa.solving.games.stationary import Supports

__all__ = ["listed", "nash"]

MAX_STARTS = 6  # of Lemke and Howson's paths, where not all equilibria can be listed
_DENOMINATOR = 10**6  # of pygambit's probabilities that are read as simple fractions


def nash(model: Model, kind: Kind, limit: int, solver: Solver = "own") -> Equilibria:
    """Return the Nash equilibria of a kind, at most ``limit`` of them; see `equilibria`."""
    form = strategic_form(model)
    if kind == "pure":
        return _pure(form, limit)
    points, method, missed = mixed = _mixtures(form, solver)
    if kind == "behavioural":
        return _behavioural(form, mixed, limit)
    found = (from_mixtures(form, point, "mixed", method) for point in points)
    return listed(found, limit, "these are all extreme ones", "no equilibrium was found", missed)


def listed(found: Iterable[Equilibrium | None], limit: int, all_of: str, none: str, missed: str = "") -> Equilibria:
    """Return at most ``limit`` of the equilibria, with whether the list is complete."""
    kept: list[Equilibrium] = []
    for one in found:
        if one is not None and len(kept) == limit:
            return Equilibria(tuple(kept), False, f"there are more than {limit} (limit=); the first ones are listed.")
        kept += [one] if one is not None else []
    reason = missed or (all_of if kept else none)
    return Equilibria(tuple(kept), not missed, reason if kept or not missed else f"none was found; {missed}.")


# --- pure -------------------------------------------------------------------------------------------------------


def _pure(form: StrategicForm, limit: int) -> Equilibria:
    method = "comparison of all pure profiles"
    found = (from_profile(form, profile, "pure", method) for profile in form.pure_equilibria())
    count = int(np.prod(form.shape))
    none = f"in each of the {count} pure profiles some agent gains by another rule, so there is no pure equilibrium"
    return listed(found, limit, "these are all", f"{none}; a mixed one always exists.")


# --- mixed ------------------------------------------------------------------------------------------------------


def _mixtures(form: StrategicForm, solver: Solver) -> tuple[list[list[Array]], str, str]:
    """Return candidates for mixed equilibria, how they were found, and what may be missing."""
    payoffs = [as_fractions(payoff) for payoff in form.payoffs]
    kept = undominated(payoffs) if payoffs else []
    small = [payoff[np.ix_(*kept)] for payoff in payoffs]
    free = [axis for axis, own in enumerate(kept) if len(own) > 1]
    if len(free) <= 2:
        points, method, missed = _two_players(small, free, solver)
        return [_embedded(form.shape, kept, point) for point in points], method, missed
    if solver == "gambit":
        points = [_embedded(form.shape, kept, point) for point in _by_gambit(small, form.model.exact)]
        return points, "pygambit, polynomial equations", "pygambit solves polynomial equations in floats"
    found = by_supports(small)
    points = [_embedded(form.shape, kept, point) for point in found.points]
    return points, "equations on each choice of supports", _missed(form, kept, found)


def _missed(form: StrategicForm, kept: Sequence[Sequence[int]], found: BySupports) -> str:
    """Return the remaining supports in words; empty if there are none."""
    said = []
    if found.continua:
        said.append(f"on {_supports(form, kept, found.continua)} they may form a continuum, which is not listed")
    if found.open:
        said.append(f"{_supports(form, kept, found.open)} were not settled")
    if found.untried:
        said.append(f"supports of {found.untried} strategies in all and more were not all tried")
    return "; ".join(said)


def _supports(form: StrategicForm, kept: Sequence[Sequence[int]], left: Sequence[Supports]) -> str:
    """Return the first choice of supports by its strategies, and how many there are."""
    first = ", ".join(
        " or ".join(" and ".join(str(form.strategies[axis][kept[axis][k]]).splitlines()) for k in support)
        for axis, support in enumerate(left[0])
    )
    return f"{len(left)} choices of supports (such as {first})" if len(left) > 1 else f"the supports {first}"


def _two_players(payoffs: Sequence[Array], free: Sequence[int], solver: Solver) -> tuple[list[list[Array]], str, str]:
    """Return equilibria of a game in which at most two players have a choice, the method, and what may be missing."""
    axes = sorted([*free, *(axis for axis in range(len(payoffs)) if axis not in free)][:2])
    if not axes:
        return [[]], "nobody decides", ""
    first, last = axes[0], axes[-1]
    shape = (payoffs[first].shape[first], payoffs[first].size // payoffs[first].shape[first])
    a = payoffs[first].reshape(shape)
    b = payoffs[last].reshape(shape) if last != first else cells([0] * a.size, a.shape)
    found, method, missed = _bimatrix(a, b, solver)
    ones = [cells([1], (1,))] * len(payoffs)
    points = [[x if k == first else y if k == last else one for k, one in enumerate(ones)] for x, y in found]
    return points, method, missed


def _bimatrix(a: Array, b: Array, solver: Solver) -> tuple[list[tuple[Array, Array]], str, str]:
    """Return all extreme equilibria; if that is too large, the pure ones and some others, with the reason."""
    if solver == "gambit":
        return _bimatrix_by_gambit(a, b), "pygambit, vertex enumeration", ""
    try:
        return extreme_equilibria(a, b), "vertex enumeration", ""
    except TooLarge as error:
        missed = str(error)
    stable = np.argwhere((a == a.max(axis=0)) & (b == b.max(axis=1, keepdims=True)))
    pure = [_embedded(a.shape, at[:, None].tolist(), [cells([1], (1,))] * 2) for at in stable]
    starts = range(0, sum(a.shape), -(-sum(a.shape) // MAX_STARTS))
    more = [lemke_howson(positive(a), positive(b), label) for label in starts]
    found = {tuple(map(tuple, pair)): pair for pair in [*pure, *more]}
    return (
        [(x, y) for x, y in found.values()],
        "Lemke-Howson",
        f"all pure ones and some mixed ones are listed: {missed}",
    )


def _embedded(shape: Sequence[int], kept: Sequence[Sequence[int]], point: Sequence[Array]) -> list[Array]:
    """Return the mixtures over all strategies: probability 0 for those that are dominated."""
    full = []
    for size, own, chances in zip(shape, kept, point, strict=True):
        chance = dict(zip(own, chances.tolist(), strict=True))
        full.append(cells([chance.get(k, 0) for k in range(size)], (size,)))
    return full


# --- behavioural ------------------------------------------------------------------------------------------------


def _behavioural(form: StrategicForm, mixed: tuple[list[list[Array]], str, str], limit: int) -> Equilibria:
    model, (points, method, missed) = form.model, mixed
    forgetful = [agent for agent in form.agents if not has_perfect_recall(model, agent)]
    stable = [point for point in points if from_mixtures(form, point, "mixed", method)]
    unmixed = (profile_of(form, point, forgetful=True) for point in stable)
    found: Iterator[Equilibrium | None] = _verified(model, unmixed, f"{method}, without a draw at the start")
    if not forgetful:
        return listed(_distinct(found), limit, "these are all extreme ones", "no equilibrium was found", missed)
    notes: list[str] = []
    found = chain(found, _verified(model, _by_conditions(model, notes), "polynomial equations"))
    none = f"{', '.join(forgetful)} forgets; then a behavioural equilibrium need not exist, and none does"
    kept = listed(_distinct(found), limit, "these are all isolated ones", none)
    reason = "; ".join(dict.fromkeys([f"{', '.join(forgetful)} forgets", *notes])) if notes else kept.reason
    return Equilibria(kept.found, kept.complete and not notes, reason)


def _by_conditions(model: Model, notes: list[str]) -> Iterator[Policy]:
    """Yield the profiles that satisfy the first-order conditions; ``notes`` collects what may be missing."""
    try:
        game = behaviour_game(model)
        for point in stationary_points(game.polynomials, notes):
            yield policy_at(game, point)
    except TooLarge as error:
        notes.append(str(error))


def _verified(model: Model, profiles: Iterable[Policy | None], method: str) -> Iterator[Equilibrium | None]:
    for profile in profiles:
        if profile is not None:
            yield from_policy(model, profile, "nash", "behavioural", method)


def _distinct(found: Iterable[Equilibrium | None]) -> Iterator[Equilibrium]:
    seen = set()
    for one in found:
        if one is not None and one.profile is not None:
            key = tuple(tuple(rule.values.ravel().tolist()) for rule in one.profile.values())
            if key not in seen:
                seen.add(key)
                yield one


# --- pygambit ---------------------------------------------------------------------------------------------------


def _bimatrix_by_gambit(a: Array, b: Array) -> list[tuple[Array, Array]]:
    """Return the extreme equilibria of the game of two players with these payoffs, each once, in Fractions."""
    gambit, game = _game([a, b])
    found = (_chances(game, one) for one in gambit.nash.enummixed_solve(game).equilibria)
    return list({(tuple(x), tuple(y)): (x, y) for x, y in found}.values())


def _by_gambit(payoffs: Sequence[Array], exact: bool) -> list[list[Array]]:
    """Return equilibria of a game of any number of players by polynomial equations in floats.

    ``exact``: read the probabilities as fractions with small denominators, which may change them.
    """
    gambit, game = _game(payoffs)
    found = (_chances(game, one) for one in gambit.nash.enumpoly_solve(game).equilibria)
    if not exact:
        return list(found)
    return [[normed([x.limit_denominator(_DENOMINATOR) for x in chances.tolist()]) for chances in one] for one in found]


def _game(payoffs: Sequence[Array]) -> tuple[Any, Any]:
    try:
        gambit: Any = import_module("pygambit")
    except ImportError as error:
        raise NotApplicable("pygambit is not installed. Install it: pip install 'cidmesa[games]'.") from error
    made = getattr(gambit, "StrategicGame", gambit.Game)  # the name from pygambit 17 on
    return gambit, made.from_arrays(*payoffs)


def _chances(game: Any, profile: Any) -> list[Array]:
    """Return each player's probabilities as Fractions."""
    given = [[Fraction(str(chance)) for _, chance in profile[player]] for player in game.players]
    return [normed(chances) for chances in given]
