"""Which incentives a diagram admits: a kind for each concept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cidmesa as cm
from cidmesa.criteria.concepts.ici import ICI
from cidmesa.criteria.concepts.impact import IMPACT
from cidmesa.criteria.concepts.ri import RI
from cidmesa.criteria.concepts.voc import VOC
from cidmesa.criteria.concepts.voi import VOI
from cidmesa.library.kinds.kind import Answer, Exclusion, OneOrMore, OnVerdict, agreed, many, present
from cidmesa.library.policies import found_in, models_of_agent, models_of_decision
from cidmesa.library.validation import Text
from cidmesa.structure.verdict import Status, Verdict

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model

__all__ = ["Ici", "Impact", "Ri", "Voc", "Voi"]


class _Incentive(OnVerdict):
    """Whether the diagram admits an incentive on nodes.

    Its name and its definition are the concept's. Composition leaves out nodes that are upstream of no decision and no
    utility of the mesa-optimizer; what a subclass says of those is `pruned`.
    """

    if TYPE_CHECKING:
        node: OneOrMore  # a field of the subclasses, behind whose incentive it is

    def answer(self, subject: Subject) -> Answer:
        return agreed(
            self.pruned(subject, node) if subject.pruned(node) else self.verdict(subject, node)
            for node in many(self.node)
        )

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        for node in present(subject, self.node):
            verdict = self.verdict(subject, node)
            if verdict.status == "excluded":
                of = "" if verdict.decision is None else f"{verdict.decision} on "
                what = f"{self.name} of {of}{node} [{verdict.theorem}]"
                yield what, self.search(subject, verdict)

    @abstractmethod
    def verdict(self, subject: Subject, node: str) -> Verdict:
        """Return what the criterion says of a node of the diagram."""

    @abstractmethod
    def pruned(self, subject: Subject, node: str) -> Verdict:
        """Return what follows for a node that composition left out."""

    @abstractmethod
    def search(self, subject: Subject, verdict: Verdict) -> Callable[[], str]:
        """Return what finds in numbers the incentive that a verdict excludes."""

    def left_out(
        self, owner: str, decision: str | None, node: str, status: Status = "excluded", more: str = ""
    ) -> Verdict:
        """Return the verdict on a node that composition left out."""
        where = f"{node} is not in the mesa-optimizer's diagram: it is upstream of none of its decisions and utilities"
        return Verdict(self.name, owner, decision, node, status, (), where + more, "composer's rule R7")


class _OfDecision(_Incentive):
    """Whether the diagram admits the incentive of a decision."""

    decision: Text
    """the decision whose incentive it is"""
    node: OneOrMore
    """the node, or a list of nodes that all have the same answer"""

    def verdict(self, subject: Subject, node: str) -> Verdict:
        key = self.name, self.decision, node
        if key not in subject.verdicts:
            subject.verdicts[key] = getattr(cm, f"admits_{self.name}")(subject.cid, self.decision, node)
        return subject.verdicts[key]

    def pruned(self, subject: Subject, node: str) -> Verdict:
        return self.left_out(subject.owner(self.decision), self.decision, node)

    def search(self, subject: Subject, verdict: Verdict) -> Callable[[], str]:
        number = getattr(cm, self.concept.number)
        return lambda: found_in(number(model, self.decision, verdict.node) for model in self.models(subject))

    def models(self, subject: Subject) -> Iterator[Model]:
        return models_of_decision(subject, self.decision)


class Voi(_OfDecision, concept=VOI):
    """Value of information."""

    def pruned(self, subject: Subject, node: str) -> Verdict:
        more = ". Let its specification observe it (observes) to ask what that is worth"
        return self.left_out(subject.owner(self.decision), self.decision, node, "not applicable", more)

    def models(self, subject: Subject) -> Iterator[Model]:
        return models_of_agent(subject, subject.owner(self.decision))


class Ri(_OfDecision, concept=RI):
    """Response incentive."""


class Ici(_OfDecision, concept=ICI):
    """Instrumental control incentive."""


class Impact(_OfDecision, concept=IMPACT):
    """Impact incentive."""

    def pruned(self, subject: Subject, node: str) -> Verdict:
        found = cm.admits_impact(subject.truth.cid, self.decision, node)
        where = self.left_out(found.agent, self.decision, node).reason
        return replace(found, reason=f"{found.reason} (in the objective twin, for {where})")


class Voc(_Incentive, concept=VOC):
    """Value of control."""

    node: OneOrMore
    """the node, or a list of nodes that all have the same answer"""
    agent: Text | None = None
    """the agent that gains; not needed if there is one agent"""

    def verdict(self, subject: Subject, node: str) -> Verdict:
        return cm.admits_voc(subject.cid, node, self.agent)

    def pruned(self, subject: Subject, node: str) -> Verdict:
        return self.left_out(subject.cid.known_agent(self.agent) if self.agent else "", None, node)

    def search(self, subject: Subject, verdict: Verdict) -> Callable[[], str]:
        models = models_of_agent(subject, verdict.agent)
        return lambda: found_in(cm.value_of_control(model, verdict.node) for model in models)
