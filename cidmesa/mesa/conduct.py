"""What plans of a mesa-optimizer do in each stage: whether they comply or defect there."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.mesa.choices import Choice, Stage
from cidmesa.mesa.plans import MAX_PLANS, Plan, too_many
from cidmesa.mesa.scoring import Scorer
from cidmesa.mesa.world import one_hot
from cidmesa.solving.decision_rules import optimal_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cidmesa.modelling.numbers import Number

__all__ = ["Judge"]


class Judge(Scorer):
    """Judges what plans do in each stage by the scores of what else could be done (`Scorer`)."""

    @cached_property
    def _choices(self) -> dict[object, tuple[Choice, ...]]:
        return {}

    @cached_property
    def actions_of(self) -> dict[Stage, tuple[str, ...]]:
        """The actions of each stage, in the order of episodes: those that can be taken in force in it."""
        found: dict[Stage, list[str]] = {}
        for action in sorted(self.decided, key=self.moments.__getitem__):
            role = self.role(action)
            for phase in self.phases(role):
                keep, label = self.label(action, phase)
                if (self.world.joint(keep) * label > 0).any():
                    found.setdefault(self.stage_of(role, phase), []).append(action)
        return {stage: tuple(actions) for stage, actions in found.items()}

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in the order of episodes."""
        return tuple(self.actions_of)

    def actions_in(self, span: Iterable[Stage]) -> dict[str, str]:
        """Return action -> decision, of the actions with a context in the span."""
        wanted = {action for stage in span for action in self.actions_of.get(stage, ())}
        return {action: self.decided[action] for action in sorted(wanted, key=self.places.__getitem__)}

    def first_moment(self, span: Iterable[Stage]) -> int:
        """Return the place of the span's first episode."""
        return min(self.moments[action] for stage in span for action in self.actions_of.get(stage, ()))

    def past(self, span: Iterable[Stage]) -> tuple[str, ...]:
        """Return the decisions of the optimizer in episodes before the span."""
        first = self.first_moment(span)
        return tuple(decision for action, decision in self.decided.items() if self.moments[action] < first)

    def is_before(self, stage: Stage, span: Iterable[Stage]) -> bool:
        """Return whether every episode of a stage precedes every episode of a span."""
        return max(self.moments[action] for action in self.actions_of[stage]) < self.first_moment(span)

    def complies(self, plan: Plan, span: Iterable[Stage]) -> bool:
        """Return whether the plan reaches a scored context in force in the span, and complies at all such."""
        found = self.scored(plan, span)
        return bool(found) and all(choice.complies for choice in found)

    def defects(self, plan: Plan, span: Iterable[Stage]) -> bool:
        """Return whether the plan defects at some scored context in the span."""
        return any(not choice.complies for choice in self.scored(plan, span))

    def scored(self, plan: Plan, span: Iterable[Stage]) -> tuple[Choice, ...]:
        """Return the choices of the plan in the scored contexts of the span."""
        return tuple(choice for choice in self.choices(plan, span) if choice.scored)

    def choices(self, plan: Plan, span: Iterable[Stage] | None = None) -> tuple[Choice, ...]:
        """Return the choices of the plan in all contexts that it reaches in force, in the span only if one is given."""
        wanted = set(self.stages if span is None else span)
        actions = self.decided if span is None else self.actions_in(wanted)
        found = (choice for action in actions for choice in self._choices_of(plan, action))
        return tuple(choice for choice in found if choice.stage in wanted)

    def _choices_of(self, plan: Plan, action: str) -> tuple[Choice, ...]:
        key = (action, plan.key_of(self.upstream_of(action)))
        if key not in self._choices:
            self._choices[key] = tuple(self._made(plan, action))
        return self._choices[key]

    def _made(self, plan: Plan, action: str) -> Iterator[Choice]:
        role, decision = self.role(action), self.decided[action]
        options = self.world.domains[decision]
        axes = self.context_of(action)
        followed = self.followed(plan)
        for phase in self.phases(role):
            done = self.labelled(followed, action, phase, (*axes, decision))
            chance = np.asarray(done.sum(axis=-1), dtype=done.dtype)
            reached = [tuple(context) for context in np.argwhere(np.asarray(chance > 0, dtype=bool))]
            scores = self.scored_options(plan, action, phase, reached, done) if reached else done
            best = optimal_options(scores)
            for context in reached:
                where = {name: self.world.domains[name][k] for name, k in zip(axes, context, strict=True)}
                taken = tuple(o for o, yes in zip(options, (done[context] > 0).tolist(), strict=True) if yes)
                top = tuple(o for o, yes in zip(options, best[context].tolist(), strict=True) if yes)
                values = dict(zip(options, scores[context].tolist(), strict=True))
                yield Choice(decision, self.stage_of(role, phase), where, chance[context], taken, top, values)

    def expected(self, plan: Plan, utilities: Sequence[str]) -> tuple[Number, Number]:
        """Return the least and greatest expected sum of utilities: where a plan does not decide, any option may follow.

        Both are the same where the plan decides wherever it is reached in force.
        """
        worlds = (completed.followed(self.world) for completed in self.completions(plan))
        found = [sum((world.joint([], utility=u).item() for u in utilities), start=0) for world in worlds]
        return min(found), max(found)

    def completions(self, plan: Plan) -> Iterator[Plan]:
        """Yield the plans that take one option in every context that is reached in force.

        Raises:
            TooLarge: more than 5,000 policies.

        """
        loose = self._loose(plan)
        size = prod(self.world.size(decision) for decision, _ in loose)
        if size > MAX_PLANS:
            raise too_many()
        for picked in product(*(range(self.world.size(decision)) for decision, _ in loose)):
            rules = {decision: rows.copy() for decision, rows in plan.rules.items()}
            for (decision, context), option in zip(loose, picked, strict=True):
                rules[decision][context] = one_hot(self.world.size(decision), option, self.world.exact)
            yield Plan(rules, plan.settled)

    def _loose(self, plan: Plan) -> list[tuple[str, tuple[int, ...]]]:
        """Return the decisions and contexts that are reached in force where the plan does not decide."""
        world, found = self.followed(plan), []
        for action, decision in self.decided.items():
            parents, theta = world.nodes[decision].parents, self.role(action).theta
            keep = tuple(dict.fromkeys([*parents, theta]))
            force = np.asarray(world.joint(keep) * world.along(keep, theta, self.learner) > 0, dtype=bool)
            reached = np.asarray(force.any(axis=-1)) if theta not in parents else force
            found += [(decision, tuple(context)) for context in np.argwhere(reached & ~plan.settled[decision])]
        return found

    def utilities_of(self, stage: Stage) -> tuple[str, ...]:
        """Return the utility nodes credited to the episodes of a stage."""
        episodes = {self.role(action).episode for action in self.actions_of[stage]}
        return self.nodes_of(name for name, credited in self.credit.items() if episodes & {*credited})
