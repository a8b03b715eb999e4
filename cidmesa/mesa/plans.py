"""All rational plans of a composed model: optimal for one agent, sequentially rational for several, with every tie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.mesa.circles import settled_anyhow
from cidmesa.mesa.recollected import plans_by_beliefs, told_apart
from cidmesa.mesa.world import one_hot, shares
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.solving.optimal.optimum import optimum
from cidmesa.solving.optimal.shared_rules import tied_optima
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["MAX_PLANS", "Following", "Plan", "Role", "best_value", "rational_plans", "too_many"]

MAX_PLANS = 5_000

Masks = dict[str, "Array"]  # decision -> which options may be taken, contexts first


class Role(NamedTuple):
    """A learned algorithm's decision is carried out where its parameter node ``theta`` has the state ``value``."""

    theta: str
    value: State


@dataclass(frozen=True, eq=False)
class Plan:
    """What is done in each context: ``rules`` are arrays P(option | parents), the options last.

    ``settled`` says in which contexts the plan decides: those that it expects to reach in force. In other contexts the
    choice does not matter to it, and its row is uniform: every option may be taken.
    """

    rules: Mapping[str, Array]
    settled: Mapping[str, Array]

    @cached_property
    def _signatures(self) -> dict[str, bytes]:
        rows = {name: np.asarray(rule > 0, dtype=bool) for name, rule in self.rules.items()}
        return {name: bytes((row & self.settled[name][..., None]).tobytes()) for name, row in rows.items()}

    @cached_property
    def exactly(self) -> dict[str, object]:
        """What tells apart rules that differ in any number, or in where they are settled."""
        return {name: told_apart(rule, self.settled[name]) for name, rule in self.rules.items()}

    @property
    def key(self) -> tuple[tuple[str, bytes], ...]:
        """A value that two plans share iff they decide the same in the same contexts."""
        return tuple(self._signatures.items())

    def key_of(self, decisions: Iterable[str]) -> tuple[tuple[str, bytes], ...]:
        """Return the part of the key that concerns some decisions."""
        known = self._signatures
        return tuple((name, known[name]) for name in decisions if name in known)

    def only(self, decisions: Iterable[str]) -> Plan:
        """Return the part of the plan that concerns some decisions."""
        kept = [name for name in decisions if name in self.rules]
        return Plan({name: self.rules[name] for name in kept}, {name: self.settled[name] for name in kept})

    def followed(self, world: World) -> World:
        """Return the world in which the undecided decisions that the plan has rules for follow it."""
        undecided = [name for name in world.decisions if name in self.rules]
        return world.with_chances({name: (world.nodes[name].parents, self.rules[name]) for name in undecided})

    def policy(self, world: World) -> Policy:
        """Return the plan as a policy; where it does not decide, the first option that it allows."""
        return Policy(tuple(_rule(world, name, self) for name in world.decisions if name in self.rules))


