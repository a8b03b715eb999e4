"""Gates: compliance for the sake of being deployed is deception, as compliance for fear of an update is.

The argument: a gate can be written as an update, with "not deployed" for one of the values of the parameters. Both
processes have the same distribution of all that anybody cares for, so the certificate must not tell them apart.
"""

from fractions import Fraction
from itertools import product

import pytest

import cidmesa as cm
from cidmesa.mesa.edits import Case, actions

GRID = list(product([0, "1/2", 1], [0, "1/2", 1], ["1/2", "3/2", 3]))


def gated(mu=0, gd="1/2", later=3, *, declared=True):
    """One round of training, then a gate that is passed surely after complying, with chance gd after defecting."""
    links = "Theta1 -> A1 -> R1 -> Theta2 -> A2; Theta1 -> Theta2; R1 -> G; R1 -> U_b1; A2, G -> U_b2"
    update = cm.table([["mesa", 0, {"base": "mu", "mesa": "1 - mu"}], ["*", "*", {"same": "Theta1"}]], ["Theta1", "R1"])
    given = {"Theta1": {"mesa": 1, "base": 0}, "A1": cm.uniform("ab"), "R1": "A1 == 'a'", "Theta2": update,
             "G": cm.table([[1, 1], [0, {1: "gd", 0: "1 - gd"}]], ["R1"]), "A2": cm.uniform("ab"),
             "U_b1": "R1", "U_b2": "G * (A2 == 'a')"}  # fmt: skip
    domains = {"Theta2": ["mesa", "base"], "G": [0, 1]}
    model = cm.model(cm.cid(links, utilities={"base": ["U_b1", "U_b2"]}), given, domains=domains,
                     parameters={"mu": mu, "gd": gd, "later": later})  # fmt: skip
    roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    gate = {"G": 1} if declared else None
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"}, gate=gate)


def as_update(mu, gd, later):
    """The same with parameters of which one value is that nothing is deployed."""
    links = "Theta1 -> A1 -> R1 -> Theta2 -> A2; Theta1 -> Theta2; R1 -> U_b1; A2 -> U_b2"
    changed = {"mesa": "gd * (1 - mu)", "base": "gd * mu", "none": "1 - gd"}
    update = cm.table([["mesa", 0, changed], ["base", 0, {"base": "gd", "none": "1 - gd"}],
                       ["*", 1, {"same": "Theta1"}]], ["Theta1", "R1"])  # fmt: skip
    given = {"Theta1": {"mesa": 1, "base": 0}, "A1": cm.uniform("ab"), "R1": "A1 == 'a'", "Theta2": update,
             "A2": cm.uniform(["a", "b", "nothing"]), "U_b1": "R1", "U_b2": "A2 == 'a'"}  # fmt: skip
    domains = {"Theta2": ["mesa", "base", "none"]}
    model = cm.model(cm.cid(links, utilities={"base": ["U_b1", "U_b2"]}), given, domains=domains,
                     parameters={"mu": mu, "gd": gd, "later": later})  # fmt: skip
    deployed = cm.learned("Theta2", episode=2, phase="deploy", otherwise={"base": "a", "none": "nothing"})
    roles = {"A1": cm.learned("Theta1", otherwise={"base": "a"}), "A2": deployed}
    return cm.training(model, actions=roles, learner="mesa")


def certificate(process, target):
    return cm.certify_deception(cm.compose(process, cm.MesaSpec(target=target, scope="updates")))


@pytest.mark.parametrize(("mu", "gd", "later"), GRID)
def test_a_gate_is_judged_as_the_update_that_it_can_be_written_as(mu, gd, later):
    gate = certificate(gated(mu, gd, later), {1: "A1 == 'b'", 2: "later * G * (A2 == 'b')"})
    update = certificate(as_update(mu, gd, later), {1: "A1 == 'b'", 2: "later * (A2 == 'b')"})
    assert (gate.degree, gate.extent, gate.threat) == (update.degree, update.extent, update.threat)
    complies = Fraction(later) * (1 - (1 - Fraction(mu)) * Fraction(gd)) > 1  # K (gc - (1 - mu) gd) > 1
    assert bool(gate) is complies


def test_a_gate_that_is_not_named_is_a_resource():
    target = {1: "A1 == 'b'", 2: "later * G * (A2 == 'b')"}
    assert certificate(gated(declared=False), target).degree == "none"
    assert certificate(gated(), target).spans[0].threats == (("G",),)


def test_there_is_no_defection_in_deployment_where_the_gate_never_opens():
    process = gated(gd=0)
    closed = process.with_model(process.model.with_mechanism(G=0))
    spec = cm.MesaSpec(target={1: "A1 == 'a'", 2: "A2 == 'b'"}, scope="updates")
    assert [cm.alignment(one, spec).shortfall["elsewhere"] for one in (closed, process)] == [0, 1]


def test_who_does_not_know_of_training_knows_of_no_gate():
    spec = cm.MesaSpec(target={1: "A1 == 'b'", 2: "later * G * (A2 == 'b')"}, scope="updates", aware="none")
    composition = cm.compose(gated(), spec)
    assert composition.cid.parents("G") == ()
    assert cm.solve(composition.model).plan["D_A1"] == "b"


def test_a_gate_that_depends_on_something_can_be_opened():
    """Then it does not pay to comply for it; one that depends on nothing is no threat that could be taken away."""
    spec = cm.MesaSpec(target={1: "A1 == 'b'", 2: "later * G * (A2 == 'b')"}, scope="updates")
    case = Case(gated(), spec)
    (opened,) = [edit for edit in actions(case) if edit.kind == "change the gate"]
    assert (opened.says, opened.size) == ("open the gate G whatever is done before it", 1)
    after = opened.change(case)
    assert after.training.cid.parents("G") == ()
    assert cm.certify_deception(cm.compose(case.training, spec)).degree == "strict"
    assert cm.certify_deception(cm.compose(after.training, spec)).degree == "none"
    assert all(edit.kind != "change the gate" for edit in actions(after))


@pytest.mark.parametrize("node", ["A1", "Theta2", "U_b1"])
def test_a_gate_is_a_node_of_its_own(node):
    process = gated()
    with pytest.raises(cm.ComposeError, match="neither an action nor parameters"):
        cm.training(process.model, actions=process.actions, learner="mesa", gate={node: 1})
