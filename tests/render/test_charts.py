"""Charts: what is drawn where in the matplotlib axes, exactly, and that nothing is cut."""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

import cidmesa as cm
from cidmesa.library.sweep.result import SweepTable
from cidmesa.library.sweep.rows import SweepRow
from cidmesa.render.charts.boundaries import regions
from cidmesa.render.charts.chart import kinds_of
from cidmesa.render.palette import MISSING, PALE, RAMP, SERIES
from cidmesa.symbolic.proof import condition_of

ZERO, ONE = Fraction(0), Fraction(1)


def table_of(inputs, answer, name="value"):
    """A table with the answer that a function gives at each point."""
    rows = []
    for point in inputs:
        found = answer(**point)
        rows.append(SweepRow(point, {name: found}, "" if found is not None else "no answer here"))
    return SweepTable("test", tuple(rows))


def grid(**axes):
    points = [{}]
    for name, values in axes.items():
        points = [point | {name: value} for point in points for value in values]
    return points


def spaced(low, high, count):
    return [low + (high - low) * Fraction(i, count - 1) for i in range(count)]


def condition(statement, *ranges):
    return condition_of(statement, [cm.parameter(*r) for r in ranges], "it pays")


def lines(chart):
    """The lines through data: neither thresholds nor the bases of bars."""
    return [line for line in chart.axes.lines if line.get_transform() == chart.axes.transData]


def legend(chart):
    return [text.get_text() for text in chart.axes.get_legend().get_texts()]


def bars(chart):
    """Left, right, height and colour of each bar."""
    return [
        (
            bar.get_x(),
            bar.get_x() + bar.get_width(),
            round(bar.get_y() + bar.get_height() / 2, 6),
            to_hex(bar.get_facecolor()),
        )
        for container in chart.axes.containers
        for bar in container
    ]


def line_chart():
    points = grid(p=spaced(0, 1, 11), who=["bold", "shy"])
    table = table_of(points, lambda p, who: max(p, 1 - 2 * p) if who == "bold" else Fraction(1, 2))
    return cm.curves(
        table, at=condition(lambda v: v["p"] > 1 - 2 * v["p"], ("p", 0, 1)), title="Two kinds & a threshold"
    )


def band_chart():
    table = table_of(grid(p=spaced(0, 1, 11), k=[1, 2]), lambda p, k: k * p > Fraction(2, 3))
    return cm.plot(table, at=None)


def phase_chart():
    table = table_of(grid(mu=spaced(0, 1, 21), N=spaced(1, 5, 21)), lambda mu, N: mu * N > 1)
    return cm.plot(table, at=condition(lambda v: v["mu"] * v["N"] > 1, ("mu", 0, 1), ("N", 1, 5)))


def shaded_chart():
    return cm.phase(table_of(grid(a=range(12), b=range(10)), lambda a, b: a * b if a + b < 18 else None))


def tornado_chart():
    base = {"mu": Fraction(1, 2), "N": 3, "tau": Fraction(1, 4)}
    values = {"mu": [0, 1], "N": [1, 6], "tau": spaced(0, 1, 5)}
    points = [base] + [base | {name: v} for name, vs in values.items() for v in vs if v != base[name]]
    return cm.plot(table_of(points, lambda mu, N, tau: mu * N - (2 * tau - 1) ** 2), title="How much each one matters")


CHARTS = {
    "curves": line_chart,
    "bands": band_chart,
    "phase": phase_chart,
    "shaded": shaded_chart,
    "tornado": tornado_chart,
}


WORDS = {
    "curves": "value over p from 0 to 1: from 1 to 1 (who = bold); 1/2 to 1/2 (who = shy); marked: p = 1/3",
    "bands": "value over p: k = 1: no from 0 to 0.65, yes from 0.65 to 1; k = 2: no from 0 to 0.35, yes from 0.35 to 1",
    "phase": "value over mu and N: no at 187 points, yes at 254; line: it pays iff N μ > 1",
    "shaded": "value over a and b: from 0 to 72",
    "tornado": "value: 5/4 as declared; mu from 0 to 1: -0.25 to 2.75; N from 1 to 6: 0.25 to 2.75; "
    "tau from 0 to 1: 0.5 to 0.5",
}


