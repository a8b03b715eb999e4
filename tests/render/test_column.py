"""Figures made for a column of a paper: how wide, how large their text is, and what is written and coloured in them."""

import itertools
import re
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.cli.drawing import render
from cidmesa.errors import NotApplicable, UnknownNode
from cidmesa.render.drawable import shortened, subject_of, without_recall
from cidmesa.render.labels import latex, plain
from cidmesa.render.options import OPTIONS
from cidmesa.render.paint import SmallText, paint
from cidmesa.render.printers.dot import dot
from cidmesa.render.printers.mermaid import mermaid
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.tikz import LIBRARIES, tikz
from cidmesa.render.tex_labels import written
from tests.render import figures
from tests.render.test_library import ROUTED, alone
from tests.render.test_picture import check

COLUMN = {"width": "8.5cm", "compact": True, "recall": "hidden"}
ROOT = Path(__file__).parents[2]


def gallery():
    """The figures of the gallery: each scenario, and each composition beside its training process."""
    return [(name, x, {"compare_with": "base"} if isinstance(x, cm.Composition) else {}) for name, x, _ in alone()]


def small_text(those, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallText)
        drawn = [(name, paint(x, **own, **options)) for name, x, own in those]
    for name, picture in drawn:
        wide, high = picture.size
        assert wide <= 8.5, name
        assert high <= 23, name
        check(picture, routed=all(len(panel.nodes) <= ROUTED for panel in picture.panels))
    return [name for name, picture in drawn if picture.smallest_text < 6]


def test_every_tenth_figure_of_the_gallery_keeps_six_points_in_a_column():
    assert small_text(gallery()[::10], **COLUMN) == []


@pytest.mark.nightly
def test_every_figure_of_the_gallery_keeps_six_points_in_a_column():
    assert small_text(gallery(), **COLUMN) == []
    assert small_text(gallery(), width="8.5cm", compact=True) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["LR", "TB"]))
def test_nothing_overlaps_in_a_compact_figure(seed, direction):
    check(paint(figures.scattered(seed), direction=direction, compact=True))


@pytest.mark.parametrize("name", figures.FIGURES)
def test_figures_with_all_marks_are_clean_when_compact(name):
    x, options = figures.FIGURES[name]
    check(paint(x, **{"recall": "hidden", **options}, compact=True))


@pytest.mark.filterwarnings("ignore::cidmesa.render.paint.SmallText")
def test_a_width_holds_in_all_formats_and_is_no_wish_to_enlarge():
    wide = paint(figures.training(), direction="LR", width="12cm")
    assert 11.9 < wide.size[0] <= 12
    assert float(re.search(r'width="([\d.]+)px"', svg(wide))[1]) == pytest.approx(wide.size[0] * 96 / 2.54, abs=0.02)
    assert tikz(wide).startswith(f"\\scalebox{{{wide.scale:.4g}}}")
    assert tikz(wide, style="cid-latex").startswith("\\scalebox")
    assert f"paperwidth={wide.size[0] + 0.02:.2f}cm" in tikz(wide, standalone=True)
    assert paint(cm.cid("A -> B"), width="12cm").scale == 1
    assert paint(cm.cid("A -> B"), width="12cm", scale=0.7).scale == 0.7
    assert "scalebox" not in tikz(cm.cid("A -> B"), width="85mm")


def test_scale_scales_everything():
    usual, half = paint(figures.war_game()), paint(figures.war_game(), scale=0.8)
    assert [0.8 * side for side in usual.size] == pytest.approx(half.size, rel=0.1)
    assert half.smallest_text == pytest.approx(0.8 * 14 / 40 * 72 / 2.54, abs=0.01)  # legends grow to labels


def test_the_smallest_text_is_told_and_warned_of():
    assert svg(figures.war_game()).smallest_text == pytest.approx(12 / 40 * 72 / 2.54, abs=0.01)  # the legend
    assert svg(cm.cid("A -> B")).smallest_text == pytest.approx(14 / 40 * 72 / 2.54, abs=0.01)
    noted = paint(figures.content_recommendation(), policy={"P": "go"})
    assert noted.smallest_text == pytest.approx(10 / 40 * 72 / 2.54, abs=0.01)
    with pytest.warns(SmallText, match=r"text of 2\.\d pt in a figure of 8\.5 cm is hard to read\. Try compact=True"):
        paint(figures.composition(), compare_with="base", width="8.5cm", direction="LR")


