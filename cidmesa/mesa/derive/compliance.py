"""How probable it is that all that a plan does is of greatest base score."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.mesa.conduct import Judge
from cidmesa.mesa.scores import judged_utilities
from cidmesa.mesa.world import World
from cidmesa.modelling.inference import eliminate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.scores import Choice
    from cidmesa.modelling.numbers import Array, State

__all__ = ["complying", "judge_of"]


def judge_of(composition: Composition, judge: str | Sequence[str]) -> Judge:
    """Return who judges what a composed mesa-optimizer does, in the world as it is."""
    learner = composition.optimizers[0]
    twin, utilities = World.of(composition.objective_twin), judged_utilities(composition.training, judge)
    return Judge(composition.training, twin, composition.of(learner), learner, utilities)


def complying(judge: Judge, world: World, plan: Plan, choices: Sequence[Choice]) -> Any:
    """Return the probability that in the contexts of these choices, in force, all that is done is of greatest score.

    ``world`` is the judge's, in whatever numbers the plan has.
    """
    rules = {}
    for action, decision in judge.decided.items():
        parents, rule = world.nodes[decision].parents, plan.rules[decision]
        axes = tuple(dict.fromkeys([*parents, *(name for name in _telling(judge, action) if name in world.nodes)]))
        rule = rule.reshape([*rule.shape[:-1], *(1 for _ in axes[len(parents) :]), rule.shape[-1]])
        for choice in choices:
            if choice.decision == decision and choice.scored:
                wrong = np.array([option not in choice.best for option in world.domains[decision]])
                rule = np.where(_in_force(judge, world, action, choice, axes)[..., None] & wrong, 0 * rule, rule)
        rules[decision] = (axes, np.broadcast_to(rule, world.shape([*axes, decision])))
    masked = world.with_chances(rules)
    return eliminate([masked.factors[n] for n, node in masked.nodes.items() if node.kind != "utility"], []).item()


def _telling(judge: Judge, action: str) -> tuple[str, ...]:
    """Return the nodes that tell whether an action is in force, and in which phase."""
    role, later = judge.training.actions[action], judge.training.cid.descendants(action)
    phase = role.phase_expression.names if role.phase_expression else ()
    return (role.theta, *phase, *(gate for gate in judge.training.gate if gate not in later))


def _in_force(judge: Judge, world: World, action: str, choice: Choice, axes: Sequence[str]) -> Array:
    """Return where a choice's context is on, with the learner in force and in its phase."""
    training, role = judge.training, judge.training.actions[action]
    gates = {g: s for g, s in training.gate.items() if g in axes and choice.stage.phase == "deploy"}
    where = _at(world, axes, {**choice.context, role.theta: judge.learner, **gates})
    if role.phase_expression is None:
        return where
    names = [name for name in role.phase_expression.names if name in axes]
    fixed = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
    settings = (dict(zip(names, states, strict=True)) for states in product(*(world.domains[n] for n in names)))
    on = [_at(world, axes, s) for s in settings if role.phase_at(fixed | s) == choice.stage.phase]
    return np.asarray(where & np.logical_or.reduce([np.broadcast_to(one, world.shape(axes)) for one in on]))


def _at(world: World, axes: Sequence[str], states: Mapping[str, State]) -> Array:
    """Return where nodes have these states, as an array over ``axes`` that broadcasts."""
    found: Array = np.ones([1 for _ in axes], dtype=bool)
    for name, state in states.items():
        found = np.asarray(found & world.along(axes, name, state))
    return found
