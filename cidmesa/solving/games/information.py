"""The game as polynomials in behavioural rules: one distribution for each decision and context that is reached."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import cells
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.games.mixed import as_fractions
from cidmesa.solving.games.polynomial import Polynomials, Term
from cidmesa.solving.games.strategies import deciding_agents, reached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["BehaviourGame", "behaviour_game", "policy_at"]

MAX_CELLS = 2**16
Place = tuple[int, tuple[int, ...]]  # number of the group of decisions that share a rule, context


@dataclass(frozen=True, eq=False)
class BehaviourGame:
    """A model, its groups of decisions with a common rule, the contexts that are reached, and the payoffs."""

    model: Model
    groups: tuple[tuple[str, ...], ...]
    places: tuple[Place, ...]
    polynomials: Polynomials


def behaviour_game(model: Model) -> BehaviourGame:
    """Return each agent's expected utility as a polynomial in the probabilities of its and the others' options.

    Raises:
        TooLarge: the decisions and their observations have too many joint states.

    """
    shared = {decision: group for group in model.tied for decision in group}
    groups = tuple(dict.fromkeys(shared.get(decision, (decision,)) for decision in model.cid.decisions))
    places = tuple((number, tuple(map(int, context))) for number, group in enumerate(groups)
                   for context in np.argwhere(np.logical_or.reduce([reached(model, d) for d in group])))  # fmt: skip
    agents = deciding_agents(model)
    owners = tuple(agents.index(str(model.cid.agent(groups[number][0]))) for number, _ in places)
    sizes = tuple(len(model.domains[groups[number][0]]) for number, _ in places)
    payoffs = tuple(_payoff(model, agent, groups, places) for agent in agents)
    return BehaviourGame(model, groups, places, Polynomials(sizes, owners, payoffs))


def _payoff(model: Model, agent: str, groups: Sequence[tuple[str, ...]], places: Sequence[Place]) -> tuple[Term, ...]:
    seen = dict.fromkeys(chain.from_iterable((*model.cid.parents(d), d) for d in model.cid.decisions))
    nodes = [node for node in model.cid.nodes if node in seen]
    sizes = [len(model.domains[node]) for node in nodes]
    if prod(sizes) > MAX_CELLS:
        shown = " x ".join(f"{size} ({node})" for size, node in zip(sizes, nodes, strict=True))
        raise TooLarge(f"decisions and observations have {shown} = {prod(sizes)} joint states; at most {MAX_CELLS} can "
                       'be turned into polynomials. Use kind="pure".')  # fmt: skip
    options = prod(len(model.domains[decision]) for decision in model.cid.decisions)
    found = [weights(model, nodes, utility=utility, undecided="uniform") for utility in model.cid.utilities_of(agent)]
    total = np.zeros(sizes, dtype=np.object_) + sum(map(as_fractions, found))
    where = {decision: (number, [nodes.index(p) for p in model.cid.parents(decision)], nodes.index(decision))
             for number, group in enumerate(groups) for decision in group}  # fmt: skip
    position = {place: k for k, place in enumerate(places)}
    return tuple((value * options, tuple((position[number, tuple(at[p] for p in parents)], at[own])
                                         for number, parents, own in where.values()))
                 for at, value in np.ndenumerate(total) if value)  # fmt: skip


def policy_at(game: BehaviourGame, point: Sequence[Array]) -> Policy:
    """Return the policy with these distributions; contexts that are never reached take the first option."""
    rules = {}
    for number, group in enumerate(game.groups):
        shape = [len(game.model.domains[node]) for node in (*game.model.cid.parents(group[0]), group[0])]
        values = np.zeros(shape, dtype=np.object_)
        values[..., 0] = 1
        for (owner, context), chances in zip(game.places, point, strict=True):
            if owner == number:
                values[context] = chances
        for decision in group:
            rules[decision] = _rule(game.model, decision, values)
    return Policy(tuple(rules[decision] for decision in game.model.cid.decisions))


def _rule(model: Model, decision: str, values: Array) -> Rule:
    parents = model.cid.parents(decision)
    domains = tuple(model.domains[parent] for parent in parents)
    found = cells(values.ravel().tolist(), values.shape)
    used = found if model.exact else found.astype(np.float64)
    return Rule(decision, parents, domains, model.domains[decision], used)
