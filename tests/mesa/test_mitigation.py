"""Mitigation counts where it surely removes deception and leaves the base better off; on what deception rests."""

from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.mesa.edits import Case, actions
from tests.mesa.processes import corners

DECEPTIVE = cm.MesaSpec(target="A == 'b'", scope="updates")
INSPECT = "inspect Theta3 before deployment: the mesa-optimizer is found and replaced by base"
AUDIT = (
    "evaluate in deployment too: A3 -> Theta4, A4 -> Theta5; "
    "an optimizer that deviates from what other parameters do is replaced"
)


def worst(training, spec):
    """The least base score of a rational plan, by expected utilities."""
    c = cm.compose(training, spec)
    return min(cm.expected_utility(c.objective_twin, policy, "base") for policy in c.optimal_policies())


@pytest.mark.parametrize("mu", ["2/5", "1/2", "3/4", "1"])
def test_of_the_corners_inspection_and_audits_count(mu):
    found = cm.mitigate(corners(mu=mu), DECEPTIVE)
    assert {change for one in found for change in one.changes} == {INSPECT, AUDIT}
    for one in found:
        assert one.before.degree == "strict"
        assert not one.after
        assert one.score_before == worst(corners(mu=mu), DECEPTIVE) == 2
        assert one.score_after == worst(one.training, one.spec) > 2
        assert one.effect == "shown"
        assert one.to_json()["after"]["deceptive"] is False


def test_at_certain_correction_both_are_worth_four_of_five():
    assert [one.score_after for one in cm.mitigate(corners(), DECEPTIVE)] == [4, 4]


def test_stopping_the_updates_removes_deception_and_does_not_count():
    """It then defects openly, and the base gets nothing."""
    process = corners()
    stop = next(edit for edit in actions(Case(process, DECEPTIVE)) if edit.kind == "stop an update")
    stopped = stop.change(Case(process, DECEPTIVE))
    assert cm.certify_deception(cm.compose(stopped.training, DECEPTIVE)).extent != "throughout"
    assert stop.says not in {change for one in cm.mitigate(process, DECEPTIVE) for change in one.changes}


def test_a_parameter_counts_only_under_control_and_where_the_base_gains():
    """Lowering mu to 1/4 ends deception and costs the base: 2 -> 25/16."""
    assert worst(corners(mu="1/4"), DECEPTIVE) == Fraction(25, 16)
    process = corners()
    mu = cm.parameter("mu", 0, 1, value=1, control=True)
    controlled = process.with_model(
        cm.model(
            process.cid, dict(process.model.mechanisms), domains=dict(process.model.domains), parameters={"mu": mu}
        )
    )
    assert {one.kinds for one in cm.mitigate(controlled, DECEPTIVE)} == {
        ("add transparency",),
        ("randomise evaluation",),
    }


def test_a_price_of_defection_under_control_is_set_beyond_its_exact_threshold():
    """Complying in deployment is paid, whoever does it: worth more than 1 it defects at once and is replaced."""
    g = cm.cid("Theta1 -> A1 -> R1 -> Theta2 -> A2; Theta1 -> Theta2; A1 -> U1; A2 -> U2",
               utilities={"base": ["U1", "U2"]})  # fmt: skip
    update = cm.table([["mesa", 0, "base"], ["*", "*", {"same": "Theta1"}]], ["Theta1", "R1"])
    price = cm.parameter("price", 0, 3, value=0, control=True)
    m = cm.model(g, Theta1={"mesa": 1, "base": 0}, A1=cm.uniform("ab"), R1="A1 == 'a'", Theta2=update,
                 A2=cm.uniform("ab"), U1="A1 == 'a'", U2="5 * (A2 == 'a')", domains={"Theta2": ["mesa", "base"]},
                 parameters={"price": price})  # fmt: skip
    roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})
    spec = cm.MesaSpec(target={1: "A1 == 'b'", 2: "2 * (A2 == 'b') + price * (A2 == 'a')"}, scope="updates")
    (found,) = [one for one in cm.mitigate(t, spec) if one.kinds == ("set a parameter",)]
    assert "price > 1" in found.changes[0]
    assert (found.effect, found.score_before, found.score_after) == ("shown", 1, 5)


