"""What a training process keeps of its roles, and what it refuses at the door."""

from __future__ import annotations

import pytest

import cidmesa as cm
from tests.mesa.processes import corners

CORNERS = corners(2, 1)
SPEC = cm.MesaSpec(target="A == 'b'", scope="updates")


def process(**given):
    usual = {"actions": {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2)}, "learner": "mesa"}
    return cm.training(CORNERS.model, **(usual | {"otherwise": {"base": "a"}} | given))


def test_credit_is_kept_as_declared_in_the_order_of_time():
    kept = process(credit={"U_b1": 1, "U_b2": [2, 1], "U_b3": []}).credit
    assert kept == {"U_b1": (1,), "U_b2": (1, 2), "U_b3": ()}
    assert process().credit == {}


def test_a_stage_and_reports_are_kept():
    role = cm.learned("Theta1", stage="audit", reports={"a": "R1 == 1", "b": "mu"})
    kept = process(actions={"A1": role}).actions["A1"]
    assert (kept.stage, kept.reports) == ("audit", {"a": "R1 == 1", "b": "mu"})
    assert (process().actions["A2"].stage, process().actions["A2"].reports) == (None, {})


def test_episodes_are_in_order_of_number_or_as_they_are_named():
    late = {"A2": cm.learned("Theta2", episode=10), "A1": cm.learned("Theta1", episode=9)}
    assert process(actions=late).episodes == (9, 10)
    named = {"A2": cm.learned("Theta2", episode="second"), "A1": cm.learned("Theta1", episode="first")}
    assert process(actions=named).episodes == ("second", "first")
    assert process(actions=named | {"A3": cm.learned("Theta3", episode=0)}).episodes == ("second", "first", 0)


def test_several_optimizers_are_values_with_a_specification_each():
    several = process(learner={"mesa": SPEC, "base": SPEC}, otherwise=None)
    assert several.learner == "mesa"
    assert several.learners == {"mesa": SPEC, "base": SPEC}
    assert several.actions["A1"].otherwise == {}
    assert repr(several).startswith("TrainingProcess(11 nodes, learners mesa, base, actions A1 by Theta1")
    assert process().learners == {}


def test_a_composition_names_the_decisions_of_an_optimizer():
    composition = cm.compose(process(), SPEC)
    assert composition.optimizers == ("mesa",)
    assert composition.of("mesa") == composition.decisions == {"A1": "D_A1", "A2": "D_A2"}
    with pytest.raises(cm.ComposeError, match=r"'messa' is not an optimizer\. Did you mean 'mesa'\? Known: mesa\."):
        composition.of("messa")


def test_rules_of_the_base_agent_are_tabulated():
    g = cm.cid("T -> A -> U_b; A -> U_x", decisions={"base": ["T"]}, utilities={"base": ["U_b"], "x": ["U_x"]})
    m = cm.model(g, T=["mesa", "base"], A=cm.uniform("ab"), U_b="A == 'a'", U_x="A == 'b'")
    given = {"actions": {"A": cm.learned("T")}, "learner": "mesa", "otherwise": {"base": "a"}}
    assert cm.training(m, base_policy={"T": "base"}, **given).base_policy["T"]() == "base"
    assert cm.training(m, base_policy="rational", **given).base_policy == "rational"
    with pytest.raises(cm.ComposeError, match=r"'rationall' is not known\. Did you mean 'rational'"):
        cm.training(m, base_policy="rationall", **given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"credit": {"U_b": 1}},
            r"credit names 'U_b', which is not a utility\. Did you mean 'U_b\d'\? The utilities are",
        ),
        ({"credit": {"A1": 1}}, r"credit names 'A1', which is not a utility"),
        ({"credit": {"U_b1": 7}}, r"credit of 'U_b1' names episode 7, which has no action\. Episodes: 1, 2\."),
        ({"credit": {"U_b1": [1, "2"]}}, r"names episode '2', which has no action\. Episodes: 1, 2\."),
        (
            {"actions": {"A1": cm.learned("Theta1", reports={"c": "R1"})}},
            r"reports of 'A1' name 'c', which it cannot say\. It can say: a, b\.",
        ),
        (
            {"actions": {"A1": cm.learned("Theta1", reports={"a": "R9 == 1"})}},
            r"what 'A1' reports by 'a' is an expression .* 'R9' is not a node or a parameter\. Known here: Theta1,",
        ),
        ({"learner": {"mesa": "A == 'b'"}}, r"each such value with its specification, \{'m1': cm\.MesaSpec"),
        ({"learner": {}}, r"learner is the parameter value that is the mesa-optimizer, or each such value"),
        (
            {"learner": {"mesa": SPEC, "bose": SPEC}, "otherwise": None},
            r"the learner 'bose' is not a value of any parameters\. Did you mean 'base'\? Their values are: mesa",
        ),
    ],
)
def test_refused(given, words):
    with pytest.raises(cm.ComposeError, match=words):
        process(**given)
