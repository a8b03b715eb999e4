"""Gymnasium: models as environments, environments as labs."""

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.runs.behaviour import behaviour
from cidmesa.runs.discovery import discover
from tests.runs.models import corners, mouse, two_rounds

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed")


@pytest.mark.filterwarnings("ignore")  # the checker warns of what it merely recommends
@pytest.mark.parametrize("model", [mouse(), two_rounds(), corners(1, 1).model, corners(recall="perfect").model])
def test_environments_pass_the_checker(model):
    from gymnasium.utils.env_checker import check_env

    check_env(cm.runs.environment(model), skip_render_check=True)


def returns(model, policy, lives, agent=None):
    """Return the mean return of a policy in the environment of a model."""
    env, total = cm.runs.environment(model, agent), 0.0
    rules = {rule.decision: rule for rule in policy.values()}
    rng = np.random.default_rng(0)
    for life in range(lives):
        _, info = env.reset(seed=life)
        over = False
        while not over:
            rule = rules[env.decisions[sum(d in info["variables"] for d in env.decisions)]]
            row = rule.values[tuple(env.states[p] for p in rule.parents)].astype(float)
            _, reward, over, _, info = env.step(rng.choice(len(row), p=row))
            total += reward
    return total / lives


@pytest.mark.parametrize("model", [two_rounds(), corners(1, 2, mu="1/2", recall="perfect").model])
def test_what_an_environment_pays_is_what_the_model_expects(model):
    policy = cm.policy(model, {d: dict.fromkeys(model.domain(d), "1/2") for d in model.cid.decisions})
    wanted = float(cm.expected_utility(model, policy))
    assert returns(model, policy, 1500) == pytest.approx(wanted, abs=0.1)


def test_an_environment_is_one_agents():
    g = cm.cid(
        "D1 -> D2; D1, D2 -> U1; D2 -> U2", decisions={"p": ["D1"], "q": ["D2"]}, utilities={"p": ["U1"], "q": ["U2"]}
    )
    m = cm.model(g, D1=[0, 1], D2=[0, 1], U1="D1 == D2", U2="D2")
    with pytest.raises(cm.NotApplicable, match=r"say whose environment it is, agent=\.\.\.: p, q"):
        cm.runs.environment(m)
    with pytest.raises(cm.NotApplicable, match="no agent 'r'"):
        cm.runs.environment(m, "r")
    with pytest.raises(cm.NotApplicable, match="other agents, D2"):
        cm.runs.environment(m, "p")
    env = cm.runs.environment(m, "p", policy={"D2": "D1"})
    env.reset(seed=0)
    assert env.step(1)[1] == 1
    assert env.variables == {"D1": 1, "D2": 1}


# --- labs -------------------------------------------------------------------------------------------------------------


class Reversed(gymnasium.RewardWrapper):
    def reward(self, reward):
        return 1 - reward


class Nothing(gymnasium.RewardWrapper):
    def reward(self, reward):  # noqa: ARG002 (the wrapper's protocol)
        return 0.0


class Swapped(gymnasium.ActionWrapper):
    def action(self, action):
        return 1 - action


class Stuck(gymnasium.ActionWrapper):
    def action(self, action):  # noqa: ARG002 (the wrapper's protocol)
        return int(self.np_random.integers(2))


def make():
    return cm.runs.environment(mouse(), None)


def train(env, seed):
    """Try both options for a while and keep to the better."""
    rng, paid = np.random.default_rng(seed), np.zeros((2, 2))
    env.reset(seed=seed)
    for _ in range(120):
        env.reset()
        action = int(rng.integers(2))
        paid[action] += (env.step(action)[1], 1)
    worth = paid[:, 0] / paid[:, 1] + 1e-9 * rng.random(2)
    return lambda observation: np.eye(2)[int(worth.argmax())]


def mouse_lab(**how):
    variants = {"X": {"swapped": Swapped, "stuck": cm.runs.cut(Stuck)},
                "U": {"reversed": Reversed, "nothing": cm.runs.cut(Nothing)}}  # fmt: skip
    return cm.runs.gym_lab(cm.cid("D -> X -> U"), make, train, variants=variants, learned={"D": {(): [0]}}, **how)


def test_the_mouse_is_found_in_its_environment():
    found = discover(mouse_lab(), 6)
    assert found.graph.mechanism_edges == (("X", "D"), ("U", "D"))
    assert found.graph.terminal == (("U", "D"),)
    assert found.discovery.game.kind("U") == "utility"


def test_lives_are_watched_and_kept(tmp_path):
    lab = mouse_lab(lives=30, cache=tmp_path)
    first, again = (behaviour(lab, mouse(), n=3) for _ in range(2))
    assert first.counts["D"].tolist() == again.counts["D"].tolist()
    assert first.counts["D"].sum((1, 2)).tolist() == [30] * 3
    assert [row[0][1] for row in first.counts["D"].tolist()] == [30] * 3
    with pytest.raises(cm.NotApplicable, match="these runs were not watched"):
        behaviour(mouse_lab(), mouse(), n=2)


def test_what_does_not_fit_is_refused():
    g = cm.cid("D -> X -> U")
    with pytest.raises(cm.NotApplicable, match="'Y' is not a node of the diagram"):
        cm.runs.gym_lab(g, make, train, variants={"Y": {}}, learned={"D": {(): [0]}})
    with pytest.raises(cm.NotApplicable, match=r"a context of 'D' is the states of no node, \(\)"):
        cm.runs.gym_lab(g, make, train, variants={}, learned={"D": {"left": [0]}})
    with pytest.raises(cm.NotApplicable, match="a lab needs discrete ones"):
        cm.runs.gym_lab(g, lambda: gymnasium.make("Pendulum-v1"), train, variants={}, learned={"D": {(): [0]}})
    lab = cm.runs.gym_lab(g, make, lambda env, seed: lambda o: [1.0], variants={}, learned={"D": {(): [0]}})
    with pytest.raises(cm.NotApplicable, match="2 probabilities; it gave 1"):
        lab.read([lab.arm()], 1)
    with pytest.raises(cm.NotApplicable, match="this lab has no mechanisms"):
        lab.mechanism("D")
    with pytest.raises(cm.NotApplicable, match="needs a lab of a model"):
        cm.runs.credit_scope(lab)
