"""The explorer: what Python answers to clicks, switches and sliders, and what a browser shows of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.explorer import subject as module
from cidmesa.explorer.subject import explored, slider

pytest.importorskip("anywidget", reason="anywidget is not installed: pip install 'cidmesa[notebook]'")


@pytest.fixture(scope="module")
def corners():
    return cm.explore(cm.load("hubinger2019/two-corners"), "deceptive")


def test_a_click_tells_about_the_node(corners):
    assert "Click a node" in corners.details
    corners.node = "Theta2"
    assert "mesa, 0: base: mu" in corners.details
    assert "D_A1 -&gt; A1 -&gt; R1 -&gt; Theta2" in corners.details
    assert re.search(r"excluded: \d+", corners.details)


def test_it_shows_in_a_repl_what_is_explored(corners):
    assert repr(corners).startswith("Explorer(Composition(mesa: 22 nodes")
    assert "\n" not in repr(corners)


def test_switches_ring_the_nodes(corners):
    plain = corners.figure
    corners.concepts = ["ici"]
    assert "instrumental control incentive" in corners.figure
    corners.concepts = []
    assert corners.figure == plain


def test_sliders_change_policy_and_certificate_exactly(corners):
    assert "is deceptively aligned" in corners.outcome
    corners.values = {"mu": "1/3"}  # a tie: not certified
    assert "may be deceptively aligned" in corners.outcome
    corners.values = {"mu": "11/30"}
    assert "is deceptively aligned" in corners.outcome
    corners.values = {}


def test_the_exact_threshold_is_told_when_asked_and_forgotten_when_moved(corners):
    corners.asked = "mu"
    assert corners.threshold == "deceptive if and only if mu &gt; 1/3"
    corners.values = {"mu": "1/2"}
    assert (corners.threshold, corners.asked) == ("", "")
    corners.values = {}


def test_positions_of_sliders_are_exact():
    found = slider(cm.parameter("mu", 0, 1, value="1/3"))
    assert found["texts"][found["place"]] == "1/3"
    assert {"0", "1/2", "1"} <= set(found["texts"])
    assert len(found["texts"]) == module.STEPS + 1
    assert explored(cm.load("hubinger2019/two-corners"), "deceptive").parameters[0].value == Fraction(1)


def test_values_that_make_no_model_are_said():
    g = cm.cid("S -> U", utilities=["U"])
    parameters = {"p": cm.parameter("p", 0, 2, value=0.1)}
    m = cm.model(g, S={0: "1 - p", 1: "p"}, U="S", parameters=parameters)
    shown = cm.explore(m)
    assert "1/10" in shown.sliders[0]["texts"]
    before = shown.figure
    shown.values = {"p": "2"}
    assert "negative" in shown.outcome
    assert shown.figure == before


def test_diagrams_and_models_can_be_explored():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    assert "without numbers" in cm.explore(g).outcome
    m = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="S == D", parameters={"p": cm.parameter("p", 0, 1, value="1/2")})
    shown = cm.explore(m)
    assert [one["name"] for one in shown.sliders] == ["p"]
    shown.asked = "p"
    assert "only a composition has a certificate" in shown.threshold
    with pytest.raises(cm.ModelError, match="explore needs a diagram"):
        cm.explore(5)


def test_without_a_kernel_the_page_stays(corners, tmp_path):
    bundle = corners._repr_mimebundle_()
    shown = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "<svg" in shown["text/html"]
    assert "precomputed(data)" in shown["text/html"]
    small = cm.explore(cm.cid("D -> U", decisions=["D"], utilities=["U"]))
    small.save(tmp_path / "small.html", "Two nodes")
    assert "<h1>Two nodes</h1>" in (tmp_path / "small.html").read_text(encoding="utf-8")


def test_evidence_moves_the_values_and_a_witness_is_told():
    shown = cm.explore(cm.load("everitt2021/grade-prediction"))
    assert shown.posteriors["R"][0][1] == "1/2"
    shown.evidence = {"HS": "1"}
    assert shown.posteriors["R"][0][1] == "1/5"
    assert shown.prior["R"][0][1] == "1/2"
    shown.evidence = {"HS": "1", "P": "0"}  # a decision is set, not observed
    assert (shown.refused, shown.posteriors["R"][0][1]) == ("", "1/5")
    shown.node = "R"
    assert 'data-witness="[&quot;R&quot;, &quot;HS&quot;' in shown.details
    assert 'data-theorem="Everitt' in shown.details
    assert set(shown.copies) == {"code", "TikZ", "YAML"}


HEAD = """<!doctype html><meta charset="utf-8"><style>STYLE</style><main id="x" style="width: 300px"></main><script>
CODE
const state = STATE, handlers = {}, el = document.getElementById("x");
const model = {
  get: (key) => state[key],
  set: (key, value) => { state[key] = value; (handlers["change:" + key] || []).forEach((run) => run()); },
  on: (event, run) => { (handlers[event] = handlers[event] || []).push(run); },
  save_changes: () => {},
};
render({ model, el });
"""
CLICKS = """
el.querySelectorAll(".cidmesa-node")[1].onclick();
const tick = el.querySelector(".cidmesa-switches input");
tick.checked = true; tick.onchange();
const range = el.querySelector("input[type=range]");
range.value = 30; range.oninput(); range.onchange();
const found = [state.node, state.concepts, state.values];
"""
KEYS = """
const heard = [];
document.addEventListener("keydown", (event) => heard.push(event.key));
const press = (at, key) => at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
press(el.querySelector("input[type=range]"), "ArrowRight");
press(el.querySelectorAll(".cidmesa-node")[1], "Enter");
press(el.querySelectorAll(".cidmesa-node")[1], "x");
const found = [heard, state.node, el.querySelector("svg").getBoundingClientRect().width <= 300];
"""


def browsed(explorer, folder, acts):
    """What a browser finds when it shows the explorer and does something."""
    chromium, home = shutil.which("chromium"), Path(module.__file__).parent
    if chromium is None:
        pytest.skip("chromium is not installed")
    names = [name for name in explorer.trait_names(sync=True) if not name.startswith("_")]
    state = {name: getattr(explorer, name) for name in names if name not in ("layout", "tabbable", "tooltip", "comm")}
    parts = {
        "STYLE": (home / "explorer.css").read_text(),
        "CODE": (home / "explorer.js").read_text().replace("export default { render };", ""),
        "STATE": json.dumps(state, default=str).replace("</", "<\\/"),
    }
    page = HEAD + acts + "document.body.dataset.found = JSON.stringify(found);</script>"
    for name, text in parts.items():
        page = page.replace(name, text, 1)
    (folder / "page.html").write_text(page)
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    wait = [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000", "--dump-dom"]
    command = [chromium, *quiet, *wait, (folder / "page.html").as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(unescape(re.search(r'data-found="([^"]*)"', run.stdout)[1]))


def test_a_browser_reports_clicks_switches_and_sliders(corners, tmp_path):
    assert browsed(corners, tmp_path, CLICKS) == [corners.names[1], ["voi"], {"mu": "1/2"}]


def test_keys_reach_the_explorer_and_not_the_notebook_around_it(corners, tmp_path):
    """And the figure fits a narrow page."""
    assert browsed(corners, tmp_path, KEYS) == [["x"], corners.names[1], True]
