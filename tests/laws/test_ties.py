"""One rule for what is equal in floats: it depends neither on the unit of utility nor on its zero."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.modelling.numbers import TOL, slack
from tests.random_models import random_model

SCALES = [1.0, 1e-9, 1e-30, 1e9, 1e200]
SHIFTS = [0.0, 1.0, -1e4]  # times the scale


def _floats(model, scale=1.0, shift=0.0):
    """The model in floats, its utilities scaled and shifted."""
    given = {}
    for node in model.cid.utilities:
        table = model.table(node)
        keys = [tuple(s.values()) for s in _settings(model, table.variables)]
        worth = dict(zip(keys, (float(v) * scale + shift * scale for v in table.values.ravel()), strict=True))
        given[node] = cm.table([[*key, value] for key, value in worth.items()], table.variables)
    return model.with_mechanism(given)


def _settings(model, parents):
    from cidmesa.modelling.tabulation import node_settings

    return node_settings(parents, model.domains)


def _judgements(model):
    """What is judged of a model by comparing numbers: best options, and whether incentives hold."""
    decision = model.cid.decisions[0]
    found = {"policies": [str(p) for p in cm.solve(model).optimal_policies()]}
    for node in model.cid.chance_nodes:
        found["ri", node] = bool(cm.has_ri(model, decision, node))
        found["ici", node] = bool(cm.has_ici(model, decision, node))
        found["ici of lots", node] = bool(cm.has_ici(model, decision, node, policies="all"))
        found["voc", node] = bool(cm.value_of_control(model, node))
        if node not in model.cid.descendants(decision):
            found["voi", node] = bool(cm.value_of_information(model, decision, node))
    return found


@pytest.mark.parametrize(
    "seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(12, 200))]
)
def test_what_is_equal_depends_neither_on_the_unit_of_utility_nor_on_its_zero(seed):
    model = random_model(Random(seed), max_nodes=4, max_decisions=1)
    exact = _judgements(model)
    for scale in SCALES:
        for shift in SHIFTS:
            assert _judgements(_floats(model, scale, shift)) == exact, (scale, shift)


def _near(gap):
    """A model in which one option is better than the other by ``gap`` of the spread where S = 1, and 0 where S = 0."""
    g = cm.cid("S -> D; S, D -> U; S -> V", decisions=["D"], utilities=["U", "V"])
    half = {0: 0.5, 1: 0.5}
    return cm.model(g, S=half, D=[0, 1], U=lambda S, D: gap * D * (2 * S - 1), V=lambda S: 1.0 * S)


@pytest.mark.parametrize("tol", [1e-12, TOL, 1e-3])
@pytest.mark.parametrize("times", [0.5, 8.0])
def test_all_judge_by_the_same_tolerance(tol, times):
    model = _near(times * tol)
    differs = times > 1
    assert (len(list(cm.solve(model, tol=tol).optimal_policies())) == 1) is differs
    assert bool(cm.has_ri(model, "D", "S", tol=tol)) is differs
    assert bool(cm.has_ici(model, "D", "U", tol=tol)) is differs
    assert bool(cm.value_of_information(model, "D", "S", tol=tol)) is differs


@pytest.mark.parametrize(("gap", "holds"), [(TOL, False), (8 * TOL, True)])
def test_the_value_of_control_is_judged_alike(gap, holds):
    g = cm.cid("S -> U; T -> V", utilities=["U", "V"])
    half = {0: 0.5, 1: 0.5}
    m = cm.model(g, S=half, T=half, U=lambda S: gap * S, V=lambda T: 1.0 * T)  # control of S is worth gap / 2
    assert bool(cm.value_of_control(m, "S")) is holds


def test_exact_numbers_are_equal_only_if_they_are_the_same():
    g = _near(1).cid
    worth = lambda S, D: Fraction(D * (2 * S - 1), 10**40)  # noqa: E731 (a mechanism)
    tiny = cm.model(g, S={0: "1/2", 1: "1/2"}, D=[0, 1], U=worth, V=lambda S: S)
    assert tiny.exact
    assert bool(cm.has_ri(tiny, "D", "S"))
    assert bool(cm.value_of_information(tiny, "D", "S"))


def test_small_contexts_are_judged_as_others():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S={0: 1 - 1e-13, 1: 1e-13}, D=[0, 1], U=lambda S, D: 1.0 * (S == D))
    assert cm.has_ri(m, "D", "S")
    assert cm.solve(m).policy["D"](S=1) == 1


def test_slack_is_that_of_rounding_where_numbers_are_large_beside_their_spread():
    assert slack([np.array([1e9, 1e9 + 1])]) == pytest.approx(1e9 * 2.0**-44)
    assert slack([np.array([0.0, 1.0])]) == TOL
    with pytest.raises(cm.ModelError, match="a number from 0 on, not -1"):
        cm.solve(_near(1.0), tol=-1)
