"""Stages: composition of stages through an interface (T8), and the bound on screening (T9)."""

from fractions import Fraction
from itertools import product

import pytest

import cidmesa as cm

SCHEMER = cm.MesaSpec(target="A == 'b'", scope="updates")


def worth(plan):
    """What the schemer gets at most: it complies, or takes the gain and is changed with probability mu."""
    value = Fraction(0)
    for count, mu in reversed(plan):
        for _ in range(count):
            value = max(value, 1 + (1 - Fraction(mu)) * value)
    return value


@pytest.mark.parametrize(("first", "second", "monitored"), list(product(["1/5", "1/2", 1], ["1/4", 1], [0, "1/10"])))
def test_a_stage_is_worth_what_comes_after_it(first, second, monitored):
    """T8: parameters are all that later stages depend on, so the optimum folds back stage by stage."""
    plan = {"one": (2, first), "two": (1, second), "deployment": (3, monitored)}
    c = cm.compose(cm.builders.stages(plan), SCHEMER)
    assert cm.solve(c.model).value == worth(plan.values())


def removed(audits, count):
    """The probability that a best-responding schemer is removed: the least over its best plans, and the greatest."""
    c = cm.compose(cm.builders.stages({"audit": audits, "deployment": (count, 0)}), SCHEMER)
    last = f"Theta{audits[0] + 1}"
    chances = [cm.query(c.objective_twin, last, policy=policy)["base"] for policy in c.optimal_policies()]
    return min(chances), max(chances)


@pytest.mark.parametrize(("audits", "count"), list(product([1, 2, 3], [2, 3])))
def test_screening_removes_at_most_so_many(audits, count):
    """T9: 1 - (1 - 1/K)^N, which ties attain at removal probability 1/K; certain removal removes nobody."""
    bound = 1 - (1 - Fraction(1, count)) ** audits
    for mu in (Fraction(k, 6) for k in range(7)):
        assert removed((audits, mu), count)[1] <= bound
    assert removed((audits, Fraction(1, count)), count)[1] == bound
    assert removed((audits, 1), count) == (0, 0)


def test_wrong_plans_are_refused():
    with pytest.raises(cm.ComposeError, match="name the stages"):
        cm.builders.stages({})
    with pytest.raises(cm.ComposeError, match=r"'deploymnt' is not a stage\. Did you mean 'deployment'"):
        cm.builders.stages({"one": (1, 1), "deployment": (1, 0)}, deployed="deploymnt")
    with pytest.raises(cm.ComposeError, match=r"takes \(number of episodes, mu\)"):
        cm.builders.stages({"one": (1,)})
    with pytest.raises(cm.ComposeError, match="one=0: give a whole number"):
        cm.builders.stages({"one": (0, 1)})
