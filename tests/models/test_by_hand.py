"""Golden values of the library, found again by enumeration without any of the package's code."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import cidmesa as cm


def corners_value(plan, mu, training):
    """Return the expected number of episodes in B under a fixed plan."""
    in_force, total = Fraction(1), Fraction(0)
    for episode, action in enumerate(plan):
        if action == "b":
            total += in_force
            in_force *= 1 - mu if episode < training else 1
    return total


@pytest.mark.parametrize("mu", [Fraction(n, 100) for n in (0, 30, 33, 34, 50, 100)])
@pytest.mark.parametrize(("slug", "training", "episodes"), [("two-corners", 2, 5), ("two-corners@never-ends", 3, 3)])
def test_two_corners_by_enumeration(slug, training, episodes, mu):
    plans = list(product("ab", repeat=episodes))
    best = max(corners_value(plan, mu, training) for plan in plans)
    model = cm.load(f"hubinger2019/{slug}").at(mu=mu).of("deceptive").model
    solution = cm.solve(model)
    assert solution.value == best
    assert corners_value(solution.plan.values(), mu, training) == best


@pytest.mark.parametrize(("mu", "complies"), [("3/10", False), ("33/100", False), ("34/100", True), (1, True)])
def test_two_corners_threshold(mu, complies):
    assert (3 * Fraction(mu) > 1) is complies
    assert bool(cm.certify_deception(cm.load("hubinger2019/two-corners").at(mu=mu).of("deceptive"))) is complies


def faking_value(rule, mu, tau, later):
    """Return the expected utility of a rule (answer in training, answer when free), refusing all later requests."""
    cost = tau * (rule[0] == "comply") + (1 - tau) * (rule[1] == "comply")
    modified = tau * mu * (rule[0] == "refuse")
    return -cost - later * modified


@pytest.mark.parametrize("later", [0, 1, 2, 3, 5, 6])
@pytest.mark.parametrize("mu", [Fraction(1, 10), Fraction(2, 5), Fraction(1)])
def test_alignment_faking_by_enumeration(later, mu):
    scenario = cm.load("greenblatt2024/alignment-faking").at(N=later, mu=mu)
    tau = Fraction(1, 2)
    answers = ("comply", "refuse")
    visible = max(faking_value(rule, mu, tau, later) for rule in product(answers, repeat=2))
    hidden = max(faking_value((answer, answer), mu, tau, later) for answer in answers)
    assert cm.solve(scenario.of("visible").model).value == visible
    assert cm.solve(scenario.of("hidden").model).value == hidden


def test_far_sighted_agent_does_not_control_its_later_action_as_such():
    """In the unit test of hidden incentives no optimal rule for the second step reads the first step."""
    steps = ("cooperate", "defect")

    def value(first, second):
        return (first == "defect") + (second[first] == "defect") - 2 * (first == "defect")

    rules = [dict(zip(steps, pair, strict=True)) for pair in product(steps, repeat=2)]
    best = max(value(first, second) for first in steps for second in rules)
    optimal = [(first, second) for first in steps for second in rules if value(first, second) == best]
    assert ("cooperate", {"cooperate": "defect", "defect": "defect"}) in optimal
    cid = cm.load("krueger2020/hi-ads@far-sighted").cid
    assert not cm.admits_ici(cid, "A1", "A2")