class Following:
    """Follows plans in a world; what the world in which the last one is followed knows is used again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._last: tuple[Plan, World] = Plan({}, {}), world

    def __call__(self, plan: Plan) -> World:
        """Return the world in which the plan is followed."""
        before, world = self._last
        other = [d for d in {**before.rules, **plan.rules} if before.key_of([d]) != plan.key_of([d])]
        if other:
            self._last = plan, plan.only(other).followed(world.reopened(self.world, other))
        return self._last[1]


def _rule(world: World, decision: str, plan: Plan) -> Rule:
    parents, rows = world.nodes[decision].parents, plan.rules[decision]
    first = one_hot(rows.shape[-1], np.asarray(rows > 0, dtype=bool).argmax(-1), world.exact)
    values = np.where(plan.settled[decision][..., None], rows, first)
    return Rule(decision, parents, tuple(world.domains[p] for p in parents), world.domains[decision], values)


def rational_plans(world: World, roles: Mapping[str, Role], past: Plan | None = None) -> tuple[Plan, ...]:
    """Return every rational plan of the world's undecided decisions, after ``past``.

    One agent: the pure plans that attain the optimum, told apart where they are reached in force. Several agents: the
    pure profiles of backward induction, every tie broken in every way that matters to another agent. Decisions that
    share a rule: the optimal rules. ``roles``: of the learned algorithms' decisions; others always count as in force.
    A context is settled by a plan where its decision is reached in force under the plan.

    Raises:
        NotApplicable: decisions of several agents rely on each other in a cycle.
        TooLarge: more than 5,000 plans.

    """
    start = past or Plan({}, {})
    world = start.followed(world)
    if world.tied:
        return tuple(_merged(start, plan) for plan in _sharing(world))
    known = plans_by_beliefs(world, roles, MAX_PLANS + 1)
    found: dict[object, Plan] = {}
    for plan in _one_by_one(world, roles) if known is None else (Plan(*tables) for tables in known):
        found.setdefault(plan.key, plan)
        if len(found) > MAX_PLANS:
            raise too_many()
    return tuple(_merged(start, plan) for plan in found.values())


def _one_by_one(world: World, roles: Mapping[str, Role]) -> Iterator[Plan]:
    for masks in _optimal(_Order.of(world), roles, {}):
        yield from _reduced(world, masks, roles, Plan({}, {}))


def too_many() -> TooLarge:
    """Return the error for more plans than can be looked at."""
    return TooLarge(f"more than {MAX_PLANS} plans are optimal. Break ties, for example by a small cost.")


def _merged(first: Plan, second: Plan) -> Plan:
    return Plan({**first.rules, **second.rules}, {**first.settled, **second.settled})


@dataclass(frozen=True)
class _Order:
    """A world with its decisions in solving order, those that rely on each other together, and who relies on whom."""

    world: World
    parts: tuple[tuple[str, ...], ...]
    relies: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, world: World) -> _Order:
        graph = relevance_graph(minimal_reduction(world.cid))
        return cls(world, graph.components, frozenset(graph.edges))

    @property
    def first(self) -> tuple[str, ...]:
        """The decisions that come next."""
        return self.parts[0]

    @property
    def rest(self) -> _Order:
        """The order without those that come next."""
        return replace(self, parts=self.parts[1:])

    def others(self) -> set[str]:
        """Return the other agents that are still to decide."""
        owners = {str(self.world.nodes[d].agent) for part in self.parts[1:] for d in part}
        return owners - {str(self.world.nodes[self.first[0]].agent)}

    def given(self, rules: Masks, *, all_later: bool = False) -> World:
        """Return the world in which the decisions follow their rules on which those that come next rely.

        All other decisions choose uniformly, so that every context is possible. ``all_later``: so do decisions follow
        theirs that are not upstream of what comes next.
        """
        above = self.world.upstream(self.first) if all_later else set(self.world.decisions)
        wanted = {d for d in rules if d not in above or any((one, d) in self.relies for one in self.first)}
        world = self.world
        return world.with_chances({d: (world.nodes[d].parents, rules[d]) for d in wanted})


# --- which options may be taken -------------------------------------------------------------------------------------


def _optimal(order: _Order, roles: Mapping[str, Role], rules: Masks) -> Iterator[Masks]:
    """Yield the optimal options of all decisions, by backward induction; ``rules`` are those decided already."""
    if not order.parts:
        yield {}
        return
    order, world = _untied(order, rules), order.world
    for masks in _of_one(order, rules) if len(order.first) == 1 else _of_team(order, rules, roles):
        decided = {d: one_hot(world.size(d), mask.argmax(-1), world.exact) for d, mask in masks.items()}
        for earlier in _optimal(order.rest, roles, rules | decided):
            yield masks | earlier


def _of_one(order: _Order, rules: Masks) -> Iterator[Masks]:
    """Yield the optimal options of a decision; several times where a tie matters to another agent."""
    (decision,) = order.first
    mask = optimal_options(order.given(rules).action_values(decision, str(order.world.nodes[decision].agent)))
    told_apart = np.zeros(mask.shape[:-1], dtype=bool)
    for agent in sorted(order.others()) if (mask.sum(axis=-1) > 1).any() else ():
        told_apart |= _varies(order.given(rules, all_later=True).action_values(decision, agent), mask)
    contexts = [tuple(context) for context in np.argwhere(told_apart)]
    for picked in _picks(mask, contexts):
        narrowed = mask.copy()
        for context, option in zip(contexts, picked, strict=True):
            narrowed[context] = np.arange(mask.shape[-1]) == option
        yield {decision: narrowed}


def _varies(values: Array, mask: Array) -> Array:
    """Return in which contexts the values of the masked options are not all the same."""
    first = np.take_along_axis(values, mask.argmax(-1)[..., None], axis=-1)
    return np.asarray(((values != first) & mask).any(axis=-1), dtype=bool)


def _picks(mask: Array, contexts: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    choices = [np.flatnonzero(mask[context]).tolist() for context in contexts]
    if prod(map(len, choices)) > MAX_PLANS:
        raise too_many()
    return product(*choices)


# --- decisions that rely on each other ------------------------------------------------------------------------------


def _of_team(order: _Order, rules: Masks, roles: Mapping[str, Role]) -> Iterator[Masks]:
    """Yield the jointly optimal rules of decisions of one agent that rely on each other."""
    world = order.given(rules)
    agent = str(world.nodes[order.first[0]].agent)
    ordered = [decision for decision in world.decisions if decision in order.first]
    yield from _joint_rules(world, ordered, agent, roles, best_value(world, agent, ordered))


def _untied(order: _Order, rules: Masks) -> _Order:
    """Return the order in which decisions of several agents that rely on each other come one by one, last first.

    The diagram only admits that they do. Here it is checked in numbers that the options that are best for the last of
    them are the same in every context whatever the others do.

    Raises:
        NotApplicable: these decisions cannot be ordered one by one.

    """
    first = order.first
    if len({order.world.nodes[decision].agent for decision in first}) < 2:
        return order
    last = next(decision for decision in reversed(order.world.decisions) if decision in first)
    rest = tuple(decision for decision in first if decision != last)
    alone = replace(order, parts=((last,), rest, *order.parts[1:]))
    others = [d for d in rest if (last, d) in order.relies]
    if not settled_anyhow(alone.given(rules), last, str(order.world.nodes[last].agent), others):
        raise NotApplicable(
            f"the decisions {', '.join(first)} of several agents rely on each other in a circle. Ask "
            "cm.equilibria, or let later decisions see what they must guess, such as the parameters "
            "(MesaSpec(observes=...))."
        )
    return alone


def _joint_rules(
    world: World, decisions: Sequence[str], agent: str, roles: Mapping[str, Role], value: Number
) -> Iterator[Masks]:
    if not decisions:
        yield {}
        return
    decision, *rest = decisions
    every = np.ones(world.shape([*world.nodes[decision].parents, decision]), dtype=bool)
    for rows, settled in _rules(world, decision, every, roles):
        after = world.with_chances({decision: (world.nodes[decision].parents, rows)})
        if _same(best_value(after, agent, rest), value):
            mask = np.where(settled[..., None], rows > 0, True)
            yield from ({decision: mask} | masks for masks in _joint_rules(after, rest, agent, roles, value))


def best_value(world: World, agent: str, decisions: Sequence[str]) -> Number:
    """Return what ``agent`` gets at most by its ``decisions``, all other undecided ones choosing uniformly."""
    if decisions:
        return optimum(world.model(agent, decisions), agent).value
    total: Number = sum(world.joint([], utility=u).item() for u in world.utilities([agent]))
    return total


def _same(found: Number, value: Number) -> bool:
    return bool(found == value) if not isinstance(found, float) else abs(found - value) <= 1e-9 * max(1.0, abs(found))


def _sharing(world: World) -> Iterator[Plan]:
    """Yield the optimal rules of decisions that share one, which may mix."""
    agent = str(world.nodes[world.decisions[0]].agent)
    for policy in tied_optima(world.model(agent, world.decisions), agent):
        rules = {rule.decision: rule.values for rule in policy.rules}
        yield Plan(rules, {name: np.ones(rule.shape[:-1], dtype=bool) for name, rule in rules.items()})


# --- plans told apart where they are reached ------------------------------------------------------------------------


def _reduced(world: World, masks: Masks, roles: Mapping[str, Role], before: Plan) -> Iterator[Plan]:
    """Yield the plans within the masks, decision after decision in topological order."""
    decision = next(iter(world.decisions), None)
    if decision is None:
        yield before
        return
    for rows, settled in _rules(world, decision, masks[decision], roles):
        after = world.with_chances({decision: (world.nodes[decision].parents, rows)})
        plan = Plan({**before.rules, decision: rows}, {**before.settled, decision: settled})
        yield from _reduced(after, masks, roles, plan)


def _rules(world: World, decision: str, mask: Array, roles: Mapping[str, Role]) -> Iterator[tuple[Array, Array]]:
    """Yield each rule of a decision that takes one masked option where it is reached in force, and where that is.

    Where it is reached but not in force all masked options are equally likely, where it is not reached all options.
    """
    reached, settled = _reached(world, decision, roles)
    open_rows = shares(np.where(reached[..., None], mask, True), world.exact)
    contexts = [tuple(context) for context in np.argwhere(settled)]
    for picked in _picks(mask, contexts):
        rows = open_rows.copy()
        for context, option in zip(contexts, picked, strict=True):
            rows[context] = one_hot(mask.shape[-1], option, world.exact)
        yield rows, settled


def _reached(world: World, decision: str, roles: Mapping[str, Role]) -> tuple[Array, Array]:
    """Return in which contexts a decision is reached, and in which it is reached in force."""
    parents = world.nodes[decision].parents
    role = roles.get(decision)
    if role is None:
        reached = np.asarray(world.joint(parents) > 0, dtype=bool)
        return reached, reached
    keep = tuple(dict.fromkeys([*parents, role.theta]))
    joint = np.asarray(world.joint(keep) > 0, dtype=bool)
    in_force = world.along(keep, role.theta, role.value)
    if role.theta in parents:
        return joint, joint & in_force
    return np.asarray(joint.any(axis=-1)), np.asarray((joint & in_force).any(axis=-1))
