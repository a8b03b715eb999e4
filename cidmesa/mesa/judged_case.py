"""A process with a specification, judged: its certificate, its worst plan, and what has become of the optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.errors import ComposeError, DiagramError, ModelError, NotApplicable, TooLarge
from cidmesa.mesa.alignment_kind import expected
from cidmesa.mesa.certificate import certify_deception
from cidmesa.mesa.compose import compose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.mesa.certificate import Certificate
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.edits import Case, Edit
    from cidmesa.mesa.plans import Plan
    from cidmesa.modelling.numbers import Number

__all__ = ["At", "Effect", "JudgedCase", "after_edits", "by_stage", "composed", "effect_of", "placed_at"]

Effect: TypeAlias = Literal["replaced", "shown", "deterred", "retargeted"]
At: TypeAlias = Mapping[str, Any]

_REFUSED = (ComposeError, DiagramError, ModelError, NotApplicable, TooLarge)  # an action that makes no sense is skipped


@dataclass(frozen=True)
class JudgedCase:
    """A case with its certificate and the worst base score of a rational plan."""

    case: Case
    certificate: Certificate
    worst: Number

    @classmethod
    def of(cls, case: Case) -> JudgedCase | None:
        """Return the case judged, ``None`` where it cannot be composed or solved."""
        try:
            certificate = certify_deception(composed(case))
            return cls(case, certificate, worst_plan(certificate)[0])
        except _REFUSED:
            return None


def composed(case: Case) -> Composition:
    """Return the composition of a case."""
    return compose(case.training, case.spec)


def worst_plan(certificate: Certificate) -> tuple[Number, Plan]:
    """Return the least base score of a rational plan, and such a plan."""
    study = certificate.study
    scores = [(expected(study.judge, plan, study.judge.utilities)[0], plan) for plan in study.plans]
    return min(scores, key=lambda pair: pair[0])


def placed_at(case: Case, at: At) -> Case:
    """Return the case under other parameter values."""
    if not at:
        return case
    return replace(case, training=case.training.with_model(case.training.model.substitute(at)))


def after_edits(case: Case, edits: Sequence[Edit]) -> JudgedCase | None:
    """Return the case judged after some edits, ``None`` where these make no sense."""
    try:
        for edit in edits:
            case = edit.change(case)
    except _REFUSED:
        return None
    return JudgedCase.of(case)


def by_stage(before: JudgedCase, after: JudgedCase) -> dict[str, tuple[Number, Number]]:
    """Return what the worst plan earns the base by the utilities credited to each stage, before and after."""
    old, new = (dict(_earned(judged.certificate)) for judged in (before, after))
    return {stage: (old.get(stage, 0), new.get(stage, 0)) for stage in dict.fromkeys([*old, *new])}


def _earned(certificate: Certificate) -> Iterator[tuple[str, Number]]:
    study, (_, plan) = certificate.study, worst_plan(certificate)
    for stage in study.judge.stages:
        yield str(stage), expected(study.judge, plan, study.judge.utilities_of(stage))[0]


def effect_of(study: Study) -> Effect:
    """Return what has become of the optimizer."""
    judge = study.judge
    training = [stage for stage in judge.stages if stage.training]
    later = [stage for stage in judge.stages if not stage.training]
    if any(judge.defects(plan, training) for plan in study.plans):
        return "shown"
    if not any(judge.choices(plan, later) for plan in study.plans):
        return "replaced"
    if not any(judge.defects(plan, judge.stages) for plan in study.plans):
        return "deterred"
    return "retargeted"
