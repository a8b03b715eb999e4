"""Every notebook runs from the top, with its assertions, and shows what it is committed with; two are looked at."""

import asyncio
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from docs.notebooks import executed, shown, stripped

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
SHOWN = ("01_first_diagram", "05_deceptive_alignment")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
@pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq")
def test_notebook_runs(path, tmp_path):
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    if "pycid" in path.stem:
        for package in ("pgmpy", "pycid"):
            if find_spec(package) is None:
                pytest.skip(f"{package} is not installed")
    notebook = executed(path)
    assert any("assert " in cell.source for cell in notebook.cells if cell.cell_type == "code")
    outputs = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    assert str(path.parent.parent) not in outputs, "a path of this machine is shown"
    found, kept = (
        [text for text in shown(one) if not text.startswith("compiled to ")]  # which needs pdflatex
        for one in (notebook, nbformat.read(path, as_version=4))
    )
    assert found == kept, f"run python -m docs.notebooks {path.stem[:2]}"
    if path.stem in SHOWN:
        look_at(notebook, tmp_path)


def look_at(notebook, folder):
    """Export the executed notebook to HTML and take a picture of it in a browser, where there is one."""
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (folder / "page.html").write_text(html, encoding="utf-8")
    assert "<svg" in html or "image/svg+xml" in html
    chromium = shutil.which("chromium")
    if chromium is None:
        return
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
               f"--user-data-dir={folder / 'profile'}", "--window-size=1100,1600", "--virtual-time-budget=3000",
               f"--screenshot={folder / 'page.png'}"]  # fmt: skip
    subprocess.run([chromium, *options, (folder / "page.html").as_uri()], capture_output=True, timeout=120, check=True)
    assert (folder / "page.png").stat().st_size > 30_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_with_outputs_and_nothing_that_differs_from_run_to_run(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert shown(notebook)
    before = nbformat.writes(notebook)
    assert nbformat.writes(stripped(notebook)) == before
    assert len(before) < 900_000


def test_there_are_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{k:02d}" for k in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 12
