"""What shows that policies are optimal, that nobody gains in an equilibrium, and a condition on one parameter."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.modelling.policy import Policy
from cidmesa.proofs.documents import Document, exact, rules_in, setting, state, steps_for, written
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import fresh_name
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.real_roots import roots_of, simplest
from cidmesa.symbolic.traced import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.solving.games.equilibrium import Equilibrium
    from cidmesa.solving.optimal.solution import Solution
    from cidmesa.symbolic.condition import Condition
    from cidmesa.symbolic.real_roots import Stop

__all__ = ["by_cells", "mean", "of_equilibrium", "of_solution", "optimum", "options"]


NOTHING = Policy(())
MODEL = "model"


def of_solution(solution: Solution) -> Document:
    """Return what shows that a solution is optimal: links that can go, and the policy that gets the most.

    Raises:
        NotApplicable: numbers are floats, decisions share a rule, or the optimum is not known.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> of_solution(cm.solve(m)).claims[0]["value"]
    1
    """
    if solution.gap:
        raise NotApplicable("the optimum is not known. Solve without a time limit first.")
    return optimum(solution.model, solution.agent, NOTHING, solution.policy, solution.value)


def optimum(model: Model, agent: str, fixed: Policy, policy: Policy, value: Number, name: str = MODEL) -> Document:
    """Return what shows that ``policy`` gets ``value``, the most that an agent can get when others are ``fixed``.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> optimum(m, "agent", NOTHING, cm.policy(m, {"D": 1}), 1).claims[0]["policy"]
    {'D': [0, 1]}
    """
    about = {"kind": "optimum", "model": name, "agent": agent, "rules": rules_in(model, fixed.values())}
    own = [policy[decision] for decision in model.cid.decisions if decision not in fixed]
    steps = steps_for(_followed(model, fixed), agent)
    shown = {"policy": rules_in(model, own), "value": exact(value), "steps": steps}
    return Document({name: written(model)}, (about | shown,))


def options(
    model: Model, fixed: Policy, decision: str, when: Mapping[str, Any], taken: Sequence[State], name: str = MODEL
) -> Document:
    """Return what shows which options some optimal policy takes at a decision, where nodes are in these states.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> options(m, NOTHING, "D", {}, [1]).claims[0]["options"]
    [1]
    """
    agent = str(model.cid.agent(decision))
    about = {"kind": "options", "model": name, "agent": agent, "rules": rules_in(model, fixed.values())}
    steps = steps_for(_with_bonus(_followed(model, fixed), agent, [tuple(dict.fromkeys([*when, decision]))]), agent)
    asked = {"decision": decision, "when": setting(model, when), "steps": steps}
    return Document({name: written(model)}, (about | asked | {"options": [state(option) for option in taken]},))


def mean(
    model: Model,
    agent: str,
    fixed: Policy,
    of: str | Mapping[str, State],
    value: Number,
    *,
    given: Mapping[str, Any] | None = None,
    do: Mapping[str, Any] | None = None,
    name: str = MODEL,
) -> Document:
    """Return what shows the expected utility ``of`` an agent, or the probability of states, under all optimal policies.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> mean(m, "agent", NOTHING, {"D": 1}, 1).claims[0]["of"]
    {'D': 1}
    """
    known, followed = dict(given or {}), _followed(model, fixed)
    about = {"kind": "mean", "model": name, "agent": agent, "rules": rules_in(model, fixed.values())}
    if isinstance(of, str):
        parts = [tuple(dict.fromkeys([*known, *followed.parents(u)])) for u in followed.utilities_of(of)]
        what: Any = of
    else:
        parts, what = [tuple(dict.fromkeys([*known, *of]))], setting(model, of)
    steps = [] if do else steps_for(_with_bonus(followed, agent, [tuple(known), *parts]), agent)
    asked = {"of": what, "given": setting(model, known), "do": setting(model, do or {}), "value": exact(value)}
    return Document({name: written(model)}, (about | asked | {"steps": steps},))


def of_equilibrium(found: Equilibrium, model: Model) -> Document:
    """Return what shows that in an equilibrium of this model no agent gets more by another policy.

    Of a subgame-perfect equilibrium, too, only this is shown.

    Raises:
        NotApplicable: the solution is a mixed strategy without rules or a leader's commitment, or it has floats.

    >>> import cidmesa as cm
    >>> g = cm.cid("A -> U; A -> V", decisions={"a": ["A"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> m = cm.model(g, A=[0, 1], U="A", V="-A")
    >>> of_equilibrium(cm.equilibria(m)[0], m).claims[0]["values"]
    {'a': 1}
    """
    if found.profile is None or found.concept == "stackelberg":
        raise NotApplicable("a proof needs a profile in which each agent's rules are a best response to the others'.")
    steps = {}
    for agent in dict.fromkeys(str(model.cid.agent(decision)) for decision in model.cid.decisions):
        others = Policy(tuple(rule for rule in found.profile.rules if model.cid.agent(rule.decision) != agent))
        steps[agent] = steps_for(_followed(model, others), agent)
    values = {agent: exact(found.values[agent]) for agent in steps}
    claim = {"kind": "equilibrium", "model": MODEL, "profile": rules_in(model, found.profile.rules), "values": values}
    return Document({MODEL: written(model)}, (claim | {"steps": steps},))


def _followed(model: Model, fixed: Policy) -> CID:
    return model.with_policy(fixed).cid if fixed else model.cid


def _with_bonus(cid: CID, agent: str, scopes: Sequence[tuple[str, ...]]) -> CID:
    """Return the diagram with further utilities of an agent, by which its optimal policies are told apart."""
    specs = list(cid.specs)
    for scope in scopes:
        name = fresh_name([spec.name for spec in specs], "bonus")
        specs.append(Node(name, "utility", agent, scope))
    return CID(tuple(specs))


BITS = 30  # an irrational number is left out with 2 ** -BITS about it


def by_cells(condition: Condition, option_claim: Callable[[Mapping[str, Any]], Document]) -> Document:
    """Return what shows a condition on which options are optimal, given what makes that claim under parameter values.

    Nothing is said of a short interval about each irrational number at which two values are equal.

    Raises:
        NotApplicable: there are several free parameters, one is an integer or has no lower bound, an answer is not
            known, or the models differ in more than numbers.
    """
    if len(condition.parameters) != 1 or not condition.complete or condition.assuming:
        raise NotApplicable("a proof needs a complete condition on one parameter, without assumptions.")
    (parameter,) = condition.parameters
    if parameter.integer or parameter.low is None:
        raise NotApplicable(f"{parameter.name} is a whole number, or has no least value.")
    ends = Fraction(parameter.low), None if parameter.high is None else Fraction(parameter.high)
    cells = _cells(_stops(condition, *ends), *ends)
    found = [option_claim(_at(parameter.name, cell)) for cell in cells if cell[0] != cell[1]]
    first = found[0]
    if any((other.models, other.claims) != (first.models, first.claims) for other in found[1:]):
        raise NotApplicable("the model changes with the parameter by more than numbers in its tables.")
    said = [_said(condition, parameter.name, cell) for cell in cells]
    return Document(first.models, (first.claims[0] | {"kind": "condition", "cells": said},))


Cell = tuple[Fraction, "Fraction | None"]


def _stops(condition: Condition, low: Fraction, high: Fraction | None) -> list[Stop]:
    """Return the zeros of all polynomials that were asked about, inside the range."""
    factors = dict.fromkeys(factor for path in condition.paths for factor in sorted(path.factors))
    roots = [root for factor in factors for root in roots_of(factor)]
    for root in roots:
        root.closely(BITS)
    return sorted(root for root in roots if low < root.low and (high is None or root.high < high))


def _cells(stops: list[Stop], low: Fraction, high: Fraction | None) -> list[Cell]:
    """Return numbers and open intervals in turn; an irrational stop makes an interval between two numbers."""
    points = [low, *(end for stop in stops for end in dict.fromkeys((stop.low, stop.high)))]
    kept = sorted({*points, *([] if high is None else [high])})
    ends: list[Fraction | None] = [*kept[1:], *([None] if high is None else [])]
    cells: list[Cell] = []
    for start, end in zip(kept, ends, strict=False):
        cells += [(start, start), (start, end)]
    return [*cells, (kept[-1], kept[-1])] if high is not None else cells


def _middle(cell: Cell) -> Fraction:
    return cell[0] if cell[0] == cell[1] else simplest(*cell)


def _at(name: str, cell: Cell) -> Mapping[str, Any]:
    return Trace(Point((name,), (_middle(cell),))).parameters()


def _said(condition: Condition, name: str, cell: Cell) -> dict[str, Any]:
    low, high = cell
    narrow = high is not None and low < high and (high - low) * 2**BITS <= 2
    holds = None if narrow else condition.holds_at({name: _middle(cell)})
    return {"from": exact(low), "to": None if high is None else exact(high), "holds": holds}
