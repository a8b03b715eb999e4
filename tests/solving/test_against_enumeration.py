"""`solve` and `optimal_policies` against enumeration of all pure policies, in exact numbers."""

from itertools import product
from math import prod
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.modelling.inference import weights
from cidmesa.solving.decision_rules import rules_from
from tests.random_models import random_model

MAX_POLICIES = 600


def every_policy(model):
    rules = []
    for decision in model.cid.decisions:
        shape = [len(model.domain(node)) for node in (*model.cid.parents(decision), decision)]
        if shape[-1] ** prod(shape[:-1]) > MAX_POLICIES:
            return None
        rules.append(list(rules_from(model, decision, np.ones(shape, dtype=bool))))
    if prod(map(len, rules)) > MAX_POLICIES:
        return None
    return [cm.Policy(combination) for combination in product(*rules)]


def play(model, policy):
    """What the policy does in the contexts that it reaches."""
    followed = model.with_policy(policy)
    steps = []
    for decision in model.cid.decisions:
        reached = weights(followed, model.cid.parents(decision)) > 0
        options = policy[decision].values.argmax(axis=-1)
        steps += [
            (decision, context, int(options[context])) for context in np.ndindex(*reached.shape) if reached[context]
        ]
    return tuple(steps)


def small_models(seed, count):
    rng, found = Random(seed), []
    while len(found) < count:
        model = random_model(rng)
        if (policies := every_policy(model)) is not None:
            found.append((model, policies))
    return found


@pytest.mark.parametrize(("model", "policies"), small_models(seed=1, count=120))
def test_value_and_all_optimal_policies_equal_enumeration(model, policies):
    values = [cm.expected_utility(model, policy) for policy in policies]
    solution = cm.solve(model)
    assert solution.exact
    assert solution.value == max(values)
    assert cm.expected_utility(model, solution.policy) == solution.value
    wanted = {play(model, policy) for policy, value in zip(policies, values, strict=True) if value == max(values)}
    got = [play(model, policy) for policy in solution.optimal_policies()]
    assert len(got) == len(set(got))
    assert set(got) == wanted


def test_the_sample_uses_every_method():
    methods = {cm.solve(model).method for model, _ in small_models(seed=1, count=120)}
    assert methods == {"backward induction", "search", "backward induction and search"}


@pytest.mark.parametrize(("model", "policies"), small_models(seed=2, count=20))
def test_floats_give_the_same_value(model, policies):
    as_float = model.with_mechanism({u: float_table(model, u) for u in model.cid.utilities})
    assert not as_float.exact
    assert cm.solve(as_float).value == pytest.approx(float(cm.solve(model).value), abs=1e-9)


def float_table(model, utility):
    table = model.table(utility)
    states = [model.domain(parent) for parent in table.variables]

    def lookup(**context):
        index = tuple(domain.index(context[name]) for name, domain in zip(table.variables, states, strict=True))
        return float(table.values[index])

    return lookup
