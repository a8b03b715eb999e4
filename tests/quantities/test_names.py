"""Nodes that an analysis adds are told from the user's by kind, not by a name that nobody is thought to choose."""

import pytest

import cidmesa as cm


def _model(odd):
    g = cm.cid([("S", "D"), ("S", odd), ("D", "U"), (odd, "U")], decisions=["D"], utilities=["U"])
    given = {
        "S": cm.uniform([0, 1]),
        "D": [0, 1],
        odd: lambda S: S,
        "U": cm.table([[0, 0, 1], [1, 1, 1], ["*", "*", 0]], ["D", odd]),
    }
    return cm.model(g, given)


@pytest.mark.parametrize("odd", ["noise", "noise'", "objective", "S'", "D'"])
def test_no_name_of_a_node_is_taken_for_one_of_ours(odd):
    odd_model, plain = _model(odd), _model("X")
    policy = {"D": "S"}
    for ask in (
        lambda m, x: cm.has_ri(m, "D", "S").value,
        lambda m, x: cm.has_ri(m, "D", x).value,
        lambda m, x: cm.has_ici(m, "D", x).value,
        lambda m, x: cm.response_probability(m, "D", "S").value,
        lambda m, x: cm.counterfactual_unfairness(m, policy, "D", "S").value,
        lambda m, x: cm.counterfactual_harm(m, policy, default={"D": 0}).value,
        lambda m, x: cm.intends_behaviourally(m, policy, "D", "U").value,
        lambda m, x: round(cm.goal_directedness(m, policy, targets=[x]).value, 6),
        lambda m, x: round(cm.goal_directedness(m, policy, utility="D == S").value, 6),
    ):
        assert ask(odd_model, odd) == ask(plain, "X")


def test_errors_name_what_is_added_as_one_would():
    model = _model("X")
    with pytest.raises(cm.ModelError, match=r"node 'objective': in the expression 'U == 1'"):
        cm.goal_directedness(model, {"D": "S"}, utility="U == 1")
