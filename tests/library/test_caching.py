"""Outcomes that are kept: the same as those found anew, and only for the same file, method and code."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from cidmesa.errors import FileError
from cidmesa.library import caching
from cidmesa.library.caching import Cache, cache_folder
from cidmesa.library.check.check import check
from cidmesa.library.claim import as_data, of_data
from cidmesa.library.file.loader import load
from cidmesa.library.kinds import KINDS
from tests.library.asked import QUESTIONS
from tests.library.files import SMALL, scenario, with_claims

CLAIMS = ["ask: {optimal: {}}, expect: {value: 0}", "ask: {query: {node: Rain}}, expect: {yes: 1/3, no: 2/3}",
          "ask: {ici: {decision: Take, node: Wet}}, expect: true", "ask: {voc: {node: Wit}}, expect: true"]  # fmt: skip


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "one.cid.yaml"
    path.write_text(with_claims(SMALL, *CLAIMS))
    return path


@pytest.fixture
def asked(monkeypatch):
    """The kinds of the questions that are really asked."""
    seen = []
    for name, kind in KINDS.items():
        monkeypatch.setattr(kind, "answer", lambda *args, k=name, a=kind.answer: (seen.append(k), a(*args))[1])
    return seen


def told(report):
    return [(o.id, o.status, o.got, o.witness, o.because, o.numbers) for o in report]


def test_what_was_found_is_found_again_without_asking(file, asked):
    first = check(file, cache=True)
    assert asked == ["optimal", "query", "ici", "voc"]
    again = check(file, cache=True)
    assert told(again) == told(first)
    assert asked[4:] == ["voc"], "what cannot be answered is asked again"
    assert str(again).splitlines()[1:-3] == str(first).splitlines()[1:-3]


def test_another_content_method_or_code_is_asked(file, asked, monkeypatch):
    check(file, cache=True)
    check(file, cache=True, method="exact")
    assert asked[4:] == ["optimal", "query"]
    file.write_text(file.read_text() + "# a word\n")
    check(file, cache=True)
    assert asked[6:] == ["voc"], "a comment changes nothing"
    del asked[6:]
    file.write_text(file.read_text().replace("value: 1/3", "value: 1/4"))
    check(file, cache=True)
    assert asked[6:] == ["optimal", "query", "ici", "voc"]
    monkeypatch.setattr(caching, "_code", lambda: "other")
    check(file, cache=True)
    assert asked[10:] == ["optimal", "query", "ici", "voc"]


def test_nothing_is_kept_unless_asked_for(file):
    check(file)
    assert not cache_folder().exists()


def test_a_folder_that_others_can_write_to_is_not_used(file, asked):
    check(file, cache=True)
    cache_folder().chmod(0o777)
    check(file, cache=True)
    assert asked[4:] == ["optimal", "query", "ici", "voc"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
def test_the_folder_is_the_users_alone(file):
    check(file, cache=True)
    assert cache_folder().stat().st_mode & 0o777 == 0o700


def test_where_nothing_can_be_kept_claims_are_asked_all_the_same(file, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert check(file, cache=True).count("failed") == 1


@pytest.mark.parametrize("damage", ["{", "[]", ""])
def test_a_damaged_file_is_found_anew(file, asked, damage):
    check(file, cache=True)
    (kept,) = cache_folder().iterdir()
    kept.write_text(damage)
    assert check(file, cache=True).count("failed") == 1
    assert len(asked) == 8


def test_the_parameters_and_not_the_file_decide(file, asked):
    file.write_text(with_claims(SMALL, "ask: {query: {node: Rain, state: 'yes'}}, expect: 1/4"))
    loaded = load(file)
    assert check([loaded.at(p="1/4")], cache=True)
    assert not check(file, cache=True), "the file has p = 1/3, where the claim is false"
    assert not check(file, cache=True)
    assert check([loaded.at(p="1/4")], cache=True)
    assert asked == ["query", "query"]


def test_a_file_that_is_edited_while_it_is_checked_keeps_nothing_false(file):
    question = "ask: {query: {node: Rain, state: 'yes'}}, expect"
    right, wrong = (with_claims(SMALL, f"{question}: {p}") for p in ("1/3", "1/2"))
    file.write_text(right)
    check(file, cache=True, watch=lambda *_: file.write_text(wrong))
    assert not check(file, cache=True)
    assert not check(file, cache=True)


def test_another_claim_of_the_same_name_is_asked(file):
    file.write_text(with_claims(SMALL, CLAIMS[1]))
    assert check(file, cache=True)
    file.write_text(file.read_text().replace("yes: 1/3, no: 2/3}}", "yes: 1/2, no: 1/2}}"))
    file.write_text(file.read_text().replace("expect: {yes: 1/3, no: 2/3}", "expect: {yes: 1/2, no: 1/2}"))
    assert not check(file, cache=True)


def test_functions_are_known_by_what_they_say(tmp_path):
    made = scenario(SMALL, CLAIMS[1])
    first, same, other = (
        replace(made, model=made.model.with_mechanism(Wet=mechanism))
        for mechanism in (lambda Rain, Take: False, lambda Rain, Take: Rain == Take, lambda Rain, Take: Rain == "yes")
    )
    kept = Cache("both", tmp_path)
    kept.keep([first], check(first))
    assert len(list(tmp_path.iterdir())) == 1
    again = Cache("both", tmp_path)
    assert [bool(again.found(one, one.claims[0])) for one in (first, same, other)] == [True, True, False]


STRANGE = {"got": 1, "witness": [], "because": "", "numbers": "", "status": "splendid"}


@pytest.mark.parametrize("entry", [[], {}, {"got": {"mapping": 3}}, STRANGE])
def test_a_damaged_entry_is_found_anew(file, asked, entry):
    check(file, cache=True)
    (kept,) = cache_folder().iterdir()
    kept.write_text(json.dumps(dict.fromkeys(json.loads(kept.read_text()), entry)))
    assert check(file, cache=True).count("failed") == 1
    assert len(asked) == 8


def test_a_page_that_can_not_be_written_or_read_costs_no_verdict(file, asked, monkeypatch):
    def full(*_):
        raise FileError("the disk is full")

    monkeypatch.setattr(caching, "write", full)
    assert check(file, cache=True).count("passed") == 2
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(file.parent / "cache"))
    check(file, cache=True)
    (kept,) = cache_folder().iterdir()
    kept.unlink()
    kept.mkdir()  # a folder where the page should be
    assert check(file, cache=True).count("passed") == 2


def test_every_answer_survives_json():
    for text, question, right, _ in QUESTIONS[::3]:
        (outcome,) = check(scenario(text, f"{question}, expect: {right}"))
        again = of_data(json.loads(json.dumps(as_data(outcome.got))))
        assert again == outcome.got
        assert type(again) is type(outcome.got)
