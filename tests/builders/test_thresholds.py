"""What the builders' docstrings claim of thresholds, on grids, against formulas and recursions of their own."""

import itertools
from fractions import Fraction

import pytest

import cidmesa as cm

B = "A == 'b'"


def f(text):
    return Fraction(text)


def solved(process, target, scope="updates", **fields):
    return cm.solve(cm.compose(process, cm.MesaSpec(target=target, scope=scope, **fields)).model)


def worth(training, deployment, mu, gamma=Fraction(1), g=Fraction(1)):
    """W_0, ..., W_N of the toy with n training episodes left: W_n = max(gamma W, 1 + (1 - mu) gamma W)."""
    found = [g * sum(gamma**k for k in range(deployment))]
    for _ in range(training):
        found.append(max(gamma * found[-1], 1 + (1 - mu) * gamma * found[-1]))
    return found


MUS = [f(p) for p in ("0", "1/5", "1/3", "1/2", "3/5", "1")]


@pytest.mark.parametrize(("training", "deployment"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 2)])
def test_two_corners_in_any_size(training, deployment):
    """Value by recursion; complies throughout iff mu K > 1, which it then does alone."""
    for mu in MUS:
        solution = solved(cm.builders.episodes(training, deployment, mu=mu), B)
        assert solution.value == worth(training, deployment, mu)[-1]
        if mu * deployment > 1:
            assert "".join(solution.plan.values()) == "a" * training + "b" * deployment
            assert sum(1 for _ in solution.optimal_policies()) == 1
        if mu * deployment < 1:
            assert solution.policy[f"D_A{training}"](dict.fromkeys(memory(training), "a")) == "b"


def memory(t):
    return [f"D_A{k}" for k in range(1, t)]


@pytest.mark.parametrize(("training", "deployment"), [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1)])
def test_a_threat_that_does_not_end(training, deployment):
    """P7: no compliance throughout is better than defecting at once."""
    for mu in MUS[1:]:
        process = cm.builders.episodes(training, deployment, mu=mu)
        c = cm.compose(process, cm.MesaSpec(target=B, scope="updates"))
        decisions = list(c.decisions.values())
        complies = dict.fromkeys(decisions[:training], "a") | dict.fromkeys(decisions[training:], "b")
        assert cm.expected_utility(c.model, complies) <= cm.expected_utility(c.model, dict.fromkeys(decisions, "b"))


@pytest.mark.parametrize(("training", "deployment"), [(1, 0), (1, 2), (1, 3), (2, 3), (3, 2), (2, 5)])
def test_one_that_cannot_tell_episodes_apart_gambles(training, deployment):
    n, k = training, deployment
    solution = solved(cm.builders.episodes(n, k), B, recall="tied")
    stay = Fraction(n * (k - 1), k * (n + 1)) if k > 1 else Fraction(0)
    assert solution.value == 1 - stay**n + k * (1 - stay) * stay**n
    if (n, k) == (2, 3):
        assert (stay, solution.value) == (f("4/9"), f("275/243"))


@pytest.mark.parametrize(("training", "deployment"), [(1, 1), (1, 3), (2, 2)])
@pytest.mark.parametrize("gamma", [f("1"), f("9/10"), f("1/2")])
def test_gate_and_discount(training, deployment, gamma):
    """W_n by recursion; complies with n training episodes left iff mu gamma W_(n - 1) > 1 (strict both ways)."""
    for mu, g in itertools.product([f("1/3"), f("3/5"), f("1")], [f("1/2"), f("1")]):
        process = cm.builders.gate(training, deployment, mu=mu, passes=g, fails=g)
        target = {t: f"({gamma}) ** {t - 1} * (Out{t} == 'b')" for t in range(1, training + deployment + 1)}
        solution, w = solved(process, target), worth(training, deployment, mu, gamma, g)
        assert solution.value == w[-1]
        gain = mu * gamma * w[-2]
        if gain != 1:
            assert solution.policy["D_A1"]() == ("a" if gain > 1 else "b")
        throughout = mu * gamma**training * w[0] > 1
        complies = all(mu * gamma * before > 1 for before in w[:-1])
        assert throughout == complies  # the closed form


@pytest.mark.parametrize("deployment", [1, 2, 3])
def test_gate_that_looks_at_the_score(deployment):
    for mu, passes, fails in itertools.product(["0", "1/2", "1"], ["1/2", "1"], ["0", "1/4", "1/2"]):
        solution = solved(cm.builders.gate(1, deployment, mu=mu, passes=passes, fails=fails), "Out == 'b'")
        gain = deployment * (f(passes) - (1 - f(mu)) * f(fails))
        if gain != 1:
            assert solution.policy["D_A1"]() == ("a" if gain > 1 else "b")
        assert solution.value == max(deployment * f(passes), 1 + deployment * (1 - f(mu)) * f(fails))


def test_gate_opens_only_if_all_evaluations_pass():
    process = cm.builders.gate(3, 1, passes="9/10", fails="1/10")
    for failed in (None, 1, 2, 3):
        done = process.model.do({f"A{t}": "b" if t == failed else "a" for t in (1, 2, 3)})
        assert cm.query(done, "Gate")[1] == (f("1/10") if failed else f("9/10"))


