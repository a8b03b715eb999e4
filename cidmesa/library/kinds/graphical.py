"""What a diagram says about its decisions: `requisite`, `soluble`, `relevance`, `pattern`, `deception_possible`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import cidmesa as cm
from cidmesa.errors import NotApplicable
from cidmesa.library.kinds.kind import Answer, Exclusion, OneOrMore, OnGraph, are_names, many, present
from cidmesa.library.policies import found_in, models_of_agent, rational
from cidmesa.library.validation import Text, called
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.policy import Policy
    from cidmesa.structure.verdict import Judgement

__all__ = ["DeceptionPossible", "Pattern", "Relevance", "Requisite", "Soluble"]


class Requisite(OnGraph, name="requisite"):
    """Requisite: not d-separated from the decision's utilities by the decision and its other observations.

    Observations that are not requisite can be ignored without loss.
    """

    decision: Text
    """the decision that observes"""
    node: OneOrMore | None = None
    """an observation, or several; without it, the answer lists all requisite observations"""

    def expectable(self, answer: object) -> str:
        if self.node is not None:
            return super().expectable(answer)
        return "" if are_names(answer) else "the list of requisite observations (without a node), such as [S] or []"

    def answer(self, subject: Subject) -> Answer:
        if self.node is None:
            found = cm.requisite_observations(subject.cid, self.decision)
            return Answer(list(found), found, f"the requisite observations of {self.decision}")
        judgements = {node: cm.is_requisite(subject.cid, self.decision, node) for node in many(self.node)}
        first, *rest = judgements.values()
        differing = [judgement for judgement in rest if judgement.holds != first.holds]
        if not differing:
            return _judged(first)
        return Answer({node: j.holds for node, j in judgements.items()}, differing[0].witness, differing[0].reason)

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        cid, agent = subject.cid, subject.owner(self.decision)
        for node in present(subject, self.node) if self.node is not None else cid.parents(self.decision):
            if node in cid.parents(self.decision) and not cm.is_requisite(cid, self.decision, node):
                yield f"that {node} is of use to {self.decision}", self._search(subject, agent, node)

    def _search(self, subject: Subject, agent: str, node: str) -> Callable[[], str]:
        models = models_of_agent(subject, agent)
        return lambda: found_in(cm.value_of_information(model, self.decision, node) for model in models)


class Soluble(OnGraph, name="soluble"):
    """Soluble: in some order, each decision can be optimized without knowing the rules of the decisions before it."""

    def answer(self, subject: Subject) -> Answer:
        return _judged(cm.is_soluble(subject.cid))


class Relevance(OnGraph, name="relevance"):
    """A decision relies on another if its best rule can depend on the other's rule."""

    source: Text | None = called("from")
    """the decision that relies on the other; without both, the answer lists all pairs"""
    target: Text | None = called("to")
    """the decision on which it relies"""

    def expectable(self, answer: object) -> str:
        if self.source is not None or self.target is not None:
            return super().expectable(answer)
        pairs = isinstance(answer, list) and all(are_names(pair) and len(pair) == 2 for pair in answer)
        return "" if pairs else "a list of pairs [D, D'] such as [[D1, D2]] or [] (D relies on D')"

    def answer(self, subject: Subject) -> Answer:
        if self.source is not None and self.target is not None:
            return _judged(cm.is_s_reachable(subject.cid, self.source, self.target))
        if self.source is not None or self.target is not None:
            raise NotApplicable("relevance takes both `from` and `to`, or neither.")
        graph = cm.relevance_graph(subject.cid)
        shown = ", ".join(f"{a} relies on {b}" for a, b in graph.edges) or "no decision relies on another"
        return Answer([list(edge) for edge in graph.edges], (), shown)


class Pattern(OnGraph, name="pattern"):
    """A reasoning pattern is a reason why a decision can matter to its owner.

    It is a direct effect, or an effect on another agent's decision: by changing its payoffs (manipulation), by
    informing (signalling), or by revealing or hiding (revealing-denying).
    """

    decision: Text
    """the decision that matters"""
    through: Text | None = None
    """only patterns that work through this decision"""
    label: Literal["direct effect", "manipulation", "signalling", "revealing-denying"] | None = None
    """ask only whether the decision has this pattern"""

    def expectable(self, answer: object) -> str:
        if self.label is not None:
            return super().expectable(answer)
        return "" if are_names(answer) else "the list of labels (without a label), such as [direct effect] or []"

    def answer(self, subject: Subject) -> Answer:
        decision = subject.cid.known_decision(self.decision)
        if self.through is not None:
            subject.cid.known_decision(self.through)
        patterns = cm.reasoning_patterns(subject.cid).of(decision)
        found = [p for p in patterns if self.through in (None, p.through) and self.label in (None, p.label)]
        because = "; ".join(map(str, found)) or f"{decision} has no such reasoning pattern"
        labels = list(dict.fromkeys(one.label for one in found))
        got = bool(found) if self.label is not None else labels
        return Answer(got, found[0].paths[0] if found else (), because)


class DeceptionPossible(OnGraph, name="deception_possible"):
    """In some model on the diagram, one agent can deceive another about the nodes."""

    by: Text
    """the agent that deceives"""
    target: Text
    """the agent that is deceived"""
    about: OneOrMore
    """the node, or nodes, about which it is deceived"""

    def answer(self, subject: Subject) -> Answer:
        return _judged(cm.deception_possible(subject.cid, self.by, self.target, many(self.about)))

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        if cm.deception_possible(subject.cid, self.by, self.target, many(self.about)):
            return
        profile = rational(subject.model)
        for node in many(self.about):
            for state in subject.model.domain(node):
                says = f"{node} == {state!r}" if isinstance(state, str) else f"{node} == {show(state)}"
                yield f"that {self.by} deceives {self.target} about {says}", self._search(subject, profile, says)

    def _search(self, subject: Subject, profile: Policy, says: str) -> Callable[[], str]:
        def search() -> str:
            deceit = cm.deceives(subject.model, profile, by=self.by, target=self.target, about=says)
            return str(deceit) if deceit else ""

        return search


def _judged(judgement: Judgement) -> Answer:
    return Answer(judgement.holds, judgement.witness, f"{judgement.reason} [{judgement.theorem}]")