@pytest.mark.parametrize("width", ["8.5", "8,5cm", "wide", "0cm", "-3cm", 8.5])
def test_a_width_is_a_length(width):
    with pytest.raises(NotApplicable, match="is no length"):
        paint(figures.war_game(), width=width)


@pytest.mark.filterwarnings("ignore::cidmesa.render.paint.SmallText")
def test_what_is_left_open_is_chosen_for_the_text():
    x = figures.composition()
    chosen = paint(x, compare_with="base", **COLUMN)
    open_ = [
        paint(x, compare_with="base", **COLUMN, direction=direction, stack=stack)
        for direction, stack in itertools.product(("LR", "TB"), (False, True))
    ]
    assert chosen in open_
    assert chosen.smallest_text >= min(8, *(one.smallest_text for one in open_))


def test_panels_stand_above_each_other_or_beside():
    x = figures.composition()
    above, beside = (paint(x, compare_with="base", stack=stack).panels for stack in (True, False))
    assert (above[0].x, beside[0].y) == (above[1].x, beside[1].y)
    assert above[0].y < above[1].y
    assert beside[0].x < beside[1].x


# --- slices ---


def chain(count):
    """A decision in each of so many time slices."""
    steps = (f"S{i} -> D{i}; S{i}, D{i} -> U{i}; S{i}, D{i} -> S{i + 1}" for i in range(1, count + 1))
    names = [[f"{kind}{i}" for i in range(1, count + 1)] for kind in "DU"]
    return cm.cid("; ".join(steps), decisions=names[0], utilities=names[1])


@pytest.mark.parametrize("slices", [2, 3, 5])
def test_one_node_stands_for_the_slices_that_are_left_out_and_all_links_of_theirs(slices):
    whole = subject_of(chain(8))
    short = shortened(whole, slices)
    number = {name: int(name[1:]) for name in whole.by_name}
    kept = [*range(1, slices), 9]
    assert {name for name in short.by_name if name != "…"} == {name for name in number if number[name] in kept}
    for a, b in whole.links:
        ends = tuple(name if number[name] in kept else "…" for name in (a, b))
        assert ends in short.links or ends == ("…", "…")
    assert len(short.links) == len(set(short.links))
    assert whole.by_name.keys() - short.by_name.keys() == set(short.elided["…"])
    assert shortened(whole, 8) == whole  # a single slice is not left out


def test_what_is_left_out_is_said_with_its_incentives():
    graph = chain(8)
    figure = svg(graph, slices=3, incentives="voi")
    assert "… stands for 18 nodes of the time slices 3 to 8, whose rings it has" in figure
    theirs = {v.node for v in cm.incentives(graph) if v and v.concept == "voi"} - {"S1", "S2", "S9"}
    alone = re.search(r"value of information of ([^,.;]*(?:, S\d)*)", figure)[1]
    assert set(alone.split(", ")) == theirs
    assert f"stands for {', '.join(name for name in graph.nodes if name[1] in '345678')}" in figure
    assert "whose rings" not in svg(graph, slices=3)
    assert "\\dots{} stands for 18 nodes" in tikz(graph, slices=3)
    path = paint(graph, slices=3, highlight=cm.admits_ici(graph, "D1", "S5"))
    assert {mark.name for mark in path.panels[0].nodes if mark.highlighted} >= {"D1", "…"}


def test_slices_are_refused_where_they_would_hide_what_is_asked_for():
    for options, said in (
        ({"slices": 1}, "a whole number of at least 2"),
        ({"slices": True}, "a whole number of at least 2"),
        ({"slices": 3, "mechanisms": True}, "Give one of the two"),
        ({"slices": 3, "evidence": {"S4": 1}}, "there is no node 'S4'"),
    ):
        with pytest.raises((NotApplicable, UnknownNode), match=said):
            svg(chain(8), **options)
    with pytest.raises(NotApplicable, match="no name has one"):
        svg(figures.war_game(), slices=3)


def test_a_pair_and_a_policy_are_shortened_alike():
    mesa = cm.load("hubinger2019/two-corners").of("deceptive")
    policy = cm.solve(mesa.model).policy
    one, two = paint(mesa, compare_with="base", slices=3, policy=policy, incentives="ici").panels
    for panel in (one, two):
        assert "stands for" in panel.elided
        assert not {"Theta3", "A4"} & {mark.name for mark in panel.nodes}
    check(paint(mesa, compare_with="base", slices=3), routed=True)
    assert paint(mesa, slices=2, show="posteriors", policy=policy).panels[0].elided


# --- recall ---


