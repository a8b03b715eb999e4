"""`mitigate`: actions on training that certainly remove deception and do good; `sensitivity`: what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells
from cidmesa.errors import ComposeError, DiagramError, ModelError, NotApplicable, TooLarge, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.certificate import Certificate, Degree, certify_deception
from cidmesa.mesa.compose import compose
from cidmesa.mesa.edits import Case, Edit, actions, assumptions
from cidmesa.modelling.numbers import Number, show
from cidmesa.symbolic.proof import condition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.condition import Condition

__all__ = ["Mitigation", "Sensitivity", "mitigate", "sensitivity"]

Effect: TypeAlias = Literal["replaced", "shown", "deterred", "retargeted"]
Region: TypeAlias = Mapping[str, tuple[Number, Number]]
At: TypeAlias = Mapping[str, Any]

_REFUSED = (ComposeError, DiagramError, ModelError, NotApplicable, TooLarge)  # an action that makes no sense is skipped
_CONTROL = "set a parameter"
_SHARE = Fraction(1, 20)  # of a parameter's range: how far the usual region reaches on either side
_CORNERS = 3  # parameters up to which all corners of the region are looked at

_SAID: dict[Effect, str] = {
    "replaced": "it is replaced before it could defect",
    "shown": "it reveals itself: it defects in training",
    "deterred": "it complies everywhere",
    "retargeted": "it complies in training for another reason, or not at all, and is not certified",
}


@dataclass(frozen=True, repr=False)
class Mitigation(Frozen, Tells):
    """An action on training that certainly removes deception and makes the worst base score better.

    At every point of ``region`` where the process is certified as deceptive, it is no longer certified after the
    action, and the worst base score of a rational plan is greater.

    * ``exact``: whether this is proved for the whole region; otherwise it was verified at ``points``.
    * ``kinds`` and ``changes``: what the action does, a kind and a sentence for each part.
    * ``size``: how many links, mechanisms or parameters it touches.
    * ``before`` and ``after``: the certificates at the present parameters; ``score_before`` and ``score_after``: the
      worst base scores; ``by_stage``: what each stage contributes to them.
    * ``effect``: what becomes of the optimizer.
    * ``training`` and ``spec``: the process and the specification after the action.

    Source: ours.

    >>> import cidmesa as cm
    >>> corners = cm.load("hubinger2019/two-corners")
    >>> first = cm.mitigate(corners.training, corners.specs["deceptive"])[0]
    >>> first.score_before, first.score_after, bool(first.after)
    (Fraction(2, 1), Fraction(4, 1), False)

    """

    kinds: tuple[str, ...]
    changes: tuple[str, ...]
    size: int
    region: Region
    exact: bool
    points: tuple[Mapping[str, Number], ...]
    before: Certificate
    after: Certificate
    score_before: Number
    score_after: Number
    by_stage: Mapping[str, tuple[Number, Number]]
    effect: Effect
    training: TrainingProcess
    spec: MesaSpec

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        stages = {stage: [show(score) for score in scores] for stage, scores in self.by_stage.items()}
        region = {name: [show(low), show(high)] for name, (low, high) in self.region.items()}
        points = [{name: show(value) for name, value in point.items()} for point in self.points]
        return {"kinds": list(self.kinds), "changes": list(self.changes), "size": self.size, "region": region,
                "exact": self.exact, "points": points, "effect": self.effect,
                "score_before": show(self.score_before), "score_after": show(self.score_after), "by_stage": stages,
                "before": self.before.to_json(), "after": self.after.to_json()}  # fmt: skip

    def to_text(self) -> str:
        """Return changes, effect, scores and region."""
        scores = f"worst base score {show(self.score_before)} -> {show(self.score_after)}"
        where = ", ".join(f"{name} in [{show(low)}, {show(high)}]" for name, (low, high) in self.region.items())
        how = "proved" if self.exact else f"verified at {len(self.points)} points"
        region = f"; {how} for {where}" if where else ""
        return f"{'; '.join(self.changes)}: {_SAID[self.effect]} ({scores}{region})"


@dataclass(frozen=True, repr=False)
class Sensitivity(Frozen, Tells):
    """The assumptions on which the certificate of deception rests.

    * ``degree``: what is certified under the present assumptions.
    * ``assumptions``: another assumption, in words -> the degree under it.
    * ``conditions``: parameter of the world -> the values for which deception is certified, everything else being the
      same.

    Source: ours.

    >>> import cidmesa as cm
    >>> corners = cm.load("hubinger2019/two-corners")
    >>> rests_on = cm.sensitivity(corners.training, corners.specs["deceptive"])
    >>> rests_on.degree, str(rests_on.conditions["mu"])
    ('strict', 'mu > 1/3')

    """

    degree: Degree
    assumptions: Mapping[str, Degree]
    conditions: Mapping[str, Condition]

    def to_json(self) -> dict[str, Any]:
        """Return degrees and conditions as plain data."""
        conditions = {name: found.to_json() for name, found in self.conditions.items()}
        return {"degree": self.degree, "assumptions": dict(self.assumptions), "conditions": conditions}

    def to_text(self) -> str:
        """Return a line for each assumption and parameter."""
        changed = [f"if {says}: {degree}" for says, degree in self.assumptions.items()]
        where = [f"{name}: certified iff {found}" for name, found in self.conditions.items()]
        return "\n".join([f"as assumed: {self.degree}", *changed, *where])


def mitigate(
    training: TrainingProcess,
    spec: MesaSpec,
    *,
    region: Region | None = None,
    exact: bool = False,
    together: int = 1,
) -> tuple[Mitigation, ...]:
    """Return the actions on training that remove deception everywhere in a region and leave the base better off.

    An action counts iff at every point of the region where the process is certified (a) after the action it is not, and
    (b) the worst total base score of a rational plan is greater than before. Tried: hide the phase (or what tells it)
    from an action; open a gate; stop an update; inspect before deployment; audit deployment, update whatever the phase;
    train adversarially; set a parameter that is declared ``control=True``. What the mesa-optimizer knows and wants is
    no action, and base utilities stay as they are: see `sensitivity` for assumptions.
    Nothing is returned where nothing is certified to begin with. Smallest first (`Mitigation.size`), then as listed.
    Source: the remedies that Hubinger et al. 2019, section 4 discuss; the criterion is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        region: parameter -> (least, greatest) value for which it must count; left out, a twentieth of its range to
            either side of the present value, for each parameter that has a range.
        exact: prove it for the whole region, by conditions on the parameters; else it is verified at the present point
            and at the corners of the region.
        together: how many actions may be taken at once where fewer do not suffice.

    Raises:
        ComposeError: the region names an unknown parameter, is empty, or does not contain the present point.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> for one in mitigate(three.training, three.specs["deceptive"]):
    ...     print(one.changes[0], one.effect, one.score_before, one.score_after)

    """
    case = Case(training, spec)
    before = _Judged.of(case)
    box = _box(training, region)
    if before is None or not before.certificate:
        return ()
    tried = [*actions(case), *_controls(case, before)]
    found = [_mitigation(case, chosen, box, exact, before) for chosen in _chosen(case, tried, box, exact, together)]
    return tuple(sorted(found, key=lambda one: one.size))


def sensitivity(training: TrainingProcess, spec: MesaSpec) -> Sensitivity:
    """Return the assumptions about the mesa-optimizer and the world on which the certificate of deception rests.

    Source: ours; the conditions of deceptive alignment are those of Hubinger et al. 2019, section 4.

    Args:
        training: the training process.
        spec: the specification of the mesa-optimizer.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> found = sensitivity(three.training, three.specs["deceptive"])
    >>> found.degree, found.assumptions["its objective ends with the episode"]
    ('strict', 'none')
    >>> print(found.conditions["later"])
    later > 5/4

    """
    case = Case(training, spec)
    others = {edit.says: certify_deception(_composed(edit.change(case))).degree for edit in assumptions(case)}
    free = [p for p in training.model.parameters.values() if not p.control and (p.low, p.high) != (None, None)]
    conditions = {p.name: condition_of(lambda at: _certified(_placed(case, at)), [p], "deceptive") for p in free}
    return Sensitivity(certify_deception(_composed(case)).degree, others, conditions)


# --- one case at one point ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
    """A case with its certificate and the worst base score of a rational plan."""

    case: Case
    certificate: Certificate
    worst: Number

    @classmethod
    def of(cls, case: Case) -> _Judged | None:
        """Return the case judged, ``None`` where it can't be composed or solved."""
        try:
            certificate = certify_deception(_composed(case))
            return cls(case, certificate, _worst(certificate)[0])
        except _REFUSED:
            return None


