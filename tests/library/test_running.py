"""Claims that take too long, or end their process, and those after them."""

from __future__ import annotations

import os
import pickle
from io import BytesIO
from time import perf_counter

import pytest

import cidmesa as cm
from cidmesa.library.check import minder, worker
from cidmesa.library.check.running import Work, answered
from cidmesa.library.file.loader import loads

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


def test_a_process_that_ends_is_an_error_of_its_claim_alone(monkeypatch):
    monkeypatch.setattr(minder, "_COMMAND", [*minder._COMMAND[:-2], "-c", DYING])
    (small,) = [s for s in cm.scenarios() if s.slug == "everitt2021/grade-prediction"]
    found = list(minder.Minder("both").outcomes(small, small.claims[:3]))
    assert [o.status for o in found] == ["passed", "error", "error"]
    assert "ended with code 3" in found[1].because


def test_a_process_that_never_starts_is_an_error_of_each_claim(monkeypatch):
    monkeypatch.setattr(minder, "_COMMAND", [*minder._COMMAND[:-2], "-c", "raise SystemExit(4)"])
    claims = cm.load("everitt2021/grade-prediction").claims[:2]
    found = list(minder.Minder("both").outcomes(cm.load("everitt2021/grade-prediction"), claims))
    assert [(o.claim, o.status) for o in found] == [(claim, "error") for claim in claims]
    assert all("ended with code 4" in o.because for o in found)


DYING = """
import os, pickle, sys
from cidmesa.library.check.outcomes import outcomes_of
scenario, claims, method = pickle.load(sys.stdin.buffer)
for reply in [None, *([next(outcomes_of(scenario, claims, method))] if len(claims) == 3 else [])]:
    pickle.dump(reply, sys.stdout.buffer)
    sys.stdout.buffer.flush()
os._exit(3)
"""


def test_the_rest_is_not_done_when_nobody_wants_it():
    work = [Work(loads(CHAIN), loads(CHAIN).claims)] * 6
    outcomes = answered(work, "both", jobs=2, timeout=60)
    assert next(outcomes).status == "passed"
    start = perf_counter()
    outcomes.close()
    assert perf_counter() - start < 10


def test_the_worker_answers_all_work_that_it_is_given():
    small = cm.load("everitt2021/grade-prediction")
    work = BytesIO(b"".join(pickle.dumps((small, claims, "graphical")) for claims in (small.claims[:1], ())))
    answers = BytesIO()
    worker.main(work, answers)
    answers.seek(0)
    ready, outcome, again = (pickle.load(answers) for _ in range(3))  # noqa: S301
    assert (ready, outcome.status, again) == (None, "passed", None)


def test_an_error_of_a_process_is_not_swallowed(monkeypatch):
    def fail(self, *_):
        raise OSError("no processes left")

    monkeypatch.setattr(minder.Minder, "outcomes", fail)
    with pytest.raises(OSError, match="no processes left"):
        cm.check(loads(CHAIN), timeout=1)


def test_processes_find_the_package_wherever_they_start(tmp_path, monkeypatch):
    (tmp_path / "cidmesa.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(tmp_path))
    report = cm.check("everitt2021/grade-prediction", timeout=60)
    assert report, report
