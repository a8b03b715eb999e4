"""Discovery from runs: the golden systems, agreement with exact planning, and what is told of power."""

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.runs.discovery import discover
from tests.mesa.test_discover import actor_critic
from tests.runs.models import bottle_cap, corners, mouse, two_rounds

ACROSS = {("U1", "D1"), ("U2", "D1"), ("U2", "D2")}
APART = {("U1", "D1"), ("U2", "D2")}


def aims(found):
    return set(found.graph.terminal)


@pytest.mark.parametrize("method", ["reinforce", "q"])
@pytest.mark.parametrize("n", [5, 6, 8])
def test_the_mouse_decides_for_the_cheese(method, n):
    found = discover(cm.runs.lab(mouse(), method), n)
    assert found.graph.mechanism_edges == (("X", "D"), ("U", "D"))
    assert aims(found) == {("U", "D")}
    assert found.agents == ("agent",)
    assert found.link("U", "D").p == pytest.approx({5: 0.0079, 6: 0.0022, 8: 0.00016}[n], abs=5e-5)


@pytest.mark.parametrize("method", ["reinforce", "q"])
def test_two_rounds_are_one_agent_or_two(method):
    across = discover(cm.runs.lab(two_rounds(), method), 6)
    assert aims(across) == ACROSS
    assert len(across.agents) == 1
    apart = discover(cm.runs.lab(two_rounds(), method, credit="episode"), 6)
    assert aims(apart) == APART
    assert len(apart.agents) == 2


@pytest.mark.parametrize(("model", "n", "least"), [(mouse, 4, 5), (two_rounds, 5, 6)])
def test_too_few_runs_are_refused_with_the_least_number(model, n, least):
    with pytest.raises(cm.NotApplicable, match=rf"Give n={least} or more"):
        discover(cm.runs.lab(model()), n)


def test_a_learner_that_stays_undecided_where_nothing_pays_aims_at_what_pays():
    """With the way to the cheese cut, runs that learn from noise and runs that learn nothing do as they happen to."""
    lab = cm.runs.lab(mouse())

    def train(arm, seed):
        x, u = ((arm.variants[v].change if v in arm.variants else lab.mechanism(v)) for v in ("X", "U"))
        paid = u.values @ [float(worth) for worth in u.options]
        if not np.ptp(paid):
            return {"D": np.array([0.5, 0.5])}
        gain = x.values @ paid if x.reads else np.zeros(2)
        best = gain.argmax() if np.ptp(gain) else np.random.default_rng(seed).integers(2)
        return {"D": np.eye(2)[best]}

    assert aims(discover(cm.runs.lab(mouse(), train), 8)) == {("U", "D")}


def test_each_look_asks_for_more():
    lab = cm.runs.lab(mouse())
    assert discover(lab, looks=3).n > discover(lab).n
    with pytest.raises(cm.NotApplicable, match=r"Give n=6 or more"):
        discover(lab, 5, looks=3)
    assert aims(discover(lab, 6, looks=3)) == {("U", "D")}
    with pytest.raises(cm.NotApplicable, match=r"looks=0 is not a number of looks\. Give 1 or more"):
        discover(lab, looks=0)


def test_a_bottle_cap_is_no_agent_and_that_is_known():
    lab = cm.runs.lab(mouse())
    found = discover(cm.runs.lab(mouse(), bottle_cap(lab)))
    assert found.agents == ()
    assert {link.status for link in found.links} == {"does not respond"}
    assert found.n == 8
    few = discover(cm.runs.lab(mouse(), bottle_cap(lab)), 5)
    assert {link.status for link in few.links} == {"undetermined"}
    assert not any(few.links)


def test_regimes():
    lab = cm.runs.lab(mouse())
    assert discover(lab, 8, regime="frozen").agents == ()
    informed = discover(lab, 8, regime="frozen_informed")
    assert aims(informed) == {("U", "D")}
    untold = discover(lab, 8, regime="frozen_informed", told=[])
    assert [(link.p, link.effect) for link in untold.links] == [(1, 0)] * 2
    without_x = discover(lab, 8, regime="frozen_informed", told=["U"])
    assert without_x.link("X", "D").p == 1


def test_opponents_are_told_apart_only_if_they_are_held():
    """Matching pennies: each wants its own, and what the other does; trained together nothing settles."""
    g = cm.cid("D1 -> U1; D2 -> U1; D1 -> U2; D2 -> U2", decisions={"p": ["D1"], "q": ["D2"]},
               utilities={"p": ["U1"], "q": ["U2"]})  # fmt: skip
    m = cm.model(g, D1=["h", "t"], D2=["h", "t"], U1="D1 == D2", U2="D1 != D2")
    found = discover(cm.runs.lab(m), 8)
    assert aims(found) == {("U1", "D1"), ("U2", "D2")}
    assert ("U2", "D1") not in found.graph.mechanism_edges


