"""How policies and solutions show themselves."""

from __future__ import annotations

import pytest

import cidmesa as cm
from cidmesa.modelling.policy import MAX_ROWS


def many(states: int):
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, S=cm.uniform(range(states)), D=range(states), U="S == D")


def test_a_rule_is_a_table_of_contexts():
    page = cm.solve(many(2)).policy.to_html()
    assert page.count("<tr") == 3
    assert page.index(">S<") < page.index(">D<")
    assert page.count("<b>1</b>") == 1


def test_a_long_rule_is_cut():
    page = cm.solve(many(MAX_ROWS + 2)).policy.to_html()
    assert page.count("<tr") == MAX_ROWS + 2
    assert "2 more" in page
    assert "more" not in cm.solve(many(MAX_ROWS)).policy.to_html()


def test_a_solution_says_its_value_above_the_policy():
    solution = cm.solve(many(2))
    assert solution.to_html().startswith("<div>value 1 for agent (backward induction)</div>")
    assert repr(solution) == "Solution(value 1 for agent, Policy(D: 0 if S = 0; 1 if S = 1), backward induction)"


def test_a_decision_without_a_rule_is_named():
    policy = cm.solve(many(2)).policy
    with pytest.raises(cm.UnknownNode, match=r"no node 'd'\. Did you mean 'D'"):
        policy["d"]
    assert "d" not in policy
    assert policy.get("d") is None
