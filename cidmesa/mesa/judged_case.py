"""What mitigation judges: a process with a specification, and the ranges of parameters in which an action counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.errors import ComposeError, DiagramError, ModelError, NotApplicable, TooLarge, near_miss
from cidmesa.mesa.alignment_kind import expected
from cidmesa.mesa.certificate import certify_deception
from cidmesa.mesa.compose import compose
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.mesa.certificate import Certificate
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.edits import Case, Edit
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.parameter import Parameter

__all__ = [
    "At",
    "Effect",
    "JudgedCase",
    "Region",
    "after_edits",
    "box_of",
    "by_stage",
    "composed",
    "effect_of",
    "placed_at",
    "plain",
    "points_of",
]


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


Region: TypeAlias = Mapping[str, tuple[Number, Number]]

_SHARE = Fraction(1, 20)  # of a parameter's range: how far the usual region reaches on either side
_CORNERS = 3  # parameters up to which all corners of the region are looked at


def box_of(training: TrainingProcess, region: Region | None) -> Region:
    """Return the region in which an action must count, checked to contain the present point."""
    parameters = training.model.parameters
    if region is None:
        return {
            p.name: _around(p) for p in parameters.values() if p.value is not None and (p.low, p.high) != (None, None)
        }
    for name, (low, high) in region.items():
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise ComposeError(
                f"the region names {name!r}, which is not a parameter.{near_miss(name, parameters)} Known: {known}."
            )
        value = parameters[name].value
        if value is None or not low <= value <= high:
            raise ComposeError(
                f"the region [{show(low)}, {show(high)}] of {name!r} does not contain the present value "
                f"{'none' if value is None else show(value)}."
            )
    return region


def _around(parameter: Parameter) -> tuple[Number, Number]:
    """Return an interval around the present value, within the range."""
    value = Fraction(parameter.value or 0)
    low, high = parameter.low, parameter.high
    if parameter.integer:
        return plain(value), plain(value)
    wide = Fraction(high) - Fraction(low) if low is not None and high is not None else max(abs(value), Fraction(1))
    least, most = value - wide * _SHARE, value + wide * _SHARE
    return (
        plain(least if low is None else max(least, Fraction(low))),
        plain(most if high is None else min(most, Fraction(high))),
    )


def points_of(training: TrainingProcess, box: Region) -> list[Mapping[str, Any]]:
    """Return the present point, and the corners of the box, or the ends of its axes where there are many."""
    present = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
    if len(box) <= _CORNERS:
        corners = [dict(zip(box, ends, strict=True)) for ends in product(*box.values())]
    else:
        corners = [{name: end} for name, ends in box.items() for end in ends]
    found = [present | corner for corner in ({}, *corners)]
    return [point for k, point in enumerate(found) if point not in found[:k]]


def plain(value: Fraction) -> Number:
    """Return a whole number as an int."""
    return value.numerator if value.denominator == 1 else value
