"""PyCID's own tests run unchanged: the script counts, and the whole suite is run where its source is."""

import os
from pathlib import Path

import pytest

from tests.peers.pycid_suite import EXCEPTED, main, run_notebooks, run_tests

CHECK = """import pycid
from pycid import CID
from pycid.examples.simple_cids import get_minimal_cid


def test_one():
    assert isinstance(get_minimal_cid(), CID)
    assert pycid.admits_voc_list(get_minimal_cid()) == ["B"]


def test_other():
    assert CID is None
"""


def test_passes_are_counted(pycid, tmp_path, capsys):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(CHECK)
    assert main([str(tmp_path)]) == 1
    assert "1 tests pass, 1 fail: test_other" in capsys.readouterr().out


@pytest.mark.nightly
def test_the_suite_of_pycid(pycid):
    """PYCID_SOURCE is a checkout of PyCID 0.8.2."""
    if "PYCID_SOURCE" not in os.environ:
        pytest.skip("PYCID_SOURCE names no checkout of PyCID")
    source = Path(os.environ["PYCID_SOURCE"])
    passed, failed = run_tests(source)
    assert failed <= EXCEPTED
    assert passed >= 202
    tutorials = run_notebooks(source)
    assert len(tutorials) == 6
    assert not any(tutorials.values()), tutorials
