"""Behavioural objectives and distances: goldens of the red door, brute force on random models, scope and deception."""

import itertools
from fractions import Fraction
from math import exp, sqrt
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa import programs
from cidmesa.mesa.behaviour import counts
from cidmesa.solving.decision_rules import pure_rules
from tests.mesa.processes import corners
from tests.random_models import random_model

RED = cm.table([["L", {"L": "rho", "R": "1 - rho"}], ["R", {"R": "rho", "L": "1 - rho"}]], ["Door"])


def red_door(rho=1):
    g = cm.cid("Door -> Red; Door, Red -> D; D, Door -> atDoor; D, Red -> atRed; atDoor, atRed -> U",
               decisions=["D"], utilities=["U"])  # fmt: skip
    return cm.model(g, Door=cm.uniform("LR"), Red=RED, D=["L", "R"], atDoor="D == Door", atRed="D == Red", U=0,
                    parameters={"rho": rho})  # fmt: skip


def models(count, decisions=1):
    rng = Random(decisions)
    while count:
        model = random_model(rng, max_nodes=4, max_decisions=decisions)
        few = all(len(model.cid.parents(d)) < 2 for d in model.cid.decisions)
        if len(model.cid.decisions) == decisions and few:
            count -= 1
            yield rng, model


# --- distance -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rho", "distance"), [(1, 0), ("1/2", sqrt(1 / 2)), (0, 1)])
def test_doors_and_red_things_are_one_objective_in_training_and_opposite_where_they_stand_apart(rho, distance):
    assert float(cm.objective_distance("atDoor", "atRed", red_door(rho))) == pytest.approx(distance)


def test_affine_changes_do_not_matter_and_signs_do():
    m = red_door("1/3")
    assert cm.objective_distance("atDoor", "3 * atDoor - 7", m).value == 0
    assert cm.objective_distance("atDoor", "-atDoor", m).value == 1
    assert cm.objective_distance("atDoor", "4", m).value == Fraction(1, 2)
    assert cm.objective_distance("3", "4", m).value == 0
    assert cm.objective_distance("atDoor", (["atDoor"], lambda atDoor: 2 * atDoor), m).value == 0


def all_policies(model):
    if not model.cid.decisions:
        yield model
        return
    for rule in pure_rules(model, model.cid.decisions[0]):
        yield from all_policies(model.with_policy(cm.Policy((rule,))))


@pytest.mark.parametrize("decisions", [1, 2])
def test_the_regret_bound_holds_and_zero_means_the_same_ranking(decisions):
    """C.7, against enumeration of all pure policies."""
    seen_apart = 0
    for rng, model in models(25, decisions):
        nodes = [*model.cid.chance_nodes, *model.cid.decisions]
        one, two = (" + ".join(f"{rng.randint(-2, 2)} * {n}" for n in nodes) for _ in range(2))
        found = cm.objective_distance(one, two, model)
        assert 0 <= float(found) <= 1
        values = []
        for followed in all_policies(model):
            at = {n: sum(x * p for x, p in cm.query(followed, n).items()) for n in nodes}
            values.append(tuple(eval(u, {}, at) for u in (one, two)))  # noqa: S307 (the test's own text)
        for (a1, a2), (b1, b2) in itertools.product(values, values):
            if b2 >= a2:
                assert a1 - b1 <= found.regret_bound + 1e-9
            if found.value == 0:
                assert (a1 > b1) == (a2 > b2)
        seen_apart += float(found) > 0
    assert seen_apart > 5


def test_one_decision_gives_the_same_distance_by_contexts_and_by_policies():
    from cidmesa.mesa.distance import _by_policy, _distance, with_objective

    def by_policy_alone(model, objective):
        return _by_policy(with_objective(model, objective, "W"), ["W"])

    for rng, model in models(15):
        nodes = [*model.cid.chance_nodes, *model.cid.decisions]
        one, two = (" + ".join(f"{rng.randint(-2, 2)} * {n}" for n in nodes) for _ in range(2))
        by_policy = _distance(by_policy_alone(model, one), by_policy_alone(model, two))
        assert float(cm.objective_distance(one, two, model)) == pytest.approx(float(by_policy))


