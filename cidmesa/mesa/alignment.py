"""Robust and pseudo-alignment: whether what scores well in training scores well elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells, html_table
from cidmesa.errors import ComposeError, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.base import base_scores, for_base, placed
from cidmesa.mesa.compose import compose
from cidmesa.mesa.distance import distance_of
from cidmesa.modelling.numbers import Number, as_state, show
from cidmesa.solving.solve import solve
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Alignment", "Score", "alignment"]

_SOURCE = "Hubinger et al. 2019, section 3.1"

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
class Alignment(Frozen, Tells):
    """How a mesa-optimizer's base performance carries over from training to other environments.

    "robust": regret at most ``tolerance`` everywhere. "pseudo": in training yes, in ``worst`` no. "misaligned": not
    even in training. ``scores``: environment -> `Score`. ``approximate`` and ``suboptimality``: two more ways to be
    pseudo-aligned, each a judgement where `alignment` had what it takes, else ``None``.
    """

    kind: AlignmentKind
    scores: Mapping[str, Score]
    worst: str
    tolerance: Number
    approximate: Judgement | None = None
    suboptimality: Judgement | None = None

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
        more = [f"{found.concept}: {'yes' if found else 'no'}, {found.reason}"
                for found in (self.approximate, self.suboptimality) if found is not None]  # fmt: skip
        return "\n".join([f"{self.kind} (worst: {self.worst})", *lines, *more])

    def to_html(self) -> str:
        """Return a table of the base scores with a row for each environment."""
        rows = [[name, *map(show, (s.worst, s.best, s.possible, s.regret))] for name, s in self.scores.items()]
        head = ["environment", "worst optimal policy", "best optimal policy", "possible", "regret"]
        return html_table(head, rows, "lrrrr", f"{self.kind} (worst: {self.worst}); base scores")

    def __repr__(self) -> str:
        regret = show(self.scores[self.worst].regret)
        return f"Alignment({self.kind}, worst: {self.worst} with regret {regret}, {len(self.scores)} environments)"


def alignment(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]] | None = None,
    *,
    tolerance: Number = 0,
    within: float | None = None,
    enlarge: Mapping[str, Sequence[object]] | None = None,
) -> Alignment:
    """Return whether every optimal policy of the mesa-optimizer is good for the base objective in every environment.

    Robustly aligned: in each environment P the regret J_b(best; P) - J_b(pi; P) of every policy pi that is optimal for
    the mesa-objective on P is at most ``tolerance``; pseudo-aligned: in training it is, elsewhere not.
    Approximately aligned: the distance of the two objectives in training (`objective_distance`) is at most ``within``
    and not 0. Suboptimality aligned: it is good in training only for what it gets wrong or can't do; with its false
    beliefs corrected, or with more options (``enlarge``), its base score there falls.
    Source: Hubinger et al. 2019, section 3 (in words there; the regret form is ours).

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        environments: name -> what differs there: parameter values, mechanisms by node. One must be "train".
        tolerance: regret that still counts as aligned.
        within: distance that counts as approximately aligned; left out, it is not asked.
        enlarge: action -> further options, for the question of suboptimality.

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
    if "train" not in (environments := environments or {}):
        raise ComposeError("alignment compares environments, one of which must be called 'train': name -> what differs "
                           "there, such as {'train': {}, 'deploy': {'p': 0}}. "
                           f"Given: {', '.join(environments) or 'none'}.")  # fmt: skip
    scores = {name: _score(placed(training, edits), spec) for name, edits in environments.items()}
    worst = max(scores, key=lambda name: scores[name].regret)
    if scores["train"].regret > tolerance:
        kind: AlignmentKind = "misaligned"
    else:
        kind = "pseudo" if scores[worst].regret > tolerance else "robust"
    train = placed(training, environments["train"])
    approximate = None if within is None else _approximate(train, spec, within)
    asked = bool(spec.beliefs or enlarge)
    suboptimal = _suboptimal(train, spec, enlarge or {}, scores["train"], tolerance) if asked else None
    return Alignment(kind, scores, worst, tolerance, approximate, suboptimal)


def _approximate(training: TrainingProcess, spec: MesaSpec, within: float) -> Judgement:
    composition, base = compose(training, spec), training.base_agent
    twin = composition.objective_twin
    wanted = [u for u in twin.cid.utilities if twin.cid.agent(u) != base]
    found = distance_of(twin, wanted, twin.cid.utilities_of(base))
    reason = f"in training the distance of the two objectives is {float(found):.4g}"
    return Judgement("approximate alignment", 0 < float(found) <= within, tuple(wanted), reason, _SOURCE)


def _suboptimal(
    training: TrainingProcess, spec: MesaSpec, enlarge: Mapping[str, Sequence[object]], before: Score, tolerance: Number
) -> Judgement:
    """Return whether it scores well only until its beliefs are corrected and its options enlarged."""
    after = min(base_scores(compose(_enlarged(training, enlarge), replace(spec, beliefs={}))))
    holds = before.regret <= tolerance and after < before.worst
    mended = ["its beliefs corrected"] * bool(spec.beliefs) + ["more options"] * bool(enlarge)
    reason = f"with {' and '.join(mended)} its base score in training goes from {show(before.worst)} to {show(after)}"
    return Judgement("suboptimality alignment", holds, (*spec.beliefs, *enlarge), reason, _SOURCE)


def _enlarged(training: TrainingProcess, enlarge: Mapping[str, Sequence[object]]) -> TrainingProcess:
    for action in enlarge:
        if action not in training.actions:
            raise ComposeError(f"enlarge names {action!r}, which is not an action: {', '.join(training.actions)}."
                               f"{near_miss(action, training.actions)}")  # fmt: skip
    domains = {a: (*training.model.domain(a), *map(as_state, more)) for a, more in enlarge.items()}
    return training.with_model(training.model.revised(domains=domains)) if domains else training


def _score(training: TrainingProcess, spec: MesaSpec) -> Score:
    composition = compose(training, spec)
    reached = base_scores(composition)
    possible = solve(for_base(composition.objective_twin, training.base_agent)).value
    return Score(min(reached), max(reached), possible)
