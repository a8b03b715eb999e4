"""The script that runs PyCID's own tests: only imports are changed, passes are counted."""

from tests.peers.pycid_suite import main, rewritten, run_tests

CHECK = """import pycid
from pycid import CID
from pycid.examples.simple_cids import get_minimal_cid


def test_one():
    assert isinstance(get_minimal_cid(), CID)
    assert pycid.admits_voc_list(get_minimal_cid()) == ["B"]


def test_other():
    assert CID is None
"""


def test_only_imports_are_changed():
    source = "import pycid\ntry:\n    import pycid\nfrom pycid.core import cpd\nimport pycids\nx = 'from pycid'\n"
    assert rewritten(source).splitlines() == [
        "import cidmesa.compat.pycid as pycid", "try:", "    import cidmesa.compat.pycid as pycid",
        "from cidmesa.compat.pycid.core import cpd", "import pycids", "x = 'from pycid'",
    ]  # fmt: skip


def test_passes_are_counted(tmp_path, capsys):
    (tmp_path / "checkout" / "tests").mkdir(parents=True)
    (tmp_path / "checkout" / "tests" / "test_it.py").write_text(CHECK)
    (tmp_path / "copy").mkdir()
    assert run_tests(tmp_path / "checkout", tmp_path / "copy") == 1
    assert (tmp_path / "checkout" / "tests" / "test_it.py").read_text() == CHECK
    assert main([str(tmp_path / "checkout")]) == 1
    assert "1 tests pass, 190 are needed" in capsys.readouterr().out
