"""How behaviour is read: what counts as rational, how much may be lacking, which actions there are."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.distance import with_objective
from tests.random_models import random_model

ROBOT = cm.load("hubinger2019discussion/perfect-irl").model
MOSTLY = {"D": {"sweep": "3/4", "idle": "1/4"}}


def contained(objective, policy, **reading):
    return cm.consistent_objectives(ROBOT, policy, ["Dust"], **reading).contains(objective)


@pytest.mark.parametrize("slack", [0, Fraction(1, 2), 1, 2])
@pytest.mark.parametrize("actions", [["sweep", "idle", "window"], ["sweep", "idle"], ["sweep"]])
@pytest.mark.parametrize("values", list(product([0, 1, 3], repeat=3)))
def test_slack_and_actions_by_comparison(values, actions, slack):
    dust = {"sweep": 1, "idle": 2, "window": 0}
    best = max(values[dust[option]] for option in actions)
    expected = values[1] >= best - slack
    assert contained(values, {"D": "sweep"}, slack=slack, actions={"D": actions}) is expected


@pytest.mark.parametrize("values", list(product([0, 1, 3], repeat=3)))
def test_what_is_done_more_often_is_better(values):
    _, sweep, idle = values
    found = contained(values, MOSTLY, rationality="noisy", actions={"D": ["sweep", "idle"]})
    assert found is (sweep >= idle)
    assert contained(values, MOSTLY, actions={"D": ["sweep", "idle"]}) is (sweep == idle)
    even = {"D": {"sweep": "1/2", "idle": "1/2"}}
    assert contained(values, even, rationality="noisy", actions={"D": ["sweep", "idle"]}) is (sweep == idle)


def test_more_slack_and_fewer_actions_allow_more():
    """On random models: the set of objectives only grows; with slack 0 it is as without."""
    rng, grown = Random(3), 0
    for _ in range(40):
        model = random_model(rng, max_nodes=4, max_decisions=1)
        (decision,), targets = model.cid.decisions, list(model.cid.chance_nodes)
        policy = {decision: rng.choice(model.domain(decision))}
        strict, wide = (cm.consistent_objectives(model, policy, targets, slack=s) for s in (0, Fraction(1, 4)))
        narrow = cm.consistent_objectives(model, policy, targets, actions={decision: [policy[decision]]})
        for _ in range(5):
            values = [Fraction(rng.randint(-2, 2)) for _ in strict.cells]
            assert wide.contains(values) or not strict.contains(values)
            assert narrow.contains(values)
            grown += wide.contains(values) != strict.contains(values)
    assert grown > 3


def test_slack_is_what_the_best_other_policy_gains():
    """With several decisions: consistent iff no pure policy gains more than the slack, by enumeration."""
    rng, verdicts = Random(11), set()
    for _ in range(60):
        model = random_model(rng, max_nodes=4, max_decisions=2)
        if len(model.cid.decisions) < 2 or any(len(model.cid.parents(d)) > 1 for d in model.cid.decisions):
            continue
        targets = [rng.choice(model.cid.chance_nodes or model.cid.decisions)]
        policy = {d: rng.choice(model.domain(d)) for d in model.cid.decisions}
        found = cm.consistent_objectives(model, policy, targets, slack=Fraction(1, 3))
        objective = f"{rng.choice([-1, 1, 2])} * {targets[0]}"
        valued = with_objective(model, objective, "W").revised(without=model.cid.utilities)
        lost = cm.solve(valued).value - cm.expected_utility(valued, policy)
        assert found.contains(objective) is (lost <= Fraction(1, 3))
        verdicts.add(lost <= Fraction(1, 3))
    assert verdicts == {True, False}


def test_messages():
    with pytest.raises(cm.NotApplicable, match=r"rationality='optimum' is not known.*'optimal'"):
        contained("Dust", MOSTLY, rationality="optimum")
    with pytest.raises(cm.NotApplicable, match="negative"):
        contained("Dust", MOSTLY, slack=-1)
    with pytest.raises(cm.NotApplicable, match="actions= leaves out"):
        contained("Dust", MOSTLY, actions={"D": ["sweep"]})
    with pytest.raises(cm.ModelError, match="swep"):
        contained("Dust", MOSTLY, actions={"D": ["swep"]})
    two = cm.model(
        cm.cid("D, E -> X -> U", decisions=["D", "E"], utilities=["U"]), D=[0, 1], E=[0, 1], X="D * E", U="X"
    )
    with pytest.raises(cm.NotApplicable, match="of one decision"):
        cm.consistent_objectives(two, {"D": 1, "E": 1}, ["X"], rationality="noisy")
