"""The questions that a claim may ask: their arguments, and which answers can be expected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeAlias

from cidmesa.errors import near_miss
from cidmesa.library.shapes import State, Strict, Text, called, empty, single_or_list, some

__all__ = ["Ask", "Family", "Question"]

Family: TypeAlias = Literal["graphical", "exact"]
Setting: TypeAlias = dict[Text, State]
Rules: TypeAlias = dict[Text, Any]
OneOrMore: TypeAlias = single_or_list(Text)  # type: ignore[valid-type]

_STATUSES = ("admits", "excluded", "undetermined", "not applicable")


class Question(Strict):
    """The arguments of one kind of question; `expectable` says which answers can be expected."""

    family: ClassVar[Family] = "exact"

    def expectable(self, answer: object) -> str:
        """Return an empty string if ``answer`` is a possible answer, else what is."""
        return "" if isinstance(answer, bool) else "true or false"

    def meant(self, answer: Any) -> Any:
        """Return the expected answer in the form in which answers are found."""
        return answer


def _names(answer: object) -> bool:
    return isinstance(answer, list) and all(isinstance(name, str) for name in answer)


def _number(answer: object) -> bool:
    return isinstance(answer, int | float | Fraction | str) and not isinstance(answer, bool)


# --- the diagram ------------------------------------------------------------------------------------------------


class OnGraph(Question):
    """A question about the diagram alone."""

    family: ClassVar[Family] = "graphical"


class OnVerdict(OnGraph):
    """A question that a verdict answers."""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false or a status."""
        fits = isinstance(answer, bool) or answer in _STATUSES
        return "" if fits else f"true, false, or one of: {', '.join(_STATUSES)}"

    def meant(self, answer: Any) -> Any:
        """Return true for "admits", false for "excluded"."""
        return {"admits": True, "excluded": False}.get(answer, answer)


class Incentive(OnVerdict):
    """Whether the diagram admits the incentive of a decision on a node (or on each of several)."""

    decision: Text
    node: OneOrMore


class Control(OnVerdict):
    """Whether the diagram admits value of control over a node (or over each of several)."""

    node: OneOrMore
    agent: Text | None = None


class Requisite(OnGraph):
    """Which observations are requisite for a decision, or whether one of them is."""

    decision: Text
    node: OneOrMore | None = None

    def expectable(self, answer: object) -> str:
        """With a node true or false, without one a list of nodes."""
        if self.node is not None:
            return super().expectable(answer)
        return "" if _names(answer) else "the list of requisite observations (without a node), such as [S] or []"


class Soluble(OnGraph):
    """Whether the decisions can be solved one after the other."""


class Relevance(OnGraph):
    """Which decisions rely on which, or whether one relies on another."""

    source: Text | None = called("from")
    target: Text | None = called("to")

    def expectable(self, answer: object) -> str:
        """With from and to true or false, without them a list of pairs."""
        if self.source is not None or self.target is not None:
            return super().expectable(answer)
        pairs = isinstance(answer, list) and all(_names(pair) and len(pair) == 2 for pair in answer)
        return "" if pairs else "a list of pairs [D, D'] such as [[D1, D2]] or [] (D relies on D')"


class Deception(OnGraph):
    """Whether one agent can deceive another about some nodes, in some model on the diagram."""

    by: Text
    target: Text
    about: OneOrMore


# --- numbers ----------------------------------------------------------------------------------------------------


class Optimal(Question):
    """What is done at a decision, or along the play, by optimal policies."""

    decision: Text | None = None
    when: Setting = empty()
    policy: Rules = empty()
    """rules of the other agents' decisions"""
    agent: Text | None = None

    def expectable(self, answer: object) -> str:
        """With a decision an option or a list of options, without one a mapping of value, plan and count."""
        if self.decision is not None:
            fits = not isinstance(answer, bool | dict) and answer is not None
            return "" if fits else "an option of the decision, or the list of its optimal options"
        return _parts(answer, ("value", "plan", "count"))


class Utility(Question):
    """An agent's expected utility."""

    agent: Text | None = None
    policy: some({dict: Rules}, Literal["optimal"]) = "optimal"  # type: ignore[valid-type]
    """rules by decision; decisions without a rule are chosen optimally"""
    over: Rules = empty()
    """deviations: rules that replace those of the policy, with all else as it was"""
    given: Setting = empty()
    do: Setting = empty()
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the objective one"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a number."""
        return "" if _number(answer) else "a number"


class Query(Question):
    """The probability of a state, or the distribution of a node's states."""

    node: Text
    state: State | None = None
    given: Setting = empty()
    do: Setting = empty()
    policy: some({dict: Rules}, Literal["optimal"]) = "optimal"  # type: ignore[valid-type]

    def expectable(self, answer: object) -> str:
        """With a state a probability, without one a distribution."""
        if self.state is not None:
            return "" if _number(answer) else "a probability (a number)"
        fits = isinstance(answer, dict) and all(map(_number, answer.values()))
        return "" if fits else "a distribution such as {a: 1/3, b: 2/3} (or ask for one `state`)"


# --- learned optimization ---------------------------------------------------------------------------------------


class Deceptive(Question):
    """Whether the mesa-optimizer is deceptively aligned: the whole certificate, or its parts."""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of parts."""
        return "" if isinstance(answer, bool) else _parts(answer, _PARTS)


_PARTS = ("comply", "myopic_would_defect", "because_of_update", "defects_later")


class Alignment(Question):
    """Whether the mesa-optimizer is robustly aligned, pseudo-aligned or misaligned over some environments."""

    environments: dict[Text, dict[Text, Any]]
    """parameter values (or mechanisms of nodes) by environment; one is called train"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a kind of alignment, or a mapping of kind and scores."""
        if isinstance(answer, dict):
            return _parts(answer, ("kind", "scores"))
        kinds = ("robust", "pseudo", "misaligned")
        return "" if answer in kinds else f"one of: {', '.join(kinds)}; or {{kind: ..., scores: {{train: 1}}}}"


class ProxyClass(Question):
    """How the mesa-objective's node hangs together with the base objective's."""

    mesa: Text
    base: Text

    def expectable(self, answer: object) -> str:
        """Return whether it is a class of proxies."""
        classes = ("identical", "side_effect", "instrumental", "common_cause", "decision_only", "none")
        return "" if answer in classes else f"one of: {', '.join(classes)}"


def _parts(answer: object, known: tuple[str, ...]) -> str:
    if not isinstance(answer, dict) or not answer:
        return f"a mapping with some of: {', '.join(known)}"
    strange = [key for key in answer if key not in known]
    return f"only {', '.join(known)}, not {strange[0]!r}.{near_miss(strange[0], known)}".rstrip(".") if strange else ""


class Ask(Strict):
    """Exactly one question, by its kind."""

    voi: Incentive | None = None
    voc: Control | None = None
    ri: Incentive | None = None
    ici: Incentive | None = None
    impact: Incentive | None = None
    requisite: Requisite | None = None
    soluble: Soluble | None = None
    relevance: Relevance | None = None
    deception_possible: Deception | None = None
    optimal: Optimal | None = None
    eu: Utility | None = None
    query: Query | None = None
    deceptive: Deceptive | None = None
    alignment: Alignment | None = None
    proxy_class: ProxyClass | None = None

    @property
    def kind(self) -> str:
        """The kind of the question."""
        return next(iter(self.model_fields_set), "")

    @property
    def question(self) -> Question:
        """The arguments of the question."""
        question: Question = getattr(self, self.kind)
        return question
