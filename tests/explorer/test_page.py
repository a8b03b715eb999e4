"""The explorer as one page: whole without kernel and network, and what a browser makes of clicks and keys on it."""

from __future__ import annotations

import json
import re

import pytest

import cidmesa as cm
from cidmesa.explorer.content import admitted, copies, explored, figure, values
from cidmesa.explorer.page import fragment, page
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
window.of = (query) => [...document.querySelectorAll(query)];
window.node = (name) => of("g.cidmesa-node").find((group) => group.getAttribute("aria-label") === name);
window.shown = (name) => [...node(name).querySelectorAll("text")].map((text) => text.textContent);
window.said = (name) => of(`.cidmesa-${name}`)[0].textContent;
window.focused = () => document.activeElement.getAttribute("aria-label") || document.activeElement.textContent;
window.heard = [];
document.addEventListener("keydown", (event) => heard.push(event.key));
"""


def opened(tab, text, folder):
    """The tab after it has opened a page on a laptop."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    tab.look(1280, 800)
    tab.open((folder / "page.html").as_uri())
    tab.run(HELPERS)
    return tab


def test_the_page_asks_nothing_of_the_network_and_shows_its_figure_without_scripts(grades):
    assert not re.search(r"""(?:src|href)=["']""", grades)
    assert "://" not in grades.replace("http://www.w3.org/2000/svg", "")
    still = grades.split("<script>")[0]
    assert "<svg" in still
    assert "backward induction" in still
    assert "<title>Grade prediction" in grades


def test_keys_choose_nodes_set_evidence_and_let_go_of_it(grades, tab, tmp_path):
    """Keys alone: the mouse is not touched."""
    opened(tab, grades, tmp_path)
    order = list(GRADES.cid.nodes)
    while tab.run("focused()") != order[0]:
        tab.press("Tab")
    tab.press("ArrowRight", "ArrowDown")
    assert tab.run("focused()") == order[2]
    tab.press("ArrowLeft", "Enter")
    assert tab.run("of('.cidmesa-details h4')[0].textContent") == order[1]
    while not tab.run("document.activeElement.matches('.cidmesa-state')"):
        tab.press("Tab")
    tab.press("Tab", "Enter")
    assert tab.run("said('evidence')").startswith(f"{order[1]} = 1")
    assert tab.run("focused()").startswith("1")
    tab.press(" ")
    assert tab.run("said('evidence')") == ""
    tab.press(" ", "Escape")
    assert tab.run("said('evidence')") == ""
    tab.press("x", "d", "d")
    assert tab.run("heard.filter((key) => key !== 'Tab')") == []  # a notebook around it hears nothing


def test_evidence_by_click_on_a_state(grades, tab, tmp_path):
    opened(tab, grades, tmp_path)
    before, policy = tab.run("shown('R')"), cm.solve(GRADES.model).policy

    def click(name, i):
        tab.click(f"node('{name}').querySelectorAll('.cidmesa-row')[{i}]")

    def seen(evidence, *names):
        rows = values(GRADES.model, evidence)
        for name in names:
            assert tab.run(f"shown('{name}')")[1:] == [word for one in rows[name] for word in one[:2]]

    click("HS", 1)
    seen({"HS": "1"}, "R", "HS", "Ac")
    assert tab.run("node('HS').querySelector('rect').getAttribute('fill')") == "#DDDDDD"
    assert tab.run("shown('R')")[2] == str(cm.query(GRADES.model, "R", given={"HS": 1}, policy=policy)[0])
    click("R", 0)
    seen({"HS": "1", "R": "0"}, "E")
    assert tab.run("said('evidence')").startswith("HS = 1, R = 0")
    assert tab.run(TOUCHING) == []
    click("HS", 1)
    click("R", 0)
    assert tab.run("shown('R')") == before


TOUCHING = """of("g.cidmesa-node").flatMap((group) => [...group.querySelectorAll('rect[height="8"]')].filter((bar) =>
  bar.getBoundingClientRect().right > bar.nextElementSibling.nextElementSibling.getBoundingClientRect().left))"""