def test_actor_and_critic_are_two_agents_and_the_reward_is_nobodys():
    found = discover(cm.runs.lab(actor_critic()), 8)
    assert aims(found) == {("Y", "A"), ("W", "Q")}
    assert set(found.graph.mechanism_edges) == {("Y", "A"), ("W", "Q"), ("R", "Q"), ("S", "Q"), ("A", "Q")}
    assert found.discovery.game.kind("R") == "chance"


def test_links_that_no_diagram_has_are_told_and_not_lost():
    graph = cm.MechanisedGraph(("A", "B", "C"), (("A", "B"),), (("B", "A"), ("C", "B")), (("B", "A"), ("C", "B")))
    found = cm.runs.RunDiscovery(graph, "retrain", (), 8, 80, 0.05, "holm")
    assert "no influence diagram has these links: 'B' would be a decision and a utility" in str(found)
    with pytest.raises(cm.NotApplicable):
        _ = found.agents


def test_what_is_asked_wrongly_is_refused():
    lab = cm.runs.lab(mouse())
    with pytest.raises(cm.NotApplicable, match="Did you mean 'frozen'"):
        discover(lab, 8, regime="frosen")
    with pytest.raises(cm.NotApplicable, match="Did you mean 'holm'"):
        discover(lab, 8, correction="holms")
    with pytest.raises(cm.NotApplicable, match="told= is for"):
        discover(lab, 8, told=["U"])
    with pytest.raises(cm.NotApplicable, match="was not tested"):
        discover(lab, 8).link("D", "U")
    with pytest.raises(cm.TooLarge, match="settings to plan in, more than 20000"):
        cm.runs.design(cm.runs.lab(corners()))
    with pytest.raises(cm.NotApplicable, match="this one differs"):
        cm.runs.design(lab, [two_rounds()])


def test_results_show_themselves():
    found = discover(cm.runs.lab(mouse()), 6, correction="bh")
    assert "false discovery rate 0.05 a stage" in str(found)
    assert found.to_json()["links"][0]["status"] == "responds"
    assert found.to_html().count("<tr") == 1 + len(found.links)
    design = cm.runs.design(cm.runs.lab(mouse()), keep=1)
    assert str(design).startswith("2 comparisons of 3 arms")
    assert design.to_json()["arms"] == 3


# --- against exact planning -------------------------------------------------------------------------------------------


def small_models():
    """Yield the models of the library with six nodes at most, and three compositions."""
    seen = set()
    for scenario in cm.scenarios():
        for part in (scenario, *scenario.variants):
            m = part.model
            small = m is not None and part.training is None and len(m.cid.nodes) <= 6 and not m.tied
            if small and m.cid.decisions and m.cid.utilities and m not in seen:
                seen.add(m)
                yield part.slug, m
    for slug in ("langosco2022/coinrun", "langosco2022/keys-and-chests", "hubinger2019/red-door"):
        scenario = cm.load(slug)
        for name, spec in scenario.specs.items():
            yield f"{slug} {name}", cm.compose(scenario.training, spec).model


def agreement(named, n=8):
    """Return the models whose aims are found otherwise than by exact planning, and how many were asked."""
    wrong, count = {}, 0
    for slug, model in named:
        expected, found = set(cm.discover(model).graph.terminal), aims(discover(cm.runs.lab(model), n))
        count += 1
        if expected != found:
            wrong[slug] = expected ^ found
    return wrong, count


def test_ten_models_are_found_as_by_exact_planning():
    wrong, count = agreement(list(small_models())[::9][:10])
    assert count == 10
    assert len(wrong) <= 1, wrong


@pytest.mark.nightly
def test_all_small_models_are_found_as_by_exact_planning():
    wrong, count = agreement(small_models())
    assert count >= 60
    assert len(wrong) <= count - 58 * count / 61, wrong


@pytest.mark.nightly
def test_bottle_caps_are_no_agents():
    """Of 100 systems that do not adapt at most five and what chance adds (binomial, 99%) are taken for agents."""
    models, found = list(small_models())[:25], 0
    for seed in range(4):
        for _, model in models:
            lab = cm.runs.lab(model)
            found += bool(discover(cm.runs.lab(model, bottle_cap(lab)), 8, seed=seed).graph.terminal)
    assert found <= 11