@pytest.mark.parametrize("name", CHARTS)
def test_charts_say_what_they_show(name):
    assert CHARTS[name]().description == WORDS[name]


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_is_cut(name, tmp_path):
    """All ink stands inside: the outermost dots are those of the ground."""
    dots = imread(CHARTS[name]().save(tmp_path / "chart.png"))[..., :3]
    edges = np.concatenate(
        [dots[:2].reshape(-1, 3), dots[-2:].reshape(-1, 3), dots[:, :2].reshape(-1, 3), dots[:, -2:].reshape(-1, 3)]
    )
    assert (edges == 1).all()
    assert (dots < 0.4).all(axis=-1).mean() > 0.003  # letters and axes


@pytest.mark.parametrize("name", CHARTS)
def test_texts_do_not_overlap(name):
    chart = CHARTS[name]()
    axes = chart.axes
    chart.figure.savefig(BytesIO())
    texts = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    for axis, labels, i in ((axes.xaxis, axes.get_xticklabels(), 0), (axes.yaxis, axes.get_yticklabels(), 1)):
        low, high = sorted(axis.get_view_interval())
        texts += [text for text in labels if low <= text.get_position()[i] <= high]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    boxes += [axes.get_legend().get_window_extent()] if axes.get_legend() else []
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]


# --- curves ---------------------------------------------------------------------------------------------------------


def test_exact_thresholds_are_marked():
    chart = line_chart()
    (rule,) = [line for line in chart.axes.lines if line not in lines(chart)]
    assert rule.get_xdata()[0] == pytest.approx(1 / 3)
    assert [text.get_text() for text in chart.axes.texts] == ["p = 1/3"]
    root = condition(lambda v: v["p"] * v["p"] > Fraction(1, 2), ("p", 0, 1))
    chart = cm.curves(table_of(grid(p=spaced(0, 1, 5)), lambda p: p), at=root)
    assert chart.axes.texts[0].get_text() == "p = √(2)/2"
    chart = cm.curves(table_of(grid(p=[0, 1]), lambda p: p), at=[0.25, "3/4"])
    assert [text.get_text() for text in chart.axes.texts] == ["p ≈ 0.25", "p = 3/4"]


def test_bands_meet_at_the_threshold_not_between_the_points():
    third = condition(lambda v: v["p"] > Fraction(1, 3), ("p", 0, 1))
    table = table_of(grid(p=spaced(0, 1, 6)), lambda p: p > Fraction(1, 3))
    without, with_it = (bars(cm.curves(table, at=at)) for at in (None, third))
    assert without[0][1] == pytest.approx(0.3)
    assert with_it[0][1] == pytest.approx(1 / 3) == with_it[1][0]
    assert [band[3] for band in with_it] == [PALE[0].lower(), PALE[1].lower()]


def test_bands_show_what_the_condition_knows_between_two_points():
    """Two thresholds between two points of the table, whose answers are the same."""
    thin = condition(lambda v: (v["p"] - Fraction(2, 5)) * (v["p"] - Fraction(9, 20)) < 0, ("p", 0, 1))
    table = table_of(grid(p=spaced(0, 1, 5)), lambda p: Fraction(2, 5) < p < Fraction(9, 20))
    assert [(round(low, 9), round(high, 9)) for low, high, *_ in bars(cm.curves(table, at=thin))] == [
        (0, 0.4),
        (0.4, 0.45),
        (0.45, 1),
    ]


def test_a_condition_says_nothing_of_a_band_with_other_answers():
    third = condition(lambda v: v["p"] > Fraction(1, 3), ("p", 0, 1))
    table = table_of(grid(p=spaced(0, 1, 6)), lambda p: p > Fraction(1, 2))
    assert bars(cm.curves(table, at=third))[0][1] == pytest.approx(0.5)


def test_lines_have_gaps_where_there_is_no_answer():
    chart = cm.curves(table_of(grid(p=spaced(0, 1, 11)), lambda p: None if p == Fraction(1, 2) else p))
    assert [len(line.get_xdata()) for line in lines(chart)] == [5, 5]


def test_lines_are_coloured_by_the_option_that_is_taken():
    rows = [
        SweepRow({"p": p}, {"value": max(p, 1 - p), "plan": "a" if p < Fraction(1, 2) else "b"})
        for p in spaced(0, 1, 5)
    ]
    chart = cm.curves(SweepTable("q", tuple(rows)), colour="plan", at=["1/2"])
    assert [line.get_color() for line in lines(chart)] == [SERIES[0][0], SERIES[1][0]]
    assert tuple(lines(chart)[0].get_xydata()[-1]) == (0.5, 0.5)
    assert legend(chart) == ["a", "b"]


