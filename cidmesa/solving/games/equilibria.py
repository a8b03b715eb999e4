"""`equilibria`: the door to Nash and subgame-perfect equilibria."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.modelling.policy import Policy
from cidmesa.solving.games.equilibrium import Equilibria, Equilibrium, Kind, Solver
from cidmesa.solving.games.nash import nash
from cidmesa.solving.games.profiles import from_policy
from cidmesa.solving.games.subgames import subgame_perfect
from cidmesa.solving.induction import in_order, observing
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["equilibria"]

_CONCEPTS = ("nash", "subgame_perfect")


def equilibria(
    model: Model,
    concept: Literal["nash", "subgame_perfect"] = "nash",
    kind: Kind = "pure",
    *,
    observations: Literal["all", "requisite"] = "all",
    limit: int = 1_000,
    solver: Solver = "own",
) -> Equilibria:
    """Return the equilibria of a model's agents, each verified by its regret: 0 exactly, at most 1e-9 in floats.

    ``kind="pure"``: all profiles of pure rules in which nobody gains; rules that differ only in contexts to which the
    agent's own play never leads count as one. ``"mixed"``: each agent draws one pure policy at the start; the extreme
    equilibria, pure ones among them, by vertex enumeration where at most two agents have a choice after dominance (all
    pure and some others where that is too large), by polynomial equations for small games of more.
    ``"behavioural"``: each decision draws for itself; from the mixed ones where all agents have perfect recall, by
    polynomial equations where one forgets or is absent-minded (`Model.sharing_rules`).
    ``concept="subgame_perfect"``: for each set of decisions that rely on no other, its rules are an equilibrium of the
    game in which all other decisions choose uniformly, and hence of every subgame that can be reached. Rules that
    differ only in contexts excluded by decisions on which they rely count as one.

    Args:
        model: several agents (or one); decisions that should not be solved are given rules by `Model.with_policy`.
        concept: Nash, or subgame-perfect (Koller and Milch 2003).
        kind: what strategies the agents have.
        observations: "requisite" drops observations that no best response needs; what is found is an equilibrium of the
            whole game, but threats that rest on such observations are missed.
        limit: at most so many are listed.
        solver: "gambit" leaves mixed equilibria of larger games to pygambit (extra ``games``); what it finds is
            verified in the same way.

    Raises:
        NotApplicable: an unknown concept, kind or solver; pygambit is not installed.
        TooLarge: too many strategies or profiles; names their numbers before any payoff is computed.

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
    seen = observing(model, minimal_reduction(model.cid)) if observations == "requisite" else model
    _check(solver, get_args(Solver), "solver")
    solved = nash if concept == "nash" else subgame_perfect
    found = solved(seen, kind, limit, solver)
    if seen is model:
        return found
    whole = tuple(one for one in (_spread(model, one) for one in found) if one is not None)
    return Equilibria(whole, False, "rules read requisite observations only; others may be missing")


def _check(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        raise NotApplicable(f"{what}={value!r} is not known.{near_miss(value, known)} Known: {', '.join(known)}.")


def _spread(model: Model, one: Equilibrium) -> Equilibrium | None:
    """Return the equilibrium with rules over all observations, verified in the whole game."""
    if one.profile is None:
        return None
    return from_policy(model, Policy(in_order(one.profile.values(), model)), one.concept, one.kind, one.method)
