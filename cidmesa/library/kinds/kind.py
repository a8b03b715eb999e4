"""`Kind`: what one kind of claims is: arguments, what may be expected, how it is answered, what would contradict it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args

from cidmesa.criteria.ground import Concept
from cidmesa.errors import CidmesaError, near_miss
from cidmesa.library.claim import shown
from cidmesa.library.policies import policies_for, under_all
from cidmesa.library.validation import Arguments, State, Text, empty, single_or_list, some
from cidmesa.modelling.numbers import as_number, is_exact
from cidmesa.modelling.parameter import number_of
from cidmesa.structure.verdict import Status, Verdict

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy as Followed

__all__ = [
    "KINDS",
    "Answer",
    "Exclusion",
    "Following",
    "Kind",
    "OnGraph",
    "OnVerdict",
    "OneOrMore",
    "Policy",
    "Rules",
    "Setting",
    "WithRules",
    "agreed",
    "agrees",
    "are_names",
    "is_number",
    "many",
    "parts_of",
    "present",
    "rounded",
]

Setting: TypeAlias = dict[Text, State]
Rules: TypeAlias = dict[Text, Any]
OneOrMore: TypeAlias = single_or_list(Text)  # type: ignore[valid-type]
Policy: TypeAlias = some({dict: Rules}, Literal["optimal"])  # type: ignore[valid-type]
Exclusion: TypeAlias = tuple[str, Callable[[], str]]
"""what a diagram excludes, and what finds it in numbers nevertheless: text, empty where it is not there"""

KINDS: dict[str, type[Kind]] = {}
"""The kinds of claims by name; each stands here once its class is made."""


class Answer(NamedTuple):
    """The answer to a claim's question, the nodes that show it, and why.

    ``whole``: a mapping that is expected must be given in full, but for entries that are 0. ``short``: the answer in
    one word or number, where ``got`` is a mapping of parts. ``holds``: the answer to whether, where it has a size.
    """

    got: Any
    witness: tuple[str, ...] = ()
    because: str = ""
    whole: bool = False
    short: Any = None
    holds: bool | None = None

    def said(self, expect: Any) -> Any:
        """Return the answer in the form of what is expected: whether, in short, or as it is."""
        if isinstance(expect, bool) and self.holds is not None:
            return self.holds
        return self.short if self.short is not None and not isinstance(expect, dict) else self.got


class Kind(Arguments):
    """The arguments of a question; a class ``class X(Kind, name="x")`` is all that there is to the kind ``x``.

    The docstring defines what is asked, in words that `explain` and the schema repeat.
    """

    name: ClassVar[str] = ""
    family: ClassVar[Literal["graphical", "exact"]] = "exact"
    sized: ClassVar[bool] = False
    """whether what is there has a size, so that a number may be expected"""
    parts: ClassVar[tuple[str, ...]] = ()
    """of an answer that may be expected as a mapping"""

    def __init_subclass__(cls, name: str = "", **config: Any) -> None:
        super().__init_subclass__(**config)
        if name:
            cls.name = name
            KINDS[name] = cls

    @classmethod
    def meaning(cls) -> str:
        """Return what is asked, in sentences."""
        return " ".join((cls.__doc__ or "").split())

    def written(self) -> dict[str, Any]:
        """Return the arguments that were given, as they are written in a scenario file."""
        return self.model_dump(by_alias=True, exclude_unset=True, warnings=False)

    def text(self) -> str:
        """Return the kind with the arguments that were given."""
        said = self.written()
        return f"{self.name} {shown(said)}" if said else self.name

    def expectable(self, answer: object) -> str:
        """Return an empty string if ``answer`` is a possible answer, else what is."""
        if isinstance(answer, bool) or (self.sized and is_number(answer)):
            return ""
        if isinstance(answer, dict) and self.parts:
            return parts_of(answer, self.parts)
        forms = ["true", "false"] + ["a number"] * self.sized
        forms += [f"a mapping with some of: {', '.join(self.parts)}"] if self.parts else []
        return f"{', '.join(forms[:-1])} or {forms[-1]}"

    def meant(self, answer: Any) -> Any:
        """Return the expected answer in the form in which answers are found."""
        return answer

    @abstractmethod
    def answer(self, subject: Subject) -> Answer:
        """Return the answer for a subject."""

    def exclusions(self, subject: Subject) -> Iterator[Exclusion]:
        """Yield what the diagram excludes, with what would find it in numbers nevertheless."""
        del subject
        return iter(())


class WithRules(Kind):
    """A question about a number in a model in which some decisions follow rules."""

    sized = True

    policy: Rules = empty()
    """decision: its rule, for decisions that are fixed"""


class Following(Kind):
    """A question about what is so when all follow a policy; all optimal policies must agree on the answer."""

    what: ClassVar[str]
    sized = True

    policy: Policy = "optimal"
    """decision: its rule; decisions without a rule are optimal"""

    @abstractmethod
    def found(self, model: Model, policy: Followed) -> Any:
        """Return what is so under a policy."""

    @abstractmethod
    def told(self, found: Any) -> Answer:
        """Return the answer that tells it."""

    def answer(self, subject: Subject) -> Answer:
        """Return the answer that all policies give."""
        policies = policies_for(subject, self.policy)
        find, got = (lambda p: self.found(subject.model, p)), (lambda found: self.told(found).got)
        return self.told(under_all(subject, policies, find, got, self.what))


class OnGraph(Kind):
    """A question about the diagram alone."""

    family = "graphical"


class OnVerdict(OnGraph):
    """A question that a verdict answers; one about an incentive has its name and its definition from the concept."""

    concept: ClassVar[Concept]

    def __init_subclass__(cls, name: str = "", concept: Concept | None = None, **config: Any) -> None:
        super().__init_subclass__(name=name if concept is None else concept.key, **config)
        if concept is not None:
            cls.concept = concept
            what = f"{concept.name.capitalize()}: in some model on the diagram {concept.definition}."
            cls.__doc__ = f"{what}\n\nCriterion for one decision: {concept.criterion}."

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false or a status."""
        fits = isinstance(answer, bool) or answer in get_args(Status)
        return "" if fits else f"true, false, or one of: {', '.join(get_args(Status))}"

    def meant(self, answer: Any) -> Any:
        """Return true for "admits", false for "excluded"."""
        return {"admits": True, "excluded": False}.get(answer, answer)


