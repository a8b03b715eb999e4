"""Claims in sentences."""

from __future__ import annotations

import pytest

from cidmesa.errors import ScenarioError
from cidmesa.library.check.check import check
from cidmesa.library.check.report import claim_of, explained
from cidmesa.library.kinds import KINDS
from tests.library.asked import QUESTIONS
from tests.library.files import CORNERS, SMALL, scenario


def test_every_kind_of_question_is_defined():
    assert all(kind.__dict__["__doc__"] and kind.meaning().endswith((".", "?")) for kind in KINDS.values())


SAID = ["claim 0", "source: hubinger2019, section 4.2", "ici {decision: D_A1, node: Theta2} of deceptive at mu = 9/10",
        "scope updates", "Instrumental control incentive", "expected: true", "found: true", "Theorem",
        "witness: D_A1 -> ", "example.cid.yaml:", "so: the claim holds"]  # fmt: skip


def test_all_that_matters_is_said():
    claim = "of: deceptive, where: {mu: 0.9}, ask: {ici: {decision: D_A1, node: Theta2}}, expect: true"
    made = scenario(CORNERS, claim)
    (outcome,) = check(made)
    text = explained(made, outcome)
    assert [words for words in SAID if words not in text] == []


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("ask: {eu: {}}, expect: 0", "so: a claim does not come out as expected (CID401)"),
        ("ask: {eu: {}}, expect: 0, xfail: it is less", "so: the sentence is false, as it is marked"),
        ("ask: {voc: {node: Wit}}, expect: true", "so: a claim cannot be answered (CID402)"),
        ("ask: {eu: {}}, expect: 0, ours: by enumeration", "ours, not the source's: by enumeration"),
    ],
)
def test_what_follows_is_said(claim, words):
    made = scenario(SMALL, claim)
    (outcome,) = check(made)
    assert words in explained(made, outcome)


def test_every_question_of_the_tests_can_be_explained():
    for text, question, right, _ in QUESTIONS[::5]:
        made = scenario(text, f"{question}, expect: {right}")
        (outcome,) = check(made)
        assert "because: " in explained(made, outcome)


def test_a_claim_that_is_not_there():
    with pytest.raises(ScenarioError, match=r"has no claim 'c1'\. Claims: c0"):
        claim_of(scenario(SMALL, "ask: {eu: {}}, expect: 0"), "c1")
