"""The common layout of scenario files: nothing is lost, and it is its own layout."""

from __future__ import annotations

from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.errors import ScenarioError
from cidmesa.library.file.formatting import WIDTH, formatted
from cidmesa.library.file.loader import loads
from cidmesa.library.file.source import read
from tests.library.files import CORNERS, SMALL

LONG = " ".join(["words"] * 40)
CASES = {
    "spaces": ("a:    {b:   1,c: [x , y]}\n", "a: {b: 1, c: [x, y]}\n"),
    "comments": ("# top\na: 1    # why\n\n# below\nb: 2\n", "# top\na: 1    # why\n\n# below\nb: 2\n"),
    "short lists that were opened stay open": ("a:\n- 1\n- 2\n", "a:\n  - 1\n  - 2\n"),
    "quotes": ("a: \"on\"\nb: 'x''y'\nc: plain\n", "a: \"on\"\nb: 'x''y'\nc: plain\n"),
    "numbers": ("a: [1/3, 0.10, 1e-3, -2]\n", "a: [1/3, 0.10, 1e-3, -2]\n"),
    "one entry": ("a: ['*', {same: X}]\n", "a: ['*', {same: X}]\n"),
    "nothing": ("a:\n  b:\nc: {}\n", "a:\n  b:\nc: {}\n"),
    "literal text": ("a: |\n  x # y\n  z\n", "a: |\n  x # y\n  z\n"),
    "hash in text": ("a: 'x # y'  # z\n", "a: 'x # y'  # z\n"),
    "end of the file": ("a: 1\n\n\n", "a: 1\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_layout(case):
    before, after = CASES[case]
    assert formatted(before) == after
    assert formatted(after) == after


def test_what_does_not_fit_is_opened_and_sentences_are_folded():
    text = f"claims:\n- {{id: a, says: {LONG}, ask: {{ici: {{decision: D, node: X}}}}, expect: true}}\n"
    lines = formatted(text).splitlines()
    assert lines[:3] == ["claims:", "  - id: a", "    says: >-"]
    assert lines[-2:] == ["    ask: {ici: {decision: D, node: X}}", "    expect: true"]
    assert max(map(len, lines)) <= WIDTH
    assert read("\n".join(lines), "x").data == read(text, "x").data
    assert formatted("\n".join(lines) + "\n") == "\n".join(lines) + "\n"


def test_a_fold_that_fits_stays_where_the_author_put_it():
    kept = "a: >-\n  one\n  two\n"
    assert formatted(kept) == kept
    wide = f"a: >-\n  {LONG}\n  end\n"
    assert max(map(len, formatted(wide).splitlines())) <= WIDTH


def test_text_that_folding_would_change_is_left():
    text = f"a: '{LONG}  two spaces'\n"
    assert formatted(text) == text


@pytest.mark.parametrize("text", ["a:\n  - {b: 1, # in\n     c: 2}\n", "a: [1,\n # c\n 2]\n"])
def test_a_comment_that_would_be_lost_is_an_error(text):
    with pytest.raises(ScenarioError, match="without losing a comment"):
        formatted(text)


def test_what_is_not_yaml_is_refused():
    with pytest.raises(ScenarioError, match="CID001"):
        formatted("a: [1\n")


@pytest.mark.parametrize("text", [SMALL, CORNERS])
def test_the_scenario_is_the_same(text):
    assert loads(formatted(text)).model == loads(text).model


STARTERS = Path(cm.__file__).parent / "library" / "starters"


@pytest.mark.parametrize("starter", sorted(STARTERS.iterdir()), ids=lambda file: file.name)
def test_a_starter_has_the_common_layout_and_its_claims_hold(starter):
    assert formatted(starter.read_text("utf-8")) == starter.read_text("utf-8")
    report = cm.check(starter)
    assert report, report
