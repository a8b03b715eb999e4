"""`mitigate`: changes to training that certainly remove deception; `sensitivity`: the assumptions behind deception."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import ModelError
from cidmesa.frozen import Frozen
from cidmesa.mesa.certificate import certify_deception
from cidmesa.mesa.edits import Case, Edit, actions, assumptions
from cidmesa.mesa.judged_case import (
    JudgedCase,
    after_edits,
    box_of,
    by_stage,
    composed,
    effect_of,
    placed_at,
    plain,
    points_of,
)
from cidmesa.minimal_sets import minimal_sets
from cidmesa.modelling.numbers import show
from cidmesa.symbolic.proof import condition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.certificate import Certificate, Degree
    from cidmesa.mesa.judged_case import At, Effect, Region
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Number
    from cidmesa.symbolic.condition import Condition

__all__ = ["Mitigation", "Sensitivity", "mitigate", "sensitivity"]

_CONTROL = "set a parameter"

_SAID: dict[Effect, str] = {
    "replaced": "it is replaced before it could defect",
    "shown": "it reveals itself: it defects in training",
    "deterred": "it complies everywhere",
    "retargeted": "it complies in training for another reason, or not at all, and is not certified",
}


@dataclass(frozen=True, repr=False)
class Mitigation(Frozen, Tells):
    """A change to training that certainly removes deception and improves the worst base score.

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
        return {
            "kinds": list(self.kinds),
            "changes": list(self.changes),
            "size": self.size,
            "region": region,
            "exact": self.exact,
            "points": points,
            "effect": self.effect,
            "score_before": show(self.score_before),
            "score_after": show(self.score_after),
            "by_stage": stages,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }

    def to_text(self) -> str:
        """Return the changes, their effect, the scores and the region."""
        scores = f"worst base score {show(self.score_before)} -> {show(self.score_after)}"
        where = ", ".join(f"{name} in [{show(low)}, {show(high)}]" for name, (low, high) in self.region.items())
        how = "proved" if self.exact else f"verified at {len(self.points)} points"
        region = f"; {how} for {where}" if where else ""
        return f"{'; '.join(self.changes)}: {_SAID[self.effect]} ({scores}{region})"


@dataclass(frozen=True, repr=False)
class Sensitivity(Frozen, Tells):
    """The assumptions on which the certificate of deception depends.

    * ``degree``: what is certified under the present assumptions.
    * ``assumptions``: another assumption, in words -> the degree under it.
    * ``conditions``: parameter of the world -> the values for which deception is certified, everything else equal.

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
        """Return one line for each assumption and parameter."""
        changed = [f"if {says}: {degree}" for says, degree in self.assumptions.items()]
        where = [f"{name}: certified {_for_which(found)}" for name, found in self.conditions.items()]
        return "\n".join([f"as assumed: {self.degree}", *changed, *where])


def _for_which(found: Condition) -> str:
    """Return for which values a condition holds, as the end of a sentence."""
    return "for all values in range" if found.always else "for no value in range" if found.never else f"iff {found}"


def mitigate(
    training: TrainingProcess,
    spec: MesaSpec,
    *,
    region: Region | None = None,
    exact: bool = False,
    together: int = 1,
) -> tuple[Mitigation, ...]:
    """Return the changes to training that remove deception everywhere in a region and improve the base score.

    A change counts iff, at every point of the region where the process is certified, (a) it is no longer certified
    after the change and (b) the worst total base score of a rational plan is greater than before. These changes are
    tried: hide the phase (or what reveals it) from an action; open a gate; stop an update; inspect before deployment;
    audit deployment; update in every phase; train adversarially; set a parameter declared with ``control=True``. The
    mesa-optimizer's knowledge and objective cannot be changed, nor can base utilities; see `sensitivity` for
    assumptions. Nothing is returned if deception is not certified to begin with. The smallest changes come first
    (`Mitigation.size`), then the order above.
    Source: the remedies that Hubinger et al. 2019, section 4 discuss; the criterion is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        region: parameter -> (least, greatest) value for which the answer must hold. If left out, a twentieth of its
            range to either side of the present value, for each parameter that has a range.
        exact: whether to prove the answer for the whole region by conditions on the parameters; otherwise it is
            verified at the present point and at the corners of the region.
        together: how many actions may be combined if fewer do not suffice.

    Raises:
        ComposeError: the region names an unknown parameter, is empty, or does not contain the present point.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> for one in mitigate(three.training, three.specs["deceptive"]):
    ...     print(one.changes[0], one.effect, one.score_before, one.score_after)

    """
    case = Case(training, spec)
    before = JudgedCase.of(case)
    box = box_of(training, region)
    if before is None or not before.certificate:
        return ()
    search = _Search(case, box, exact)
    tried = [*actions(case), *_controls(case, before)]
    found = [_mitigation(case, chosen, box, exact, before) for chosen in search.chosen(tried, together)]
    return tuple(sorted(found, key=lambda one: one.size))


def sensitivity(training: TrainingProcess, spec: MesaSpec) -> Sensitivity:
    """Return the assumptions about mesa-optimizer and world on which the certificate of deception depends.

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
    others = {edit.says: certify_deception(composed(edit.change(case))).degree for edit in assumptions(case)}
    free = [p for p in training.model.parameters.values() if not p.control and (p.low, p.high) != (None, None)]
    conditions = {p.name: condition_of(lambda at: _certified(placed_at(case, at)), [p], "deceptive") for p in free}
    return Sensitivity(certify_deception(composed(case)).degree, others, conditions)


