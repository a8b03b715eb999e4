"""`mitigate`: the smallest edits after which the certificate of deception no longer holds, each verified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import ComposeError, DiagramError, ModelError, NotApplicable, TooLarge
from cidmesa.mesa.base import base_scores
from cidmesa.mesa.compose import compose
from cidmesa.mesa.deception import Certificate, certify_deception
from cidmesa.mesa.edits import Case, Edit, candidates
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Mitigation", "mitigate"]

_REFUSED = (ComposeError, DiagramError, ModelError, NotApplicable, TooLarge)  # an edit that makes no sense is skipped
_PARAMETER = "change a parameter"
_HALVINGS = 4
_FURTHEST = 64
_EFFECTS = {
    "comply": "it shows itself: it no longer does in training what scores best in every case",
    "myopic_would_defect": "it would comply for the present episode alone",
    "because_of_update": "its compliance does not hang on what is done to its parameters",
    "defects_later": "it no longer defects in deployment",
}


@dataclass(frozen=True, repr=False)
class Mitigation(Tells):
    """An edit after which the certificate of deception does not hold, verified by composing and certifying again.

    ``kinds`` and ``changes``: what was edited, a kind and a sentence for each edit. ``size``: how many links,
    mechanisms, assumptions or parameters were touched. ``before`` and ``after``: the certificates. ``score_before`` and
    ``score_after``: the worst base score of an optimal policy. ``training`` and ``spec``: the edited case.
    """

    kinds: tuple[str, ...]
    changes: tuple[str, ...]
    size: int
    before: Certificate
    after: Certificate
    score_before: Number
    score_after: Number
    training: TrainingProcess
    spec: MesaSpec

    @property
    def effect(self) -> str:
        """What has become of it, by the first part of the certificate that fails: removing deception aligns nobody."""
        return _EFFECTS[next(part.name for part in self.after.parts if not part)]

    def to_json(self) -> dict[str, Any]:
        """Return kinds, changes, size, effect, scores and certificates as plain data."""
        return {"kinds": list(self.kinds), "changes": list(self.changes), "size": self.size, "effect": self.effect,
                "score_before": show(self.score_before), "score_after": show(self.score_after),
                "before": self.before.to_json(), "after": self.after.to_json()}  # fmt: skip

    def to_text(self) -> str:
        """Return changes, effect and the base score before and after."""
        scores = f"base score {show(self.score_before)} -> {show(self.score_after)}"
        return f"{'; '.join(self.changes)}: {self.effect} ({scores})"


def mitigate(training: TrainingProcess, spec: MesaSpec, *, together: int = 1) -> tuple[Mitigation, ...]:
    """Return edits of the process, or of what the mesa-optimizer knows and wants, that remove the certificate.

    Tried: hide the phase (or what tells it) from an action; cut the visibility of the update channel (``aware``);
    shorten the objective's scope; open a gate; stop an update; add transparency (before deployment the mesa-optimizer
    is found, whatever it did, and replaced); randomise evaluation (audits in deployment too, updates whatever the
    phase); lower or raise a parameter, to the nearest value found. Each is verified by composing and certifying the
    edited case, and only what passes is returned, smallest first (`Mitigation.size`), ties in the order above.
    There is nothing to remove, so nothing is returned, where the certificate does not hold to begin with.
    An agent that is no longer deceptive need not be aligned: see `Mitigation.effect` and the base scores.
    A parameter is followed to the end of its range, or to 64 times its value where it has none.
    Source: the remedies that Hubinger et al. 2019, section 4 discuss; the search is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        together: how many edits may be made at once where fewer do not suffice (parameters: one alone).

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> found = mitigate(three.training, three.specs["deceptive"])
    >>> for one in found:
    ...     print(one.changes[0])
    keep from it that it is trained: it takes its parameters to be unchangeable
    shorten its objective to the present episode
    do not update Theta2: it is Theta1 unchanged
    inspect Theta2 before deployment: the mesa-optimizer is found and replaced by base
    lower later from 3 to 5/4
    lower accuracy from 9/10 to 2/3
    >>> found[0].effect
    'it shows itself: it no longer does in training what scores best in every case'

    """
    case = Case(training, spec)
    composition = compose(training, spec)
    before = certify_deception(composition)
    if not before:
        return ()
    score = min(base_scores(composition))
    edits = [*candidates(case), *_parameters(case)]
    found = [_mitigation(*chosen, before, score) for chosen in _chosen(case, edits, together)]
    return tuple(sorted(found, key=lambda one: one.size))


def _chosen(
    case: Case, edits: list[Edit], together: int
) -> Iterator[tuple[tuple[Edit, ...], Composition, Certificate]]:
    """Yield the smallest sets of edits after which nothing is certified, with what was composed and found."""
    done: list[set[int]] = []
    for count in range(1, together + 1):
        for picked in combinations(range(len(edits)), count):
            chosen = tuple(edits[k] for k in picked)
            if any(smaller <= set(picked) for smaller in done) or not _combine(chosen):
                continue
            result = _certified(lambda edits=chosen: _edited(case, edits))  # type: ignore[misc]
            if result is not None and not result[1]:
                done.append(set(picked))
                yield chosen, *result


def _combine(edits: tuple[Edit, ...]) -> bool:
    return len(edits) == 1 or not any(edit.kind == _PARAMETER for edit in edits)


def _edited(case: Case, edits: tuple[Edit, ...]) -> Case:
    for edit in edits:
        case = edit.change(case)
    return case


def _certified(edited: Callable[[], Case]) -> tuple[Composition, Certificate] | None:
    """Return what the edited case composes to and its certificate, ``None`` where it can't be made or solved."""
    try:
        case = edited()
        composition = compose(case.training, case.spec)
        return composition, certify_deception(composition)
    except _REFUSED:
        return None


