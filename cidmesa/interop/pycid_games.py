"""Equilibria for PyCID: what it has pygambit do, done here; `import_pycid` gives PyCID these functions.

Names and arguments are those of ``pycid.export.gambit``. Agents with several decisions and hidden causes of
observations are no obstacle, for the game is read as a model, not built as a tree.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa import files
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.interop.gambit_files import to_gambit_efg
from cidmesa.interop.pycid import from_pycid, policy_from_pycid
from cidmesa.modelling.model import Model, known_model
from cidmesa.modelling.policy import Policy
from cidmesa.solving.games.equilibria import equilibria

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from cidmesa.solving.games.equilibrium import Kind

__all__ = ["Game", "behavior_to_cpd", "macid_to_efg", "macid_to_gambit_file", "pygambit_ne_solver"]


@dataclass(frozen=True)
class Game:
    """A game as PyCID hands it from function to function: our model, in which the decisions asked for are open."""

    model: Model

    def write(self) -> str:
        """Return the game as text in Gambit's format .efg."""
        return to_gambit_efg(self.model)


def macid_to_efg(
    macid: Any,
    decisions_in_sg: Iterable[str] | None = None,
    agents_in_sg: Iterable[Hashable] | None = None,  # noqa: ARG001 (PyCID passes it)
) -> tuple[Game, dict[str, tuple[str, ...]]]:
    """Return the game among some decisions, and what each of them observes.

    The other decisions follow the rules that the object holds. ``agents_in_sg`` follows from the decisions.
    """
    model = known_model(from_pycid(macid), "macid_to_efg")
    chosen = tuple(macid.decisions if decisions_in_sg is None else decisions_in_sg)
    rules = policy_from_pycid(macid, model)
    model = model.with_policy(Policy(tuple(rule for rule in rules.rules if rule.decision not in chosen)))
    return Game(model), {decision: model.cid.parents(decision) for decision in chosen}


def macid_to_gambit_file(macid: Any, filename: str = "macid.efg") -> bool:
    """Write the game as a file that Gambit reads, and return True."""
    files.write(filename, macid_to_efg(macid)[0].write().encode())
    return True


_SOLVERS: dict[str, tuple[Kind, bool]] = {  # Gambit's name -> kind of equilibrium, and whether only one is wanted
    "enumpure": ("pure", False),
    "enummixed": ("mixed", False),
    **dict.fromkeys(("lcp", "lp", "simpdiv", "ipa", "gnm"), ("mixed", True)),
}
_OF_TWO = ("enummixed", "lcp", "lp")


def pygambit_ne_solver(game: Game, solver_override: str | None = None) -> list[Policy]:
    """Return Nash equilibria; the names of solvers are those of ``MACID.get_ne``.

    By default all extreme ones of two players, else all pure ones, or one mixed where there is no pure one.
    """
    players = len({game.model.cid.agent(decision) for decision in game.model.cid.decisions})
    if solver_override is not None and solver_override not in _SOLVERS:
        raise NotApplicable(f"Solver {solver_override} not recognised.{near_miss(solver_override, _SOLVERS)}")
    if solver_override in _OF_TWO and players != 2:
        warnings.warn(f"{solver_override} is for two players. Using 'enumpure' instead.", stacklevel=2)
        return _profiles(game.model, "enumpure")
    if solver_override is None and players != 2:
        return _profiles(game.model, "enumpure") or _profiles(game.model, "simpdiv")
    return _profiles(game.model, solver_override or "enummixed")


def _profiles(model: Model, solver: str) -> list[Policy]:
    kind, single = _SOLVERS[solver]
    found = [one.profile for one in equilibria(model, "nash", kind)]
    profiles = [profile for profile in found if profile is not None]
    if len(profiles) < len(found):
        raise NotApplicable(
            "an agent forgets, and PyCID can't express how it would mix: "
            "cm.equilibria(cm.interop.from_pycid(macid), kind='mixed') can."
        )
    return profiles[:1] if single else profiles


def behavior_to_cpd(
    macid: Any,
    parents_to_infoset: Mapping[str, tuple[str, ...]],
    behavior: Policy,
    decisions_in_sg: Iterable[str] | None = None,
) -> list[Any]:
    """Return an equilibrium as a CPD of PyCID's for each decision."""
    chosen = parents_to_infoset if decisions_in_sg is None else decisions_in_sg
    make = sys.modules["pycid"].StochasticFunctionCPD
    return [make(d, _played(behavior, d), macid, domain=macid.model.domain[d], label=str(behavior[d])) for d in chosen]


def _played(behavior: Policy, decision: str) -> Callable[..., Any]:
    def rule(**observed: Any) -> dict[Any, float]:
        given = behavior[decision](observed)
        chances = given if isinstance(given, dict) else {given: 1}
        return {option: float(chance) for option, chance in chances.items()}

    return rule
