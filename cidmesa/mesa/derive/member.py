"""`Member`: a specification together with one behaviour of its rational plans, judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import CidmesaError, NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.alignment_kind import KINDS, PSEUDO, ROBUST, classified, completions
from cidmesa.mesa.certificate import certify_deception
from cidmesa.mesa.compose import compose
from cidmesa.mesa.conduct import over
from cidmesa.mesa.derive.compliance import judge_of
from cidmesa.mesa.derive.enclosure import Floating, nearest, numbers
from cidmesa.mesa.derive.evidence import likelihood
from cidmesa.mesa.derive.levels import OnLevels
from cidmesa.mesa.derive.seen import Seen, acts_of, scores_anything
from cidmesa.mesa.derive.soft import rational, soft_plan, with_numbers
from cidmesa.mesa.plans import Plan
from cidmesa.mesa.scores import placed
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cidmesa.mesa.certificate import Certificate
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.conduct import Judge
    from cidmesa.mesa.derive.evidence import Item
    from cidmesa.mesa.scores import Choice, Stage
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["BY_STAGE", "NAMED", "OF_CONDUCT", "Conduct", "Judging", "Member", "claim_named", "stage_named"]


@dataclass(frozen=True)
class Conduct(Frozen):
    """What one behaviour does: of each stage whether it complies, ``None`` where nothing is scored.

    ``deceives``: it complies in some span because of a threat and defects later; ``strictly``: and all blinded plans
    defect there. ``done``: decision, context, what is done there.
    """

    complies: Mapping[Stage, bool | None]
    deceives: bool
    strictly: bool
    done: tuple[tuple[str, Mapping[str, State], tuple[State, ...]], ...]

    @property
    def defects_later(self) -> bool:
        """Whether it defects outside training."""
        return any(good is False for stage, good in self.complies.items() if not stage.training)

    def to_text(self) -> str:
        """Return what is done where."""
        return "; ".join(
            f"{decision} {' or '.join(map(show, options))}" + (f" if {_text(context)}" if context else "")
            for decision, context, options in self.done
        )


def _text(context: Mapping[str, State]) -> str:
    return ", ".join(f"{name} = {show(state)}" for name, state in context.items())


@dataclass(frozen=True, eq=False, repr=False)
class Member(Frozen, Tells):
    """A specification and one behaviour: plans that reach the same contexts and act alike there are one.

    ``kind`` and ``reason``: the class of alignment; ``degree``: of deceptive alignment; ``deceptive_in``: the stages in
    which that is certified: all are the specification's. ``conduct``: the behaviour's. ``score``: what training scores,
    where it scores anything. ``likelihood``: of the evidence; ``fault``: why there is none. ``told``: how probable
    results of further tests are. ``extra``: the claims that are functions, with what they found. ``regrets``: what it
    loses on levels, for each piece of evidence about levels. ``seen``: what evidence looks at (`Seen`), until it is in.
    """

    name: str
    training: TrainingProcess
    spec: MesaSpec
    kind: str
    reason: str
    degree: str
    deceptive_in: frozenset[Stage]
    conduct: Conduct
    score: Any = None
    best: Any = None
    likelihood: Any = 1
    fault: CidmesaError | None = None
    told: Mapping[Any, Any] = field(default_factory=dict)
    extra: Mapping[Callable[[Member], object], bool] = field(default_factory=dict)
    regrets: Mapping[OnLevels, Any] = field(default_factory=dict)
    seen: Any = None

    @cached_property
    def composition(self) -> Composition:
        """The composed model; of a family of objectives, with the coefficients of the point that stands for it."""
        return compose(self.training, self.spec)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages."""
        return tuple(self.conduct.complies)

    def deceptive(self, stage: object = None) -> bool:
        """Return whether it is certified to be deceptively aligned, in a stage or at all."""
        if stage is None:
            return self.kind == "deceptive"
        return stage_named(self.stages, stage) in self.deceptive_in

    def complies(self, stage: object = None) -> bool:
        """Return whether it defects nowhere in a stage, or in no training stage."""
        found = [stage_named(self.stages, stage)] if stage is not None else [s for s in self.stages if s.training]
        return all(self.conduct.complies[s] is not False for s in found)

    def asked(self, claims: Sequence[Callable[[Member], object]]) -> Member:
        """Return the member with what claims that are functions find of it."""
        return replace(self, extra={claim: bool(claim(self)) for claim in claims})

    def judged(self, judging: Judging) -> Member:
        """Return the member with the likelihood of evidence, what tests would tell, and what claims find."""
        try:
            fits = likelihood(judging.evidence, self.seen)
            told = {k: nearest(likelihood(items, self.seen)) for k, items in judging.tests.items()} if fits != 0 else {}
            found = replace(self, likelihood=fits, told=told, seen=None)
        except CidmesaError as error:
            found = replace(self, likelihood=0, fault=error, seen=None)
        return found.asked(judging.claims)

    def named(self, name: str) -> Member:
        """Return the member, not yet judged, under a name."""
        return replace(self, name=name, seen=replace(self.seen, name=name))

    def to_text(self) -> str:
        """Return name, class and what is done."""
        return f"{self.name}: {self.kind}; {self.conduct.to_text()}"


