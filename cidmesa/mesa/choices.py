"""What a mesa-optimizer may do in a context of a stage, and the base scores of its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.modelling.numbers import setting_text, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.numbers import Number, State

__all__ = ["Choice", "Stage"]


@dataclass(frozen=True)
class Stage:
    """A labelled set of contexts: those of one episode, or of one ``stage=`` label, in one phase."""

    name: int | str
    phase: str

    @property
    def training(self) -> bool:
        """Whether it is a stage of training."""
        return self.phase == "train"

    def __str__(self) -> str:
        named = f"episode {self.name}" if isinstance(self.name, int) else self.name
        return f"{named} ({'training' if self.training else 'deployment'})"


@dataclass(frozen=True)
class Choice:
    """What a plan may do in one context, and the base score of each option there.

    ``probability``: that of the context with the learner in force. ``done``: the options that the plan may take.
    ``best``: those of greatest score. ``values``: option -> score.
    """

    decision: str
    stage: Stage
    context: Mapping[str, State]
    probability: Number
    done: tuple[State, ...]
    best: tuple[State, ...]
    values: Mapping[State, Number]

    @property
    def scored(self) -> bool:
        """Whether the base score tells some options apart."""
        return len(self.best) < len(self.values)

    @property
    def complies(self) -> bool:
        """Whether every option that the plan may take has the greatest score."""
        return set(self.done) <= set(self.best)

    @property
    def shortfall(self) -> Number:
        """The possible loss of base score here: the greatest score minus the least of an option that may be taken."""
        return max(self.values.values()) - min(self.values[option] for option in self.done)

    def to_json(self) -> dict[str, Any]:
        """Return the choice as plain data."""
        context = {name: show(state) for name, state in self.context.items()}
        scores = {show(option): show(value) for option, value in self.values.items()}
        said = {"decision": self.decision, "stage": str(self.stage), "probability": show(self.probability)}
        return said | {"context": context, "done": [show(option) for option in self.done], "scores": scores}

    def __str__(self) -> str:
        where = setting_text(self.context, " where ")
        scores = ", ".join(f"{show(option)} {show(value)}" for option, value in self.values.items())
        return f"{self.decision} does {' or '.join(map(show, self.done))}{where} (base scores: {scores})"