def test_distances_need_a_decision_and_few_policies():
    m = red_door()
    with pytest.raises(cm.NotApplicable, match="no decision"):
        cm.objective_distance("atDoor", "atRed", m.with_policy({"D": "L"}))
    with pytest.raises(cm.ModelError, match="atDor"):
        cm.objective_distance("atDor", "atRed", m)
    many = cm.compose(corners(), cm.MesaSpec(target="A == 'b'", scope="updates")).model
    with pytest.raises(cm.TooLarge, match="pure policies"):
        cm.objective_distance("A1 == 'a'", "A1 == 'b'", many)


# --- consistent objectives ----------------------------------------------------------------------------------------


def test_the_red_door_in_training_says_only_that_both_are_better_than_none():
    found = cm.consistent_objectives(red_door(), {"D": "Door"}, ["atDoor", "atRed"])
    assert found.cells == ((0, 0), (0, 1), (1, 0), (1, 1))
    (piece,) = found.pieces
    assert piece.rows == ((Fraction(-1, 2), 0, 0, Fraction(1, 2)),)
    assert piece.margin == pytest.approx(1)


def test_in_deployment_the_door_and_the_red_thing_are_both_consistent():
    found = cm.consistent_objectives(red_door(), {"D": "Door"}, ["atDoor", "atRed"])
    predicted = found.predictions(red_door(0), base="atDoor")
    assert [(p.policy["D"](Door="L", Red="R"), p.policy["D"](Door="R", Red="L"), p.regret) for p in predicted] == [
        ("L", "R", 0), ("R", "L", 1)]  # fmt: skip
    assert sorted(p.regret for p in predicted) == [0, 1]
    assert found.worst_regret(red_door(0), "atDoor") == 1
    assert found.worst_regret(red_door(1), "atDoor") == 0
    assert found.most_telling({"train": red_door(), "deploy": red_door(0)}) == "deploy"


def test_seeing_it_in_deployment_settles_it():
    found = cm.consistent_objectives(red_door("1/2"), {"D": "Door"}, ["atDoor", "atRed"])
    assert found.contains("atDoor")
    assert not found.contains("atRed")
    assert found.worst_regret(red_door(0), "atDoor") == 0


@pytest.mark.parametrize("decisions", [1, 2])
def test_consistent_means_optimal(decisions):
    """Against solve: the observed pure policy attains the optimum iff the objective is in the cone."""
    verdicts = set()
    for rng, model in models(40, decisions):
        targets = [rng.choice([*model.cid.chance_nodes, *model.cid.decisions])]
        observed = {}
        open_model = model
        for decision in model.cid.decisions:
            rule = rng.choice(list(itertools.islice(pure_rules(open_model, decision), 16)))
            observed[decision] = rule
            open_model = open_model.with_policy(cm.Policy((rule,)))
        policy = cm.Policy(tuple(observed.values()))
        found = cm.consistent_objectives(model, policy, targets)
        states = model.domain(targets[0])
        for _ in range(4):
            values = [rng.randint(-2, 2) for _ in states]
            rows = cm.table([[state, value] for state, value in zip(states, values, strict=True)], targets)
            asked = model.revised([cm.Node("W", "utility", "agent", tuple(targets))], mechanisms={"W": rows},
                                  without=model.cid.utilities)  # fmt: skip
            optimal = cm.solve(asked).value == cm.expected_utility(asked, policy)
            assert found.contains(values) == optimal
            verdicts.add(optimal)
    assert verdicts == {True, False}


def test_trivial_objectives_are_always_consistent():
    """A constant, and 1 if it does what it does (sanity of section C.5)."""
    for rng, model in models(10):
        decision = model.cid.decisions[0]
        rule = rng.choice(list(itertools.islice(pure_rules(model, decision), 8)))
        targets = [*model.cid.parents(decision), decision]
        found = cm.consistent_objectives(model, cm.Policy((rule,)), targets)
        assert found.contains([3] * len(found.cells))
        assert found.contains([int(rule(dict(zip(targets, cell, strict=True))) == cell[-1]) for cell in found.cells])


