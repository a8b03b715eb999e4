"""Sweeps: designs, questions in short, tables, the command."""

from __future__ import annotations

import csv
import io
import json
import pickle
import tracemalloc
from fractions import Fraction
from threading import local
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.library.conditions import asked
from cidmesa.library.file.loader import loads
from cidmesa.library.sweep import answering
from cidmesa.library.sweep.points import axes_of, design_of, points_of
from cidmesa.library.sweep.rows import Cells
from tests.library.files import CORNERS, SMALL, scenario

TWO = """\
cidmesa: 1
title: Two parameters
parameters:
  p: {value: 1/2, range: [0, 1]}
  k: {value: 2, range: [1, 5]}
  free: {value: 1}
nodes:
  S: {kind: chance, states: [0, 1], prob: [1 - p, p]}
  D: {kind: decision, states: [0, 1]}
  U: {kind: utility, parents: [S, D], value: "D * (k * S - free)"}
variants:
  - {id: dear, set: {free: 3}}
"""


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(answering, "_KEPT", local())  # nothing is known from other tests
    return loads(TWO, "models/somebody2020/two.cid.yaml")


def drawn(scenario, over, **options):
    return points_of(
        [scenario], axes_of(over), None, design_of(**{"scheme": "grid", "random": None, "seed": 0} | options)
    )


# --- designs --------------------------------------------------------------------------------------------------------


def test_grids_are_exact_and_the_last_axis_varies_fastest(two):
    settings = drawn(two, {"p": "0:1:4", "k": [1, "3/2"]})
    third = Fraction(1, 3)
    assert [dict(s.values) for s in settings] == [
        {"p": p, "k": k} for p in (0, third, 2 * third, 1) for k in (1, Fraction(3, 2))
    ]


def test_lists_decimals_and_single_values():
    (axis,) = axes_of({"p": "0.1, 1/3,2"})
    assert axis.values == (Fraction(1, 10), Fraction(1, 3), 2)
    assert axes_of({"p": Fraction(1, 7)})[0].values == (Fraction(1, 7),)


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        ("0:1:1", "at least 2"),
        ("0:1:x", "cannot read the axis p=0:1:x"),
        ("0:0:5", "two ends"),
        ("1:0", "1 is not less than 0"),
        ("", "has no values"),
        ("1/2,0.5", "a value twice"),
        ("0:1:2000000", "2000000 values"),
        ("mu", "not a number"),
    ],
)
def test_axes_that_can_t_be_read_say_how_they_are_written(axis, said):
    with pytest.raises(cm.CidmesaError, match=said):
        axes_of({"p": axis})


def test_a_range_needs_a_number_of_points(two):
    with pytest.raises(cm.ScenarioError, match="random=N"):
        drawn(two, {"p": "0:1"})
    with pytest.raises(cm.ScenarioError, match="needs number of points"):
        drawn(two, {"p": "0:1"}, scheme="latin")
    with pytest.raises(cm.ScenarioError, match=r"'latn' is not known\. Did you mean 'latin'"):
        drawn(two, {"p": "0:1"}, scheme="latn", random=3)
    with pytest.raises(cm.ScenarioError, match=r"the range of 'free' is \[-oo, oo\]"):
        drawn(two, {"free": "*"}, random=3)


@pytest.mark.parametrize("scheme", ["uniform", "latin"])
def test_random_designs_repeat_by_their_seed_and_stay_in_range(two, scheme):
    over = {"p": "*", "k": "1:5", "free": "1,2"}
    first, again, other = (drawn(two, over, scheme=scheme, random=50, seed=seed) for seed in (3, 3, 4))
    assert first == again != other
    values = [dict(s.values) for s in first]
    assert all(0 <= v["p"] <= 1 and 1 <= v["k"] <= 5 and v["free"] in (1, 2) for v in values)
    assert not any(isinstance(v["p"], float) for v in values)


def test_latin_designs_have_one_value_in_each_slice(two):
    values = sorted(dict(s.values)["p"] for s in drawn(two, {"p": "*", "k": "*"}, scheme="latin", random=20))
    assert all(Fraction(i, 20) <= value <= Fraction(i + 1, 20) for i, value in enumerate(values))


