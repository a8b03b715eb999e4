"""Numbers against criteria: what a diagram excludes must be zero, and a criterion that is wrong is found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

import cidmesa as cm
from cidmesa.library.check.outcomes import crosschecked
from cidmesa.library.subject import Subject
from tests.library.asked import LABEL, QUESTIONS, WAR
from tests.library.files import CORNERS, SMALL, scenario

LIES = [
    "voi: {decision: Take, node: Report}",
    "ri: {decision: Take, node: Rain}",
    "ici: {decision: Take, node: Wet}",
    "impact: {decision: Take, node: Wet}",
    "voc: {node: Rain}",
    "unfairness_possible: {decision: Take, attribute: Rain}",
]


def excluded(criterion):
    return lambda *args: replace(criterion(*args), status="excluded")


@pytest.fixture
def lying(monkeypatch):
    """Criteria that exclude everything."""
    for name in ("voi", "ri", "ici", "impact", "voc", "unfairness"):
        monkeypatch.setattr(cm, f"admits_{name}", excluded(getattr(cm, f"admits_{name}")))


@pytest.mark.parametrize("question", LIES)
def test_a_criterion_that_excludes_too_much_is_contradicted(question, lying):
    report = cm.check(scenario(SMALL, f"ask: {{{question}}}, expect: true"))
    (outcome,) = report
    assert (outcome.status, report.exit_code, bool(report)) == ("contradicted", 1, False)
    assert "the diagram excludes" in outcome.numbers
    assert "CID404" in report.to_concise()
    assert "CONTRADICTED" in report.to_text()
    assert report.closing == "0 passed, 1 failed, 0 skipped"


def test_other_exclusions_that_are_wrong_are_contradicted(monkeypatch):
    unfair = cm.admits_unfairness
    for name in ("is_requisite", "deception_possible"):
        monkeypatch.setattr(cm, name, lambda *args: cm.Judgement("a lie", False, (), "a lie"))
    monkeypatch.setattr(
        cm,
        "admits_introduced_unfairness",
        lambda *a, **k: replace(unfair(*a[:3]), status="excluded"),
    )
    asked = [
        (SMALL, "requisite: {decision: Take}", "[Report]"),
        (LABEL, "unfairness_possible: {decision: P, attribute: A, label: Y}", "true"),
    ]
    for text, question, expect in asked:
        (outcome,) = cm.check(scenario(text, f"ask: {{{question}}}, expect: {expect}"))
        assert outcome.status == "contradicted", outcome


def test_zero_does_not_contradict_what_is_admitted():
    dry = "where: {p: 0}, ask: {ri: {decision: Take, node: Rain}}, expect: true"
    (outcome,) = cm.check(scenario(SMALL, dry))
    assert (outcome.status, outcome.numbers) == ("passed", "not excluded, so no number could contradict it")


def test_what_is_said_where_numbers_are_not_asked():
    (bare,) = cm.check(scenario(WAR, "ask: {ri: {decision: T, node: X}}, expect: true"))
    assert bare.numbers == "there are no numbers"
    (order,) = cm.check(scenario(SMALL, "ask: {soluble: {}}, expect: true"))
    assert order.numbers == "no number corresponds to this question"
    for method in ("graphical", "exact"):
        assert not any(o.numbers for o in cm.check(scenario(SMALL, "ask: {soluble: {}}, expect: true"), method=method))


def test_what_a_decision_need_not_see_is_not_read_by_the_policies_that_are_asked():
    """Without the reduced diagram a filler in a context that is not reached would read the earlier action."""
    claim = "of: unaware, ask: {ici: {decision: D_A1, node: D_A2}}, expect: false"
    (outcome,) = cm.check(scenario(CORNERS, claim))
    assert (outcome.status, outcome.numbers) == ("passed", "zero in numbers, too"), outcome


def test_no_question_of_the_tests_is_contradicted():
    asked = 0
    for text, question, right, _ in QUESTIONS:
        (claim,) = scenario(text, f"{question}, expect: {right}").claims
        if claim.question.family == "graphical":
            whole = scenario(text)
            found = crosschecked(Subject(whole.at(**claim.where), claim.of), claim.question)
            assert not found.contradiction, (question, found)
            asked += 1
    assert asked > 20


def test_the_library_is_compared_with_its_numbers():
    notes = [outcome.numbers for outcome in cm.check(keyword="two-corners or grade or gradient")]
    assert "zero in numbers, too" in notes
    assert not [note for note in notes if note.startswith("not compared")]
