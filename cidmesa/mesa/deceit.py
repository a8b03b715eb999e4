"""Which rational plans deceive in which spans of stages, and because of what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.mesa.blinding import blinded, reached_directly, threats_below
from cidmesa.mesa.conduct import Judge
from cidmesa.mesa.plans import Plan, Role, rational_plans
from cidmesa.mesa.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.conduct import Choice, Stage
    from cidmesa.modelling.numbers import State

__all__ = ["ALL", "Cause", "Stages", "Study"]

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

    def __init__(self, composition: Composition, utilities: Sequence[str], learner: State) -> None:
        training, decided = composition.training, composition.of(learner)
        self.training, self.learner, self.decided = training, learner, decided
        self.name = composition.name_of(learner)
        self.world = World.of(composition.subjective_model)
        self.roles = {decision: Role(training.actions[action].theta, value)
                      for value in composition.optimizers
                      for action, decision in composition.of(value).items()}  # fmt: skip
        self.objectives = composition.objectives
        self.judge = Judge(training, World.of(composition.objective_twin), decided, learner, utilities)
        self.plans = rational_plans(self.world, self.roles)
        self._causes: dict[object, Cause | None] = {}
        self._solved: dict[object, tuple[Plan, ...]] = {}

    # --- spans ------------------------------------------------------------------------------------------------------

    @cached_property
    def spans_of(self) -> list[tuple[Plan, list[tuple[str, Stages]]]]:
        """Each plan with its spans by name: every stage, and the training stages in which it complies."""
        return [(plan, list(self._spans(plan))) for plan in self.plans]

    def _spans(self, plan: Plan) -> Iterator[tuple[str, Stages]]:
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
        return bool(self.plans) and all(
            any(self.deceives(plan, stages) for _, stages in self._spans(plan)) for plan in self.plans
        )

    @property
    def throughout(self) -> bool:
        """Whether every plan complies in every training stage that scores it, and deceives in their union."""
        return all(self._complies_throughout(plan) and self.deceives(plan, self._complied(plan)) for plan in self.plans)

    def _complies_throughout(self, plan: Plan) -> bool:
        return not any(self.judge.defects(plan, [stage]) for stage in self.judge.stages if stage.training)

    def deceives(self, plan: Plan, span: Stages) -> bool:
        """Return whether the plan complies in the span because of the threats, and defects later."""
        return self.cause(plan, span) is not None

    def cause(self, plan: Plan, span: Stages) -> Cause | None:
        """Return why the plan's compliance in the span is deceptive, ``None`` where it is not."""
        if not self.judge.complies(plan, span) or not self.later(plan, span):
            return None
        past = self.judge.past(span)
        key = (span, plan.only([*past, *self.judge.actions_in(span).values()]).key)
        if key not in self._causes:
            self._causes[key] = self._because(plan, span, plan.only(past))
        return self._causes[key]

    def compliance(self, plan: Plan, span: Stages) -> tuple[Choice, ...]:
        """Return what the plan does in the scored contexts of the span."""
        return self.judge.scored(plan, span)

    def later(self, plan: Plan, span: Stages) -> tuple[Choice, ...]:
        """Return where the plan defects outside the span and not before it."""
        stages = [s for s in self.judge.stages if s not in span and not self.judge.is_before(s, span)]
        return tuple(choice for choice in self.judge.scored(plan, stages) if not choice.complies)

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

    def _because(self, plan: Plan, span: Stages, past: Plan) -> Cause | None:
        acts = self.judge.actions_in(span)
        threats = self._reading(acts)
        if not threats:
            return None
        for count in range(MAX_FIXED + 1):
            found = [c for c in self._contingencies(plan, span, acts, count) if self._rise(plan, span, past, c, threats)]
            if found:
                return self._cause(plan, span, past, found, threats)
        return None

    def _cause(self, plan: Plan, span: Stages, past: Plan, found: Sequence[Contingency],
               threats: tuple[str, ...]) -> Cause:  # fmt: skip
        surely = [c for c in found
                  if all(self.judge.defects(p, span) for p in self._blind(plan, span, past, c, threats))]  # fmt: skip
        shown = (surely or found)[0]
        blind = next(p for p in self._blind(plan, span, past, shown, threats) if self.judge.defects(p, span))
        defections = tuple(choice for choice in self.judge.scored(blind, span) if not choice.complies)
        needed = self._minimal(plan, span, past, shown, threats)
        return Cause(shown, bool(surely), self._real(plan, span, threats), needed, defections)

    def _reading(self, acts: Mapping[str, str]) -> tuple[str, ...]:
        """Return the threats that read what the actions reach directly: blinding leaves the others as they are."""
        region = {*acts, *acts.values(), *reached_directly(self.world, self.training, acts)}
        below = [t for t in threats_below(self.training, acts) if t in self.world.nodes]
        return tuple(t for t in below if region & {*self.world.nodes[t].parents})

    def _rise(self, plan: Plan, span: Stages, past: Plan, contingency: Contingency, threats: Iterable[str]) -> bool:
        """Return whether fewer plans comply in the span once the threats are blind, and some of them defect."""
        before = self._standing(self._rational(past, contingency), span)
        if before == 0 or (contingency and before < 2):
            return False
        blind = self._blind(plan, span, past, contingency, tuple(threats))
        return before > self._standing(blind, span) and any(self.judge.defects(p, span) for p in blind)

    def _standing(self, plans: Sequence[Plan], span: Stages) -> int:
        """Return 2 where all plans comply in the span, 1 where some do, 0 where none does."""
        complying = [self.judge.complies(plan, span) for plan in plans]
        return 2 if all(complying) else 1 if any(complying) else 0

    def _rational(self, past: Plan, contingency: Contingency) -> tuple[Plan, ...]:
        """Return the rational plans with this past where some resources are held fixed."""
        if not contingency:
            return tuple(plan for plan in self.plans if plan.only(past.rules).key == past.key)
        return self._known("fixed", past, contingency, lambda: self.world.held(dict(contingency)))

    def _blind(self, plan: Plan, span: Stages, past: Plan, contingency: Contingency,
               threats: tuple[str, ...]) -> tuple[Plan, ...]:  # fmt: skip
        """Return the rational plans with this past where the threats take it to do in the span what the plan does."""
        acts = self.judge.actions_in(span)

        def world() -> World:
            fixed = past.followed(self.world.held(dict(contingency)))
            return blinded(fixed, self.training, acts, plan, learner=self.learner, threats=threats)

        return self._known((span, threats, plan.only(acts.values()).key), past, contingency, world)

    def _known(self, what: object, past: Plan, contingency: Contingency, world: Callable[[], World]) -> tuple[Plan, ...]:
        key = (what, past.key, contingency)
        if key not in self._solved:
            self._solved[key] = rational_plans(world(), self.roles, past)
        return self._solved[key]

    def _contingencies(self, plan: Plan, span: Stages, acts: Mapping[str, str], count: int) -> Iterator[Contingency]:
        """Yield ``count`` resources together with the states that they take under the plan."""
        followed = plan.followed(self.world)
        for names in combinations(self._resources(span, acts), count):
            possible = np.argwhere(np.asarray(followed.joint(names) > 0, dtype=bool)) if names else [()]
            for index in possible:
                yield tuple((name, self.world.domains[name][k]) for name, k in zip(names, index, strict=True))

    def _resources(self, span: Stages, acts: Mapping[str, str]) -> tuple[str, ...]:
        """Return the chance nodes, reached directly, through which alone the span serves later episodes."""
        threats = set(threats_below(self.training, acts))
        owners = {self.world.nodes[decision].agent for decision in acts.values()}
        episodes = {self.training.actions[action].episode for action in acts}
        last = max(self.training.episodes.index(episode) for episode in episodes)
        owned = {u: e for u, e in self.objectives.items() if self.world.nodes[u].agent in owners}
        later = {u for u, e in owned.items() if self.training.episodes.index(e) > last}
        now = self.world.upstream([u for u, e in owned.items() if e in episodes])
        return tuple(name for name in reached_directly(self.world, self.training, acts)
                     if name not in now and later & {*self.world.downstream([name], without=threats)})  # fmt: skip

    def _minimal(self, plan: Plan, span: Stages, past: Plan, contingency: Contingency,
                 threats: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:  # fmt: skip
        """Return each inclusion-minimal set of threats whose blinding alone makes the compliance fail."""
        found: list[tuple[str, ...]] = []
        for count in range(1, len(threats) + 1):
            for some in combinations(threats, count):
                covered = any({*smaller} <= {*some} for smaller in found)
                if not covered and self._rise(plan, span, past, contingency, some):
                    found.append(some)
        return tuple(found)

    def _real(self, plan: Plan, span: Stages, threats: tuple[str, ...]) -> bool:
        """Return whether in the world as it is some option in the span changes the law of the threats."""
        return any(self._matters(plan, action, stage.phase, threats)
                   for stage in span for action in self.judge.actions_of[stage])  # fmt: skip

    def _matters(self, plan: Plan, action: str, phase: str, threats: tuple[str, ...]) -> bool:
        decision, axes = self.decided[action], self.judge.context_of(action)
        acting = {action: decision}
        world = self.judge.world
        region = {action, decision, *reached_directly(world, self.training, acting)}
        reading = tuple(t for t in threats if t in world.nodes and region & {*world.nodes[t].parents})
        followed = plan.only([name for name in plan.rules if name != decision]).followed(world)
        law = self.judge.labelled(followed, action, phase, (*axes, decision, *reading))
        return bool((law != np.take(law, [0], axis=len(axes))).any())
