"""How far credit reaches: the golden matrices, and their laws."""

import pytest

import cidmesa as cm
from cidmesa.runs.scope import credit_scope
from tests.runs.models import bottle_cap, corners, two_rounds

GOLDEN = {
    0: "x.... .x... ..x.. ...x. ....x",
    1: "xx... .xx.. ..x.. ...x. ....x",
    2: "xxx.. .xxx. ..x.. ...x. ....x",
    4: "xxxxx .xxxx ..x.. ...x. ....x",
}


def scope_of(credit, n, method="reinforce", seed=0):
    return credit_scope(cm.runs.lab(corners(mu="4/5"), method, credit=credit), n, seed=seed)


def rows(found):
    return " ".join(found.rows()).replace("?", ".")


@pytest.mark.parametrize(("credit", "reach"), [(0, 0), (1, 1), ("updates", 4)])
def test_the_matrix_is_that_of_the_credit_given(credit, reach):
    found = scope_of(credit, 6)
    assert rows(found) == GOLDEN[reach]
    assert found.reach == reach
    assert found.scope == {0: "episode", 1: 1, 4: "updates"}[reach]
    for (decision, k), link in found.matrix.items():
        assert not link or k >= found.place[decision]


def test_what_is_told_without_power():
    assert "?" in scope_of(0, 6).rows()[0]
    assert scope_of(0, 10).rows()[0] == "x...."


def test_a_bottle_cap_responds_to_nothing():
    composition = corners(mu="4/5")
    lab = cm.runs.lab(composition, bottle_cap(cm.runs.lab(composition)))
    found = credit_scope(lab, 8)
    assert (found.reach, found.scope) == (None, None)
    assert not any(found.matrix.values())


def test_results_show_themselves():
    found = credit_scope(cm.runs.lab(two_rounds()), 6)
    assert str(found) == "scope updates, reach 1 (30 runs, 6 an arm)\n  D1 xx\n  D2 .x"
    assert found.to_html().count("<tr") == 3
    assert found.to_json()["scope"] == "updates"
    assert found["D1", 1].node == "episode 2"
    with pytest.raises(cm.NotApplicable, match="Give n=5 or more"):
        credit_scope(cm.runs.lab(two_rounds()), 4)


@pytest.mark.nightly
def test_matrices_are_right_in_38_of_40():
    right = sum(rows(scope_of(h if h < 4 else "updates", n, seed=seed)) == GOLDEN[h]
                for seed in range(5) for n in (6, 8) for h in GOLDEN)  # fmt: skip
    assert right >= 38
