"""Discovery: the worked examples, the harness for any callable, regimes; the round trip is in test_properties."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.mesa.systems import Planner, candidates_for
from tests.mesa.algorithm_one import mechanism_links, settings
from tests.mesa.processes import corners, small_process, small_spec
from tests.random_models import random_model

B = "A == 'b'"


def mouse(slip="1/4", right="9/10"):
    g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, D=["left", "right"], X=cm.table([["right", {"right": "1 - slip", "left": "slip"}],
                    ["left", {"left": "1 - slip", "right": "slip"}]], ["D"]),
                    U="cheese if X == 'right' else 1 - cheese", domains={"X": ["left", "right"]},
                    parameters={"slip": slip, "cheese": right})  # fmt: skip


def test_the_mouse_decides_for_the_cheese():
    """E54: ~U -> ~D is terminal, ~X -> ~D is not."""
    found = cm.discover(mouse())
    assert found.graph.mechanism_edges == (("X", "D"), ("U", "D"))
    assert found.graph.terminal == (("U", "D"),)
    assert (found.method, found.complete) == ("experiment", True)
    assert found.game == cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    assert found.graph == cm.mechanised(mouse().cid)
    assert "~U -> ~D (terminal)" in str(found)
    assert 'style="dashed"' in cm.dot(found.graph)
    assert found.to_json()["agents"] == {"agent": {"decisions": ["D"], "utilities": ["U"]}}


@pytest.mark.parametrize(("tries", "functions", "complete"), [(5, 16, True), (4, 16, False), (5, 3, False)])
def test_a_discovery_is_complete_if_every_function_is_tried_in_every_setting_of_the_others(tries, functions, complete):
    """D and X can also do as they do, which is no function: there are 3 mechanisms for D, 5 for X and 4 for U."""
    assert cm.discover(mouse(), tries=tries, functions=functions).complete is complete


@pytest.mark.parametrize(("slip", "cheese"), [("1/4", "9/10"), ("3/4", "9/10"), ("1/4", "1/10"), ("3/4", "1/10")])
def test_the_mouse_turns_round_iff_slip_or_cheese_do(slip, cheese):
    solution = cm.solve(mouse(slip, cheese))
    straight = (1 - 2 * Fraction(slip)) * (2 * Fraction(cheese) - 1) > 0
    assert solution.plan["D"] == ("right" if straight else "left")
    assert solution.value == Fraction(7, 10)


def actor_critic(*, sees_critic=True):
    """Q is the critic's table: which action it says is good in which state, or nothing in particular."""
    links = "S -> A; S -> R; Q -> Y; A -> Y; S -> Y; A -> R; Q -> W; A -> W; S -> W; R -> W" + "; Q -> A" * sees_critic
    owned = {"decisions": {"critic": ["Q"], "actor": ["A"]}, "utilities": {"actor": ["Y"], "critic": ["W"]}}
    says = "(A == S if Q == 'same' else A != S)"
    return cm.model(cm.cid(links, **owned), S={0: "1/3", 1: "2/3"}, Q=["same", "other"], A=[0, 1], R="A == S",
                    Y=says, W=f"-(R - {says}) ** 2")  # fmt: skip


@pytest.mark.parametrize("sees_critic", [True, False])
def test_actor_and_critic_are_two_agents_and_the_reward_is_nobodys(sees_critic):
    """E55."""
    model = actor_critic(sees_critic=sees_critic)
    graph = cm.mechanised(model.cid)
    expected = {("Y", "A"), ("W", "Q"), ("R", "Q"), ("S", "Q"), ("A", "Q")} | (
        {("Q", "A")} if not sees_critic else set()
    )
    assert set(graph.mechanism_edges) == expected
    assert set(graph.terminal) == {("Y", "A"), ("W", "Q")}
    game = cm.agents_from(graph)
    assert sorted((game.decisions_of(a), game.utilities_of(a)) for a in game.agents) == [
        (("A",), ("Y",)), (("Q",), ("W",))]  # fmt: skip
    assert game.kind("R") == "chance"


def test_actor_and_critic_are_found_by_experiment():
    found = cm.discover(actor_critic(), tries=60, functions=8)
    assert set(found.graph.terminal) == {("Y", "A"), ("W", "Q")}
    assert set(found.graph.mechanism_edges) <= set(cm.mechanised(actor_critic().cid).mechanism_edges)
    assert not found.complete
    assert len(found.agents) == 2


@pytest.mark.parametrize("seed", range(40))
def test_a_planners_rules_depend_on_what_it_reads_alone(seed):
    """Whatever the other variables do, and as a planner finds who multiplies all mechanisms."""
    model, rng = random_model(Random(seed)), Random(seed)
    x = cm.system(model)
    choices = {node: candidates_for(rule, rng, 6) for node, rule in x.mechanisms.items()}
    drawn, other = ({node: rng.choice(rules) for node, rules in choices.items()} for _ in range(2))
    whole = Planner(model.cid, x.domains)
    whole.__dict__["reads"] = {d: tuple(n for n in x.variables.nodes if n != d) for d in model.cid.decisions}
    for decision, read in x.respond.reads.items():
        found = x.respond(drawn)[decision].values
        rest = drawn | {node: rule for node, rule in other.items() if node not in (*read, decision)}
        assert np.array_equal(found, x.respond(rest)[decision].values)
        assert np.array_equal(found, whole(drawn)[decision].values)


