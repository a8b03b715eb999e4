"""Selection of mesa-objectives: the goldens of the catalogue, the game as a cross-check, division of labour."""

from fractions import Fraction
from math import exp
from random import Random

import pytest

import cidmesa as cm
from cidmesa.solving.optimal.solution import rational_policy
from tests.mesa.processes import corners, random_process

RED = cm.load("hubinger2019/red-door").training
SPECS = {
    "door": cm.MesaSpec(target="atDoor", scope="episode"),
    "red": cm.MesaSpec(target="atRed", scope="episode"),
    "left": cm.MesaSpec(target="A == 'left'", scope="episode"),
}
BITS = {"door": 5, "red": 3, "left": 1}


def test_training_can_not_tell_doors_from_red_things():
    """E57: training performance 1, 1, 1/2."""
    found = cm.select(RED, SPECS)
    assert found.chosen == ("door", "red")
    assert [c.scores["train"] for c in found.candidates] == [1, 1, Fraction(1, 2)]
    assert [c.weight for c in found.candidates] == [Fraction(1, 2), Fraction(1, 2), 0]


def test_the_posterior_prefers_short_objectives_and_then_good_ones():
    """E57: beta = 0 picks left; beta = 10 picks red, four times as likely as door."""
    weak, strong = (cm.select(RED, SPECS, "posterior", bits=BITS, beta=beta) for beta in (0, 10))
    assert weak.chosen == ("left",)
    assert strong.chosen == ("red",)
    assert strong["red"].weight / strong["door"].weight == pytest.approx(4)
    assert strong["red"].weight / strong["left"].weight == pytest.approx(exp(5) / 4)
    assert sum(c.weight for c in strong.candidates) == pytest.approx(1)


def test_argmax_is_the_limit_of_the_posterior():
    limit = cm.select(RED, SPECS, bits=BITS)
    strong = cm.select(RED, SPECS, "posterior", bits=BITS, beta=200)
    for name in SPECS:
        assert float(limit[name].weight) == pytest.approx(strong[name].weight)
    assert limit["red"].weight == Fraction(4, 5)


def test_other_environments_are_reported_but_not_looked_at():
    found = cm.select(RED, SPECS, environments={"train": {}, "deploy": {"rho": 0}})
    assert found.chosen == ("door", "red")
    assert [c.scores["deploy"] for c in found.candidates] == [1, 0, Fraction(1, 2)]


def test_local_search_reaches_only_what_steps_lead_to():
    steps = {"left": ["red"], "red": ["door"]}
    found = cm.select(RED, SPECS, "reachable", start="left", neighbours=steps)
    assert found.chosen == ("door", "red")
    assert found.path == ("left", "red", "door")
    stuck = cm.select(RED, SPECS, "reachable", start="red", neighbours={"red": ["left"], "left": ["door"]})
    assert stuck.chosen == ("red",)
    through = cm.select(
        RED, SPECS, "reachable", start="red", neighbours={"red": ["left"], "left": ["door"]}, epsilon=Fraction(1, 2)
    )
    assert through.chosen == ("door", "red")
    assert str(through).startswith("reachable: door or red (by way of red -> left -> door)")


def test_penalties_on_bits_and_time_change_the_choice():
    assert cm.select(RED, SPECS, bits=BITS, compression=Fraction(1, 10)).chosen == ("red",)
    assert cm.select(RED, SPECS, bits=BITS, compression=1).chosen == ("left",)
    slow_search = {"door": 2, "red": 2, "left": 0}
    assert cm.select(RED, SPECS, time=slow_search, speed=Fraction(1, 2)).chosen == ("left",)


