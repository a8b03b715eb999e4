"""What can be asked of a figure: slices, shared ranks, Graphviz's layout, mechanisms, values that are set or known."""

import itertools
import shutil

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.errors import NotApplicable, UnknownNode
from cidmesa.render import placement as engine
from cidmesa.render.labels import label, labels, latex
from cidmesa.render.layout.layered import Wishes, layout
from cidmesa.render.layout.time_slices import sliced
from cidmesa.render.paint import paint
from cidmesa.render.palette import OBSERVED, fills
from cidmesa.render.printers.dot import dot
from cidmesa.render.printers.mermaid import mermaid
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz
from tests.render import figures
from tests.render.test_picture import check

needs_dot = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")


def marks(picture, panel=0):
    return {mark.name: mark for mark in picture.panels[panel].nodes}


def test_slices_follow_each_other_and_have_one_shape():
    names = [f"{kind}{i}" for i in (1, 2, 3) for kind in ("S", "A", "R")]
    inner = [(f"S{i}", f"A{i}") for i in (1, 2, 3)] + [(f"A{i}", f"R{i}") for i in (1, 2, 3)]
    made = sliced(names, [*inner, ("A1", "S2"), ("A2", "S3")], {name: int(name[-1]) for name in names})
    assert made.columns == {name: 3 * (int(name[-1]) - 1) + "SAR".index(name[0]) for name in names}
    assert set(made.rows) == {(f"{kind}{i}", f"{kind}{i + 1}") for kind in "SAR" for i in (1, 2)}


def test_a_training_process_that_repeats_itself_is_drawn_in_slices():
    at = paint(figures.training()).positions
    steps = {
        round(at[f"A{i + 1}"][0] - at[f"Theta{i + 1}"][0] - at[f"A{i}"][0] + at[f"Theta{i}"][0], 3) for i in (1, 2, 3)
    }
    assert steps == {0}
    for i in (1, 2, 3, 4):
        assert max(at[f"{kind}{i}"][0] for kind in ("Theta", "A")) < at[f"Theta{i + 1}"][0]


def test_nodes_of_a_group_share_a_column():
    at = paint(figures.grade_prediction(), same_rank=[["R", "Ge"], ["E", "P"]]).positions
    assert at["R"][0] == at["Ge"][0]
    assert at["E"][0] == at["P"][0]
    check(paint(figures.grade_prediction(), same_rank=[["HS", "P"], ["R", "Ac"]]))
    with pytest.raises(UnknownNode, match="no node 'X'"):
        paint(figures.grade_prediction(), same_rank=[["R", "X"]])


@needs_dot
@pytest.mark.parametrize("seed", range(4))
def test_graphviz_lays_out_on_request(seed):
    picture = paint(figures.scattered(seed, 14, 14), layout="dot")
    check(picture, routed=False)
    assert picture == paint(figures.scattered(seed, 14, 14), layout="dot")


def test_unknown_layout_and_missing_program_are_named(monkeypatch):
    with pytest.raises(NotApplicable, match=r"no layout 'dott'. Did you mean 'dot'\?"):
        paint(figures.war_game(), layout="dott")
    monkeypatch.setattr(engine.shutil, "which", lambda _: None)
    with pytest.raises(NotApplicable, match=r"Install Graphviz \(Debian: graphviz\), or take layout='layered'"):
        paint(figures.war_game(), layout="dot")


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_mechanisms_stand_over_their_variables(direction):
    picture = paint(figures.war_game(), mechanisms=True, direction=direction)
    check(picture)
    shown = marks(picture)
    axis = 0 if direction == "LR" else 1
    for name in figures.war_game().nodes:
        assert shown[f"~{name}"].box.centre[axis] == shown[name].box.centre[axis]
    kinds = {
        kind: sum(link.kind == kind for link in picture.panels[0].links) for kind in ("own", "mechanism", "terminal")
    }
    graph = cm.mechanised(figures.war_game())
    assert kinds == {
        "own": len(graph.nodes),
        "terminal": len(graph.terminal),
        "mechanism": len(graph.mechanism_edges) - len(graph.terminal),
    }


