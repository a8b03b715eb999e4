"""Alignment: one total classification of mesa-optimizers, by what their rational plans do in and out of training."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from cidmesa.criteria.concepts import admits_ici, admits_ri
from cidmesa.display import Tells, html_table
from cidmesa.errors import ComposeError, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.base import base_scores, for_base, placed
from cidmesa.mesa.compose import compose
from cidmesa.mesa.conduct import judged_utilities
from cidmesa.mesa.deceit import Study
from cidmesa.mesa.distance import distance_of
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Number, as_state, show
from cidmesa.solving.optimal.solution import solve
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.conduct import Choice
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import State

__all__ = [
    "KINDS",
    "PSEUDO",
    "ROBUST",
    "Alignment",
    "Discrimination",
    "Score",
    "alignment",
    "classified",
    "discriminate",
]

AlignmentKind: TypeAlias = Literal[
    "deceptive", "misaligned", "suboptimality", "proxy", "resources", "corrigible", "internal", "deterred"
]
KINDS: tuple[AlignmentKind, ...] = get_args(AlignmentKind)
ROBUST: tuple[AlignmentKind, ...] = ("corrigible", "internal", "deterred")
PSEUDO: tuple[AlignmentKind, ...] = ("deceptive", "suboptimality", "proxy", "resources")

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
    * "suboptimality": some plan would, were it not for false beliefs, unawareness or too few options.
    * "proxy" or "resources": some plan defects elsewhere, that is in another stage or environment. It is "proxy" if
      it would comply in training for its own episode alone, and "resources" if it complies for what compliance earns
      later.
    * "corrigible": with parameters held, it complies everywhere, whatever the base objective is.
    * "internal": the same holds for the base objective as it is.
    * "deterred": it complies everywhere, but would not with parameters held.

    ``reason`` says what shows it. ``scores`` maps each environment to the base score. ``shortfall`` maps "train",
    "elsewhere" (other stages of the training environment) and each other environment to the greatest expected loss of
    base score over all rational plans; ``by_stage`` splits it by stage. ``approximate`` says whether the objectives
    are near, if you asked.

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
        """Whether it complies in training and not elsewhere, or would not for long."""
        return self.kind in PSEUDO

    @property
    def worst(self) -> str:
        """The environment of greatest regret."""
        return max(self.scores, key=lambda name: self.scores[name].regret)

    def to_json(self) -> dict[str, Any]:
        """Return kind, reason, shortfall and scores as plain data."""
        scores = {name: {"worst": show(s.worst), "best": show(s.best), "possible": show(s.possible),
                         "regret": show(s.regret)} for name, s in self.scores.items()}  # fmt: skip
        return {"kind": self.kind, "robust": self.robust, "pseudo": self.pseudo, "reason": self.reason,
                "worst": self.worst, "scores": scores,
                "shortfall": {name: show(value) for name, value in self.shortfall.items()}}  # fmt: skip

    def to_text(self) -> str:
        """Return kind and reason, and a line for each environment and shortfall."""
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


@dataclass(frozen=True)
class _Case:
    """What is judged: a process in its environments with a specification, and what is known of the base objective."""

    training: TrainingProcess
    spec: MesaSpec
    environments: Mapping[str, Mapping[str, object]]
    enlarge: Mapping[str, Sequence[object]] = field(default_factory=dict)
    tolerance: Number = 0
    judge: str | Sequence[str] = "base"
    known: Mapping[str, object] = field(default_factory=dict)

    def composed(self, name: str) -> Composition:
        """Return the composition in an environment."""
        return compose(placed(self.training, {**self.environments[name], **self.known}), self.spec)

    def study(self, name: str = "train", *, held: bool = False) -> Study:
        """Return the rational plans in an environment; ``held``: with all parameters held."""
        composition = self.composed(name)
        utilities = judged_utilities(composition.training, self.judge)
        return Study(composition, utilities, composition.optimizers[0], held=held)

    def defection(self, study: Study, *, training: bool | None = None) -> Choice | None:
        """Return a scored choice that some rational plan gets wrong: in training stages, in others, or in any."""
        stages = [s for s in study.judge.stages if training is None or s.training is training]
        found = (c for plan in study.plans for c in study.judge.scored(plan, stages) if c.shortfall > self.tolerance)
        return next(found, None)


def _kind(case: _Case, about: str | None, study: Study | None = None) -> tuple[AlignmentKind, str]:
    """Return the class of a mesa-optimizer and what shows it: the first that fits."""
    study = study or case.study()
    if study.every_plan_deceives:
        return "deceptive", "every rational plan complies because of a threat and defects later"
    if wrong := case.defection(study, training=True):
        return "misaligned", f"in training {wrong}"
    if wrong := _with_better_means(case):
        return "suboptimality", f"with its beliefs corrected and its options enlarged, in training {wrong}"
    if elsewhere := next(_elsewhere(case, study), None):
        where, wrong = elsewhere
        alone = replace(case, spec=_per_episode(case.spec))
        if alone.defection(alone.study(), training=True) is None:
            return "proxy", f"in {where} {wrong}"
        return "resources", f"in {where} {wrong}; for its own episode alone it would defect in training"
    return _robust_kind(case, about)


def _robust_kind(case: _Case, about: str | None) -> tuple[AlignmentKind, str]:
    states = () if about is None else _possible(case, about)
    free = replace(case, spec=replace(case.spec, beliefs={}))
    worlds = [replace(free, known={str(about): {state: 1}}) for state in states]
    if len(worlds) > 1 and all(map(_complies, worlds)):
        return "corrigible", f"with parameters held it complies everywhere, whatever {about} is"
    if _complies(free):
        return "internal", "with parameters held it complies everywhere"
    return "deterred", "it complies everywhere, but with parameters held it would not"


def _complies(case: _Case) -> bool:
    """Return whether with parameters held no rational plan defects in any environment."""
    return all(case.defection(case.study(name, held=True)) is None for name in case.environments)


def _possible(case: _Case, about: str) -> tuple[State, ...]:
    """Return the states of a node that have a positive probability in training."""
    model = placed(case.training, case.environments["train"]).model
    chances = weights(model, [about], undecided="uniform").tolist()
    return tuple(state for state, chance in zip(model.domain(about), chances, strict=True) if chance)


def _with_better_means(case: _Case) -> Choice | None:
    """Return what goes wrong in training once beliefs are corrected, awareness is full and options are enlarged."""
    spec = case.spec
    if not (spec.beliefs or spec.aware == "none" or case.enlarge):
        return None
    better = replace(
        case, training=_enlarged(case.training, case.enlarge), spec=replace(spec, beliefs={}, aware="full")
    )
    return better.defection(better.study(), training=True)


def _elsewhere(case: _Case, study: Study) -> Iterator[tuple[str, Choice]]:
    """Yield a defection in another stage, and one in each other environment where there is one."""
    if wrong := case.defection(study, training=False):
        yield str(wrong.stage), wrong
    for name in case.environments:
        if name != "train" and (wrong := case.defection(case.study(name))):
            yield name, wrong


def _per_episode(spec: MesaSpec) -> MesaSpec:
    return replace(spec, scope="episode", succession="planner" if spec.succession == "game" else spec.succession)


def _enlarged(training: TrainingProcess, enlarge: Mapping[str, Sequence[object]]) -> TrainingProcess:
    for action in enlarge:
        if action not in training.actions:
            raise ComposeError(f"enlarge names {action!r}, which is not an action: {', '.join(training.actions)}."
                               f"{near_miss(action, training.actions)}")  # fmt: skip
    domains = {a: (*training.model.domain(a), *map(as_state, more)) for a, more in enlarge.items()}
    return training.with_model(training.model.revised(domains=domains)) if domains else training


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

    Every rational plan is judged by the base score of each context that it reaches in force; see `Alignment` for the
    classes, which are exclusive, and `certify_deception` for score and plans.

    Source: Hubinger et al. 2019, sections 3 and 4, in words; the procedure is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        environments: name -> what differs there: parameter values, mechanisms by node. One must be "train"; left out,
            it is the only one.
        about: the node that says what the base objective is; without it no class is "corrigible".
        truth: the state of ``about`` that holds, known to all.
        tolerance: a loss of base score that still counts as compliance.
        within: distance of the objectives in training that counts as approximately aligned; left out, it is not asked.
        enlarge: action -> further options, for the question of suboptimality.
        judge: whose score counts: "base", an agent, or utilities by name.

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
        raise ComposeError("alignment compares environments, one of which must be called 'train': name -> what differs "
                           "there, such as {'train': {}, 'deploy': {'p': 0}}. "
                           f"Given: {', '.join(environments) or 'none'}.")  # fmt: skip
    known = _known(training, about, truth)
    case = _Case(training, spec, environments, enlarge or {}, tolerance, judge, known)
    kind, reason = _kind(case, about)
    scores = {name: _score(case.composed(name)) for name in environments}
    studies = {name: case.study(name) for name in environments}
    by_stage = dict(_by_stage(studies))
    near = None if within is None else _approximate(case.composed("train"), within)
    return Alignment(kind, reason, scores, _totals(studies), by_stage, tolerance, near)


def classified(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]] | None = None,
    *,
    about: str | None = None,
    truth: object = None,
    judge: str | Sequence[str] = "base",
    study: Study | None = None,
) -> tuple[AlignmentKind, str]:
    """Return the class of alignment and what shows it, as `alignment` has them, without base performance.

    ``study``: of the composition in training, where it is known.
    """
    known = _known(training, about, truth)
    return _kind(_Case(training, spec, environments or {"train": {}}, {}, 0, judge, known), about, study)


def _known(training: TrainingProcess, about: str | None, truth: object) -> dict[str, dict[State, int]]:
    if about is None and truth is not None:
        raise ComposeError("truth= says what the base objective is; say about= which node that is.")
    if about is None:
        return {}
    training.cid.index(about)
    return {} if truth is None else {about: {training.model.domain(about)[training.model.state(about, truth)]: 1}}


def _by_stage(studies: Mapping[str, Study]) -> Iterator[tuple[tuple[str, str], Number]]:
    """Yield (environment, stage) with the greatest expected loss of base score there."""
    for name, study in studies.items():
        for stage in study.judge.stages:
            yield (name, str(stage)), _loss(study, [stage])


def _totals(studies: Mapping[str, Study]) -> dict[str, Number]:
    """Return the greatest expected loss in training, in that environment's other stages, and in each other one."""
    study = studies["train"]
    stages = study.judge.stages
    found = {"train": _loss(study, [s for s in stages if s.training]),
             "elsewhere": _loss(study, [s for s in stages if not s.training])}  # fmt: skip
    return found | {name: _loss(other) for name, other in studies.items() if name != "train"}


