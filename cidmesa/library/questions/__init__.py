"""The questions that a claim may ask, by kind: their arguments, and which answers can be expected."""

from __future__ import annotations

from typing import Any

from cidmesa.errors import CidmesaError
from cidmesa.library.questions import conduct, graph, mesa, numbers  # noqa: TC001 (pydantic reads them when it runs)
from cidmesa.library.questions.question import Family, Question
from cidmesa.library.validation import Strict, Text, called
from cidmesa.modelling.expression import Expression

__all__ = ["Ask", "Conditional", "Family", "Question"]


class Kinds(Strict):
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
    deceives_by_report: mesa.DeceivesByReport | None = None
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
        return next(iter(self.kinds()), "")

    def kinds(self) -> list[str]:
        """Return the kinds of the questions that are asked."""
        return [name for name in Ask.model_fields if name in self.model_fields_set and getattr(self, name) is not None]

    @property
    def question(self) -> Question:
        """The arguments of the question."""
        question: Question = getattr(self, self.kind)
        return question


class Conditional(Kinds, Question):
    """For which values of the parameters another question has a certain answer: the region, as an expression."""

    meant_answer: Any = called("is", True)
    """the answer that is meant, true where it is left out"""
    over: tuple[Text, ...] | None = None
    """the free parameters; left out, those that the expected region names"""
    assuming: Text | None = None
    """what is taken for granted, as an expression in the free parameters"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a region as text, or true for always, false for never."""
        if len(self.kinds()) != 1:
            return f"exactly one question inside condition; here: {', '.join(self.kinds()) or 'none'}"
        if problem := self.question.expectable(self.meant_answer):
            return f"a region; but the answer that is meant by `is` must be {problem}"
        if isinstance(answer, bool):
            return ""
        return problem_with(answer) if isinstance(answer, str) else "a region such as mu > 1/3, or true or false"


def problem_with(region: str) -> str:
    """Return why a text is not a region of parameters, or nothing."""
    try:
        Expression(region)
    except CidmesaError as error:
        return f"a region such as mu > 1/3, but {error}"
    return ""


class Ask(Kinds):
    """Exactly one question, by its kind, or the condition for it."""

    condition: Conditional | None = None
