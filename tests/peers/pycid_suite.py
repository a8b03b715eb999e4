"""PyCID's own tests and tutorials, run against `cidmesa.compat.pycid`: only the imports are changed, in a copy.

    python -m tests.peers.pycid_suite PATH [--notebooks]

PATH is a checkout of https://github.com/causalincentives/pycid at 0.8.2; nothing of it is kept here.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["main", "rewritten", "run_notebooks", "run_tests"]

COMPAT = "cidmesa.compat.pycid"
ROOT = Path(__file__).resolve().parents[2]
NEEDED = 190  # of the 203 tests that are not notebooks


def rewritten(source: str) -> str:
    """Return Python source that imports `cidmesa.compat.pycid` where it imported ``pycid``."""
    source = re.sub(r"^(\s*)from pycid(?=[.\s])", rf"\1from {COMPAT}", source, flags=re.MULTILINE)
    return re.sub(r"^(\s*)import pycid\s*$", rf"\1import {COMPAT} as pycid", source, flags=re.MULTILINE)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}


def run_tests(checkout: Path, folder: Path) -> int:
    """Run the tests in a copy; print pytest's report and return how many pass."""
    shutil.copytree(checkout / "tests", folder / "tests")
    for file in (folder / "tests").glob("*.py"):
        file.write_text(rewritten(file.read_text(encoding="utf-8")), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--ignore=tests/test_notebooks.py",
        "tests",
    ]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout + done.stderr)
    found = re.search(r"(\d+) passed", done.stdout)
    return int(found[1]) if found else 0


def run_notebooks(checkout: Path) -> dict[str, str]:
    """Run the tutorials; return the name of each with its first error, empty where there is none."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    os.environ.update(_environment())
    outcomes = {}
    for file in sorted((checkout / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            cell.source = rewritten(cell.source) if cell.cell_type == "code" else cell.source
        try:
            NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
            outcomes[file.name] = ""
        except CellExecutionError as error:
            outcomes[file.name] = str(error).strip().splitlines()[-1]
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; the exit code is 0 where enough passes."""
    parser = argparse.ArgumentParser(description="PyCID's own tests against cidmesa.compat.pycid")
    parser.add_argument("path", type=Path, help="a checkout of PyCID 0.8.2")
    parser.add_argument("--notebooks", action="store_true", help="run its tutorials as well")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        passed = run_tests(asked.path, Path(folder))
    sys.stdout.write(f"{passed} tests pass, {NEEDED} are needed\n")
    tutorials = run_notebooks(asked.path) if asked.notebooks else {}
    for name, error in tutorials.items():
        sys.stdout.write(f"{name}: {error or 'runs'}\n")
    return int(passed < NEEDED or any(tutorials.values()))


if __name__ == "__main__":
    raise SystemExit(main())
