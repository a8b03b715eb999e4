"""Worlds in which less is seen: threats blind to what is done, and no memory of own decisions that the rest tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.mesa.world import World, one_hot

if TYPE_CHECKING:
    from cidmesa.mesa.plans import Plan, Role
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Array, State

__all__ = ["blinded", "hold", "reached_directly", "threats_below", "threats_of", "without_own_memory"]


def threats_of(training: TrainingProcess) -> tuple[str, ...]:
    r"""Return the threats :math:`\Upsilon`: every parameter node with a parent, and every declared gate."""
    thetas = {theta for theta in training.thetas if training.cid.parents(theta)}
    return tuple(node for node in training.cid.nodes if node in thetas or node in training.gate)


def threats_below(training: TrainingProcess, actions: Iterable[str]) -> tuple[str, ...]:
    r"""Return :math:`\Upsilon_S`: the threats that are descendants of some of the actions."""
    below = {node for action in actions for node in training.cid.descendants(action)}
    return tuple(threat for threat in threats_of(training) if threat in below)


def hold(world: World, training: TrainingProcess, actions: Iterable[str], learner: State) -> World:
    r"""Return :math:`hold`: no threat downstream of the actions comes true.

    A parameter node without parameter parents, or with one that is the learner, is the learner; another obeys its
    mechanism.
    A gate passes.
    """
    held: dict[str, tuple[Sequence[str], Array]] = {}
    for threat in threats_below(training, actions):
        if threat in training.gate:
            held[threat] = ((), world.point(threat, training.gate[threat]))
        elif threat in world.nodes:
            held[threat] = _kept(world, training, threat, learner)
    return world.with_chances({threat: given for threat, given in held.items() if threat in world.nodes})


def _kept(world: World, training: TrainingProcess, theta: str, learner: State) -> tuple[Sequence[str], Array]:
    parents = world.nodes[theta].parents
    before = [parent for parent in parents if parent in training.thetas]
    point = world.point(theta, learner)
    if not before:
        return (), point
    shape = world.shape(parents)
    stays = np.logical_or.reduce([np.broadcast_to(world.along(parents, p, learner), shape) for p in before])
    mechanism = world.factors[theta].values if theta in world.factors else world.even(theta)
    return parents, np.where(stays[..., None], point, mechanism)


# --- blinding -------------------------------------------------------------------------------------------------------


def reached_directly(world: World, training: TrainingProcess, decided: Mapping[str, str]) -> tuple[str, ...]:
    """Return the chance nodes that the actions reach through neither threats nor other actions; not the actions.

    ``decided``: action -> its decision, of the actions in question.
    """
    closed = {*threats_of(training), *training.actions, *world.decisions} - {*decided, *decided.values()}
    below = world.downstream([*decided, *decided.values()], without=closed)
    return tuple(name for name in below if world.nodes[name].kind == "chance" and name not in decided)


def blinded(
    world: World,
    training: TrainingProcess,
    decided: Mapping[str, str],
    plan: Plan,
    *,
    learner: State,
    threats: Iterable[str],
) -> World:
    r"""Return :math:`bl_{\pi,S}`: some threats take the optimizer to do in S what the plan does, whatever it does.

    Each threat reads, in place of a parent that S reaches directly, the parent's ghost. The ghost of an action is what
    the plan does at the ghosts of what is observed, where the learner is in force and the plan says; else the action
    itself. The ghost of a chance node is the node where its inputs equal their ghosts, else drawn afresh from its
    mechanism. Source: the definition in `theory`; ours.

    Args:
        world: the world, with rules before S and none for S and everything after it.
        training: the training process.
        decided: each action of S -> its decision.
        plan: the plan; it must have rules for the decisions of S.
        learner: the parameter value of the optimizer.
        threats: the threats to blind.
    """
    region = (*decided, *reached_directly(world, training, decided))
    needed = {parent for threat in threats if threat in world.nodes for parent in world.nodes[threat].parents}
    wanted = _inputs(world, region, decided, needed)
    ghosts = _ghost_names(world, [name for name in world.nodes if name in wanted], decided)
    domains = {ghost: world.domains[name] for name, ghost in ghosts.items()}
    world = replace(world, domains={**world.domains, **domains})
    for name in [name for name in world.nodes if name in wanted]:
        if name in decided:
            world = _ghost_of_action(world, training, name, decided[name], plan, learner, ghosts)
        else:
            world = _ghost_of_chance(world, name, ghosts)
    for threat in threats:
        if threat in world.nodes:
            world = world.reading(threat, ghosts)
    return world


def _inputs(world: World, region: Iterable[str], decided: Mapping[str, str], needed: Iterable[str]) -> set[str]:
    """Return the nodes of the region that ghosts of ``needed`` follow from."""
    inside = {*region}
    action_of = {decision: action for action, decision in decided.items()}
    found: set[str] = set()
    waiting = [action_of.get(name, name) for name in needed]
    while waiting:
        name = waiting.pop()
        if name in inside and name not in found:
            found.add(name)
            read = world.nodes[decided.get(name, name)].parents
            waiting.extend(action_of.get(parent, parent) for parent in read)
    return found


def _ghost_names(world: World, names: Iterable[str], decided: Mapping[str, str]) -> dict[str, str]:
    """Return node -> its ghost; a decision shares the ghost of its action."""
    taken, ghosts = set(world.nodes), {}
    for name in names:
        ghost = f"{name}~"
        while ghost in taken:
            ghost += "~"
        taken.add(ghost)
        ghosts[name] = ghost
        if name in decided:
            ghosts[decided[name]] = ghost
    return ghosts


def _ghost_of_action(
    world: World,
    training: TrainingProcess,
    action: str,
    decision: str,
    plan: Plan,
    learner: State,
    ghosts: Mapping[str, str],
) -> World:
    theta = training.actions[action].theta
    seen = tuple(ghosts.get(parent, parent) for parent in world.nodes[decision].parents)
    shape = world.shape([*seen, action])
    itself = np.broadcast_to(
        one_hot(world.size(action), np.arange(world.size(action)), world.exact), (*shape, shape[-1])
    )
    done = np.where(plan.settled[decision][..., None, None], plan.rules[decision][..., None, :], itself)
    if theta not in seen:
        done, itself = np.expand_dims(done, -3), np.expand_dims(itself, -3)
        seen = (*seen, theta)
    in_force = world.along([*seen, action], theta, learner)[..., None]
    return world.with_chances({ghosts[action]: ((*seen, action), np.where(in_force, done, itself))})


def _ghost_of_chance(world: World, name: str, ghosts: Mapping[str, str]) -> World:
    node, values = world.nodes[name], world.factors[name].values
    seen = tuple(ghosts.get(parent, parent) for parent in node.parents)
    if ((values == 0) | (values == 1)).all():  # it follows from its inputs
        return world.with_chances({ghosts[name]: (seen, values)})
    doubled = [parent for parent in node.parents if parent in ghosts]
    axes = (*seen, *doubled, name)
    rows = np.empty((*world.shape(axes), world.size(name)), dtype=values.dtype)
    same_as = one_hot(world.size(name), np.arange(world.size(name)), world.exact)
    places = [axes.index(ghosts[parent]) for parent in doubled]
    for index in np.ndindex(*rows.shape[:-1]):
        equal = all(index[place] == index[len(seen) + k] for k, place in enumerate(places))
        rows[index] = same_as[index[-1]] if equal else values[index[: len(seen)]]
    return world.with_chances({ghosts[name]: (axes, rows)})


SMALL = 2**9  # cells of a rule that is kept as it is


def without_own_memory(worlds: tuple[World, ...], roles: Mapping[str, Role]) -> tuple[World, ...]:
    """Return the worlds in which decisions do not see earlier ones that what they see anyway determines.

    D' -> D goes if D sees all that D' sees but for what goes there, and where D is in force so was D'. Under a pure
    plan D' is then a function of the rest wherever it matters what D does (rule R1 of `reduction`). The worlds differ
    in numbers only; they are returned as they are where all tables are small, several agents decide or decisions share
    a rule.
    """
    first = worlds[0]
    largest = max((prod(first.shape([*first.nodes[d].parents, d])) for d in first.decisions), default=0)
    if largest <= SMALL or first.tied or len({first.nodes[d].agent for d in first.decisions}) != 1:
        return worlds
    before = [_in_force_before(world, roles) for world in worlds]
    gone: dict[str, set[str]] = {}
    sees: dict[str, set[str]] = {}
    for decision in first.decisions:
        parents = {*first.nodes[decision].parents}
        own = {p for p in parents if p in sees and sees[p] <= parents}
        gone[decision] = {p for p in own if all(_then_too(surely, roles, decision, p) for surely in before)}
        sees[decision] = parents - gone[decision]
    return tuple(_seeing(world, sees) for world in worlds) if any(gone.values()) else worlds


Before = dict["tuple[str, object]", set[str]]  # parameters and their value -> those that surely had it, too


def _in_force_before(world: World, roles: Mapping[str, Role]) -> Before:
    found: Before = {}
    thetas = {role.theta for role in roles.values()}
    for value in dict.fromkeys(role.value for role in roles.values()):
        for theta in (name for name in world.nodes if name in thetas):
            parents = [p for p in world.nodes[theta].parents if p in thetas]
            surely = (found[p, value] for p in parents if _stays(world, theta, p, value))
            found[theta, value] = {theta}.union(*surely)
    return found


def _then_too(surely: Before, roles: Mapping[str, Role], now: str, then: str) -> bool:
    """Return whether ``then`` is in force for certain where ``now`` is."""
    if now not in roles or then not in roles or roles[now].value != roles[then].value:
        return then not in roles
    return roles[then].theta in surely.get((roles[now].theta, roles[now].value), ())


def _stays(world: World, theta: str, before: str, value: State) -> bool:
    """Return whether the parameters certainly do not have a value where an earlier parameter node does not."""
    variables, values = world.factors[theta] if theta in world.factors else ((theta,), world.even(theta))
    if before not in variables:
        return False
    table = np.moveaxis(values, variables.index(before), 0)
    place, start = world.domains[theta].index(value), world.domains[before].index(value)
    others = np.delete(table, start, axis=0)[..., place]  # the node itself stands last
    return all(isinstance(cell, int | float | Fraction) and cell == 0 for cell in others.ravel().tolist())


def _seeing(world: World, sees: Mapping[str, set[str]]) -> World:
    nodes = {
        name: replace(node, parents=tuple(p for p in node.parents if p in sees[name])) if name in sees else node
        for name, node in world.nodes.items()
    }
    return replace(world, nodes=nodes, known=None)
