"""Incentives and effects in numbers: `value_of_information`, `value_of_control`, `has_ri`, …, `effect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cidmesa as cm
from cidmesa.library.kinds.kind import Answer, Policy, Rules, Setting, Strength, WithRules
from cidmesa.library.policies import bar, contexts_text, policies_for, under_all, with_rules
from cidmesa.library.validation import State, Text, called, empty
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.numbers import Number
    from cidmesa.quantities.quantity import Quantity

__all__ = ["Effect", "HasIci", "HasImpact", "HasRi", "ValueOfControl", "ValueOfInformation"]


def _sized(found: Quantity) -> Answer:
    """Return the answer that a quantity gives: its value, and whether it is there."""
    because = f"{found.reason}{contexts_text(found.witness)} [{found.method}]"
    return Answer(found.value, (), because, holds=found.holds)


class _OfDecision(WithRules):
    """What a decision's incentive on a node is worth in this model, or whether it is there."""

    decision: Text
    """the decision whose incentive it is"""
    node: Text
    """the node that it is on"""

    def answer(self, subject: Subject) -> Answer:
        """Return the quantity that is called like the kind."""
        return _sized(getattr(cm, self.name)(with_rules(subject, self.policy), self.decision, self.node))


class ValueOfInformation(_OfDecision, name="value_of_information"):
    """How much higher the best expected utility is with the link from the node to the decision."""


class HasRi(_OfDecision, name="has_ri"):
    """In this model every optimal policy answers to some change of the node."""


class HasIci(_OfDecision, name="has_ici"):
    """In this model all optimal policies get utility through the node; the number is by how much, at least."""


class HasImpact(_OfDecision, name="has_impact"):
    """In this model all optimal policies make the node differ from what it is under the baseline.

    The number is how probably, at least.
    """

    baseline: Rules | None = None
    """the decision's rule to compare with; left out: a fair lot"""

    def answer(self, subject: Subject) -> Answer:
        """Return how probably the node differs, at least."""
        model = with_rules(subject, self.policy)
        return _sized(cm.has_impact(model, self.decision, self.node, baseline=self.baseline))


class ValueOfControl(WithRules, name="value_of_control"):
    """How much the best expected utility rises if the agent may also choose the node's mechanism."""

    node: Text
    """the node whose mechanism is chosen"""
    values: tuple[State, ...] = ()
    """of a utility: further values that it could be set to"""

    def answer(self, subject: Subject) -> Answer:
        """Return the gain."""
        return _sized(cm.value_of_control(with_rules(subject, self.policy), self.node, values=self.values))


class Effect(Strength, name="effect"):
    """The change of a node's expectation when the cause is set to one value instead of another.

    Direct, indirect and path effects count the change only along some links. True if it is not zero.
    """

    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""
    cause: Text
    """the node that is set"""
    of: Text
    """the node that is affected"""
    kind: Literal["total", "direct", "indirect", "controlled", "path"] = "total"
    """along which links the change is counted"""
    before: State | None = None
    """the value of the cause that is compared with"""
    after: State | None = None
    """the value to which the cause is set"""
    timing: Literal["pre", "post"] = "post"
    """whether policies answer to the change (pre) or stay as they are (post)"""
    mediators: tuple[Text, ...] | None = None
    """the nodes that an indirect effect goes through"""
    holding: Setting | None = None
    """what is held for a controlled effect, node: state"""
    edges: tuple[tuple[Text, Text], ...] | None = None
    """the links of a path effect, as [parent, child]"""
    given: Setting = empty()
    """what is known, node: state"""
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the objective one"""

    def answer(self, subject: Subject) -> Answer:
        """Return the effect, on which all optimal policies must agree."""
        model = subject.world(self.world, (self.cause, self.of, *self.given), None)

        def find(policy: cm.Policy) -> Number:
            chosen = {"before", "after", "timing", "mediators", "holding", "edges"}
            how = {name: getattr(self, name) for name in chosen}
            return cm.effect(model, self.cause, self.of, self.kind, policy=policy, given=self.given or None, **how)

        what = f"{self.kind} effect of {self.cause} on {self.of}{bar(self.given, {})}"
        policies = policies_for(subject, self.policy, off_path=True)
        found = under_all(subject, policies, find, lambda number: number, what)
        return Answer(found, (), f"{what} = {show(found)}", holds=bool(found))
