"""A sweep that is killed loses no finished point and asks none twice; workers change nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from random import Random
from time import monotonic, sleep

import pytest

import cidmesa as cm
from cidmesa.library.sweep import running
from tests.library.files import CORNERS, scenario

OVER = {"mu": "0:1:41", "spec": "*"}


@pytest.fixture
def corners():
    return scenario(CORNERS)


def in_tens(monkeypatch):
    """Let the journal be written after each ten points, however long they take."""
    monkeypatch.setattr(running, "_LARGEST", 10)
    monkeypatch.setattr(running, "_SECONDS", float("inf"))


def interrupted(corners, out, after):
    """Sweep and break off after some chunks of points."""

    class Broken(Exception):
        pass

    def watch(done, total):
        if done >= after:
            raise Broken

    with pytest.raises(Broken):
        cm.sweep(corners, OVER, ask="deceptive", out=out, watch=watch)


def test_a_sweep_is_resumed_without_asking_again(corners, tmp_path, monkeypatch):
    in_tens(monkeypatch)
    out, journal = tmp_path / "t.csv", tmp_path / "t.csv.journal"
    interrupted(corners, out, 40)
    assert not out.exists()
    assert len(journal.read_text().splitlines()) == 40
    done = []
    whole = cm.sweep(
        corners, OVER, ask="deceptive", out=out, resume=True, watch=lambda n, total: done.append((n, total))
    )
    assert done[0] == (40, 123)
    assert done[-1] == (123, 123)
    assert whole == cm.sweep(corners, OVER, ask="deceptive")
    assert out.read_text() == whole.to_csv()
    assert not journal.exists()


def test_an_interrupted_sweep_is_not_overwritten(corners, tmp_path, monkeypatch):
    in_tens(monkeypatch)
    interrupted(corners, tmp_path / "t.csv", 10)
    with pytest.raises(cm.ScenarioError, match=r"t\.csv\.journal holds 10 points .*--resume"):
        cm.sweep(corners, OVER, ask="deceptive", out=tmp_path / "t.csv")


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_last_line_that_was_cut_off_is_dropped(corners, tmp_path, monkeypatch, cut):
    in_tens(monkeypatch)
    out, journal = tmp_path / "t.csv", tmp_path / "t.csv.journal"
    interrupted(corners, out, 30)
    os.truncate(journal, journal.stat().st_size - cut)
    interrupted_keys = journal.read_bytes().count(b"\n")
    assert interrupted_keys == 29
    done = []
    table = cm.sweep(corners, OVER, ask="deceptive", out=out, resume=True, watch=lambda n, _: done.append(n))
    assert done[0] == 29
    assert table == cm.sweep(corners, OVER, ask="deceptive")


def test_a_damaged_line_is_named(corners, tmp_path, monkeypatch):
    in_tens(monkeypatch)
    out, journal = tmp_path / "t.csv", tmp_path / "t.csv.journal"
    interrupted(corners, out, 20)
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:4], lines[4][:9], *lines[5:]]) + "\n")
    with pytest.raises(cm.ScenarioError, match=r"t\.csv\.journal:5: the line is damaged"):
        cm.sweep(corners, OVER, ask="deceptive", out=out, resume=True)


def test_a_journal_of_another_question_or_model_is_no_answer(corners, tmp_path, monkeypatch):
    in_tens(monkeypatch)
    out = tmp_path / "t.csv"
    interrupted(corners, out, 20)
    other = scenario(CORNERS.replace("[[mesa, 0, {base: mu", "[[mesa, 1, {base: mu"))
    for model, ask in ((corners, "eu"), (other, "deceptive")):
        done = []
        table = cm.sweep(model, OVER, ask=ask, out=out, resume=True, watch=lambda n, _, done=done: done.append(n))
        assert done[0] == 0
        assert table == cm.sweep(model, OVER, ask=ask)


def test_processes_give_the_same_table(corners, tmp_path):
    alone = cm.sweep(corners, OVER, ask="deceptive")
    shared = cm.sweep(corners, OVER, ask="deceptive", jobs=2, out=tmp_path / "t.csv")
    assert shared == alone
    assert (tmp_path / "t.csv").read_text() == alone.to_csv()


def test_an_unknown_backend_is_named(corners):
    with pytest.raises(cm.ScenarioError, match=r"'dusk' is not known\. Did you mean 'dask'"):
        cm.sweep(corners, OVER, ask="deceptive", backend="dusk")


# --- SIGKILL --------------------------------------------------------------------------------------------------------


def started(folder, points, *more):
    arguments = [
        "corners.cid.yaml",
        "--over",
        f"mu=0:1:{points}",
        "--ask",
        "deceptive",
        "-o",
        "t.csv",
        "--resume",
        *more,
    ]
    command = [sys.executable, "-m", "cidmesa", "sweep", *arguments]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)


def keys_in(journal):
    lines = journal.read_bytes().rpartition(b"\n")[0].splitlines() if journal.exists() else []
    return [json.loads(line)["key"] for line in lines]


def size_of(journal):
    return journal.stat().st_size if journal.exists() else 0


def killed_and_resumed(folder, points, kills, seed, *more):
    """Kill the command at random moments while it writes, check the journal each time, and let it end."""
    (folder / "corners.cid.yaml").write_text(CORNERS)
    journal, dice, before = folder / "t.csv.journal", Random(seed), 0
    for _ in range(kills):
        size, limit = size_of(journal), monotonic() + 60
        process = started(folder, points, *more)
        while size_of(journal) <= size and monotonic() < limit:
            sleep(0.002)
        sleep(dice.random() * 0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not (folder / "t.csv").exists()
        keys = keys_in(journal)
        assert len(keys) == len(set(keys)) >= before
        before = len(keys)
    assert started(folder, points, *more).wait(120) == 0
    assert not journal.exists()
    whole = cm.sweep(folder / "corners.cid.yaml", {"mu": f"0:1:{points}"}, ask="deceptive")
    assert (folder / "t.csv").read_text() == whole.to_csv()


def test_killed_and_resumed(tmp_path):
    killed_and_resumed(tmp_path, 4_001, 2, 1)


@pytest.mark.nightly
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_and_resumed_twenty_times(tmp_path, jobs):
    killed_and_resumed(tmp_path, 40_001, 20, 2, "--jobs", jobs)
