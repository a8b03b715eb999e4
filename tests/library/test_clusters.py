"""A real Dask cluster of three workers on this machine, whatever happens to it; and one of Ray."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

import cidmesa as cm
from cidmesa.library.sweep import running
from tests.library import errands
from tests.library.files import CORNERS, scenario

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parents[2]
OVER = {"mu": "0:1:41", "spec": "*"}
VERSION = "import cidmesa; cidmesa.__version__ = '0.0.1'"
EXTRA = "import sys; sys.modules['z3'] = None"


def started(*command, **more):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", *command], env=environment, start_new_session=True, **silent, **more)


def killed(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Cluster:
    """A scheduler and workers in processes of their own."""

    def __init__(self, folder):
        self.folder, self.file, self.processes = folder, folder / "scheduler.json", []
        command = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = started(*command, "--scheduler-file", str(self.file), cwd=folder)
        limit = monotonic() + 60
        while not self.file.exists() and monotonic() < limit:
            sleep(0.1)
        self.address = json.loads(self.file.read_text())["address"]

    def work(self, *more, preload=""):
        """Start a worker that has run some code before."""
        given = []
        if preload:
            (self.folder / "preload.py").write_text(preload)
            given = ["--preload", str(self.folder / "preload.py")]
        command = (
            "distributed.cli.dask_worker",
            "--scheduler-file",
            str(self.file),
            "--nthreads",
            "1",
            "--no-dashboard",
        )
        self.processes.append(started(*command, "--no-dashboard", *given, *more, cwd=self.folder))

    def there(self, count):
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def end(self):
        for process in (*self.processes, self.scheduler):
            killed(process)


@contextmanager
def cluster(folder, workers, *more):
    running_ = Cluster(folder)
    try:
        for _ in range(workers):
            running_.work(*more)
        if workers:
            running_.there(workers)
        yield running_
    finally:
        running_.end()


@pytest.fixture
def corners():
    return scenario(CORNERS)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(running, "_LARGEST", 3)


def swept(corners, address, **more):
    return cm.sweep(corners, OVER, ask="deceptive", backend="dask", scheduler=address, **more)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_table_is_that_of_one_process(corners, tmp_path, workers):
    with cluster(tmp_path, workers) as there:
        assert swept(corners, there.address) == cm.sweep(corners, OVER, ask="deceptive")
        report = cm.check("hubinger2019/two-corners", backend="dask", scheduler=there.address)
    alone = cm.check("hubinger2019/two-corners")
    assert [(o.id, o.status, o.got) for o in report] == [(o.id, o.status, o.got) for o in alone]


def test_a_worker_that_is_killed_loses_nothing(corners, tmp_path):
    with cluster(tmp_path, 3) as there:
        done = []

        def watch(count, _):
            if count > 20 and not done:
                done.append(count)
                killed(there.processes[0])

        table = swept(corners, there.address, watch=watch)
    assert done
    assert table == cm.sweep(corners, OVER, ask="deceptive")


@pytest.mark.parametrize(("errand", "limit"), [("deadly", "auto"), ("hungry", "700MB")])
def test_a_point_that_ends_its_worker_is_an_error_of_its_own(corners, tmp_path, monkeypatch, errand, limit):
    monkeypatch.setattr(running, "_answered", getattr(errands, errand))
    with cluster(tmp_path, 3, "--memory-limit", limit) as there:
        table = swept(corners, there.address)
    whole = cm.sweep(corners, OVER, ask="deceptive")
    assert {str(row["mu"]) for row in table if row.error} == {"1/2"}
    assert all("may have run out of memory" in row.error for row in table if row.error)
    assert [row for row in table if not row.error] == [row for row in whole if str(row["mu"]) != "1/2"]


@pytest.mark.parametrize(("preload", "said"), [(VERSION, "has cidmesa 0.0.1"), (EXTRA, r"lacks z3 \(extra: proof\)")])
def test_a_worker_that_would_answer_otherwise_is_refused(corners, tmp_path, preload, said):
    with cluster(tmp_path, 2) as there:
        there.work(preload=preload)
        there.there(3)
        with pytest.raises(cm.NotApplicable, match=said):
            swept(corners, there.address)


def test_a_scheduler_that_is_killed_is_told_and_the_sweep_resumed(corners, tmp_path):
    out = tmp_path / "t.csv"
    with cluster(tmp_path, 3) as there:

        def watch(count, _):
            if 20 < count < 100:
                killed(there.scheduler)

        with pytest.raises(cm.NotApplicable, match=r"can no longer be reached\. What was found is in .*--resume"):
            swept(corners, there.address, out=out, watch=watch)
    known = len((tmp_path / "t.csv.journal").read_text().splitlines())
    assert known > 20
    done = []
    (tmp_path / "again").mkdir()
    with cluster(tmp_path / "again", 1) as there:
        table = swept(corners, there.address, out=out, resume=True, watch=lambda n, _: done.append(n))
    assert done[0] == known
    assert table == cm.sweep(corners, OVER, ask="deceptive")


def test_a_cluster_without_workers_is_told(corners, tmp_path, monkeypatch):
    monkeypatch.setattr("cidmesa.workers.clusters._SECONDS", 2)
    with cluster(tmp_path, 0) as there, pytest.raises(cm.NotApplicable, match="has no worker"):
        swept(corners, there.address)


def test_ray_gives_the_same_table_and_outlives_its_points(corners, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    whole = cm.sweep(corners, OVER, ask="deceptive")
    try:
        assert cm.sweep(corners, OVER, ask="deceptive", backend="ray") == whole
        monkeypatch.setattr(running, "_answered", errands.deadly)
        table = cm.sweep(corners, OVER, ask="deceptive", backend="ray")
    finally:
        ray.shutdown()
    assert {str(row["mu"]) for row in table if row.error} == {"1/2"}
