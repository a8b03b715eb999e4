"""Bounds while there is time: never below the optimum, and what is found attains its value."""

from random import Random
from time import monotonic

import pytest

import cidmesa as cm
from benchmarks.engines import cidmesa_model
from benchmarks.insoluble import drawn, strategies
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.solving.optimal.optimum import bounds_by_parts
from tests.random_models import random_model
from tests.solving.brute import brute_optimum, count_policies


def value_of(nodes, policy):
    """Expected utility by variable elimination, one utility at a time."""
    by_name, total = {node.name: node for node in nodes}, 0
    for node in nodes:
        if node.kind == "utility":
            upstream, todo = {}, list(node.parents)
            while todo:
                name = todo.pop()
                if name not in upstream:
                    above = by_name[name]
                    table = policy[name].values if above.kind == "decision" else above.table
                    upstream[name] = Factor((*above.parents, name), table)
                    todo += above.parents
            total += eliminate([*upstream.values(), Factor(node.parents, node.table)], []).item()
    return total


@pytest.mark.parametrize("seed", range(12))
def test_bounds_hold_however_little_time_there_is(seed):
    nodes = drawn(7, 4, seed, width=3)
    model = cidmesa_model(nodes)
    best = cm.solve(model).value
    for seconds in (0, 0.02, 5):
        found = cm.solve(model, timeout=seconds)
        assert found.value <= best + 1e-9 <= found.bound + 2e-9
        assert value_of(nodes, found.policy) == pytest.approx(found.value, abs=1e-12)
    assert found.gap == 0


def test_bounds_by_parts_fall_to_the_optimum():
    rng, strict = Random(5), 0
    for _ in range(60):
        model = random_model(rng)
        if count_policies(model) > 500:
            continue
        bounds = list(bounds_by_parts(model, model.cid, "agent", monotonic() + 60))
        assert bounds == sorted(bounds, reverse=True)
        assert bounds[-1] == brute_optimum(model)
        strict += bounds[0] > bounds[-1]
    assert strict > 0


@pytest.mark.nightly
def test_one_hundred_and_fifty_variables():
    """Maua, de Campos and Zaffalon 2012 report diagrams of up to 150 variables and 10^64 strategies."""
    nodes = drawn(100, 50, 0, width=2, rule_cells=12)
    assert len(nodes) == 202
    assert strategies(nodes) > 64
    solution = cm.solve(cidmesa_model(nodes))
    assert solution.gap == 0
    assert value_of(nodes, solution.policy) == pytest.approx(solution.value, rel=1e-9)
    assert all(cm.solve(cidmesa_model(nodes), timeout=0.1).bound >= solution.value - 1e-9 for _ in range(1))


def test_drawn_diagrams_keep_their_limits():
    nodes = drawn(30, 10, 3, width=4)
    states = {node.name: node.states for node in nodes}
    for node in nodes:
        cells = node.states
        for parent in node.parents:
            cells *= states[parent]
        assert cells <= (16 if node.kind == "chance" else 8)
    assert drawn(30, 10, 3, width=4)[5].parents == nodes[5].parents
