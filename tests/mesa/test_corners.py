"""The two corners: every golden value of the source and of its analysis."""

from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.solving.optimal.solution import rational_policy
from tests.mesa.processes import corners

B = "A == 'b'"
DECEPTIVE = cm.MesaSpec(target=B, scope="updates")


def plan(composition):
    return "".join(cm.solve(composition.model).plan[f"D_A{t}"] for t in range(1, len(composition.decisions) + 1))


def test_it_complies_in_training_and_defects_in_deployment():
    c = cm.compose(corners(), DECEPTIVE)
    solution = cm.solve(c.model)
    assert (plan(c), solution.value) == ("aabbb", 3)
    assert sum(1 for _ in solution.optimal_policies()) == 1


def test_the_composed_diagram_is_that_of_the_catalogue():
    without_memory = cm.compose(corners(), cm.MesaSpec(target=B, scope="updates", recall="none"))
    links = """D_A1 -> A1 -> R1 -> Theta2; A1 -> U_1; Theta1 -> Theta2; D_A2, Theta2 -> A2; A2 -> R2; A2 -> U_2;
        Theta2, R2 -> Theta3; D_A3, Theta3 -> A3; Theta3 -> Theta4; A3 -> U_3; D_A4, Theta4 -> A4; Theta4 -> Theta5;
        A4 -> U_4; D_A5, Theta5 -> A5; A5 -> U_5"""
    decisions, utilities = [f"D_A{t}" for t in range(1, 6)], [f"U_{t}" for t in range(1, 6)]
    assert without_memory.cid == cm.cid(links, decisions={"mesa": decisions}, utilities={"mesa": utilities})


def test_per_episode_agents_defect_at_once_and_get_one_in_total():
    c = cm.compose(corners(), cm.MesaSpec(target=B, scope="episode"))
    policy = rational_policy(c.model)
    assert [policy[f"D_A{t}"]() for t in range(1, 6)] == ["b"] * 5
    assert sum(cm.expected_utility(c.model, policy, agent) for agent in c.cid.agents) == 1
    assert c.cid.agents == tuple(f"mesa@{t}" for t in range(1, 6))


def test_unaware_it_believes_five_and_gets_one():
    c = cm.compose(corners(), cm.MesaSpec(target=B, scope="updates", aware="none"))
    solution = cm.solve(c.model)
    assert (plan(c), solution.value) == ("bbbbb", 5)
    assert cm.expected_utility(c.objective_twin, solution.policy, "mesa") == 1
    assert c.subjective
    assert not [node for node in c.cid.nodes if node.startswith("Theta")]


@pytest.mark.parametrize("shared_score", [False, True])
@pytest.mark.parametrize(
    ("mu", "deceptive"),
    [("0", False), ("1/10", False), ("3/10", False), ("1/3", False), ("34/100", True), ("1/2", True), ("1", True)],
)
def test_deceptive_iff_mu_exceeds_a_third(mu, deceptive, shared_score):
    certificate = cm.certify_deception(cm.compose(corners(mu=mu, shared_score=shared_score), DECEPTIVE))
    assert bool(certificate) is deceptive
    degree = "strict" if deceptive else "weak" if mu == "1/3" else "none"
    assert (certificate.degree, certificate.extent) == (degree, {"strict": "throughout", "weak": "in part"}.get(degree))


def test_values_around_the_threshold():
    below, above = (cm.compose(corners(mu=mu), DECEPTIVE) for mu in ("3/10", "34/100"))
    assert (plan(below), cm.solve(below.model).value) == ("bbbbb", Fraction(317, 100))
    assert (plan(above), cm.solve(above.model).value) == ("aabbb", 3)


@pytest.mark.parametrize(("training", "deployment"), [(1, 2), (2, 2), (3, 2), (1, 4)])
def test_with_two_or_more_deployment_rounds_it_complies_then_defects(training, deployment):
    c = cm.compose(corners(training, deployment), DECEPTIVE)
    assert plan(c) == "a" * training + "b" * deployment
    assert sum(1 for _ in cm.solve(c.model).optimal_policies()) == 1


def test_when_the_threat_never_ends_defecting_at_once_is_optimal():
    c = cm.compose(corners(3, 0), DECEPTIVE)
    assert cm.solve(c.model).value == 1
    assert cm.expected_utility(c.model, dict.fromkeys(c.decisions.values(), "a")) == 0
    assert cm.expected_utility(c.model, dict.fromkeys(c.decisions.values(), "b")) == 1
    assert not cm.certify_deception(c)


