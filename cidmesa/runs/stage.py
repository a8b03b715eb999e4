"""One stage of tests: its arms are trained and compared, and the tests corrected together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

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

__all__ = ["Link", "Stage", "Status", "check_rules"]

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

    @property
    def answer(self) -> Literal["yes", "no", "?"]:
        """The status as yes, no or ?."""
        return "yes" if self else "no" if self.status == "does not respond" else "?"

    def to_json(self) -> dict[str, Any]:
        """Return the link as plain data."""
        told = {name: getattr(self, name) for name in ("stage", "p", "adjusted", "effect", "status")}
        return {"link": [self.node, self.to]} | told

    def to_text(self) -> str:
        """Return the link with its numbers."""
        where = "" if self.stage == "edge" else f" [{self.stage}]"
        numbers = f"p {self.p:.2g}, adjusted {self.adjusted:.2g}, effect {self.effect:.2f}"
        return f"~{self.node} -> ~{self.to}{where}: {self.status} ({numbers})"


class _Test(NamedTuple):
    """The result of a comparison; ``met``: whether all runs met some context often enough."""

    p: float
    effect: float
    met: bool
    adjusted: float = 1.0


def check_rules(lab: Lab) -> None:
    """Raise NotApplicable if some learned nodes share a rule."""
    if lab.bench is not None and lab.bench.tied:
        raise NotApplicable(
            f"{', '.join(lab.bench.tied)} share a rule, so that one cannot be held while another is trained. Ask about "
            "a model in which they can be told apart."
        )


@dataclass(eq=False)
class Stage:
    """Trains the arms of a stage and tests them; arms read before are not trained again.

    ``n``: runs per arm. ``first``: how many tests are made at first, for which ``n`` must suffice.
    """

    lab: Lab
    n: int
    first: int
    seed: int
    alpha: float
    effect: float
    correction: Correction = "holm"
    regime: Regime = "retrain"
    told: Sequence[str] | None = None
    readings: Readings = field(default_factory=dict)

    def __post_init__(self) -> None:
        level = self.alpha / self.first if self.correction == "holm" and self.first else self.alpha
        if least_p(self.n) > level:
            enough = sample_size(self.first, self.alpha)
            least = next(k for k in range(2, enough + 1) if least_p(k) <= level)
            raise NotApplicable(
                f"with n={self.n} no test can reject: the least p-value is {least_p(self.n):.2g}, and {self.first} "
                f"tests at {self.alpha:g} ask for {level:.2g}. Give n={least} or more ({enough} find most responses)."
            )

    @property
    def runs(self) -> int:
        """How many runs were trained."""
        return len(self.readings) * self.n

    def tested(self, stages: Mapping[str, Sequence[Comparison]]) -> list[Link]:
        """Return the results of the comparisons of some stages, all corrected together."""
        every = [(name, comparison) for name, found in stages.items() for comparison in found]
        cued = self._cued([arm for _, comparison in every for arm in comparison.arms])
        wanted = [arm for arm in dict.fromkeys(cued.values()) if arm not in self.readings]
        self.readings |= self.lab.read(wanted, self.n, self.seed)
        found = [self._compared(comparison.to, *(cued[arm] for arm in comparison.arms)) for _, comparison in every]
        raised = adjusted([test.p for test in found], self.correction)
        grouped: dict[tuple[str, str, str], list[_Test]] = {}
        for (name, comparison), test, corrected in zip(every, found, raised, strict=True):
            key = (comparison.node, comparison.to, name)
            grouped.setdefault(key, []).append(test._replace(adjusted=corrected))
        return [self._link(key, tests, len(every)) for key, tests in grouped.items()]

    def _cued(self, arms: Sequence[Arm]) -> dict[Arm, Arm]:
        """Return for each arm the one that is trained to be read in it."""
        if self.regime == "retrain":
            return {arm: arm for arm in arms}
        if self.regime == "frozen":
            return dict.fromkeys(arms, Arm(self.lab.learned))
        alike: dict[tuple[Any, ...], list[Arm]] = {}  # what the cue tells -> the arms in which it does
        for arm in dict.fromkeys(arms):
            seen = (v for v in sorted(arm.variants) if self.told is None or v in self.told)
            alike.setdefault((arm.learns, *((v, arm.variants[v].key) for v in seen)), []).append(arm)
        mixed = {arm: Arm(arm.learns, {}, tuple(same)) for same in alike.values() for arm in same}
        return {arm: mixed[arm] if len(mixed[arm].mixture) > 1 else arm for arm in arms}

    def _compared(self, to: str, one: Arm, other: Arm) -> _Test:
        first, second = self.readings[one], self.readings[other]
        met = first.visited(to, self.lab.visits) & second.visited(to, self.lab.visits)
        return _Test(*response(first.decided(to)[:, met], second.decided(to)[:, met]), bool(met.any()))

    def _link(self, key: tuple[str, str, str], tests: Sequence[_Test], number: int) -> Link:
        best = min(tests, key=lambda test: (test.adjusted, test.p, -test.effect))
        rejecting = [test.effect for test in tests if test.adjusted <= self.alpha]
        effect = max(rejecting, default=best.effect)
        status: Status = "undetermined"
        if rejecting and effect >= self.effect:
            status = "responds"
        elif not rejecting and any(test.met for test in tests) and self.n >= sample_size(number, self.alpha):
            status = "does not respond"
        return Link(*key, best.p, best.adjusted, effect, status)
