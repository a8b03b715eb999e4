"""SVG: valid, self-contained, and golden for small diagrams."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg
from tests.render import figures

GOLDEN = Path(__file__).parent / "golden"
SPACE = "{http://www.w3.org/2000/svg}"


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 (our own text)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_figures_are_valid_and_need_no_style_sheet(name):
    x, options = figures.FIGURES[name]
    text = svg(x, **options)
    root = parsed(text)
    assert root.tag == f"{SPACE}svg"
    assert root.get("role") == "img"
    assert re.fullmatch(r"[\d.]+px", root.get("width"))
    assert root.find(f"{SPACE}desc").get("id") == root.get("aria-labelledby")
    assert {e.tag.removeprefix(SPACE) for e in root.iter()} <= {
        "svg", "desc", "g", "title", "text", "tspan", "path", "ellipse", "circle", "rect", "polygon",
    }  # fmt: skip
    assert not re.search(r" class=| style=|href=|url\(", text)


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_node_and_link_has_a_title(name):
    x, options = figures.FIGURES[name]
    picture = paint(x, **options)
    marks = [mark.title for panel in picture.panels for mark in (*panel.links, *panel.nodes)]
    root = parsed(svg(picture))
    assert [element.text for element in root.iter(f"{SPACE}title")] == marks


def test_ids_are_unique_on_a_page_with_all_figures():
    page = "".join(svg(x, **options) for x, options in figures.FIGURES.values())
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 100


def test_names_are_escaped():
    text = svg(cm.cid([("a<b", 'c"&d')]))
    titles = [element.text for element in parsed(text).iter(f"{SPACE}title")]
    assert titles[1:] == ["a<b: chance node", 'c"&d: chance node']


def test_information_links_are_dotted():
    text = svg(cm.cid("S -> D", decisions=["D"]))
    assert text.count("stroke-dasharray") == 1
    assert svg(cm.cid("S -> D")).count("stroke-dasharray") == 0


@pytest.mark.parametrize("name", figures.GOLDEN)
def test_golden(name):
    x, options = figures.FIGURES[name]
    assert svg(x, **options) == (GOLDEN / f"{name.replace(' ', '_')}.svg").read_text(encoding="utf-8")


def test_svg_saves_itself(tmp_path):
    figure = svg(figures.war_game())
    figure.save(str(tmp_path / "war.svg"))
    assert (tmp_path / "war.svg").read_text(encoding="utf-8") == figure == figure._repr_svg_()
