"""Claims that take too long, or end their process, and those after them."""

from __future__ import annotations

import os
from dataclasses import replace
from time import perf_counter

import pytest

import cidmesa as cm
from cidmesa.library.check.outcomes import Work, Worker, answered
from cidmesa.library.file.loader import loads
from cidmesa.library.kinds.kind import Kind

CHAIN = """\
cidmesa: 1
title: A claim that takes for ever
nodes:
  X: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  D1: {kind: decision, agent: a, states: [0, 1, 2, 3, 4, 5], parents: [X]}
  D2: {kind: decision, agent: b, states: [0, 1, 2, 3, 4, 5], parents: [X]}
  D3: {kind: decision, agent: c, states: [0, 1, 2, 3, 4, 5], parents: [X]}
  U1: {kind: utility, agent: a, value: (D1 - D2 + 2 * D3) % 7 + X}
  U2: {kind: utility, agent: b, value: (D2 - D3 + 3 * D1) % 7 - X}
  U3: {kind: utility, agent: c, value: (D3 - D1 + 4 * D2) % 7}
claims:
  - {id: before, says: It is no tree., ask: {soluble: {}}, expect: false}
  - {id: forever, says: It never ends., ask: {equilibria: {kind: mixed}}, expect: 1}
  - {id: after, says: X matters., ask: {voi: {decision: D1, node: X}}, expect: true}
"""


def test_a_claim_that_takes_too_long_is_ended_and_the_next_is_asked():
    start = perf_counter()
    report = cm.check(loads(CHAIN), timeout=1)
    assert [(o.claim.id, o.status) for o in report] == [
        ("before", "passed"),
        ("forever", "timeout"),
        ("after", "passed"),
    ]
    assert perf_counter() - start < 30
    assert report.exit_code == 1
    assert "takes longer than 1 s" in report.to_text()
    assert "CID405" in report.to_concise()


class Dying(Kind):
    """Whether the process that is asked lives on."""

    def answer(self, _):
        os.write(1, b"a word by the way")
        os._exit(3)


def test_a_process_that_ends_is_an_error_of_its_claim_alone(capfd):
    small = cm.load("everitt2021/grade-prediction")
    first, *others = small.claims[:3]
    found = list(Worker("both").outcomes(small, (first, replace(first, kind="dying", question=Dying()), *others)))
    assert [o.status for o in found] == ["passed", "error", "passed", "passed"]
    assert "ended with code 3" in found[1].because
    assert capfd.readouterr().out == ""


class Failing(Kind):
    """Whether an error that is none of the package's comes through."""

    def answer(self, _):
        raise OSError("no disk left")


def test_an_error_in_a_process_is_not_swallowed():
    small = cm.load("everitt2021/grade-prediction")
    failing = replace(small.claims[0], kind="failing", question=Failing())
    with pytest.raises(OSError, match="no disk left"):
        list(answered([Work(small, (failing,))] * 2, "both", jobs=2))


def test_the_rest_is_not_done_when_nobody_wants_it():
    work = [Work(loads(CHAIN), loads(CHAIN).claims)] * 6
    outcomes = answered(work, "both", jobs=2, timeout=60)
    assert next(outcomes).status == "passed"
    start = perf_counter()
    outcomes.close()
    assert perf_counter() - start < 10


def test_processes_find_the_package_wherever_they_start(tmp_path, monkeypatch):
    (tmp_path / "cidmesa.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(tmp_path))
    report = cm.check("everitt2021/grade-prediction", timeout=60)
    assert report, report