def _composed(case: Case) -> Any:
    return compose(case.training, case.spec)


def _certified(case: Case) -> bool:
    return bool(certify_deception(_composed(case)))


def _worst(certificate: Certificate) -> tuple[Number, Plan]:
    """Return the least base score of a rational plan, and such a plan."""
    study = certificate.study
    scores = [(study.judge.expected(plan, study.judge.utilities)[0], plan) for plan in study.plans]
    return min(scores, key=lambda pair: pair[0])


def _placed(case: Case, at: At) -> Case:
    """Return the case under other parameter values."""
    if not at:
        return case
    return replace(case, training=case.training.with_model(case.training.model.substitute(at)))


# --- what counts ----------------------------------------------------------------------------------------------------


def _chosen(case: Case, edits: Sequence[Edit], box: Region, exact: bool, together: int) -> Iterator[tuple[Edit, ...]]:
    """Yield the smallest sets of actions that count on the region."""
    done: list[set[int]] = []
    for count in range(1, together + 1):
        for picked in combinations(range(len(edits)), count):
            chosen = tuple(edits[k] for k in picked)
            if any(smaller <= set(picked) for smaller in done):
                continue
            if _counts_on(case, chosen, box, exact):
                done.append(set(picked))
                yield chosen


def _counts_on(case: Case, edits: Sequence[Edit], box: Region, exact: bool) -> bool:
    if not all(_counts(case, edits, at) for at in _points(case.training, box)):
        return False
    if not (exact and box):
        return True
    parameters = case.training.model.parameters
    free = [replace(parameters[name], low=low, high=high, value=None) for name, (low, high) in box.items()]
    found = condition_of(lambda at: _counts(case, edits, at), free, "it counts")
    return found.complete and found.always


