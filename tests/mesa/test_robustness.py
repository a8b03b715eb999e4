"""Impact and intent alignment, objective and capability robustness: worked cases, and what follows from what."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm

PLACES = {"train": {}, "deploy": {"rho": 0}}


def judged(found):
    return [bool(one) for one in (found.impact, found.intent, found.objective, found.capability)]


@pytest.mark.parametrize(("name", "expected"), [("wants-red", [False, False, False, True]), ("wants-door", [True] * 4)])
def test_the_red_door_agent_is_able_and_wants_the_wrong_thing(name, expected):
    red = cm.load("hubinger2019/red-door")
    found = cm.robustness(red.training, red.specs[name], PLACES)
    assert judged(found) == expected
    assert bool(found) is expected[0]
    assert expected[0] or found.objective.witness == ("deploy",)
    assert judged(cm.robustness(red.training, red.specs[name], {"train": {}})) == [True] * 4


def test_a_robot_that_errs_for_the_better_is_neither_able_nor_well_meaning():
    """E43: under its false belief it cleans; what would be best for it is to rest."""
    dirt = cm.load("hubinger2019/dirt-destroyed")
    assert judged(cm.robustness(dirt.training, dirt.specs["mistaken"], {"train": {}})) == [True, False, False, False]
    assert judged(cm.robustness(dirt.training, dirt.specs["informed"], {"train": {}})) == [False, False, False, True]


def test_who_means_well_and_knows_too_little_does_harm():
    g = cm.cid("Theta -> A; S -> Y; A -> Y; Y -> U_b", utilities={"base": ["U_b"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, S={0: "1/4", 1: "3/4"}, A=cm.uniform([0, 1]), Y="A == S", U_b="Y")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": 1})
    means_well = cm.MesaSpec(target="Y", scope="episode", beliefs={"S": {0: "3/4", 1: "1/4"}})
    found = cm.robustness(t, means_well, {"train": {}})
    assert judged(found) == [False, True, True, False]
    assert found.impact.reason == "base loses 1/2 in train by what it does"
    assert judged(cm.robustness(t, means_well, {"train": {}}, tolerance=Fraction(1, 2))) == [True] * 4
    assert found.to_json()["capability"]["holds"] is False


def test_the_judge_may_want_something_else_than_training():
    """Robust for the base objective, and that is not what its designers meant: outer misalignment."""
    g = cm.cid("Theta -> A; A -> U_b; A -> V", utilities={"base": ["U_b"], "designer": ["V"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform(["race", "loop"]), U_b="A == 'loop'", V="A == 'race'")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "loop"})
    spec = cm.MesaSpec(target="A == 'loop'", scope="episode")
    assert judged(cm.robustness(t, spec, {"train": {}}, judge="designer")) == [False, False, True, True]
    assert judged(cm.robustness(t, spec, {"train": {}})) == [True] * 4
    with pytest.raises(cm.NotApplicable, match="'owner' has no utility"):
        cm.robustness(t, spec, {"train": {}}, judge="owner")


def guess(rng):
    """Return a process of one guess at a state, and an agent with an objective and a belief of its own."""
    g = cm.cid("Theta -> A; S -> U_b; A -> U_b; S -> O; O -> A", utilities={"base": ["U_b"]})
    odds = [Fraction(rng.randint(0, 4), 4) for _ in range(2)]
    pays = [{(a, s): rng.randint(0, 2) for a in (0, 1) for s in (0, 1)} for _ in range(2)]
    wants = pays[rng.randrange(2)]
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, S={0: odds[0], 1: 1 - odds[0]}, O="S" if rng.random() < 0.3 else "0",
                 A=cm.uniform([0, 1]), U_b=lambda A, S: pays[0][A, S], domains={"O": [0, 1]})  # fmt: skip
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": 1})
    beliefs = {"S": {0: odds[1], 1: 1 - odds[1]}} if rng.random() < 0.5 else {}
    return t, cm.MesaSpec(target={1: (["A", "S"], lambda A, S: wants[A, S])}, scope="episode", beliefs=beliefs)


def test_meaning_well_and_being_able_is_enough_and_alignment_agrees():
    seen = set()
    for seed in range(100):
        process, spec = guess(Random(seed))
        found = cm.robustness(process, spec, {"train": {}})
        seen.add(tuple(judged(found)))
        assert found.impact or not (found.intent and found.capability)
        assert found.capability or spec.beliefs
        assert bool(found.intent) == bool(found.objective)  # the base agent is the judge
        assert bool(found) == (cm.alignment(process, spec).shortfall["train"] == 0)
    assert len(seen) >= 4


def test_somewhere_it_has_to_be_judged():
    red = cm.load("hubinger2019/red-door")
    with pytest.raises(cm.NotApplicable, match="none is given"):
        cm.robustness(red.training, red.specs["wants-door"], {})