def test_several_answers_are_coloured_by_another():
    rows = [SweepRow({"p": p}, {"u": p, "v": 1 - p, "plan": "ab"[p > Fraction(1, 2)]}) for p in spaced(0, 1, 5)]
    chart = cm.curves(SweepTable("q", tuple(rows)), show=["u", "v"], colour="plan")
    assert len(lines(chart)) == 4
    assert legend(chart) == ["a", "b"]


def test_long_names_are_cut_and_leave_room_for_the_chart():
    names = [f"a specification with a long name, number {i}" * 2 for i in range(6)]
    chart = cm.curves(table_of(grid(p=spaced(0, 1, 3), spec=names), lambda p, spec: p > Fraction(1, 3)))
    labels = [text.get_text() for text in chart.axes.get_yticklabels()]
    assert labels[0] == "spec = a specification with a long name…"
    chart.figure.savefig(BytesIO())
    assert chart.axes.get_position().width > 0.3


def test_few_whole_values_are_marked_each():
    chart = cm.curves(table_of(grid(N=[1, 2, 4]), lambda N: N))
    assert list(chart.axes.get_xticks()) == [1, 2, 4]


def test_what_can_t_be_drawn_says_why():
    table = table_of(grid(p=[0, 1], name=list("abcdefghij")), lambda p, name: p)
    with pytest.raises(cm.NotApplicable, match="10 lines cannot be told apart"):
        cm.curves(table)
    with pytest.raises(cm.NotApplicable, match=r"no answer 'valu'\. Did you mean 'value'"):
        cm.curves(table, show="valu")
    with pytest.raises(cm.NotApplicable, match="no parameter takes several values"):
        cm.plot(table_of([{"p": 1}], lambda p: p))
    with pytest.raises(cm.NotApplicable, match="no point of the table has an answer"):
        cm.plot(SweepTable("q", (SweepRow({"p": 1}, {}, "wrong"), SweepRow({"p": 2}, {}, "wrong"))))
    with pytest.raises(cm.NotApplicable, match="here varies: p, name"):
        cm.phase(table)
    with pytest.raises(cm.NotApplicable, match="scheme='alone'"):
        cm.tornado(table)
    with pytest.raises(cm.NotApplicable, match="the condition is on mu, not on p alone"):
        cm.curves(table_of(grid(p=[0, 1]), lambda p: p), at=condition(lambda v: v["mu"] > 0, ("mu", -1, 1)))


# --- phase diagrams -------------------------------------------------------------------------------------------------


def test_the_boundary_of_a_phase_diagram_is_exact():
    (line,) = lines(phase_chart())
    assert max(abs(x * y - 1) for x, y in line.get_xydata()) < 1e-9
    assert len(line.get_xydata()) > 40
    assert legend(phase_chart()) == ["no", "yes", "it pays iff N μ > 1"]


def test_the_region_is_filled_from_the_condition_itself():
    chart = phase_chart()
    (region,) = [patch for patch in chart.axes.patches if isinstance(patch, PathPatch)]
    assert to_hex(region.get_facecolor()) == PALE[1].lower()
    dice = random.Random(1)
    for _ in range(500):
        mu, n = dice.random(), 1 + 4 * dice.random()
        assert region.get_path().contains_point((mu, n)) == (mu * n > 1)
    assert not chart.axes.collections
    assert (chart.axes.get_xlim(), chart.axes.get_ylim()) == ((0, 1), (1, 5))


def test_fields_stay_where_the_condition_is_about_something_else():
    table = table_of(grid(mu=spaced(0, 1, 5), N=spaced(1, 5, 5)), lambda mu, N: mu > Fraction(1, 2))
    chart = cm.phase(table, at=condition(lambda v: v["mu"] * v["N"] > 1, ("mu", 0, 1), ("N", 1, 5)))
    assert not [patch for patch in chart.axes.patches if isinstance(patch, PathPatch)]
    assert len(chart.axes.collections) == 1
    assert len(lines(chart)) == 1


