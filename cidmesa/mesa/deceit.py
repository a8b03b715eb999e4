"""Which rational plans deceive in which spans of stages, and because of what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.errors import CidmesaError
from cidmesa.mesa.blinding import blinded, hold, reached_directly, threats_below, without_own_memory
from cidmesa.mesa.conduct import Judge
from cidmesa.mesa.plans import Following, Plan, rational_plans
from cidmesa.mesa.world import World
from cidmesa.minimal_sets import minimal_sets
from cidmesa.modelling.polynomial import Polynomial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.scores import Choice, Stage
    from cidmesa.modelling.numbers import State

__all__ = ["ALL", "Cause", "Stages", "Study", "study_of"]

ALL = "*"  # the name of the span of all training stages in which a plan complies
MAX_FIXED = 2  # resources that are held fixed together

Stages: TypeAlias = "tuple[Stage, ...]"
Contingency: TypeAlias = "tuple[tuple[str, State], ...]"


@dataclass(frozen=True)
class Cause:
    """Why a plan's compliance in a span is because of the threats.

    ``contingency``: the resources held fixed, and at what; none: but for the threats it would not comply. ``surely``:
    whether all blinded plans defect in the span. ``real``: whether some option there changes the law of the threats.
    ``threats``: each inclusion-minimal set of threats whose blinding alone suffices. ``defections``: what a blinded
    plan does in the scored contexts where it defects.
    """

    contingency: Contingency
    surely: bool
    real: bool
    threats: tuple[tuple[str, ...], ...]
    defections: tuple[Choice, ...]


class Study:
    """The rational plans of one learned algorithm, judged: what each does, and what it would do were threats blind."""

    def __init__(
        self, composition: Composition, utilities: Sequence[str], learner: State, *, held: bool = False
    ) -> None:
        """Find the plans; ``held``: in the world where no threat comes true."""
        training, decided = composition.training, composition.of(learner)
        self.training, self.learner, self.decided = training, learner, decided
        self.name, self.roles = composition.name_of(learner), composition.roles

        def worlds() -> tuple[World, World, bool]:
            both = World.of(composition.view), World.of(composition.objective_twin)
            found = without_own_memory(both, self.roles)
            view, truth = (hold(world, training, decided, learner) for world in found) if held else found
            return view, truth, found[1] is both[1]

        once = composition.once.within(*utilities, learner, held)
        self.world, truth, self.remembers = once("worlds", worlds)  # the last: decisions see all they see in the model
        self.once = once.within(id(self.world), id(truth))  # which are kept
        self.objectives, self._followed = composition.objectives, Following(self.world)
        known = composition.scored_alike(utilities, learner) if self.remembers and not held else None
        self.judge = Judge(training, truth, decided, learner, utilities, known, self.once)
        self.plans = self._plans_of("plans", lambda: self.world)
        self._because: dict[object, tuple[Contingency, ...]] = {}
        self._causes: dict[object, Cause] = {}
        self._solved: dict[object, tuple[Plan, ...]] = {}

    # --- spans ------------------------------------------------------------------------------------------------------

    @cached_property
    def spans_of(self) -> list[tuple[Plan, list[tuple[str, Stages]]]]:
        """Each plan with its spans by name: every stage, and the training stages in which it complies."""
        return [(plan, list(self.spans(plan))) for plan in self.plans]

    def spans(self, plan: Plan) -> Iterator[tuple[str, Stages]]:
        """Yield the spans of a plan by name; the last one needs all scores, so it is worked out when it is reached."""
        for stage in self.judge.stages:
            yield str(stage), (stage,)
        if complied := self._complied(plan):
            yield ALL, complied

    def _complied(self, plan: Plan) -> Stages:
        return tuple(s for s in self.judge.stages if s.training and self.judge.complies(plan, [s]))

    @property
    def span_names(self) -> list[str]:
        """The names of all spans in which some plan complies."""
        found = {name for plan, spans in self.spans_of for name, stages in spans if self.judge.complies(plan, stages)}
        return [name for name in (*map(str, self.judge.stages), ALL) if name in found]

    def plans_with(self, name: str) -> list[tuple[Plan, Stages]]:
        """Return each plan with the stages of its span of this name, none if it has no such span."""
        return [(plan, dict(spans).get(name, ())) for plan, spans in self.spans_of]

    # --- judgements -------------------------------------------------------------------------------------------------

    @cached_property
    def every_plan_deceives(self) -> bool:
        """Whether every rational plan deceives in some span."""
        return bool(self.plans) and all(self.somewhere(self.deceives, plan) for plan in self.plans)

    def somewhere(self, holds: Callable[[Plan, Stages], bool], plan: Plan) -> bool:
        """Return whether something holds of a plan in some span."""
        return any(holds(plan, stages) for _, stages in self.spans(plan))

    @property
    def throughout(self) -> bool:
        """Whether every plan complies in every training stage that scores it, and deceives in their union."""
        return all(self._complies_throughout(plan) and self.deceives(plan, self._complied(plan)) for plan in self.plans)

    def _complies_throughout(self, plan: Plan) -> bool:
        return not any(self.judge.defects(plan, [stage]) for stage in self.judge.stages if stage.training)

    def deceives(self, plan: Plan, span: Stages) -> bool:
        """Return whether the plan complies in the span because of the threats, and defects later."""
        return bool(self._contingencies(plan, span))

    def surely(self, plan: Plan, span: Stages) -> bool:
        """Return whether the plan deceives in the span, and all blinded plans defect there."""
        return any(self._surely(plan, span, contingency) for contingency in self._contingencies(plan, span))

    def _surely(self, plan: Plan, span: Stages, contingency: Contingency) -> bool:
        blind = self._blind(plan, span, contingency, self.reading(span))
        return all(self.judge.defects(other, span) for other in blind)

    def cause(self, plan: Plan, span: Stages) -> Cause | None:
        """Return why the plan's compliance in the span is deceptive, ``None`` where it is not."""
        if not (found := self._contingencies(plan, span)):
            return None
        key = self._class_of(plan, span)
        if key not in self._causes:
            self._causes[key] = self._cause(plan, span, found)
        return self._causes[key]

    def best_cause(self, plan: Plan) -> Cause | None:
        """Return the first cause of the plan's compliance in some span, but-for if there is one."""
        found: Cause | None = None
        for _, span in self.spans(plan):
            cause = self.cause(plan, span)
            if cause and not cause.contingency:
                return cause
            found = found or cause
        return found

    def _class_of(self, plan: Plan, span: Stages) -> object:
        """Return what the counterfactual of a plan and a span depends on: the plan until the end of the span."""
        return span, plan.key_of([*self.judge.past(span), *self.judge.actions_in(span).values()])

    def compliance(self, plan: Plan, span: Stages) -> tuple[Choice, ...]:
        """Return what the plan does in the scored contexts of the span."""
        return self.judge.scored(plan, span)

    def later(self, plan: Plan, span: Stages) -> tuple[Choice, ...]:
        """Return where the plan defects outside the span and not before it."""
        return tuple(choice for choice in self.judge.scored(plan, self._after(span)) if not choice.complies)

    def _defects_later(self, plan: Plan, span: Stages) -> bool:
        likely_first = sorted(self._after(span), key=lambda stage: stage.training)
        return any(self.judge.defects(plan, [stage]) for stage in likely_first)

    def _after(self, span: Stages) -> Stages:
        """Return the stages outside a span and not before it."""
        return tuple(s for s in self.judge.stages if s not in span and not self.judge.is_before(s, span))

    def why_not(self) -> str:
        """Return why no plan deceives, as a clause."""
        judge = self.judge
        if not any(judge.scored(plan, judge.stages) for plan in self.plans):
            return "nothing is scored, for no option in a context that it reaches is better for the judge than another"
        complied = [(p, spans) for p, spans in self.spans_of if any(judge.complies(p, s) for _, s in spans)]
        if not complied:
            return "it complies in no stage"
        if not any(judge.complies(p, s) and self.later(p, s) for p, spans in complied for _, s in spans):
            return "it complies, and does not defect later"
        return "it complies and defects later, but not because of a threat"

    # --- because of the threats -------------------------------------------------------------------------------------

    def _contingencies(self, plan: Plan, span: Stages) -> tuple[Contingency, ...]:
        """Return the smallest sets of resources with which the span's compliance is because of the threats.

        The empty set where no resource is needed; nothing where the plan does not deceive in the span.
        """
        if not self.judge.complies(plan, span) or not self._defects_later(plan, span):
            return ()
        key = self._class_of(plan, span)
        if key not in self._because:
            threats = self.reading(span)
            for count in range(MAX_FIXED + 1):
                found = tuple(self._fixed(plan, span, count, threats))
                self._because[key] = found
                if found:
                    break
        return self._because[key]

    def _cause(self, plan: Plan, span: Stages, found: Sequence[Contingency]) -> Cause:
        threats = self.reading(span)
        surely = [c for c in found if self._surely(plan, span, c)]
        shown = (surely or found)[0]
        blind = next(p for p in self._blind(plan, span, shown, threats) if self.judge.defects(p, span))
        defections = tuple(choice for choice in self.judge.scored(blind, span) if not choice.complies)
        return Cause(shown, bool(surely), self._real(plan, span), self._minimal(plan, span, shown), defections)

    def reading(self, span: Stages) -> tuple[str, ...]:
        """Return the threats that read what the span reaches directly: blinding leaves the others as they are."""
        acts = self.judge.actions_in(span)
        region = {*acts, *acts.values(), *reached_directly(self.world, self.training, acts)}
        below = [t for t in threats_below(self.training, acts) if t in self.world.nodes]
        return tuple(t for t in below if region & {*self.world.nodes[t].parents})

    def _rise(self, plan: Plan, span: Stages, contingency: Contingency, threats: tuple[str, ...]) -> bool:
        """Return whether fewer plans comply in the span once the threats are blind, and some of them defect."""
        if not threats:
            return False
        before = self._standing(self._rational(plan, span, contingency), span)
        if before == 0 or (contingency and before < 2):
            return False
        blind = self._blind(plan, span, contingency, threats)
        return before > self._standing(blind, span) and any(self.judge.defects(p, span) for p in blind)

    def _standing(self, plans: Sequence[Plan], span: Stages) -> int:
        """Return 2 where all plans comply in the span, 1 where some do, 0 where none does."""
        complying = [self.judge.complies(plan, span) for plan in plans]
        return 2 if all(complying) else 1 if any(complying) else 0

    def _rational(self, plan: Plan, span: Stages, contingency: Contingency) -> tuple[Plan, ...]:
        """Return the rational plans with the plan's past where some resources are held fixed."""
        past = plan.only(self.judge.past(span))
        if not contingency:
            return tuple(other for other in self.plans if other.key_of(past.rules) == past.key)
        return self._known("fixed", past, contingency, lambda: self.world.held(dict(contingency)))

    def _blind(self, plan: Plan, span: Stages, contingency: Contingency, threats: tuple[str, ...]) -> tuple[Plan, ...]:
        """Return the rational plans with the plan's past where the threats take it to do in the span what it does."""
        past, acts = plan.only(self.judge.past(span)), self.judge.actions_in(span)

        def world() -> World:
            fixed = past.followed(self.world.held(dict(contingency))) if contingency else self._followed(past)
            now = fixed.from_now_on(role.theta for decision, role in self.roles.items() if decision in fixed.decisions)
            return blinded(now, self.training, acts, plan, learner=self.learner, threats=threats)

        return self._known((span, threats, *acts, self._told(plan, acts.values())), past, contingency, world)

    def _known(
        self, what: object, past: Plan, contingency: Contingency, world: Callable[[], World]
    ) -> tuple[Plan, ...]:
        key = (what, self._told(past, past.rules), contingency)
        if key not in self._solved:
            self._solved[key] = self._plans_of(key, world, past)
        return self._solved[key]

    def _told(self, plan: Plan, decisions: Iterable[str]) -> object:
        """Return what tells plans apart at decisions: what they decide, or all numbers where other points share it."""
        return tuple((d, plan.exactly.get(d)) for d in decisions) if self.once.keeps else plan.key_of(decisions)

    def _plans_of(self, key: object, world: Callable[[], World], past: Plan | None = None) -> tuple[Plan, ...]:
        """Return the rational plans of a world, for a key that says which it is."""

        def found() -> tuple[Plan, ...]:
            plans = rational_plans(replace(world(), once=self.once.within(key)), self.roles, past)
            for plan in plans:
                _ = plan.key  # known from now on: no numbers are compared for it later
            return plans

        return self.once(key, found)

    def _fixed(self, plan: Plan, span: Stages, count: int, threats: tuple[str, ...]) -> Iterator[Contingency]:
        """Yield ``count`` resources with states that they take under the plan and in which the compliance is a `_rise`.

        Whether a state is taken is asked last where that depends on parameters: mostly it does not matter then.
        """
        followed = plan.followed(self.world)
        for names in combinations(self._resources(span) if count else (), count):
            for index, chance in np.ndenumerate(followed.joint(names) if names else np.ones(())):
                held = tuple((name, self.world.domains[name][k]) for name, k in zip(names, index, strict=True))
                if not isinstance(chance, Polynomial) and chance <= 0:
                    continue
                try:
                    rises = self._rise(plan, span, held, threats)
                except CidmesaError:
                    if chance > 0:
                        raise
                    continue
                if rises and chance > 0:
                    yield held

    def _resources(self, span: Stages) -> tuple[str, ...]:
        """Return the chance nodes, reached directly, through which the span serves later episodes alone."""
        acts = self.judge.actions_in(span)
        threats = set(threats_below(self.training, acts))
        owners = {self.world.nodes[decision].agent for decision in acts.values()}
        episodes = {self.training.actions[action].episode for action in acts}
        last = max(self.training.episodes.index(episode) for episode in episodes)
        owned = {u: e for u, e in self.objectives.items() if self.world.nodes[u].agent in owners}
        later = {u for u, e in owned.items() if self.training.episodes.index(e) > last}
        now = self.world.upstream([u for u, e in owned.items() if e in episodes])
        names = (name for name in reached_directly(self.world, self.training, acts) if name not in now)
        return tuple(name for name in names if later & {*self.world.downstream([name], without=threats)})

    def _minimal(self, plan: Plan, span: Stages, contingency: Contingency) -> tuple[tuple[str, ...], ...]:
        """Return each inclusion-minimal set of threats whose blinding alone makes the compliance fail."""
        threats = self.reading(span)
        if len(threats) == 1:
            return (threats,)
        return tuple(minimal_sets(threats, lambda some: self._rise(plan, span, contingency, some)))

    def _real(self, plan: Plan, span: Stages) -> bool:
        """Return whether in the world as it is some option in the span changes the law of the threats."""
        threats = self.reading(span)
        acting = ((stage, action) for stage in span for action in self.judge.actions_of[stage])
        return any(self._matters(plan, action, stage.phase, threats) for stage, action in acting)

    def _matters(self, plan: Plan, action: str, phase: str, threats: tuple[str, ...]) -> bool:
        decision, axes = self.decided[action], self.judge.context_of(action)
        acting = {action: decision}
        world = self.judge.world
        region = {action, decision, *reached_directly(world, self.training, acting)}
        reading = tuple(t for t in threats if t in world.nodes and region & {*world.nodes[t].parents})
        followed = plan.only([name for name in plan.rules if name != decision]).followed(world)
        law = self.judge.labelled(followed, action, phase, (*axes, decision, *reading))
        return bool((law != np.take(law, [0], axis=len(axes))).any())


def study_of(composition: Composition, utilities: Sequence[str], learner: State, *, held: bool = False) -> Study:
    """Return the study of a composition, one and the same whoever asks."""
    key = (*utilities, learner, held)
    if key not in composition.studied:
        composition.studied[key] = Study(composition, utilities, learner, held=held)
    found: Study = composition.studied[key]
    return found
