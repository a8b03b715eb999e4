"""Safety arguments as pictures: every node and link is drawn, by shape and status, alike in SVG and Mermaid."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

import cidmesa as cm
from cidmesa.mesa.case.argument import Node

NODES = (
    Node("G", "claim", "it is harmless", "any"),
    Node("S", "argument", "wherever a < b & c"),
    Node("E", "evidence", "measured"),
    Node("A", "assumption", "its goals end with the episode", status="accepted"),
    Node("C", "context", "the process as modelled"),
    Node("D", "defeater", "it may be otherwise", status="rejected"),
)
LINKS = (
    ("S", "G", "supports"),
    ("A", "S", "supports"),
    ("E", "A", "in context of"),
    ("C", "G", "in context of"),
    ("D", "A", "defeats"),
)
CASE = cm.Case(NODES, LINKS)


def test_svg_has_each_node_in_its_shape_and_each_link():
    root = ET.fromstring(cm.svg(CASE))  # noqa: S314 (our own text)
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert (tags.count("ellipse"), tags.count("rect"), tags.count("polyline")) == (2, 2, len(LINKS))
    assert tags.count("polygon") == 2 + len(LINKS)  # an argument, a defeater, and the heads
    words = " ".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    assert all(word in words for word in ("harmless", "a < b & c", "measured", "otherwise"))
    assert words.count("✓") == 3 == [*CASE.statuses.values()].count("accepted")
    assert words.count("✗") == 1


def test_nodes_do_not_overlap_and_lie_inside():
    text = cm.svg(CASE)
    width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', text).groups())
    boxes = [
        tuple(map(float, found))
        for found in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', text)
    ]
    boxes += [
        (float(x) - float(a), float(y) - float(b), 2 * float(a), 2 * float(b))
        for x, y, a, b in re.findall(r'<ellipse cx="([\d.]+)" cy="([\d.]+)" rx="([\d.]+)" ry="([\d.]+)"', text)
    ]
    for k, (x, y, w, h) in enumerate(boxes):
        assert min(x, y, width - x - w, height - y - h) >= 0
        for a, b, c, d in boxes[:k]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


def test_mermaid_has_the_same_nodes_and_links():
    text = cm.mermaid(CASE)
    assert text.startswith("flowchart BT\n")
    assert 'n1[/"✓ wherever a #lt; b & c"/]' in text
    assert [text.count(arrow) for arrow in (" --> ", " --o ", " -.-x ")] == [2, 2, 1]
    assert text.count("style ") == len(NODES)


@pytest.mark.parametrize("draw", [cm.svg, cm.mermaid])
def test_there_are_no_options(draw):
    with pytest.raises(cm.NotApplicable, match="without options such as 'direction'"):
        draw(CASE, direction="TB")


def test_a_file_is_written(tmp_path):
    for ending in ("svg", "mmd"):
        cm.save(CASE, tmp_path / f"case.{ending}")
        assert "harmless" in (tmp_path / f"case.{ending}").read_text(encoding="utf-8")