def test_only_what_training_sees_counts():
    """The deceptive and the aligned do alike in training; only deployment could tell."""
    specs = {"deceptive": cm.MesaSpec(target="A == 'b'", scope="updates"),
             "aligned": cm.MesaSpec(target="A == 'a'", scope="episode"),
             "open": cm.MesaSpec(target="A == 'b'", scope="episode")}  # fmt: skip
    found = cm.select(corners(), specs)
    assert found.chosen == ("deceptive", "aligned")
    assert [c.scores["train"] for c in found.candidates] == [2, 2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_game_has_the_selected_as_its_equilibrium(seed):
    """The Stackelberg equilibrium attains the score of what argmax chooses, and every chosen one attains it."""
    process, _ = random_process(Random(seed))
    wanted = {"b": "A == 'b'", "a": "A == 'a'", "score": "R", "not": "-R"}
    specs = {name: cm.MesaSpec(target=target, scope="updates") for name, target in wanted.items()}
    game = cm.selection_game(process, specs)
    found = cm.select(process, specs)
    best = {n: cm.expected_utility(game, {"Theta": n, "Policy": n}, "base") for n in specs}
    assert best == {n: found[n].fitness for n in specs}
    own = {n: cm.expected_utility(game, {"Theta": n, "Policy": n}, "mesa") for n in specs}
    for n in specs:
        assert own[n] == max(cm.expected_utility(game, {"Theta": n, "Policy": p}, "mesa") for p in specs)
    value = cm.expected_utility(game, rational_policy(game), "base")
    assert value >= max(best.values())  # the mesa-optimizer's ties may fall out for the base agent
    assert {n for n in specs if best[n] == max(best.values())} == set(found.chosen)


def test_the_game_counts_only_what_training_sees():
    """As selection does: the deceptive one and the aligned one are worth the same to the base agent."""
    specs = {name: cm.MesaSpec(target=f"A == '{name}'", scope="updates") for name in "ba"}
    game = cm.selection_game(corners(), specs)
    values = [cm.expected_utility(game, {"Theta": name, "Policy": name}, "base") for name in specs]
    assert values == [cm.select(corners(), specs)[name].fitness for name in specs] == [2, 2]


def test_candidates_of_several_agents_are_no_player():
    with pytest.raises(cm.NotApplicable, match="several agents"):
        cm.selection_game(corners(1, 1), {"x": cm.MesaSpec(target="A == 'b'", scope="episode")})


@pytest.mark.parametrize("instances", [1, 4, 10, 20, 100])
def test_the_more_varied_the_task_the_more_pays_a_mesa_optimizer(instances):
    """x* = min(N / 2, sqrt P) for f(x) = x^2 and P = 100, against a grid."""
    grid = [Fraction(k, 2) for k in range(31)]
    best = cm.solve(cm.division_of_labour(100, [1, 4, 10, 20, 100], grid)).policy["x"](N=instances)
    assert best == {1: Fraction(1, 2), 4: 2, 10: 5, 20: 10, 100: 10}[instances]
    allowed = [x for x in grid if x**2 <= 100]
    assert best == max(allowed, key=lambda x: (100 - x**2) / Fraction(instances) + x)


def test_knowing_the_number_of_instances_is_worth_something():
    m = cm.division_of_labour(100, [1, 20], range(11))
    assert cm.admits_voi(m.cid, "x", "N")
    blind = m.revised([cm.Node("x", "decision", "base")])
    assert cm.solve(m).value > cm.solve(blind).value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rule": "argmin"}, "Did you mean 'argmax'?"),
        ({"bits": {"dor": 1}}, "Did you mean 'door'?"),
        ({"environments": {"deploy": {}}}, "one environment must be called 'train'"),
        ({"rule": "reachable"}, "needs start="),
        ({"rule": "reachable", "start": "left", "neighbours": {"left": ["rd"]}}, "Did you mean 'red'?"),
        ({"rule": "reachable", "start": "lft", "neighbours": {}}, "Did you mean 'left'?"),
    ],
)
def test_mistakes_are_told(arguments, words):
    with pytest.raises(cm.ComposeError) as caught:
        cm.select(RED, SPECS, **arguments)
    assert words in str(caught.value)


def test_there_must_be_candidates_and_a_score():
    with pytest.raises(cm.ComposeError, match="candidates by name, at least one"):
        cm.select(RED, {})
    with pytest.raises(cm.NotApplicable, match="Give each episode a base utility of its own"):
        cm.select(corners(1, 1, shared_score=True), {"x": cm.MesaSpec(target="A == 'b'", scope="episode")})
    with pytest.raises(cm.ModelError, match="no option costs at most 1 bits"):
        cm.division_of_labour(1, [1], [2])
    with pytest.raises(KeyError, match="Did you mean 'red'"):
        cm.select(RED, SPECS)["rde"]


def test_a_prior_gives_probabilities_and_bits_give_lengths():
    odds = {"left": "1/4", "red": "1/4", "door": "1/2"}
    found = cm.select(RED, SPECS, prior=odds)
    assert (found["red"].weight, found["door"].weight) == (Fraction(1, 3), Fraction(2, 3))
    by_bits = cm.select(RED, SPECS, bits={"left": 2, "red": 2, "door": 1})
    assert [c.weight for c in by_bits.candidates] == [c.weight for c in found.candidates]
    assert cm.select(RED, SPECS, prior=odds, bits=BITS, compression=1).chosen == ("left",)


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ({"left": 1, "red": 2, "door": 3}, "sum to 1, not 6. Description lengths in bits are given by bits="),
        ({"left": "1/2", "red": "1/2"}, "prior gives 'door' no probability"),
    ],
)
def test_weights_that_are_no_probabilities_are_refused(prior, words):
    with pytest.raises(cm.ComposeError, match=words):
        cm.select(RED, SPECS, prior=prior)
