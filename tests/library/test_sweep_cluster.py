"""A sweep on a cluster of Dask gives the table of one process."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from tests.library.files import CORNERS, scenario

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=40
    ) as running:
        running.wait_for_workers(2)
        yield running


def test_a_dask_cluster_of_two_workers_gives_the_same_table(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corners.cid.yaml").write_text(CORNERS)
    common = ["sweep", "corners.cid.yaml", "--over", "mu=0:1:41", "--over", "spec=*", "--ask", "optimal"]
    spread = [*common, "--backend", "dask", "--scheduler", cluster.scheduler_address, "-o", "spread.csv"]
    for arguments in ([*common, "-o", "alone.csv"], spread):
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert (tmp_path / "spread.csv").read_text() == (tmp_path / "alone.csv").read_text()
    assert not (tmp_path / "spread.csv.journal").exists()
    with distributed.Client(cluster) as client:
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert len(done) == 2
    assert all(done.values()), "a worker stood by"


def test_a_cluster_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(distributed, "Client", Mock(side_effect=OSError("Timed out")))
    with pytest.raises(cm.NotApplicable, match="no Dask cluster can be used at tcp://nowhere:1: Timed out"):
        cm.sweep(scenario(CORNERS), {"mu": 1}, ask="optimal", backend="dask", scheduler="tcp://nowhere:1")
