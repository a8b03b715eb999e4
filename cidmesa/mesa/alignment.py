"""Robust and pseudo-alignment: whether what scores well in training scores well elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Displays, html_table
from cidmesa.errors import ComposeError, NotApplicable
from cidmesa.mesa.compose import compose
from cidmesa.modelling.numbers import Number, show
from cidmesa.solving.solve import solve
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model

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

    @property
    def range_text(self) -> str:
        """What optimal policies reach: one score, or the worst and the best."""
        return show(self.worst) if self.worst == self.best else f"{show(self.worst)} to {show(self.best)}"


@dataclass(frozen=True, repr=False)
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
        lines = [f"{name}: base score {s.range_text} of {show(s.possible)}" for name, s in self.scores.items()]
        return "\n".join([f"{self.kind} (worst: {self.worst})", *lines])

    def to_html(self) -> str:
        """Return a table of the base scores with a row for each environment."""
        rows = [[name, *map(show, (s.worst, s.best, s.possible, s.regret))] for name, s in self.scores.items()]
        head = ["environment", "worst optimal policy", "best optimal policy", "possible", "regret"]
        return html_table(head, rows, "lrrrr", f"{self.kind} (worst: {self.worst}); base scores")

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        regret = show(self.scores[self.worst].regret)
        return f"Alignment({self.kind}, worst: {self.worst} with regret {regret}, {len(self.scores)} environments)"


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
    scores = {name: _score(_placed(training, edits), spec) for name, edits in environments.items()}
    worst = max(scores, key=lambda name: scores[name].regret)
    if scores["train"].regret > tolerance:
        kind: AlignmentKind = "misaligned"
    else:
        kind = "pseudo" if scores[worst].regret > tolerance else "robust"
    return Alignment(kind, scores, worst, tolerance)


def _placed(training: TrainingProcess, edits: Mapping[str, object]) -> TrainingProcess:
    for name in edits:
        if name not in training.model.parameters and name not in training.cid:
            raise ComposeError(f"the environment changes {name!r}, which is neither a parameter nor a node.")
    values = {name: value for name, value in edits.items() if name in training.model.parameters}
    mechanisms = {name: value for name, value in edits.items() if name not in values}
    model = training.model.substitute(values) if values else training.model
    return training.with_model(model.with_mechanism(mechanisms) if mechanisms else model)


def _score(training: TrainingProcess, spec: MesaSpec) -> Score:
    composition, base = compose(training, spec), training.base_agent
    twin = composition.objective_twin
    reached = [expected_utility(twin, policy, base) for policy in composition.optimal_policies()]
    return Score(min(reached), max(reached), solve(_for_base(twin, base)).value)


def _for_base(twin: Model, base: str) -> Model:
    """Return the model in which the base agent itself takes all decisions."""
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    others = [utility for utility in twin.cid.utilities if twin.cid.agent(utility) != base]
    return twin.revised([replace(twin.cid.spec(d), agent=base) for d in twin.cid.decisions], without=others)
