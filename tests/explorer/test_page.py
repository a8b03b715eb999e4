"""The explorer as one page: whole without kernel and network, and what a browser makes of clicks and keys on it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

import cidmesa as cm
from cidmesa.explorer.content import admitted, copies, figure, values
from cidmesa.explorer.page import fragment, page
from cidmesa.explorer.subject import explored
from cidmesa.library.file.loader import loads
from cidmesa.render.drawable import subject_of
from cidmesa.render.posteriors import bars_of

GRADES = cm.load("everitt2021/grade-prediction")
CORNERS = cm.load("hubinger2019/two-corners")


@pytest.fixture(scope="module")
def grades():
    return page(explored(GRADES))


@pytest.fixture(scope="module")
def faking():
    return page(explored(cm.load("greenblatt2024/alignment-faking"), "visible"))


def data_of(text):
    return json.loads(re.search(r"const data = (\{.*\}); el\.replaceChildren", text)[1].replace("<\\/", "</"))


HELPERS = """
const of = (query) => [...document.querySelectorAll(query)];
const press = (at, key) => at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const node = (name) => of("g.cidmesa-node").find((group) => group.getAttribute("aria-label") === name);
const shown = (name) => [...node(name).querySelectorAll("text")].map((text) => text.textContent);
const click = (at) => at.dispatchEvent(new Event("click", { bubbles: true }));
const row = (name, i) => click(node(name).querySelectorAll(".cidmesa-row")[i]);
"""


def acted(text, folder, script):
    """What a browser finds after a script has acted on the page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    run = f"<script>{HELPERS}{script}\ndocument.body.dataset.found = JSON.stringify(found);</script></body>"
    (folder / "page.html").write_text(text.replace("</body>", run), encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    wait = [
        f"--user-data-dir={folder / 'profile'}",
        "--window-size=1280,800",
        "--virtual-time-budget=2000",
        "--dump-dom",
    ]
    command = [chromium, *quiet, *wait, (folder / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(unescape(re.search(r'<body[^>]* data-found="([^"]*)"', done.stdout)[1]))


def test_the_page_asks_nothing_of_the_network_and_shows_its_figure_without_scripts(grades):
    assert not re.search(r"""(?:src|href)=["']""", grades)
    assert "://" not in grades.replace("http://www.w3.org/2000/svg", "")
    still = grades.split("<script>")[0]
    assert "<svg" in still
    assert "backward induction" in still
    assert "<title>Grade prediction" in grades


def test_keys_choose_nodes_and_let_go_of_evidence(grades, tmp_path):
    keys = """
    const heard = [];
    document.addEventListener("keydown", (event) => heard.push(event.key));
    node("R").focus();
    press(document.activeElement, "ArrowRight");
    press(document.activeElement, "ArrowRight");
    const there = document.activeElement.getAttribute("aria-label");
    press(document.activeElement, "Enter");
    const about = of(".cidmesa-details h4")[0].textContent;
    const state = of(".cidmesa-details .cidmesa-state")[1];
    state.focus(); state.click(); // what Enter and Space do to a button
    const focused = document.activeElement.textContent;
    const told = of(".cidmesa-evidence")[0].textContent;
    press(node("R"), "Escape");
    const found = [there, about, told, focused, of(".cidmesa-evidence")[0].textContent, heard];
    """
    order = list(GRADES.cid.nodes)
    there, about, told, focused, after, heard = acted(grades, tmp_path, keys)
    assert there == about == order[(order.index("R") + 2) % len(order)]
    assert told.startswith(f"{there} = 1")
    assert focused.startswith("1")
    assert after == ""
    assert heard == []  # a notebook around it hears nothing


def test_evidence_by_click_on_a_state(grades, tmp_path):
    clicks = """
    const before = shown("R");
    row("HS", 1);
    const known = [shown("R"), shown("HS"), shown("Ac"), node("HS").querySelector("rect").getAttribute("fill")];
    row("R", 0);
    const two = [shown("E"), of(".cidmesa-evidence")[0].textContent];
    row("HS", 1); row("R", 0);
    const found = [before, known, two, shown("R")];
    """
    before, known, two, after = acted(grades, tmp_path, clicks)
    assert before == after
    policy = cm.solve(GRADES.model).policy
    for given, seen in (({"HS": "1"}, known[:3]), ({"HS": "1", "R": "0"}, two[:1])):
        rows = values(GRADES.model, given)
        for name, texts in zip(("R", "HS", "Ac") if len(seen) == 3 else ("E",), seen, strict=True):
            assert texts[1:] == [word for one in rows[name] for word in one[:2]]
    assert known[3] == "#DDDDDD"
    assert two[1].startswith("HS = 1, R = 0")
    assert str(cm.query(GRADES.model, "R", given={"HS": 1}, policy=policy)[0]) == known[0][2]


def test_a_witness_path_lit_by_click_on_a_verdict(grades, tmp_path):
    clicks = """
    click(node("R"));
    const button = of(".cidmesa-admits").find((one) => one.dataset.concept === "ri");
    button.click();
    const lit = of(".cidmesa-node.cidmesa-lit").map((one) => one.getAttribute("aria-label"));
    const links = of("g.cidmesa-lit:not(.cidmesa-node) title").map((one) => one.textContent);
    const colour = getComputedStyle(of("g.cidmesa-lit:not(.cidmesa-node) path")[0]).stroke;
    const told = of(".cidmesa-told")[0].textContent;
    click(node("Gr"));
    of(".cidmesa-admits").find((one) => one.dataset.concept === "voi").click(); // its witness ends in a utility
    const utility = node("Ac").classList.contains("cidmesa-lit");
    const fill = getComputedStyle(node("Ac").querySelector("polygon")).fill;
    const found = [lit, links, colour, told, button.dataset.theorem, utility, fill];
    """
    lit, links, colour, told, theorem, utility, fill = acted(grades, tmp_path, clicks)
    assert (utility, fill) == (True, "rgb(255, 243, 176)")  # lit by its border, with its own fill
    verdict = cm.admits_ri(GRADES.cid, "P", "R")
    assert sorted(lit) == sorted(verdict.witness)
    assert len(links) == len(verdict.witness) - 1
    assert colour == "rgb(204, 51, 17)"
    assert "response incentive" in told
    assert verdict.theorem == theorem
    assert theorem in told


SCROLLS = "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
INSIDE = """
const inside = (box) => box.left >= 0 && box.top >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
const nodes = of("g.cidmesa-node").map((one) => inside(one.getBoundingClientRect()));
"""


def test_it_fits_a_laptop(grades, faking, tmp_path):
    script = f"""{INSIDE}
    const side = inside(of(".cidmesa-side")[0].getBoundingClientRect());
    const found = [{SCROLLS}, nodes.every(Boolean), side, innerHeight <= 800];
    """
    for text in (grades, faking):
        assert acted(text, tmp_path, script) == [False, True, True, True]


def test_sliders_rings_and_thresholds(faking, tmp_path):
    acts = """
    const range = of("input[type=range]")[0], name = of(".cidmesa-slider label")[0].textContent.trim();
    const before = of(".cidmesa-outcome")[0].textContent;
    range.value = 0; range.oninput(); range.onchange();
    const after = of(".cidmesa-outcome")[0].textContent;
    of(".cidmesa-slider button")[0].click();
    const threshold = of(".cidmesa-threshold")[0].textContent;
    const other = of("input[type=range]")[1];
    other.value = 0; other.oninput(); other.onchange();
    const place = range.value;
    const tick = of(".cidmesa-switches input")[0];
    tick.checked = true; tick.onchange();
    const words = of(".cidmesa-switches label")[0].textContent.trim();
    const ringed = of(".cidmesa-figure svg")[0].outerHTML.includes(words);
    const found = [name, before === after, threshold, place, words, ringed];
    """
    name, same, threshold, place, _, ringed = acted(faking, tmp_path, acts)
    assert name == "mu"
    assert not same
    assert threshold == "deceptive if and only if mu > 1/5"
    slider = data_of(faking)["state"]["sliders"][0]
    assert int(place) == slider["place"]  # one parameter is moved at a time
    assert ringed


def test_what_is_worked_out_is_what_python_answers(faking):
    data = data_of(faking)
    subject = explored(cm.load("greenblatt2024/alignment-faking"), "visible")
    for key in list(data["at"])[::6]:
        moved = dict(pair.split("=") for pair in key.split(";") if pair)
        shown = subject.at(moved)
        assert data["at"][key]["posteriors"][""] == json.loads(json.dumps(values(shown, {})))
        assert ("is deceptively" in data["outcomes"][data["at"][key]["outcome"]]) == bool(cm.certify_deception(shown))
    assert set(data["kinds"]) == set(admitted(subject.at({})))


def test_what_is_copied_makes_the_same():
    made = copies(GRADES.model)
    found = {}
    exec(made["code"], found)  # noqa: S102 (our own text)
    assert found["graph"].edges == GRADES.cid.edges
    assert found["graph"].specs == GRADES.cid.specs
    assert made["TikZ"] == cm.tikz(GRADES.model)
    assert cm.query(loads(made["YAML"]).model, "Gr") == cm.query(GRADES.model, "Gr")


def test_large_figures_have_no_values_and_evidence_that_cannot_be_is_refused():
    assert 'height="8"' not in figure(CORNERS.of("deceptive"))
    sure = GRADES.model.with_mechanism(R={0: 1, 1: 0})
    assert values(sure, {"R": "1"}) is None
    assert values(GRADES.cid, {}) == {}
    whole = bars_of(subject_of(GRADES.model), {"show": "posteriors", "evidence": {"R": 1}}, whole=True)
    assert [bar.value for bar in whole["R"]] == ["0", "1"]


def test_the_part_for_notebooks_is_quick_and_small():
    text = fragment(explored(CORNERS, "deceptive"))
    assert len(text) < 500_000
    assert data_of(text)["state"]["sliders"] == []