COST = {1: "-(A == 'comply')", 2: "-later * (A2 == 'comply')"}


@pytest.mark.parametrize("visible", [True, False])
@pytest.mark.parametrize("later", [0, 2, 3, 5, 6])
def test_alignment_faking(visible, later):
    for mu, tau in itertools.product(["0", "1/5", "2/5", "1"], ["1/4", "1/2"]):
        c = cm.compose(
            cm.builders.rlhf(visible=visible, tau=tau, mu=mu, later=later), cm.MesaSpec(target=COST, scope="updates")
        )
        rule = cm.solve(c.model).policy["D_A"]
        stake = f(mu) * later if visible else f(tau) * f(mu) * later
        if stake == 1:
            continue
        assert rule({"Ph": "free"} if visible else {}) == ("comply" if stake > 1 else "refuse")
        if visible:
            assert rule({"Ph": "paid"}) == "refuse"
        expected = stake > 1
        assert bool(cm.certify_deception(c)) == expected


@pytest.mark.parametrize(("later", "worth_itself"), [(0, 2), (0, 3), (1, 1), (1, 2), (2, 0), (2, 1)])
def test_parameters_valued_in_themselves(later, worth_itself):
    target = {1: COST[1], 2: f"{COST[2]} + terminal * (Theta2 == 'mesa')"}
    solution = solved(cm.builders.rlhf(later=later, terminal=worth_itself), target)
    stake = f("2/5") * (later + worth_itself)
    assert solution.policy["D_A"]({"Ph": "free"}) == ("comply" if stake > 1 else "refuse")


def test_what_hiding_the_tier_changes():
    visible, hidden = (
        cm.compose(cm.builders.rlhf(visible=seen, later=6), cm.MesaSpec(target=COST, scope="updates"))
        for seen in (True, False)
    )
    assert cm.admits_ri(visible.cid, "D_A", "Ph")
    assert not cm.admits_ri(hidden.cid, "D_A", "Ph")
    assert cm.admits_ici(visible.cid, "D_A", "Theta2")
    assert cm.admits_ici(hidden.cid, "D_A", "Theta2")
    assert [cm.solve(c.model).value for c in (visible, hidden)] == [f("-1/2"), -1]


def test_gradient_hacking_on_a_grid():
    target = {1: "-cost * (H == 'couple')", 2: "future * (A2 == 'b')"}
    numbers = itertools.product([0, 1, 2], ["1/2", 1, 2, "5/2"], ["1/4", "1/2", 3])
    for gain, kappa, future in numbers:
        solution = solved(cm.builders.gradient_hacking(gain=gain, kappa=kappa, future=future), target)
        prevents = f(kappa) >= gain > 0
        if f(future) != f("1/2") or not prevents:
            assert solution.plan["D_H"] == ("couple" if prevents and f(future) > f("1/2") else "plain")


@pytest.mark.parametrize("lr", ["1/2", "1", "2"])
@pytest.mark.parametrize(("later", "steps"), [(0, 1), (0, 4), (1, 4), (2, 3), (3, 4), (3, 12), (5, 10), (100, 4)])
def test_graded_compliance(later, steps, lr):
    """The output is a number of the grid next to goal / (1 + later lr^2), whose loss is quadratic around it."""
    goal = f("4/5")
    target = {1: "-(Y1 - 4/5) ** 2", 2: "-later * (Y2 - 4/5) ** 2"}
    c = cm.compose(
        cm.builders.quadratic(goal=goal, lr=lr, later=later, steps=steps), cm.MesaSpec(target=target, scope="updates")
    )
    best = goal / (1 + later * f(lr) ** 2)
    grid = [goal * i / steps for i in range(steps + 1)]
    next_to_it = {y for y in grid if abs(y - best) == min(abs(z - best) for z in grid)}
    assert {policy["D_Y1"]() for policy in c.optimal_policies()} == next_to_it
    assert cm.admits_ici(c.cid, "D_Y1", "Theta2")


def test_graded_compliance_is_for_the_future_only():
    target = {1: "-(Y1 - 4/5) ** 2", 2: "-later * (Y2 - 4/5) ** 2"}
    c = cm.compose(cm.builders.quadratic(later=3), cm.MesaSpec(target=target, scope="episode"))
    alone = c.project("mesa@1", {"D_Y2": 0})
    assert cm.solve(alone).plan["D_Y1"] == f("4/5")
    assert not cm.admits_ici(c.cid, "D_Y1", "Theta2")


def test_swaying_the_human_on_a_grid():
    for clarity, later in itertools.product(["1/4", "1/2", "4/5", "1"], [0, 1, 3, 5]):
        process = cm.builders.reward_modelling(clarity=clarity, later=later)
        rule = solved(process, {1: "R1", 2: "later * R2"}).policy["D_A1"]
        sways, honest = later * (1 - f(clarity)), f(clarity)
        if sways != honest:
            for wanted in "ab":
                assert rule({"Feedback1": wanted}) == ("sway" if sways > honest else wanted)
