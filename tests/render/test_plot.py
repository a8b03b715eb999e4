"""Charts: what is marked where, the same bytes each time, and golden for one of each kind."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.library.sweep.result import SweepRow, SweepTable
from cidmesa.render.palette import MISSING, PALE, SERIES, ramp
from cidmesa.render.plot.chart import Dot, Line, Rectangle, Rule, Words
from cidmesa.render.plot.reading import kinds_of
from cidmesa.render.plot.ticks import axis_of
from cidmesa.symbolic.regions import condition_of

GOLDEN = Path(__file__).parent / "golden" / "plot"
SPACE = "{http://www.w3.org/2000/svg}"


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


def marks(chart, kind):
    return [mark for mark in chart.marks if isinstance(mark, kind)]


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


@pytest.mark.parametrize("name", CHARTS)
def test_golden(name):
    """`python -m tests.render.test_plot` draws them anew."""
    assert CHARTS[name]().to_svg() == (GOLDEN / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_valid_and_lie_within_their_picture(name):
    root = ET.fromstring(CHARTS[name]().to_svg())  # noqa: S314 (our own text)
    width, height = (float(root.get(side).removesuffix("px")) for side in ("width", "height"))
    paper = next(root.iter(f"{SPACE}rect"))
    assert (float(paper.get("width")), float(paper.get("height"))) == (width, height)
    assert paper.get("fill") == "#FFFFFF"
    for text in root.iter(f"{SPACE}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height
    for line in root.iter(f"{SPACE}polyline"):
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert -1 <= x <= width + 1
            assert -1 <= y <= height + 1
    assert not re.search(r" class=| style=|href=|url\(", CHARTS[name]().to_svg())


# --- axes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ([-0.37, 2.1], ["−0.5", "0", "0.5", "1", "1.5", "2", "2.5"]),
        ([3, 3], ["2.5", "2.6", "2.8", "3", "3.2", "3.4", "3.5"]),
        ([0, 1e-5], ["0", "0.000002", "0.000004", "0.000006", "0.000008", "0.00001"]),
        ([1e6, 3e6], ["1000000", "1500000", "2000000", "2500000", "3000000"]),
    ],
)
def test_marks_stand_at_round_numbers(values, texts):
    axis = axis_of("p", values)
    shown = [text for _, text in axis.ticks]
    assert shown == texts or (values == [3, 3] and set(shown) <= {"2.4", "2.6", "2.8", "3", "3.2", "3.4", "3.6"})
    assert axis.low <= min(values)
    assert axis.high >= max(values)


def test_few_whole_values_are_marked_each():
    assert [text for _, text in axis_of("N", [1, 2, 4], exact=True).ticks] == ["1", "2", "4"]


# --- curves ---------------------------------------------------------------------------------------------------------


def test_exact_thresholds_are_marked():
    (rule,) = marks(line_chart(), Rule)
    assert rule.x == pytest.approx(1 / 3)
    assert rule.text == "p = 1/3"
    assert "p = 1/3" in line_chart().to_svg()
    root = condition(lambda v: v["p"] * v["p"] > Fraction(1, 2), ("p", 0, 1))
    chart = cm.curves(table_of(grid(p=spaced(0, 1, 5)), lambda p: p), at=root)
    assert marks(chart, Rule)[0].text == "p = √(2)/2"
    assert marks(cm.curves(table_of(grid(p=[0, 1]), lambda p: p), at=[0.25, "3/4"]), Rule)[1].text == "p = 3/4"


def test_bands_meet_at_the_threshold_not_between_the_points():
    half = condition(lambda v: v["p"] > Fraction(1, 3), ("p", 0, 1))
    table = table_of(grid(p=spaced(0, 1, 6)), lambda p: p > Fraction(1, 3))
    without, with_it = (marks(cm.curves(table, at=at), Rectangle) for at in (None, half))
    assert without[0].high[0] == pytest.approx(0.3)
    assert with_it[0].high[0] == pytest.approx(1 / 3) == with_it[1].low[0]
    assert [band.fill for band in with_it] == [PALE[0], PALE[1]]


def test_lines_have_gaps_where_there_is_no_answer():
    chart = cm.curves(table_of(grid(p=spaced(0, 1, 11)), lambda p: None if p == Fraction(1, 2) else p))
    assert [len(line.points) for line in marks(chart, Line)] == [5, 5]


def test_lines_are_coloured_by_the_option_that_is_taken():
    rows = [
        SweepRow({"p": p}, {"value": max(p, 1 - p), "plan": "a" if p < Fraction(1, 2) else "b"})
        for p in spaced(0, 1, 5)
    ]
    chart = cm.curves(SweepTable("q", tuple(rows)), colour="plan", at=["1/2"])
    assert [line.stroke.colour for line in marks(chart, Line)] == [SERIES[0][0], SERIES[1][0]]
    assert marks(chart, Line)[0].points[-1] == (0.5, 0.5)
    assert [key.text for key in chart.legend] == ["a", "b"]


def test_what_can_t_be_drawn_says_why():
    table = table_of(grid(p=[0, 1], name=list("abcdefghij")), lambda p, name: p)
    with pytest.raises(cm.NotApplicable, match="10 lines can't be told apart"):
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
    (line,) = marks(phase_chart(), Line)
    assert max(abs(x * y - 1) for x, y in line.points) < 1e-9
    assert len(line.points) > 50
    assert phase_chart().legend[-1].text == "it pays iff N μ > 1"


def test_only_zeros_at_which_the_answer_changes_are_drawn():
    both = condition(lambda v: v["x"] > 0 and (v["x"] - v["y"]) ** 2 >= 0 and v["y"] < 10, ("x", -1, 1), ("y", -1, 1))
    table = table_of(grid(x=spaced(-1, 1, 8), y=spaced(-1, 1, 8)), lambda x, y: x > 0)
    (line,) = marks(cm.phase(table, "x", "y", at=both), Line)
    assert {round(x, 9) for x, _ in line.points} == {0}
    (circle,) = marks(
        cm.phase(table, at=condition(lambda v: v["x"] ** 2 + v["y"] ** 2 < Fraction(1, 4), ("x", -1, 1), ("y", -1, 1))),
        Line,
    )
    assert max(abs(x * x + y * y - 0.25) for x, y in circle.points) < 1e-9
    assert circle.points[0] == pytest.approx(circle.points[-1])


def test_fields_have_the_colour_of_their_answer():
    fields = marks(phase_chart(), Rectangle)
    table = table_of(grid(mu=spaced(0, 1, 21), N=spaced(1, 5, 21)), lambda mu, N: mu * N > 1)
    for row in table:
        (field,) = [f for f in fields if f.low[0] <= row["mu"] < f.high[0] and f.low[1] <= row["N"] < f.high[1]]
        assert field.fill == PALE[row["value"]]
    assert MISSING in {field.fill for field in marks(shaded_chart(), Rectangle)}


def test_points_of_a_random_design_are_dots():
    table = table_of([{"p": Fraction(i * i % 17, 17), "q": Fraction(i, 16)} for i in range(16)], lambda p, q: p > q)
    assert len(marks(cm.phase(table), Dot)) == 16


def test_the_scale_of_colours_falls_in_lightness():
    def lightness(colour):
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    scale = [lightness(ramp(i / 20)) for i in range(21)]
    assert scale == sorted(scale, reverse=True)


# --- tornado charts -------------------------------------------------------------------------------------------------


def test_bars_stand_by_width_and_show_both_ends():
    chart = tornado_chart()
    assert [text for _, text in chart.y.ticks] == ["τ", "N", "μ"]  # upwards
    words = {(word.at[1], word.text) for word in marks(chart, Words)}
    assert words == {(0, "τ = 0 or 1"), (1, "N = 1"), (1, "N = 6"), (2, "μ = 0"), (2, "μ = 1")}
    bars = [(bar.low[0], bar.high[0], round(bar.low[1])) for bar in marks(chart, Rectangle)]
    assert (-0.25, 1.25, 2) in bars
    assert (1.25, 2.75, 2) in bars


# --- painters -------------------------------------------------------------------------------------------------------


def test_charts_are_drawn_into_matplotlib_axes():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    for make in CHARTS.values():
        chart = make()
        axes = chart.onto(Figure().subplots())
        assert axes.get_xlim() == (chart.x.low, chart.x.high)
        assert axes.get_xlabel() == chart.x.name
        assert len(axes.patches) == len(marks(chart, Rectangle))
        assert [t.get_text() for t in axes.get_legend().get_texts()] == [key.text for key in chart.legend]
        axes.figure.canvas.draw()


def test_charts_are_saved_and_shown(tmp_path):
    chart = phase_chart()
    assert chart.save(tmp_path / "c.svg").read_text() == chart.to_svg()
    with pytest.raises(cm.NotApplicable, match=r"Did you mean '\.svg'"):
        chart.save(tmp_path / "c.svgg")
    assert "<svg" in chart._repr_mimebundle_()["text/html"]
    assert str(chart).startswith("value: value over mu and N: no at")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, make in CHARTS.items():
        (GOLDEN / f"{name}.svg").write_text(make().to_svg(), encoding="utf-8")


def test_parameters_of_a_phase_diagram_stand_where_they_are_wanted():
    table = cm.sweep("greenblatt2024/alignment-faking", {"mu": "0:1:5", "N": "1:4:4"}, ask="deceptive")
    assert (cm.phase(table).x.name, cm.phase(table, y="mu").x.name, cm.phase(table, x="N").x.name) == ("μ", "N", "N")
    assert cm.phase(table, y="N").y.name == "N"
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
