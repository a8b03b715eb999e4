"""The forms in which a report is written, read again by other readers."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from cidmesa.errors import ScenarioError
from cidmesa.library.check import FORMS
from cidmesa.library.check.check import check
from cidmesa.library.check.forms import rendered
from cidmesa.library.check.report import BAD, WORDS
from tests.library.files import SMALL, scenario

PASSES = "ask: {ici: {decision: Take, node: Wet}}, expect: true"
FAILS = "ask: {eu: {}}, expect: 0"
ERRS = "ask: {voc: {node: Wit}}, expect: true"
FALSE_AS_MARKED = "ask: {eu: {}}, expect: 0, xfail: a < b & c"
TRUE_THOUGH_MARKED = "ask: {soluble: {}}, expect: true, xfail: it was not"


@pytest.fixture(scope="module")
def report():
    return check(scenario(SMALL, PASSES, FAILS, ERRS, FALSE_AS_MARKED, TRUE_THOUGH_MARKED))


@pytest.mark.parametrize("form", FORMS)
def test_every_format_says_how_many_claims_fail(report, form):
    text = rendered(report, form)
    assert "c1" in text
    assert "-19/30" in text


def test_junit(report):
    root = ET.fromstring(rendered(report, "junit"))  # noqa: S314
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
    }
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["c0"].find("*") is None
    assert cases["c1"].get("line") == "13"
    assert cases["c1"].find("failure").get("type") == "CID401"
    assert "expected 0, got -19/30" in cases["c1"].find("failure").text
    assert "Did you mean 'Wet'" in cases["c2"].find("error").get("message")
    assert cases["c3"].find("skipped").get("message") == "a < b & c"
    assert cases["c4"].find("failure").get("type") == "CID403"


def test_junit_of_characters_that_xml_cannot_hold(report):
    skipped = next(outcome for outcome in report if outcome.status == "xfailed")
    odd = replace(report, outcomes=(replace(skipped, claim=replace(skipped.claim, xfail="bell \a rings")),))
    assert "bell \ufffd rings" in ET.fromstring(rendered(odd, "junit")).find(".//skipped").get("message")  # noqa: S314


def test_sarif(report):
    log = json.loads(rendered(report, "sarif"))
    (run,) = log["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert [result["ruleId"] for result in run["results"]] == ["CID401", "CID402", "CID403"]
    assert rules >= {result["ruleId"] for result in run["results"]}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "models/somebody2020/example.cid.yaml"
    assert place["region"] == {"startLine": 13, "startColumn": 5}


def test_github(report):
    first, *_, closing = rendered(report, "github").splitlines()
    place = "file=models/somebody2020/example.cid.yaml,line=13,col=5"
    title = "title=CID401 somebody2020/example%3A%3Ac1"
    assert first.startswith(f"::error {place},{title}::claim 1%0Aexpected 0, got -19/30%0Abecause")
    assert closing == "1 passed, 3 failed, 1 skipped"


def test_markdown(report):
    lines = rendered(report, "md").splitlines()
    assert lines[0] == "**1 passed, 3 failed, 1 skipped**"
    assert "| `somebody2020/example` | 5 | 3 not |" in lines
    assert lines[4].startswith("| `somebody2020/example::c1` | CID401 | claim 1 expected 0, got -19/30 |")


def test_every_bad_status_has_a_code_and_a_meaning():
    assert all(WORDS[status].code and WORDS[status].meaning for status in BAD)
    assert len({WORDS[status].code for status in BAD}) == len(BAD)


def test_an_unknown_format_is_refused(report):
    with pytest.raises(ScenarioError, match=r"'jnit' is not known\. Did you mean 'junit'"):
        rendered(report, "jnit")
