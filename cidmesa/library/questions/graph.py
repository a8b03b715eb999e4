"""Questions about the diagram alone."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from cidmesa.library.questions.question import Family, OneOrMore, Question, are_names
from cidmesa.library.validation import Text, called

__all__ = ["Control", "Deception", "Incentive", "Motive", "Relevance", "Requisite", "Soluble", "Unfairness"]

_STATUSES = ("admits", "excluded", "undetermined", "not applicable")


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


class Unfairness(OnVerdict):
    """Whether in some model all optimal rules are unfair; with a label whether more unfair than the label."""

    decision: Text
    attribute: Text
    label: Text | None = None
    loss: Literal["any", "p-admissible"] = "any"
    """with a label: what is known of the loss"""


class Requisite(OnGraph):
    """Which observations are requisite for a decision, or whether one of them is."""

    decision: Text
    node: OneOrMore | None = None

    def expectable(self, answer: object) -> str:
        """With a node true or false, without one a list of nodes."""
        if self.node is not None:
            return super().expectable(answer)
        return "" if are_names(answer) else "the list of requisite observations (without a node), such as [S] or []"


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
        pairs = isinstance(answer, list) and all(are_names(pair) and len(pair) == 2 for pair in answer)
        return "" if pairs else "a list of pairs [D, D'] such as [[D1, D2]] or [] (D relies on D')"


class Motive(OnGraph):
    """The reasoning patterns of a decision, or whether it has the one with this label."""

    decision: Text
    through: Text | None = None
    """only those that work through this decision"""
    label: Literal["direct effect", "manipulation", "signalling", "revealing-denying"] | None = None

    def expectable(self, answer: object) -> str:
        """With a label true or false, without one a list of labels."""
        if self.label is not None:
            return super().expectable(answer)
        return "" if are_names(answer) else "the list of labels (without a label), such as [direct effect] or []"


class Deception(OnGraph):
    """Whether one agent can deceive another about some nodes, in some model on the diagram."""

    by: Text
    target: Text
    about: OneOrMore
