"""Pools of processes that outlive their tasks, and workers that are not what this process is."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import count, islice

import pytest

import cidmesa as cm
from cidmesa.library.sweep import running
from cidmesa.workers.pool import Here, Lost, here, singly, strange, workers
from cidmesa.workers.processes import Processes
from tests.library import errands
from tests.library.files import CORNERS, scenario


def test_tasks_that_end_their_process_are_lost_and_the_others_done():
    with Processes(2) as pool:
        found = dict(pool.results(errands.doubled, [1, 13, 2, 13, 3, 4]))
    assert {task: r for task, r in found.items() if task != 13} == {1: 2, 2: 4, 3: 6, 4: 8}
    assert "ended with code 3" in found[13].why


def test_what_is_lost_together_is_done_one_by_one():
    tasks = [(1, 2), (3, 13, 4), (5, 6)]
    with Processes(2) as pool:
        found = dict(singly(pool, errands.doubled_all, tasks, lambda task: [(number,) for number in task]))
    assert isinstance(found.pop((13,)), Lost)
    assert found == {(1, 2): [2, 4], (5, 6): [10, 12], (3,): [6], (4,): [8]}


def test_one_process_or_none_is_this_one():
    with workers(None, "loky", None) as none, workers(1, "loky", None) as one:
        assert none is one is None


def test_a_point_that_ends_its_process_is_an_error_and_is_asked_again_on_resume(tmp_path, monkeypatch):
    corners, out = scenario(CORNERS), tmp_path / "t.csv"
    whole = cm.sweep(corners, {"mu": "0:1:9"}, ask="deceptive")
    monkeypatch.setattr(running, "_answered", errands.deadly)
    monkeypatch.setattr(cm.SweepTable, "save", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cm.sweep(corners, {"mu": "0:1:9"}, ask="deceptive", jobs=2, out=out)
    monkeypatch.undo()
    lines = (tmp_path / "t.csv.journal").read_text().splitlines()
    assert len(lines) == 9
    assert sum('"again": true' in line for line in lines) == 1
    done = []
    table = cm.sweep(corners, {"mu": "0:1:9"}, ask="deceptive", out=out, resume=True, watch=lambda n, _: done.append(n))
    assert (done[0], table) == (8, whole)


def test_a_point_that_exhausts_the_memory_is_an_error_of_its_own(monkeypatch):
    answerer, before = running.found_at.__globals__["_Answerer"], running.found_at.__globals__["_Answerer"]._found

    def found(self, values):
        if values["mu"] == 1:
            raise MemoryError
        return before(self, values)

    monkeypatch.setattr(answerer, "_found", found)
    table = cm.sweep(scenario(CORNERS), {"mu": "0:1:3"}, ask="deceptive")
    assert [row.status for row in table] == ["ok", "ok", "error"]
    assert "not enough memory" in table.rows[2].error


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cidmesa": "0.0.1"}, "has cidmesa 0.0.1, and this process has"),
        ({"python": "3.1"}, "has python 3.1"),
        ({"packages": frozenset()}, "lacks flint"),
    ],
)
def test_a_worker_that_would_answer_otherwise_is_named(change, said):
    this = replace(here(), packages=frozenset({"flint"}))
    assert said in strange("w", replace(this, **change), this)


def test_a_worker_without_the_package_or_like_this_one():
    assert "has no package 'cidmesa'" in strange("w", ModuleNotFoundError("no", name="cidmesa"), here())
    assert "another version" in strange("w", AttributeError("here"), here())
    assert strange("w", Here(packages=here().packages | {"more"}), here()) == ""


def test_scenarios_shared_by_processes_are_checked_in_order():
    names = ["everitt2021/grade-prediction", "luce1957/prisoners-dilemma", "fox2021/umbrella"]
    alone, shared = cm.check(names), cm.check(names, jobs=2)
    assert [(o.id, o.status, o.got) for o in shared] == [(o.id, o.status, o.got) for o in alone]


def test_tasks_are_drawn_when_it_is_their_turn():
    drawn = []
    tasks = (drawn.append(number) or number for number in count() if number != 13)
    with Processes(2) as pool:
        assert {task for task, _ in islice(pool.results(errands.doubled, tasks), 3)} <= set(range(8))
    assert len(drawn) <= 8


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away here")
def test_cores_that_a_process_may_not_use_do_not_count():
    code = "import os; from cidmesa.workers.processes import cores; os.sched_setaffinity(0, {0}); print(cores())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
