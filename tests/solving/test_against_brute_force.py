"""Optima of 2,000 random diagrams, with and without recall, equal to the best of all pure policies, exactly."""

from random import Random

import pytest

import cidmesa as cm
from cidmesa.solving.optimal import problem
from tests.random_models import random_chance, random_model, random_payoff
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


def drawn_out(rng, count=8, window=4):
    """Return a model with recall in which links are short, so that several clusters send messages."""
    names, specs, given, memory = [f"N{i}" for i in range(count)], [], {}, {}
    decisions = set(rng.sample(names, rng.randint(2, 4)))
    for k in range(count):
        near = names[max(0, k - window) : k]
        parents = tuple(rng.sample(near, min(len(near), rng.randint(0, 2))))
        if names[k] in decisions:
            parents = tuple(dict.fromkeys([*parents, *memory]))
            memory |= dict.fromkeys([*parents, names[k]])
            specs.append(cm.Node(names[k], "decision", "agent", parents))
            given[names[k]] = [0, 1]
        else:
            specs.append(cm.Node(names[k], "chance", None, parents))
            given[names[k]] = random_chance(rng.random())
    for k in range(rng.randint(2, 4)):
        last = rng.randrange(count)
        near = names[max(0, last - window) : last + 1]
        specs.append(cm.Node(f"U{k}", "utility", "agent", tuple(rng.sample(near, min(len(near), 2)))))
        given[f"U{k}"] = random_payoff(rng.random())
    return cm.model(cm.CID(tuple(specs)), given)


def test_messages_between_clusters_give_the_value_of_one_cluster(monkeypatch):
    for seed in range(300):
        model = drawn_out(Random(seed))
        monkeypatch.setattr(problem, "FEW", len(model.cid.nodes))
        together = cm.solve(model).value
        monkeypatch.setattr(problem, "FEW", 0)
        assert cm.solve(model).value == together, seed


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 110))
def test_value_is_the_best_of_many_policies(seed):
    for model in small_models(seed, recall=False, most=10**6):
        assert cm.solve(model).value == brute_optimum(model), model
