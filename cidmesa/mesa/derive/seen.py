"""`Seen`: what evidence looks at, one behaviour of one specification while it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ComposeError, NotApplicable, near_miss, not_there
from cidmesa.mesa.scores import for_base, scored, training_scores
from cidmesa.modelling.numbers import as_state
from cidmesa.solving.optimal.solution import solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.conduct import Judge
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["Seen", "acts_of", "scores_anything"]


def acts_of(judge: Judge, plan: Plan) -> dict[str, Array]:
    """Return for each decision P(what it sees, what it does, in force) in the world as it is, under a plan."""
    followed = plan.followed(judge.world)
    found = {}
    for action, decision in judge.decided.items():
        role = judge.training.actions[action]
        axes = (*judge.world.nodes[decision].parents, decision)
        phases = ("train", "deploy") if role.phase_expression else (role.phase,)
        laws = [judge.labelled(followed, action, phase, axes) for phase in phases]
        found[decision] = sum(laws[1:], start=laws[0])
    return found


def scores_anything(training: TrainingProcess) -> bool:
    """Return whether some base utility is settled before deployment."""
    try:
        return bool(training_scores(training))
    except NotApplicable:
        return False


@dataclass(frozen=True, eq=False)
class Seen:
    """A specification's name, class and composition, and one of its behaviours."""

    name: str
    kind: str
    composition: Composition
    judge: Judge
    plan: Plan
    acts: Mapping[str, Array]

    @property
    def model(self) -> Model:
        """The world as it is."""
        return self.composition.objective_twin

    def decision_of(self, name: str) -> str:
        """Return a decision, given it or its action.

        Raises:
            ComposeError: the model has no decision or action of that name.

        """
        decided = self.judge.decided
        if name in decided.values():
            return name
        if name not in decided:
            known = [*decided, *decided.values()]
            raise ComposeError(
                f"{name!r} is neither an action nor a decision.{near_miss(name, known)} There are: {', '.join(known)}."
            )
        return decided[name]

    def option(self, decision: str, act: object) -> int:
        """Return the place of an option."""
        return self.model.state(decision, act)

    def within(self, decision: str, context: Mapping[str, object]) -> Array:
        """Return the part of a decision's acts in which what it sees is as said."""
        here, parents = self.acts[decision], self.judge.world.nodes[decision].parents
        for name, state in context.items():
            if name not in parents:
                raise ComposeError(not_there(f"{decision} does not see {name!r}", name, parents, "It sees"))
            here = np.take(here, [self.model.state(name, as_state(state))], axis=parents.index(name))
        return here

    def defects_at(self, name: str) -> Any:
        """Return the probability that it defects at a decision, given that it is in force there; 0 where it is not."""
        decision = self.decision_of(name)
        choices = [c for c in self.judge.choices(self.plan) if c.decision == decision]
        wrong = total = 0
        for choice in choices:
            here = self.within(decision, dict(choice.context.items()))
            places = [self.option(decision, option) for option in choice.best]
            total += here.sum()
            wrong += here.sum() - sum(here[..., place].sum() for place in places)
        return wrong / total if total > 0 else 0

    def score(self) -> Any:
        """Return the expected base utility that training scores."""
        followed = self.plan.followed(self.judge.world)
        return sum((followed.joint([], utility=name).item() for name in self._scoring()), start=0)

    def _scoring(self) -> list[str]:
        """Return the utilities that training scores, each by the node below it where a mesa-objective reads it."""
        nodes = self.judge.world.nodes
        names = training_scores(self.composition.training)
        return [name if nodes[name].kind == "utility" else f"{name}_score" for name in names]

    def best(self) -> Any:
        """Return the greatest score of any policy."""
        composition = self.composition
        return solve(for_base(scored(composition, in_training=True), composition.training.base_agent)).value
