"""Equilibria and subgames of games on the mutable surface, by our engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cidmesa.compat.pycid.core import engine, policies
from cidmesa.compat.pycid.core.factor import TabularCPD
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.solving.games.equilibria import equilibria
from cidmesa.structure.relevance import is_r_reachable, relevance_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.compat.pycid.core.cpd import StochasticFunctionCPD
    from cidmesa.compat.pycid.core.macid import MACID
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy
    from cidmesa.solving.games.equilibrium import Concept, Kind

__all__ = ["SOLVERS", "nash", "profiles", "solver_for", "subgame", "subgame_perfect"]

Profile = list["StochasticFunctionCPD"]

SOLVERS: dict[str, tuple[Kind, bool]] = {  # the kind of equilibrium, and whether only one is wanted
    "enumpure": ("pure", False),
    "enummixed": ("mixed", False),
    "lcp": ("mixed", True),
    "lp": ("mixed", True),
    "simpdiv": ("mixed", True),
    "ipa": ("mixed", True),
    "gnm": ("mixed", True),
}
_TWO_PLAYERS = ("enummixed", "lcp", "lp")


def nash(macid: MACID, decisions: Sequence[str], solver: str | None) -> list[Profile]:
    """Return the Nash equilibria among ``decisions``."""
    opened = policies.undecided(macid, decisions)
    players = len({macid.decision_agent[decision] for decision in decisions})
    found = profiles(engine.as_model(opened), solver_for(players, solver), "nash")
    return [list(policies.rule_cpds(macid, opened, policy)) for policy in found]


def subgame_perfect(macid: MACID, solver: str | None) -> list[Profile]:
    """Return the subgame-perfect equilibria."""
    opened = policies.undecided(macid, list(macid.decisions))
    model = engine.as_model(opened)
    players = max((len(set(map(model.cid.agent, part))) for part in relevance_graph(model.cid).components), default=0)
    found = profiles(model, solver_for(players, solver), "subgame_perfect")
    return [list(policies.rule_cpds(macid, opened, policy)) for policy in found]


def solver_for(players: int, solver: str | None) -> str | None:
    """Return ``solver``, or ``None`` (the default) for one that can't be used with so many players.

    Raises:
        NotApplicable: a solver that is not known.

    """
    if solver is not None and solver not in SOLVERS:
        raise NotApplicable(f"solver={solver!r} is not known.{near_miss(solver, SOLVERS)} Known: {', '.join(SOLVERS)}.")
    if solver in _TWO_PLAYERS and players > 2:
        differs(f"{solver!r} is for two players and there are {players}; the default is used, as PyCID does.")
        return None
    return solver or ("enummixed" if players <= 2 else None)


def profiles(model: Model, solver: str | None, concept: Concept) -> list[Policy]:
    """Return the equilibria that a solver stands for; without one all pure ones, or one mixed where there is none."""
    if solver is None:
        return profiles(model, "enumpure", concept) or profiles(model, "simpdiv", concept)
    kind, single = SOLVERS[solver]
    found = [one.profile for one in equilibria(model, cast("Any", concept), kind) if one.profile is not None]
    return found[:1] if single else found


def subgame(macid: MACID, decisions: Sequence[str]) -> MACID:
    """Return the game of ``decisions``; see `MACID.create_subgame`."""
    from cidmesa.compat.pycid.core.macid import MACID

    shape = engine.diagram(macid)
    reached = set(decisions) | {node for node in macid if any(is_r_reachable(shape, d, node) for d in decisions)}
    links = [(parent, child) for parent, child in macid.edges if child in reached]
    kept = {*reached, *(parent for parent, _ in links)}
    active = {agent: [d for d in owned if d in decisions] for agent, owned in macid.agent_decisions.items()}
    active = {agent: owned for agent, owned in active.items() if owned}
    gains = {agent: [u for u in macid.agent_utilities.get(agent, ()) if u in kept] for agent in active}
    made = MACID(links, active, gains)
    made.add_nodes_from(node for node in kept if node not in made)
    if all(node in macid.model for node in macid):
        made.model.update(_cpds(policies.undecided(macid, decisions), reached, kept))
    return made


def _cpds(whole: Any, reached: set[str], kept: set[str]) -> dict[str, Any]:
    """Return what holds inside as it was, and for parents from outside their distribution."""
    return {node: whole.model[node] if node in reached else _marginal(whole, node) for node in kept}


def _marginal(whole: Any, node: str) -> TabularCPD:
    """Return the distribution of a node as a table without parents, open decisions choosing uniformly."""
    closed = whole.copy()
    closed.impute_fully_mixed_policy_profile()
    factor = closed.query([node], {})
    return TabularCPD(node, len(factor.values), factor.values, state_names=factor.state_names)