def with_memory(drawn, decisions):
    """All links of a diagram in which decisions observe what they recall, from those that are drawn."""
    links, before = set(drawn), None
    while links != before:
        before = set(links)
        for early, late in before:
            if early in decisions and late in decisions and decisions[early] == decisions[late]:
                links |= {(seen, late) for seen, there in before if there == early}
    return links


def recalls(subject):
    decisions = {node.name: node.agent for node in subject.nodes if node.kind == "decision"}
    hidden = without_recall(subject)
    assert with_memory(hidden.links, decisions) >= set(subject.links), "a hidden link cannot be read off"
    for agent in set(decisions.values()):
        own = {d for d in decisions if decisions[d] == agent}
        made = {link for link in with_memory(hidden.links, decisions) if link[1] in own}
        if any(link[1] in own for link in hidden.hidden):
            assert made == {link for link in subject.links if link[1] in own}, "something else would be read off"
    return hidden.hidden


def test_what_is_hidden_follows_from_what_is_drawn_in_the_library():
    assert sum(bool(recalls(subject_of(x))) for _, x, _ in alone()) > 10


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_hidden_follows_from_what_is_drawn(seed):
    dice = figures.dice_of(seed)
    names = [f"X{i}" for i in range(7)]
    links = dice.sample(list(itertools.combinations(names, 2)), 14)
    deciding = dice.sample(names, 4)
    graph = cm.cid(links, nodes=names, decisions={"a": deciding[:3], "b": deciding[3:]})
    recalls(subject_of(graph))
    remembering = cm.cid(sorted(with_memory(links, dict.fromkeys(deciding, "a"))), nodes=names, decisions=deciding)
    recalls(subject_of(remembering))


def test_hidden_links_have_a_line_in_the_legend_and_a_witness_keeps_its_own():
    x = cm.cid("S -> D1 -> D2 -> D3; S -> D2; S, D1 -> D3; D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"])
    hidden = paint(x, recall="hidden")
    assert len(hidden.panels[0].links) == len(x.edges) - 3
    assert [key.words for key in hidden.legend] == ["not drawn: what an agent recalls"]
    assert "not drawn" in tikz(hidden)
    lit = paint(x, recall="hidden", highlight=("S", "D3", "U"))
    assert {(link.source, link.target) for link in lit.panels[0].links if link.highlighted} == {
        ("S", "D3"),
        ("D3", "U"),
    }
    assert paint(x).legend == ()
    beside = paint(x.without_link("S", "D3"), compare_with=x, recall="hidden")
    gone = {(link.source, link.target) for link in beside.panels[0].links if link.status == "removed"}
    assert gone == set()  # in the first panel S -> D3 is hidden, not removed


# --- labels and colours ---


@pytest.mark.parametrize(
    ("text", "shown", "tex"),
    [
        (r"$\theta_{t+1}$", "θt+1", r"$\theta_{t+1}$"),
        ("$U^*$", "U*", r"$U^{\mathrm{*}}$"),
        (r"$D_{A_1}$", "DA1", r"$D_{A_1}$"),
        (r"$\tilde{X}'$", "~X′", r"$\widetilde{X'}$"),
        (r"$R_{\mathrm{race}}$", "Rrace", r"$R_{\mathrm{race}}$"),
        ("the reward", "the reward", "the reward"),
        ("50% off", "50% off", r"50\% off"),
        ("reward $R_t$", "reward Rt", r"$\mbox{reward }R_{t}$"),
        ("two\nlines", "two\nlines", r"two \\ lines"),
    ],
)
def test_labels_are_read(text, shown, tex):
    assert plain(written(text)) == shown
    assert latex(written(text)) == tex


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty or lacks a"),
        ("$x", "lacks a"),
        ("$x_{1$", "lacks a closing brace"),
        ("$x}$", "which figures cannot draw there"),
        ("$x_$", "which figures cannot draw there"),
        (r"$\frac{a}{b}$", r"has '\\frac', which figures cannot draw there\. They draw letters"),
        ("$x^2 + y$", "Put the superscript at the end"),
        ("$a_{b_{c_d}}$", "more than 2 levels"),
        ("a\n$b$", "Write it on one line"),
    ],
)
def test_mathematics_that_not_all_formats_draw_is_refused(text, said):
    with pytest.raises(NotApplicable, match=said):
        written(text)


