"""Errors of the system: full disks, special and read-only files, processes that are interrupted or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa import formats
from cidmesa.interop import read_xmlbif
from cidmesa.library.sweep.answering import Found, Journal

POSIX = pytest.mark.skipif(os.name != "posix", reason="no such files here")
FULL = Path("/dev/full")
RUN = [sys.executable, "-m", "cidmesa"]


def cidmesa(*arguments, **how):
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, check=False, **how)


@POSIX
@pytest.mark.parametrize("command", [["list"], ["check", "leike2017/interruption", "--no-cache"]])
def test_output_for_which_there_is_no_room_is_an_error_in_a_line(command):
    with FULL.open("w") as nowhere:
        done = subprocess.run([*RUN, *command], stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "the output cannot be written: No space left on device"
    assert "Traceback" not in done.stderr


@POSIX
def test_special_files_are_written_to_and_stay_what_they_are(tmp_path):
    with pytest.raises(cm.FileError, match=r"/dev/full: cannot be written: No space left on device\."):
        formats.write(FULL, b"x" * 10_000)
    assert FULL.is_char_device()
    formats.write("/dev/null", b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    formats.write(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


@POSIX
def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    file = tmp_path / "kept"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(cm.FileError, match=r"kept: cannot be written: it is read-only\."):
        formats.write(file, b"new")
    assert file.read_bytes() == b"old"


@POSIX
def test_what_has_no_end_is_not_read_to_its_end():
    with pytest.raises(cm.FormatError, match="larger than 64 MiB"):
        read_xmlbif("/dev/zero")
    with pytest.raises(cm.ScenarioError):
        cm.load("/dev/zero")


@pytest.mark.parametrize("encoding", ["idna", "base64", "undefined", "punycode", "nothing-like-it", "utf-7"])
def test_strange_encodings_are_one_error(tmp_path, encoding):
    file = tmp_path / "x.bifxml"
    file.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><a>\xff</a>'.encode("latin-1"))
    with pytest.warns(UserWarning, match="not UTF-8"), pytest.raises(cm.FormatError):
        read_xmlbif(file)


def test_defaults_of_attributes_do_not_multiply(tmp_path):
    import tracemalloc

    file = tmp_path / "x.bifxml"
    many = "<a/>" * 8_000
    file.write_text(f'<!DOCTYPE BIF [<!ATTLIST a b CDATA "{"x" * 100_000}">]><BIF>{many}</BIF>')
    tracemalloc.start()
    with pytest.raises(cm.FormatError):
        read_xmlbif(file)
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20  # 8,000 x 100 KB would be 800 MB
    tracemalloc.stop()


# --- journals ---------------------------------------------------------------------------------------------------------


@POSIX
def test_a_journal_on_a_full_disk_is_an_error_that_keeps_what_is_there(tmp_path):
    (tmp_path / "x.csv.journal").symlink_to(FULL)
    journal = Journal(tmp_path / "x.csv.journal")
    with pytest.raises(cm.FileError, match="journal: cannot be written: No space left on device"):
        journal.add({"key": Found({})})


SWEEP = [
    "sweep",
    "hubinger2019/two-corners",
    "--over",
    "mu=0:1:301",
    "--over",
    "spec=deceptive,unaware",
    "--ask",
    "eu in=truth",
]


@POSIX
@pytest.mark.nightly
def test_twenty_kills_lose_no_point_and_change_no_answer(tmp_path):
    whole = cidmesa(*SWEEP, "-o", "whole.csv", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    for place in range(20):
        run = subprocess.Popen([*RUN, *SWEEP, "-o", "killed.csv", "--resume"], cwd=tmp_path, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(0.6 + 0.13 * place)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    last = cidmesa(*SWEEP, "-o", "killed.csv", "--resume", cwd=tmp_path)
    assert last.returncode == 0, last.stderr
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not (tmp_path / "killed.csv.journal").exists()


def at_once(arguments, **how):
    """Return the exit codes of two processes that do the same at the same time."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    runs = [subprocess.Popen([*RUN, *arguments], **quiet, **how) for _ in "ab"]
    return [run.wait() for run in runs]


@POSIX
@pytest.mark.nightly
def test_two_processes_on_one_journal_and_one_cache(tmp_path):
    home = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    assert at_once([*SWEEP, "-o", "both.csv", "--resume"], cwd=tmp_path) == [0, 0]
    alone = cidmesa(*SWEEP, "-o", "alone.csv", cwd=tmp_path)
    assert alone.returncode == 0
    assert (tmp_path / "both.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert at_once(["check", "hubinger2019/two-corners"], env=home) == [0, 0]
    again = cidmesa("check", "hubinger2019/two-corners", env=home)
    assert again.stdout.splitlines()[-1].endswith("0 failed, 0 skipped")


@POSIX
@pytest.mark.parametrize("wait", [1.5, 4])  # while processes start, and later
@pytest.mark.parametrize("how", [[], ["--jobs", "2"], ["--timeout", "60"]])
def test_an_interrupt_ends_with_130_and_no_traceback(how, wait):
    run = subprocess.Popen([*RUN, "check", "--no-cache", *how], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, start_new_session=True)  # fmt: skip
    time.sleep(wait)
    os.killpg(run.pid, signal.SIGINT)
    out, said = run.communicate(timeout=60)
    assert run.returncode in (130, -signal.SIGINT), said  # Python ends by the signal itself where it was reading code
    assert "Traceback" not in out + said


@POSIX
@pytest.mark.parametrize("way", [["-m", "cidmesa"], ["-c", "from cidmesa.cli.main import main; main()"]])
def test_worker_processes_end_with_a_command_that_is_killed(way):
    command = [sys.executable, *way, "check", "--no-cache", "--jobs", "2"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    time.sleep(4)
    run.kill()
    run.communicate(timeout=60)  # ends when nobody is left who could write


@POSIX
def test_processes_start_where_the_folder_of_sockets_cannot_be_used(tmp_path):
    folder = tmp_path / ("f" * 150)  # longer than the name of a socket may be
    folder.mkdir()
    done = cidmesa("check", "models/leike2017", "--no-cache", "--jobs", "2", env=os.environ | {"TMPDIR": str(folder)})
    assert done.stdout.splitlines()[-1].endswith("0 failed, 0 skipped"), done.stderr