def agreed(verdicts: Iterable[Verdict]) -> Answer:
    """Return what all verdicts say; where they differ, which node has which."""
    found = list(verdicts)
    said = {verdict.node: _said(verdict) for verdict in found}
    first = found[0]
    differing = next((verdict for verdict in found if _said(verdict) != _said(first)), None)
    if differing is not None:
        return Answer(said, differing.witness, f"{differing.node}: {differing.reason} [{differing.theorem}]")
    others = f" (and likewise {', '.join(list(said)[1:])})" if len(said) > 1 else ""
    return Answer(_said(first), first.witness, f"{first.reason}{others} [{first.theorem}]")


def _said(verdict: Verdict) -> bool | str:
    """Return True for "admits", False for "excluded", else the status in words."""
    return {"admits": True, "excluded": False}.get(verdict.status, verdict.status)


def many(nodes: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes of one name, or of several."""
    return (nodes,) if isinstance(nodes, str) else nodes


def present(subject: Subject, nodes: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes that are in the diagram; composition may have left out some."""
    return tuple(node for node in many(nodes) if not subject.pruned(node))


# --- what may be expected -------------------------------------------------------------------------------------------


def are_names(answer: object) -> bool:
    """Return whether an expected answer is a list of names."""
    return isinstance(answer, list) and all(isinstance(name, str) for name in answer)


def is_number(answer: object) -> bool:
    """Return whether an expected answer is a number or can be read as one."""
    return isinstance(answer, int | float | Fraction | str) and not isinstance(answer, bool)


def parts_of(answer: object, known: tuple[str, ...]) -> str:
    """Return an empty string if ``answer`` is a mapping with some of the ``known`` parts, else what is wrong."""
    if not isinstance(answer, dict) or not answer:
        return f"a mapping with some of: {', '.join(known)}"
    strange = [key for key in answer if key not in known]
    return f"only {', '.join(known)}, not {strange[0]!r}.{near_miss(strange[0], known)}".rstrip(".") if strange else ""


# --- what is found, and what is expected ------------------------------------------------------------------------------

_TOLERANCE = 1e-9  # where a number is not exact


def agrees(got: Any, expect: Any, *, whole: bool = False) -> bool:
    """Return whether an answer is as expected.

    Exact numbers must be equal, others to 1e-9; text such as ``"1/3"`` is a number where one was found. Lists agree in
    any order, and a list of one with its element. Of a mapping only the expected entries count; ``whole``: all, but
    for those that are 0.

    >>> from fractions import Fraction
    >>> agrees(Fraction(1, 3), "1/3"), agrees(["a", "b"], ["b", "a"]), agrees({"x": True, "y": False}, {"x": True})
    (True, True, True)
    >>> agrees(0.1 + 0.2, Fraction(3, 10)), agrees(Fraction(3, 10), 0.3), agrees(["a", "b"], "a")
    (True, True, False)
    """
    if isinstance(expect, dict) and isinstance(got, dict):
        return _mappings_agree(got, expect, whole)
    if isinstance(expect, list | tuple) or isinstance(got, list | tuple):
        return _lists_agree(_listed(got), _listed(expect))
    if isinstance(got, bool) or isinstance(expect, bool):
        return got is expect
    return got == expect or _numbers_agree(got, expect)


def _mappings_agree(got: dict[Any, Any], expect: dict[Any, Any], whole: bool) -> bool:
    if whole:
        expect = {key: value for key, value in expect.items() if not agrees(0, value)}
        if len(expect) != len(got):
            return False
    return all(key in got and agrees(got[key], value) for key, value in expect.items())


def _lists_agree(got: list[Any], expect: list[Any]) -> bool:
    rest = list(expect)
    for item in got:
        match = next((i for i, other in enumerate(rest) if _items_agree(item, other)), None)
        if match is None:
            return False
        del rest[match]
    return not rest


def _items_agree(got: Any, expect: Any) -> bool:
    ordered = isinstance(got, list) and isinstance(expect, list)  # a pair in a list of pairs
    return got == expect if ordered else agrees(got, expect)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _numbers_agree(got: Any, expect: Any) -> bool:
    try:
        found, wanted = as_number(got), number_of(expect)
    except CidmesaError:
        return False
    if is_exact(found) and is_exact(wanted):
        return bool(found == wanted)
    return abs(float(found) - float(wanted)) <= _TOLERANCE * max(1.0, abs(float(found)))


def rounded(value: Any, digits: int) -> Fraction:
    """Return a number to so many decimals, exactly.

    >>> rounded(0.36806, 3)
    Fraction(46, 125)
    """
    return round(Fraction(value), digits)
