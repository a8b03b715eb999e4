"""Long chains of decisions: right, and linear in their length."""

import time
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from benchmarks.engines import cidmesa_model
from benchmarks.families import mdp, pig, pomdp
from cidmesa.solving.optimal.backward_induction import folded, swept
from cidmesa.solving.optimal.problem import problem_of
from cidmesa.structure.reduction import minimal_reduction
from tests.mesa.processes import corners
from tests.random_models import random_model


def backwards(nodes):
    """Plain backward induction on the arrays."""
    first, moves, rewards = nodes[0].table, nodes[3].table, nodes[2].table
    value = np.zeros(len(first))
    for _ in range(len(nodes) // 3):
        value = (rewards + moves @ value).max(axis=1)
    return float(first @ value)


@pytest.mark.parametrize(("stages", "states"), [(10, 3), (100, 10), (1000, 10), (50, 40)])
def test_markov_decision_process(stages, states):
    nodes = mdp(stages, states)
    assert cm.solve(cidmesa_model(nodes)).value == pytest.approx(backwards(nodes), rel=1e-12)


def test_time_grows_linearly():
    def seconds(stages):
        model = cidmesa_model(mdp(stages, 5))
        start = time.process_time()
        cm.solve(model)
        return time.process_time() - start

    seconds(100)
    long = min(seconds(1600) for _ in range(3))  # the collector may look through all that other tests left
    assert long <= 16 * 3 * max(seconds(100), 0.005)


def test_folding_back_agrees_with_the_junction_tree():
    """Where it applies, which is where nothing relevant is hidden and no two options are as good as each other."""
    rng, applied = Random(5), 0
    for _ in range(300):
        model = random_model(rng, recall=True)
        problem = problem_of(model, "agent", minimal_reduction(model.cid))
        if found := folded(problem):
            value, rules = found
            world, left = swept(problem)
            assert (value, left) == (world.value(), [])
            assert all((rule.values == world.rules[d].values).all() for d, rule in rules.items())
            applied += 1
    assert applied > 50


def test_partially_observed_process():
    """A recursion over beliefs gives the same."""
    nodes = {node.name: node.table for node in pomdp(4)}
    first, signals, moves, rewards = nodes["S0"], nodes["O0"], nodes["S1"], nodes["R0"]

    def best(weights, left):
        total = 0.0
        for seen in range(3):
            joint = weights * signals[:, seen]
            after = [joint @ rewards[:, a] + (best(joint @ moves[:, a], left - 1) if left > 1 else 0) for a in range(3)]
            total += max(after)
        return total

    assert cm.solve(cidmesa_model(pomdp(4))).value == pytest.approx(best(first, 4), rel=1e-12)


def test_fifty_episodes_with_perfect_recall_are_solved_exactly():
    """All that is recalled is what one did oneself: the tables of all histories are not needed."""
    composition = cm.compose(corners(training=20, deployment=30), cm.MesaSpec(target="A == 'b'", scope="updates"))
    start = time.process_time()
    solution = cm.solve(composition.model)
    assert time.process_time() - start < 5
    assert (solution.value, solution.exact, solution.gap) == (30, True, 0)
    assert [solution.plan[f"D_A{t}"] for t in (1, 20, 21, 50)] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("fixed", [(), (1, 2, 5), (2, 3, 4, 6)])
def test_clusters_that_are_alike_keep_their_own_variables(fixed):
    """Months in which the treatment follows its test have clusters that are alike, and so have the others."""
    model = cidmesa_model(pig(8))
    model = model.with_policy({f"D{month}": f"T{month}" for month in fixed})
    found = cm.solve(model)
    assert found.method == "search"
    assert cm.expected_utility(model, found.policy) == pytest.approx(found.value, rel=1e-12)
