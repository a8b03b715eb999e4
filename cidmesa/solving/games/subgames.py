"""Subgame-perfect equilibria, part by part: decisions that rely on each other are one game, later ones are decided."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.modelling.numbers import cells
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.games.equilibrium import Equilibria, Kind, Solver
from cidmesa.solving.games.nash import listed, nash
from cidmesa.solving.games.profiles import from_policy
from cidmesa.solving.games.strategies import reached
from cidmesa.solving.induction import action_values, optimal_options
from cidmesa.solving.search import rules_from
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.structure.relevance import RelevanceGraph

__all__ = ["subgame_perfect"]

METHOD = "decomposition along the relevance graph"


def subgame_perfect(model: Model, kind: Kind, limit: int, solver: Solver = "own") -> Equilibria:
    """Return subgame-perfect equilibria, at most ``limit`` of them.

    The components of the relevance graph are solved one after the other, those that rely on nothing first: decisions on
    which a component relies, directly or through others, follow their rules, all others choose uniformly, so that every
    context that they allow is reached. In each component an equilibrium of its own game is taken; every combination is
    returned. Source: Koller and Milch 2003, Algorithm 1 and Theorem 3; Hammond et al. 2021.
    """
    graph = relevance_graph(model.cid)
    if split := _split_group(model, graph.components):
        return Equilibria((), False, f"the decisions {', '.join(split)} share a rule, but do not rely on each other in "
                          'a circle; parts can\'t be solved one by one. Use concept="nash".')  # fmt: skip
    parts = [(part, _relied(graph, part)) for part in graph.components]
    notes: dict[str, bool] = {}
    profiles = _extended(model, parts, Policy(()), (kind, limit, solver), notes)
    ordered = (Policy(tuple(profile[decision] for decision in model.cid.decisions)) for profile in profiles)
    found = (from_policy(model, profile, "subgame_perfect", kind, METHOD) for profile in islice(ordered, limit + 1))
    result = listed(found, limit, "these are all" if kind == "pure" else "these are all that are extreme in each part",
                    "there is none")  # fmt: skip
    return Equilibria(result.found, result.complete and all(notes.values()), "; ".join(notes) or result.reason)


def _relied(graph: RelevanceGraph, part: tuple[str, ...]) -> frozenset[str]:
    """Return the decisions on which a part relies, directly or through others."""
    found = set(part)
    while more := {other for decision, other in graph.edges if decision in found} - found:
        found |= more
    return frozenset(found.difference(part))


def _split_group(model: Model, parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return next((group for group in model.tied if not any(set(group) <= set(part) for part in parts)), ())


def _extended(model: Model, parts: Sequence[tuple[tuple[str, ...], frozenset[str]]], decided: Policy,
              wanted: tuple[Kind, int, Solver], notes: dict[str, bool]) -> Iterator[Policy]:  # fmt: skip
    """Yield every completion of ``decided`` by the parts that are left.

    ``notes`` collects why a part has none or may have more, and whether these are all.
    """
    if not parts:
        yield decided
        return
    part, relied = parts[0]
    given = Policy(
        tuple(decided[d] if d in relied else _uniform(model, d) for d in model.cid.decisions if d not in part)
    )
    for rules in _solutions(model.with_policy(given), part, wanted, notes):
        yield from _extended(model, parts[1:], decided.merged(rules), wanted, notes)


def _solutions(
    local: Model, part: tuple[str, ...], wanted: tuple[Kind, int, Solver], notes: dict[str, bool]
) -> Iterator[Policy]:
    """Yield the equilibria of a part, the only decisions of the model ``local``."""
    if len(part) == 1:
        yield from (Policy((rule,)) for rule in _best_rules(local, part[0]))
        return
    found = nash(local, *wanted)
    if not found.complete or not found:
        notes[f"in the part {', '.join(part)}: {found.reason}"] = found.complete
    for one in found:
        if one.profile is not None:
            yield one.profile
        else:
            notes[f"in the part {', '.join(part)} a forgetful agent mixes; it has no rule that plays like that"] = False


def _uniform(model: Model, decision: str) -> Rule:
    parents, options = model.cid.parents(decision), model.domains[decision]
    domains = tuple(model.domains[parent] for parent in parents)
    shape = (*map(len, domains), len(options))
    values = cells([1] * int(np.prod(shape)), shape) / len(options) if model.exact else np.full(shape, 1 / len(options))
    return Rule(decision, parents, domains, options, values)


def _best_rules(local: Model, decision: str) -> Iterator[Rule]:
    """Yield the rules that take a best option in every context that is reached, the first option elsewhere."""
    best = optimal_options(action_values(local, decision))
    yield from rules_from(local, decision, best & reached(local, decision)[..., None])
