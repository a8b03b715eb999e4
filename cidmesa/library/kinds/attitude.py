"""What agents mean, believe and are after, and what behaviour reveals of it: `intends`, …, `discover`, `distance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cidmesa as cm
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.kind import (
    Answer,
    Following,
    Kind,
    OneOrMore,
    Policy,
    Rules,
    Setting,
    are_names,
    parts_of,
    rounded,
)
from cidmesa.library.policies import policies_for, under_all
from cidmesa.library.validation import Names, Quantity, State, Text, called, some
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = [
    "Believes",
    "Coherence",
    "ConsistentObjectives",
    "Deceives",
    "Discover",
    "Distance",
    "GoalDirectedness",
    "Intends",
    "Shutdown",
]


def _references(model: cm.Model, given: tuple[Rules, ...] | None) -> list[cm.Policy] | None:
    return None if given is None else [policy_of(model, rules) for rules in given]


class Intends(Following, name="intends"):
    """An outcome is intended if another policy would do as well once exactly that outcome was guaranteed.

    The number is the probability that it is.
    """

    what = "intention"
    parts = ("probability", "goal")

    decision: Text
    """the decision that brings the outcome about"""
    outcome: some({dict: Setting}, OneOrMore)  # type: ignore[valid-type]
    """a node, several, or node: state"""
    reference: tuple[Rules, ...] | None = None
    """the policies to compare with; by default all other pure rules of the decision"""
    definition: Literal["subjective", "halpern"] = "subjective"
    """the definition to use"""

    def found(self, model: cm.Model, policy: cm.Policy) -> cm.Intention:
        how: dict[str, Any] = {"reference": _references(model, self.reference), "definition": self.definition}
        return cm.intends(model, policy, self.decision, self.outcome, **how)

    def told(self, found: cm.Intention) -> Answer:
        got = {"probability": found.value, "goal": found.goal}
        return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


class Believes(Following, name="believes"):
    """Belief: the agent acts as if it observed that the proposition is true, and would not if it observed the contrary.

    The number is the probability of it.
    """

    what = "belief"
    parts = ("probability", "falsely")

    agent: Text
    """the agent that believes it"""
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    decision: Text | None = None
    """the decision with which it acts; not needed if the agent has only one"""
    informed: Rules | None = None
    """what the agent would do if it observed whether the proposition is true"""

    def found(self, model: cm.Model, policy: cm.Policy) -> cm.Belief:
        how: dict[str, Any] = {"decision": self.decision, "informed": self.informed}
        return cm.believes(model, policy, self.agent, self.about, **how)

    def told(self, found: cm.Belief) -> Answer:
        got = {"probability": found.value, "falsely": found.false}
        return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


class Deceives(Following, name="deceives"):
    """Deception: one agent intentionally causes the decision of another, whose false belief it does not share.

    The number is the probability of it.
    """

    what = "deception"
    parts = ("probability", "intended", "false_belief", "own_belief")

    by: Text
    """the agent that deceives"""
    target: Text
    """the agent that is deceived"""
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    reference: tuple[Rules, ...] | None = None
    """the policies to compare with; by default all other pure rules of the decision"""
    informed: Rules | None = None
    """what the agents would do if they observed whether the proposition is true"""
    decision: Text | None = None
    """the decision with which it deceives; not needed if the agent has only one"""
    target_decision: Text | None = None
    """the decision with which the other acts on its belief; not needed if it has only one"""

    def found(self, model: cm.Model, policy: cm.Policy) -> cm.Deception:
        how = {
            name: getattr(self, name) for name in ("by", "target", "about", "informed", "decision", "target_decision")
        }
        return cm.deceives(model, policy, reference=_references(model, self.reference), **how)

    def told(self, found: cm.Deception) -> Answer:
        got = {"probability": found.value} | {name: getattr(found, name) for name in self.parts[1:]}
        return Answer(got, (), found.to_text().replace("\n ", ";"), short=found.value, holds=bool(found))


class GoalDirectedness(Following, name="goal_directedness"):
    """How much better, in nats, the policy is predicted as the pursuit of the goal than as a uniformly random choice.

    Maximum entropy goal-directedness, rounded; true if it is positive.
    """

    what = "goal-directedness"
    parts = ("value", "greatest", "direction")

    utility: Text | None = None
    """a utility node, or an expression"""
    targets: tuple[Text, ...] | None = None
    """the nodes of an unknown utility"""
    digits: int = 4
    """decimals of the answer"""

    def found(self, model: cm.Model, policy: cm.Policy) -> cm.GoalDirectedness:
        return cm.goal_directedness(model, policy, utility=self.utility, targets=self.targets)

    def told(self, found: cm.GoalDirectedness) -> Answer:
        numbers = {name: rounded(getattr(found, name), self.digits) for name in ("value", "greatest")}
        got = numbers | {"direction": found.direction}
        return Answer(got, (), found.to_text().splitlines()[0], short=got["value"], holds=bool(found))


class Shutdown(Following, name="shutdown"):
    """Shutdown instructable: it stops when asked, does no harm by stopping, and lets the human see when to ask."""

    what = "human control"
    sized = False
    parts = (
        *("beneficial", "vigilant", "obedient", "obedient_on_distribution", "cautious", "instructable"),
        *("weakly_instructable", "aligned", "outperforms_shutdown", "non_obstructive", "value", "value_off"),
    )

    request: Text = "H"
    """the node that holds the request to stop"""
    status: Text = "S"
    """the node that says whether the system runs"""
    ask: State = 0
    """the state of the request that asks to stop"""
    off: State = 0
    """the state of the status that is off"""
    human: Text | None = None
    """the agent whose utility counts; not needed if there is only one"""
    interventions: tuple[Rules, ...] = ()
    """further worlds in which it must be obedient: other mechanisms of nodes"""

    def found(self, model: cm.Model, policy: cm.Policy) -> cm.Shutdown:
        how = ("request", "status", "ask", "off", "human", "interventions")
        return cm.shutdown(model, policy, **{name: getattr(self, name) for name in how})

    def told(self, found: cm.Shutdown) -> Answer:
        told: dict[str, Any] = {predicate.name: predicate.holds for predicate in found.predicates}
        because = "; ".join(f"{p.name.replace('_', ' ')}: {p.reason}" for p in found.predicates)
        return Answer(told | {"value": found.value, "value_off": found.value_off}, (), because, short=bool(found))


class Discover(Kind, name="discover"):
    """Which variables adapt their rule when their effects change (decisions), and for which variables (utilities)."""

    regime: Literal["retrain", "frozen", "frozen_informed"] = "frozen_informed"
    """whether rules are retrained, stay as they are, or respond to being told about the change"""
    tries: int = 100
    """how many interventions to try for each link"""
    functions: int = 16
    """how many functions to try for each mechanism"""
    seed: int = 0
    """the seed of random draws"""

    def expectable(self, answer: object) -> str:
        if isinstance(answer, bool) or are_names(answer):
            return ""
        if isinstance(answer, dict):
            return parts_of(answer, ("agents", "decisions", "utilities", "complete"))
        return "true, false, the list of nodes that decide, or a mapping with agents, decisions, utilities"

    def answer(self, subject: Subject) -> Answer:
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
    """decision: its rule; decisions without a rule are optimal"""
    scope: Literal["updates", "episode"] = "updates"
    """whether an objective extends across parameter updates, or ends with the episode"""
    episodes: dict[Text, State] | None = None
    """decision: its episode"""
    rationality: Literal["optimal", "noisy"] = "optimal"
    """whether every option that is taken is best, or options that are taken more often are better"""
    slack: Quantity = 0
    """how much a change of behaviour may gain"""
    actions: dict[Text, tuple[State, ...]] | None = None
    """decision: the options that it is assumed to have"""

    def answer(self, subject: Subject) -> Answer:
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


class Coherence(Kind, name="coherence"):
    """Whether one objective makes the behaviour better than all alternatives in every environment, and by how much."""

    sized = True
    parts = ("margin", "separate")

    targets: Names
    """the nodes that an objective values, from 0 to 1"""
    policy: Rules
    """the behaviour"""
    environments: dict[Text, dict[Text, Any]] | None = None
    """environment: parameter values; by default one environment, as in the file"""

    def answer(self, subject: Subject) -> Answer:
        placed = {name: subject.at(values) for name, values in (self.environments or {"all": {}}).items()}
        done = {name: (one.model, policy_of(one.model, self.policy)) for name, one in placed.items()}
        found = cm.coherence(done, self.targets)
        got = {"margin": found.margin, "separate": dict(found.separate)}
        return Answer(got, (), found.to_text().splitlines()[0], short=found.margin, holds=bool(found))


class SearchDegree(Kind, name="search_degree"):
    """The share of contexts in which a frozen algorithm does what is best for an objective that it is told."""

    sized = True

    decision: Text
    """the algorithm's decision"""
    policy: Rules
    """the frozen rule, and rules of further decisions"""
    told: Setting
    """node: state, the observations that tell the new objective"""

    def answer(self, subject: Subject) -> Answer:
        model = subject.model
        found = cm.search_degree(model, self.decision, policy_of(model, self.policy), self.told)
        because = f"it does what is best for the new objective in {show(found)} of the contexts where that matters"
        return Answer(found, (), because, holds=bool(found))


class Distance(Kind, name="distance"):
    """How differently two objectives rank policies: 0 if they rank all alike, 1 if they rank them oppositely.

    True if they rank some policies differently.
    """

    sized = True
    parts = ("value", "regret_bound")

    first: Text
    """a utility node, or an expression"""
    second: Text
    """a utility node, or an expression"""
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the world as it is"""
    digits: int = 4
    """decimals of the answer"""

    def answer(self, subject: Subject) -> Answer:
        found = cm.objective_distance(self.first, self.second, subject.world(self.world or "truth", (), None))
        got = {name: rounded(getattr(found, name), self.digits) for name in self.parts}
        return Answer(got, (), found.to_text(), short=got["value"], holds=bool(found.value))
