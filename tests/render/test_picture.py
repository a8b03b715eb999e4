"""The picture tree: what is shown, and that nothing overlaps."""

import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.errors import NotApplicable, UnknownNode
from cidmesa.render.drawable import subject_of
from cidmesa.render.geometry import Box
from cidmesa.render.labels import FONT, LINE, label_width, lines_of
from cidmesa.render.paint import paint
from tests.render import figures


def outline(box, pieces=64):
    """Points on the border of a shape, by its own definition."""
    return [box.border((math.cos(t * math.tau / pieces), math.sin(t * math.tau / pieces))) for t in range(pieces)]


def contains(box, point):
    """Whether a point lies strictly inside a shape: nearer to the centre than the border in its direction."""
    dx, dy = point[0] - box.x, point[1] - box.y
    if not dx and not dy:
        return True
    edge = box.border((dx, dy))
    return math.hypot(dx, dy) < math.hypot(edge[0] - box.x, edge[1] - box.y) - 1e-6


def dense(line):
    """Points close together on a polyline."""
    for (px, py), (qx, qy) in itertools.pairwise(line):
        steps = max(2, int(math.dist((px, py), (qx, qy)) / 2))
        yield from ((px + (qx - px) * i / steps, py + (qy - py) * i / steps) for i in range(steps + 1))


def check(picture, *, routed=True):
    for panel in picture.panels:
        for a, b in itertools.combinations(panel.nodes, 2):
            apart = (abs(a.box.x - b.box.x) * 2 >= a.box.width + b.box.width) or (
                abs(a.box.y - b.box.y) * 2 >= a.box.height + b.box.height
            )
            assert apart, f"{a.name} and {b.name} overlap"
        for node in panel.nodes:
            check_label(node)
            for x, y in outline(node.box):
                assert 0 <= x <= picture.width
                assert 0 <= y <= picture.height
        for link in panel.links if routed else ():
            for node in panel.nodes:
                if node.name not in (link.source, link.target):
                    hit = [p for p in dense(link.route.line) if contains(node.box, p)]
                    assert not hit, f"{link.source} -> {link.target} runs through {node.name}"


def check_label(node):
    half, high = label_width(node.label) / 2, FONT * 0.35 + LINE * (len(lines_of(node.label)) - 1) / 2
    for sx, sy in itertools.product((-1, 1), repeat=2):
        assert contains(node.box, (node.box.x + sx * half, node.box.y + sy * high)), (
            f"the label of {node.name} sticks out"
        )


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["LR", "TB"]))
def test_nothing_overlaps_and_no_link_runs_through_a_node(seed, direction):
    check(paint(figures.scattered(seed), direction=direction))


@pytest.mark.parametrize("name", figures.FIGURES)
def test_figures_are_clean(name):
    x, options = figures.FIGURES[name]
    check(paint(x, **options))


def test_forty_nodes_do_not_overlap():
    check(paint(figures.scattered(1, 40, 45)), routed=False)


def test_links_end_on_borders():
    for panel in paint(figures.war_game()).panels:
        boxes = {node.name: node.box for node in panel.nodes}
        for link in panel.links:
            for end, name in ((link.route.points[0], link.source), (link.route.points[-1], link.target)):
                box = boxes[name]
                edge = box.border((end[0] - box.x, end[1] - box.y))
                assert math.dist(edge, end) < 0.01


def test_shapes_colours_and_links_follow_the_kinds():
    panel = paint(figures.grade_prediction()).panels[0]
    shape = {node.name: node.box.shape for node in panel.nodes}
    assert (shape["R"], shape["P"], shape["Ac"]) == ("ellipse", "rectangle", "diamond")
    fill = {node.name: node.fill for node in panel.nodes}
    assert len({fill["R"], fill["P"], fill["Ac"]}) == 3
    assert {(link.source, link.target) for link in panel.links if link.information} == {("HS", "P"), ("Ge", "P")}


def test_colour_means_agent_where_there_are_several():
    picture = paint(figures.war_game())
    fill = {node.name: node.fill for node in picture.panels[0].nodes}
    assert fill["DS"] == fill["US"] != fill["DT"] == fill["UT"]
    assert [key.words for key in picture.legend] == ["S", "T"]
    assert paint(figures.war_game(), legend=False).legend == ()