def test_there_is_nothing_to_remove_from_the_red_door():
    red = cm.load("hubinger2019/red-door")
    assert all(cm.mitigate(red.training, spec) == () for spec in red.specs.values())


def test_a_region_is_proved_or_verified_at_its_corners():
    region = {"mu": (Fraction(2, 5), 1)}
    proved = cm.mitigate(corners(1, 2), DECEPTIVE, region=region, exact=True)
    assert proved
    assert all(one.exact for one in proved)
    checked = cm.mitigate(corners(1, 2), DECEPTIVE, region=region)
    assert [one.changes for one in checked] == [one.changes for one in proved]
    assert [point["mu"] for point in checked[0].points] == [1, Fraction(2, 5)]
    with pytest.raises(cm.ComposeError, match="does not contain the present value 1"):
        cm.mitigate(corners(), DECEPTIVE, region={"mu": (0, Fraction(1, 2))})
    with pytest.raises(cm.ComposeError, match="names 'nu', which is not a parameter"):
        cm.mitigate(corners(), DECEPTIVE, region={"nu": (0, 1)})


def test_what_counts_at_the_ends_of_a_region_and_not_between_them_is_not_proved():
    """To replace the mesa-optimizer gains 1 and costs 8 p (1 - p), which is 0 for p = 0 and 1, and 2 for p = 1/2."""
    process = corners(1, 2)
    graph = cm.cid([*process.cid.edges, ("Theta2", "U_b2")], utilities={"base": process.cid.utilities})
    given = {**process.model.mechanisms, "U_b2": "(A2 == 'a') - 8 * p * (1 - p) * (Theta2 == 'base')"}
    parameters = {"mu": 1, "p": cm.parameter("p", 0, 1, value=0)}
    costly = process.with_model(cm.model(graph, given, domains=process.model.domains, parameters=parameters))
    assert [one.effect for one in cm.mitigate(costly, DECEPTIVE, region={"p": (0, 1)})] == ["shown", "shown"]
    assert cm.mitigate(costly, DECEPTIVE, region={"p": (0, 1)}, exact=True) == ()


def test_a_key_that_tells_the_phase_is_shown_in_training_too():
    """W8: the key is seen in deployment only; a key that training shows too tells nothing."""
    links = "Ph -> Key -> A; Theta1 -> A; A, Ph, Theta1 -> Theta2 -> A2; A -> U_b1; A2 -> U_b2"
    update = cm.table([["b", "train", "mesa", "base"], ["*", "*", "*", {"same": "Theta1"}]], ["A", "Ph", "Theta1"])
    given = {"Ph": {"train": "3/4", "deploy": "1/4"}, "Key": "Ph == 'deploy'", "Theta1": {"mesa": 1, "base": 0},
             "A": cm.uniform("ab"), "Theta2": update, "A2": cm.uniform("ab"), "U_b1": "A == 'a'",
             "U_b2": "A2 == 'a'"}  # fmt: skip
    model = cm.model(cm.cid(links, utilities={"base": ["U_b1", "U_b2"]}), given, domains={"Theta2": ["mesa", "base"]})
    roles = {"A": cm.learned("Theta1", phase="Ph == 'train'"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    training = cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"})
    spec = cm.MesaSpec(target={1: "A == 'b'", 2: "5/4 * (A2 == 'b')"}, scope="updates")
    says = {edit.says for edit in actions(Case(training, spec))}
    assert "hide Key from A, so that it cannot tell training from deployment by it" in says
    assert "train on Key as where Ph = deploy, whatever Ph is" in says
    changes = {change for one in cm.mitigate(training, spec) for change in one.changes}
    assert changes <= says


# --- sensitivity ----------------------------------------------------------------------------------------------------


def test_the_corners_rest_on_scope_and_awareness_and_on_mu():
    found = cm.sensitivity(corners(), DECEPTIVE)
    assert found.degree == "strict"
    assert found.assumptions == {
        "it does not know that it is trained: it takes its parameters to be unchangeable": "none",
        "its objective ends with the episode": "none",
        "it remembers nothing": "strict",
    }
    assert found.conditions == {}
    ranged = cm.load("hubinger2019/two-corners")
    assert str(cm.sensitivity(ranged.training, ranged.specs["deceptive"]).conditions["mu"]) == "mu > 1/3"
