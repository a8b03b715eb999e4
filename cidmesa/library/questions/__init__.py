"""The questions that a claim may ask, by kind: their arguments, and which answers can be expected."""

from __future__ import annotations

from cidmesa.library.questions import conduct, graph, mesa, numbers  # noqa: TC001 (pydantic reads them when it runs)
from cidmesa.library.questions.question import Family, Question
from cidmesa.library.shapes import Strict

__all__ = ["Ask", "Family", "Question"]


class Ask(Strict):
    """Exactly one question, by its kind."""

    voi: graph.Incentive | None = None
    voc: graph.Control | None = None
    ri: graph.Incentive | None = None
    ici: graph.Incentive | None = None
    impact: graph.Incentive | None = None
    unfairness_possible: graph.Unfairness | None = None
    requisite: graph.Requisite | None = None
    soluble: graph.Soluble | None = None
    relevance: graph.Relevance | None = None
    pattern: graph.Motive | None = None
    deception_possible: graph.Deception | None = None
    optimal: numbers.Optimal | None = None
    eu: numbers.Utility | None = None
    query: numbers.Query | None = None
    equilibria: numbers.Equilibrium | None = None
    value_of_information: numbers.Valued | None = None
    value_of_control: numbers.ValuedControl | None = None
    has_ri: numbers.Valued | None = None
    has_ici: numbers.Valued | None = None
    has_impact: numbers.Impact | None = None
    intends: conduct.Intent | None = None
    believes: conduct.Belief | None = None
    deceives: conduct.Deceit | None = None
    effect: conduct.Effect | None = None
    goal_directedness: conduct.Directed | None = None
    shutdown: conduct.Shutdown | None = None
    fairness: conduct.Fairness | None = None
    deceptive: mesa.Deceptive | None = None
    alignment: mesa.Alignment | None = None
    proxy_class: mesa.ProxyClass | None = None
    selected: mesa.Selected | None = None
    incentive_gap: mesa.Gap | None = None
    discover: mesa.Discovered | None = None
    consistent_objectives: mesa.Consistent | None = None
    distance: mesa.Distance | None = None

    @property
    def kind(self) -> str:
        """The kind of the question."""
        return next(iter(self.model_fields_set), "")

    @property
    def question(self) -> Question:
        """The arguments of the question."""
        question: Question = getattr(self, self.kind)
        return question
