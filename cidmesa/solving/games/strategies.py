"""Pure strategies of an agent: one representative for all that differ only where its own play never leads."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import cells
from cidmesa.modelling.policy import Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["MAX_STRATEGIES", "deciding_agents", "one_rule", "reached", "strategies"]

MAX_STRATEGIES = 4_096  # of one agent


def deciding_agents(model: Model) -> tuple[str, ...]:
    """Return the agents that have decisions, in the order of `CID.agents`."""
    return tuple(agent for agent in model.cid.agents if model.cid.decisions_of(agent))


def strategies(model: Model, agent: str) -> tuple[Policy, ...]:
    """Return the pure policies of ``agent`` that differ in a context to which its own play can lead.

    These are the strategies of the reduced normal form: contexts that chance or the agent's earlier choices exclude,
    whatever the others do, take the first option. Decisions that share a rule (`Model.tied`) get the same rule.

    Raises:
        TooLarge: more than `MAX_STRATEGIES` strategies; names the decisions and their sizes.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> len(strategies(cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2"), "agent"))  # not 2 * 2**2
    4

    """
    decisions = model.cid.decisions_of(agent)
    found: list[Policy] = []
    for rules in _extended(model, model, decisions):
        if len(found) == MAX_STRATEGIES:
            raise _too_many(model, agent)
        by_decision = {rule.decision: rule for rule in rules}
        found.append(Policy(tuple(by_decision[decision] for decision in decisions)))
    return tuple(found)


def _too_many(model: Model, agent: str) -> TooLarge:
    sizes = [f"{d} ({len(model.domains[d])} options in {int(np.prod(_shape(model, d)[:-1]))} contexts)"
             for d in model.cid.decisions_of(agent)]  # fmt: skip
    return TooLarge(
        f"agent {agent!r} has more than {MAX_STRATEGIES} pure strategies: {', '.join(sizes)}. "
        'Use concept="subgame_perfect" (solved part by part), observations="requisite", or fewer links.'
    )


def _extended(model: Model, so_far: Model, left: tuple[str, ...]) -> Iterator[tuple[Rule, ...]]:
    if not left:
        yield ()
        return
    group = _sharing(model, left[0])
    rest = tuple(decision for decision in left if decision not in group)
    contexts = np.logical_or.reduce([reached(so_far, member) for member in group])
    if len(model.domains[group[0]]) ** int(contexts.sum()) > MAX_STRATEGIES:
        raise _too_many(model, str(model.cid.agent(group[0])))
    for values in _choices(contexts, so_far, group[0]):
        rules = tuple(one_rule(model, member, values) for member in group)
        for more in _extended(model, so_far.with_policy(Policy(rules)) if rest else so_far, rest):
            yield (*rules, *more)


def _sharing(model: Model, decision: str) -> tuple[str, ...]:
    return next((group for group in model.tied if decision in group), (decision,))


def reached(model: Model, decision: str) -> Array:
    """Return which contexts of ``decision`` have positive probability when the undecided choose uniformly."""
    return np.asarray(weights(model, model.cid.parents(decision), undecided="uniform") > 0, dtype=bool)


def _choices(mask: Array, model: Model, decision: str) -> Iterator[Array]:
    size = len(model.domains[decision])
    contexts = np.argwhere(mask)
    for picked in product(range(size), repeat=len(contexts)):
        choice = np.zeros(mask.shape, dtype=int)
        for context, option in zip(contexts, picked, strict=True):
            choice[tuple(context)] = option
        yield choice


def one_rule(model: Model, decision: str, choice: Array) -> Rule:
    """Return the rule of ``decision`` that takes the option at position ``choice[context]``."""
    options = model.domains[decision]
    identity = np.eye(len(options))
    values = cells(identity.astype(int).ravel().tolist(), identity.shape)[choice] if model.exact else identity[choice]
    parents = model.cid.parents(decision)
    return Rule(decision, parents, tuple(model.domains[parent] for parent in parents), options, values)


def _shape(model: Model, decision: str) -> tuple[int, ...]:
    return tuple(len(model.domains[node]) for node in (*model.cid.parents(decision), decision))