def test_a_mechanised_graph_shows_who_decides():
    shown = marks(paint(cm.mechanised(figures.war_game())))
    assert {name: mark.kind for name, mark in shown.items() if not name.startswith("~")} == {
        "X": "chance", "DS": "decision", "DT": "decision", "US": "utility", "UT": "utility",
    }  # fmt: skip
    assert shown["DS"].agent == shown["US"].agent != shown["DT"].agent
    assert "mechanism\n" in text(cm.mechanised(figures.war_game()))


def test_what_is_set_and_what_is_known():
    options = {"intervention": {"I": "x"}, "evidence": {"O": 1}}
    picture = paint(figures.content_recommendation(), **options)
    shown = marks(picture)
    assert (shown["I"].note, shown["I"].forced, shown["O"].note, shown["O"].fill) == ("do x", True, "= 1", OBSERVED)
    assert {(k.source, k.target) for k in picture.panels[0].links if k.status == "cut"} == {("O", "I"), ("P", "I")}
    assert [key.words for key in picture.legend] == ["set by intervention", "link cut by it", "known"]
    graph = figures.content_recommendation()
    assert "set to x" in text(graph, **options)
    assert f'fillcolor="{OBSERVED}"' in dot(graph, **options)
    assert f"fill:{OBSERVED}" in mermaid(graph, **options)
    assert "cid known" in tikz(graph, **options)
    with pytest.raises(NotApplicable, match="'I' is both an intervention and evidence"):
        paint(graph, intervention={"I": 1}, evidence={"I": 1})
    with pytest.raises(UnknownNode, match="no node 'II'"):
        paint(graph, evidence={"II": 1})


def test_agents_of_episodes_take_shades_of_one_colour_that_is_not_the_base_agents():
    found = fills(["base", "mesa@1", "mesa@2", "mesa@3"])
    shades = [found[agent, "decision"] for agent in ("base", "mesa@1", "mesa@2", "mesa@3")]
    assert len(set(shades)) == 4
    assert fills(["mesa@1"])["mesa@1", "utility"] == found["mesa@1", "utility"]


def test_one_colour_for_an_agent_in_both_panels():
    base = cm.cid("A -> U", decisions={"base": ["A"]}, utilities={"base": ["U"]})
    mesa = cm.cid("A -> D -> V", decisions={"mesa@1": ["D"]}, utilities={"mesa@1": ["V"]})
    picture = paint(mesa, compare_with=base)
    fill = {(mark.agent, mark.fill) for panel in picture.panels for mark in panel.nodes if mark.agent}
    assert len(fill) == 2


@pytest.mark.parametrize(
    ("name", "tex"),
    [
        ("U^base", r"$U^{\mathrm{base}}$"),
        ("U^base_2", r"$U_{2}^{\mathrm{base}}$"),
        ("~X", r"\textasciitilde{}X"),
        ("two^words", r"two\textasciicircum{}words"),
    ],
)
def test_superscripts_and_tildes(name, tex):
    assert latex(label(name)) == tex
    check(paint(cm.cid(nodes=[name])))


def test_mechanisms_have_the_label_of_their_variable_with_a_tilde():
    made = labels(["X", "~X", "DS", "~DS"], {"~X": "X", "~DS": "DS"})
    assert [latex(made[name]) for name in ("~X", "~DS")] == [r"$\tilde{X}$", r"$\widetilde{\mathrm{DS}}$"]


def test_a_node_may_have_the_name_of_a_mechanism():
    graph = cm.cid([("D", "U"), ("~U", "U")], decisions=["D"], utilities=["U"])
    shown = marks(paint(graph, mechanisms=True))
    assert {name for name, mark in shown.items() if mark.kind == "mechanism"} == {"~D", "~U'", "~~U"}
    assert (shown["~U"].title, shown["~U'"].title) == ("~U: chance node", "~U': mechanism of U")
    assert len({mark.label for mark in shown.values()}) == 6
    beside = paint(graph.without_nodes(["~U"]), compare_with=graph, mechanisms=True)
    assert marks(beside, 1)["~U'"].kind == "mechanism"
    check(beside)


