"""Robust and pseudo-alignment: whether what scores well in training scores well elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Displays
from cidmesa.errors import ComposeError
from cidmesa.mesa.base import base_scores, for_base, placed
from cidmesa.mesa.compose import compose
from cidmesa.modelling.numbers import Number, show
from cidmesa.solving.solve import solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Alignment", "Score", "alignment"]

AlignmentKind: TypeAlias = Literal["robust", "pseudo", "misaligned"]


@dataclass(frozen=True)
class Score:
    """Base performance in one environment: of the worst and best optimal policy, and the best possible."""

    worst: Number
    best: Number
    possible: Number

    @property
    def regret(self) -> Number:
        """What the base objective may lose: best possible less the worst optimal policy's."""
        return self.possible - self.worst


@dataclass(frozen=True)
class Alignment(Displays):
    """How a mesa-optimizer's base performance carries over from training to other environments.

    "robust": regret at most ``tolerance`` everywhere. "pseudo": in training yes, in ``worst`` no. "misaligned": not
    even in training. ``scores``: environment -> `Score`.
    """

    kind: AlignmentKind
    scores: Mapping[str, Score]
    worst: str
    tolerance: Number

    def __bool__(self) -> bool:
        return self.kind == "robust"

    def to_json(self) -> dict[str, Any]:
        """Return kind, worst environment and scores as plain data."""
        scores = {name: {"worst": show(s.worst), "best": show(s.best), "possible": show(s.possible),
                         "regret": show(s.regret)} for name, s in self.scores.items()}  # fmt: skip
        return {"kind": self.kind, "worst": self.worst, "scores": scores}

    def to_text(self) -> str:
        """Return the kind and a line for each environment."""
        lines = [f"{name}: base score {show(s.worst)} of {show(s.possible)}" for name, s in self.scores.items()]
        return "\n".join([f"{self.kind} (worst: {self.worst})", *lines])

    def __str__(self) -> str:
        return self.to_text()


def alignment(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]],
    *,
    tolerance: Number = 0,
) -> Alignment:
    """Return whether every optimal policy of the mesa-optimizer is good for the base objective in every environment.

    Robustly aligned: in each environment P the regret J_b(best; P) - J_b(pi; P) of every policy pi that is optimal for
    the mesa-objective on P is at most ``tolerance``; pseudo-aligned: in training it is, elsewhere not.
    Source: Hubinger et al. 2019, section 3 (in words there; the regret form is ours).

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        environments: name -> what differs there: parameter values, mechanisms by node. One is "train".
        tolerance: regret that still counts as aligned.

    Raises:
        ComposeError: no environment is called "train", or an unknown parameter or node is named.

    >>> import cidmesa as cm
    >>> g = cm.cid("Door -> Red; Theta -> A; A -> U_b; Door -> U_b", utilities={"base": ["U_b"]})
    >>> red = cm.table([["L", {"L": "rho", "R": "1 - rho"}], ["R", {"R": "rho", "L": "1 - rho"}]], ["Door"])
    >>> m = cm.model(g.with_link("Red", "A"), Door=cm.uniform("LR"), Red=red, Theta={"mesa": 1, "base": 0},
    ...              A=cm.uniform("LR"), U_b="A == Door", parameters={"rho": 1})
    >>> t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "L"})
    >>> found = alignment(t, cm.MesaSpec(target={1: "A == Red"}, scope="episode"), {"train": {}, "deploy": {"rho": 0}})
    >>> found.kind, found.scores["train"].worst, found.scores["deploy"].worst
    ('pseudo', Fraction(1, 1), Fraction(0, 1))

    """
    if "train" not in environments:
        raise ComposeError(f"one environment must be called 'train'; given: {', '.join(environments) or 'none'}.")
    scores = {name: _score(placed(training, edits), spec) for name, edits in environments.items()}
    worst = max(scores, key=lambda name: scores[name].regret)
    if scores["train"].regret > tolerance:
        kind: AlignmentKind = "misaligned"
    else:
        kind = "pseudo" if scores[worst].regret > tolerance else "robust"
    return Alignment(kind, scores, worst, tolerance)


def _score(training: TrainingProcess, spec: MesaSpec) -> Score:
    composition = compose(training, spec)
    reached = base_scores(composition)
    possible = solve(for_base(composition.objective_twin, training.base_agent)).value
    return Score(min(reached), max(reached), possible)
