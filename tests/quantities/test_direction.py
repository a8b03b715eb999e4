"""Directional incentives, side effects, policies that draw lots, and impact by a distance."""

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.quantities.control_incentives import least_greatest
from tests.quantities.enumeration import evaluate, noise_settings, small_models, total
from tests.random_models import random_model


def alone(model, decision):
    """The model in which the other decisions keep an optimal rule."""
    best = cm.solve(model).policy
    return model.with_policy(cm.policy(model, {d: best[d] for d in model.cid.decisions if d != decision}))


def test_an_incentive_has_a_direction():
    g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=[0, 1, 2], X="D", U="X * (2 - X)")
    assert [cm.directional_incentive(m, "D", "X", x).value for x in (0, 1, 2)] == [0, 1, 0]
    assert cm.directional_incentive(m, "D", "D", 1) == 1
    assert cm.directional_incentive(m, "D", "U", 1) == 1


def test_the_two_corners_agent_wants_its_parameters_to_stay():
    model = cm.load("hubinger2019/two-corners").of("deceptive").model
    first = alone(model, "D_A1")
    found = {state: cm.directional_incentive(first, "D_A1", "Theta2", state) for state in ("mesa", "base")}
    assert (found["mesa"].value, bool(found["base"])) == (3, False)
    myopic = cm.load("hubinger2019/two-corners").of("per-episode")
    assert not cm.admits_ici(myopic.cid, "D_A1", "Theta2")


def directions_by_enumeration(model, decision, node, state):
    """The definition, over enumerated noise, for a decision that sees what it sees."""
    best, parents = {}, model.cid.parents(decision)
    runs = list(noise_settings(model))

    def run(field, option, do=None):
        return evaluate(model, field, {decision: lambda seen: option}, do)

    for option, (chance, field) in product(model.domain(decision), runs):
        natural = run(field, option)
        rows = best.setdefault(tuple(natural[p] for p in parents), {}).setdefault(option, [])
        others = {d: run(field, d)[node] for d in model.domain(decision)}
        crossed = {d: total(model, run(field, option, {node: value})) for d, value in others.items()}
        if node == decision:
            crossed = {d: total(model, run(field, d)) for d in others}
        rows.append((chance, natural[node] == state, total(model, natural), others, crossed))
    strength = Fraction(0)
    for options in best.values():
        worth = {a: sum(p * u for p, _, u, _, _ in rows) for a, rows in options.items()}
        weight = sum(p for p, *_ in next(iter(options.values())))
        able = []
        for a, rows in options.items():
            if worth[a] < max(worth.values()):
                continue
            gain = Fraction(0)
            for d in options:
                likelier = sum(p * (there - (others[d] == state)) for p, there, _, others, _ in rows) > 0
                loss = sum(p * (u - crossed[d]) for p, _, u, _, crossed in rows)
                gain = max(gain, loss if likelier else 0)
            able.append(gain)
        strength = max(strength, min(able) / weight)
    return strength


def test_directions_are_as_enumerated_and_are_control():
    directed = 0
    for model, _ in small_models(60, "direction", most_settings=16):
        (decision,) = model.cid.decisions
        for node in model.cid.nodes:
            if model.cid.kind(node) == "utility":
                continue
            for state in model.domain(node):
                found = cm.directional_incentive(model, decision, node, state)
                assert found.value == directions_by_enumeration(model, decision, node, state)
                assert not found or cm.has_ici(model, decision, node).value >= found.value
                directed += bool(found)
    assert directed > 30


def test_a_lot_may_balance_what_each_option_does():
    """Two best options of which one gains by X and one loses: every pure policy uses X, their fair lot does not."""
    g = cm.cid("D -> X -> U; D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=[0, 1], X="D", U=cm.table([[0, 0, 1], [0, 1, 0], [1, 1, 1], [1, 0, 2]], ["D", "X"]))
    assert cm.has_ici(m, "D", "X") == 1
    assert cm.has_ici(m, "D", "X", policies="all") == Fraction(1, 2)
    even = cm.model(g, D=[0, 1], X="D", U=cm.table([[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 0, 2]], ["D", "X"]))
    assert not cm.has_ici(even, "D", "X", policies="all")
    with pytest.raises(cm.NotApplicable, match="Did you mean 'pure'"):
        cm.has_ici(m, "D", "X", policies="puer")


def test_all_policies_have_what_pure_ones_have_or_less():
    """With one best option in each context there is nothing to draw lots about."""
    rng, less = Random(5), 0
    for _ in range(150):
        model = random_model(rng, max_nodes=5, max_decisions=1)
        (decision,) = model.cid.decisions
        for node in model.cid.nodes:
            pure, every = cm.has_ici(model, decision, node), cm.has_ici(model, decision, node, policies="all")
            assert 0 <= every.value <= pure.value
            less += every.value < pure.value
    assert less > 1


def test_a_matrix_game_against_a_linear_program():
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(1)
    for _ in range(60):
        rows = rng.integers(-4, 5, size=(rng.integers(1, 6), rng.integers(1, 5))).tolist()
        value, mixture = least_greatest(rows)
        assert sum(mixture) == 1
        assert min(mixture) >= 0
        assert max(sum(m * p for m, p in zip(row, mixture, strict=True)) for row in rows) == value
        width = len(rows[0])
        bounds = [(0, None)] * width + [(None, None)]
        found = optimize.linprog([0] * width + [1], A_ub=[[*row, -1] for row in rows], b_ub=[0] * len(rows),
                                 A_eq=[[1] * width + [0]], b_eq=[1], bounds=bounds)  # fmt: skip
        assert found.fun == pytest.approx(float(value))
        floats = least_greatest([[float(entry) for entry in row] for row in rows])
        assert floats[0] == pytest.approx(float(value))


def test_impact_by_a_distance():
    m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1, 3], X="D", U="D")
    far = cm.has_impact(m, "D", "X", baseline={"D": 1}, distance=lambda w, v: abs(w - v))
    assert (far.value, cm.has_impact(m, "D", "X", baseline={"D": 1}).value) == (2, 1)
    policy = cm.solve(m).policy
    assert far.value == cm.expected_impact(m, policy, "X", baseline={"D": 1}, distance=lambda w, v: abs(w - v)).value
    assert cm.has_impact(m, "D", "U", baseline={"D": 0}, distance=lambda w, v: (w - v) ** 2).value == 9
    assert cm.has_impact(m, "D", "D", baseline={"D": 0}, distance=lambda w, v: abs(w - v)).value == 3


def test_side_effects_are_neither_means_nor_ends():
    g = cm.cid("D -> Fire -> Insurance -> U; Fire -> Neighbour; D -> Noise", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=["burn", "not"], Fire="D == 'burn'", Insurance="Fire", Neighbour="Fire",
                 Noise="0 * (D == 'burn')", U="Insurance")  # fmt: skip
    assert list(cm.side_effects(m, {"D": "burn"}, "D", baseline={"D": "not"})) == ["Neighbour"]
    assert cm.side_effects(m, {"D": "not"}, "D", baseline={"D": "not"}) == {}
