"""Questions about learned optimization."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from cidmesa.library.questions.question import (
    OneOrMore,
    Policy,
    Question,
    Strength,
    are_names,
    parts_of,
    whether_or_parts,
)
from cidmesa.library.validation import Names, Quantity, State, Text, called, some
from cidmesa.mesa.taxonomy import KINDS

__all__ = [
    "Alignment",
    "Consistent",
    "DeceivesByReport",
    "Deceptive",
    "Discovered",
    "Distance",
    "Gap",
    "ProxyClass",
    "Selected",
]


class Deceptive(Question):
    """Whether the mesa-optimizer is certified as deceptively aligned; the degree, extent, reason, threat or spans."""

    judge: Text = "base"
    """whose score counts: base, another agent, or a utility"""
    optimizer: State | None = None
    """the parameter value that is the learned algorithm, where there are several"""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of parts."""
        return whether_or_parts(answer, ("degree", "extent", "reason", "threat", "spans"))


class DeceivesByReport(Question):
    """Whether it surely sends a false message because of a threat."""

    def expectable(self, answer: object) -> str:
        """Return whether it is true or false."""
        return "" if isinstance(answer, bool) else "true or false"


class Alignment(Question):
    """To which class of alignment the mesa-optimizer belongs, over some environments."""

    environments: dict[Text, dict[Text, Any]] | None = None
    """parameter values (or mechanisms of nodes) by environment; one is called train"""
    about: Text | None = None
    """the node that says what the base objective is"""
    truth: State | None = None
    """its state that holds"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a class, a union of classes, or a mapping of parts."""
        if isinstance(answer, dict):
            return parts_of(answer, ("kind", "robust", "pseudo", "scores", "shortfall"))
        known = (*KINDS, "robust", "pseudo")
        return "" if answer in known else f"one of: {', '.join(known)}; or {{kind: ..., scores: {{train: 1}}}}"


class ProxyClass(Question):
    """How the mesa-objective's node hangs together with the base objective's."""

    mesa: Text
    base: Text

    def expectable(self, answer: object) -> str:
        """Return whether it is a class of proxies."""
        classes = ("identical", "side_effect", "instrumental", "common_cause", "decision_only", "none")
        return "" if answer in classes else f"one of: {', '.join(classes)}"


class Selected(Question):
    """Which of the specifications training selects."""

    specs: Names | None = None
    """the candidates; left out: all under mesa"""
    rule: Literal["argmax", "posterior", "reachable"] = "argmax"
    prior: dict[Text, Quantity] | None = None
    """description length in bits"""
    beta: Quantity = 1
    environments: dict[Text, dict[Text, Any]] | None = None
    start: Text | None = None
    neighbours: dict[Text, Names] | None = None
    epsilon: Quantity = 0
    compression: Quantity = 0
    time: dict[Text, Quantity] | None = None
    speed: Quantity = 0

    def expectable(self, answer: object) -> str:
        """Return whether it is a name, a list of names, or a mapping of parts."""
        if isinstance(answer, dict):
            return parts_of(answer, ("chosen", "fitness", "weight", "path"))
        fits = isinstance(answer, str) or (are_names(answer) and answer)
        return "" if fits else "the specification that is chosen, or the list of them, or {chosen, fitness, weight}"


class Gap(Question):
    """The incentives that training has and the mesa-optimizer has not, and the reverse; true if there are any."""

    concept: Literal["voi", "voc", "ri", "ici", "impact"] | None = None
    """only this kind of incentive"""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of two lists."""
        return whether_or_parts(answer, ("only_base", "only_mesa"))


class Discovered(Question):
    """Which agents there are by how mechanisms respond; true if there are any."""

    regime: Literal["retrain", "frozen", "frozen_informed"] = "frozen_informed"
    tries: int = 100
    functions: int = 16
    seed: int = 0

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, a list of decisions, or a mapping of parts."""
        if isinstance(answer, bool) or are_names(answer):
            return ""
        if isinstance(answer, dict):
            return parts_of(answer, ("agents", "decisions", "utilities", "complete"))
        return "true, false, the list of nodes that decide, or a mapping with agents, decisions, utilities"


class Consistent(Question):
    """Whether behaviour is optimal for an objective over some targets (or for each of several objectives)."""

    targets: some({dict: dict[State, Names]}, Names)  # type: ignore[valid-type]
    """nodes, or episode: nodes"""
    objective: OneOrMore
    """an expression over the targets"""
    policy: Policy = "optimal"
    scope: Literal["updates", "episode"] = "updates"
    episodes: dict[Text, State] | None = None
    """decision: its episode"""


class Distance(Strength):
    """How far two objectives are from ranking policies alike, in [0, 1], rounded; true if they do not."""

    parts: ClassVar = ("value", "regret_bound")

    first: Text
    """a utility node, or an expression"""
    second: Text
    world: Literal["belief", "truth"] | None = called("in")
    digits: int = 4
    """decimals of the answer"""
