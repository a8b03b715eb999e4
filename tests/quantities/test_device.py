"""Agents and devices: what behaviour says about which of the two it comes from."""

from fractions import Fraction

import pytest

import cidmesa as cm


@pytest.fixture(scope="module")
def following():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, S=cm.uniform([0, 1, 2]), D=[0, 1, 2], U="D == S")


def seen(*pairs):
    return [{"S": s, "D": d} for s, d in pairs]


def test_a_goal_that_fits_everywhere_is_an_agent(following):
    found = cm.agent_or_device(following, "D", seen((0, 0), (1, 1), (2, 2)), goals=["D == S"], noise=0)
    assert (found.agent, found.device, found.value) == (1, Fraction(1, 27), Fraction(27, 28))
    assert found


def test_what_no_goal_explains_is_a_device(following):
    odd = seen((0, 1), (1, 0), (2, 2)) * 3
    found = cm.agent_or_device(following, "D", odd, goals={"D == S": 1, "D == 0": "1/2"})
    assert not found
    assert float(found) < 0.001
    assert sum(chance for _, chance in found.goals) == 1


def test_one_context_again_and_again_tells_an_agent_only_by_the_first(following):
    once, often = (cm.agent_or_device(following, "D", seen((1, 1)) * n, goals=["D == S"], noise=0) for n in (1, 50))
    assert once.agent / once.device == often.agent / often.device == 3


def test_ties_are_a_fair_lot_and_weights_count(following):
    indifferent = cm.agent_or_device(following, "D", seen((1, 1)), goals=["0 * D"], noise=0)
    assert indifferent.agent == indifferent.device == Fraction(1, 3)
    found = cm.agent_or_device(following, "D", seen((1, 1)), goals={"D == S": 3, "D == 1": 1}, noise=0)
    assert dict(found.goals) == {"D == S": Fraction(3, 4), "D == 1": Fraction(1, 4)}


def test_the_order_of_observations_does_not_matter(following):
    some = seen((0, 0), (1, 1), (1, 2), (2, 2))
    goals = ["D == S", "D"]
    forth, back = (cm.agent_or_device(following, "D", given, goals=goals) for given in (some, some[::-1]))
    assert forth == back
    assert forth.to_json()["is_agent"] is bool(forth)
    assert "agent : device" in str(forth)


def test_a_coinrun_agent_shows_its_goal_only_where_goals_differ():
    """Langosco et al. 2022: in training both goals fit; a test level tells them apart."""
    red = cm.load("hubinger2019/red-door").of("wants-red").model
    train = [{"Door": side, "Red": side, "D_A": side} for side in red.domain("Door")]
    goals = ["A == Door", "A == Red"]
    even = cm.agent_or_device(red.substitute(rho=1) if "rho" in red.parameters else red, "D_A", train, goals=goals)
    assert len({chance for _, chance in even.goals}) == 1


def test_wrong_questions(following):
    with pytest.raises(cm.NotApplicable, match="nothing was observed"):
        cm.agent_or_device(following, "D", [], goals=["D"])
    with pytest.raises(cm.NotApplicable, match="at least one goal"):
        cm.agent_or_device(following, "D", seen((0, 0)), goals=[])
    with pytest.raises(cm.ModelError, match="has no state for S"):
        cm.agent_or_device(following, "D", [{"D": 0}], goals=["D"])
    with pytest.raises(cm.NotApplicable, match="neither an agent nor a device"):
        cm.agent_or_device(following, "D", seen((0, 0), (0, 1)), goals=["D"], noise=0)


@pytest.mark.parametrize("odds", [{"noise": 2}, {"noise": "-1/10"}, {"prior": "3/2"}])
def test_chances_are_from_0_to_1(following, odds):
    with pytest.raises(cm.NotApplicable, match="no probability"):
        cm.agent_or_device(following, "D", seen((0, 0)), goals=["D"], **odds)