def test_long_utility_names_take_an_octagon():
    node = paint(cm.cid("D -> clicks_in_total", decisions=["D"], utilities=["clicks_in_total"])).panels[0].nodes[1]
    assert node.box.shape == "octagon"


def test_rings_come_from_verdicts_that_admit():
    verdicts = [
        figures.verdict("ri", "HS"),
        figures.verdict("voi", "HS"),
        figures.verdict("voi", "Ge", status="excluded"),
    ]
    picture = paint(figures.grade_prediction(), incentives=verdicts)
    ringed = {node.name: [c.key for c in node.rings] for node in picture.panels[0].nodes if node.rings}
    assert ringed == {"HS": ["voi", "ri"]}
    assert [key.words for key in picture.legend] == ["value of information (VoI)", "response incentive (RI)"]


def test_unknown_concept_and_node_are_refused():
    with pytest.raises(NotApplicable, match=r"no incentive concept 'icy'. Did you mean 'ici'\?"):
        paint(figures.war_game(), incentives=["icy"])
    with pytest.raises(UnknownNode, match="no node 'DX'"):
        paint(figures.war_game(), highlight=("DS", "DX"))
    with pytest.raises(NotApplicable, match="cannot draw a value of type int"):
        paint(3)
    with pytest.raises(NotApplicable, match="only a composition has a base diagram"):
        paint(figures.war_game(), compare_with="base")


def test_witness_and_policy_are_shown():
    witness = figures.verdict("ici", "I", ("P", "I", "C"))
    picture = paint(figures.content_recommendation(), highlight=witness, policy={"P": "show extreme"})
    bold = [(link.source, link.target) for link in picture.panels[0].links if link.highlighted]
    assert bold == [("P", "I"), ("I", "C")]
    assert {node.name: node.note for node in picture.panels[0].nodes if node.note} == {"P": "show extreme"}
    assert picture.legend[-1].words == "witness path"


def test_learned_actions_have_double_borders():
    double = [node.name for node in paint(figures.training()).panels[0].nodes if node.double]
    assert sorted(double) == ["A1", "A2", "A3", "A4", "A5"]


def test_side_by_side_keeps_places_and_marks_what_differs():
    picture = paint(figures.composition(), compare_with="base")
    base, mesa = picture.panels
    assert (base.title, mesa.title) == ("training process", "mesa-optimizer")
    place = [{n.name: n.box.centre for n in p.nodes} for p in (base, mesa)]
    common = place[0].keys() & place[1].keys()
    assert len(common) == 12
    shifts = {tuple(round(a - b, 2) for a, b in zip(place[0][n], place[1][n], strict=True)) for n in common}
    assert len(shifts) == 1
    status = {node.name: node.status for node in (*base.nodes, *mesa.nodes)}
    assert (status["U_base"], status["D_A1"], status["Theta1"]) == ("removed", "added", "")
    assert {link.status for link in mesa.links if link.source == "D_A1"} == {"added"}
    assert [key.words for key in picture.legend][-2:] == ["only in mesa-optimizer", "only in training process"]


def test_a_changed_role_is_marked():
    before, after = cm.cid("A -> U", utilities=["U"]), cm.cid("A -> U", decisions=["A"], utilities=["U"])
    panels = paint(after, compare_with=before, titles=("one", "two")).panels
    assert [panel.nodes[0].status for panel in panels] == ["", "changed"]


def test_a_composition_keeps_the_places_of_its_training_process():
    base, mesa = paint(figures.training()).positions, paint(figures.composition()).positions
    shift = (mesa["Theta1"][0] - base["Theta1"][0], mesa["Theta1"][1] - base["Theta1"][1])
    for name in base.keys() & mesa.keys():
        assert mesa[name] == pytest.approx((base[name][0] + shift[0], base[name][1] + shift[1]), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10))
