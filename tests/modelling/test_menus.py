"""Menus: options of a decision that exist only in some contexts, as they are given, kept, checked and written."""

from __future__ import annotations

from random import Random

import pytest

import cidmesa as cm
from cidmesa.library.file.loader import loads
from cidmesa.library.file.writer import written
from cidmesa.mesa.world import World
from cidmesa.proofs.documents import written as proof_of
from tests.laws.test_menus import small_models

G = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
GIVEN = {"S": cm.uniform(["low", "high"]), "U": "3 if D == 'split' else 1"}
ROWS = cm.menu([["low", ["stay"]], ["*", ["stay", "split"]]], ["S"])
M = cm.model(G, GIVEN, D=ROWS)


def test_rows_and_functions_say_the_same():
    assert cm.model(G, GIVEN, D=lambda S: ["stay", "split"] if S == "high" else ["stay"]) == M
    assert (M.domain("D"), M.options("D", S="low"), M.options("D", {"S": "high"})) == (
        ("stay", "split"),
        ("stay",),
        ("stay", "split"),
    )
    assert cm.model(G, GIVEN, D=["stay", "split"]) != M
    assert cm.model(G, GIVEN, D=["stay", "split"]).options("D") == ("stay", "split")


def test_options_that_are_everywhere_make_no_menu():
    assert cm.model(G, GIVEN, D=cm.menu([["*", ["stay", "split"]]], ["S"])).menus == {}


def test_the_order_of_options_may_be_declared():
    assert cm.model(G, GIVEN, D=ROWS, domains={"D": ["split", "stay"]}).domain("D") == ("split", "stay")


@pytest.mark.parametrize(
    ("options", "domains", "message"),
    [
        (cm.menu([["low", ["stay"]]], ["S"]), {}, "no row covers S = high"),
        (cm.menu([["low", ["stay", "split"]], ["*", []]], ["S"]), {}, "decision 'D' has no option at S = high. Give"),
        (cm.menu([["*", []]], ["S"]), {}, "decision 'D' has no options. List them"),
        (cm.menu([["*", ["a"]]], ["U"]), {}, "the options of 'D' depend on 'U', which it does not observe"),
        (ROWS, {"D": ["stay"]}, "the option 'split' of 'D' is not among stay"),
        (ROWS, {"D": ["stay", "split", "run"]}, "the option 'run' of 'D' exists in no context"),
        (lambda S: "stay" if S else "split", {}, "'D' is a decision, but it is given a function that returns 'stay'"),
        (lambda X: ["stay"] if X else [], {}, "the function does not take the parent 'S'"),
    ],
)
def test_what_is_wrong_with_a_menu(options, domains, message):
    with pytest.raises(cm.ModelError, match=message):
        cm.model(G, GIVEN, D=options, domains=domains)


def test_rows_need_lists_of_options():
    with pytest.raises(cm.ModelError, match="row 1 needs 1 values for S and a list of options, not"):
        cm.menu([["low", "stay"]], ["S"])


def test_a_context_that_cannot_be_needs_no_option():
    g = cm.cid("S -> T; S, T -> D; D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform([0, 1]), T="S", D=lambda S, T: [] if S != T else ["a", "b"] if S else ["a"], U=0)
    assert m.options("D", S=0, T=1) == ("a", "b")
    assert m.options("D", S=0, T=0) == ("a",)


@pytest.mark.parametrize("taken", ["split", {"split": "1/2", "stay": "1/2"}, lambda S: "split"])
def test_a_policy_that_takes_a_missing_option_is_refused(taken):
    with pytest.raises(cm.ModelError, match="'split' is not an option of 'D' at S = low"):
        cm.policy(M, {"D": taken})


def test_rules_of_other_models_and_interventions_are_checked():
    everywhere = cm.policy(cm.model(G, GIVEN, D=["stay", "split"]), {"D": "split"})
    for wrong in (
        lambda: M.with_policy(everywhere),
        lambda: M.do(D="split"),
        lambda: cm.query(M, "U", do={"D": "split"}),
    ):
        with pytest.raises(cm.ModelError, match="'split' is not an option of 'D' at S = low"):
            wrong()
    for asked in (cm.expected_utility, lambda m, **said: cm.query(m, "S", **said)):
        with pytest.raises(cm.ModelError, match="'split' is not an option of 'D' at S = low"):
            asked(M, policy={"D": "stay"}, do={"D": "split"})
    assert M.do(D="stay").menus == {}


def test_edits_keep_menus_or_refuse():
    assert M.do(S="low").menus == M.menus
    assert M.with_mechanism(U=0).menus == M.menus
    with pytest.raises(cm.ModelError, match="the options of 'D' depend on 'S', which it does not observe"):
        M.revised(
            without=["S"],
            mechanisms={"U": cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0], U=0).mechanism("U")},
        )
    with pytest.raises(cm.ModelError, match="whose states have changed"):
        M.revised(mechanisms={"S": cm.uniform(["low", "high", "top"])}, domains={"S": ("low", "high", "top")})


