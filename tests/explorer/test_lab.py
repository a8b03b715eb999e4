"""The widget in JupyterLab and in exports, with real keys and clicks: the notebook takes none of them for its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.browser import CHROMIUM, browser

pytestmark = [pytest.mark.nightly, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
CELLS = (
    "import cidmesa as cm\ncm.load('everitt2021/grade-prediction').model",
    "cm.explore(cm.load('everitt2021/grade-prediction'))",
    "cm.explore(cm.load('greenblatt2024/alignment-faking'), 'visible')",
)
HELPERS = """
window.widget = (i) => document.querySelectorAll('.cidmesa-explorer[data-page]:not([data-page=""])')[i];
window.node = (i, name) => widget(i).querySelector(`g.cidmesa-node[aria-label="${name}"]`);
window.said = (i, name) => widget(i).querySelector(`.cidmesa-${name}`).textContent;
window.cells = () => document.querySelectorAll('.jp-Cell').length;
window.visible = (query) => [...document.querySelectorAll(query)].filter((one) => one.checkVisibility()).length;
"""
READY = "window.jupyterapp && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"

RUN = """if (document.querySelector('.jp-InputPrompt').textContent.includes('[ ]'))
  void jupyterapp.commands.execute('notebook:run-all-cells')"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    file = tmp_path_factory.mktemp("lab") / "look.ipynb"
    cells = [nbformat.v4.new_code_cell(cell, id=f"cell{i}") for i, cell in enumerate(CELLS)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), file)
    return file


@pytest.fixture(scope="module")
def lab(notebook, tmp_path_factory):
    """A tab with the notebook in JupyterLab, all its cells run."""
    pytest.importorskip("jupyterlab")
    if CHROMIUM is None:
        pytest.skip("no browser of the Chromium family is installed")
    home = {f"JUPYTER_{name}_DIR": str(tmp_path_factory.mktemp(name)) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = ["--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=x"]
    options += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={notebook.parent}"]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (
        subprocess.Popen(command, env=os.environ | home, stderr=subprocess.DEVNULL) as server,
        browser(tmp_path_factory.mktemp("profile")) as tab,  # of its own: a notebook that is not saved is not left
    ):
        try:
            tab.look(1280, 800)
            tab.open(f"{_address(Path(home['JUPYTER_RUNTIME_DIR']))}lab/tree/look.ipynb?token=x&reset")
            tab.wait(f"document.querySelectorAll('.jp-Cell').length >= 3 && {READY}", 90)
            tab.run(HELPERS)
            tab.wait(f"{RUN}; !!widget(1)", 90)
            yield tab
        finally:
            server.terminate()


def _address(folder):
    """Return where the server listens."""
    for _ in range(600):
        for file in (one for one in folder.glob("jpserver*.json") if one.stat().st_size):
            return json.loads(file.read_text())["url"]
        time.sleep(0.1)
    raise RuntimeError("JupyterLab does not start")


def test_keys_are_the_explorers_alone(lab):
    count = lab.run("cells()")
    lab.click("node(0, 'R').querySelector('text')")
    lab.press("ArrowDown", "ArrowRight")
    assert lab.run("document.activeElement.getAttribute('aria-label')") == "HS"
    lab.press("Enter")
    lab.wait("widget(0).querySelector('.cidmesa-details h4')?.textContent === 'HS'")
    lab.press("x", "d", "d", "b", "a")
    assert lab.run("cells()") == count
    assert lab.run("document.activeElement.getAttribute('aria-label')") == "HS"


def test_evidence_and_witness_by_click(lab):
    lab.click("node(0, 'HS').querySelectorAll('.cidmesa-row')[1]")
    lab.wait("said(0, 'evidence').startsWith('HS = 1')")
    lab.wait("node(0, 'R').textContent.includes('4/5')")
    lab.click("node(0, 'R').querySelector('text')")
    lab.wait("widget(0).querySelector('.cidmesa-details h4')?.textContent === 'R'")
    lab.click("widget(0).querySelector('.cidmesa-admits')")
    lab.wait("widget(0).querySelectorAll('.cidmesa-node.cidmesa-lit').length > 1")
    lab.press("Escape")
    lab.wait("said(0, 'evidence') === '' && !widget(0).querySelector('.cidmesa-lit')")


def test_a_slider_is_live_and_leads_to_a_certificate(lab):
    before = lab.run("said(1, 'outcome')")
    lab.click("widget(1).querySelector('input[type=range]')")
    lab.press("Home")
    lab.wait("widget(1).getAttribute('aria-busy') === 'false' && said(1, 'outcome').includes('not deceptively')")
    assert lab.run("said(1, 'outcome')") != before
    assert lab.run("document.activeElement === widget(1).querySelector('input[type=range]')")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_nothing_is_cut_and_no_page_stands_beside_a_live_view(lab, theme):
    lab.run(f"void jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})")
    lab.wait(f"document.body.dataset.jpThemeName === 'JupyterLab {theme}'")
    lab.wait("visible('.cidmesa-static') === 0")
    wide = """[0, 1].flatMap((i) => [widget(i), ...widget(i).querySelectorAll('.cidmesa-body > *')])
      .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.tagName + one.textContent)"""
    assert lab.run(wide) == []
    assert lab.errors == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_export_shows_the_page(notebook, tab, scripts):
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    file = notebook.with_suffix(".html")
    if not file.exists():
        made = nbformat.read(notebook, as_version=4)
        NotebookClient(made, timeout=100).execute()
        file.write_text(HTMLExporter().from_notebook_node(made)[0], encoding="utf-8")
    tab.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
    tab.ask("Page.navigate", url=file.as_uri())
    tab.wait("document.readyState === 'complete' && document.querySelectorAll('.cidmesa-static').length === 2")
    tab.run(HELPERS)
    assert tab.run("visible('.cidmesa-static svg')") == 2
    assert tab.run("document.body.textContent.includes('mesa is deceptively aligned')")
    assert tab.run("visible('.cidmesa-switches')") == (2 if scripts else 0)
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
