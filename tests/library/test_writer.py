"""A model written as a scenario file loads back to the same model."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.library.file.loader import loads, scenarios
from cidmesa.library.file.writer import written
from tests.library.files import CORNERS, SMALL
from tests.strategies import diagrams


@pytest.mark.parametrize("spec", ["deceptive", "per-episode", "unaware", "absent-minded"])
def test_a_composition_survives(spec):
    absent_minded = "  absent-minded: {target: \"A == 'b'\", scope: updates, recall: tied}\n"
    composition = loads(CORNERS + absent_minded).of(spec)
    found = loads(written(composition.model, 'Composed: it\'s "quoted"'))
    assert found.model == composition.model
    assert found.cid.agents == composition.cid.agents
    assert found.title == 'Composed: it\'s "quoted"'
    assert found.at(mu="1/4").model == composition.model.substitute(mu="1/4")


@pytest.mark.parametrize("text", [SMALL, CORNERS])
def test_a_file_survives(text):
    model = loads(text).model
    assert loads(written(model, "again")).model == model


def test_functions_and_strange_names_survive():
    g = cm.cid([("true", "D D"), ("D D", "U:1"), ("true", "U:1")], decisions=["D D"], utilities=["U:1"])
    mechanisms = {
        "true": {"no": "1/3", "1/2": "1/3", "x: y": "1/3"},
        "D D": ["null", Fraction(1, 2), -3],
        "U:1": cm.table([["no", "*", Fraction(-1, 7)], ["*", ["null", -3], 2], ["*", "*", 0]], ["true", "D D"]),
    }
    model = cm.model(g, mechanisms)
    assert loads(written(model, "x")).model == model


def test_a_python_function_is_written_as_a_table():
    g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, D=[0, 1], X=lambda D: {"a": 1} if D else {"a": "1/3", "b": "2/3"}, U=lambda X: len(X) + 1)
    assert loads(written(model, "x")).model == model


def test_nested_rows_are_multiplied_out():
    g = cm.cid("A -> X; B -> X; X -> U", decisions=["A", "B"], utilities=["U"])
    inner = cm.table([[["l", "m"], "r"], ["*", "l"]], ["B"])
    given = cm.table([["l", inner], [["m", "r"], {"same": "B"}]], ["A"])
    crossed = cm.table([["l", cm.table([["r", "m"], [["l", "m"], "r"]], ["A"])], ["*", given]], ["A"])
    options = ["l", "m", "r"]
    model = cm.model(g, A=options, B=options, X=crossed, U="X == 'r'", domains={"X": options})
    assert loads(written(model, "x")).model == model


def test_constants_survive():
    g = cm.cid("X -> U; Y -> U; Z -> U", utilities=["U"])
    domains = {"X": ["it's", "b"], "Y": [Fraction(1, 2), 2], "Z": ["it's", "b"]}
    model = cm.model(g.with_link("X", "Z"), X=cm.table([["it's"]], []), Y=2, Z="X", U=0, domains=domains)
    held = model.do(X="b", Y=2)
    assert loads(written(model, "x")).model == model
    assert loads(written(held, "x")).model == held


def test_floats_are_written_as_the_decimals_that_mean_them():
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, D=[0, 1], U=lambda D: 0.1 * D)
    found = loads(written(model, "x")).model
    assert found.table("U").values.tolist() == [0, Fraction(1, 10)]


def test_the_compositions_of_the_library_survive():
    for scenario in scenarios():
        for spec in scenario.specs:
            model = scenario.of(spec).model
            assert loads(written(model, "x")).model == model, f"{scenario.slug} {spec}"


@given(diagrams(agents=2))
def test_every_diagram_survives(cid):
    assert loads(written(cid, "x")).cid == cid


@settings(max_examples=40, deadline=None)
@given(diagrams(max_nodes=5, agents=2), st.data())
def test_every_model_survives(cid, data):
    chances = st.fractions(min_value=0, max_value=1, max_denominator=9)
    mechanisms: dict[str, object] = {}
    for spec in cid.specs:
        if spec.kind == "decision":
            mechanisms[spec.name] = ["l", "r"]
        elif spec.kind == "utility":
            rows = [["*" if data.draw(st.booleans()) else "l" for _ in spec.parents] + [data.draw(chances)]]
            mechanisms[spec.name] = cm.table([*rows, ["*"] * len(spec.parents) + [0]], spec.parents)
        else:
            p = data.draw(chances)
            mechanisms[spec.name] = {"l": p, "r": 1 - p}
    model = cm.model(cid, mechanisms)
    assert loads(written(model, "x")).model == model
