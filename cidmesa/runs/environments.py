"""`DiagramEnvironment`: a model as a gymnasium environment, one step a decision. Imports gymnasium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable, library, not_there
from cidmesa.modelling.numbers import to_float

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["DiagramEnvironment"]

gymnasium: Any = library("gymnasium", "runs")


class DiagramEnvironment(gymnasium.Env):  # type: ignore[misc]  # an optional package has no types here
    """A model in which one agent decides step by step; build it with `cidmesa.runs.environment`.

    An observation has the number of the decision, then for each node that some decision observes 1 plus the number of
    its state, or 0 if this decision does not observe it. ``info["variables"]`` has the states of all nodes so far.
    """

    metadata: Mapping[str, Any] = {"render_modes": []}

    def __init__(self, model: Model, agent: str) -> None:
        if agent not in model.cid.agents:
            raise NotApplicable(not_there(f"there is no agent {agent!r}", agent, model.cid.agents, "Agents"))
        self.model, self.agent = model, agent
        self.decisions = model.cid.decisions_of(agent)
        if others := [d for d in model.cid.decisions if d not in self.decisions]:
            raise NotApplicable(f"give rules for the decisions of other agents, {', '.join(others)}: policy={{...}}.")
        seen = dict.fromkeys(p for d in self.decisions for p in model.cid.parents(d))
        self.seen = tuple(node for node in model.cid.nodes if node in seen)
        sizes = [len(self.decisions) + 1, *(len(model.domains[node]) + 1 for node in self.seen)]
        self.observation_space = gymnasium.spaces.MultiDiscrete(sizes)
        self.action_space = gymnasium.spaces.Discrete(max(len(model.domains[d]) for d in self.decisions))
        self.states: dict[str, int] = {}
        self.paid: set[str] = set()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin a life: draw everything that comes before the first decision."""
        super().reset(seed=seed, options=options)
        self.states, self.paid = {}, set()
        self._go_on()
        return self._observation(), {"variables": self.variables}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Decide, and draw everything up to the next decision; an action beyond the options counts as the last one."""
        decision = self.decisions[self._turn]
        self.states[decision] = min(int(action), len(self.model.domains[decision]) - 1)
        reward, over = self._go_on(), self._turn == len(self.decisions)
        return self._observation(), reward, over, False, {"variables": self.variables}

    @property
    def variables(self) -> dict[str, State]:
        """The states of the nodes so far."""
        return {node: self.model.domains[node][number] for node, number in self.states.items()}

    @property
    def _turn(self) -> int:
        return sum(decision in self.states for decision in self.decisions)

    def _go_on(self) -> float:
        """Draw all chance nodes whose parents have happened; return the agent's utilities that this settles."""
        own, reward = self.model.cid.utilities_of(self.agent), 0
        for node in self.model.cid.nodes:
            parents = self.model.cid.parents(node)
            if node in self.states or node in self.paid or not all(parent in self.states for parent in parents):
                continue
            context = tuple(self.states[parent] for parent in parents)
            if self.model.cid.kind(node) == "chance":
                chances = to_float(self.model.tables[node].values)[context]
                self.states[node] = int(self.np_random.choice(len(chances), p=chances))
            elif node in own:
                reward += self.model.tables[node].values[context]
                self.paid.add(node)
        return float(reward)

    def _observation(self) -> Any:
        turn = self._turn
        sees = self.model.cid.parents(self.decisions[turn]) if turn < len(self.decisions) else ()
        return np.array([turn, *(self.states[node] + 1 if node in sees else 0 for node in self.seen)], dtype=np.int64)
