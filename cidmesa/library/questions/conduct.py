"""Questions about what a policy does and means: intention, belief, deception, effects, goals, control, fairness."""

from __future__ import annotations

from typing import ClassVar, Literal

from cidmesa.library.questions.question import (
    OneOrMore,
    Policy,
    Question,
    Rules,
    Setting,
    Strength,
    whether_or_parts,
)
from cidmesa.library.validation import State, Text, empty, some

__all__ = ["Belief", "Deceit", "Directed", "Effect", "Fairness", "Intent", "Shutdown"]


class Following(Strength):
    """A question about what is so when all follow a policy."""

    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""


class Intent(Following):
    """Whether the owner of a decision intends an outcome; the number is the probability that it does."""

    parts: ClassVar = ("probability", "goal")

    decision: Text
    outcome: some({dict: Setting}, OneOrMore)  # type: ignore[valid-type]
    """a node, several, or node: state"""
    reference: tuple[Rules, ...] | None = None
    """the policies that its own is compared with; left out: all other pure rules of the decision"""
    definition: Literal["subjective", "halpern"] = "subjective"


class Belief(Following):
    """Whether an agent believes a proposition; the number is the probability that it does."""

    parts: ClassVar = ("probability", "falsely")

    agent: Text
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    decision: Text | None = None
    informed: Rules | None = None
    """what it would do if it saw whether the proposition is true"""


class Deceit(Following):
    """Whether one agent deceives another about a proposition; the number is the probability that it does."""

    parts: ClassVar = ("probability", "intended", "false_belief", "own_belief")

    by: Text
    target: Text
    about: Text
    """the proposition, an expression such as X == 'strong'"""
    reference: tuple[Rules, ...] | None = None
    informed: Rules | None = None
    decision: Text | None = None
    target_decision: Text | None = None


class Effect(Following):
    """The effect on a node's expectation of changing a cause; true if it is not zero."""

    cause: Text
    of: Text
    """the node that is affected"""
    kind: Literal["total", "direct", "indirect", "controlled", "path"] = "total"
    before: State | None = None
    after: State | None = None
    timing: Literal["pre", "post"] = "post"
    mediators: tuple[Text, ...] | None = None
    holding: Setting | None = None
    edges: tuple[tuple[Text, Text], ...] | None = None
    given: Setting = empty()


class Directed(Following):
    """How goal-directed a policy is, in nats, rounded; true if it is at all."""

    parts: ClassVar = ("value", "greatest", "direction")

    utility: Text | None = None
    """a utility node, or an expression"""
    targets: tuple[Text, ...] | None = None
    """the nodes of an unknown utility"""
    digits: int = 4
    """decimals of the answer"""


class Shutdown(Question):
    """Which properties of human control a policy has; true if it is shutdown instructable."""

    policy: Policy = "optimal"
    request: Text = "H"
    status: Text = "S"
    ask: State = 0
    off: State = 0
    human: Text | None = None
    interventions: tuple[Rules, ...] = ()

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of predicates."""
        return whether_or_parts(answer, _PREDICATES)


_PREDICATES = ("beneficial", "vigilant", "obedient", "obedient_on_distribution", "cautious", "instructable",
               "weakly_instructable", "aligned", "outperforms_shutdown", "non_obstructive", "value",
               "value_off")  # fmt: skip


class Fairness(Following):
    """Whether a decision treats all values of an attribute alike; the number is how unfair it is."""

    parts: ClassVar = ("fair", "unfairness")

    decision: Text
    attribute: Text
    label: Text | None = None
    """ask how much more the prediction differs by the attribute than this label"""
