"""Each kind of question, with an answer that is expected and one that is not."""

from __future__ import annotations

from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.library.check.check import check
from cidmesa.library.check.outcomes import agrees
from cidmesa.library.file.loader import loads
from cidmesa.library.kinds import KINDS, ask_shape
from tests.library.asked import GAME, QUESTIONS, TEAM, WAR
from tests.library.files import CORNERS, SMALL, scenario, with_claims


@pytest.mark.parametrize(("text", "question", "right", "wrong"), QUESTIONS)
def test_a_claim_passes_with_the_right_and_fails_with_a_wrong_expectation(text, question, right, wrong):
    good, bad = check(scenario(text, f"{question}, expect: {right}", f"{question}, expect: {wrong}"))
    assert (good.status, bad.status) == ("passed", "failed"), (good.got, good.because)
    assert good.because
    assert bad.claim.at.startswith("models/somebody2020/example.cid.yaml:")


@pytest.mark.parametrize(("expect", "status"), [("true", "xpassed"), ("false", "xfailed")])
def test_a_claim_that_is_marked_as_false_must_be_false(expect, status):
    mark = f"ask: {{ici: {{decision: Take, node: Wet}}}}, expect: {expect}, xfail: the source is informal here"
    report = check(scenario(SMALL, mark))
    (outcome,) = report
    assert (outcome.status, bool(report), report.exit_code) == (status, status == "xfailed", int(status == "xpassed"))
    failed, skipped = (1, 0) if status == "xpassed" else (0, 1)
    words = "marked xfail, but true" if status == "xpassed" else "false, as marked"
    assert report.to_text().splitlines()[-2:] == [f"1 claim {words}", f"0 passed, {failed} failed, {skipped} skipped"]
    assert ("CID403" in report.to_concise()) is (status == "xpassed")
    assert ("the source is informal here" in report.to_text()) is (status == "xpassed")


def test_a_mark_does_not_excuse_a_question_that_cannot_be_answered():
    (outcome,) = check(scenario(SMALL, "ask: {ici: {decision: Tak, node: Wet}}, expect: false, xfail: so be it"))
    assert outcome.status == "error"


def test_a_variant_may_take_the_mark_away_or_set_it():
    marked = "ask: {ici: {decision: Take, node: Wet}}, expect: false, xfail: because"
    clean = "ask: {ici: {decision: Take, node: Wet}}, expect: true"
    overrides = "{c0: {xfail: null, expect: true}, c1: {xfail: now it is, expect: false}}"
    whole = loads(with_claims(SMALL, marked, clean) + f"variants:\n  - {{id: v, override: {overrides}}}\n")
    assert [outcome.status for outcome in check(whole)] == ["xfailed", "passed", "passed", "xfailed"]


def test_every_kind_of_question_has_an_answer_and_is_tested():
    assert set(KINDS) == set(ask_shape().model_fields)
    assert set(KINDS) == {question.partition("ask: {")[2].partition(":")[0] for _, question, _, _ in QUESTIONS}


WRONG = [
    (SMALL, "ask: {ici: {decision: Tak, node: Wet}}, expect: true", "there is no node 'Tak'. Did you mean 'Take'?"),
    (SMALL, "ask: {ici: {decision: Rain, node: Wet}}, expect: true", "'Rain' is a chance node, a decision is needed"),
    (SMALL, "ask: {deceptive: {}}, expect: true", "about a composition. Name its specification with `of`"),
    (SMALL, "ask: {optimal: {decision: Take, when: {Report: maybe}}}, expect: umbrella", "'maybe' is not a state of"),
    (
        SMALL,
        "where: {p: 0}, ask: {optimal: {decision: Take, when: {Rain: yes}}}, expect: umbrella",
        "reaches Rain = yes",
    ),
    (SMALL, "where: {p: 2}, ask: {eu: {}}, expect: 0", "outside its range"),
    (SMALL, "ask: {query: {node: Rain, given: {Wet: 2}}}, expect: {yes: 1}", "'2' is not a state of 'Wet'"),
    (SMALL, "ask: {eu: {policy: {Take: umbrela}}}, expect: 0", "not an option of 'Take'. Did you mean 'umbrella'?"),
    (TEAM, "ask: {query: {node: D}}, expect: {0: 1}", "depends on which optimal policy is followed"),
    (GAME, "ask: {eu: {}}, expect: 0", "name the agent"),
    (GAME, "ask: {relevance: {from: L}}, expect: true", "both `from` and `to`, or neither"),
    (WAR, "ask: {eu: {agent: s}}, expect: 0", "has no numbers"),
    (WAR, "where: {}, ask: {deception_possible: {by: s, target: q, about: X}}, expect: true", "no agent 'q'"),
]


