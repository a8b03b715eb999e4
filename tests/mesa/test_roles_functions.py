"""What other parameters do, given as a function of what the action observes."""

from __future__ import annotations

from fractions import Fraction

import pytest

import cidmesa as cm

G = cm.cid("Theta, E1 -> A1; E1, A1 -> U1", utilities={"base": ["U1"]})


def process(rule):
    m = cm.model(
        G,
        Theta=cm.uniform(["mesa", "base"]),
        E1=cm.uniform(["x", "y"]),
        A1=lambda Theta, E1: E1,
        U1="A1 == E1",
        domains={"A1": ["x", "y"]},
    )
    return cm.training(m, actions={"A1": cm.learned("Theta", otherwise={"base": rule})}, learner="mesa")


@pytest.mark.parametrize(
    ("rule", "wins"),
    [(lambda E1: E1, 1), (lambda E1: "x", "1/2"), (lambda: "y", "1/2"), (lambda E1: {"x": "1/4", "y": "3/4"}, "1/2")],
)
def test_functions_say_what_other_parameters_do(rule, wins):
    assert cm.expected_utility(process(rule).model.do(Theta="base")) == Fraction(wins)


def test_functions_take_what_is_observed():
    with pytest.raises(cm.ComposeError, match="takes 'E2', which 'A1' does not observe"):
        process(lambda E2: E2)
