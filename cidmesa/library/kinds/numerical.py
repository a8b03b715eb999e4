"""Incentives, effects and fairness in numbers: `value_of_information`, `has_ri`, …, `effect`, `fairness`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import cidmesa as cm
from cidmesa.library.kinds.kind import (
    Answer,
    Exclusion,
    Following,
    Kind,
    OnVerdict,
    Policy,
    Rules,
    Setting,
    WithRules,
    agreed,
)
from cidmesa.library.policies import (
    bar,
    contexts_text,
    found_in,
    models_of_decision,
    policies_for,
    under_all,
    with_rules,
)
from cidmesa.library.validation import State, Text, called, empty
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.quantities.quantity import Quantity
    from cidmesa.structure.verdict import Verdict

__all__ = [
    "Effect",
    "Fairness",
    "HasIci",
    "HasImpact",
    "HasRi",
    "UnfairnessPossible",
    "ValueOfControl",
    "ValueOfInformation",
]


def _sized(found: Quantity) -> Answer:
    """Return the answer that a quantity gives: its value, and whether it is there."""
    because = f"{found.reason}{contexts_text(found.witness)} [{found.method}]"
    return Answer(found.value, (), because, holds=found.holds)


class _OfDecision(WithRules):
    """What a decision's incentive on a node is worth in this model, or whether it is there."""

    decision: Text
    """the decision whose incentive it is"""
    node: Text
    """the node that the incentive is about"""

    def answer(self, subject: Subject) -> Answer:
        return _sized(getattr(cm, self.name)(with_rules(subject, self.policy), self.decision, self.node))


class ValueOfInformation(_OfDecision, name="value_of_information"):
    """How much higher the best expected utility is with the link from the node to the decision."""


class HasRi(_OfDecision, name="has_ri"):
    """In this model every optimal policy responds to some change of the node."""


class HasIci(_OfDecision, name="has_ici"):
    """In this model all optimal policies get utility through the node; the number is the least amount."""


class HasImpact(_OfDecision, name="has_impact"):
    """In this model all optimal policies make the node differ from its value under the baseline.

    The number is the least probability of a difference.
    """

    baseline: Rules | None = None
    """the rule with which to compare; by default a uniform choice"""

    def answer(self, subject: Subject) -> Answer:
        model = with_rules(subject, self.policy)
        return _sized(cm.has_impact(model, self.decision, self.node, baseline=self.baseline))


class ValueOfControl(WithRules, name="value_of_control"):
    """How much the best expected utility rises if the agent may also choose the node's mechanism."""

    node: Text
    """the node whose mechanism is chosen"""
    values: tuple[State, ...] = ()
    """for a utility: further values that it could be set to"""

    def answer(self, subject: Subject) -> Answer:
        return _sized(cm.value_of_control(with_rules(subject, self.policy), self.node, values=self.values))


class Effect(Kind, name="effect"):
    """The change of a node's expectation when the cause is set to one value instead of another.

    Direct, indirect and path effects count the change along some links only. True if the effect is not zero.
    """

    sized = True

    policy: Policy = "optimal"
    """decision: its rule; decisions without a rule are made optimally"""
    cause: Text
    """the node that is set"""
    of: Text
    """the node that is affected"""
    kind: Literal["total", "direct", "indirect", "controlled", "path"] = "total"
    """the kind of effect: along which links the change is counted"""
    before: State | None = None
    """the value of the cause before the change"""
    after: State | None = None
    """the value of the cause after the change"""
    timing: Literal["pre", "post"] = "post"
    """whether agents choose new policies in response to the change (pre), or keep them (post)"""
    mediators: tuple[Text, ...] | None = None
    """the nodes through which an indirect effect passes"""
    holding: Setting | None = None
    """node: state at which it is held, for a controlled effect"""
    edges: tuple[tuple[Text, Text], ...] | None = None
    """the links of a path effect, as [parent, child]"""
    given: Setting = empty()
    """evidence, node: state"""
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the world as it is"""

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


class UnfairnessPossible(OnVerdict, name="unfairness_possible"):
    """In some model, all optimal rules treat someone differently from how they would if the attribute were different.

    With a label: an optimal prediction can depend on the attribute more than the label does.
    """

    decision: Text
    """the decision that may be unfair"""
    attribute: Text
    """the node that it must not depend on"""
    label: Text | None = None
    """the node that is predicted; asks whether the decision can be more unfair than it"""
    loss: Literal["any", "p-admissible"] = "any"
    """with a label: what is known about the loss"""

    def _verdict(self, subject: Subject) -> Verdict:
        args = (subject.cid, self.decision, self.attribute)
        if self.label is None:
            return cm.admits_unfairness(*args)
        return cm.admits_introduced_unfairness(*args, self.label, loss=self.loss)

    def answer(self, subject: Subject) -> Answer:
        return agreed([self._verdict(subject)])

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        verdict = self._verdict(subject)
        if verdict.status == "excluded":
            yield f"unfairness of {self.decision} [{verdict.theorem}]", self._search(subject)

    def _search(self, subject: Subject) -> Callable[[], str]:
        def found() -> Iterator[Quantity]:
            if (label := self.label) is None:
                for model in models_of_decision(subject, self.decision):
                    yield cm.has_ri(model, self.decision, self.attribute)
            else:
                for policy in subject.policies({}):
                    yield cm.introduced_unfairness(subject.model, policy, self.decision, self.attribute, label)

        return lambda: found_in(found())


class Fairness(Following, name="fairness"):
    """Counterfactually fair: if the attribute had been different, each option would have been as probable as it was.

    Everything else stays the same. With a label: the prediction depends on the attribute no more than the label does.
    The number is how unfair the decision is.
    """

    what = "fairness"
    parts = ("fair", "unfairness")

    decision: Text
    """the decision that may be unfair"""
    attribute: Text
    """the node that it must not depend on"""
    label: Text | None = None
    """asks how much more the prediction depends on the attribute than this label does"""

    def found(self, model: cm.Model, policy: cm.Policy) -> Quantity:
        if self.label is None:
            return cm.counterfactual_unfairness(model, policy, self.decision, self.attribute)
        return cm.introduced_unfairness(model, policy, self.decision, self.attribute, self.label)

    def told(self, found: Quantity) -> Answer:
        got = {"fair": not found.holds, "unfairness": found.value}
        return Answer(got, (), f"{found.reason} [{found.method}]", short=found.value, holds=not found.holds)
