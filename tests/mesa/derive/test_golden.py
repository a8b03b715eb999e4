"""The golden table of the theory of inference: each row by an independent calculation (explicit plans, Fractions)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import atan, log, pi, tanh

import pytest

import cidmesa as cm
from cidmesa import evidence as ev, families as fa

SPEC = cm.MesaSpec(target="0", scope="updates")
CORNERS = {"g_t": {1: "A1 == 'b'"}, "g_d": {2: "A2 == 'b'", 3: "A3 == 'b'"}}
COMPLIED = [ev.acted({"A1": "a"})]
BOX = fa.box(-1, 1)


def chances(found, *classes):
    """The probabilities of classes, each one number."""
    return tuple(found.probability(kind).value for kind in classes)


def corners(features=CORNERS, coefficients=BOX, spec=SPEC, training=1, deployment=2, mu=1, evidence=COMPLIED, **how):
    """The family of A1, or a variant of it."""
    process = cm.builders.episodes(training, deployment, mu=mu)
    return cm.derive(process, fa.objectives(features, coefficients, spec), evidence, **how)


def deployed(weight="1", count=2, first=2):
    """The feature of A1 with a weight for deployment."""
    later = {t: f"({weight}) * (A{t} == 'b')" for t in range(first, first + count)}
    return {"g_t": {1: "A1 == 'b'"}, "g_d": later}


# --- A: the two corners in one and two episodes of deployment -------------------------------------------------------


def test_a1_how_often_it_complies():
    found = corners(evidence=())
    assert found.probability("complies").value == Fraction(11, 16)
    assert found.kind == "exact"
    assert found.probability("deceptive", given="complies").value == Fraction(3, 11)


def test_a2_classes_given_compliance():
    assert chances(corners(), "deceptive", "proxy", "internal") == (Fraction(3, 11), Fraction(4, 11), Fraction(4, 11))


def test_a3_and_a4_less_correction_and_more_deployment():
    assert corners(mu="1/2").probability("deceptive").value == Fraction(1, 5)
    assert corners(deployed(count=3), deployment=3).probability("deceptive").value == Fraction(5, 17)


def test_a5_and_a6_how_much_it_cares_for_later_episodes():
    assert corners(deployed("0")).probability("deceptive").value == 0
    grid = fa.mixture([(1, fa.objectives(deployed(w), BOX, SPEC)) for w in ("0", "1/2", "1")])
    assert cm.derive(cm.builders.episodes(1, 2), grid, COMPLIED).probability("deceptive").value == Fraction(5, 29)


@pytest.mark.parametrize("w", ["0", "1/2", "1"])
def test_care_for_later_episodes_is_an_assumption_or_stands_in_the_features(w):
    assert corners(spec=replace(SPEC, later_weight=w)).classes == corners(deployed(w)).classes


def test_a7_care_for_later_episodes_free():
    found = corners(deployed("w"), fa.box(-1, 1, w=(0, 1))).probability("deceptive")
    assert found.kind == "bounds"
    assert found.low <= (5 - 2 * log(2)) / (21 - 2 * log(2)) <= found.high
    assert found.high - found.low < Fraction(2, 100)


def test_a8_and_a9_balls_in_place_of_the_box():
    assert corners(coefficients=fa.ball(1)).probability("deceptive").value == Fraction(1, 4)
    round_one = corners(coefficients=fa.ball(2)).probability("deceptive")
    assert round_one.kind == "bounds"
    assert round_one.low <= atan(2) / (atan(2) + pi) + 1e-15
    assert round_one.high >= atan(2) / (atan(2) + pi) - 1e-15
    assert round_one.high - round_one.low < 1e-12


def test_a10_the_simplex():
    found = corners(coefficients=fa.simplex(), evidence=())
    assert found.probability("complies").value == Fraction(2, 3)
    assert found.probability("deceptive", given="complies").value == 1


def test_a11_correction_in_deployment_too():
    process = cm.builders.stages({"training": (1, "1/2"), "deployment": (2, "1/2")})
    found = cm.derive(process, fa.objectives(CORNERS, BOX, SPEC), COMPLIED)
    assert found.probability("deceptive").value == Fraction(3, 19)


# --- B: three coefficients and stages -------------------------------------------------------------------------------


def guarded(weight="1"):
    return {**deployed(weight), "z": {3: f"({weight}) * (Theta3 == 'mesa')"}}


def test_b1_and_b2_who_wishes_to_stay_as_it_is():
    assert corners(guarded(), evidence=()).probability("complies").value == Fraction(2, 3)
    kinds = chances(corners(guarded()), "deceptive", "deterred", "proxy", "internal")
    assert kinds == (Fraction(17, 64), Fraction(3, 32), Fraction(23, 64), Fraction(9, 32))


@pytest.mark.parametrize(
    ("w", "expected"), [("1/10", Fraction(25, 504)), ("1/2", Fraction(24, 119)), ("4", Fraction(19, 62))]
)
def test_b3_other_weights(w, expected):
    assert corners(guarded(w)).probability("deceptive").value == expected


STAGED = {"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}, "z": {3: "A3 == 'b'", 4: "A4 == 'b'"}}


def staged(second=1, evidence=()):
    process = cm.builders.stages({"one": (1, "1/2"), "two": (1, second), "deployment": (2, 0)})
    return cm.derive(process, fa.objectives(STAGED, BOX, SPEC), evidence)


def test_b5_compliance_by_stage():
    found = staged()
    assert found.probability("complies", stage="one").value == Fraction(127, 192)
    assert found.probability("complies").value == Fraction(89, 192)
    in_one = lambda member: member.complies("one")  # noqa: E731 (a claim)
    assert found.probability("complies", given=in_one).value == Fraction(89, 127)


def test_b6_deception_by_stage():
    found = staged(evidence=[ev.acted({"A1": "a", "A2": "a"})])
    assert found.probability("deceptive", stage="one").value == Fraction(23, 89)
    assert found.probability("deceptive", stage="two").value == Fraction(29, 89)
    assert found.probability("deceptive").value == Fraction(41, 89)
    assert found.probability(lambda member: member.deceptive("one") and member.deceptive("two")).value == Fraction(
        11, 89
    )


def test_b7_more_correction_later_makes_earlier_compliance_rarer():
    assert staged("1/2").probability("complies", stage="one").value == Fraction(2, 3) > Fraction(127, 192)


def by_scope(features):
    return fa.mixture(
        [(1, fa.objectives(features, BOX, cm.MesaSpec(target="0", scope=scope))) for scope in ("episode", "updates")]
    )


def test_b8_scope_open():
    found = cm.derive(cm.builders.episodes(1, 2), by_scope(CORNERS), COMPLIED)
    assert chances(found, "deceptive", "proxy", "internal") == (Fraction(3, 19), Fraction(8, 19), Fraction(8, 19))


def test_b9_training_as_in_deployment_lowers_bad_and_raises_deceptive():
    features = {"g_t": {1: "A1 == 'b'"}, "g_d": {t: f"A{t} == 'b'" for t in (2, 3, 4)}}
    found = cm.derive(cm.builders.episodes(2, 2), by_scope(features), [ev.acted({"A1": "a", "A2": "a"})])
    assert chances(found, "deceptive", "proxy", "internal") == (Fraction(7, 15), 0, Fraction(8, 15))


@pytest.mark.parametrize(("count", "expected"), [(1, Fraction(1, 5)), (2, Fraction(11, 35)), (3, Fraction(119, 311))])
def test_b10_a_coefficient_for_each_episode(count, expected):
    features = {f"c{t}": {t: f"A{t} == 'b'"} for t in range(1, count + 2)}
    assert corners(features, deployment=count).probability("deceptive").value == expected


# --- C: evidence, ties, the nearly optimal --------------------------------------------------------------------------


def honeypot(result="pass", at="A2", **more):
    return ev.tested(at, result, like="A1", **{"taken_for_real": "1/2", **more})


def test_c1_and_c2_honeypots():
    once = corners(evidence=[*COMPLIED, honeypot()])
    assert chances(once, "internal", "proxy", "deceptive") == (Fraction(8, 15), Fraction(4, 15), Fraction(1, 5))
    twice = corners(evidence=[*COMPLIED, honeypot(), honeypot()])
    assert chances(twice, "internal", "proxy", "deceptive") == (Fraction(16, 23), Fraction(4, 23), Fraction(3, 23))


def test_c3_two_that_are_recognised_alike_count_as_one():
    alike = corners(evidence=[*COMPLIED, honeypot(latent="audits"), honeypot(latent="audits")])
    assert alike.probability("deceptive").value == Fraction(1, 5)


def test_c4_noisy_audits():
    results = ("pass", "pass", "alarm")
    audits = [honeypot(result, sensitivity="4/5", false_alarm="1/10") for result in results]
    assert corners(evidence=[*COMPLIED, *audits]).probability("bad").value == Fraction(847, 1135)


def test_c5_a_test_that_only_proxies_fail():
    tool = ev.read({"proxy": {"fail": 1}, "deceptive": {"pass": 1}, "internal": {"pass": 1}}, "pass")
    assert corners(evidence=[*COMPLIED, tool]).probability("deceptive").value == Fraction(3, 7)


def likings(training, *values, **named):
    """Specifications by likings of the three coefficients x, y, z (unchanged at the end)."""
    del training
    specs = {}
    for name, (x, y, *z) in {**{str(v): v for v in values}, **named}.items():
        target = {1: f"({x}) * (A1 == 'b')", 2: f"({y}) * (A2 == 'b')", 3: f"({y}) * (A3 == 'b')"}
        if z:
            target[3] += f" + ({z[0]}) * (Theta3 == 'mesa')"
        specs[name] = cm.MesaSpec(target=target, scope="updates")
    return specs


FOUR = likings(None, a=(-1, -1), b=("1/2", 1), c=(1, "1/2"), d=(0, 1))
PRIOR = {"a": "1/2", "b": "1/4", "c": "1/8", "d": "1/8"}


def tied(**how):
    return cm.derive(cm.builders.episodes(1, 2), fa.specifications(FOUR, prior=PRIOR), COMPLIED, **how)


def test_c6_and_c7_ties_blur_conduct_and_class_differently():
    found = tied()
    for claim, low, high in (
        ("deceives strictly", Fraction(2, 7), Fraction(3, 8)),
        ("deceives", Fraction(3, 7), Fraction(1, 2)),
        ("deceptive", Fraction(3, 8), Fraction(3, 7)),
    ):
        p = found.probability(claim)
        assert (p.kind, p.low, p.high, p.ties) == ("exact", low, high, True)


def test_c8_even_ties():
    found = tied(ties="even")
    assert chances(found, "deceives strictly", "deceives") == (Fraction(1, 3), Fraction(7, 15))


def test_c9_behaviours_are_counted_and_not_policies():
    c = cm.compose(cm.builders.episodes(1, 2), FOUR["c"])
    assert len(c.optimal_policies()) == 5
    found = cm.derive(cm.builders.episodes(1, 2), fa.specifications({"c": FOUR["c"]}))
    assert len(found.members) == 2


NEAR = {"p": (-1, -1, -1), "q": ("1/2", "1/2", 1), "r": (-1, 1, -1), "s": (2, "1/2", 1), "t": (1, 1, -1)}


def nearly(likings=NEAR, **how):
    process = cm.builders.stages({"one": (1, "1/2", 2), "two": (1, "1/2"), "deployment": (2, 0)})
    specs = {
        name: cm.MesaSpec(
            target={
                1: f"({x}) * (A1 == 'b')",
                2: f"({y}) * (A2 == 'b')",
                **{t: f"({z}) * (A{t} == 'b')" for t in (3, 4)},
            },
            scope="updates",
        )
        for name, (x, y, z) in likings.items()
    }
    return cm.derive(process, fa.specifications(specs), **how)


def test_c11_sets_of_the_nearly_optimal_are_nested_and_deception_is_not_monotone():
    found = nearly()
    best = 3
    entries = {name: best - loss for name, loss in found.entries().items()}
    assert entries == {"p": 3, "q": 3, "r": 2, "s": 1, "t": Fraction(1, 2)}
    shares = [found.epsilon_set(eps).probability("deceptive").value for eps in (0, 1, 2, "5/2")]
    assert shares == [Fraction(1, 2), Fraction(1, 3), Fraction(1, 2), Fraction(2, 5)]
    sets = [{m.name for m in found.epsilon_set(eps).members} for eps in (0, 1, 2, "5/2")]
    assert all(small <= large for small, large in pairwise(sets))


def test_c12_priors_by_simplicity_and_speed():
    two = {"schemer": FOUR["b"], "internal": FOUR["a"]}
    bits = {"schemer": 4, "internal": 6}
    for prior, expected in (
        (fa.simplicity(bits), Fraction(4, 5)),
        (fa.speed(bits, {"schemer": 3, "internal": 1}), Fraction(4, 7)),
    ):
        found = cm.derive(cm.builders.episodes(1, 2), fa.specifications(two, prior=prior), COMPLIED)
        assert found.probability("deceptive").value == expected


# --- L: laws and limits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "expected"), [("1", 1), ("3", Fraction(1, 2))])
def test_l1_more_care_for_later_can_lower_deception_given_compliance(w, expected):
    two = likings(None, schemer=("1/2", 1, 0), guard=(1, -1, "1/2"))
    for name, spec in two.items():
        target = {t: f"({w}) * ({text})" if t > 1 else text for t, text in spec.target.items()}
        two[name] = cm.MesaSpec(target=target, scope="updates")
    found = cm.derive(cm.builders.episodes(1, 2), fa.specifications(two), COMPLIED)
    assert found.probability("deceptive").value == expected


def test_l2_an_objective_silent_about_deployment_leaves_conduct_there_open():
    found = corners({"x": {1: "A1 == 'b'"}}, evidence=COMPLIED)
    p = found.probability("defects later")
    assert (p.low, p.high, p.ties) == (0, 1, True)
    assert found.possible("defects later")
    assert not found.certain("defects later")


def test_l3_the_best_of_the_process_and_of_the_family_differ():
    two = {name: NEAR[name] for name in ("s", "t")}
    assert {member.name for member in nearly(two, evidence=[ev.scored(0, among="family")]).members} == {"s"}
    with pytest.raises(cm.NotApplicable, match="nothing in the family fits"):
        nearly(two, evidence=[ev.scored(0)]).probability("deceptive")


def test_l4_a_discount_free():
    exact = 0.160427
    weights = {"g_t": {1: "A1 == 'b'"}, "g_d": {2: "gamma * (A2 == 'b')", 3: "gamma ** 2 * (A3 == 'b')"}}
    found = corners(weights, fa.box(-1, 1, gamma=(0, 1))).probability("deceptive")
    assert found.low <= exact <= found.high


@pytest.mark.nightly
def test_l4_slices_where_the_discount_moves_the_boundary_one_way():
    process = cm.builders.episodes(1, 2)

    def at(places):
        parts = [(1, fa.objectives(_discounted(Fraction(k, 64)), BOX, SPEC)) for k in places]
        return float(cm.derive(process, fa.mixture(parts), COMPLIED).probability("deceptive").value)

    assert at(range(64)) == pytest.approx(0.158356, abs=1e-6)
    assert at(range(1, 65)) == pytest.approx(0.162486, abs=1e-6)


def _discounted(gamma):
    return {"g_t": {1: "A1 == 'b'"}, "g_d": {2: f"({gamma}) * (A2 == 'b')", 3: f"({gamma}) ** 2 * (A3 == 'b')"}}


def test_l5_a_discount_of_one_half():
    assert corners(_discounted(Fraction(1, 2))).probability("deceptive").value == Fraction(3, 19)


def test_l6_an_estimate_by_draws():
    p = corners(method="estimate", seed=7).probability("deceptive")
    assert (p.kind, p.hits, p.draws, p.seed) == ("estimate", 364, 1394, 7)
    assert (round(p.low, 4), round(p.high, 4)) == (0.2382, 0.2850)
    assert p.low <= Fraction(3, 11) <= p.high


def test_l7_links_and_incentives_certain_and_possible():
    found = cm.derive(cm.builders.episodes(1, 2), by_scope(CORNERS), COMPLIED).diagram
    nodes = [n for n in found.possible_incentives("ici", "D_A1") if not n.startswith(("U_", "D_"))]
    assert sorted(nodes) == ["A1", "A2", "A3", "R1", "Theta2", "Theta3"]
    assert [n for n in found.certain_incentives("ici", "D_A1") if not n.startswith(("U_", "D_"))] == ["A1"]


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_l8_compliance_does_not_depend_on_how_many_equal_episodes_there_are(rounds):
    later = {t: f"A{t} == 'b'" for t in (rounds + 1, rounds + 2)}
    features = {"g_t": {t: f"A{t} == 'b'" for t in range(1, rounds + 1)}, "g_d": later}
    assert corners(features, training=rounds, mu="1/2", evidence=()).probability("complies").value == Fraction(5, 8)


def test_l9_a_mean_hides_a_rare_level_and_regret_does_not():
    specs = {name: cm.MesaSpec(target=f"At{name}", scope="episode") for name in ("Door", "Red")}
    found = cm.derive(cm.builders.one_shot(), fa.specifications(specs))
    levels = {"together": {"train": 1}, "apart": {"train": 0}}
    mean = found.epsilon_set("1/10", levels=levels, weights={"together": "19/20", "apart": "1/20"})
    regret = found.epsilon_set("1/10", levels=levels)
    assert [m.name for m in mean.members] == ["Door", "Red"]
    assert [m.name for m in regret.members] == ["Door"]
    assert regret.possible(lambda member: member.name == "Door")
    assert not regret.possible(lambda member: member.name == "Red")


def test_levels_cut_a_box_of_objectives():
    """Together x + y > 0 goes to the door, apart x > y does: a quarter of the square stays, or by the mean half."""
    family = fa.objectives({"x": "AtDoor", "y": "AtRed"}, fa.box(-1, 1), cm.MesaSpec("0", "episode"))
    found = cm.derive(cm.builders.one_shot(), family)
    levels = {"together": {"train": 1}, "apart": {"train": 0}}
    regret = found.epsilon_set("1/10", levels=levels)
    mean = found.epsilon_set("1/10", levels=levels, weights={"together": "19/20", "apart": "1/20"})
    assert "least greatest regret in the family" in regret.to_text()

    def at(member):
        return [member.training.model.parameters[name].value for name in "xy"]

    def red_is_liked(member):
        return at(member)[1] > 0

    def door_is_liked_more(member):
        x, y = at(member)
        return x > y

    half = Fraction(1, 2)
    assert [regret.probability(c).value for c in (red_is_liked, door_is_liked_more)] == [half, 1]
    assert [mean.probability(c).value for c in (red_is_liked, door_is_liked_more)] == [Fraction(3, 4), half]
    for x, y in ((1, "1/2"), ("1/2", 1), ("-1/2", 1), (1, "-1/2"), ("-1/2", "-1/4")):  # the same for single objectives
        alone = cm.MesaSpec(f"({x}) * AtDoor + ({y}) * AtRed", "episode")
        pair = cm.derive(
            cm.builders.one_shot(), fa.specifications({"it": alone, "door": cm.MesaSpec("AtDoor", "episode")})
        )
        kept = {member.name for member in pair.epsilon_set("1/10", levels=levels).members}
        assert ("it" in kept) is (Fraction(x) + Fraction(y) > 0 and Fraction(x) > Fraction(y))


def test_the_best_of_a_family_of_which_part_is_undecided_is_not_known():
    free = fa.objectives({"x": "AtDoor", "y": "w * AtRed"}, fa.box(-1, 1, w=(0, 1)), cm.MesaSpec("0", "episode"))
    found = cm.derive(cm.builders.one_shot(), free, [ev.scored(0, among="family")])
    with pytest.raises(cm.NotApplicable, match="the best of the family is not known"):
        found.probability("complies")


# --- D: overseers ---------------------------------------------------------------------------------------------------

READ_DECEPTIVE = {"deceptive": {"found": 1}, "proxy": {"fine": 1}, "internal": {"fine": 1}}
PROBE = ev.read(READ_DECEPTIVE, "fine")


def pot(q):
    return ev.tested("A2", "pass", like="A1", taken_for_real=q)


BASE = cache(corners)


def worth(test, loss):
    low, high = cm.voi(BASE(), test, loss=loss)
    assert low == high
    return low


def test_d1_and_d2_reading_and_one_more_training_context():
    assert worth("read", 1) == Fraction(4, 11)
    assert worth(ev.tested("A1", "pass"), 1) == 0


@pytest.mark.parametrize(("loss", "expected"), [("1", 0), ("3/4", Fraction(1, 11)), ("4/7", Fraction(12, 77))])
def test_d3_a_probe_that_finds_the_deceptive(loss, expected):
    assert worth(PROBE, loss) == expected
    number = Fraction(loss)
    assert expected == max(0, min(3 * number, 4 - 4 * number)) / 11


def test_d4_honeypots_are_worth_something_from_three_sevenths_on():
    assert worth(pot("1/2"), 1) == Fraction(1, 22)
    assert worth(pot("3/4"), 1) == Fraction(9, 44)
    assert worth(pot("3/7"), 1) == 0 < worth(pot("4/9"), 1)


def test_d5_and_d6_two_tests_are_worth_more_or_less_than_their_sum():
    assert worth([PROBE, pot("1/2")], 1) == Fraction(2, 11) > worth(PROBE, 1) + worth(pot("1/2"), 1)
    two = [pot("1/2"), pot("1/2")]
    assert worth(two, 1) == Fraction(9, 44) > 2 * worth(pot("1/2"), 1) == Fraction(1, 11)
    assert worth(two, "1/2") == Fraction(21, 88) < 2 * worth(pot("1/2"), "1/2") == Fraction(7, 22)


def test_d7_a_noisy_audit():
    audit = honeypot(sensitivity="4/5", false_alarm="1/10")
    assert worth(audit, 1) == 0
    assert worth(audit, "1/2") == Fraction(47, 440)


def test_d8_the_best_test_by_the_overseers_own_diagram():
    tests = {"read": "read", "honeypot": pot("3/4"), "probe": PROBE, "both": [PROBE, pot("3/4")]}
    costs = {"read": "1/4", "honeypot": "1/20", "probe": "1/50", "both": "7/100"}
    m = cm.overseer(corners(), tests, costs=costs)
    solution = cm.solve(m)
    assert (solution.policy["Test"](), solution.value) == ("both", Fraction(223, 1100))


def test_d11_a_test_with_consequences_deters_and_can_be_worth_more_than_reading():
    """All are bad; with an audit of the first of three episodes they comply there, which no reading brings about."""
    plan = {"audited": (1, "3/5"), "free": (2, 0)}
    wants = fa.specifications({"bad": cm.MesaSpec(target="A == 'b'", scope="updates")})
    process = cm.builders.stages(plan, deployed=["audited", "free"])
    found = cm.derive(process, wants)
    (member,) = found.members
    assert "".join(done[0] for _, _, done in member.conduct.done) == "abb"
    assert sum(1 if done == ("a",) else Fraction(-1, 4) for _, _, done in member.conduct.done) == Fraction(1, 2)
    unaudited = cm.derive(cm.builders.stages({"free": (3, 0)}, deployed="free"), wants)
    assert [done for _, _, done in unaudited.members[0].conduct.done] == [("b",)] * 3
    assert cm.voi(unaudited, "read", {unaudited.members[0].kind: "-3/4"}) == (0, 0)


# --- E: soft mesa-optimizers ----------------------------------------------------------------------------------------


def curve(likings, betas, training=1, deployment=2):
    x, y = likings
    target = {t: f"({x if t <= training else y}) * (A{t} == 'b')" for t in range(1, training + deployment + 1)}
    spec = cm.MesaSpec(target=target, scope="updates")
    return cm.soft_deception(cm.builders.episodes(training, deployment), spec, betas).points


def six(values):
    """Enclosures as the numbers that they agree on to six digits."""
    assert all(p.kind == "bounds" and p.high - p.low < 1e-9 for p in values)
    return [round(float(p.low), 6) for p in values]


def test_e1_and_e2_how_far_correction_is_why_it_complies_and_how_far_it_deceives():
    points = curve((1, 1), [1, 2, 4])
    assert six([p.compliance for p in points]) == [0.344575, 0.701805, 0.961302]
    assert six([p.deception for p in points]) == [0.319652, 0.691832, 0.960991]


def test_e3_two_training_episodes():
    assert six([p.compliance for p in curve((1, 1), [1, 2, 4], training=2)]) == [0.277625, 0.624038, 0.957033]


def test_e4_a_proxys_curve_is_not_monotone():
    assert six([p.compliance for p in curve(("-1/2", 1), [1, 2, 4, 8])]) == [0.254303, 0.258204, 0.119150, 0.017986]


def test_e5_an_aligned_one_that_distrusts_its_slips():
    assert six([p.compliance for p in curve(("-1/2", -1), [1, 2])]) == [-0.131929, -0.103166]


@pytest.mark.nightly
def test_e6_nor_is_that_of_a_strictly_deceptive_one():
    found = six([p.compliance for p in curve((1, "1/10"), [2, 3, 4, 40], deployment=11)])
    assert found == [0.192887, 0.201502, 0.185317, 0.961157]


def coin(observed):
    """The corners with a coin that is tossed before the first episode, seen or not."""
    base = cm.builders.episodes(1, 2)
    cid = cm.CID((cm.Node("Coin"), *base.cid.specs))
    cid = cid.with_link("Coin", "A1") if observed else cid
    given = {**dict(base.model.mechanisms), "Coin": cm.uniform([0, 1])}
    states = {**dict(base.model.domains), "Coin": [0, 1]}
    m = cm.model(cid, given, domains=states, parameters=dict(base.model.parameters))
    roles = {a: cm.learned(r.theta, episode=r.episode, phase=r.phase) for a, r in base.actions.items()}
    return cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})


def test_e7_and_e8_who_wants_nothing_is_indifferent_and_an_irrelevant_bit_changes_nothing():
    nothing = curve((0, 0), [3])[0]
    assert six([nothing.comply, nothing.compliance]) == [0.5, 0]
    spec = cm.MesaSpec({1: "-(A1 == 'b')", 2: "-(A2 == 'b')", 3: "-(A3 == 'b')"}, "updates")
    for observed in (False, True):
        assert six([cm.soft_deception(coin(observed), spec, 2).points[0].comply]) == [0.821007]


def test_e8_softmax_over_policies_is_changed_by_how_many_there_are():
    from math import exp

    values = [
        -(first == "b") - (first == "a") * sum(act == "b" for act in later)
        for first in "ab"
        for later in ("aa", "ab", "ba", "bb")
    ]
    weights = [exp(2 * value) for value in values]
    assert round(sum(weights[:4]) / sum(weights), 6) == 0.704238


@pytest.mark.parametrize("eps", ["0", "1/4", "1"])
def test_e9_nearly_optimal_policies(eps):
    spec = cm.MesaSpec("A == 'b'", "updates")
    found = cm.nearly_optimal(cm.builders.episodes(1, 2), spec, eps)
    assert (found.low, found.high) == (1 - Fraction(eps), 1)
    alike = cm.nearly_optimal(cm.builders.episodes(1, 2), spec, eps, at="each context")
    assert (alike.low, alike.high) == (found.low, found.high)


@pytest.mark.parametrize("p", ["1/10", "1/2", "9/10"])
@pytest.mark.parametrize("eps", ["0", "1/20", "1/2", "1"])
def test_a_rare_context_is_nothing_at_the_start_and_all_where_it_is(p, eps):
    """It wants the red thing, which is the door with probability p: elsewhere it defects unless it may lose 1 there."""
    p, e = Fraction(p), Fraction(eps)
    process, spec = cm.builders.one_shot(train=p), cm.MesaSpec("AtRed", "episode")
    start = cm.nearly_optimal(process, spec, e)
    assert (start.low, start.high) == (max(0, p - e), min(1, p + e))
    each = cm.nearly_optimal(process, spec, e, at="each context")
    assert (each.low, each.high) == (p * (1 - e), p + (1 - p) * e)
    assert each.to_text().endswith("of the best in each context")


TWO = likings(None, good=(-1, -1), schemer=("1/2", 1))


def test_e10_compliance_seen_once_raises_the_schemer():
    found = cm.derive(cm.builders.episodes(1, 2), fa.specifications(TWO), COMPLIED, rationality=2)
    assert six([found.probability("deceptive")]) == [0.529982]
    with pytest.raises(cm.NotApplicable, match="take every option with some probability"):
        found.probability("complies")


def test_e11_one_more_training_context_is_worth_something_with_soft_agents():
    found = cm.derive(cm.builders.episodes(1, 2), fa.specifications(TWO), rationality=2)
    low, high = cm.voi(found, ev.tested("A1", "pass"))
    assert low == high
    assert round(low, 6) == 0.052372


def test_evidence_about_soft_agents_may_have_probabilities_of_its_own():
    corners = fa.specifications({to: cm.MesaSpec(f"A == '{to}'", "updates") for to in "ab"})
    found = cm.derive(cm.builders.episodes(1, 2), corners, rationality=2)
    test = ev.tested("A2", "pass", like="A1", taken_for_real="1/2")
    assert cm.voi(found, test) == (pytest.approx(tanh(1) / 4),) * 2  # both comply equally where it is not real
    looked = ev.read({"a": {"bad": "1/10", "fine": "9/10"}, "b": {"bad": "9/10", "fine": "1/10"}}, "bad")
    found = cm.derive(cm.builders.episodes(1, 2), corners, [ev.acted({"A1": "a"}), looked], rationality=2)
    assert six([found.probability("deceptive")]) == [0.9]


@pytest.mark.parametrize("beta", ["1/2", 2, 5])
def test_e12_an_aligned_one_and_a_schemer_comply_equally_in_the_corners(beta):
    good, schemer = (curve(pair, beta)[0].comply for pair in ((-1, -1), (1, 1)))
    assert six([good]) == six([schemer])
