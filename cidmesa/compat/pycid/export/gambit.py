"""Games as trees and files for Gambit, and their equilibria; Gambit is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.compat.pycid.core import engine, equilibria, policies
from cidmesa.files import write
from cidmesa.interop.game_tree import ExtensiveGame, Infoset

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from cidmesa.compat.pycid.core.cpd import StochasticFunctionCPD
    from cidmesa.compat.pycid.core.macid_base import MACIDBase
    from cidmesa.modelling.policy import Policy

__all__ = ["behavior_to_cpd", "macid_to_efg", "macid_to_gambit_file", "pygambit_ne_solver"]

Infosets = dict[tuple[Any, ...], Infoset]


def macid_to_efg(
    macid: MACIDBase,
    decisions_in_sg: Iterable[str] | None = None,
    agents_in_sg: Iterable[Hashable] | None = None,
) -> tuple[ExtensiveGame, Infosets]:
    """Return the game as a tree, and (agent, decision, what it observes) -> information set.

    PyCID leaves the decision out of that key, so that two decisions of one agent may fall together.
    """
    decisions = list(macid.decisions if decisions_in_sg is None else decisions_in_sg)
    opened = policies.undecided(macid, decisions)
    names = {cpd.variable: cpd.domain for cpd in opened.cpds}
    agents = list(dict.fromkeys(macid.decision_agent[d] for d in decisions)) if agents_in_sg is None else agents_in_sg
    model = engine.as_model(opened)
    gains = {agent: _paid(model.cid.utilities, opened.agent_utilities.get(agent, ())) for agent in agents}
    game = ExtensiveGame("cidmesa", model, names, dict(opened.decision_agent), gains)
    return game, {(game.owners[one.decision], one.decision, one.context): one for one in game.infosets}


def _paid(utilities: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """Return the utility nodes of the model that stand for some of the network."""
    wanted = {name for node in own for name in (node, f"{node}_utility")}
    return tuple(utility for utility in utilities if utility in wanted)


def macid_to_gambit_file(macid: MACIDBase, filename: str = "macid.efg") -> bool:
    """Write the game as a file that Gambit reads, and return True."""
    game, _ = macid_to_efg(macid)
    write(filename, game.to_efg().encode())
    return True


def pygambit_ne_solver(game: ExtensiveGame, solver_override: str | None = None) -> list[Policy]:
    """Return Nash equilibria of a game that `macid_to_efg` returned; the solvers are those of `MACID.get_ne`."""
    players = len(set(game.owners.values()))
    return equilibria.profiles(game.model, equilibria.solver_for(players, solver_override), "nash")


def behavior_to_cpd(
    macid: MACIDBase,
    parents_to_infoset: Mapping[tuple[Any, ...], Infoset],
    behavior: Policy,
    decisions_in_sg: Iterable[str] | None = None,
) -> list[StochasticFunctionCPD]:
    """Return an equilibrium as a rule for each decision."""
    known = dict.fromkeys(infoset.decision for infoset in parents_to_infoset.values())
    decisions = list(known if decisions_in_sg is None else decisions_in_sg)
    return list(policies.rule_cpds(macid, policies.undecided(macid, decisions), behavior))
