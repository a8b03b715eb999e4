"""Coherence across environments: against scipy's linear programs, and by the objective that is found."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog

import cidmesa as cm
from cidmesa.mesa.behaviour import cells_of, choices
from tests.random_models import random_model

MENUS = cm.load("hubinger2019discussion/three-menus").model
GOAL = {"Take": lambda Menu: "second" if Menu == "fig-apple" else "first"}
HABIT = {"Take": "first"}
EACH = [MENUS.substitute(a=a, p=p) for a, p in ((1, 0), (0, 1), (0, 0))]


def environments(policy):
    return {name: (model, policy) for name, model in zip(("one", "two", "three"), EACH, strict=True)}


def test_a_goal_is_coherent_and_a_habit_is_not():
    goal, habit = (cm.coherence(environments(policy), ["Fruit"]) for policy in (GOAL, HABIT))
    assert (goal.margin, habit.margin) == (Fraction(1, 2), 0)
    assert goal.values == (1, Fraction(1, 2), 0)
    assert bool(goal)
    assert not bool(habit)


def test_what_one_environment_does_not_tell_their_intersection_does():
    habit = cm.coherence(environments(HABIT), ["Fruit"])
    assert dict(habit.separate) == {"one": 1, "two": 1, "three": 1}
    for left_out in habit.separate:
        rest = {name: one for name, one in environments(HABIT).items() if name != left_out}
        assert cm.coherence(rest, ["Fruit"]).margin == Fraction(1, 2)


def test_rare_contexts_count_in_full():
    rare = MENUS.substitute(a="1/1000", p="1/1000")
    assert cm.coherence({"rare": (rare, GOAL)}, ["Fruit"]).margin == Fraction(1, 2)
    assert cm.coherence({"rare": (rare, HABIT)}, ["Fruit"]).margin == 0


def observed(rng, count):
    """Yield models of one decision with a policy that is at random in some contexts."""
    while count:
        model = random_model(rng, max_nodes=4, max_decisions=1)
        (decision,), nodes = model.cid.decisions, model.cid.chance_nodes
        if not set(model.cid.descendants(decision)) & set(nodes):
            continue
        options = model.domain(decision)
        shape = [len(model.domain(p)) for p in model.cid.parents(decision)]
        drawn = {index: rng.choice([[o] for o in options] + [list(options[:2])]) for index in np.ndindex(*shape)}

        def rule(drawn=drawn, model=model, decision=decision, **seen):
            at = tuple(model.state(p, seen[p]) for p in model.cid.parents(decision))
            return {o: Fraction(1, len(drawn[at])) for o in drawn[at]}

        yield model, cm.policy(model, {decision: rule}), [rng.choice(nodes)]
        count -= 1


def by_scipy(model, policy, targets):
    """Return the greatest margin by a linear program in floats, and the differences that it is about."""
    decision = model.cid.decisions[0]
    values, reached = choices(model, decision, [tuple(targets)])
    chosen, tied = [], []
    for context in np.ndindex(*reached.shape):
        if not reached[context]:
            continue
        taken = policy[decision].values[context] > 0
        for d, e in np.ndindex(len(taken), len(taken)):
            row = [float(x / reached[context]) for x in values[(*context, d)] - values[(*context, e)]]
            if d != e and taken[d] and any(row):
                (tied if taken[e] else chosen).append(row)
    if not chosen:
        return None
    size = len(chosen[0])
    found = linprog(
        [0] * size + [-1],
        A_ub=[[*(-x for x in row), 1] for row in chosen],
        b_ub=[0] * len(chosen),
        A_eq=[[*row, 0] for row in tied] or None,
        b_eq=[0] * len(tied) or None,
        bounds=[(0, 1)] * size + [(0, 1)],
    )
    return -found.fun


def test_the_margin_is_that_of_linear_programs_and_the_objective_attains_it():
    rng, margins = Random(5), []
    for model, policy, targets in observed(rng, 60):
        expected = by_scipy(model, policy, targets)
        if expected is None:
            with pytest.raises(cm.NotApplicable, match="could not explain the behaviour"):
                cm.coherence({"one": (model, policy)}, targets)
            continue
        found = cm.coherence({"one": (model, policy)}, targets)
        assert float(found.margin) == pytest.approx(expected)
        assert found.cells == cells_of(model, [tuple(targets)])
        if found:
            assert cm.consistent_objectives(model, policy, targets).contains(found.values)
        margins.append(found.margin)
    assert 0 in margins
    assert max(margins) == 1
    assert len(set(margins)) > 4


def test_what_coherence_needs():
    with pytest.raises(cm.NotApplicable, match="at least one environment"):
        cm.coherence({}, ["Fruit"])
    with pytest.raises(cm.NotApplicable, match="not exact"):
        cm.coherence({"one": (MENUS.substitute(a=0.5), GOAL)}, ["Fruit"])
    other = cm.model(cm.cid("D -> Fruit -> U", decisions=["D"], utilities=["U"]), D=[0, 1], Fruit="D", U="Fruit")
    with pytest.raises(cm.NotApplicable, match="same states"):
        cm.coherence(environments(GOAL) | {"other": (other, {"D": 1})}, ["Fruit"])
    with pytest.raises(cm.UnknownNode, match="Fruits"):
        cm.coherence(environments(GOAL), ["Fruits"])
