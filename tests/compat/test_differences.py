"""Where PyCID is wrong: the right answer, and a warning that says so (docs/from-pycid.md lists them)."""

import warnings
from pathlib import Path

import pytest

import cidmesa as cm
import cidmesa.compat.pycid as pycid
from cidmesa.compat.pycid.examples import simple_cids, story_cids, story_macids


def differs(match):
    return pytest.warns(pycid.DiffersFromPyCID, match=match)


def test_the_warning_points_at_the_caller():
    with pytest.warns(pycid.DiffersFromPyCID) as caught:
        story_macids.battle_of_the_sexes()
    assert caught[0].filename == __file__


def test_ici_through_links_that_no_policy_needs():
    cid = pycid.CID([("D1", "D2"), ("D2", "X"), ("X", "U")], decisions=["D1", "D2"], utilities=["U"])
    with differs("ici of X is excluded.*PyCID says True"):
        assert not pycid.admits_ici(cid, "D1", "X")


def test_voi_of_an_own_decision():
    cid = pycid.CID([("D1", "X"), ("X", "U"), ("D1", "D2"), ("D2", "U")], decisions=["D1", "D2"], utilities=["U"])
    with differs("voi of D1 is excluded.*PyCID says True"):
        assert not pycid.admits_voi(cid, "D2", "D1")


def test_voi_of_a_utility():
    cid = pycid.CID([("S", "U"), ("S", "V"), ("D", "U")], decisions=["D"], utilities=["U", "V"])
    with differs("'V' is a utility, which can't be observed"):
        assert not pycid.admits_voi(cid, "D", "V")


def test_answers_without_sufficient_recall():
    cid = pycid.CID([("N0", "A"), ("N0", "B"), ("A", "B"), ("B", "U"), ("C", "U")], ["A", "C"], ["U"])
    assert not cid.sufficient_recall()
    with differs("settled without sufficient recall.*PyCID raises"):
        pycid.admits_voc(cid, "B")


def test_what_no_theorem_settles_is_true_as_in_pycid():
    cid = simple_cids.get_2dec_cid()
    with differs("indirect voc of S1 is not excluded, but no theorem"):
        assert pycid.admits_indir_voc(cid, "D1", "S1")
    forgetful = pycid.CID([("X", "D1"), ("D1", "Y"), ("Y", "D2"), ("D2", "U"), ("X", "U")], ["D1", "D2"], ["U"])
    with pytest.raises(ValueError, match="voc of Y is undetermined"):
        pycid.admits_voc(forgetful, "Y")


def test_value_of_control_is_direct_or_indirect():
    """TF informs through what it feeds alone; control that makes it clearer is worth 1/2."""
    tracker = story_cids.get_fitness_tracker()
    with differs("indirect voc of TF is admits.*PyCID says False"):
        assert pycid.admits_indir_voc(tracker, "C", "TF")
    assert pycid.admits_voc(tracker, "TF")
    assert not pycid.admits_dir_voc(tracker, "TF")
    clear = pycid.CID([("F", "Y"), ("S", "Y"), ("Y", "D"), ("D", "U"), ("S", "U")], ["D"], ["U"])
    clear.add_cpds(F={0: 1, 1: 0}, S={0: 0.5, 1: 0.5}, Y=lambda F, S: S if F else 0, D=[0, 1])
    clear.add_cpds(U=lambda S, D: int(S == D))
    assert pycid.quantitative_voc(clear, "F") == pytest.approx(0.5)
    with differs("indirect voc of F"):
        assert pycid.admits_indir_voc(clear, "D", "F")


def test_all_reasoning_patterns_are_listed():
    links = [("X", "A"), ("X", "U"), ("X", "V"), ("A", "B"), ("A", "U"), ("B", "U"), ("B", "V")]
    macid = pycid.MACID(links, {"a": ["A"], "b": ["B"]}, {"a": ["U"], "b": ["V"]})
    with differs("A has several patterns"):
        found = pycid.get_reasoning_patterns(macid)
    assert found["dir_effect"] == ["A", "B"]
    assert found["sig"] == ["A"]


