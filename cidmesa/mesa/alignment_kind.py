"""The class of alignment of a mesa-optimizer: the first that fits, found by what its rational plans do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from cidmesa.errors import ComposeError, near_miss
from cidmesa.mesa.compose import compose
from cidmesa.mesa.deceit import study_of
from cidmesa.mesa.plans import MAX_PLANS, Plan, too_many
from cidmesa.mesa.scores import judged_utilities, placed, scored
from cidmesa.mesa.world import one_hot
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import as_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.conduct import Judge
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.scores import Choice
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Number, State

__all__ = [
    "KINDS",
    "PSEUDO",
    "ROBUST",
    "AlignmentKind",
    "Judged",
    "base_scores",
    "completions",
    "expected",
    "for_its_episode",
    "kind_of",
    "possible_states",
]

AlignmentKind: TypeAlias = Literal[
    "deceptive", "misaligned", "suboptimality", "proxy", "resources", "corrigible", "internal", "deterred"
]
KINDS: tuple[AlignmentKind, ...] = get_args(AlignmentKind)
ROBUST: tuple[AlignmentKind, ...] = ("corrigible", "internal", "deterred")
PSEUDO: tuple[AlignmentKind, ...] = ("deceptive", "suboptimality", "proxy", "resources")


@dataclass(frozen=True)
class Judged:
    """What is judged: a process in its environments with a specification, and what is known of the base objective."""

    training: TrainingProcess
    spec: MesaSpec
    environments: Mapping[str, Mapping[str, object]]
    enlarge: Mapping[str, Sequence[object]] = field(default_factory=dict)
    tolerance: Number = 0
    judge: str | Sequence[str] = "base"
    known: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def _composed(self) -> dict[str, Composition]:
        return {}

    def composed(self, name: str) -> Composition:
        """Return the composition in an environment."""
        if name not in self._composed:
            process = placed(self.training, {**self.environments[name], **self.known})
            self._composed[name] = compose(process, self.spec)
        return self._composed[name]

    def study(self, name: str = "train", *, held: bool = False) -> Study:
        """Return the rational plans in an environment; ``held``: with all parameters held."""
        composition = self.composed(name)
        utilities = judged_utilities(composition.training, self.judge)
        return study_of(composition, utilities, composition.optimizers[0], held=held)

    def defection(self, study: Study, *, training: bool | None = None) -> Choice | None:
        """Return a scored choice that some rational plan gets wrong: in training stages, in others, or in any."""
        stages = [s for s in study.judge.stages if training is None or s.training is training]
        found = (c for plan in study.plans for c in study.judge.scored(plan, stages) if c.shortfall > self.tolerance)
        return next(found, None)


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
    known = known_of(training, about, truth)
    return kind_of(Judged(training, spec, environments or {"train": {}}, {}, 0, judge, known), about, study)


def known_of(training: TrainingProcess, about: str | None, truth: object) -> dict[str, dict[State, int]]:
    """Return what is known of the base objective: the state of the node ``about``, where it is given."""
    if about is None and truth is not None:
        raise ComposeError("truth= says what the base objective is; say about= which node that is.")
    if about is None:
        return {}
    training.cid.index(about)
    return {} if truth is None else {about: {training.model.domain(about)[training.model.state(about, truth)]: 1}}


def kind_of(case: Judged, about: str | None, study: Study | None = None) -> tuple[AlignmentKind, str]:
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
        alone = replace(case, spec=for_its_episode(case.spec))
        if alone.defection(alone.study(), training=True) is None:
            return "proxy", f"in {where} {wrong}"
        return "resources", f"in {where} {wrong}; for its own episode alone it would defect in training"
    return _robust_kind(case, about)


def _robust_kind(case: Judged, about: str | None) -> tuple[AlignmentKind, str]:
    states = () if about is None else possible_states(case, about)
    free = replace(case, spec=replace(case.spec, beliefs={})) if case.spec.beliefs else case
    worlds = [replace(free, known={str(about): {state: 1}}) for state in states]
    if len(worlds) > 1 and all(map(_complies, worlds)):
        return "corrigible", f"with parameters held it complies everywhere, whatever {about} is"
    if _complies(free):
        return "internal", "with parameters held it complies everywhere"
    return "deterred", "it complies everywhere, but with parameters held it would not"


def _complies(case: Judged) -> bool:
    """Return whether with parameters held no rational plan defects in any environment."""
    return all(case.defection(case.study(name, held=True)) is None for name in case.environments)


def possible_states(case: Judged, about: str) -> tuple[State, ...]:
    """Return the states of a node that have a positive probability in training."""
    model = placed(case.training, case.environments["train"]).model
    chances = weights(model, [about], undecided="uniform").tolist()
    return tuple(state for state, chance in zip(model.domain(about), chances, strict=True) if chance)


def _with_better_means(case: Judged) -> Choice | None:
    """Return what goes wrong in training once beliefs are corrected, awareness is full and options are enlarged."""
    spec = case.spec
    if not (spec.beliefs or spec.aware == "none" or case.enlarge):
        return None
    better = replace(
        case, training=_enlarged(case.training, case.enlarge), spec=replace(spec, beliefs={}, aware="full")
    )
    return better.defection(better.study(), training=True)


def _elsewhere(case: Judged, study: Study) -> Iterator[tuple[str, Choice]]:
    """Yield a defection in another stage, and one in each other environment where there is one."""
    if wrong := case.defection(study, training=False):
        yield str(wrong.stage), wrong
    for name in case.environments:
        if name != "train" and (wrong := case.defection(case.study(name))):
            yield name, wrong


def for_its_episode(spec: MesaSpec) -> MesaSpec:
    """Return the specification whose objective ends with each episode."""
    return replace(spec, scope="episode", succession="planner" if spec.succession == "game" else spec.succession)


def _enlarged(training: TrainingProcess, enlarge: Mapping[str, Sequence[object]]) -> TrainingProcess:
    for action in enlarge:
        if action not in training.actions:
            raise ComposeError(
                f"enlarge names {action!r}, which is not an action: {', '.join(training.actions)}."
                f"{near_miss(action, training.actions)}"
            )
    domains = {a: (*training.model.domain(a), *map(as_state, more)) for a, more in enlarge.items()}
    return training.with_model(training.model.revised(domains=domains)) if domains else training


def base_scores(composition: Composition, *, in_training: bool = False) -> tuple[tuple[Number, Number], ...]:
    """Return the least and greatest base score of each rational plan of the mesa-optimizer, in the world as it is.

    They differ if a plan has no rule for a context that it did not expect. ``in_training``: count only the utilities
    that training can score.
    """
    model, base = scored(composition, in_training=in_training), composition.training.base_agent
    names = model.cid.utilities_of(base)
    study = study_of(composition, judged_utilities(composition.training, "base"), composition.optimizers[0])
    return tuple(expected(study.judge, plan, names) for plan in study.plans)


def expected(judge: Judge, plan: Plan, utilities: Sequence[str]) -> tuple[Number, Number]:
    """Return the least and greatest expected sum of utilities: where a plan does not decide, any option may follow.

    Both are the same where the plan decides wherever it is reached in force.
    """
    worlds = (completed.followed(judge.world) for completed in completions(judge, plan))
    found = [sum((world.joint([], utility=u).item() for u in utilities), start=0) for world in worlds]
    return min(found), max(found)


def completions(judge: Judge, plan: Plan) -> Iterator[Plan]:
    """Yield the plans that take one option in every context that is reached in force, and decide in all of these.

    Raises:
        TooLarge: more than 5,000 policies.

    """
    loose, world = _loose(judge, plan), judge.world
    if not loose:
        yield plan
        return
    size = prod(world.size(decision) for decision, _ in loose)
    if size > MAX_PLANS:
        raise too_many()
    for picked in product(*(range(world.size(decision)) for decision, _ in loose)):
        rules, settled = ({name: rows.copy() for name, rows in part.items()} for part in (plan.rules, plan.settled))
        for (decision, context), option in zip(loose, picked, strict=True):
            rules[decision][context] = one_hot(world.size(decision), option, world.exact)
            settled[decision][context] = True
        yield Plan(rules, settled)


def _loose(judge: Judge, plan: Plan) -> list[tuple[str, tuple[int, ...]]]:
    """Return the decisions and contexts that are reached in force where the plan does not decide."""
    world, found = judge.followed(plan), []
    for action, decision in judge.decided.items():
        parents, theta = world.nodes[decision].parents, judge.role(action).theta
        keep = tuple(dict.fromkeys([*parents, theta]))
        force = np.asarray(world.joint(keep) * world.along(keep, theta, judge.learner) > 0, dtype=bool)
        reached = np.asarray(force.any(axis=-1)) if theta not in parents else force
        found += [(decision, tuple(context)) for context in np.argwhere(reached & ~plan.settled[decision])]
    return found
