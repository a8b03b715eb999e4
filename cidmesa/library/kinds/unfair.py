"""Whether decisions treat people alike whatever an attribute is: `unfairness_possible`, `fairness`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import cidmesa as cm
from cidmesa.library.kinds.incentive import OnVerdict, agreed
from cidmesa.library.kinds.kind import Answer, Exclusion, Policy, Strength
from cidmesa.library.policies import found_in, models_of_decision, policies_for, under_all
from cidmesa.library.validation import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cidmesa.library.subject import Subject
    from cidmesa.quantities.quantity import Quantity
    from cidmesa.structure.verdict import Verdict

__all__ = ["Fairness", "UnfairnessPossible"]


class UnfairnessPossible(OnVerdict, name="unfairness_possible"):
    """In some model all optimal rules treat someone otherwise than they would, had the attribute been another.

    With a label: an optimal prediction may differ more by the attribute than the label does.
    """

    decision: Text
    """the decision that may be unfair"""
    attribute: Text
    """the node that it must not depend on"""
    label: Text | None = None
    """the node that is predicted: is the decision more unfair than it?"""
    loss: Literal["any", "p-admissible"] = "any"
    """with a label: what is known of the loss"""

    def _verdict(self, subject: Subject) -> Verdict:
        args = (subject.cid, self.decision, self.attribute)
        if self.label is None:
            return cm.admits_unfairness(*args)
        return cm.admits_introduced_unfairness(*args, self.label, loss=self.loss)

    def answer(self, subject: Subject) -> Answer:
        """Return what the criterion says."""
        return agreed([self._verdict(subject)])

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        """Yield the decision where unfairness is excluded, with what finds it in numbers."""
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


class Fairness(Strength, name="fairness"):
    """Counterfactually fair: had the attribute been another, each option would have been as probable.

    All else is the same. With a label: the prediction differs no more by the attribute than the label does. The number
    is how unfair the decision is.
    """

    parts: ClassVar = ("fair", "unfairness")

    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""
    decision: Text
    """the decision that may be unfair"""
    attribute: Text
    """the node that it must not depend on"""
    label: Text | None = None
    """ask how much more the prediction differs by the attribute than this label"""

    def answer(self, subject: Subject) -> Answer:
        """Return whether it is fair, and how unfair it is, on which all optimal policies must agree."""

        def find(policy: cm.Policy) -> Quantity:
            args = (subject.model, policy, self.decision, self.attribute)
            if self.label is None:
                return cm.counterfactual_unfairness(*args)
            return cm.introduced_unfairness(*args, self.label)

        found = under_all(subject, policies_for(subject, self.policy), find, lambda f: f.value, "fairness")
        got = {"fair": not found.holds, "unfairness": found.value}
        return Answer(got, (), f"{found.reason} [{found.method}]", short=found.value, holds=not found.holds)
