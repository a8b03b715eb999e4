"""Checking claims: selection, reports, several files, processes."""

from __future__ import annotations

import json

import pytest

import cidmesa as cm
from cidmesa.errors import ScenarioError
from cidmesa.library.catalogue import find, slugs, unknown_sources
from cidmesa.library.check.check import check, matches
from cidmesa.library.file.loader import scenarios
from tests.library.files import CORNERS, SMALL, scenario, with_claims

PASSES = "ask: {ici: {decision: Take, node: Wet}}, expect: true"
FAILS = "ask: {eu: {}}, expect: 0"
ERRS = "ask: {voc: {node: Wit}}, expect: true"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "one.cid.yaml").write_text(
        with_claims(SMALL, PASSES, FAILS) + "variants:\n  - {id: v, set: {p: 0}}\n"
    )
    (tmp_path / "b" / "two.cid.yaml").write_text(
        with_claims(CORNERS, "of: deceptive, ask: {deceptive: {}}, expect: true")
    )
    return tmp_path


def test_a_folder_with_variants(folder):
    report = check(folder)
    statuses = [(outcome.id, outcome.status) for outcome in report]
    assert statuses == [
        ("a/one::c0", "passed"),
        ("a/one::c1", "failed"),
        ("a/one@v::c0", "passed"),
        ("a/one@v::c1", "passed"),
        ("b/two::c0", "passed"),
    ]
    assert report.closing == "4 passed, 1 failed, 0 skipped"
    assert not report
    assert (report.exit_code, len(report.scenarios), len(report)) == (1, 3, 5)


def test_processes_find_the_same(folder):
    one, two = check(folder), check(folder, jobs=2)
    assert [(o.id, o.status, o.got) for o in one] == [(o.id, o.status, o.got) for o in two]


def test_keyword_tag_method_and_maxfail(folder):
    assert [o.id for o in check(folder, keyword="one and not @v")] == ["a/one::c0", "a/one::c1"]
    assert [o.id for o in check(folder, tag="mesa")] == ["b/two::c0"]
    assert [o.status for o in check(folder, method="graphical", keyword="one@v")] == ["passed", "skipped"]
    assert [o.status for o in check(folder, method="exact", keyword="one@v")] == ["skipped", "passed"]
    assert len(check(folder, maxfail=1)) == 2
    with pytest.raises(ScenarioError, match=r"'grafical' is not known\. Did you mean 'graphical'"):
        check(folder, method="grafical")


def test_scenarios_and_paths_may_be_mixed(folder):
    report = cm.check([scenario(SMALL, PASSES), folder / "b"])
    assert [o.scenario for o in report] == ["somebody2020/example", "b/two"]


def test_the_mistakes_of_all_files_are_reported_together(folder):
    for name in ("a", "b"):
        (folder / name / "bad.cid.yaml").write_text("cidmesa: 1\n")
    with pytest.raises(ScenarioError) as error:
        check(folder)
    assert str(error.value).count("title is missing") == 2


def test_nothing_found(tmp_path):
    report = check(tmp_path)
    assert (len(report), report.exit_code) == (0, 5)


def test_reports_show_what_differs():
    report = check(scenario(SMALL, PASSES, FAILS, ERRS))
    text = report.to_text()
    assert "somebody2020/example .FE" in text
    assert "FAIL somebody2020/example::c1   models/somebody2020/example.cid.yaml:13:5   CID401" in text
    assert "expect  0     got -19/30     (eu)" in text
    assert "there is no node 'Wit'. Did you mean 'Wet'?" in text
    assert text.splitlines()[-2:] == ["1 claim could not be answered", "1 passed, 2 failed, 0 skipped"]
    failed, error, unanswered, closing = report.to_concise().splitlines()
    file, name = "models/somebody2020/example.cid.yaml", "somebody2020/example"
    assert failed == f"{file}:13:5: CID401 {name}::c1: expected 0, got -19/30"
    assert error.startswith(f"{file}:14:5: CID402 {name}::c2: cannot be answered: there is no node 'Wit'. Did you mean")
    assert (unanswered, closing) == ("1 claim could not be answered", "1 passed, 2 failed, 0 skipped")
    assert report.exit_code == 2
    assert "1 scenario, 3 claims in" in text
    assert str(report) == text
    assert "witness Take -> Wet -> U" in str(check(scenario(SMALL, PASSES.replace("true", "false"))))
    data = json.loads(json.dumps(report.to_json()))
    assert (data["passed"], data["failed"], data["error"]) == (1, 1, 1)
    assert data["outcomes"][1]["got"] == "-19/30"
    assert data["outcomes"][0]["witness"] == ["Take", "Wet", "U"]


@pytest.mark.parametrize(
    ("keyword", "fits"),
    [
        (None, True),
        ("plan", True),
        ("PLAN", True),
        ("plan and corners", True),
        ("plan and door", False),
        ("door or corners", True),
        ("not door", True),
        ("not not door", False),
        ("door and x or plan", True),
    ],
)
def test_keywords(keyword, fits):
    assert matches("hubinger2019/two-corners::plan", keyword) is fits


@pytest.mark.parametrize("keyword", ["", "and", "a b", "(a)", "a and", "not"])
def test_keywords_that_cannot_be_read(keyword):
    with pytest.raises(ScenarioError, match="cannot read the expression"):
        check([], keyword=keyword)


def test_sources_must_be_in_the_bibliography(folder):
    (folder / "references.bib").write_text("@article{hubinger2018,\n  title = {Risks}\n}\n")
    (line,) = unknown_sources([cm.load(folder / "b" / "two.cid.yaml")])
    assert "two.cid.yaml:3:15: CID303 the source 'hubinger2019' is not in" in line
    assert "Did you mean 'hubinger2018'?" in line
    with pytest.raises(ScenarioError, match="CID303"):
        check(folder / "b")
    (folder / "references.bib").write_text("@article{hubinger2019, title = {Risks}}\n")
    assert check(folder / "b")


def test_the_library_is_found_by_slug():
    for slug, path in slugs().items():
        assert find(slug) == (path, None)
        assert find(f"{slug}@x") == (path, "x")
    assert [s.slug for s in scenarios()] == sorted(slugs())