def test_whole_numbers_have_fields_not_regions():
    table = table_of(grid(mu=spaced(0, 1, 5), N=[1, 2, 3]), lambda mu, N: mu * N > 1)
    many = condition_of(
        lambda v: v["mu"] * v["N"] > 1, [cm.parameter("mu", 0, 1), cm.parameter("N", 1, 3, integer=True)], "it pays"
    )
    assert len(cm.phase(table, at=many).axes.collections) == 1


def test_only_zeros_at_which_the_answer_changes_are_drawn():
    both = condition(lambda v: v["x"] > 0 and (v["x"] - v["y"]) ** 2 >= 0 and v["y"] < 10, ("x", -1, 1), ("y", -1, 1))
    table = table_of(grid(x=spaced(-1, 1, 8), y=spaced(-1, 1, 8)), lambda x, y: x > 0)
    (line,) = lines(cm.phase(table, "x", "y", at=both))
    assert {round(x, 9) for x, _ in line.get_xydata()} == {0}


SHAPES = {
    "circle": (lambda v: v["x"] ** 2 + v["y"] ** 2 < Fraction(1, 4), np.pi / 4),
    "strip": (lambda v: v["x"] > Fraction(1, 3), 4 / 3),
    "thin": (lambda v: (v["y"] - v["x"]) * (v["y"] - v["x"] - Fraction(1, 1000)) < 0, None),
    "crossing": (lambda v: (v["x"] * v["y"] - Fraction(1, 8)) * (v["x"] - v["y"] ** 2) > 0, None),
    "runs away": (lambda v: v["x"] * v["y"] > Fraction(1, 100) or v["x"] ** 3 > v["y"], None),
    "never": (lambda v: v["x"] > 2, 0),
    "ring": (lambda v: Fraction(1, 9) < v["x"] ** 2 + v["y"] ** 2 < 1, np.pi * 8 / 9),
}


def area(outline):
    x, y = np.array(outline).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


@pytest.mark.parametrize("name", SHAPES)
def test_regions_hold_where_the_condition_holds(name):
    statement, size = SHAPES[name]
    asked = condition(statement, ("x", -1, 1), ("y", -1, 1))
    found = regions(asked, ("x", "y"), (-ONE, -ONE), (ONE, ONE))
    if size is not None:
        assert sum(map(area, found.bands)) == pytest.approx(size, abs=5e-3)
    dice = random.Random(name)
    outlines = [Outline([*band, band[0]]) for band in found.bands]
    for _ in range(400):
        x, y = (Fraction(dice.randint(-10_000, 10_000), 10_000) + Fraction(1, 30_011) for _ in "xy")
        inside = sum(outline.contains_point((float(x), float(y))) for outline in outlines)
        near = any(
            outline.contains_point((float(x), float(y)), radius=r) != inside
            for r in (2e-3, -2e-3)
            for outline in outlines
        )
        assert inside == asked.holds_at(x=x, y=y) or near
    for line in found.borders:
        for x, y in line:
            assert min(abs(factor.at({"x": x, "y": y})) for factor in asked.formula.factors) < 1e-9


def test_a_strip_thinner_than_any_mesh_is_found():
    asked = condition(SHAPES["thin"][0], ("x", -1, 1), ("y", -1, 1))
    assert len(regions(asked, ("x", "y"), (-ONE, -ONE), (ONE, ONE)).borders) == 2


def test_a_condition_on_other_parameters_is_refused():
    table = table_of(grid(a=spaced(0, 1, 3), b=spaced(0, 1, 3)), lambda a, b: a > b)
    with pytest.raises(
        cm.NotApplicable, match=r"the condition is on mu, the axes are a and b\. Ask for one with over="
    ):
        cm.phase(table, at=condition(lambda v: v["mu"] > 0, ("mu", -1, 1)))


def test_fields_have_the_colour_of_their_answer():
    table = table_of(grid(mu=spaced(0, 1, 21), N=spaced(1, 5, 21)), lambda mu, N: mu * N > 1 if mu < 1 else None)
    (field,) = cm.phase(table, "mu", "N").axes.collections
    shades = field.cmap(field.norm(field.get_array()))
    for i, mu in enumerate(spaced(0, 1, 21)):
        for j, n in enumerate(spaced(1, 5, 21)):
            assert to_hex(shades[j, i]) == (MISSING if mu == 1 else PALE[mu * n > 1]).lower()