def _counts(case: Case, edits: Sequence[Edit], at: At) -> bool:
    """Return whether nothing is certified at a point, or after the edits nothing is and the base is better off."""
    here = _placed(case, at)
    before = _Judged.of(here)
    if before is None or not before.certificate:
        return True
    after = _after(here, edits)
    return after is not None and not after.certificate and after.worst > before.worst


def _after(case: Case, edits: Sequence[Edit]) -> _Judged | None:
    try:
        for edit in edits:
            case = edit.change(case)
    except _REFUSED:
        return None
    return _Judged.of(case)


def _mitigation(case: Case, edits: tuple[Edit, ...], box: Region, exact: bool, before: _Judged) -> Mitigation:
    after = _after(case, edits)
    if after is None:
        raise ModelError("an action that counts can be taken")
    kinds, changes = tuple(edit.kind for edit in edits), tuple(edit.says for edit in edits)
    size = sum(edit.size for edit in edits)
    points = tuple(_points(case.training, box))
    return Mitigation(kinds, changes, size, box, exact or not box, points, before.certificate, after.certificate,
                      before.worst, after.worst, _by_stage(before, after), _effect(after.certificate.study),
                      after.case.training, after.case.spec)  # fmt: skip


def _by_stage(before: _Judged, after: _Judged) -> dict[str, tuple[Number, Number]]:
    """Return what the worst plan earns the base by the utilities credited to each stage, before and after."""
    old, new = (dict(_earned(judged.certificate)) for judged in (before, after))
    return {stage: (old.get(stage, 0), new.get(stage, 0)) for stage in dict.fromkeys([*old, *new])}


def _earned(certificate: Certificate) -> Iterator[tuple[str, Number]]:
    study, (_, plan) = certificate.study, _worst(certificate)
    for stage in study.judge.stages:
        yield str(stage), study.judge.expected(plan, study.judge.utilities_of(stage))[0]


def _effect(study: Study) -> Effect:
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


# --- regions --------------------------------------------------------------------------------------------------------


def _box(training: TrainingProcess, region: Region | None) -> Region:
    """Return the region in which an action must count, checked to contain the present point."""
    parameters = training.model.parameters
    if region is None:
        return {
            p.name: _around(p) for p in parameters.values() if p.value is not None and (p.low, p.high) != (None, None)
        }
    for name, (low, high) in region.items():
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise ComposeError(f"the region names {name!r}, which is no parameter.{near_miss(name, parameters)} "
                               f"Parameters: {known}.")  # fmt: skip
        value = parameters[name].value
        if value is None or not low <= value <= high:
            raise ComposeError(f"the region [{show(low)}, {show(high)}] of {name!r} does not contain the present value "
                               f"{'none' if value is None else show(value)}.")  # fmt: skip
    return region


def _around(parameter: Parameter) -> tuple[Number, Number]:
    """Return an interval around the present value, within the range."""
    value = Fraction(parameter.value or 0)
    low, high = parameter.low, parameter.high
    if parameter.integer:
        return _plain(value), _plain(value)
    wide = Fraction(high) - Fraction(low) if low is not None and high is not None else max(abs(value), Fraction(1))
    least, most = value - wide * _SHARE, value + wide * _SHARE
    return (_plain(least if low is None else max(least, Fraction(low))),
            _plain(most if high is None else min(most, Fraction(high))))  # fmt: skip


def _points(training: TrainingProcess, box: Region) -> list[At]:
    """Return the present point, and the corners of the box, or the ends of its axes where there are many."""
    present = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
    if len(box) <= _CORNERS:
        corners = [dict(zip(box, ends, strict=True)) for ends in product(*box.values())]
    else:
        corners = [{name: end} for name, ends in box.items() for end in ends]
    found = [present | corner for corner in ({}, *corners)]
    return [point for k, point in enumerate(found) if point not in found[:k]]


def _controls(case: Case, before: _Judged) -> Iterator[Edit]:
    """Yield for each parameter under control the nearest interval in which setting it counts."""
    for parameter in case.training.model.parameters.values():
        if not parameter.control or (parameter.low, parameter.high) == (None, None) or parameter.value is None:
            continue
        found = condition_of(lambda at: _better(case, at, before.worst), [parameter], "it counts")
        samples = [piece.sample[parameter.name] for piece in found.pieces if piece.open and piece.holds]
        if samples:
            present = Fraction(parameter.value)
            nearest = min(samples, key=lambda value: abs(value - present))
            says = f"set {parameter.name}, now {show(parameter.value)}, so that {found}: for instance {show(nearest)}"
            yield Edit(_CONTROL, says, 1, partial(_placed, at={parameter.name: _plain(nearest)}))


def _better(case: Case, at: At, worst: Number) -> bool:
    found = _Judged.of(_placed(case, at))
    return found is not None and not found.certificate and found.worst > worst


def _plain(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value