def test_a_figure_twice_on_a_page():
    first, second = (svg(figures.war_game(), ids=ids) for ids in ("a", "b"))
    assert 'id="a-p0-n0"' in first
    assert 'id="b-p0-n0"' in second
    assert first.replace('"a-', '"b-') == second


def test_everything_at_once_is_still_clean():
    x, options = figures.FIGURES["everything"]
    picture = paint(x, **options)
    check(picture)
    for panel in picture.panels:
        for a, b in itertools.combinations([m for m in panel.nodes if m.note], 2):
            assert abs(a.box.x - b.box.x) > 40 or abs(a.box.y - b.box.y) > 40


def test_like_nodes_stand_in_the_same_order_in_all_slices():
    at = paint(figures.composition(), compare_with="base").positions
    lanes = [[at[f"{stem}{i}"][1] for i in figures.EPISODES] for stem in ("Theta", "A", "D_A", "U_")]
    assert all(len(set(lane)) == 1 for lane in lanes)
    assert len({lane[0] for lane in lanes}) == len(lanes)


@pytest.mark.parametrize("seed", range(20))
def test_lanes_keep_their_order_whatever_the_links(seed):
    dice = figures.dice_of(seed)
    slices, kinds = 3, "ABCD"
    names = [f"{kind}{i}" for i in range(slices) for kind in kinds]
    links = dice.sample([(a, b) for a, b in itertools.combinations(names, 2) if a[1] != b[1]], 8)
    wishes = Wishes(
        columns={name: int(name[1]) for name in names},
        lanes=[(f"{kind}{i}", f"{kind}{i + 1}") for kind in kinds for i in range(slices - 1)],
    )
    at = layout(dict.fromkeys(names, (40, 40)), links, "LR", wishes).centres
    orders = {tuple(sorted(kinds, key=lambda kind, i=i: at[f"{kind}{i}"][1])) for i in range(slices)}
    assert len(orders) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_slices_are_clean_also_with_gaps_and_links_back_in_time(seed):
    dice = figures.dice_of(seed)
    names = dice.sample([f"{kind}{i}" for kind in ("X", "Y", "Z", "long_name_") for i in range(4)] + ["W"], 9)
    pairs = dice.sample(list(itertools.combinations(names, 2)), 10)
    check(paint(cm.cid(pairs, nodes=names), layout="sliced"), routed=False)


FUNCTIONS = [paint, svg, tikz, dot, mermaid, text, cm.graphviz]


@pytest.mark.parametrize("draw", FUNCTIONS)
def test_unknown_options_are_errors(draw):
    with pytest.raises(NotApplicable, match=r"no option 'incentivs'\. Did you mean 'incentives'\? Known are: incent"):
        draw(figures.war_game(), incentivs="ici")
    with pytest.raises(NotApplicable, match=r"no direction 'RL'\. .*Known are: LR, TB\."):
        draw(figures.war_game(), direction="RL")
    with pytest.raises(UnknownNode, match=r"no node 'DX'\."):
        draw(figures.war_game(), policy={"DX": 1})


def test_options_that_would_be_left_out_are_errors(tmp_path):
    with pytest.raises(NotApplicable, match="names 1 panels, but the figure has 2"):
        paint(figures.composition(), compare_with="base", titles=("one",))
    with pytest.raises(NotApplicable, match=r"takes no legend=\. Give it to paint\."):
        svg(paint(figures.war_game()), legend=False)
    with pytest.raises(NotApplicable, match="SVG has no option 'style'"):
        cm.save(figures.war_game(), tmp_path / "a.svg", style="cid-latex")
    with pytest.raises(NotApplicable, match=r"no option 'standalon'\. Did you mean 'standalone'"):
        cm.save(figures.war_game(), tmp_path / "a.tikz", standalon=True)
    assert not list(tmp_path.iterdir())