def test_points_of_a_random_design_are_dots():
    table = table_of([{"p": Fraction(i * i % 17, 17), "q": Fraction(i, 16)} for i in range(16)], lambda p, q: p > q)
    (dots,) = cm.phase(table).axes.collections
    assert len(dots.get_offsets()) == 16


def test_the_scale_of_colours_falls_in_lightness():
    def lightness(colour):
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    scale = list(map(lightness, RAMP))
    assert scale == sorted(scale, reverse=True)


# --- tornado charts -------------------------------------------------------------------------------------------------


def test_bars_stand_by_width_and_show_both_ends():
    chart = tornado_chart()
    assert [label.get_text() for label in chart.axes.get_yticklabels()] == [r"$\tau$", "$N$", r"$\mu$"]  # upwards
    words = {(text.xy[1], text.get_text()) for text in chart.axes.texts}
    assert words == {(0, "τ = 0 or 1"), (1, "N = 1"), (1, "N = 6"), (2, "μ = 0"), (2, "μ = 1")}
    found = [[*sorted((low, high)), row] for low, high, row, _ in bars(chart)]
    assert [-0.25, 1.25, 2] in found
    assert [1.25, 2.75, 2] in found


# --- figures --------------------------------------------------------------------------------------------------------


def test_charts_are_drawn_into_axes_of_ones_own():
    left, right = Figure().subplots(1, 2)
    chart = cm.plot(table_of(grid(p=spaced(0, 1, 5)), lambda p: p), axes=right, title="mine")
    assert chart.axes is right
    assert chart.figure is right.figure
    assert (left.get_title(), right.get_title()) == ("", "mine")


NAMED = [name for name in cm.__all__ if name in ("curves", "phase", "plot", "tornado") or name.startswith("plot_")]


@pytest.mark.parametrize("name", NAMED)
def test_a_misspelt_argument_is_an_error_that_names_the_nearest(name):
    with pytest.raises(
        TypeError, match=rf"^{name} has no argument 'titel'\. Did you mean 'title'\? Its arguments are: "
    ):
        getattr(cm, name)(None, titel="mine")


def test_what_is_edited_is_shown():
    chart = phase_chart()
    before = chart.to_svg()
    chart.axes.set_xlabel("how much training changes")
    assert chart.to_svg() != before


def test_charts_are_saved_and_shown(tmp_path):
    chart = phase_chart()
    assert chart.save(tmp_path / "c.svg").read_text() == chart.to_svg() == phase_chart().to_svg()
    assert chart.save(tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert chart.save(tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(cm.FormatError, match=r"Did you mean '\.svg'\? Known endings: \.svg \.pdf \.png; others by"):
        chart.save(tmp_path / "c.svgg")
    assert 'alt="value: value over mu and N: no at' in chart._repr_mimebundle_()["text/html"]
    assert "value over mu and N" in chart.to_svg()  # for those who cannot see it
    assert str(chart).startswith("value: value over mu and N: no at")


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        cm.NotApplicable, match=r"matplotlib is not installed\. Install it: pip install 'cidmesa\[plot\]'"
    ):
        line_chart()


def test_parameters_of_a_phase_diagram_stand_where_they_are_wanted():
    table = cm.sweep("greenblatt2024/alignment-faking", {"mu": "0:1:5", "N": "1:4:4"}, ask="deceptive")

    def across(**names):
        return cm.phase(table, **names).axes.get_xlabel()

    assert (across(), across(y="mu"), across(x="N")) == (r"$\mu$", "$N$", "$N$")
    assert cm.phase(table, y="N").axes.get_ylabel() == "$N$"
    for wrong in ({"x": "mu", "y": "mu"}, {"x": "deceptive"}):
        with pytest.raises(cm.NotApplicable, match="two parameters that vary"):
            cm.phase(table, **wrong)


def test_a_parameter_that_does_not_vary_makes_no_phase_diagram():
    table = cm.sweep("greenblatt2024/alignment-faking", {"mu": "0:1:5", "N": "2"}, ask="deceptive")
    with pytest.raises(cm.NotApplicable, match="two parameters that vary"):
        cm.phase(table, x="mu", y="N")


def test_there_is_a_colour_for_each_answer_or_it_is_said():
    assert len(kinds_of([*"abcdefgh", None])) == 9
    with pytest.raises(cm.NotApplicable, match="9 different answers"):
        kinds_of("abcdefghi")