# --- any callable -------------------------------------------------------------------------------------------------


def rule_of(mechanisms, node, values):
    old = mechanisms[node]
    return cm.Rule(node, old.parents, old.domains, old.options, np.array(values, dtype=float))


def test_a_table_of_heuristics_is_no_agent_and_a_planner_is():
    """The bottle cap holds water in, but would not if water were elsewhere."""
    model = mouse()
    always_right = cm.system(model, lambda mechanisms: {"D": rule_of(mechanisms, "D", [0, 1])})
    assert cm.discover(always_right).agents == ()
    assert cm.discover(cm.system(model)).agents == ("agent",)


def test_what_adapts_without_an_aim_is_no_agent():
    """A thermostat that copies where its arm points responds to X, whatever follows from it."""

    def copies(mechanisms):
        points_right = mechanisms["X"](D="right") == "right"
        return {"D": rule_of(mechanisms, "D", [not points_right, points_right])}

    found = cm.discover(cm.system(mouse(), copies))
    assert found.graph.mechanism_edges == (("X", "D"),)
    assert found.agents == ()


def test_what_plans_only_when_it_is_trained_is_an_agent_in_that_regime_alone():
    planner = cm.system(mouse())
    table = cm.system(mouse(), lambda mechanisms: {"D": rule_of(mechanisms, "D", [0, 1])}, retrain=planner.respond)
    assert cm.discover(table, "retrain").agents == ("agent",)
    assert cm.discover(table, "frozen_informed").agents == ()
    assert cm.discover(table, "frozen").agents == ()
    assert cm.discover(planner, "frozen").agents == ()
    with pytest.raises(cm.NotApplicable, match="Give retrain="):
        cm.discover(planner, "retrain")


# --- learned algorithms -------------------------------------------------------------------------------------------


def test_what_it_is_optimised_for_and_what_it_optimises_for():
    """Part B.4 on the red door: retrained, the agent wants doors; informed, it wants red things; frozen, nothing."""
    red = cm.load("hubinger2019/red-door")
    training, spec = red.training, red.specs["wants-red"]
    retrained = cm.discover(training, "retrain", spec=spec)
    informed = cm.discover(training, "frozen_informed", spec=spec)
    assert [retrained.game.parents(u) for u in retrained.game.utilities] == [("atDoor",)]
    assert [informed.game.parents(u) for u in informed.game.utilities] == [("atRed",)]
    assert cm.discover(training, "frozen").agents == ()
    assert {retrained.method, informed.method} == {"experiment"}


def test_questions_that_do_not_fit_are_refused():
    with pytest.raises(cm.NotApplicable, match="Did you mean 'frozen'"):
        cm.discover(mouse(), "frosen")
    with pytest.raises(cm.NotApplicable, match="give spec="):
        cm.discover(corners(1, 1))
    both = cm.MechanisedGraph(("A", "B", "C"), (("A", "B"),), (("B", "A"), ("C", "B")), (("B", "A"), ("C", "B")))
    with pytest.raises(cm.NotApplicable, match="'B' would be a decision and a utility at once"):
        cm.agents_from(both)
    wide = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=list(range(70)), U="D")
    with pytest.raises(cm.ModelError, match="takes 70 values"):
        cm.system(wide)


# --- P2'': experiment and graph agree ------------------------------------------------------------------------------


def small_composition(seed):
    """Return what a random process composes to, at most six variables and not too many mechanisms to try them all."""
    rng = Random(seed)
    while True:
        process, target = small_process(rng)
        model = cm.compose(process, small_spec(rng, target)).model
        if len(model.cid.nodes) <= 6 and settings(model) <= 100_000:
            return model


def algorithm_3(model):
    graph = cm.mechanised(model.cid)
    return set(graph.mechanism_edges), set(graph.terminal)


@pytest.mark.parametrize("part", range(4))
def test_all_mechanisms_of_small_compositions_give_the_graph(part):
    """Algorithm 1 by brute force with frozen_informed responses is Algorithm 3, on 1,000 random compositions."""
    for seed in range(250 * part, 250 * (part + 1)):
        model = small_composition(seed)
        assert mechanism_links(model) == algorithm_3(model), seed


def experiment_agrees(seed):
    model = small_composition(seed)
    found = cm.discover(model)
    assert found.method == "experiment"
    assert (set(found.graph.mechanism_edges), set(found.graph.terminal)) == algorithm_3(model)


@pytest.mark.parametrize("seed", range(5))
def test_experiment_and_graph_agree_on_small_compositions(seed):
    experiment_agrees(seed)


@pytest.mark.nightly
def test_experiment_and_graph_agree_on_more():
    for seed in range(5, 200):
        experiment_agrees(seed)


def test_larger_models_are_read_off_the_graph():
    c = cm.compose(corners(), cm.MesaSpec(target=B, scope="updates"))
    found = cm.discover(c.model)
    assert (found.method, found.agents) == ("graph", ("agent",))
    assert len(cm.discover(cm.compose(corners(), cm.MesaSpec(target=B, scope="episode")).cid).agents) == 5
    assert cm.discover(c.cid, "frozen").agents == ()