def stage_named(stages: Sequence[Stage], name: object) -> Stage:
    """Return the stage that is meant by its name or its text.

    Raises:
        NotApplicable: there is none.

    """
    for stage in stages:
        if name in (stage.name, str(stage)):
            return stage
    known = list(map(str, stages))
    raise NotApplicable(f"there is no stage {name!r}.{near_miss(name, known)} Stages: {', '.join(known)}.")


@dataclass(frozen=True)
class Judging(Frozen):
    """How members are judged; the arguments of `derive` that say so."""

    evidence: tuple[Item, ...] = ()
    environments: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    about: str | None = None
    truth: object = None
    judge: str | Sequence[str] = "base"
    rationality: Number | None = None
    claims: tuple[Callable[[Member], object], ...] = ()
    tests: Mapping[Any, tuple[Item, ...]] = field(default_factory=dict)

    @property
    def floating(self) -> bool:
        """Whether soft choices are worked out in floats."""
        return self.rationality is not None and isinstance(numbers(), Floating)

    def members(self, name: str, training: TrainingProcess, spec: MesaSpec) -> tuple[Member, ...]:
        """Return a member for each behaviour of a specification."""
        found = training.judged.of((spec, *self.parts), lambda: self.behaving(training, spec))
        return tuple(member.named(name).judged(self) for member in found)

    @property
    def _on_levels(self) -> tuple[OnLevels, ...]:
        return tuple(item for item in self.evidence if isinstance(item, OnLevels))

    @property
    def parts(self) -> tuple[object, ...]:
        """What members depend on before they are judged."""
        how = (self.environments or None, self.about, self.truth, self.judge, self.rationality, self.floating)
        return (*how, *self._on_levels)

    def behaving(self, training: TrainingProcess, spec: MesaSpec) -> tuple[Member, ...]:
        """Return a member for each behaviour of a specification, not yet judged by evidence, tests and claims."""
        known = {self.about: {self.truth: 1}} if self.about is not None and self.truth is not None else {}
        here = placed(training, {**self.environments.get("train", {}), **known})
        composition = compose(here, spec)
        certificate = certify_deception(composition, judge=self.judge)
        environments = dict(self.environments) or None
        kind, reason = classified(
            training, spec, environments, about=self.about, truth=self.truth, judge=self.judge, study=certificate.study
        )
        first = Member(
            "",
            here,
            spec,
            kind,
            reason,
            certificate.degree,
            _deceptive_in(certificate),
            Conduct({}, False, False, ()),
            regrets={e: e.regret(self, training, spec) for e in self._on_levels},
        )
        if self.rationality is not None:
            return (self._softly(first, composition, self.rationality),)
        members = self._completed(first, certificate)
        if not members or not scores_anything(composition.training):
            return members
        known = certificate.study.judge.known
        if "best" not in known:
            known["best"] = members[0].seen.best()
        return tuple(replace(member, score=member.seen.score(), best=known["best"]) for member in members)

    def _softly(self, member: Member, composition: Composition, beta: Number) -> Member:
        """Return the one member of a soft mesa-optimizer, which does everything with some probability."""
        plan, judge = soft_plan(composition, beta), judge_of(composition, self.judge)
        acts = acts_of(with_numbers(judge), plan)
        return replace(member, seen=Seen("", member.kind, composition, judge, rational(plan), acts))

    def _completed(self, member: Member, certificate: Certificate) -> tuple[Member, ...]:
        """Return a member for each behaviour of the rational plans."""
        composition, study, found = certificate.composition, certificate.study, []
        judge = study.judge if study.remembers else judge_of(composition, self.judge)
        for plan, acts, of in _behaviours(certificate):
            whole = plan if study.remembers else _told_all(plan, study.judge.world, judge.world)
            done = acts if study.remembers else acts_of(judge, whole)
            seen = Seen("", member.kind, composition, judge, whole, done)
            found.append(replace(member, conduct=_conduct(certificate, plan, of), seen=seen))
        return tuple(found)


