"""Behavioural strategies: from mixed ones under perfect recall, and as the unknowns of polynomial payoffs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Array, Number, cells
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import options_there, reached, rule_of
from cidmesa.solving.games.bimatrix import as_fractions
from cidmesa.solving.games.stationary import Polynomials, Term
from cidmesa.solving.games.strategic_form import deciding_agents

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["BehaviourGame", "behaviour_game", "behavioural", "has_perfect_recall", "policy_at"]

MAX_CELLS = 2**16
Place = tuple[int, tuple[int, ...]]  # number of the group of decisions that share a rule, context


def has_perfect_recall(model: Model, agent: str) -> bool:
    r"""Return whether the agent has perfect recall: some order has :math:`Fa(D_j) \subseteq Pa(D_k)` for all j < k.

    The agent cannot distinguish decisions that share a rule, so an absent-minded agent has no perfect recall.
    Source: Koller and Milch 2003, Definition 10.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2")
    >>> has_perfect_recall(m, "agent"), has_perfect_recall(m.sharing_rules(["D1"]), "agent")
    (True, True)
    """
    decisions = model.cid.decisions_of(agent)
    if any(len(set(group) & set(decisions)) > 1 for group in model.tied):
        return False
    families = {d: {d, *model.cid.parents(d)} for d in decisions}
    ordered = sorted(decisions, key=lambda d: len(families[d]))
    return all(families[first] <= set(model.cid.parents(then)) for first, then in pairwise(ordered))


def behavioural(model: Model, mixture: Sequence[tuple[Number, Policy]]) -> Policy:
    r"""Return the behavioural policy :math:`\pi_D(d \mid c) = P(c \to d) / P(c)` over the draws of the mixture.

    :math:`P(c)` is the probability of a strategy whose play can lead to context c, and :math:`P(c \to d)` that of one
    that then chooses d. Under perfect recall the policy and the mixture have the same outcomes (Kuhn 1953). Contexts to
    which no strategy of the mixture leads take the first option.

    >>> import cidmesa as cm
    >>> from fractions import Fraction
    >>> from cidmesa.solving.games.strategic_form import strategies
    >>> g = cm.cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2")
    >>> chances = [Fraction(k, 10) for k in (1, 2, 3, 4)]  # of (0, 0), (0, 1), (1, 0), (1, 1)
    >>> print(behavioural(m, list(zip(chances, strategies(m, "agent")))))
    D1: 0 (3/10) or 1 (7/10)
    D2: 0 (1/3) or 1 (2/3) if D1 = 0; 0 (3/7) or 1 (4/7) if D1 = 1
    """
    return Policy(tuple(_rule(model, decision, mixture) for decision in mixture[0][1]))


def _rule(model: Model, decision: str, mixture: Sequence[tuple[Number, Policy]]) -> Rule:
    weighed = [
        (reached(model.with_policy(policy), decision)[..., None].astype(np.object_) * chance, policy)
        for chance, policy in mixture
    ]
    led: Array = np.sum([weight for weight, _ in weighed], axis=0)
    chosen: Array = np.sum([weight * policy[decision].values for weight, policy in weighed], axis=0)
    anything = mixture[0][1][decision]
    first = np.eye(len(anything.options), dtype=int)[options_there(model, decision).argmax(axis=-1)]
    somewhere = led > 0
    values = np.where(somewhere, chosen / np.where(somewhere, led, 1), first)
    found = cells(values.ravel().tolist(), values.shape)
    return Rule(decision, anything.parents, anything.domains, anything.options, found)


# --- as unknowns --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class BehaviourGame:
    """A model, its groups of decisions with a common rule, the contexts that are reached, and the payoffs."""

    model: Model
    groups: tuple[tuple[str, ...], ...]
    places: tuple[Place, ...]
    options: tuple[tuple[int, ...], ...]  # at each place
    polynomials: Polynomials


def behaviour_game(model: Model) -> BehaviourGame:
    """Return each agent's expected utility as a polynomial in the probabilities of all agents' options.

    Raises:
        TooLarge: the decisions and their observations have too many joint states.
    """
    shared = {decision: group for group in model.tied for decision in group}
    groups = tuple(dict.fromkeys(shared.get(decision, (decision,)) for decision in model.cid.decisions))
    places = tuple(
        (number, tuple(map(int, context)))
        for number, group in enumerate(groups)
        for context in np.argwhere(np.logical_or.reduce([reached(model, d) for d in group]))
    )
    agents = deciding_agents(model)
    owners = tuple(agents.index(str(model.cid.agent(groups[number][0]))) for number, _ in places)
    there = [options_there(model, group[0]) for group in groups]
    options = tuple(tuple(np.flatnonzero(there[number][context]).tolist()) for number, context in places)
    payoffs = tuple(_payoff(model, agent, groups, dict(zip(places, options, strict=True))) for agent in agents)
    return BehaviourGame(model, groups, places, options, Polynomials(tuple(map(len, options)), owners, payoffs))


def _payoff(
    model: Model, agent: str, groups: Sequence[tuple[str, ...]], places: Mapping[Place, tuple[int, ...]]
) -> tuple[Term, ...]:
    seen = dict.fromkeys(chain.from_iterable((*model.cid.parents(d), d) for d in model.cid.decisions))
    nodes = [node for node in model.cid.nodes if node in seen]
    sizes = [len(model.domains[node]) for node in nodes]
    if prod(sizes) > MAX_CELLS:
        shown = " x ".join(f"{size} ({node})" for size, node in zip(sizes, nodes, strict=True))
        raise TooLarge(
            f"decisions and observations have {shown} = {prod(sizes)} joint states; at most {MAX_CELLS} can "
            'be turned into polynomials. Use kind="pure".'
        )
    options = prod(len(model.domains[decision]) for decision in model.cid.decisions)
    full = replace(model, menus={})
    found = [weights(full, nodes, utility=utility, undecided="uniform") for utility in model.cid.utilities_of(agent)]
    total = np.zeros(sizes, dtype=np.object_) + sum(map(as_fractions, found))
    there = {d: options_there(model, d) for d in model.cid.decisions}
    position = {
        (d, context): (k, options)
        for k, ((number, context), options) in enumerate(places.items())
        for d in groups[number]
    }
    terms = []
    for at, value in np.ndenumerate(total):
        state = dict(zip(nodes, at, strict=True))
        seen_by = {d: tuple(state[parent] for parent in model.cid.parents(d)) for d in model.cid.decisions}
        if value and all(there[d][(*seen, state[d])] for d, seen in seen_by.items()):
            used = ((*position[d, seen], state[d]) for d, seen in seen_by.items())
            terms.append((value * options, tuple((k, own.index(option)) for k, own, option in used)))
    return tuple(terms)


def policy_at(game: BehaviourGame, point: Sequence[Array]) -> Policy:
    """Return the policy with these distributions; contexts that are never reached take the first option."""
    rules: dict[str, Rule] = {}
    for number, group in enumerate(game.groups):
        shape = [len(game.model.domains[node]) for node in (*game.model.cid.parents(group[0]), group[0])]
        values = np.zeros(shape, dtype=np.object_)
        np.put_along_axis(values, options_there(game.model, group[0]).argmax(axis=-1)[..., None], 1, axis=-1)
        for (owner, context), options, chances in zip(game.places, game.options, point, strict=True):
            if owner == number:
                values[context] = 0
                values[context][list(options)] = chances
        found = cells(values.ravel().tolist(), values.shape)
        used = found if game.model.exact else found.astype(np.float64)
        rules |= {decision: rule_of(game.model, decision, used) for decision in group}
    return Policy(tuple(rules[decision] for decision in game.model.cid.decisions))
