"""Scenario files as tests of pytest, run as users run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.library.files import CORNERS, SMALL, with_claims

ROOT = Path(__file__).parent.parent


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "cidmesa.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    clean = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # installed or not, once
    return subprocess.run([*command, *arguments], cwd=folder, env=clean, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    claims = (
        "ask: {ici: {decision: Take, node: Wet}}, expect: true",
        "ask: {eu: {}}, expect: 0",
        "ask: {eu: {}}, expect: 0, xfail: it costs",
        "ask: {soluble: {}}, expect: true, xfail: was not",
    )
    (tmp_path / "one.cid.yaml").write_text(with_claims(SMALL, *claims) + "variants:\n  - {id: dry, set: {p: 0}}\n")
    (tmp_path / "two.cid.yaml").write_text(with_claims(CORNERS, "of: deceptive, ask: {deceptive: {}}, expect: true"))
    return tmp_path


def test_each_claim_is_a_test(folder):
    done = run(folder, "--tb=short", "-rxf")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "4 failed, 4 passed, 1 xfailed" in done.stdout
    assert "says    claim 1" in done.stdout
    assert "expect  0     got -19/30     (eu)" in done.stdout
    assert "Traceback" not in done.stdout
    assert "it costs" in done.stdout
    assert "XPASS" in done.stdout
    assert "one.cid.yaml::c1" in done.stdout


def test_names_tags_and_variants_can_be_chosen(folder):
    listed = run(folder, "--collect-only", "-k", "c0").stdout.splitlines()
    assert listed[:3] == ["one.cid.yaml::c0", "one.cid.yaml::@dry::c0", "two.cid.yaml::c0"]
    assert run(folder, "-k", "mesa").stdout.startswith(".")


def test_a_file_that_cannot_be_read_is_an_error_with_its_mistakes(tmp_path):
    (tmp_path / "bad.cid.yaml").write_text("cidmesa: 1\ntitel: x\nnodes: {}\n")
    done = run(tmp_path)
    assert done.returncode == 2
    assert "bad.cid.yaml:2:1: CID101 the file has the unknown key 'titel'" in done.stdout
    assert "Traceback" not in done.stdout


def test_other_peoples_tests_load_nothing_of_the_package(tmp_path):
    (tmp_path / "some.yaml").write_text("a: 1\n")
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    heavy = ('cidmesa', 'numpy', 'pydantic', 'sympy', 'rich', 'click')\n"
        "    loaded = {name for name in sys.modules if name.split('.')[0] in heavy}\n"
        "    assert loaded == {'cidmesa', 'cidmesa.pytest_plugin'}, loaded\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