@pytest.mark.parametrize(("text", "claim", "words"), WRONG)
def test_a_claim_that_cannot_be_answered_is_an_error_with_its_reason(text, claim, words):
    (outcome,) = check(scenario(text, claim))
    assert outcome.status == "error"
    assert words in outcome.because


def test_a_game_of_two_who_rely_on_each_other_is_refused():
    text = TEAM.replace("D: {kind: decision,", "D: {kind: decision, agent: other,")
    text += "  V: {kind: utility, agent: other, value: 'D != E'}\n"
    (outcome,) = check(scenario(text, "ask: {optimal: {decision: E}}, expect: 1"))
    assert outcome.status == "error"
    assert "rely on each other" in outcome.because


def test_nodes_that_differ_are_shown_one_by_one():
    (outcome,) = check(scenario(SMALL, "ask: {ici: {decision: Take, node: [Wet, Rain]}}, expect: true"))
    assert outcome.status == "failed"
    assert outcome.got == {"Wet": True, "Rain": False}
    nodes = "{X: {kind: chance}, Z: {kind: chance}, D: {kind: decision}, U: {kind: utility, parents: [X, D]}}"
    small = f"cidmesa: 1\ntitle: x\nnodes: {nodes}\n"
    (outcome,) = check(scenario(small, "ask: {requisite: {decision: D, node: [X, Z]}}, expect: true"))
    assert outcome.status == "failed"
    assert outcome.got == {"X": True, "Z": False}
    assert not outcome


def test_a_node_that_composition_prunes_is_found_in_the_world_as_it_is():
    claim = "of: deceptive, ask: {proxy_class: {mesa: A2, base: U_base}}, expect: side_effect"
    assert check(scenario(CORNERS, claim))


def test_too_many_optimal_policies_are_refused(monkeypatch):
    monkeypatch.setattr("cidmesa.library.policies.MAX_POLICIES", 10)
    nodes = "".join(f"  D{i}: {{kind: decision, states: [0, 1]}}\n" for i in range(4))
    text = f"cidmesa: 1\ntitle: x\nnodes:\n{nodes}  U: {{kind: utility, value: 0 * D0}}\n"
    (outcome,) = check(scenario(text, "ask: {optimal: {}}, expect: {value: 0}"))
    assert outcome.status == "error"
    assert "more than 10 policies are optimal" in outcome.because


@pytest.mark.parametrize(
    ("got", "expect", "same"),
    [
        (Fraction(1, 3), "1/3", True),
        (Fraction(1, 3), 0.333333, False),
        (Fraction(1, 3), 1 / 3, True),
        (0.1 + 0.2, Fraction(3, 10), True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        ("a", "a", True),
        (["a"], "a", True),
        ("a", ["a"], True),
        ([["A", "B"], ["B", "A"]], [["B", "A"], ["A", "B"]], True),
        ([["A", "B"]], [["B", "A"]], False),
        (["a", "a"], ["a"], False),
        ({"a": 1}, "a", False),
        ("x", 1, False),
    ],
)
def test_agreement(got, expect, same):
    assert agrees(got, expect) is same


def test_a_distribution_is_compared_as_a_whole():
    got = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    assert agrees(got, {"a": "1/2"})
    assert not agrees(got, {"a": "1/2"}, whole=True)
    assert agrees(got, {"a": "1/2", "b": 0.5, "c": 0}, whole=True)


@pytest.mark.parametrize("concept", ["ici", "ri"])
def test_a_node_that_composition_left_out_is_excluded(concept):
    claim = f"of: unaware, ask: {{{concept}: {{decision: D_A1, node: [R1, Theta2]}}}}, expect: false"
    (outcome,) = cm.check(scenario(CORNERS, claim))
    assert outcome.status == "passed"
    assert "R1 is not in the mesa-optimizer's diagram" in outcome.because


def test_of_a_node_left_out_voc_is_excluded_and_impact_is_judged_in_the_objective_twin():
    control = "of: unaware, ask: {voc: {node: R1}}, expect: false"
    impact = "of: unaware, ask: {impact: {decision: D_A1, node: R1}}, expect: true"
    earlier = "of: unaware, ask: {impact: {decision: D_A2, node: R1}}, expect: false"
    report = cm.check(scenario(CORNERS, control, impact, earlier))
    assert report, report
    assert "in the objective twin" in list(report)[1].because


def test_what_seeing_a_node_left_out_is_worth_is_not_said():
    (outcome,) = cm.check(scenario(CORNERS, "of: unaware, ask: {voi: {decision: D_A2, node: R1}}, expect: false"))
    assert (outcome.status, outcome.got) == ("failed", "not applicable")
    assert "observes" in outcome.because


def test_a_name_that_exists_nowhere_is_an_error_in_a_composition_too():
    (outcome,) = cm.check(scenario(CORNERS, "of: unaware, ask: {ici: {decision: D_A1, node: R9}}, expect: false"))
    assert outcome.status == "error"
    assert "there is no node 'R9'" in outcome.because
