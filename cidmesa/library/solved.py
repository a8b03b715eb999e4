"""`solved`: optimal policies of one agent, or a profile of several, as text and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.library.scenario import plain
from cidmesa.library.subject import optimal_policies
from cidmesa.modelling.numbers import show
from cidmesa.solving.optimal.solution import rational_policy, solve
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.policy import Policy

__all__ = ["Solved", "solved"]


@dataclass(frozen=True)
class Solved:
    """Values by agent, one policy, the method, and the optimal policies that were asked for."""

    value: Mapping[str, Number]
    policy: Policy
    method: str
    exact: bool
    optimal: tuple[Policy, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": {agent: plain(value) for agent, value in self.value.items()},
            "policy": self.policy.to_json(),
            "method": self.method,
            "exact": self.exact,
            "optimal": [policy.to_json() for policy in self.optimal],
        }

    def to_text(self) -> str:
        """Return values, method and policies as text."""
        values = ", ".join(f"{show(value)} for {agent}" for agent, value in self.value.items())
        lines = [f"value {values} ({self.method})"]
        if len(self.optimal) < 2:
            return "\n".join([*lines, self.policy.to_text()])
        for number, policy in enumerate(self.optimal, 1):
            lines += [f"optimal policy {number} of {len(self.optimal)}:", policy.to_text()]
        return "\n".join(lines)


def solved(model: Model, *, every: bool = False) -> Solved:
    """Return what rational agents do: all optimal policies with ``every``, else one.

    Raises:
        NotApplicable: nobody has a decision, or several agents' decisions rely on each other in a circle.
        TooLarge: more optimal policies than can be listed.

    """
    deciding = [agent for agent in model.cid.agents if model.cid.decisions_of(agent)]
    if len(deciding) > 1:
        profile = rational_policy(model)
        values = {agent: expected_utility(model, profile, agent) for agent in model.cid.agents}
        return Solved(values, profile, "backward induction", model.exact, (profile,))
    solution = solve(model)
    optimal = optimal_policies(model, {}) if every else (solution.policy,)
    return Solved({solution.agent: solution.value}, solution.policy, solution.method, model.exact, optimal)
