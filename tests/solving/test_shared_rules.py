"""The optimum of a rule that decisions share and that observes: grids of mixed rules, closed forms, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm


def shared(rng, options=2, numbers=(0, 1, 2, 3)):
    """Two decisions that share a rule and see a bit each; the utility of what both do and see is random."""
    graph = cm.cid("S1 -> D1; S2 -> D2; S1, S2, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    worth = {key: rng.choice(numbers) for key in product((0, 1), (0, 1), *(range(options) for _ in range(2)))}
    bits = {f"S{k}": {0: (p := Fraction(rng.randint(0, 4), 4)), 1: 1 - p} for k in (1, 2)}
    found = cm.model(
        graph,
        **bits,
        D1=list(range(options)),
        D2=list(range(options)),
        U=lambda S1, S2, D1, D2: worth[S1, S2, D1, D2],
    )
    return found.sharing_rules(["D1", "D2"]), worth, bits


def by_hand(worth, bits, rows):
    """The expected utility of a rule: context -> probabilities of options."""
    total = Fraction(0)
    for (s1, s2, d1, d2), value in worth.items():
        total += bits["S1"][s1] * bits["S2"][s2] * rows[s1][d1] * rows[s2][d2] * value
    return total


def test_no_rule_on_a_grid_is_better_and_the_value_is_that_of_the_rule():
    solved = 0
    for seed in range(40):
        model, worth, bits = shared(Random(seed))
        try:
            found = cm.solve(model)
        except cm.NotApplicable:
            continue  # not finitely many rational stationary points, which is said
        solved += 1
        rule = found.policy["D1"].values
        assert (rule == found.policy["D2"].values).all()
        assert by_hand(worth, bits, rule) == pytest.approx(found.value, abs=1e-12)
        steps = [Fraction(k, 12) for k in range(13)]
        best = max(by_hand(worth, bits, [[1 - p, p], [1 - q, q]]) for p, q in product(steps, repeat=2))
        assert found.value >= best
    assert solved >= 30


def test_three_options_and_nothing_seen():
    graph = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    model = cm.model(graph, D1=[0, 1, 2], D2=[0, 1, 2], U="(D1 != D2) * (1 + D1)").sharing_rules(["D1", "D2"])
    found = cm.solve(model)
    assert found.value == Fraction(15, 11)
    steps = [Fraction(k, 22) for k in range(23)]
    grid = [(p, q, 1 - p - q) for p, q in product(steps, repeat=2) if p + q <= 1]
    values = [
        sum(x[a] * x[b] * (1 + a) for a in range(3) for b in range(3) if a != b) for x in grid
    ]  # 5/22, 4/11, 9/22 is a point of it
    assert max(values) == found.value


def test_clean_tests_with_a_sign_that_is_seen():
    """Kovařík et al.: the rate without a sign is that of the model in which the sign acts by itself."""
    seen, unseen = (cm.load(f"kovarik2025/tests{variant}") for variant in ("@sees-sign", ""))
    for s in ("0", "1/6", "3/10", "1/3", "1/2"):
        one, other = (cm.solve(scenario.model.substitute(s=s)) for scenario in (seen, unseen))
        assert one.value == other.value
        assert one.policy["T1"](S1=0) == other.policy["T1"]()


def test_floats_and_curves_of_stationary_points_are_refused():
    graph = cm.cid("S1 -> D1; S2 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    half = {0: 0.5, 1: 0.5}
    model = cm.model(graph, S1=half, S2=half, D1=[0, 1], D2=[0, 1], U="D1 != D2")
    with pytest.raises(cm.NotApplicable, match="exact or not known"):
        cm.solve(model.sharing_rules(["D1", "D2"]))


def test_many_faces_are_too_large_before_work():
    graph = cm.cid("S1 -> S2, D1; S2 -> D2; S1, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    three = [0, 1, 2]
    model = cm.model(graph, S1=cm.uniform(range(8)), S2="S1", D1=three, D2=three, U="(D1 != D2) * (1 + S1)")
    with pytest.raises(cm.TooLarge, match="more than 20000 faces"):
        cm.solve(model.sharing_rules(["D1", "D2"]))