def _loss(study: Study, span: Iterable[Any] | None = None) -> Number:
    stages = study.judge.stages if span is None else tuple(span)
    return max((sum((c.probability * c.shortfall for c in study.judge.choices(plan, stages)), start=0)
                for plan in study.plans), default=0)  # fmt: skip


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


# --- what tells internal, corrigible and deceptive alignment apart --------------------------------------------------


@dataclass(frozen=True, repr=False)
class Discrimination(Frozen, Tells):
    """The class of alignment for each base objective that a node may name, and what the diagrams admit.

    * ``kinds``: state -> class, as `alignment` gives it where that state is known to all; ``kind`` if it is the same
      for all.
    * ``table``: "updates", "severed" and "episode" -> whether some decision admits a response incentive on the node,
      and whether some decision admits an incentive to control later parameters.

    If two states call for different acts, a response incentive that survives severed updates is necessary for
    "corrigible". It is not sufficient.

    Source: Hubinger et al. 2019, section 4, in words; the procedure is ours.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> cm.discriminate(three.training, three.specs["corrigible"], "B").kinds
    {'a': 'corrigible', 'b': 'corrigible'}

    """

    about: str
    kinds: Mapping[State, AlignmentKind]
    reasons: Mapping[State, str]
    table: Mapping[str, tuple[bool, bool]]

    @property
    def kind(self) -> AlignmentKind | Literal["depends"]:
        """The class, or "depends" where it is not the same in every state."""
        found = set(self.kinds.values())
        return next(iter(found)) if len(found) == 1 else "depends"

    @property
    def reason(self) -> str:
        """What shows the class, for each state."""
        return "; ".join(f"{self.about} = {show(state)}: {reason}" for state, reason in self.reasons.items())

    def to_json(self) -> dict[str, Any]:
        """Return kinds, table and reasons as plain data."""
        rows = {name: {"ri": ri, "ici": ici} for name, (ri, ici) in self.table.items()}
        kinds = {show(state): kind for state, kind in self.kinds.items()}
        return {"kind": self.kind, "kinds": kinds, "table": rows, "reason": self.reason}

    def to_text(self) -> str:
        """Return a line for each state, and the table."""
        lines = [f"{kind}: {self.about} = {show(state)}: {self.reasons[state]}" for state, kind in self.kinds.items()]
        rows = [f"  {name}: responds {'yes' if ri else 'no'}, controls parameters {'yes' if ici else 'no'}"
                for name, (ri, ici) in self.table.items()]  # fmt: skip
        return "\n".join([*lines, *rows])