def test_each_parameter_alone(two):
    found = [dict(s.values) for s in drawn(two, {"p": "0,1/2,1", "k": "*"}, scheme="alone")]
    half = Fraction(1, 2)
    assert found == [
        {"p": half, "k": 2}, {"p": 0, "k": 2}, {"p": 1, "k": 2}, {"p": half, "k": 1}, {"p": half, "k": 5},
    ]  # fmt: skip
    with pytest.raises(cm.ScenarioError, match="'variant' is not a parameter"):
        drawn(two, {"variant": "*"}, scheme="alone")


def test_too_many_points_are_refused_before_they_are_made(two):
    with pytest.raises(cm.TooLarge, match="4000000 points"):
        drawn(two, {"p": "0:1:2000", "k": "1:5:2000"})


def test_an_unknown_parameter_is_named(two):
    with pytest.raises(cm.ScenarioError, match=r"has no parameter 'variants'\. Did you mean 'variant'"):
        cm.sweep(two, {"variants": "1"}, ask="optimal")


# --- questions ------------------------------------------------------------------------------------------------------


def test_questions_in_short():
    assert asked("eu agent=mesa").question.agent == "mesa"
    ask = asked("query node=S state=1 do={D: 1} given={}")
    assert (ask.question.node, ask.question.state, ask.question.do) == ("S", 1, {"D": 1})
    assert asked('{"ici": {"decision": "D", "node": "U"}}').question.node == "U"
    assert asked({"deceptive": None}).kind == "deceptive"
    assert asked(asked("optimal")) == asked("optimal")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("optimum", "Did you mean 'optimal'"),
        ("query nod=S", "wrong arguments: query.node is missing. query has no 'nod'. Did you mean 'node'. Known"),
        ("{optimal: {}, eu: {}}", "Ask one of"),
        ("", "Ask one of"),
        ("optimal [", "Ask one of|not YAML"),
    ],
)
def test_questions_that_can_t_be_read(question, said):
    with pytest.raises(cm.ScenarioError, match=said):
        asked(question)


# --- tables ---------------------------------------------------------------------------------------------------------


def test_a_table_has_inputs_answers_status_and_errors(two):
    table = cm.sweep(two, {"p": "0,1/3,2", "k": 3}, ask="optimal")
    assert table.inputs == ("p", "k")
    assert table.answers == ("optimal.value", "optimal.plan.D", "optimal.count")
    assert [row.status for row in table] == ["ok", "ok", "error"]
    assert table.rows[1]["optimal.plan.D"] == "0, 1"
    assert "outside its range [0, 1]" in table.rows[2].error
    assert table.column("optimal.value") == [0, 0, None]
    assert table.errors == 1
    with pytest.raises(cm.ScenarioError, match=r"Did you mean 'optimal\.value'"):
        table.column("optimal.valu")


def test_variants_specifications_and_several_models_are_columns(two):
    table = cm.sweep(two, {"variant": "*", "p": "1"}, ask="optimal")
    assert [(row["variant"], row["optimal.value"]) for row in table] == [(None, 1), ("dear", 0)]
    corners = scenario(CORNERS)
    table = cm.sweep(corners, {"spec": "*", "mu": "1"}, ask="deceptive")
    assert [(row["spec"], row["deceptive"]) for row in table] == [
        ("deceptive", True), ("per-episode", False), ("unaware", False),
    ]  # fmt: skip
    table = cm.sweep([two, corners], ask="optimal")
    assert [row["model"] for row in table] == ["somebody2020/two", "somebody2020/example"]
    assert table.rows[0]["optimal.value"] == 0
    assert table.rows[1]["spec"] == "deceptive"


def test_a_wrong_specification_is_an_answer_without_cells():
    (row,) = cm.sweep(scenario(CORNERS), {"mu": 1}, ask="deceptive", of="x")
    assert "no mesa specification 'x'" in row.error


def test_csv_has_exact_numbers_or_decimals(two, tmp_path):
    table = cm.sweep(two, {"p": "1/3,1/2", "k": 4}, ask="query node=S state=1")
    assert table.to_csv() == "p,k,query,status,error\n1/3,4,1/3,ok,\n1/2,4,1/2,ok,\n"
    table.to_csv(tmp_path / "t.csv", numbers="decimal")
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == "0.333333333333,4,0.333333333333,ok,"