def _deceptive_in(certificate: Certificate) -> frozenset[Stage]:
    study = certificate.study
    stages = study.judge.stages
    return frozenset(s for s in stages if study.plans and all(study.deceives(plan, (s,)) for plan in study.plans))


def _behaviours(certificate: Certificate) -> Iterator[tuple[Plan, dict[str, Array], list[Plan]]]:
    """Yield each behaviour: a plan that says what is done wherever it is reached, `acts_of` it, the rational plans."""
    judge = certificate.study.judge
    found: dict[object, tuple[Plan, dict[str, Array], list[Plan]]] = {}
    for plan in certificate.study.plans:
        for whole, acts in _wholes(judge, plan):
            key = tuple((name, np.asarray(law > 0, dtype=bool).tobytes()) for name, law in acts.items())
            found.setdefault(key, (whole, acts, []))[2].append(plan)
    yield from found.values()


def _wholes(judge: Judge, plan: Plan) -> list[tuple[Plan, dict[str, Array]]]:
    """Return the completions of a plan, each with `acts_of` it."""
    known = judge.known.setdefault("wholes", {})
    if plan.key not in known:
        known[plan.key] = [(whole, acts_of(judge, whole)) for whole in completions(judge, plan)]
    return list(known[plan.key])


def _told_all(plan: Plan, world: World, full: World) -> Plan:
    """Return the plan over all that its decisions see, of which the study leaves out what the rest tells."""

    def spread(decision: str, table: Array, *own: str) -> Array:
        names = (*full.nodes[decision].parents, *own)
        return np.broadcast_to(over(names, (*world.nodes[decision].parents, *own), table), full.shape(names))

    rules = {decision: spread(decision, rule, decision) for decision, rule in plan.rules.items()}
    return Plan(rules, {decision: spread(decision, settled) for decision, settled in plan.settled.items()})


def _conduct(certificate: Certificate, plan: Plan, of: Sequence[Plan]) -> Conduct:
    study = certificate.study
    judge = study.judge
    complies = {stage: _complies(judge, plan, stage) for stage in judge.stages}
    spans = [(other, stages) for other, found in study.spans_of if other in of for _, stages in found]
    causes = [cause for other, stages in spans if (cause := study.cause(other, stages)) is not None]
    done = tuple((c.decision, c.context, c.done) for c in judge.choices(plan))
    return Conduct(complies, bool(causes), any(cause.surely for cause in causes), done)


def _complies(judge: Judge, plan: Plan, stage: Stage) -> bool | None:
    choices: tuple[Choice, ...] = judge.scored(plan, [stage])
    return all(choice.complies for choice in choices) if choices else None


Holds: TypeAlias = "Callable[[Member], bool]"

NAMED: dict[str, Holds] = {
    **{kind: (lambda member, kind=kind: member.kind == kind) for kind in KINDS},  # type: ignore[misc]
    "robust": lambda member: member.kind in ROBUST,
    "pseudo": lambda member: member.kind in PSEUDO,
    "bad": lambda member: member.kind not in ROBUST,
    "harmless": lambda member: not member.conduct.defects_later,
    "strict": lambda member: member.degree == "strict",
    "sure": lambda member: member.degree in ("strict", "sure"),
    "weak": lambda member: member.degree != "none",
    "complies": lambda member: member.complies(),
    "defects later": lambda member: member.conduct.defects_later,
    "deceives": lambda member: member.conduct.deceives,
    "deceives strictly": lambda member: member.conduct.strictly,
}
OF_CONDUCT = ("complies", "harmless", "defects later", "deceives", "deceives strictly")
BY_STAGE: dict[str, Callable[[Member, object], bool]] = {
    "deceptive": lambda member, stage: member.deceptive(stage),
    "complies": lambda member, stage: member.complies(stage),
}


def claim_named(claim: object, stage: object = None) -> Holds:
    """Return a claim as a function of a member; of a function, what it found when the member was judged.

    Raises:
        NotApplicable: the claim is unknown, or is not about stages.

    """
    if callable(claim):
        return lambda member: bool(member.extra[claim])
    if claim not in NAMED:
        raise NotApplicable(f"the claim {claim!r} is not known.{near_miss(claim, NAMED)} Known: {', '.join(NAMED)}.")
    if stage is None:
        return NAMED[str(claim)]
    if claim not in BY_STAGE:
        raise NotApplicable(f"only {' and '.join(BY_STAGE)} can be asked by stage, not {claim!r}.")
    return lambda member: BY_STAGE[str(claim)](member, stage)
