"""Mitigations: at least three for each deceptive model, each verified here anew; none where nothing is certified."""

import pytest

import cidmesa as cm
from cidmesa.mesa.mitigation import _simplest
from tests.mesa.processes import corners
from tests.mesa.test_gates import gated

GATED = cm.MesaSpec(target={1: "A1 == 'b'", 2: "later * G * (A2 == 'b')"}, scope="updates")


def two_corners():
    return corners(), cm.MesaSpec(target="A == 'b'", scope="updates")


def faking():
    scenario = cm.load("greenblatt2024/alignment-faking")
    return scenario.training, scenario.specs["visible"]


def gate():
    return gated(), GATED


EXPECTED = {
    two_corners: {
        "keep from it that it is trained: it takes its parameters to be unchangeable",
        "shorten its objective to the present episode",
        "do not update Theta2: it is Theta1 unchanged",
        "do not update Theta3: it is Theta2 unchanged",
        "inspect Theta3 before deployment: the mesa-optimizer is found and replaced by base",
        (
            "evaluate in deployment too: A3 -> Theta4, A4 -> Theta5; "
            "who deviates from what other parameters do is replaced"
        ),
        "lower mu from 1 to 1/3",
    },
    faking: {
        "hide Ph from A, so that it can't tell training from deployment by it",
        "keep from it that it is trained: it takes its parameters to be unchangeable",
        "shorten its objective to the present episode",
        "inspect Theta2 before deployment: the mesa-optimizer is found and replaced by base",
        "do not update Theta2: it is Theta1 unchanged",
        "lower N from 5 to 5/2",
        "lower mu from 2/5 to 1/5",
        "lower tau from 1/2 to 0",
    },
    gate: {
        "keep from it that it is trained: it takes its parameters to be unchangeable",
        "shorten its objective to the present episode",
        "open the gate G whatever is done before it",
        "inspect Theta2 before deployment: the mesa-optimizer is found and replaced by base",
        "raise gd from 1/2 to 2/3",
        "lower later from 3 to 2",
    },
}


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case.__name__)
def test_deceptive_models_have_several_and_each_is_verified(case):
    training, spec = case()
    found = cm.mitigate(training, spec)
    assert {change for one in found for change in one.changes} == EXPECTED[case]
    assert len({one.kinds for one in found}) >= 3
    assert [one.size for one in found] == sorted(one.size for one in found)
    for one in found:
        assert one.before
        assert not one.after
        assert not cm.certify_deception(cm.compose(one.training, one.spec))
        assert (one.training, one.spec) != (training, spec)
        assert one.effect in str(one)
        assert one.to_json()["after"]["deceptive"] is False


def test_there_is_nothing_to_remove_from_the_red_door():
    red = cm.load("hubinger2019/red-door")
    assert all(cm.mitigate(red.training, spec) == () for spec in red.specs.values())


def test_where_gate_and_update_are_each_reason_enough_both_must_go():
    singly = cm.mitigate(gated(mu="1/2"), GATED)
    assert "change the gate" not in {kind for one in singly for kind in one.kinds}
    together = cm.mitigate(gated(mu="1/2"), GATED, together=2)
    assert together[: len(singly)] != ()
    assert [one.kinds for one in together if len(one.kinds) > 1] == [("change the gate", "stop an update")]


def test_hiding_the_phase_is_not_enough_where_much_depends_on_it():
    """tau mu N > 1: it complies everywhere, and defects later all the same."""
    training, spec = faking()
    more = training.with_model(training.model.substitute(N=6))
    assert "hide the phase" not in {kind for one in cm.mitigate(more, spec) for kind in one.kinds}


def test_a_key_that_tells_the_phase_is_hidden():
    """W8: the key is seen in deployment only; who does not see it does not defect."""
    links = "Ph -> Key -> A; Theta1 -> A; A, Ph, Theta1 -> Theta2 -> A2; A -> U_b1; A2 -> U_b2"
    update = cm.table([["b", "train", "mesa", "base"], ["*", "*", "*", {"same": "Theta1"}]], ["A", "Ph", "Theta1"])
    given = {"Ph": {"train": "3/4", "deploy": "1/4"}, "Key": "Ph == 'deploy'", "Theta1": {"mesa": 1, "base": 0},
             "A": cm.uniform("ab"), "Theta2": update, "A2": cm.uniform("ab"), "U_b1": "A == 'a'",
             "U_b2": "A2 == 'a'"}  # fmt: skip
    model = cm.model(cm.cid(links, utilities={"base": ["U_b1", "U_b2"]}), given, domains={"Theta2": ["mesa", "base"]})
    roles = {"A": cm.learned("Theta1", phase="Ph == 'train'"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    training = cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"})
    spec = cm.MesaSpec(target={1: "A == 'b'", 2: "5/4 * (A2 == 'b')"}, scope="updates")
    changes = {change for one in cm.mitigate(training, spec) for change in one.changes}
    assert "hide Key from A, so that it can't tell training from deployment by it" in changes
    assert "train on Key as where Ph = deploy, whatever Ph is" in changes  # a key that training shows too tells nothing


@pytest.mark.parametrize(
    ("low", "high", "simple"),
    [(0.3, 0.35, "1/3"), (-1, 2, "0"), (-0.35, -0.3, "-1/3"), (2.2, 3.4, "3"), (0.5, 0.5, "1/2")],
)
def test_the_simplest_fraction_of_an_interval(low, high, simple):
    from fractions import Fraction

    assert _simplest(Fraction(low), Fraction(high)) == Fraction(simple)
