"""The explorer: what Python answers to clicks, switches and sliders, and what a browser shows of it."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.explorer import content as module
from cidmesa.explorer.content import explored, slider

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


PAGE = """<!doctype html><meta charset="utf-8"><title>x</title><style>STYLE</style><main id="x"></main><script>
CODE
const state = STATE, handlers = {}, el = document.getElementById("x"), asked = [];
const model = {
  get: (key) => state[key],
  set: (key, value) => { state[key] = value; (handlers["change:" + key] || []).forEach((run) => run()); },
  on: (event, run) => { (handlers[event] = handlers[event] || []).push(run); },
  save_changes: () => { asked.push({ ...state }); },
};
render({ model, el });
</script>"""


@pytest.fixture
def shown(corners, tab, tmp_path):
    """A tab that shows the widget in a narrow place, with nobody who answers."""
    home = Path(module.__file__).parent
    names = [name for name in corners.trait_names(sync=True) if not name.startswith("_")]
    state = {name: getattr(corners, name) for name in names if name not in ("layout", "tabbable", "tooltip", "comm")}
    parts = {
        "STYLE": (home / "explorer.css").read_text() + "#x { width: 300px }",
        "CODE": (home / "explorer.js").read_text().replace("export default { render };", ""),
        "STATE": json.dumps(state, default=str).replace("</", "<\\/"),
    }
    page = PAGE
    for name, text in parts.items():
        page = page.replace(name, text, 1)
    (tmp_path / "page.html").write_text(page)
    tab.look(1280, 800)
    tab.open((tmp_path / "page.html").as_uri())
    return tab


def test_a_browser_reports_clicks_switches_and_sliders_and_is_busy_until_all_is_answered(corners, shown):
    shown.click("el.querySelectorAll('.cidmesa-node')[1].querySelector('text')")
    shown.click("el.querySelector('.cidmesa-switches input')")
    shown.click("el.querySelector('input[type=range]')")
    shown.press("End", "ArrowLeft", "Home")
    assert shown.run("[state.node, state.concepts, state.values]") == [corners.names[1], ["voi"], {"mu": "0"}]
    moves = shown.run("asked.map((one) => one.values.mu).filter(Boolean)")
    assert moves[-3:] == ["1", "59/60", "0"]
    assert shown.run("[state.turn, el.getAttribute('aria-busy')]") == [len(moves) + 2, "true"]
    shown.wait("getComputedStyle(el.querySelector('.cidmesa-busy')).visibility === 'visible'")
    shown.run("model.set('answered', state.turn)")
    assert shown.run("getComputedStyle(el.querySelector('.cidmesa-busy')).visibility") == "hidden"
    assert shown.run("el.querySelector('svg').getBoundingClientRect().width") <= 300


def test_what_python_has_answered_is_counted_also_if_it_fails(corners):
    corners.set_state({"values": {"mu": "1/2"}, "turn": 7})
    assert (corners.answered, "is deceptively aligned" in corners.outcome) == (7, True)
    with pytest.raises(cm.NotApplicable, match="none such"):
        corners.set_state({"concepts": ["none such"], "turn": 8})
    assert corners.answered == 8
    corners.set_state({"values": {}, "concepts": [], "turn": 9})