def test_a_witness_path_lit_by_click_on_a_verdict(grades, tab, tmp_path):
    opened(tab, grades, tmp_path)

    def verdict(node, concept):
        tab.click(f"node('{node}').querySelector('text')")
        tab.click(f"of('.cidmesa-admits').find((one) => one.dataset.concept === '{concept}')")

    verdict("R", "ri")
    found = cm.admits_ri(GRADES.cid, "P", "R")
    lit = tab.run("of('.cidmesa-node.cidmesa-lit').map((one) => one.getAttribute('aria-label'))")
    links = "of('g.cidmesa-lit:not(.cidmesa-node) path:first-of-type')"
    assert sorted(lit) == sorted(found.witness)
    assert tab.run(f"{links}.map((one) => getComputedStyle(one).stroke)") == ["rgb(204, 51, 17)"] * (len(lit) - 1)
    assert "response incentive" in tab.run("said('told')")
    assert found.theorem in tab.run("said('told')")
    verdict("Gr", "voi")  # its witness ends in a utility: lit by its border, with its own fill
    assert tab.run("node('Ac').classList.contains('cidmesa-lit')")
    assert tab.run("getComputedStyle(node('Ac').querySelector('polygon')).fill") == "rgb(255, 243, 176)"


FITS = """(() => {
  const page = document.documentElement;
  const inside = (one) => {
    const box = one.getBoundingClientRect();
    return box.left >= 0 && box.top >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
  };
  return page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth
    && of("g.cidmesa-node, .cidmesa-side").every(inside)
    && of(".cidmesa-figure").every((box) => box.scrollHeight <= box.clientHeight);
})()"""


def test_it_fits_a_laptop(grades, faking, tab, tmp_path):
    for text in (grades, faking):
        assert opened(tab, text, tmp_path).run(FITS)


def test_sliders_act_while_they_move_and_new_outcomes_are_announced(faking, tab, tmp_path):
    opened(tab, faking, tmp_path)
    before = tab.run("said('outcome')")
    tab.run("of('.cidmesa-outcome')[0].same = true, of('input[type=range]')[0].focus()")
    tab.ask("Input.dispatchKeyEvent", type="keyDown", key="Home", code="Home", windowsVirtualKeyCode=36)
    assert tab.run("said('outcome')") != before  # the key is not up yet
    assert tab.run("of('.cidmesa-explorer')[0].getAttribute('aria-busy')") == "false"
    tab.ask("Accessibility.enable")
    tree = tab.ask("Accessibility.getFullAXTree")["nodes"]
    live = {
        node["name"]["value"]: {one["name"]: one["value"]["value"] for one in node.get("properties", ())}.get("live")
        for node in tree
        if node.get("role", {}).get("value") == "region"
    }
    assert live == {"what is optimal": "polite", "chosen node": "polite", "exact threshold": "polite", "diagram": None}
    assert tab.run("of('.cidmesa-outcome')[0].same")  # filled anew, not put in its place, which nobody would be told of


def test_thresholds_and_rings(faking, tab, tmp_path):
    opened(tab, faking, tmp_path)
    assert tab.run("of('.cidmesa-slider label')[0].textContent.trim()") == "mu"
    tab.click("of('input[type=range]')[0]")
    tab.press("Home")
    tab.click("of('.cidmesa-slider button')[0]")
    assert tab.run("said('threshold')") == "deceptive if and only if mu > 1/5"
    tab.click("of('input[type=range]')[1]")
    tab.press("End")
    slider = data_of(faking)["state"]["sliders"][0]
    assert int(tab.run("of('input[type=range]')[0].value")) == slider["place"]  # one parameter is moved at a time
    tab.click("of('.cidmesa-switches input')[0]")
    assert tab.run(
        "of('.cidmesa-figure svg')[0].outerHTML.includes(of('.cidmesa-switches label')[0].textContent.trim())"
    )


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