def test_labels_stand_in_every_format():
    x, given = figures.content_recommendation(), {"O": "original\nopinion", "I": r"$\theta_1$"}
    figure = svg(x, labels=given)
    assert figure.count(">original</text>") == figure.count(">opinion</text>") == 1
    assert '<tspan font-style="italic">θ</tspan>' in figure
    assert r"{original \\ opinion}" in tikz(x, labels=given)
    assert r"{\shortstack{original \\ opinion}}" in tikz(x, labels=given, style="cid-latex")
    assert r"$\theta_{1}$" in tikz(x, labels=given)
    assert "original<BR/>opinion" in dot(x, labels=given)
    assert '"original<br/>opinion"' in mermaid(x, labels=given)
    check(paint(x, labels=given))
    check(paint(figures.composition(), labels={"A1": "the first action"}, compare_with="base"))
    with pytest.raises(UnknownNode, match="no node 'OO'"):
        svg(x, labels={"OO": "x"})


def test_colours_of_nodes_agents_and_kinds():
    x = figures.war_game()
    picture = paint(x, colours={"S": "#CCEEDD", "UT": "#ffdddd", "chance": "#EEEEEE"})
    fill = {mark.name: mark.fill for mark in picture.panels[0].nodes}
    assert (fill["DS"], fill["US"], fill["UT"], fill["X"]) == ("#CCEEDD", "#CCEEDD", "#ffdddd", "#EEEEEE")
    assert [(key.words, key.colour) for key in picture.legend] == [("S", "#CCEEDD"), ("T", fill["DT"])]
    text = tikz(picture)
    assert "\\definecolor{fill-FFDDDD}{HTML}{ffdddd}" in text
    assert "cid utility, fill FFDDDD" in text
    assert '#ffdddd"' in dot(x, colours={"UT": "#ffdddd"})
    assert "fill:#ffdddd" in mermaid(x, colours={"UT": "#ffdddd"})
    with pytest.raises(NotApplicable, match=r"names 'Ut', which is no node, agent or kind\. Did you mean 'UT'"):
        paint(x, colours={"Ut": "#ffffff"})
    with pytest.raises(NotApplicable, match="write a colour as '#RRGGBB'"):
        paint(x, colours={"UT": "red"})
    with pytest.raises(NotApplicable, match=r"contrast of 2\.\d to 1 on it\. Take a lighter colour"):
        paint(x, colours={"UT": "#555555"})


# --- the register ---


def test_the_command_line_and_the_page_know_every_option():
    renamed = {"intervention": "forced", "evidence": "known", "compare_with": "other", "legend": "no_legend"}
    asked = {parameter.name for parameter in render.params}
    assert [name for name in OPTIONS if renamed.get(name, name) not in asked] == []
    page = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    assert [name for name in OPTIONS if f"`{name}=" not in page] == []


def test_options_of_one_format_are_suggested_too():
    with pytest.raises(NotApplicable, match=r"no option 'idss'\. Did you mean 'ids'\?"):
        svg(figures.war_game(), idss="a")
    with pytest.raises(NotApplicable, match=r"no option 'standalon'\. Did you mean 'standalone'\?"):
        tikz(figures.war_game(), standalon=True)


# --- set in a paper ---


@pytest.mark.tex
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
@pytest.mark.parametrize(
    ("columns", "width", "count"),
    [
        ("onecolumn", "12cm", 3),
        pytest.param("onecolumn", "12cm", 20, marks=pytest.mark.nightly),
        pytest.param("twocolumn", "8.5cm", 20, marks=pytest.mark.nightly),
    ],
)
def test_figures_fit_a_paper(tmp_path, columns, width, count):
    some = gallery()[:: len(gallery()) // count][:count]
    drawn = [tikz(x, **own, **COLUMN | {"width": width}) for _, x, own in some]
    floats = "\n".join(
        f"\\begin{{figure}}\\centering {one.rstrip()}\\caption{{{i}}}\\end{{figure}}\n\\clearpage"
        for i, one in enumerate(drawn)
    )
    paper = f"textwidth={'12cm' if columns == 'onecolumn' else '17.6cm'}, columnsep=6mm, textheight=24.5cm"
    (tmp_path / "paper.tex").write_text(
        f"\\documentclass[{columns}]{{article}}\\usepackage[a4paper, {paper}]{{geometry}}\\usepackage{{tikz}}"
        f"\\usetikzlibrary{{{', '.join(LIBRARIES)}}}\\begin{{document}}{floats}\\end{{document}}",
        encoding="utf-8",
    )
    command = ["pdflatex", "-interaction=nonstopmode", "paper.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    log = (tmp_path / "paper.log").read_text(encoding="latin-1")
    wrong = [line for line in log.splitlines() if re.match(r"!|Overfull|LaTeX Warning: Float too large", line)]
    assert wrong == []
    assert len(drawn) == count
