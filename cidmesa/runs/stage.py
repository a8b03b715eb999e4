"""One stage of tests: its arms are trained and compared, and the tests corrected together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.runs.arms import Arm
from cidmesa.runs.significance import adjusted, least_p, response, sample_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.discover import Regime
    from cidmesa.runs.design import Comparison
    from cidmesa.runs.lab import Lab, Readings
    from cidmesa.runs.significance import Correction

__all__ = ["Link", "Stage", "Status", "check_rules", "least_runs"]

Status: TypeAlias = Literal["responds", "does not respond", "undetermined"]


@dataclass(frozen=True, repr=False)
class Link(Tells):
    """The evidence of one stage for a response of the mechanism of ``to`` to that of ``node``.

    ``p``: the least p-value of its tests. ``adjusted``: the same, corrected for all tests of the stage. ``effect``: the
    greatest distance among tests that reject; if none does, that of the least p. ``status``: "responds" iff a test
    rejects with a large enough effect; "does not respond" if no test rejects and a response would have been found;
    otherwise "undetermined". ``stage``: "edge"; "T1", with the children of ``node`` ignoring their parents; "T2", with
    those of ``to``.
    """

    node: str
    to: str
    stage: str
    p: float
    adjusted: float
    effect: float
    status: Status

    def __bool__(self) -> bool:
        return self.status == "responds"

    def to_json(self) -> dict[str, Any]:
        """Return the link as plain data."""
        return {
            "link": [self.node, self.to],
            "stage": self.stage,
            "p": self.p,
            "adjusted": self.adjusted,
            "effect": self.effect,
            "status": self.status,
        }

    def to_text(self) -> str:
        """Return the link with its numbers."""
        where = "" if self.stage == "edge" else f" [{self.stage}]"
        return (
            f"~{self.node} -> ~{self.to}{where}: {self.status} (p {self.p:.2g}, adjusted {self.adjusted:.2g}, "
            f"effect {self.effect:.2f})"
        )


@dataclass(eq=False)
class Stage:
    """Trains the arms of a stage and tests them; arms read before are not trained again."""

    lab: Lab
    n: int
    seed: int
    alpha: float
    effect: float
    correction: Correction = "holm"
    regime: Regime = "retrain"
    told: Sequence[str] | None = None
    readings: Readings = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How many runs were trained."""
        return len(self.readings) * self.n

    def tested(self, stages: Mapping[str, Sequence[Comparison]]) -> list[Link]:
        """Return the results of the comparisons of some stages, all corrected together."""
        every = [(name, comparison) for name, found in stages.items() for comparison in found]
        cued = self._cued([arm for _, comparison in every for arm in comparison.arms])
        self.readings |= self.lab.read(
            [arm for arm in dict.fromkeys(cued.values()) if arm not in self.readings], self.n, self.seed
        )
        found = [self._response(comparison.to, *(cued[arm] for arm in comparison.arms)) for _, comparison in every]
        raised = adjusted([p for p, _, _ in found], self.correction)
        grouped: dict[tuple[str, str, str], list[tuple[float, float, float, bool]]] = {}
        for (name, comparison), (p, effect, met), corrected in zip(every, found, raised, strict=True):
            grouped.setdefault((comparison.node, comparison.to, name), []).append((corrected, p, effect, met))
        return [self._link(key, tests, len(every)) for key, tests in grouped.items()]

    def _cued(self, arms: Sequence[Arm]) -> dict[Arm, Arm]:
        """Return for each arm the one that is trained to be read in it."""
        if self.regime == "retrain":
            return {arm: arm for arm in arms}
        if self.regime == "frozen":
            return {arm: Arm(self.lab.learned) for arm in arms}
        cues = {
            arm: (
                arm.learns,
                *sorted((v, variant.key) for v, variant in arm.variants.items() if self.told is None or v in self.told),
            )
            for arm in arms
        }
        alike = {cue: tuple(arm for arm in cues if cues[arm] == cue) for cue in cues.values()}
        return {arm: arm if len(alike[cue]) == 1 else Arm(arm.learns, {}, alike[cue]) for arm, cue in cues.items()}

    def _response(self, to: str, one: Arm, other: Arm) -> tuple[float, float, bool]:
        """Return p-value, effect, and whether some context was met often enough by all runs."""
        first, second = self.readings[one], self.readings[other]
        met = first.visited(to, self.lab.visits) & second.visited(to, self.lab.visits)
        return *response(first.decided(to)[:, met], second.decided(to)[:, met]), bool(met.any())

    def _link(self, key: tuple[str, str, str], tests: Sequence[tuple[float, float, float, bool]], number: int) -> Link:
        corrected, p, effect, _ = min(tests, key=lambda test: (test[0], test[1], -test[2]))
        rejecting = [test for test in tests if test[0] <= self.alpha]
        status: Status = "undetermined"
        if rejecting and (effect := max(test[2] for test in rejecting)) >= self.effect:
            status = "responds"
        elif not rejecting and any(met for *_, met in tests) and self._would_find(number):
            status = "does not respond"
        return Link(*key, p, corrected, effect, status)

    def _would_find(self, tests: int) -> bool:
        return self.n >= sample_size(tests, self.alpha)


def check_rules(lab: Lab) -> None:
    """Raise NotApplicable if some learned nodes share a rule."""
    if lab.bench is not None and lab.bench.tied:
        raise NotApplicable(
            f"{', '.join(lab.bench.tied)} share a rule, so that one cannot be held while another is trained. Ask about "
            "a model in which they can be told apart."
        )


def least_runs(n: int, tests: int, alpha: float, correction: Correction) -> None:
    """Raise NotApplicable if no test can reject with n runs per arm; the message names the least number."""
    level = alpha / tests if correction == "holm" and tests else alpha
    if least_p(n) > level:
        least = next(k for k in range(2, 1_000) if least_p(k) <= level)
        raise NotApplicable(
            f"with n={n} no test can reject: the least p-value is {least_p(n):.2g}, and {tests} tests at "
            f"{alpha:g} ask for {level:.2g}. Give n={least} or more ({sample_size(tests, alpha)} find "
            "most responses)."
        )
