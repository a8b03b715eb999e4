"""`explain_utility`: contributions sum to expected utility, in every grouping."""

import json
from random import Random

import pytest

import cidmesa as cm
from tests.random_models import random_model


def spread(count):
    g = cm.cid("S -> D; S, D -> U; S -> V", decisions=["D"], utilities=["U", "V"])
    return cm.model(g, S=cm.uniform(range(count)), D=[0, 1], U="S * D", V="-1")


@pytest.mark.parametrize("seed", range(40))
def test_contributions_sum_to_expected_utility(seed):
    model = random_model(Random(seed))
    policy = cm.solve(model).policy
    value = cm.expected_utility(model, policy)
    for by in (None, [], list(model.cid.decisions), [model.cid.nodes[0]]):
        table = cm.explain_utility(model, policy, by=by)
        assert sum(row.contribution for row in table) == table.total == value
        assert all(row.probability * row.mean == row.contribution for row in table)
        sizes = [abs(row.contribution) for row in table]
        assert sizes == sorted(sizes, reverse=True)


def test_conditional_means_are_those_of_inference():
    model = random_model(Random(7))
    policy = cm.solve(model).policy
    for row in cm.explain_utility(model, policy, by=[model.cid.decisions[0]]):
        assert row.mean == cm.expected_utility(model, policy, given=dict(row.setting))


def test_the_rest_is_summed_and_said():
    table = cm.explain_utility(spread(20), {"D": 1})
    assert len(table) == 40
    assert f"{len(table) - 10} smaller ones" in table.to_text()
    assert f"{len(table) - 3} smaller ones" in table.top(3).to_markdown()
    assert table.to_html().count("<tr ") == 1 + 10 + 2
    assert len(table.to_json()["rows"]) == len(table.to_pandas()) == len(table)


def test_rows_are_plain_data():
    g = cm.cid("S -> U; D -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, S={"low": "1/4", 1: "1/4", "1/2": "1/2"}, D=[0, 1], U="(S == 'low') + 2 * (S == 1)")
    table = cm.explain_utility(model, {"D": 0}, by=["S"])
    rows = json.loads(json.dumps(table.to_json()))["rows"]
    assert [row["setting"] for row in rows] == [{"S": 1}, {"S": "low"}, {"S": "1/2"}]
    for row, made in zip(rows, table, strict=True):
        assert [row[name] for name in ("utility", "probability", "mean")] == ["U", *made.cells[2:4]]
        assert row["contribution"] == str(made.contribution)


def test_errors_name_the_node_and_the_agent():
    with pytest.raises(cm.ModelError, match="has no policy"):
        cm.explain_utility(spread(2))
    with pytest.raises(cm.ModelError, match="'V' is a utility node"):
        cm.explain_utility(spread(2), {"D": 0}, by=["V"])
    with pytest.raises(cm.DiagramError, match="no agent 'agnet'"):
        cm.explain_utility(spread(2), {"D": 0}, "agnet")
    with pytest.raises(cm.UnknownNode, match="'T'"):
        cm.explain_utility(spread(2), {"D": 0}, by=["T"])
