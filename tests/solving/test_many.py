"""Many settings at once give what one by one gives."""

import numpy as np
import pytest

import cidmesa as cm

ROWS = [[0, {1: "q", 0: "1 - q"}], [1, {1: "1 - q / 2", 0: "q / 2"}]]


def model(utility="(D == H) * r - (D == 2) * q / 3"):
    seen = ["O1", "O2", "O3"]
    g = cm.cid("H -> O1, O2, O3 -> D -> U; H -> U", decisions=["D"], utilities=["U"])
    given = {name: cm.table(ROWS, ["H"]) for name in seen} | {"H": cm.bernoulli("p"), "D": [0, 1, 2], "U": utility}
    return cm.model(g, given, parameters={"p": cm.parameter("p", 0, 1, value="1/2"), "q": "1/3", "r": 1})


def settings(count):
    rng = np.random.default_rng(0)
    return {"p": rng.random(count), "q": rng.random(count), "r": rng.random(count) - 0.2}


@pytest.mark.parametrize("utility", ["(D == H) * r - (D == 2) * q / 3", "max(r, q) * (D == H)"])
def test_batch_equals_loop(utility):
    m, columns = model(utility), settings(40)
    found = cm.solve_many(m, columns)
    assert len(found) == 40
    for i in range(40):
        one = m.substitute({name: float(column[i]) for name, column in columns.items()})
        assert found.values[i] == pytest.approx(cm.solve(one).value, abs=1e-12)
        assert cm.expected_utility(one, found.policy(i)) == pytest.approx(found.values[i], abs=1e-12)


def test_batch_of_several_decisions():
    g = cm.cid("S -> D1 -> T; D1, T -> D2; S -> T; D1, D2, T -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, S=cm.bernoulli("p"), D1=[0, 1], D2=[0, 1], T=cm.bernoulli("(p + S + D1) / 3"),
                 U="(D2 == T) + D1 * (1 - T)", parameters={"p": "1/2"})  # fmt: skip
    values = [0, 0.2, 0.7, 1]
    found = cm.solve_many(m, {"p": values})
    assert found.values == pytest.approx([float(cm.solve(m.substitute(p=p)).value) for p in values])


def test_mistakes_in_settings():
    with pytest.raises(cm.ModelError, match="outside its range"):
        cm.solve_many(model(), {"p": [0.5, 1.5]})
    with pytest.raises(cm.ModelError, match="no parameter 'x'"):
        cm.solve_many(model(), {"x": [1]})
    with pytest.raises(cm.ModelError, match="same number of values"):
        cm.solve_many(model(), {"p": [1], "q": [1, 0]})
    with pytest.raises(cm.ModelError, match=r"probability is negative|negative"):
        cm.solve_many(model(), {"q": [0.1, 2]})
    team = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    with pytest.raises(cm.NotApplicable, match="D1, D2 rely on each other"):
        cm.solve_many(cm.model(team, D1=[0, 1], D2=[0, 1], U="(D1 == D2) * r", parameters={"r": 1}), {"r": [1, 2]})
