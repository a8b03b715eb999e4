"""PyCID's own tests and tutorials, run unchanged on the installed PyCID that `import_pycid` has helped.

    python -m tests.peers.pycid_suite PATH [--notebooks]

PATH is a checkout of https://github.com/causalincentives/pycid at 0.8.2; nothing of it is kept here.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["EXCEPTED", "main", "run_notebooks", "run_tests"]

FIRST = "import cidmesa\ncidmesa.interop.import_pycid()\n"
EXCEPTED = {"test_macid_to_efg"}  # looks at pygambit's own game object


def run_tests(checkout: Path) -> tuple[int, set[str]]:
    """Return how many tests pass and which fail, in a copy whose conftest.py helps PyCID first."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(checkout / "tests", Path(folder) / "tests")
        (copy / "conftest.py").write_text(FIRST, encoding="utf-8")
        options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--ignore=tests/test_notebooks.py", "tests"]
        command = [sys.executable, "-m", "pytest", *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    passed = re.search(r"(\d+) passed", done.stdout)
    return int(passed[1]) if passed else 0, set(re.findall(r"^(?:FAILED|ERROR) .*?(\w+)(?: - .*)?$", done.stdout, re.M))


def run_notebooks(checkout: Path) -> dict[str, str]:
    """Return the name of each tutorial with its first error, empty where it runs, after one cell that helps PyCID."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    outcomes = {}
    for file in sorted((checkout / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST))
        try:
            NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
            outcomes[file.name] = ""
        except CellExecutionError as error:
            outcomes[file.name] = str(error).strip().splitlines()[-1]
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; the exit code is 0 where all but the excepted tests pass."""
    parser = argparse.ArgumentParser(description="PyCID's own tests on the PyCID that import_pycid has helped")
    parser.add_argument("path", type=Path, help="a checkout of PyCID 0.8.2")
    parser.add_argument("--notebooks", action="store_true", help="run its tutorials as well")
    asked = parser.parse_args(arguments)
    passed, failed = run_tests(asked.path)
    sys.stdout.write(f"{passed} tests pass, {len(failed)} fail: {', '.join(sorted(failed)) or 'none'}\n")
    tutorials = run_notebooks(asked.path) if asked.notebooks else {}
    for name, error in tutorials.items():
        sys.stdout.write(f"{name}: {error or 'runs'}\n")
    return int(not passed or not failed <= EXCEPTED or any(tutorials.values()))


if __name__ == "__main__":
    raise SystemExit(main())