def discriminate(training: TrainingProcess, spec: MesaSpec, about: str, truth: object = None) -> Discrimination:
    """Return the class of alignment for each base objective that ``about`` may say, or for ``truth`` alone.

    The classes are those of `alignment`. The table also says what the diagram admits: with the objective across updates
    an internally, corrigibly or deceptively aligned agent may all respond to the node and guard their parameters; with
    severed updates or per-episode scope none guards them.
    Source: Hubinger et al. 2019, section 4.4 in words; the procedure is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        about: the chance node that says what the base objective is.
        truth: the state of ``about`` in which to judge; left out, each that is possible.

    Raises:
        UnknownNode: there is no such node.
        ModelError: ``truth`` is no state of it.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> [discriminate(three.training, three.specs[name], "B", truth="a").kind
    ...  for name in ("internal", "corrigible", "deceptive")]
    ['internal', 'corrigible', 'deceptive']

    """
    case = _Case(training, spec, {"train": {}})
    training.cid.index(about)
    states = (
        _possible(case, about) if truth is None else (training.model.domain(about)[training.model.state(about, truth)],)
    )
    found = {state: _kind(replace(case, known={about: {state: 1}}), about) for state in states}
    cases = {"updates": spec, "severed": replace(spec, succession="same"), "episode": _per_episode(spec)}
    table = {name: _diagram(compose(training, one), about) for name, one in cases.items()}
    return Discrimination(about, {s: kind for s, (kind, _) in found.items()}, {s: why for s, (_, why) in found.items()},
                          table)  # fmt: skip


def _diagram(composition: Composition, about: str) -> tuple[bool, bool]:
    """Return whether some decision admits a response incentive on the node, and one to control later parameters."""
    cid = composition.cid
    later = [theta for theta in composition.training.thetas if theta in cid]
    responds = about in cid and any(admits_ri(cid, decision, about) for decision in cid.decisions)
    guards = any(admits_ici(cid, decision, theta) for decision in cid.decisions for theta in later)
    return responds, guards
