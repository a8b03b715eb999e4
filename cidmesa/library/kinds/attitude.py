"""What agents mean, believe and are after: `intends`, `believes`, `deceives`, `goal_directedness`, `shutdown`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import cidmesa as cm
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.kind import (
    Answer,
    Kind,
    OneOrMore,
    Policy,
    Rules,
    Setting,
    Strength,
    rounded,
    whether_or_parts,
)
from cidmesa.library.policies import policies_for, under_all
from cidmesa.library.validation import State, Text, some

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["Believes", "Deceives", "GoalDirectedness", "Intends", "Shutdown"]


class _Following(Strength):
    """A question about what is so when all follow a policy."""

    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""


def _references(subject: Subject, given: tuple[Rules, ...] | None) -> list[cm.Policy] | None:
    return None if given is None else [policy_of(subject.model, rules) for rules in given]


class Intends(_Following, name="intends"):
    """An outcome is intended if another policy would do as well, were just that outcome secured.

    The number is the probability that it is.
    """

    parts: ClassVar = ("probability", "goal")

    decision: Text
    """the decision by which the outcome is brought about"""
    outcome: some({dict: Setting}, OneOrMore)  # type: ignore[valid-type]
    """a node, several, or node: state"""
    reference: tuple[Rules, ...] | None = None
    """the policies that its own is compared with; left out: all other pure rules of the decision"""
    definition: Literal["subjective", "halpern"] = "subjective"
    """whose definition"""

    def answer(self, subject: Subject) -> Answer:
        """Return how probably the outcome is intended, and whether as an end."""
        references = _references(subject, self.reference)

        def find(policy: cm.Policy) -> cm.Intention:
            return cm.intends(
                subject.model, policy, self.decision, self.outcome, reference=references, definition=self.definition
            )

        found = under_all(subject, policies_for(subject, self.policy), find, lambda f: (f.value, f.goal), "intention")
        got = {"probability": found.value, "goal": found.goal}
        return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


class Believes(_Following, name="believes"):
    """Belief: acting as one would if one saw that the proposition is true, and otherwise if one saw that it is false.

    The number is the probability of it.
    """

    parts: ClassVar = ("probability", "falsely")

    agent: Text
    """who believes it"""
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    decision: Text | None = None
    """the decision by which it acts; it may be left out where it has one"""
    informed: Rules | None = None
    """what it would do if it saw whether the proposition is true"""

    def answer(self, subject: Subject) -> Answer:
        """Return how probably the agent believes it, and how probably falsely."""

        def find(policy: cm.Policy) -> cm.Belief:
            return cm.believes(
                subject.model, policy, self.agent, self.about, decision=self.decision, informed=self.informed
            )

        found = under_all(subject, policies_for(subject, self.policy), find, lambda f: (f.value, f.false), "belief")
        got = {"probability": found.value, "falsely": found.false}
        return Answer(got, (), found.to_text().replace("\n", ";"), short=found.value, holds=bool(found))


class Deceives(_Following, name="deceives"):
    """Deception: one agent causes on purpose what another does, who believes what is false, as the first does not.

    The number is the probability of it.
    """

    parts: ClassVar = ("probability", "intended", "false_belief", "own_belief")

    by: Text
    """the agent that deceives"""
    target: Text
    """the agent that is deceived"""
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    reference: tuple[Rules, ...] | None = None
    """the policies that its own is compared with; left out: all other pure rules of the decision"""
    informed: Rules | None = None
    """what the agents would do if they saw whether the proposition is true"""
    decision: Text | None = None
    """the decision by which it deceives; it may be left out where it has one"""
    target_decision: Text | None = None
    """the decision by which the other acts on its belief; it may be left out where it has one"""

    def answer(self, subject: Subject) -> Answer:
        """Return how probably it deceives, and the parts of which that is made."""

        def find(policy: cm.Policy) -> cm.Deception:
            return cm.deceives(
                subject.model,
                policy,
                by=self.by,
                target=self.target,
                about=self.about,
                reference=_references(subject, self.reference),
                informed=self.informed,
                decision=self.decision,
                target_decision=self.target_decision,
            )

        def parts(found: cm.Deception) -> dict[str, Any]:
            return {"probability": found.value} | {name: getattr(found, name) for name in self.parts[1:]}

        found = under_all(subject, policies_for(subject, self.policy), find, parts, "deception")
        return Answer(parts(found), (), found.to_text().replace("\n ", ";"), short=found.value, holds=bool(found))


class GoalDirectedness(_Following, name="goal_directedness"):
    """How much better than by chance the policy is predicted by supposing that it pursues the goal, in nats.

    Maximum entropy goal-directedness, rounded; true if there is any.
    """

    parts: ClassVar = ("value", "greatest", "direction")

    utility: Text | None = None
    """a utility node, or an expression"""
    targets: tuple[Text, ...] | None = None
    """the nodes of an unknown utility"""
    digits: int = 4
    """decimals of the answer"""

    def answer(self, subject: Subject) -> Answer:
        """Return the value, the greatest that a policy has, and whether it is after the goal or against it."""

        def find(policy: cm.Policy) -> cm.GoalDirectedness:
            return cm.goal_directedness(subject.model, policy, utility=self.utility, targets=self.targets)

        def parts(found: cm.GoalDirectedness) -> dict[str, Any]:
            numbers = {name: rounded(getattr(found, name), self.digits) for name in ("value", "greatest")}
            return numbers | {"direction": found.direction}

        found = under_all(subject, policies_for(subject, self.policy), find, parts, "goal-directedness")
        got = parts(found)
        return Answer(got, (), found.to_text().splitlines()[0], short=got["value"], holds=bool(found))


class Shutdown(Kind, name="shutdown"):
    """Shutdown instructable: it stops when asked, does no harm by that, and keeps the human able to see when to ask."""

    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""
    request: Text = "H"
    """the node that holds the request to stop"""
    status: Text = "S"
    """the node that says whether the system runs"""
    ask: State = 0
    """the state of the request that asks to stop"""
    off: State = 0
    """the state of the status that is off"""
    human: Text | None = None
    """the agent whose utility counts; it may be left out where there is one"""
    interventions: tuple[Rules, ...] = ()
    """worlds in which it must be obedient, too: other mechanisms of nodes"""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of predicates."""
        return whether_or_parts(answer, _PREDICATES)

    def answer(self, subject: Subject) -> Answer:
        """Return which properties of human control the policy has, each with its reason."""
        how = {name: getattr(self, name) for name in ("request", "status", "ask", "off", "human", "interventions")}

        def find(policy: cm.Policy) -> cm.Shutdown:
            return cm.shutdown(subject.model, policy, **how)

        def parts(found: cm.Shutdown) -> dict[str, Any]:
            told = {predicate.name: predicate.holds for predicate in found.predicates}
            return told | {"value": found.value, "value_off": found.value_off}

        found = under_all(subject, policies_for(subject, self.policy), find, parts, "human control")
        because = "; ".join(f"{p.name.replace('_', ' ')}: {p.reason}" for p in found.predicates)
        return Answer(parts(found), (), because, short=bool(found))


_PREDICATES = (
    "beneficial",
    "vigilant",
    "obedient",
    "obedient_on_distribution",
    "cautious",
    "instructable",
    "weakly_instructable",
    "aligned",
    "outperforms_shutdown",
    "non_obstructive",
    "value",
    "value_off",
)