def _mitigation(
    edits: tuple[Edit, ...], composition: Composition, after: Certificate, before: Certificate, score: Number
) -> Mitigation:
    kinds, changes = tuple(edit.kind for edit in edits), tuple(edit.says for edit in edits)
    size, scored = sum(edit.size for edit in edits), min(base_scores(composition))
    return Mitigation(kinds, changes, size, before, after, score, scored, composition.training, composition.spec)


# --- parameters ---------------------------------------------------------------------------------------------------


def _parameters(case: Case) -> Iterator[Edit]:
    """Yield for each parameter the nearest lower and higher value found at which nothing is certified."""
    for parameter in case.training.model.parameters.values():
        start = 0 if parameter.value is None else parameter.value
        for end in _ends(parameter, start):
            value = _threshold(partial(_holds, case, parameter.name), Fraction(start), Fraction(end))
            if value is not None:
                way = "lower" if value < start else "raise"
                says = f"{way} {parameter.name} from {show(start)} to {show(value)}"
                yield Edit(_PARAMETER, says, 1, partial(_set, parameter.name, value))


def _holds(case: Case, name: str, value: Number) -> bool | None:
    result = _certified(lambda: _set(name, value, case))
    return None if result is None else bool(result[1])


def _set(name: str, value: Number, case: Case) -> Case:
    return replace(case, training=case.training.with_model(case.training.model.substitute({name: value})))


def _ends(parameter: Parameter, value: Number) -> list[Number]:
    """Return the ends of the range on both sides of the value, far values where there is no end."""
    far = _FURTHEST * (max(value, 1) if value >= 0 else -value)
    low = -far if parameter.low is None else parameter.low
    high = far if parameter.high is None else parameter.high
    return [end for end in (low, high) if end != value]


def _threshold(holds: Callable[[Number], bool | None], start: Fraction, end: Fraction) -> Number | None:
    """Return the value nearest to ``start``, on the way to ``end``, that was found not to be certified.

    Steps that double find an interval, halving narrows it; then the simplest fraction in it, which is the threshold
    itself where that is simple. What the model does not allow ends the way.
    """
    verdicts = ((step, holds(_plain(step))) for step in _steps(start, end))
    inside = [start]
    for step, verdict in verdicts:
        if verdict is not True:
            return None if verdict is None else _between(holds, inside[-1], step)
        inside.append(step)
    return None


def _between(holds: Callable[[Number], bool | None], inside: Fraction, outside: Fraction) -> Number:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if holds(_plain(middle)) is False else (middle, outside)
    simple = _simplest(*sorted((inside, outside)))
    return _plain(simple if holds(_plain(simple)) is False else outside)


def _steps(start: Fraction, end: Fraction) -> Iterator[Fraction]:
    """Yield values on the way from ``start`` to ``end``, each about twice as far as the one before, 0 and 1 too."""
    way = end - start
    points = {start + way / 2**k for k in range(7)} | {point for point in (Fraction(0), Fraction(1))
                                                         if min(start, end) <= point <= max(start, end)}  # fmt: skip
    yield from sorted(points - {start}, key=lambda point: abs(point - start))


def _plain(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction with the smallest denominator in [low, high]."""
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -_simplest(-high, -low)
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = low.numerator // low.denominator
    return floor + 1 / _simplest(1 / (high - floor), 1 / (low - floor))
