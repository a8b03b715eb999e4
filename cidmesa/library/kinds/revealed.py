"""Who is an agent, and what behaviour reveals: `discover`, `consistent_objectives`, `coherence`, `distance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import cidmesa as cm
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.kind import Answer, Kind, OneOrMore, Policy, Rules, Strength, are_names, parts_of, rounded
from cidmesa.library.policies import policies_for, under_all
from cidmesa.library.validation import Names, Quantity, State, Text, called, some
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["Coherence", "ConsistentObjectives", "Discover", "Distance"]


class Discover(Kind, name="discover"):
    """What adapts its rule when its actions come to have other effects, and for what: these are the agents."""

    regime: Literal["retrain", "frozen", "frozen_informed"] = "frozen_informed"
    """whether rules are learnt anew, stay as they are, or answer to what they are told of the change"""
    tries: int = 100
    """interventions that are tried for each link"""
    functions: int = 16
    """functions that are tried for each mechanism"""
    seed: int = 0
    """of what is drawn at random"""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, a list of decisions, or a mapping of parts."""
        if isinstance(answer, bool) or are_names(answer):
            return ""
        if isinstance(answer, dict):
            return parts_of(answer, ("agents", "decisions", "utilities", "complete"))
        return "true, false, the list of nodes that decide, or a mapping with agents, decisions, utilities"

    def answer(self, subject: Subject) -> Answer:
        """Return the agents with what they decide and what for."""
        composed = subject.composed
        system = composed.training if composed else subject.training or subject.numbers or subject.cid
        how = {name: getattr(self, name) for name in ("tries", "functions", "seed")}
        found = cm.discover(system, self.regime, spec=composed.spec if composed else None, **how)
        game = found.game
        got = {
            "agents": {
                agent: {"decisions": list(game.decisions_of(agent)), "utilities": list(game.utilities_of(agent))}
                for agent in found.agents
            },
            "decisions": list(game.decisions),
            "utilities": list(game.utilities),
            "complete": found.complete,
        }
        limited = "" if found.complete else " (not every intervention was tried; a link may be missing)"
        because = found.to_text().splitlines()[0] + limited
        return Answer(got, (), because, short=list(game.decisions), holds=bool(found.agents))


class ConsistentObjectives(Kind, name="consistent_objectives"):
    """Whether the behaviour is optimal for the objective (or for each of several)."""

    targets: some({dict: dict[State, Names]}, Names)  # type: ignore[valid-type]
    """nodes, or episode: nodes"""
    objective: OneOrMore
    """an expression over the targets"""
    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""
    scope: Literal["updates", "episode"] = "updates"
    """whether an objective spans the updates of the parameters, or ends with the episode"""
    episodes: dict[Text, State] | None = None
    """decision: its episode"""
    rationality: Literal["optimal", "noisy"] = "optimal"
    """whether what is done at all is best, or what is done more often better"""
    slack: Quantity = 0
    """how much a change of what is done may gain"""
    actions: dict[Text, tuple[State, ...]] | None = None
    """decision: the options that it is taken to choose from"""

    def answer(self, subject: Subject) -> Answer:
        """Return whether the behaviour is optimal for all objectives; where they differ, for which."""
        objectives = (self.objective,) if isinstance(self.objective, str) else self.objective

        def find(policy: cm.Policy) -> cm.ConsistentObjectives:
            return cm.consistent_objectives(
                subject.model,
                policy,
                self.targets,
                scope=self.scope,
                episodes=self.episodes,
                rationality=self.rationality,
                slack=number_of(self.slack),
                actions=self.actions,
            )

        def contained(found: cm.ConsistentObjectives) -> dict[str, bool]:
            return {objective: found.contains(objective) for objective in objectives}

        found = under_all(subject, policies_for(subject, self.policy), find, contained, "consistency")
        told = contained(found)
        because = "; ".join(f"optimal for {name}: {'yes' if holds else 'no'}" for name, holds in told.items())
        same = len(set(told.values())) == 1
        return Answer(next(iter(told.values())) if same else told, (), because)


class Coherence(Strength, name="coherence"):
    """Whether one objective makes what is done better than all else in every environment, and by how much."""

    parts: ClassVar = ("margin", "separate")

    targets: Names
    """the nodes that an objective values, from 0 to 1"""
    policy: Rules
    """what is done"""
    environments: dict[Text, dict[Text, Any]] | None = None
    """parameter values by environment; left out: one, as the file has it"""

    def answer(self, subject: Subject) -> Answer:
        """Return the margin over all environments together, and in each alone."""
        placed = {name: subject.at(values) for name, values in (self.environments or {"all": {}}).items()}
        done = {name: (one.model, policy_of(one.model, self.policy)) for name, one in placed.items()}
        found = cm.coherence(done, self.targets)
        got = {"margin": found.margin, "separate": dict(found.separate)}
        return Answer(got, (), found.to_text().splitlines()[0], short=found.margin, holds=bool(found))


class Distance(Strength, name="distance"):
    """How far two objectives are from ranking all policies alike: 0 if they do, 1 if they rank them oppositely.

    True if they do not.
    """

    parts: ClassVar = ("value", "regret_bound")

    first: Text
    """a utility node, or an expression"""
    second: Text
    """a utility node, or an expression"""
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the objective one"""
    digits: int = 4
    """decimals of the answer"""

    def answer(self, subject: Subject) -> Answer:
        """Return the distance, and a bound on what is lost by pursuing the one in place of the other."""
        found = cm.objective_distance(self.first, self.second, subject.world(self.world or "truth", (), None))
        got = {name: rounded(getattr(found, name), self.digits) for name in self.parts}
        return Answer(got, (), found.to_text(), short=got["value"], holds=bool(found.value))