def test_what_a_deceptive_policy_reveals_depends_on_the_scope_that_is_assumed():
    """P12: training behaviour alone. Per episode it shows the base objective; across updates it may hide another."""
    c = cm.compose(corners(2, 3), cm.MesaSpec(target="A == 'b'", scope="updates", recall="none"))
    observed = {"D_A1": "a", "D_A2": "a"}
    targets = {t: [f"A{t}"] for t in range(1, 6)}
    episodes = {f"D_A{t}": t for t in range(1, 6)}
    episode = cm.consistent_objectives(c.model, observed, targets, scope="episode", episodes=episodes)
    updates = cm.consistent_objectives(c.model, observed, targets, scope="updates")
    base, mesa = "A1 == 'a'", "A1 == 'b'"
    assert (episode.contains(base), episode.contains(mesa)) == (True, False)
    assert (updates.contains(base), updates.contains(mesa)) == (True, True)
    ends = {"".join(policy[f"D_A{t}"]() for t in range(3, 6)) for policy in updates.completions}
    assert {"aaa", "bbb"} <= ends
    whole = cm.consistent_objectives(c.model, observed | dict.fromkeys(["D_A3", "D_A4", "D_A5"], "b"), targets)
    assert (whole.contains(base), whole.contains(mesa)) == (False, True)


def test_random_choice_means_indifference():
    m = red_door()
    found = cm.consistent_objectives(m, {"D": {"L": "1/2", "R": "1/2"}}, ["atDoor"])
    assert found.contains([2, 2])
    assert not found.contains("atDoor")
    assert not found.contains([0.0, 1e-3])
    assert found.pieces[0].margin == 0


def test_questions_that_do_not_fit_are_refused():
    m = red_door()
    with pytest.raises(cm.NotApplicable, match="for example \\['atDoor'\\]"):
        cm.consistent_objectives(m, {"D": "Door"}, "atDoor")
    with pytest.raises(cm.NotApplicable, match="Choose one of: episode, updates"):
        cm.consistent_objectives(m, {"D": "Door"}, ["atDoor"], scope="forever")
    with pytest.raises(cm.NotApplicable, match="the same states"):
        cm.consistent_objectives(m, {"D": "Door"}, {1: ["atDoor"], 2: ["Door"]})
    with pytest.raises(cm.NotApplicable, match="which episode does 'D' belong to"):
        cm.consistent_objectives(m, {"D": "Door"}, {1: ["atDoor"], 2: ["atRed"]}, scope="episode")
    found = cm.consistent_objectives(m, {"D": "Door"}, ["atDoor"])
    with pytest.raises(cm.NotApplicable, match="2 values are needed"):
        found.contains([1])
    with pytest.raises(cm.NotApplicable, match="one decision"):
        found.predictions(m.with_policy({"D": "L"}))
    assert found.contains(lambda atDoor: atDoor)
    assert found.to_json()["targets"] == [["atDoor"]]


def test_without_scipy_the_error_names_the_extra(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(programs, "import_module", missing)
    with pytest.raises(cm.NotApplicable, match="cidmesa\\[lp\\]"):
        programs.widest_margin([], [], 1)


# --- maximum entropy ----------------------------------------------------------------------------------------------


def test_a_boltzmann_rational_policy_is_explained_up_to_what_behaviour_can_not_tell():
    """C.6: the policy made from an objective gives it back, in the differences that matter."""
    m = red_door("1/3")
    value = {0: 0.0, 1: 0.8}

    def rule(Door, Red):
        weights = {d: exp(2 * value[int(d == Door)]) for d in "LR"}
        return {d: w / sum(weights.values()) for d, w in weights.items()}

    found = cm.maximum_entropy_objective(m, {"D": rule}, ["atDoor"], beta=2.0)
    assert found(atDoor=1) - found(atDoor=0) == pytest.approx(0.8)
    assert found.residual < 1e-9
    assert found.free == 1
    wrong = cm.maximum_entropy_objective(m, {"D": rule}, ["atRed"], beta=2.0)
    assert wrong.residual > 0.1
    assert "residual" in str(wrong)
    with pytest.raises(cm.NotApplicable, match="never takes some available option"):
        cm.maximum_entropy_objective(m, {"D": "Door"}, ["atDoor"])


def test_counts_are_expected_occupations():
    m = red_door("1/4").with_policy({"D": "Door"})
    assert counts(m, [("atDoor",), ("atRed",)]) == (Fraction(3, 4), Fraction(5, 4))


def test_a_target_that_composition_left_out_is_named():
    red = cm.load("hubinger2019/red-door").of("wants-red")
    with pytest.raises(cm.UnknownNode, match="there is no node 'atDoor'"):
        cm.consistent_objectives(red.model, {"D_A": "Door"}, ["atDoor", "atRed"])