def _certified(case: Case) -> bool:
    return bool(certify_deception(composed(case)))


# --- what counts ----------------------------------------------------------------------------------------------------


@dataclass
class _Search:
    """Looks for actions that count on a region; what holds at a point without any is worked out once."""

    case: Case
    box: Region
    exact: bool
    before: list[tuple[At, JudgedCase | None]] = field(default_factory=list)

    def chosen(self, edits: Sequence[Edit], together: int) -> Iterator[tuple[Edit, ...]]:
        """Yield the minimal sets of actions that count on the region."""
        return minimal_sets(edits, self._counts_everywhere, together)

    def _counts_everywhere(self, edits: Sequence[Edit]) -> bool:
        if not all(self._counts(edits, placed_at(self.case, at), self._before(at)) for at in self._points):
            return False
        if not (self.exact and self.box):
            return True
        parameters = self.case.training.model.parameters
        free = [replace(parameters[name], low=low, high=high, value=None) for name, (low, high) in self.box.items()]
        found = condition_of(lambda at: self._counts_at(edits, at), free, "it counts")
        return found.complete and found.always

    @cached_property
    def _points(self) -> list[At]:
        return points_of(self.case.training, self.box)

    def _before(self, at: At) -> JudgedCase | None:
        if not any(at is point for point, _ in self.before):
            self.before.append((at, JudgedCase.of(placed_at(self.case, at))))
        return next(judged for point, judged in self.before if point is at)

    def _counts_at(self, edits: Sequence[Edit], at: At) -> bool:
        here = placed_at(self.case, at)
        return self._counts(edits, here, JudgedCase.of(here))

    def _counts(self, edits: Sequence[Edit], here: Case, before: JudgedCase | None) -> bool:
        """Return whether nothing is certified before, or after the edits nothing is and the base is better off."""
        if before is None or not before.certificate:
            return True
        after = after_edits(here, edits)
        return after is not None and not after.certificate and after.worst > before.worst


def _mitigation(case: Case, edits: tuple[Edit, ...], box: Region, exact: bool, before: JudgedCase) -> Mitigation:
    after = after_edits(case, edits)
    if after is None:
        raise ModelError("an action that counts can be taken")
    kinds, changes = tuple(edit.kind for edit in edits), tuple(edit.says for edit in edits)
    size = sum(edit.size for edit in edits)
    points = tuple(points_of(case.training, box))
    return Mitigation(
        kinds,
        changes,
        size,
        box,
        exact or not box,
        points,
        before.certificate,
        after.certificate,
        before.worst,
        after.worst,
        by_stage(before, after),
        effect_of(after.certificate.study),
        after.case.training,
        after.case.spec,
    )


def _controls(case: Case, before: JudgedCase) -> Iterator[Edit]:
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
            yield Edit(_CONTROL, says, 1, partial(placed_at, at={parameter.name: plain(nearest)}))


def _better(case: Case, at: At, worst: Number) -> bool:
    found = JudgedCase.of(placed_at(case, at))
    return found is not None and not found.certificate and found.worst > worst
