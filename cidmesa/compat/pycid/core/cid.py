"""`CID`: an influence diagram of one agent, whose label is 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.compat.pycid.core import policies
from cidmesa.compat.pycid.core.macid_base import MACIDBase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.compat.pycid.core.cpd import StochasticFunctionCPD

__all__ = ["CID"]


class CID(MACIDBase):
    """An influence diagram of one agent.

    >>> cid = CID([("S", "D"), ("S", "U"), ("D", "U")], decisions=["D"], utilities=["U"])
    >>> cid.add_cpds(S={0: 0.25, 1: 0.75}, D=[0, 1], U=lambda S, D: int(S == D))
    >>> cid.impute_optimal_policy()
    >>> cid.expected_utility({})
    1.0
    """

    def __init__(
        self,
        edges: Iterable[tuple[str, str]] | None = None,
        decisions: Sequence[str] | None = None,
        utilities: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(edges, {0: decisions or []}, {0: utilities or []}, **kwargs)

    def impute_optimal_policy(self) -> None:
        """Give all decisions an optimal policy, whatever rules they have now."""
        self.add_cpds(*policies.optimal(self, list(self.decisions)))

    def impute_random_policy(self) -> None:
        """Let all decisions choose uniformly."""
        self.impute_fully_mixed_policy_profile()

    def optimal_policies(self) -> list[tuple[StochasticFunctionCPD, ...]]:
        """Return all deterministic policies whose value is the best there is."""
        return self.optimal_pure_policies(self.decisions)

    def solve(self) -> dict[str, StochasticFunctionCPD]:
        """Return an optimal rule for each decision; the diagram is not changed."""
        return {rule.variable: rule for rule in policies.optimal(self, list(self.decisions))}

    def copy_without_cpds(self) -> CID:
        """Return the same graph without relationships."""
        made: CID = self._with_graph_into(CID([], self.agent_decisions.get(0), self.agent_utilities.get(0)))
        return made

    def _get_color(self, node: str) -> Any:
        return "lightblue" if node in self.decisions else "yellow" if node in self.utilities else "lightgray"
