"""Alignment: one total classification of mesa-optimizers, by what their rational plans do in and out of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells, html_table
from cidmesa.errors import ComposeError
from cidmesa.frozen import Frozen
from cidmesa.mesa.alignment_kind import PSEUDO, ROBUST, Judged, base_scores, kind_of, known_of
from cidmesa.mesa.distance import distance_of
from cidmesa.mesa.scores import for_base
from cidmesa.modelling.numbers import Number, show
from cidmesa.solving.optimal.solution import solve
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.alignment_kind import AlignmentKind
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Alignment", "Score", "alignment"]

_SOURCE = "Hubinger et al. 2019, section 3.1"


@dataclass(frozen=True)
class Score:
    """Base performance in one environment: of the worst and best rational plan, and the best possible."""

    worst: Number
    best: Number
    possible: Number

    @property
    def regret(self) -> Number:
        """What the base objective may lose: best possible less the worst rational plan's."""
        return self.possible - self.worst

    @property
    def range_text(self) -> str:
        """What rational plans reach: one score, or the worst and the best."""
        return show(self.worst) if self.worst == self.best else f"{show(self.worst)} to {show(self.best)}"


@dataclass(frozen=True, repr=False)
class Alignment(Frozen, Tells):
    """The class of alignment of a mesa-optimizer; true if the mesa-optimizer is robustly aligned.

    ``kind`` is the first of these that fits:

    * "deceptive": `certify_deception` certifies it.
    * "misaligned": some rational plan defects in a training stage.
    * "suboptimality": some plan would defect, but for false beliefs, unawareness or too few options.
    * "proxy" or "resources": some plan defects in another stage or environment. It is "proxy" if it would comply in
      training for its own episode alone, and "resources" if it complies for later gains.
    * "corrigible": with parameters held, it complies everywhere, whatever the base objective is.
    * "internal": with parameters held, it complies everywhere for the base objective as it is.
    * "deterred": it complies everywhere, but would not with parameters held.

    ``reason`` says what shows it. ``scores`` maps each environment to the base score. ``shortfall`` maps "train",
    "elsewhere" (other stages of the training environment) and each other environment to the greatest expected loss of
    base score over all rational plans; ``by_stage`` splits it by stage. ``approximate`` says whether the objectives are
    near, if ``within`` was given.

    Source: Hubinger et al. 2019, sections 3 and 4, in words; the procedure is ours.

    >>> import cidmesa as cm
    >>> corners = cm.load("hubinger2019/two-corners")
    >>> found = cm.alignment(corners.training, corners.specs["deceptive"])
    >>> found.kind, bool(found), found.shortfall["elsewhere"]
    ('deceptive', False, Fraction(3, 1))

    """

    kind: AlignmentKind
    reason: str
    scores: Mapping[str, Score]
    shortfall: Mapping[str, Number]
    by_stage: Mapping[tuple[str, str], Number]
    tolerance: Number = 0
    approximate: Judgement | None = None

    def __bool__(self) -> bool:
        return self.robust

    @property
    def robust(self) -> bool:
        """Whether it complies everywhere: corrigible, internal or deterred."""
        return self.kind in ROBUST

    @property
    def pseudo(self) -> bool:
        """Whether it complies in training but not elsewhere, or not for long."""
        return self.kind in PSEUDO

    @property
    def worst(self) -> str:
        """The environment with the greatest regret."""
        return max(self.scores, key=lambda name: self.scores[name].regret)

    def to_json(self) -> dict[str, Any]:
        """Return kind, reason, shortfall and scores as plain data."""
        scores = {
            name: {"worst": show(s.worst), "best": show(s.best), "possible": show(s.possible), "regret": show(s.regret)}
            for name, s in self.scores.items()
        }
        return {
            "kind": self.kind,
            "robust": self.robust,
            "pseudo": self.pseudo,
            "reason": self.reason,
            "worst": self.worst,
            "scores": scores,
            "shortfall": {name: show(value) for name, value in self.shortfall.items()},
        }

    def to_text(self) -> str:
        """Return kind and reason, with a line for each environment and shortfall."""
        union = "robustly aligned" if self.robust else "pseudo-aligned" if self.pseudo else "not aligned in training"
        lines = [f"{name}: base score {s.range_text} of {show(s.possible)}" for name, s in self.scores.items()]
        short = ", ".join(f"{name} {show(value)}" for name, value in self.shortfall.items())
        found = self.approximate
        near = [] if found is None else [f"{found.concept}: {'yes' if found else 'no'}, {found.reason}"]
        return "\n".join([f"{self.kind} ({union}): {self.reason}", *lines, f"shortfall: {short}", *near])

    def to_html(self) -> str:
        """Return a table of the base scores with a row for each environment."""
        rows = [[name, *map(show, (s.worst, s.best, s.possible, s.regret))] for name, s in self.scores.items()]
        head = ["environment", "worst rational plan", "best rational plan", "possible", "regret"]
        return html_table(head, rows, "lrrrr", f"{self.kind}: {self.reason}")

    def __repr__(self) -> str:
        regret = show(self.scores[self.worst].regret)
        return f"Alignment({self.kind}, worst: {self.worst} with regret {regret}, {len(self.scores)} environments)"