def test_no_cell_of_csv_is_a_formula_to_a_spreadsheet():
    options = "{kind: decision, states: ['=1+1', '@x', -1]}"
    utility = "{kind: utility, parents: [D], value: \"p if D == '=1+1' else 1 - p if D == -1 else 2/3\"}"
    parts = f"parameters: {{p: {{value: 1, range: [0, 1]}}}}, nodes: {{D: {options}, U: {utility}}}"
    table = cm.sweep(loads(f"{{cidmesa: 1, title: Formulas, {parts}}}"), {"p": "0,1/2,1"}, ask="optimal decision=D")
    assert [row.split(",")[1] for row in table.to_csv().splitlines()[1:]] == ["-1", "'@x", "'=1+1"]


def test_pandas_and_parquet(two, tmp_path):
    pandas = pytest.importorskip("pandas")
    table = cm.sweep(two, {"p": "0,1/4,2"}, ask="optimal")
    table.save(tmp_path / "t.parquet")
    read = pandas.read_parquet(tmp_path / "t.parquet")
    assert list(read["p"]) == [0, 0.25, 2]
    assert list(read.columns) == list(table.columns)
    assert table.to_pandas().loc[2, "status"] == "error"


def test_tables_show_themselves(two):
    table = cm.sweep(two, {"p": "0:1:30"}, ask="optimal")
    assert str(table).splitlines()[-1] == "optimal: 30 points, 10 more in files"
    assert table.to_html().startswith("<table")
    assert "text/html" in table._repr_mimebundle_()
    assert repr(table).startswith("SweepTable('optimal', 30 points")


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.cid.yaml").write_text(SMALL)
    (tmp_path / "corners.cid.yaml").write_text(CORNERS)
    return tmp_path


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["sweep", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_the_command_writes_table_and_chart(folder):
    pytest.importorskip("matplotlib")
    result = run("corners.cid.yaml", "--over", "mu=0:1:5", "--ask", "deceptive", "-o", "out.csv", "--plot", "out.svg")
    rows = list(csv.DictReader(io.StringIO((folder / "out.csv").read_text())))
    assert [row["deceptive"] for row in rows] == ["false", "false", "false", "true", "true"]
    assert (folder / "out.svg").read_text().startswith("<?xml")
    assert result.stderr == "out.csv: 5 points\n"
    assert sorted(p.name for p in folder.iterdir()) == ["corners.cid.yaml", "out.csv", "out.svg", "small.cid.yaml"]


def test_the_command_marks_the_exact_threshold(folder):
    pytest.importorskip("matplotlib")
    common = ["corners.cid.yaml", "--over", "mu=0:1:8", "--ask", "deceptive", "-o", "o.csv", "--plot", "o.svg"]
    run(*common)
    assert "μ = 1/2" not in (folder / "o.svg").read_text()
    run(*common, "--exact")
    assert "μ = 1/2" in (folder / "o.svg").read_text()
    assert "one model with one specification" in run(*common, "--exact", "--over", "spec=*", code=2).stderr


def test_the_command_says_what_is_wrong(folder):
    assert "write NAME=VALUES" in run("small.cid.yaml", "--over", "p", "--ask", "optimal", "-o", "o.csv", code=2).stderr
    twice = run("small.cid.yaml", "--over", "p=0", "--over", "p=1", "--ask", "optimal", "-o", "o.csv", code=2)
    assert "is given twice" in twice.stderr
    assert "no folder 'nowhere'" in run("small.cid.yaml", "--ask", "optimal", "-o", "nowhere/o.csv", code=2).stderr
    assert "Did you mean '.csv'" in run("small.cid.yaml", "--ask", "optimal", "-o", "o.cvs", code=2).stderr
    assert not (folder / "o.cvs.journal").exists()


def test_the_command_fails_where_no_point_has_an_answer(folder):
    pytest.importorskip("matplotlib")
    common = ["corners.cid.yaml", "--ask", "deceptive", "-o", "o.csv", "--plot", "o.svg"]
    assert "2 points, all without an answer" in run(*common, "--over", "mu=2,3", code=1).stderr
    assert "outside its range" in (folder / "o.csv").read_text()
    assert not (folder / "o.svg").exists()
    assert "3 points, 1 without an answer" in run(*common, "--over", "mu=0,1,2").stderr


@pytest.mark.parametrize("error", [RecursionError("too deep"), ZeroDivisionError("by zero"), KeyError("lost")])
def test_no_error_at_a_point_ends_the_sweep(two, monkeypatch, error):
    def fails(answerer, values):
        if values["p"] == 1:
            raise error
        return ordinary(answerer, values)

    ordinary = answering._Answerer._parts
    monkeypatch.setattr(answering._Answerer, "_parts", fails)
    table = cm.sweep(two, {"p": "1/3,1/2,1"}, ask="optimal")
    assert [row.status for row in table] == ["ok", "ok", "error"]
    assert table.rows[2]["error"] == f"{type(error).__name__}: {error}"


def test_an_interrupt_ends_the_sweep(two, monkeypatch):
    monkeypatch.setattr(answering._Answerer, "_parts", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cm.sweep(two, {"p": "1/3"}, ask="optimal")


def test_help_teaches():
    text = CliRunner().invoke(main, ["sweep", "--help"]).output
    assert text.count("cidmesa sweep ") >= 7
    assert "--backend dask --scheduler tcp://host:8786" in text


def test_the_journal_is_plain_json(folder):
    from cidmesa.library.sweep.answering import Found, Journal

    journal = Journal(folder / "x.journal")
    journal.add({"a": Found({"n": Fraction(1, 3), "t": "1/3", "b": True}), "b": Found({}, "went wrong")})
    assert [json.loads(line)["key"] for line in journal.path.read_text().splitlines()] == ["a", "b"]
    assert dict(journal.read()) == {
        "a": Found({"n": Fraction(1, 3), "t": "1/3", "b": True}),
        "b": Found({}, "went wrong"),
    }


def test_a_model_is_no_file():
    m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    with pytest.raises(cm.ScenarioError, match="not a value of type Model"):
        cm.sweep(m, {}, ask="optimal")


# --- many points ------------------------------------------------------------------------------------------------------


def test_points_are_made_when_they_are_asked_for(two):
    points = drawn(two, {"p": "0:1:1000", "k": "1:3:1000"})
    tracemalloc.start()
    last = points[-1]
    assert len(points) == 10**6
    assert (dict(last.values), points[10**6 - 1]) == ({"p": 1, "k": 3}, last)
    assert [dict(points[i].values)["k"] for i in (0, 1, 999, 1000)] == [1, 1 + Fraction(2, 999), 3, 1]
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
    with pytest.raises(IndexError):
        points[10**6]


def test_what_is_found_takes_a_place_in_a_column():
    """A point needs 8 bytes for each part of its answer where answers repeat."""
    tracemalloc.start()
    cells = Cells(10**5)
    for place in range(10**5):
        cells.put(place, {"eu": Fraction(place % 7, 8), "plan": f"a{place % 3}"}, "")
    assert tracemalloc.get_traced_memory()[0] < 18 * 10**5
    tracemalloc.stop()
    assert (cells.at(8), [*cells.column("plan")][:2]) == ({"eu": Fraction(1, 8), "plan": "a2"}, ["a0", "a1"])


def test_columns_come_in_the_order_of_the_points_whatever_was_found_first():
    cells = Cells(3)
    cells.put(2, {"z": 1, "b": 2}, "")
    cells.put(0, {}, "went wrong")
    cells.put(1, {"a": 1, "b": 3}, "")
    assert (cells.names, cells.at(0), cells.at(1)) == (("a", "b", "z"), {}, {"a": 1, "b": 3})
    assert ([*cells.column("z")], cells.errors) == ([None, None, 1], {0: "went wrong"})


def test_rows_are_a_sequence(two):
    table = cm.sweep(two, {"p": [0, 1, 2]}, ask="eu")
    assert isinstance(table.rows[1:3], tuple)
    assert table.rows[1:3] == (table.rows[1], table.rows[2])
    assert table.rows == tuple(table)
    assert (table.rows[2].answers, table.column("eu")[2], table.errors) == ({}, None, 1)
    again = pickle.loads(pickle.dumps(table))  # noqa: S301 (written here)
    assert (again, hash(again.rows), again.to_csv()) == (table, hash(table.rows), table.to_csv())
