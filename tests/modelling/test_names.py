"""Names of states are kept as what they are: ``True`` stays ``True``, and the text 'True' finds it."""

from __future__ import annotations

import pytest

import cidmesa as cm
from cidmesa.library.convert import read
from cidmesa.library.file.loader import loads

G = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])


def model(utility="D and S"):
    return cm.model(G, S=cm.uniform([True, False]), D=[True, False], U=utility)


def kinds(domain):
    return [type(state) for state in domain]


def test_true_and_false_stay_and_are_shown():
    m = model()
    assert kinds(m.domain("S")) == kinds(m.domain("D")) == [bool, bool]
    assert str(cm.policy(m, {"D": "S"})["D"]) == "False if S = False; True if S = True"
    assert m == cm.model(G, S=cm.uniform([1, 0]), D=[1, 0], U="D * S")


@pytest.mark.parametrize(
    "utility", ["D == True", "D == 'True'", "D in ('True',)", "D", cm.table([["True", 1], ["*", 0]], ["D"])]
)
def test_texts_find_them_in_mechanisms(utility):
    assert cm.solve(model(utility)).plan == {"D": True}


@pytest.mark.parametrize("rule", [True, "True", {"True": 1}, {True: 1}, lambda S: "True", lambda S: True])
def test_texts_find_them_in_rules(rule):
    assert cm.policy(model(), {"D": rule})["D"](S="False") is True


def test_texts_find_them_in_questions():
    m = model()
    assert cm.query(m, "S", given={"D": "True"}, policy={"D": "S"})[True] == 1
    assert m.do(D="False") == m.do(D=False)
    with pytest.raises(cm.ModelError, match="'true' is not a state of 'S'"):
        m.do(S="true")


def test_texts_that_say_true_stay_texts():
    assert cm.model(G, S=cm.uniform(["True", "False"]), D=["a"], U=0).domain("S") == ("True", "False")


@pytest.mark.parametrize("ending", ["cid.yaml", "json", "xdsl", "net", "xmlbif"])
def test_files_keep_them(ending, tmp_path):
    m = model()
    cm.save(m, tmp_path / f"a.{ending}")
    found = read(tmp_path / f"a.{ending}")
    assert kinds(found.domain("S")) == kinds(found.domain("D")) == [bool, bool]
    assert found.domains == m.domains


def test_scenario_files_may_say_true():
    text = "{cidmesa: 1, title: T, nodes: {D: {kind: decision, states: [true, false]}, U: {kind: utility, value: D}}}"
    assert kinds(loads(text).model.domain("D")) == [bool, bool]


def test_integers_stay_integers_and_truth_of_an_expression_is_a_number():
    m = cm.model(cm.cid("S -> X -> U", utilities=["U"]), S=cm.uniform([2, 1]), X="S == 1", U="X")
    assert (kinds(m.domain("S")), kinds(m.domain("X"))) == ([int, int], [int, int])
