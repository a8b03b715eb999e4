"""`MACID`: influence diagrams of several agents, their equilibria and subgames."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from cidmesa.compat.pycid.core import equilibria, policies
from cidmesa.compat.pycid.core.macid_base import MACIDBase, Policy
from cidmesa.compat.pycid.core.relevance_graph import CondensedRelevanceGraph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.compat.pycid.core.cpd import StochasticFunctionCPD

__all__ = ["MACID"]


class MACID(MACIDBase):
    """An influence diagram of several agents.

    >>> links = [("A", "U"), ("B", "U"), ("A", "V"), ("B", "V")]
    >>> macid = MACID(links, agent_decisions={1: ["A"], 2: ["B"]}, agent_utilities={1: ["U"], 2: ["V"]})
    >>> macid.add_cpds(A=[0, 1], B=[0, 1], U=lambda A, B: int(A == B), V=lambda A, B: int(A != B))
    >>> [[rule.values.tolist() for rule in profile] for profile in macid.get_ne()]
    [[[0.5, 0.5], [0.5, 0.5]]]
    """

    def get_ne(self, solver: str | None = None) -> list[list[StochasticFunctionCPD]]:
        """Return Nash equilibria, each as a rule for each decision.

        ``"enumpure"``: all pure ones; ``"enummixed"``: all extreme ones of two players; ``"lcp"``, ``"lp"``,
        ``"simpdiv"``, ``"ipa"``, ``"gnm"``: one. By default, all extreme ones of two players, else all pure ones, or
        one mixed where there is no pure one.
        """
        return equilibria.nash(self, list(self.decisions), solver)

    def get_ne_in_sg(
        self, decisions_in_sg: Iterable[str] | None = None, solver: str | None = None
    ) -> list[list[StochasticFunctionCPD]]:
        """Return Nash equilibria among some decisions, the others behaving as they do now; see `get_ne`."""
        return equilibria.nash(self, list(self.decisions if decisions_in_sg is None else decisions_in_sg), solver)

    def get_spe(self, solver: str | None = None) -> list[list[StochasticFunctionCPD]]:
        """Return subgame-perfect equilibria, each as a rule for each decision; see `get_ne` for ``solver``."""
        return equilibria.subgame_perfect(self, solver)

    def create_subgame(self, active_subgame_decs: Iterable[str]) -> MACID:
        """Return the game of some decisions: what is r-reachable from them, and its parents.

        Decisions outside become chance nodes that behave as they do now (uniformly where they have no rule), and
        parents from outside are given the distribution that they have then.
        """
        return equilibria.subgame(self, list(active_subgame_decs))

    def decs_in_each_maid_subgame(self) -> list[set[str]]:
        """Return the decisions of each subgame: each set that relies on none outside it."""
        condensed = CondensedRelevanceGraph(self)
        members = condensed.get_decisions_in_scc()
        found: list[frozenset[int]] = [frozenset()]
        for component in reversed(condensed.topological()):  # those that rely on nothing first
            needed = set(condensed.successors(component))
            found += [closed | {component} for closed in found if needed <= closed]
        return [{decision for component in closed for decision in members[component]} for closed in found if closed]

    def joint_pure_policies(self, decisions: Iterable[str]) -> list[Policy]:
        """Return every combination of deterministic rules of some decisions."""
        return list(product(*(list(policies.pure_rules(self, decision)) for decision in decisions)))

    def policy_profile_assignment(self, partial_policy: Iterable[StochasticFunctionCPD]) -> dict[str, Any]:
        """Return decision -> its rule in ``partial_policy``, ``None`` where it has none there."""
        given = {rule.variable: rule for rule in partial_policy}
        return {decision: given.get(decision) for decision in self.decisions}

    def copy_without_cpds(self) -> MACID:
        """Return the same graph and agents without relationships."""
        made: MACID = self._with_graph_into(MACID([], self.agent_decisions, self.agent_utilities))
        return made