def test_fixed_positions_are_kept_and_new_nodes_find_room(seed, kept):
    diagram = figures.scattered(seed)
    whole = paint(diagram).positions
    some = dict(list(whole.items())[:kept])
    picture = paint(diagram, positions=some)
    check(picture)
    now = picture.positions
    for a, b in itertools.combinations(some, 2):
        for axis in (0, 1):
            assert now[b][axis] - now[a][axis] == pytest.approx(some[b][axis] - some[a][axis], abs=1e-3)


def test_a_training_process_leaves_room_for_decisions_and_utilities():
    at = paint(figures.composition()).positions
    for i in figures.EPISODES:
        assert math.dist(at[f"D_A{i}"], at[f"A{i}"]) < 3.5
        assert at[f"D_A{i}"][0] < at[f"A{i}"][0] < at[f"U_{i}"][0]


def test_what_happens_in_time_stands_on_a_line():
    at = paint(figures.composition(), compare_with="base").positions
    assert len({at[f"Theta{i}"][1] for i in figures.EPISODES}) == 1


def test_memory_links_are_those_to_own_earlier_decisions_and_what_they_saw():
    recall = cm.cid(
        "O -> D1; O, D1 -> D2; D1, E -> D3; D2 -> U; D3 -> V",
        decisions={"a": ["D1", "D2"], "b": ["D3"]},
        utilities={"a": ["U"], "b": ["V"]},
    )
    assert subject_of(recall).memories == (("O", "D2"), ("D1", "D2"))


def test_wide_panels_stand_one_below_the_other_and_narrow_ones_side_by_side():
    wide = paint(figures.composition(), compare_with="base").panels
    assert wide[0].x == wide[1].x
    assert wide[1].y > wide[0].y + wide[0].height
    narrow = paint(figures.war_game(), compare_with=figures.war_game(), titles=("a", "b")).panels
    assert narrow[0].y == narrow[1].y
    assert narrow[1].x > narrow[0].x + narrow[0].width


def test_titles_say_what_is_known():
    title = {node.name: node.title for node in paint(figures.modelled()).panels[0].nodes}
    assert title["S"] == "S: chance node\nstates: 0, 1\nmechanism: 0: 1/2, 1: 1/2"
    assert title["D"] == "D: decision node of agent\nstates: 0, 1"
    mesa = paint(figures.composition()).panels[0]
    assert next(n.title for n in mesa.nodes if n.name == "D_A1").endswith("from R1: the action's decision")
    assert next(k.title for k in mesa.links if k.source == "D_A1").endswith("from R1: the decision acts")


def test_a_relevance_graph_may_have_cycles():
    panel = paint(figures.relevance_graph()).panels[0]
    assert {node.box.shape for node in panel.nodes} == {"rectangle"}
    assert not any(link.information for link in panel.links)
    ways = {(link.source, link.target): link.route for link in panel.links}
    assert ways["D1", "D2"].bend
    assert ways["D2", "D1"].bend


def test_painting_leaves_the_global_random_state_alone():
    import random

    random.seed(1)
    state = random.getstate()
    paint(figures.scattered(5, 15, 20))
    assert random.getstate() == state


def test_geometry_of_shapes():
    box = Box(10, 10, 40, 30, "octagon")
    assert box.border((1, 0)) == (30, 10)
    assert sum(box.border((1, 1))) == pytest.approx(20 + 20 + 15 - 8)
    assert not Box(0, 0, 10, 10, "ellipse").meets((5, 5), (9, 9))
    assert Box(0, 0, 10, 10, "rectangle").meets((-9, 0), (9, 1))
    assert not Box(0, 0, 10, 10, "rectangle").meets((-9, 8), (9, 8))


def test_same_bytes_in_every_run():
    code = (
        "import hashlib\n"
        "from tests.render import figures as f\n"
        "from cidmesa.render.printers.svg import svg; from cidmesa.render.printers.tikz import tikz\n"
        "from cidmesa.render.printers.dot import dot; from cidmesa.render.printers.mermaid import mermaid\n"
        "text = ''.join(p(x, **o) for x, o in f.FIGURES.values() for p in (svg, tikz, dot, mermaid))\n"
        "import json; print(json.dumps(hashlib.sha256(text.encode()).hexdigest()))"
    )
    root = Path(__file__).parents[2]
    seen = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        run = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True)
        seen.add(json.loads(run.stdout))
    assert len(seen) == 1
