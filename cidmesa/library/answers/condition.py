"""Answers to questions about exact conditions on parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.library.conditions import decided_by, free_parameters
from cidmesa.library.subject import Answer
from cidmesa.modelling.expression import Expression
from cidmesa.symbolic.proof import difference
from cidmesa.symbolic.regions import condition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.questions import Conditional
    from cidmesa.library.subject import Subject
    from cidmesa.symbolic.condition import Condition

__all__ = ["ANSWERS"]


@dataclass(frozen=True)
class _Region:
    """The region that a question asks for; which parameters are free may depend on the answer that is expected."""

    subject: Subject
    question: Conditional

    def condition(self, expect: str | bool) -> Condition:
        """Return the condition on the free parameters, found once for each choice of them."""
        question, scenario = self.question, self.subject.scenario
        model = self.subject.model if scenario.model is None else scenario.model
        named = () if isinstance(expect, bool) else Expression(expect).names
        free = free_parameters(model, question.over if question.over is not None else named or None)
        key = repr((question, [parameter.name for parameter in free]))
        if key not in self.subject.conditions:
            assuming = None if question.assuming is None else Expression(question.assuming)
            decide = decided_by(question, question.meant_answer, self.subject.of)
            found = condition_of(lambda values: decide(scenario.at(**values)), free, question.kind, assuming)
            self.subject.conditions[key] = found
        return self.subject.conditions[key]

    def said(self, expect: str | bool) -> str | bool:
        """Return ``expect`` if it describes the same region, else the region and a point where they differ."""
        found = self.condition(expect)
        other = difference(found, Expression(str(int(expect)) if isinstance(expect, bool) else expect))
        if not other:
            return expect
        return f"{found} (differs at {', '.join(f'{name} = {value}' for name, value in other.items())})"


class _Regional(Answer):
    """An answer that can be given once an answer is expected."""

    __slots__ = ()

    def said(self, expect: Any) -> Any:
        """Return the region, as it is expected if it is the same."""
        return self.got.said(expect)


def _condition(subject: Subject, question: Conditional) -> Answer:
    return _Regional(
        _Region(subject, question), (), "the same algorithms, run on the parameters for all values in range"
    )


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {"condition": _condition}