def test_solving_keeps_what_options_depend_on():
    g = cm.cid("S -> D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform(["low", "high"]), D=ROWS, U="3 if D == 'split' else 1")
    assert cm.minimal_reduction(g).parents("D") == ()
    assert str(cm.solve(m).policy["D"]) == "stay if S = low; split if S = high"
    assert cm.solve(m).value == 2


def test_decisions_that_share_a_rule_share_their_menu():
    g = cm.cid("S -> D; T -> E; D, E -> U", decisions=["D", "E"], utilities=["U"])
    states = {"S": cm.uniform([0, 1]), "T": cm.uniform([0, 1])}
    both = cm.model(g, states, D=lambda S: [0, 1] if S else [0], E=lambda T: [0, 1] if T else [0], U=0)
    assert both.sharing_rules(["D", "E"]).tied == (("D", "E"),)
    with pytest.raises(cm.ModelError, match="cannot share a rule"):
        cm.model(g, states, D=lambda S: [0, 1] if S else [0], E=[0, 1], U=0).sharing_rules(["D", "E"])


def test_files_keep_menus(tmp_path):
    for model in small_models(90, 15):
        for ending in ("json", "cid.yaml"):
            cm.save(model, tmp_path / f"a.{ending}")
            assert (
                cm.interop.read_json(tmp_path / "a.json") == model
                if ending == "json"
                else loads((tmp_path / "a.cid.yaml").read_text()).model == model
            )


def test_a_scenario_file_with_a_menu():
    text = """{cidmesa: 1, title: Cards, nodes: {
      S: {kind: chance, prob: {low: 1/2, high: 1/2}},
      D: {kind: decision, parents: [S], table: [[low, [stay]], ['*', [stay, split]]]},
      U: {kind: utility, parents: [D, S], table: [[split, '*', 3], ['*', '*', 1]]}}}"""
    m = loads(text).model
    assert m.menus == M.menus
    assert "table: [[low, [stay]], [high, [stay, split]]]" in written(m, "Cards")


@pytest.mark.parametrize("ending", ["bif", "xdsl", "net", "xmlbif", "nfg"])
def test_formats_that_cannot_say_it_refuse(tmp_path, ending):
    if ending == "nfg":
        cm.save(M, tmp_path / "a.nfg")  # whose strategies are those that there are
        assert len(cm.interop.read_nfg(tmp_path / "a.nfg").domain("agent")) == 2
        return
    with pytest.raises(cm.NotApplicable, match="the options of D depend on the context, which this format cannot say"):
        cm.save(M, tmp_path / f"a.{ending}")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            lambda m: cm.value_of_information(m, "D", "S"),
            "without observing it 'D' would not know which options it has",
        ),
        (cm.system, "It gives each variable other mechanisms, over all its states in every context. List all options"),
        (cm.runs.lab, "A learner tries every option in every context"),
        (proof_of, "The checker of proofs knows decisions with the same options everywhere"),
        (World.of, r"as an even lot .* Give the base agent's decisions rules: base_policy={...}\. Or list all options"),
        (lambda m: cm.interop.to_pycid(m), "A decision of PyCID has the same options everywhere"),
    ],
)
def test_methods_that_cannot_hold_menus_say_why_and_what_to_do(asked, reason):
    with pytest.raises(cm.NotApplicable, match=f"ptions .*{reason}.*let a utility"):
        asked(M)


def test_random_draws_are_among_what_there_is():
    assert Random(0).choice(M.options("D", S="low")) == "stay"
