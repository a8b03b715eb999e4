"""`equilibria`: Nash, and subgame-perfect part by part: decisions that rely on each other are one game."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal, get_args

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import (
    action_values,
    in_order,
    observing,
    options_there,
    rules_from,
    uniform_rule,
)
from cidmesa.solving.games.equilibrium import Equilibria, Equilibrium, Kind, Solver
from cidmesa.solving.games.nash import listed, nash
from cidmesa.solving.games.regret import from_policy
from cidmesa.solving.games.strategic_form import deciding_agents
from cidmesa.solving.missing_options import reduced
from cidmesa.solving.optimal.backward_induction import best_options
from cidmesa.solving.optimal.optimum import recollection_of
from cidmesa.solving.optimal.problem import game_of
from cidmesa.solving.utility import slack_of
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.solving.games.equilibrium import Concept
    from cidmesa.structure.relevance import RelevanceGraph

__all__ = ["equilibria", "subgame_perfect"]

_CONCEPTS = ("nash", "subgame_perfect")
_METHOD = "decomposition along the relevance graph"


def equilibria(
    model: Model,
    concept: Literal["nash", "subgame_perfect"] = "nash",
    kind: Kind = "pure",
    *,
    observations: Literal["all", "requisite"] = "all",
    limit: int = 1_000,
    solver: Solver = "own",
    by: Literal["profile", "outcome"] = "profile",
) -> Equilibria:
    """Return the equilibria of a model's agents, each verified by its regret: 0 exactly, at most 1e-9 in floats.

    ``kind="pure"``: all profiles of pure rules in which no agent can gain. Rules that differ only in contexts to which
    the agent's own play never leads count as one.

    ``kind="mixed"``: each agent draws one pure policy at the start. If at most two agents have a choice after
    dominance, vertex enumeration gives the extreme equilibria, including the pure ones (if that is too large, all pure
    and some others). With more agents, the isolated equilibria are found on each choice of supports; ``reason`` names
    the supports on which equilibria may form a continuum, and those that were not settled.

    ``kind="behavioural"``: each decision draws separately. These equilibria come from the mixed ones if all agents have
    perfect recall, and from polynomial equations if one forgets or is absent-minded (`Model.sharing_rules`).

    ``concept="subgame_perfect"``: for each set of decisions that rely on no other, the rules are an equilibrium of the
    game in which all other decisions choose uniformly, and hence of every reachable subgame. Rules that differ only in
    contexts excluded by decisions on which they rely count as one.

    Source: Nash 1951; Koller and Milch 2003; Hammond et al. 2021 for subgames.

    Args:
        model: several agents (or one); decisions that should not be solved are given rules by `Model.with_policy`.
        concept: "nash" or "subgame_perfect" (Koller and Milch 2003).
        kind: the strategies of the agents: pure, behavioural or mixed.
        observations: "requisite" drops observations that no best response needs. Each result is an equilibrium of the
            whole game, but equilibria with threats that rest on such observations are missed.
        limit: the greatest number of equilibria to list.
        solver: "gambit" leaves mixed equilibria of larger games to pygambit (extra ``games``); what it finds is
            verified in the same way.
        by: "outcome" lists one equilibrium for each probability distribution over outcomes: rules that differ only in
            contexts that are never reached count as one. Equilibria in mixtures of policies are not merged.

    Raises:
        NotApplicable: ``concept``, ``kind``, ``solver`` or ``by`` is unknown, or pygambit is not installed.
        TooLarge: too many strategies or profiles; the message names their numbers. No payoff has been computed by then.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> g = cm.cid("A, B -> U; A, B -> V", **owned)
    >>> pennies = cm.model(g, A=["head", "tail"], B=["head", "tail"], U="A == B", V="A != B")
    >>> len(equilibria(pennies)), equilibria(pennies).complete
    (0, True)
    >>> print(equilibria(pennies, kind="mixed")[0])
    A: head (1/2) or tail (1/2)
    B: head (1/2) or tail (1/2)
    values: a 1/2, b 1/2

    """
    _check(concept, _CONCEPTS, "concept")
    _check(kind, get_args(Kind), "kind")
    _check(observations, ("all", "requisite"), "observations")
    _check(by, ("profile", "outcome"), "by")
    seen = observing(model, reduced(model)) if observations == "requisite" else model
    _check(solver, get_args(Solver), "solver")
    solved = nash if concept == "nash" else subgame_perfect
    found = solved(seen, kind, limit, solver)
    if seen is not model:
        found = _of_the_whole(found, model, concept, kind)
    return _by_outcome(found, model) if by == "outcome" else found


def _by_outcome(found: Equilibria, model: Model) -> Equilibria:
    """Return the first of the equilibria that act alike in every reached context."""
    first: dict[object, Equilibrium] = {}
    for one in found:
        first.setdefault(_outcome(one, model), one)
    return Equilibria(tuple(first.values()), found.complete, f"{found.reason}; one for each outcome")


def _outcome(one: Equilibrium, model: Model) -> object:
    """Return a value that two equilibria share iff they have the same distribution over outcomes."""
    if one.profile is None:
        return one
    followed = model.with_policy(one.profile)
    return tuple(_done(followed, rule) for rule in in_order(one.profile.values(), model))


def _done(followed: Model, rule: Rule) -> tuple[object, ...]:
    """Return the probability with which each context is reached and each option is taken in it."""
    reached = weights(followed, rule.parents)
    return tuple((reached[..., None] * rule.values).ravel().tolist())


def _of_the_whole(found: Equilibria, model: Model, concept: Concept, kind: Kind) -> Equilibria:
    """Return those that are equilibria of the game in which decisions use all their observations."""
    profiles = ((Policy(in_order(one.profile.values(), model)), one) for one in found if one.profile is not None)
    whole = (from_policy(model, profile, concept, kind, one.method) for profile, one in profiles)
    reason = "rules read requisite observations only; others may be missing"
    return Equilibria(tuple(one for one in whole if one is not None), False, reason)


def _check(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        raise NotApplicable(f"{what}={value!r} is not known.{near_miss(value, known)} Known: {', '.join(known)}.")


# --- subgame-perfect ------------------------------------------------------------------------------------------------


def subgame_perfect(model: Model, kind: Kind, limit: int, solver: Solver = "own") -> Equilibria:
    """Return subgame-perfect equilibria, at most ``limit`` of them.

    The components of the relevance graph are solved one after the other, those that rely on nothing first. Decisions on
    which a component relies, directly or through others, follow their rules. All others choose uniformly, so every
    context that those rules allow is reached. Each component contributes an equilibrium of its own game; every
    combination is returned. Source: Koller and Milch 2003, Algorithm 1 and Theorem 3; Hammond et al. 2021.
    """
    all_of = "these are all" if kind == "pure" else "these are all that are extreme in each part"
    if only := _by_beliefs(model, kind):
        return listed([only], limit, all_of, "there is none")
    graph = relevance_graph(model.cid)
    parts = _Parts(model, graph, lambda local: nash(local, kind, limit, solver))
    ordered = (Policy(tuple(p[d] for d in model.cid.decisions)) for p in parts.profiles(graph.components, Policy(())))
    found = (from_policy(model, profile, "subgame_perfect", kind, _METHOD) for profile in islice(ordered, limit + 1))
    result = listed(found, limit, all_of, "there is none")
    complete = result.complete and all(parts.notes.values())
    return Equilibria(result.found, complete, "; ".join(parts.notes) or result.reason)


def _by_beliefs(model: Model, kind: Kind) -> Equilibrium | None:
    """Return the only equilibrium of agents who remember and always have one best option, ``None`` in other games.

    Where options tie, contexts of the same belief may take different ones, so beliefs do not tell all equilibria. Of
    floats, values and regrets would be rounded in another way. Nobody gains by several deviations where nobody gains by
    one, since all remember.
    """
    cid = model.cid
    if not model.exact or model.symbolic or model.tied or model.menus or minimal_reduction(cid) != cid:
        return None
    problem = game_of(model, cid)
    everybody = {*problem.agents} == {*cid.agents} and len(problem.families) == len(cid.decisions)
    if len(problem.agents) < 2 or not everybody or not problem.soluble:
        return None
    if (source := recollection_of(model, problem)) is None or not source.beliefs.strict:
        return None
    values = {a: source.beliefs.value_to(problem.agents.index(a)) if cid.utilities_of(a) else 0 for a in cid.agents}
    regrets = {a: 0 * values[a] for a in deciding_agents(model)}
    return Equilibrium(Policy(source.rules()), values, regrets, "subgame_perfect", kind, _METHOD)


@dataclass(frozen=True)
class _Parts:
    """A game that is solved part by part; ``notes``: why a part has none or more, and whether these are all."""

    model: Model
    graph: RelevanceGraph
    solved: Callable[[Model], Equilibria]
    notes: dict[str, bool] = field(default_factory=dict)

    def profiles(self, parts: Sequence[tuple[str, ...]], decided: Policy) -> Iterator[Policy]:
        """Yield every completion of ``decided`` by the remaining parts."""
        if not parts:
            yield decided
            return
        relied = self._relied(parts[0])
        others = (d for d in self.model.cid.decisions if d not in parts[0])
        given = Policy(tuple(decided[d] if d in relied else uniform_rule(self.model, d) for d in others))
        for rules in self._solutions(self.model.with_policy(given), ", ".join(parts[0])):
            yield from self.profiles(parts[1:], decided.merged(rules))

    def _relied(self, part: tuple[str, ...]) -> set[str]:
        """Return the part and all decisions on which it relies, directly or through others."""
        found = set(part)
        while more := {other for decision, other in self.graph.edges if decision in found} - found:
            found |= more
        return found

    def _solutions(self, local: Model, part: str) -> Iterator[Policy]:
        """Yield the equilibria of a part, whose decisions are the only ones of the model ``local``."""
        if len(local.cid.decisions) == 1:
            yield from (Policy((rule,)) for rule in _best_rules(local, part))
            return
        found = self.solved(local)
        if not found.complete or not found:
            self.notes[f"in the part {part}: {found.reason}"] = found.complete
        for one in found:
            if one.profile is not None:
                yield one.profile
            else:
                self.notes[f"in the part {part} a forgetful agent mixes; it has no rule that plays like that"] = False


def _best_rules(local: Model, decision: str) -> Iterator[Rule]:
    """Yield the rules that take a best option in every reached context and the first option elsewhere."""
    mass = weights(local, local.cid.parents(decision))[..., None]
    values = action_values(replace(local, menus={}), decision)
    values = values * len(local.domains[decision])  # its options are drawn there
    there = options_there(local, decision)
    best = best_options(mass, values, slack_of(local, local.cid.agent(decision)), among=there)
    yield from rules_from(local, decision, best & (mass > 0))
