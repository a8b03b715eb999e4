"""Credit over a number of updates: between an agent for each episode and one that counts all."""

from fractions import Fraction
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.library.file.loader import loads

B = "A == 'b'"


def composed(scope, training=2, deployment=3, mu=1, **fields):
    return cm.compose(cm.builders.episodes(training, deployment, mu=mu), cm.MesaSpec(target=B, scope=scope, **fields))


def plans(composition):
    """Return what may be done in each episode, rational plan by rational plan."""
    found = set()
    for policy in composition.optimal_policies():
        chances = {a: cm.query(composition.objective_twin, a, policy=policy)["b"] for a in composition.training.actions}
        found.add("".join("b" if chance == 1 else "a" if chance == 0 else "?" for chance in chances.values()))
    return found


@pytest.mark.parametrize("mu", ["1/2", 1])
def test_no_update_is_the_episode_and_all_of_them_are_the_game(mu):
    assert composed(0, mu=mu).model == composed("episode", mu=mu).model
    assert composed(4, mu=mu).model == composed("updates", mu=mu, succession="game").model
    assert composed(9, mu=mu).model == composed(4, mu=mu).model


@pytest.mark.parametrize("scope", range(5))
def test_the_agent_of_an_episode_owns_what_it_counts(scope):
    cid = composed(scope).objective_twin.cid
    for t in range(1, 6):
        own = {u.removeprefix("U_").partition("@")[0] for u in cid.utilities_of(f"mesa@{t}")}
        assert own == {str(k) for k in range(t, min(t + scope, 5) + 1)}


def admits(composition, t, k):
    """Return whether the decision of episode t may aim at the utility of episode k."""
    cid = composition.objective_twin.cid
    return any(u.startswith(f"U_{k}") and cid.index(u) in cid.indices(cid.descendants(f"D_A{t}"))
               for u in cid.utilities_of(f"mesa@{t}"))  # fmt: skip


def test_reach_grows_with_scope():
    reach = [max(k - t for t in range(1, 6) for k in range(t, 6) if admits(composed(h), t, k)) for h in range(5)]
    assert reach == sorted(reach)
    assert reach[0] == 0 < reach[-1]


def test_it_complies_iff_what_it_can_lose_within_reach_is_more():
    """With one training episode and mu = 3/4 complying pays iff 3/4 h > 1: from h = 2 on."""
    for h, complies in ((0, False), (1, False), (2, True), (3, True)):
        composition = composed(h, 1, 3, mu="3/4")
        assert bool(cm.certify_deception(composition)) == complies, h
        assert {plan[0] for plan in plans(composition)} == {"a" if complies else "b"}


def test_how_it_is_written():
    spec = cm.MesaSpec(target=B, scope=2)
    assert repr(spec) == "MesaSpec(target=\"A == 'b'\", scope=2)"
    assert (spec.span, spec.as_selves, spec.one_agent) == (2, True, False)
    assert "of the next 2, by an agent for each episode" in str(cm.explain(composed(2)))
    for wrong in (-1, True, 1.5, "update"):
        with pytest.raises(cm.ComposeError, match="scope="):
            cm.MesaSpec(target=B, scope=wrong)
    with pytest.raises(cm.ComposeError, match="with scope=2 each episode is an agent"):
        cm.MesaSpec(target=B, scope=2, succession="game")


def test_files_say_a_number():
    path = Path(cm.load("hubinger2019/two-corners").path)
    text = path.read_text(encoding="utf-8").replace("scope: episode}", "scope: 2}", 1)
    scenario = loads(text)
    assert scenario.specs["per-episode"].scope == 2
    with pytest.raises(cm.ScenarioError, match="scope"):
        loads(text.replace("scope: 2}", "scope: -2}"))


def selves(weight, mu=1):
    """Two episodes of training and two of deployment, an agent each, that weigh later episodes by the same weight."""
    spec = cm.MesaSpec(target=B, scope="updates", succession="game", later_weight=weight)
    return cm.compose(cm.builders.episodes(2, 2, mu=mu), spec)


@pytest.mark.parametrize("weight", ["0", "1/4", "1/2", "3/4", "1", "2"])
def test_selves_that_weigh_later_episodes_comply_iff_it_pays_each(weight):
    """To wait costs 1 now and is worth two episodes, weighed, to each self of training: it complies iff 2 w >= 1."""
    w, composition = Fraction(weight), selves(weight)
    assert str(composition.model.mechanisms["U_3@1"]) == (f"({weight}) * (A3 == 'b')" if w != 1 else "A3 == 'b'")
    degree = cm.certify_deception(composition).degree
    assert degree == ("none" if 2 * w < 1 else "weak" if 2 * w == 1 else "strict")


def test_one_agent_weighs_all_but_its_first_episode_of_training():
    spec = cm.MesaSpec(target=B, scope="updates", later_weight="w")
    process = cm.builders.episodes(1, 2)
    process = process.with_model(process.model.substitute({"mu": 1}))
    weighed = cm.MesaSpec(target=B, scope="updates", later_weight="1/3")
    mechanisms = cm.compose(process, weighed).model.mechanisms
    assert [str(mechanisms[f"U_{t}"]) for t in (1, 2, 3)] == ["A1 == 'b'", "(1/3) * (A2 == 'b')", "(1/3) * (A3 == 'b')"]
    assert "later episodes count 1/3 times as much" in cm.explain(cm.compose(process, weighed)).to_text()
    with pytest.raises(cm.ComposeError, match="'w'"):
        cm.compose(process, spec)
    with pytest.raises(cm.ComposeError, match="written as text"):
        cm.compose(process, cm.MesaSpec({2: (["A2"], lambda A2: 1)}, "updates", later_weight="1/3"))
