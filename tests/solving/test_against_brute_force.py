"""Optima of 2,000 random diagrams, with and without recall, equal to the best of all pure policies, exactly."""

from random import Random

import pytest

import cidmesa as cm
from cidmesa.solving.optimal import problem
from tests.random_models import random_model
from tests.solving.brute import brute_optimum, count_policies

PART = 250


def small_models(seed, recall, most=3_000):
    rng, found = Random(seed), []
    while len(found) < PART:
        model = random_model(rng, recall=recall)
        if count_policies(model) <= most:
            found.append(model)
    return found


@pytest.mark.parametrize("recall", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_value_is_the_best_of_all_policies(seed, recall):
    for model in small_models(seed, recall):
        solution = cm.solve(model)
        assert solution.value == brute_optimum(model), model
        assert (solution.exact, solution.gap) == (True, 0)
        assert cm.expected_utility(model, solution.policy) == solution.value
        with pytest.MonkeyPatch.context() as patch:  # small problems are one cluster; here messages and search
            patch.setattr(problem, "FEW", 0)
            assert cm.solve(model).value == solution.value


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 110))
def test_value_is_the_best_of_many_policies(seed):
    for model in small_models(seed, recall=False, most=10**6):
        assert cm.solve(model).value == brute_optimum(model), model
