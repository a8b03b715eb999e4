"""A question of any kind, and the parameter values for which it has a given answer: `condition`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from cidmesa.errors import CidmesaError, NotApplicable, not_there
from cidmesa.library.kinds.kind import KINDS, Answer, Kind, agrees
from cidmesa.library.validation import Strict, Text, called, made_later, with_options
from cidmesa.modelling.expression import Expression

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Ask", "Asking", "Conditional", "ask_shape", "condition_shape", "free_parameters"]


class Asking(Strict):
    """Exactly one question, by its kind."""

    def kinds(self) -> list[str]:
        """Return the names of the kinds that are asked."""
        return [name for name in sorted(self.model_fields_set) if isinstance(getattr(self, name), Kind)]

    @property
    def kind(self) -> str:
        """The name of the kind, empty where nothing is asked."""
        return next(iter(self.kinds()), "")

    @property
    def question(self) -> Kind:
        """The arguments of the question."""
        question: Kind = getattr(self, self.kind)
        return question


class Conditional(Asking, Kind, name="condition"):
    """The parameter values for which another question has a given answer."""

    meant_answer: Any = called("is", True)
    """the answer in question; true by default"""
    over: tuple[Text, ...] | None = None
    """the free parameters; by default those that the expected region names"""
    assuming: Text | None = None
    """an assumption, as an expression in the free parameters"""

    def expectable(self, answer: object) -> str:
        if len(self.kinds()) != 1:
            return f"exactly one question inside condition; here: {', '.join(self.kinds()) or 'none'}"
        if problem := self.question.expectable(self.meant_answer):
            return f"a region; but the answer that is meant by `is` must be {problem}"
        if isinstance(answer, bool):
            return ""
        return _problem_with(answer) if isinstance(answer, str) else "a region such as mu > 1/3, or true or false"

    def answer(self, subject: Subject) -> Answer:
        because = "the same algorithms, run on the parameters for all values in range"
        return _Regional(_Region(subject, self), (), because)

    def decided(self, subject: Subject) -> bool:
        """Return whether the answer to the question is the one that is meant."""
        answer, meant = self.question.answer(subject), self.meant_answer
        return agrees(answer.said(meant), self.question.meant(meant), whole=answer.whole)

    def __reduce__(self) -> Any:
        return _read_again, (self.written(),)


def ask_shape() -> type[Asking]:
    """Return the shape of a question: one key, which is any kind that is known by now."""
    return _shapes(tuple(KINDS.values()))[0]


def condition_shape() -> type[Conditional]:
    """Return the shape of a condition: the question, which is of any other kind, stands among its arguments."""
    return _shapes(tuple(KINDS.values()))[1]


@cache
def _shapes(kinds: tuple[type[Kind], ...]) -> tuple[type[Asking], type[Conditional]]:
    others = {kind.name: kind for kind in kinds if kind is not Conditional}
    condition = with_options(Conditional, others)
    return with_options(Asking, {**others, Conditional.name: condition}), condition


def _read_again(written: dict[str, Any]) -> Conditional:
    return condition_shape().model_validate(written)


Ask: TypeAlias = Annotated[Asking, made_later(ask_shape)]


def _problem_with(region: str) -> str:
    """Return why a text is not a region of parameters, or nothing."""
    try:
        Expression(region)
    except CidmesaError as error:
        return f"a region such as mu > 1/3, but {error}"
    return ""


class _Regional(Answer):
    """An answer that can be given once an answer is expected."""

    __slots__ = ()

    def said(self, expect: Any) -> Any:
        return self.got.said(expect)


@dataclass(frozen=True)
class _Region:
    """The region that a question asks for; which parameters are free may depend on the answer that is expected."""

    subject: Subject
    question: Conditional

    def said(self, expect: str | bool) -> str | bool:
        """Return what is expected where it is right for all values, else the region that was found and a difference."""
        from cidmesa.symbolic.proof import agrees, condition_of, difference  # sympy, only where a region is asked for

        expected = Expression(str(int(expect)) if isinstance(expect, bool) else expect)
        free = self.free(expect)
        if agrees(self._decided, free, expected, self.assuming):
            return expect
        found = condition_of(self._decided, free, self.question.kind, self.assuming)
        other = difference(found, expected)
        if not other:
            return expect
        return f"{found} (differs at {', '.join(f'{name} = {value}' for name, value in other.items())})"

    def free(self, expect: str | bool) -> list[Parameter]:
        """Return the parameters that are free where an answer is expected."""
        named = () if isinstance(expect, bool) else Expression(expect).names
        over = self.question.over if self.question.over is not None else named or None
        return free_parameters(self.subject.parametric, over)

    @property
    def assuming(self) -> Expression | None:
        """What is taken for granted."""
        return None if self.question.assuming is None else Expression(self.question.assuming)

    def _decided(self, values: Mapping[str, Any]) -> bool:
        return self.question.decided(self.subject.at(values))


def free_parameters(model: Model, over: Iterable[str] | None) -> list[Parameter]:
    """Return the parameters that are free: those named, else those without a value, else those with a range."""
    known = model.parameters
    if over is not None:
        for name in (names := [over] if isinstance(over, str) else list(over)):
            if name not in known:
                raise NotApplicable(not_there(f"there is no parameter {name!r}", name, known, "Parameters"))
        return [known[name] for name in names]
    without = [p for p in known.values() if p.value is None]
    found = without or [p for p in known.values() if (p.low, p.high) != (None, None)]
    if not found:
        raise NotApplicable("no parameter is free. Declare one, such as cm.parameter('p', 0, 1), or name it by over=.")
    return found
