"""The behavioural objective: every objective for which a policy is optimal, and its consequences elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, check_word
from cidmesa.mesa.behaviour import Reading, Row, cells_of, completions, rows_of
from cidmesa.mesa.distance import with_objective
from cidmesa.mesa.programs import widest_margin
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import Number, show
from cidmesa.modelling.policy import Policy
from cidmesa.solving.optimal.solution import solve
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.mesa.distance import Objective
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["ConsistentObjectives", "Piece", "Prediction", "Targets", "consistent_objectives", "groups_of"]

Targets: TypeAlias = "Sequence[str] | Mapping[object, Sequence[str]]"
_STRICT = 1e-7


@dataclass(frozen=True)
class Piece:
    """A cone of objectives, ``row . u >= 0`` for each row (with a ``slack``, ``>= -slack``, a polyhedron).

    ``completion`` is the policy that they make optimal: the observed one, with a rule added for every other decision.
    ``rows`` compare options taken with options not taken, ``ties`` two options that are both taken.
    """

    completion: Policy
    rows: tuple[Row, ...]
    ties: tuple[Row, ...] = ()
    slack: Number = 0

    def contains(self, values: Sequence[Number]) -> bool:
        """Return whether the objective with these values, one for each cell, lies in the cone."""
        return all(_dot(row, values) >= -self.slack - _rounding(values) for row in (*self.rows, *self.ties))

    @cached_property
    def margin(self) -> float:
        """The greatest margin by which options taken can exceed all others, for values in [-1, 1] (linear program)."""
        return widest_margin(self.ties, self.rows, self.size, self.slack)[0] if self.rows else 0.0

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(next(iter((*self.rows, *self.ties)), ()))


@dataclass(frozen=True)
class Prediction:
    """A policy in another environment for which some consistent objective is strictly optimal there.

    ``values``: such an objective. ``regret``: what the base objective loses by the policy, if one was given.
    """

    policy: Policy
    values: tuple[float, ...]
    margin: float
    regret: Number | None = None


@dataclass(frozen=True, repr=False)
class ConsistentObjectives(Tells):
    """The objectives over some targets for which the observed behaviour is optimal: a union of cones.

    ``cells`` are the settings of ``targets``; an objective gives each of them a value. There is one cone (`Piece`)
    for each way to complete the policy, and only one if the policy has a rule for every decision.

    Source: Ng and Russell 2000; for influence diagrams ours.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> seen = cm.consistent_objectives(m, {"D": 1}, ["D"])
    >>> seen.contains("D"), seen.contains("-D")
    (True, False)

    """

    targets: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[State, ...], ...]
    pieces: tuple[Piece, ...]

    def contains(self, objective: str | Sequence[Number] | Callable[..., Number]) -> bool:
        """Return whether the behaviour is optimal for an objective (exact for exact numbers).

        ``objective``: an expression or function over the targets of the first episode, or a value for each cell.
        """
        values = self.values(objective)
        return any(piece.contains(values) for piece in self.pieces)

    def values(self, objective: str | Sequence[Number] | Callable[..., Number]) -> tuple[Number, ...]:
        """Return the value of each cell."""
        settings = [dict(zip(self.targets[0], cell, strict=True)) for cell in self.cells]
        if isinstance(objective, str):
            expression = Expression(objective)
            expression.check_names(self.targets[0], "a target")
            return tuple(expression(setting) for setting in settings)  # type: ignore[misc]
        if callable(objective):
            return tuple(objective(**setting) for setting in settings)
        if len(objective) != len(self.cells):
            raise NotApplicable(
                f"{len(self.cells)} values are needed, one for each setting of {', '.join(self.targets[0])}."
            )
        return tuple(objective)

    @property
    def completions(self) -> tuple[Policy, ...]:
        """The completions of the policy that some objective makes strictly better than all others (linear programs)."""
        return tuple(piece.completion for piece in self.pieces if piece.margin > _STRICT)

    def predictions(self, environment: Model, base: Objective | None = None) -> tuple[Prediction, ...]:
        """Return the pure policies in another environment that a consistent objective makes strictly optimal there.

        The function solves one linear program for each policy and cone. Several predictions mean that the behaviour
        does not determine what the system will do there. With an objective ``base``, each prediction holds that
        objective's loss (`Prediction.regret`). The environment must have one decision and the same names of targets.

        Raises:
            NotApplicable: the model does not have exactly one decision, or scipy is not installed.

        """
        if len(environment.cid.decisions) != 1:
            raise NotApplicable("predictions are for an environment with one decision; fix others by with_policy.")
        groups = [group for group in self.targets if all(node in environment.cid for node in group)]
        judged = None if base is None else _judged(environment, base)
        best = None if judged is None else solve(judged).value
        found = []
        for policy in completions(environment, Policy(())):
            strict = rows_of(environment, policy, environment.cid.decisions, groups[:1]).chosen
            margin, values = max(
                widest_margin((*p.rows, *p.ties), strict, len(self.cells), p.slack) for p in self.pieces
            )
            if margin > _STRICT:
                loss = None if judged is None or best is None else best - expected_utility(judged, policy)
                found.append(Prediction(policy, values, margin, loss))
        return tuple(found)

    def worst_regret(self, environment: Model, base: Objective) -> Number:
        """Return the greatest regret of ``base`` over all predictions: the possible cost of trusting the behaviour."""
        found = [p.regret for p in self.predictions(environment, base) if p.regret is not None]
        if not found:
            raise NotApplicable("no consistent objective has a strictly best policy in this environment.")
        return max(found)

    def most_telling(self, environments: Mapping[str, Model]) -> str:
        """Return the environment in which consistent objectives differ most, and which to observe next.

        It is the first one with the most predictions; observing the behaviour there rules out all but one.
        Source: after Amin and Singh 2016, who choose environments to identify a reward.
        """
        return max(environments, key=lambda name: len(self.predictions(environments[name])))

    def to_json(self) -> dict[str, Any]:
        """Return targets, cells and the rows of each cone as plain data."""
        cones = [[[show(x) for x in row] for row in (*piece.rows, *piece.ties)] for piece in self.pieces]
        return {
            "targets": [list(group) for group in self.targets],
            "cells": [list(map(show, cell)) for cell in self.cells],
            "cones": cones,
        }

    def to_text(self) -> str:
        """Return the inequalities of each cone."""
        names = [f"u({', '.join(map(show, cell))})" for cell in self.cells]
        parts = []
        for piece in self.pieces:
            lines = [f"  {_sum(row, names)} >= 0" for row in (*piece.rows, *piece.ties)] or ["  any objective"]
            head = f"if {piece.completion}".replace("\n", "; ") if len(self.pieces) > 1 else "consistent objectives"
            parts.append("\n".join([f"{head}:", *lines]))
        return "\n".join(parts)


def consistent_objectives(
    model: Model,
    policy: Policy | Mapping[str, object],
    targets: Targets,
    *,
    scope: str = "updates",
    episodes: Mapping[str, object] | None = None,
    rationality: Literal["optimal", "noisy"] = "optimal",
    slack: Number = 0,
    actions: Mapping[str, Sequence[State]] | None = None,
) -> ConsistentObjectives:
    r"""Return all objectives over ``targets`` for which ``policy`` is optimal in ``model``: what behaviour reveals.

    For one decision, these are the objectives u with
    :math:`\sum_t [P(t \mid o, do(d)) - P(t \mid o, do(d'))]\, u(t) \ge 0` for every context o of positive probability,
    every d that the policy takes there and every d'. Contexts that are not reached reveal nothing: this is
    unidentifiability. With several episodes, one objective values the targets of each episode; under "updates" a
    decision counts all of them, under "episode" only its own (the answer depends on this, so choose). Optimality is
    then ex ante, against every other pure policy of the same agent. Decisions without a rule, such as those in
    deployment, may take any rule for which the whole is optimal: a union of cones. What behaviour reveals also depends
    on ``rationality``, ``slack`` and ``actions``.
    Source: the inequalities are Ng and Russell 2000's, for influence diagrams; unions and scope are ours.

    Args:
        model: decisions and environment; its own utilities do not matter.
        policy: the observed rules of some or all decisions.
        targets: nodes, or episode -> nodes of that episode, with the same states in each.
        scope: "updates" or "episode".
        episodes: decision -> its episode, for ``scope="episode"``.
        rationality: "optimal": each option taken is best. "noisy" (one decision an agent): an option taken more often
            is better, and one taken as often is as good, as under a soft policy of any temperature.
        slack: how much a change in one context (with several decisions, of the policy) may gain in expectation, in
            units of the objective. The answer then depends on the scale of the objective.
        actions: decision -> the options from which the system is taken to choose; all options if left out.

    Raises:
        NotApplicable: targets have different shapes, an episode has no targets, ``slack`` is negative, or ``actions``
            leaves out an option that the policy takes.
        UnknownNode: the model lacks a target; composition may have left it out (ask the objective twin).
        TooLarge: too many pure policies.

    >>> import cidmesa as cm
    >>> g = cm.cid("Door -> Red; Door, Red -> D; D, Door -> atDoor; D, Red -> atRed; atDoor, atRed -> U",
    ...            decisions=["D"], utilities=["U"])
    >>> red = cm.table([["L", {"L": "rho", "R": "1 - rho"}], ["R", {"R": "rho", "L": "1 - rho"}]], ["Door"])
    >>> m = cm.model(g, Door=cm.uniform("LR"), Red=red, D=["L", "R"], atDoor="D == Door", atRed="D == Red", U=0,
    ...              parameters={"rho": 1})
    >>> found = consistent_objectives(m, {"D": "Door"}, ["atDoor", "atRed"])
    >>> print(found)
    consistent objectives:
      -1/2 u(0, 0) + 1/2 u(1, 1) >= 0
    >>> found.contains("atDoor"), found.contains("atRed"), found.contains("-atRed")
    (True, True, False)
    >>> sorted(int(p.regret) for p in found.predictions(m.substitute(rho=0), base="atDoor"))
    [0, 1]
    >>> often = {"D": {"L": "3/4", "R": "1/4"}}  # whatever it sees
    >>> [consistent_objectives(m, often, ["D"], rationality=r).contains("D == 'L'") for r in ("optimal", "noisy")]
    [False, True]

    """
    groups = groups_of(targets)
    for node in (name for group in groups.values() for name in group):
        model.cid.index(node)  # UnknownNode says which nodes there are
    cells, observed = cells_of(model, tuple(groups.values())), Policy.of(model, policy)
    players, read = _players(model, groups, scope, episodes), _reading(model, rationality, actions, observed)
    if slack < 0:
        raise NotApplicable(f"slack={show(slack)} is negative. Give how much a change may gain, 0 or more.")
    if rationality == "noisy" and any(len(decisions) > 1 for decisions, _ in players):
        raise NotApplicable("'noisy' compares the options of one decision. Fix the others with model.with_policy.")
    pieces = []
    for completion in completions(model, observed):
        if not all(read.allows(rule) for rule in completion.rules):
            continue
        parts = [rows_of(model, completion, decisions, counted, read) for decisions, counted in players]
        rows = dict.fromkeys(row for part in parts for row in part.chosen)
        ties = dict.fromkeys(row for part in parts for row in part.tied)
        pieces.append(Piece(completion, tuple(rows), tuple(ties), slack))
    return ConsistentObjectives(tuple(groups.values()), cells, tuple(pieces))


def _reading(
    model: Model,
    rationality: Literal["optimal", "noisy"],
    actions: Mapping[str, Sequence[State]] | None,
    observed: Policy,
) -> Reading:
    """Return how behaviour is read; NotApplicable where what is observed contradicts it."""
    check_word("rationality", rationality, ("optimal", "noisy"))
    known = {model.cid.known_decision(d): options for d, options in (actions or {}).items()}
    positions = {d: [model.state(d, option) for option in options] for d, options in known.items()}
    read = Reading(rationality, {d: [model.domain(d)[i] for i in found] for d, found in positions.items()})
    if wrong := [rule.decision for rule in observed.rules if not read.allows(rule)]:
        raise NotApplicable(f"at {wrong[0]!r} the policy takes an option that actions= leaves out.")
    return read


def _judged(model: Model, base: Objective) -> Model:
    """Return the model with the base objective in place of its utilities."""
    added = with_objective(model, base)
    return added.revised(without=model.cid.utilities)


def groups_of(targets: Targets) -> dict[object, tuple[str, ...]]:
    """Return the targets of each episode."""
    if isinstance(targets, str):
        raise NotApplicable(f"targets is a list of nodes, for example [{targets!r}].")
    return {e: tuple(nodes) for e, nodes in targets.items()} if hasattr(targets, "items") else {1: tuple(targets)}


Player: TypeAlias = "tuple[list[str], list[tuple[str, ...]]]"


def _players(
    model: Model, groups: Mapping[object, tuple[str, ...]], scope: str, episodes: Mapping[str, object] | None
) -> list[Player]:
    """Return who decides what and which targets count for it."""
    check_word("scope", scope, ("episode", "updates"))
    if scope == "updates":
        return [(list(model.cid.decisions), list(groups.values()))]
    belongs = dict(episodes or {})
    if len(groups) == 1:
        belongs = dict.fromkeys(model.cid.decisions, next(iter(groups))) | belongs
    if missing := [d for d in model.cid.decisions if belongs.get(d) not in groups]:
        raise NotApplicable(
            f"which episode does {missing[0]!r} belong to? Say it in episodes=: {', '.join(map(str, groups))}."
        )
    own = {episode: [d for d in model.cid.decisions if belongs[d] == episode] for episode in groups}
    return [(decisions, [groups[episode]]) for episode, decisions in own.items() if decisions]


def _dot(row: Row, values: Sequence[Number]) -> Number:
    return sum(a * b for a, b in zip(row, values, strict=True))


def _rounding(values: Sequence[Number]) -> float:
    """Return how far below 0 rounding may lead: nothing for exact values."""
    return 1e-9 * max(abs(float(v)) for v in values) if any(isinstance(v, float) for v in values) else 0


def _sum(row: Row, names: Sequence[str]) -> str:
    terms = [f"{show(weight)} {name}" for weight, name in zip(row, names, strict=True) if weight]
    return " + ".join(terms).replace("+ -", "- ")
