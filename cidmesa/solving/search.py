"""Exact search over decision rules where backward induction does not reach (limited memory, teams)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.solving.induction import decided, peeled, pure_rule
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.reduction import minimal_reduction, reduce
from cidmesa.structure.relevance import is_soluble, relevance_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.policy import Rule

__all__ = ["optimum", "pure_rules"]

MAX_RULES = 200_000


def optimum(model: Model, agent: str) -> tuple[Number, tuple[Rule, ...], str]:
    """Return the agent's greatest expected utility, rules that attain it, and the method.

    Backward induction first; where a component of the relevance graph with several decisions is left, each pure rule
    of one of them is tried and the rest is solved again, until the value of the diagram in which nothing is forgotten
    (an upper bound) is reached or all are tried. Pure rules suffice for one agent that is not absent-minded.

    Raises:
        TooLarge: more pure rules than can be tried.

    """
    soluble = is_soluble(model.cid)
    rest, rules = peeled(model, minimal_reduction if soluble else reduce)
    if not rest.cid.decisions:
        return expected_utility(rest, agent=agent), rules, "backward induction"
    bound = _without_forgetting(rest, agent)
    value, more = _searched(rest, agent, 1, bound)
    return value, rules + more, "backward induction and search" if rules else "search"


def _searched(model: Model, agent: str, tried: int, bound: Number | None) -> tuple[Number, tuple[Rule, ...]]:
    rest, rules = peeled(model)
    if not rest.cid.decisions:
        return expected_utility(rest, agent=agent), rules
    candidates = next(part for part in relevance_graph(rest.cid).components if len(part) > 1)
    decision = min(candidates, key=lambda d: _count(rest, d))
    tried *= _count(rest, decision)
    if tried > MAX_RULES:
        raise TooLarge(
            f"the rules of {', '.join(candidates)} depend on each other; over {MAX_RULES} would have to be tried. "
            "Give these decisions more memory (information links), or fewer observations."
        )
    best: tuple[Number, tuple[Rule, ...]] | None = None
    for rule in pure_rules(rest, decision):
        value, more = _searched(decided(rest, rule), agent, tried, bound)
        if best is None or value > best[0]:
            best = value, (rule, *more)
        if bound is not None and value >= bound:
            break
    if best is None:
        raise TooLarge(f"decision {decision!r} has no rule.")
    return best[0], rules + best[1]


def _count(model: Model, decision: str) -> int:
    contexts = prod(len(model.domains[parent]) for parent in model.cid.parents(decision))
    options = len(model.domains[decision])
    return options**contexts if contexts <= 64 else MAX_RULES + 1


def pure_rules(model: Model, decision: str) -> Iterator[Rule]:
    """Yield the pure rules that differ in contexts of positive probability, the first option elsewhere."""
    reached = weights(model, model.cid.parents(decision), undecided="uniform")[..., None] > 0
    yield from rules_from(model, decision, reached & np.ones(len(model.domains[decision]), dtype=bool))


def rules_from(model: Model, decision: str, allowed: np.ndarray) -> Iterator[Rule]:
    """Yield every pure rule that takes an allowed option in each context that has one, the first option elsewhere."""
    contexts = list(np.ndindex(*allowed.shape[:-1]))
    choices = [np.flatnonzero(allowed[context]).tolist() or [0] for context in contexts]
    for picked in product(*choices):
        choice = np.zeros(allowed.shape[:-1], dtype=int)
        for context, option in zip(contexts, picked, strict=True):
            choice[context] = option
        yield pure_rule(model, decision, choice)


def _without_forgetting(model: Model, agent: str) -> Number | None:
    """Return the optimal value when each decision also sees all that earlier ones saw and did, an upper bound."""
    seen: dict[str, None] = {}
    specs = []
    for decision in model.cid.decisions:
        spec = model.cid.spec(decision)
        seen.update(dict.fromkeys(spec.parents))
        specs.append(replace(spec, parents=tuple(seen)))
        seen[decision] = None
    try:
        rest, _ = peeled(model.revised(specs))
    except TooLarge:
        return None  # no bound: the search then tries all rules
    return None if rest.cid.decisions else expected_utility(rest, agent=agent)
