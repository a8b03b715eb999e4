"""Slices of time written out: against models written by hand, in Python and in files, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.interop.xdsl import read_xdsl
from cidmesa.library.file.loader import loads
from cidmesa.render.layout.time_slices import numbered, sliced as time_slices
from tests.interop.test_field import DYNAMIC

SLICED = """\
cidmesa: 1
title: A heater over time
parameters: {p: {value: 1/4, range: [0, 1]}}
slices: 4
nodes:
  Season: {kind: chance, prob: {cold: 1/2, mild: 1/2}}
  S1: {kind: chance, prob: {low: 1/3, high: 2/3}}
  D1: {kind: decision, parents: [S1], table: [[low, [wait, heat]], [high, [wait]]]}
  U1: {kind: utility, value: (S1 == 'high') - (D1 == 'heat') / 2}
  S2:
    kind: chance
    states: [low, high]
    parents: [S1, D1, Season]
    table: [["*", heat, "*", {high: 1 - p, low: p}], ["*", "*", cold, low], ["*", "*", "*", {same: S1}]]
  D2: {kind: decision, parents: [S2], table: [[low, [wait, heat]], [high, [wait]]]}
  U2: {kind: utility, value: (S2 == 'high') - (D2 == 'heat') / 2}
variants: [{id: long, slices: 5}]
"""


def by_hand(count):
    """The file with every slice written out."""
    head, _, tail = SLICED.replace("slices: 4\n", "").partition("  S2:\n")
    block = "  S2:\n" + tail.partition("variants")[0]
    raised = [re.sub(r"\b([SDU])([12])\b", lambda m, k=k: f"{m[1]}{int(m[2]) + k}", block) for k in range(count - 1)]
    return head + "".join(raised)


@pytest.mark.parametrize("count", [2, 4, 7])
def test_a_file_with_slices_is_the_file_written_out(count):
    found, wanted = loads(SLICED.replace("slices: 4", f"slices: {count}")), loads(by_hand(count))
    assert found.model == wanted.model
    assert found.cid == wanted.cid
    assert found.model.parameters == wanted.model.parameters
    assert [str(found.model.mechanism(node)) for node in found.cid.chance_nodes] == [
        str(wanted.model.mechanism(node)) for node in found.cid.chance_nodes
    ]
    assert cm.solve(found.model).value == cm.solve(wanted.model).value
    changed, same = (s.model.substitute(p="1/2") for s in (found, wanted))
    assert changed == same
    assert found.variant("long").model == loads(by_hand(5)).model


def test_what_is_written_out_is_written_and_read(tmp_path):
    model = loads(SLICED).model
    for ending in ("cid.yaml", "json"):
        cm.save(model, tmp_path / f"a.{ending}")
    assert loads((tmp_path / "a.cid.yaml").read_text()).model == model == cm.interop.read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("second", "third"),
    [
        (cm.bernoulli("S1 / 2 + p"), cm.bernoulli("S2 / 2 + p")),
        ({1: "p * S1", 0: "1 - p * S1"}, {1: "p * S2", 0: "1 - p * S2"}),
        ({0: "1/3", 1: "2/3"}, {0: "1/3", 1: "2/3"}),
        ("S1", "S2"),
        (
            cm.table([[0, {1: "p", 0: "1 - p"}], ["*", {"same": "S1"}]], ["S1"]),
            cm.table([[0, {1: "p", 0: "1 - p"}], ["*", {"same": "S2"}]], ["S2"]),
        ),
        (
            cm.table(np.array([[0.5, 0.5], [0.25, 0.75]]), ["S1"]),
            cm.table(np.array([[0.5, 0.5], [0.25, 0.75]]), ["S2"]),
        ),
    ],
)
def test_each_kind_of_mechanism_reads_the_slice_before(second, third):
    more = {"domains": {"S1": [0, 1], "S2": [0, 1]}, "parameters": {"p": "1/4"}}
    two = cm.model(cm.cid("S1 -> S2"), {"S1": cm.uniform([0, 1]), "S2": second}, **more)
    more["domains"]["S3"] = [0, 1]
    three = cm.model(cm.cid("S1 -> S2 -> S3"), {"S1": cm.uniform([0, 1]), "S2": second, "S3": third}, **more)
    assert cm.unroll(two, 3) == three
    assert str(cm.unroll(two, 3).mechanism("S3")) == str(three.mechanism("S3"))


def test_a_diagram_without_numbers_has_slices_too():
    text = """{cidmesa: 1, title: T, slices: 3, nodes: {D1: {kind: decision}, U1: {kind: utility, parents: [D1]},
      D2: {kind: decision, parents: [D1]}, U2: {kind: utility, parents: [D2, D1]}}}"""
    wanted = cm.cid("D1 -> U1; D1 -> D2; D1, D2 -> U2; D2 -> D3; D2, D3 -> U3", decisions=["D1", "D2", "D3"],
                    utilities=["U1", "U2", "U3"])  # fmt: skip
    assert loads(text).cid == wanted
    assert cm.unroll(loads(text.replace("slices: 3, ", "")).cid, 3) == wanted


def sliced(first=0, gap=""):
    def name(text):
        return re.sub(r"([A-Z])([12])", lambda m: f"{m[1]}{gap}{int(m[2]) - 1 + first}", text)

    owned = [{"a": [name(f"{kind}1")], "b": [name(f"{kind}2")]} for kind in "DU"]
    links = "T -> S1; T, S1 -> S2; S1 -> D1; S2, D1 -> D2; D1 -> U1; S2, D2 -> U2"
    g = cm.cid(name(links), decisions=owned[0], utilities=owned[1])
    said = {"T": cm.uniform([0, 1]), "S1": np.array([[0.25, 0.75], [0.5, 0.5]])} | {"D1": [0, 1], "D2": [0, 1]}
    said |= {"S2": lambda **seen: sum(seen.values()) % 2, "U1": "D1", "U2": np.array([[1.0, 2.0], [3.0, 5.0]])}
    return cm.model(g, {name(n): name(m) if isinstance(m, str) else m for n, m in said.items()}), name


@pytest.mark.parametrize(("first", "gap"), [(0, ""), (1, "_"), (9, "")])
def test_arrays_functions_owners_and_numbers_in_names(first, gap):
    model, name = sliced(first, gap)
    long = cm.unroll(model, 4)
    last, before = f"{gap}{first + 3}", f"{gap}{first + 2}"
    assert long.cid.agent(f"D{last}") == "b"
    assert set(long.cid.parents(f"S{last}")) == {"T", f"S{before}"}
    assert set(long.cid.parents(f"D{last}")) == {f"S{last}", f"D{before}"}
    for kind in "SU":
        assert long.table(kind + last).values.tolist() == model.table(name(f"{kind}2")).values.tolist()
    assert cm.unroll(cm.unroll(model, 3), 4) == long
    assert cm.unroll(model, 2) == model


def test_rules_that_are_shared_stay_shared():
    g = cm.cid("D1 -> U1; D2 -> U2; D1, D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    m = cm.model(g, D1=[0, 1], D2=[0, 1], U1="D1", U2="D2 - D1").sharing_rules(["D1", "D2"])
    assert cm.unroll(m, 4).tied == (("D1", "D2", "D3", "D4"),)


def test_a_dynamic_network_of_genie_is_what_two_slices_of_it_are_written_out(tmp_path):
    (tmp_path / "a.xdsl").write_text(DYNAMIC)
    two, many = (read_xdsl(tmp_path / "a.xdsl", slices=n) for n in (2, 6))
    assert cm.unroll(two, 6) == many


def test_slices_are_drawn_in_columns():
    g = loads(SLICED).model.cid
    columns = time_slices(g.nodes, g.edges, numbered(g.nodes)).columns
    assert columns["S1"] < columns["U1"] < columns["S2"] < columns["U2"] < columns["S3"] < columns["U3"] < columns["S4"]
    assert cm.svg(g, layout="sliced") != cm.svg(g, layout="layered")


WRONG = {
    ("slices: 4", "slices: 1"): "4:9: CID201 slices=1 cannot be. There are 2 already; give a number from 2 to 1,000",
    ("slices: 4", "slices: 2000"): "4:9: CID201 slices=2000 cannot be",
    ("slices: 4", "slices: many"): "4:9: CID101 slices must be a whole number",
    ("slices: 4", "slice: 4"): "4:1: CID101 the file has the unknown key 'slice'. Did you mean 'slices'",
    ("{kind: chance, prob: {c", "{kind: chance, parents: [S2], prob: {c"): "13:23: CID201 the links form a cycle",
    ("  U2: ", "  End: "): "16:8: CID201 'End' is there once, but reads 'S2' of a slice that is repeated",
    ("high: 2/3", "top: 2/3"): "8:7: CID202 no row covers S1 = top",
    ("1 - p", "1 - q"): "14:41: CID203 node 'S2': in the expression '1 - q', column 5: 'q' is not a parent",
    ("slices: 5", "slices: 0"): "17:31: CID201 slices=0 cannot be",
}


@pytest.mark.parametrize("change", WRONG)
def test_what_is_wrong_with_slices_is_said_where_it_stands(change):
    assert change[0] in SLICED
    with pytest.raises(cm.ScenarioError, match=re.escape(f"text.cid.yaml:{WRONG[change]}")):
        loads(SLICED.replace(*change))


def test_actions_have_episodes():
    text = """{cidmesa: 1, title: T, slices: 3, learner: m, nodes: {
      Theta1: {kind: chance, prob: {m: 1}}, A1: {kind: action, theta: Theta1, states: [a, b]},
      Theta2: {kind: chance, value: Theta1}, A2: {kind: action, theta: Theta2, states: [a, b], episode: 2}}}"""
    with pytest.raises(cm.ScenarioError, match=r"1:32: CID204 slices cannot repeat actions of a learned algorithm"):
        loads(text)


def test_what_cannot_be_repeated():
    with pytest.raises(cm.DiagramError, match="write two slices: nodes whose names end in a number"):
        cm.unroll(cm.cid("S -> U1", utilities=["U1"]), 3)
    with pytest.raises(cm.DiagramError, match="the slices go from 1 to 3, but no name ends in 2"):
        cm.unroll(cm.cid("S1 -> S3"), 3)
    with pytest.raises(cm.DiagramError, match="'S2' reads 'A1', so 'S3' would read 'A2', which is not there"):
        cm.unroll(cm.cid("A1 -> S2"), 3)
    model = cm.model(cm.cid("S1 -> S2"), S1=cm.uniform([0, 1, 2]), S2="S1 > 0")
    with pytest.raises(cm.DiagramError, match=r"'S3' would read 'S2', whose states \(0, 1\) are not those of 'S1'"):
        cm.unroll(model, 3)