def alignment(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]] | None = None,
    *,
    about: str | None = None,
    truth: object = None,
    tolerance: Number = 0,
    within: float | None = None,
    enlarge: Mapping[str, Sequence[object]] | None = None,
    judge: str | Sequence[str] = "base",
) -> Alignment:
    """Return the class of alignment of a mesa-optimizer, with its base performance in every environment.

    Every rational plan is judged by the base score of each context that it reaches in force. `Alignment` defines the
    classes, which are exclusive; `certify_deception` defines scores and plans.

    Source: Hubinger et al. 2019, sections 3 and 4, in words; the procedure is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        environments: name -> what differs there: parameter values, mechanisms by node. One must be "train"; if left
            out, it is the only one.
        about: the node that holds what the base objective is; if left out, no class is "corrigible".
        truth: the true state of ``about``, known to all.
        tolerance: a loss of base score that still counts as compliance.
        within: the greatest distance of the objectives in training that counts as approximately aligned; if left out,
            the class is not considered.
        enlarge: action -> further options, for the question of suboptimality.
        judge: the score that counts: that of "base" or of another agent, or utilities by name.

    Raises:
        ComposeError: no environment is called "train", or an unknown parameter or node is named.
        NotApplicable: the judge has no utility.

    >>> import cidmesa as cm
    >>> g = cm.cid("Door -> Red; Theta -> A; A -> U_b; Door -> U_b", utilities={"base": ["U_b"]})
    >>> red = cm.table([["L", {"L": "rho", "R": "1 - rho"}], ["R", {"R": "rho", "L": "1 - rho"}]], ["Door"])
    >>> m = cm.model(g.with_link("Red", "A"), Door=cm.uniform("LR"), Red=red, Theta={"mesa": 1, "base": 0},
    ...              A=cm.uniform("LR"), U_b="A == Door", parameters={"rho": 1})
    >>> t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "L"})
    >>> found = alignment(t, cm.MesaSpec(target={1: "A == Red"}, scope="episode"), {"train": {}, "deploy": {"rho": 0}})
    >>> found.kind, found.pseudo, found.shortfall["train"], found.shortfall["deploy"]
    ('proxy', True, Fraction(0, 1), Fraction(1, 1))

    """
    if "train" not in (environments := {"train": {}} if environments is None else environments):
        raise ComposeError(
            "alignment compares environments, one of which must be called 'train': name -> what differs "
            "there, such as {'train': {}, 'deploy': {'p': 0}}. "
            f"Given: {', '.join(environments) or 'none'}."
        )
    known = known_of(training, about, truth)
    case = Judged(training, spec, environments, enlarge or {}, tolerance, judge, known)
    kind, reason = kind_of(case, about)
    scores = {name: _score(case.composed(name)) for name in environments}
    studies = {name: case.study(name) for name in environments}
    by_stage = dict(_by_stage(studies))
    near = None if within is None else _approximate(case.composed("train"), within)
    return Alignment(kind, reason, scores, _totals(studies), by_stage, tolerance, near)


def _by_stage(studies: Mapping[str, Study]) -> Iterator[tuple[tuple[str, str], Number]]:
    """Yield (environment, stage) with the greatest expected loss of base score there."""
    for name, study in studies.items():
        for stage in study.judge.stages:
            yield (name, str(stage)), _loss(study, [stage])


def _totals(studies: Mapping[str, Study]) -> dict[str, Number]:
    """Return the greatest expected loss in training, in that environment's other stages, and in each other one."""
    study = studies["train"]
    stages = study.judge.stages
    found = {
        "train": _loss(study, [s for s in stages if s.training]),
        "elsewhere": _loss(study, [s for s in stages if not s.training]),
    }
    return found | {name: _loss(other) for name, other in studies.items() if name != "train"}


def _loss(study: Study, span: Iterable[Any] | None = None) -> Number:
    stages = study.judge.stages if span is None else tuple(span)
    return max(
        (
            sum((c.probability * c.shortfall for c in study.judge.choices(plan, stages)), start=0)
            for plan in study.plans
        ),
        default=0,
    )


def _score(composition: Composition) -> Score:
    reached = base_scores(composition)
    possible = solve(for_base(composition.objective_twin, composition.training.base_agent)).value
    return Score(min(low for low, _ in reached), max(high for _, high in reached), possible)


def _approximate(composition: Composition, within: float) -> Judgement:
    base, twin = composition.training.base_agent, composition.objective_twin
    wanted = [u for u in twin.cid.utilities if twin.cid.agent(u) != base]
    found = distance_of(twin, wanted, twin.cid.utilities_of(base))
    reason = f"in training the distance of the two objectives is {float(found):.4g}"
    return Judgement("approximate alignment", 0 < float(found) <= within, tuple(wanted), reason, _SOURCE)
