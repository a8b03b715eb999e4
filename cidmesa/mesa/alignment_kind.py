"""The class of alignment of a mesa-optimizer: the first that fits, found by what its rational plans do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from cidmesa.errors import ComposeError, near_miss
from cidmesa.mesa.base import placed
from cidmesa.mesa.compose import compose
from cidmesa.mesa.credit import judged_utilities
from cidmesa.mesa.deceit import study_of
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import as_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.choices import Choice
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Number, State

__all__ = ["KINDS", "PSEUDO", "ROBUST", "AlignmentKind", "Judged", "for_its_episode", "kind_of", "possible_states"]

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
    free = replace(case, spec=replace(case.spec, beliefs={}))
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