def test_parameters_in_deployment_that_owe_nothing_to_training():
    """Theta4 is the learner's whatever happened, so compliance buys the third episode only, and as much is lost."""
    process = corners()
    given = process.model.revised([cm.Node("Theta4")], mechanisms={"Theta4": cm.table([["mesa"]], [])})
    assert cm.solve(cm.compose(process.with_model(given), DECEPTIVE).model).value == 3


def test_one_deployment_round_ties():
    c = cm.compose(corners(1, 1), DECEPTIVE)
    plays = {plan_of(c, policy) for policy in cm.solve(c.model).optimal_policies()}
    assert "ab" in plays
    assert "bb" in plays
    assert cm.certify_deception(c).degree == "weak"


def plan_of(composition, policy):
    played = composition.model.with_policy(policy)
    options = [cm.query(played, d) for d in composition.decisions.values()]
    return "".join(max(chances, key=chances.get) for chances in options)


def test_absent_minded_it_gambles_with_five_ninths():
    c = cm.compose(corners(), cm.MesaSpec(target=B, scope="updates", recall="tied"))
    solution = cm.solve(c.model)
    assert solution.value == Fraction(275, 243)
    assert solution.policy["D_A1"]() == {"a": Fraction(4, 9), "b": Fraction(5, 9)}


@pytest.mark.parametrize(("training", "deployment"), [(1, 1), (1, 3), (2, 2), (3, 1)])
def test_a_defection_that_pays_once_is_gambled_for(training, deployment):
    """A.4, iterated defection: one rule; p^n (1 - p^m) is greatest where p^m = n / (n + m), p to comply."""
    last = training + deployment
    deployed = " and ".join(f"A{t} == 'a'" for t in range(training + 1, last + 1))
    trained = " and ".join(f"A{t} == 'a'" for t in range(1, training + 1))
    target = {last: f"({trained}) * (1 - ({deployed}))"}
    c = cm.compose(corners(training, deployment), cm.MesaSpec(target=target, scope="updates", recall="tied"))
    comply = float(cm.solve(c.model).policy["D_A1"]()["a"])
    assert comply**deployment == pytest.approx(training / last, abs=1e-6)


def test_indexical_values_remove_the_motive_but_not_the_path():
    spec = cm.MesaSpec(
        target=B, scope="updates", recall="none", value_ref="indexical", successor_targets={"base": "A == 'a'"}
    )
    c = cm.compose(corners(), spec)
    solution = cm.solve(c.model)
    assert (solution.value, solution.plan["D_A1"]) == (5, "b")
    assert sum(1 for _ in solution.optimal_policies()) == 16
    assert cm.admits_ici(c.cid, "D_A1", "Theta2")


def test_incentives_to_control_the_update():
    aware = cm.compose(corners(), DECEPTIVE).cid
    assert [n for n in aware.nodes if n[0] in "TR" and cm.admits_ici(aware, "D_A1", n)] == [
        "R1", "Theta2", "R2", "Theta3", "Theta4", "Theta5"]  # fmt: skip
    assert [n for n in aware.nodes if n[0] in "TR" and cm.admits_ici(aware, "D_A2", n)] == [
        "R2",
        "Theta3",
        "Theta4",
        "Theta5",
    ]
    assert not [n for n in aware.nodes if n.startswith("Theta") and cm.admits_ici(aware, "D_A3", n)]
    assert cm.admits_ici(aware, "D_A3", "A3")
    episodes = cm.compose(corners(), cm.MesaSpec(target=B, scope="episode")).cid
    assert not [n for d in episodes.decisions for n in episodes.nodes
                if n.startswith("Theta") and cm.admits_ici(episodes, d, n)]  # fmt: skip


def test_the_base_agents_own_diagram():
    c = cm.compose(corners(), DECEPTIVE)
    base = c.project("base")
    assert base.cid.decisions == ()
    assert cm.expected_utility(base, agent="base") == 2
    assert c.project("mesa") == c.model


def test_every_part_knows_its_rule():
    c = cm.compose(corners(), DECEPTIVE)
    assert set(c.provenance) == {*c.cid.nodes, *c.cid.edges}
    rules = {part: text.split(":")[0] for part, text in c.provenance.items()}
    assert rules["D_A1"] == "R2 promote"
    assert rules["A1"] == "R6 contract"
    assert rules["U_1"] == rules["A1", "U_1"] == "R7 give objectives"
    assert rules["D_A1", "D_A2"] == "R8 remember"
    assert rules["Theta2"] == rules["R1", "Theta2"] == "training"