def test_a_rule_does_not_take_options_away():
    cid = simple_cids.get_minimal_cid()
    with differs(r"'A' keeps its options \[0, 1\]"):
        cid.add_cpds(A=lambda: 0)
    cid.impute_optimal_policy()
    assert cid.expected_utility({}) == 1


def test_predictions_do_not_become_options():
    cid = story_cids.get_introduced_bias()
    cid.impute_conditional_expectation_decision("D", "Y")
    with differs("'D' is optimised over the options that were declared"):
        cid.impute_optimal_policy()
    assert cid.expected_utility({}) == -0.5


def test_probabilities_are_made_to_sum_to_one():
    cbn = pycid.CausalBayesianNetwork([("A", "B")])
    with differs("sum to 1.005"):
        cbn.add_cpds(A={0: 0.705, 1: 0.3})
    assert cbn.get_cpds("A").values.sum() == pytest.approx(1)
    with pytest.raises(cm.ModelError, match="together they are 1"):
        cbn.add_cpds(A={0: 0.8, 1: 0.3})


def test_an_outcome_that_is_new_is_added():
    cbn = pycid.CausalBayesianNetwork([("A", "B")])
    cbn.add_cpds(A={0: 1}, B=lambda A: A)
    with differs("2 is not an outcome of 'A': 0; it is added"):
        assert cbn.expected_value(["B"], {}, {"A": 2}) == [2]


def test_solvers_for_two_players():
    links = [(f"D{i}", f"U{j}") for i in (1, 2, 3) for j in (1, 2, 3)]
    macid = pycid.MACID(links, {i: [f"D{i}"] for i in (1, 2, 3)}, {i: [f"U{i}"] for i in (1, 2, 3)})
    macid.add_cpds(
        **{f"D{i}": [0, 1] for i in (1, 2, 3)}, **{f"U{i}": lambda D1, D2, D3: D1 + D2 + D3 for i in (1, 2, 3)}
    )
    with differs("'enummixed' is for two players and there are 3"):
        assert len(macid.get_ne("enummixed")) == 1
    with pytest.raises(cm.NotApplicable, match=r"solver='enumpur' is not known\. Did you mean 'enumpure'"):
        macid.get_ne("enumpur")


def test_impossible_contexts_are_errors():
    cid = story_cids.get_introduced_bias()
    cid.impute_random_policy()
    with pytest.raises(cm.ModelError, match="the context X = 1, Z = 0 has probability 0"):
        cid.query(["U"], {"X": 1, "Z": 0})
    assert pycid.quantitative_voi(cid, "D", "Z") == pytest.approx(0.25)


def test_interventions_on_decisions_and_utilities():
    cid = simple_cids.get_3node_cid()
    assert cid.query(["S"], {}, {"U": 1}).values.tolist() == [0.5, 0.5]
    assert pycid.total_effect(simple_cids.get_2dec_cid().copy(), "S2", "S1") == 0


def test_asking_for_control_changes_nothing():
    cid = simple_cids.get_3node_cid()
    assert pycid.quantitative_voc(cid, "S") == pycid.quantitative_voc(cid, "S") == 0
    assert list(cid.decisions) == ["D"]


def test_the_page_lists_each_warning_that_the_code_has():
    page = (Path(__file__).parents[2] / "docs" / "from-pycid.md").read_text(encoding="utf-8")
    root = Path(pycid.__file__).parent
    files = [file for file in root.rglob("*.py") if "differs(" in file.read_text() and file.name != "differences.py"]
    for file in files:
        assert f"`{file.relative_to(root).with_suffix('').as_posix().replace('/', '.')}`" in page, file


def test_right_answers_are_given_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error", pycid.DiffersFromPyCID)
        cid = story_cids.get_grade_predictor()
        assert set(pycid.admits_voi_list(cid, "P")) == {"HS", "E", "Gr"}
        assert set(pycid.admits_ri_list(cid, "P")) == {"R", "HS"}
        assert set(pycid.admits_ici_list(cid, "P")) == {"P", "Ac"}
