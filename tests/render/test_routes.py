"""Routes of links in dense figures: no more crossings than were written down, and no two that look like one."""

import itertools
import json
import math
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.render.geometry import Box, between
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.tikz import tikz
from tests.render import figures
from tests.render.test_column import gallery

CROSSINGS = json.loads(Path(__file__).with_name("crossings.json").read_text(encoding="utf-8"))
CLINGING = {"fox2021/triage", "hubinger2019discussion/rent-per-room"}  # where to draw them apart would cost a crossing


def panels(those):
    for name, x, options in those:
        for panel in paint(x, **options).panels:
            yield name, f"{name} {panel.title}".strip(), [link.route for link in panel.links]


def side_by_side(a, b):
    """Over how many px two lines are no more than 3 px apart: by points 4 px from each other."""
    dense = [
        [
            (px + (qx - px) * i / n, py + (qy - py) * i / n)
            for (px, py), (qx, qy) in itertools.pairwise(route.line)
            for n in [max(1, int(math.dist((px, py), (qx, qy)) / 4))]
            for i in range(n)
        ]
        for route in (a, b)
    ]
    return 4 * sum(any(math.dist(p, q) < 3 for q in dense[1]) for p in dense[0])


def flaws(those):
    for name, title, routes in panels(those):
        pairs = list(itertools.combinations(routes, 2))
        if (count := sum(a.crosses(b) for a, b in pairs)) > CROSSINGS.get(title, 0):
            yield f"{title}: {count} crossings, {CROSSINGS.get(title, 0)} before"
        if name not in CLINGING and any(side_by_side(a, b) > 44 for a, b in pairs if a.near(b)):
            yield f"{title}: two links look like one"


def test_every_tenth_figure_of_the_gallery_has_no_more_crossings_and_links_stand_apart():
    assert list(flaws(gallery()[::10])) == []


@pytest.mark.nightly
def test_no_figure_of_the_gallery_has_more_crossings_and_links_stand_apart():
    assert list(flaws(gallery())) == []


def test_what_clings_is_found():
    near, far = Box(0, 0, 20, 20), Box(300, 0, 20, 20)
    assert between(near, far).clings(between(near, far, 0.5))
    assert not between(near, far).clings(between(near, far, 30))
    assert not between(near, Box(300, 300, 20, 20)).clings(between(near, far))


def test_arcs_of_memory_are_told_apart():
    links = {(link.source, link.target): link.route for link in paint(figures.composition()).panels[0].links}
    arcs = [route for (a, b), route in links.items() if a.startswith("D_") and b.startswith("D_")]
    assert not any(a.clings(b) for a, b in itertools.combinations(arcs, 2))


def test_alternative_text_says_kinds_incentives_witness_and_values():
    graph = figures.content_recommendation()
    text = svg(graph, incentives=[figures.verdict("ici", "I")], highlight=("P", "I", "C"), evidence={"O": 1})
    said = text.split('-desc">')[1].split("</desc>")[0]
    assert "chance nodes: O, M, I" in said
    assert "decisions: P; utilities: C" in said
    assert "instrumental control incentive: I" in said
    assert "known: O; witness path: P, I, C." in said
    two = svg(figures.war_game(), recall="hidden").split('-desc">')[1]
    assert "decisions of S: DS; decisions of T: DT" in two
    assert "Beside it: " in svg(figures.composition(), compare_with="base")


def test_information_links_stay_dotted_when_they_are_added_or_removed():
    before = cm.cid("S -> D; S, D -> U; S -> X", decisions=["D"], utilities=["U"])
    after = before.without_link("S", "D").with_link("X", "D")
    marked = {mark.status: mark for panel in paint(after, compare_with=before).panels for mark in panel.links}
    assert marked["removed"].information
    assert marked["added"].information
    text = tikz(after, compare_with=before)
    assert "[cid information, cid removed information]" in text
    assert "[cid information, cid added]" in text
    assert 'stroke-dasharray="0.1 4"' in svg(after, compare_with=before)


def test_a_document_can_add_to_the_styles():
    assert "cid chance/.style={cid node, ellipse, minimum size=0.95cm, every cid chance/.try}" in tikz(cm.cid("A -> B"))
