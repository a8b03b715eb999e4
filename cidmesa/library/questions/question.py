"""`Question`: the arguments of a question, and which answers can be expected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeAlias

from cidmesa.errors import near_miss
from cidmesa.library.validation import Arguments, State, Text, empty, single_or_list, some

__all__ = [
    "Family",
    "OneOrMore",
    "Policy",
    "Question",
    "Rules",
    "Setting",
    "Strength",
    "WithRules",
    "are_names",
    "is_number",
    "parts_of",
]

Family: TypeAlias = Literal["graphical", "exact"]
Setting: TypeAlias = dict[Text, State]
Rules: TypeAlias = dict[Text, Any]
OneOrMore: TypeAlias = single_or_list(Text)  # type: ignore[valid-type]
Policy: TypeAlias = some({dict: Rules}, Literal["optimal"])  # type: ignore[valid-type]


class Question(Arguments):
    """The arguments of one kind of question; `expectable` says which answers can be expected."""

    family: ClassVar[Family] = "exact"

    def written(self) -> dict[str, Any]:
        """Return the arguments that were given, as they are written in a scenario file."""
        return self.model_dump(by_alias=True, exclude_unset=True, warnings=False)

    def expectable(self, answer: object) -> str:
        """Return an empty string if ``answer`` is a possible answer, else what is."""
        return "" if isinstance(answer, bool) else "true or false"

    def meant(self, answer: Any) -> Any:
        """Return the expected answer in the form in which answers are found."""
        return answer


class Strength(Question):
    """A question about something that is there or not, and has a size: true, false, a number, or some ``parts``."""

    parts: ClassVar[tuple[str, ...]] = ()

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, a number, or a mapping of parts."""
        if isinstance(answer, bool) or is_number(answer):
            return ""
        if isinstance(answer, dict) and self.parts:
            return parts_of(answer, self.parts)
        others = f", or a mapping with some of: {', '.join(self.parts)}" if self.parts else ""
        return f"true, false or a number{others}"


class WithRules(Strength):
    """A question of this form about a model in which some decisions follow rules."""

    policy: Rules = empty()
    """rules of the decisions that are fixed"""


def are_names(answer: object) -> bool:
    """Return whether an expected answer is a list of names."""
    return isinstance(answer, list) and all(isinstance(name, str) for name in answer)


def is_number(answer: object) -> bool:
    """Return whether an expected answer is a number or can be read as one."""
    return isinstance(answer, int | float | Fraction | str) and not isinstance(answer, bool)


def whether_or_parts(answer: object, known: tuple[str, ...]) -> str:
    """Return an empty string if ``answer`` is true, false or a mapping with some of the ``known`` parts."""
    if isinstance(answer, bool):
        return ""
    return f"{'' if isinstance(answer, dict) else 'true, false or '}{parts_of(answer, known)}"


def parts_of(answer: object, known: tuple[str, ...]) -> str:
    """Return an empty string if ``answer`` is a mapping with some of the ``known`` parts, else what is wrong."""
    if not isinstance(answer, dict) or not answer:
        return f"a mapping with some of: {', '.join(known)}"
    strange = [key for key in answer if key not in known]
    return f"only {', '.join(known)}, not {strange[0]!r}.{near_miss(strange[0], known)}".rstrip(".") if strange else ""
