"""The table of incentives: order, selection, and each way to write it."""

from __future__ import annotations

import json
import pickle
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from tests.strategies import games

PD = pytest.importorskip("pandas")
DUEL = cm.cid("A -> B_1 -> U; A -> W; B_1 -> W", decisions={"a": ["A"], "b": ["B_1"]},
              utilities={"a": ["U"], "b": ["W"]})  # fmt: skip


@given(games(max_nodes=6))
def test_every_question_once_and_in_order(g):
    table = cm.incentives(g)
    keys = [(v.agent, v.decision, v.node, v.concept) for v in table]
    assert len(set(keys)) == len(keys) == len(table)
    asked = len(g) * (4 * len(g.decisions) + len(g.agents))
    assert len(table) == asked
    assert table == cm.incentives(g)


@given(games(max_nodes=7))
def test_statuses_are_known_before_verdicts_are_made(g):
    verdicts = cm.incentives(g).verdicts
    assert [tuple(e) for e in verdicts.entries()] == [
        (v.agent, v.decision, v.node, v.concept, v.status) for v in verdicts
    ]


def test_lazy_verdicts_are_a_tuple_to_all_who_ask():
    table = cm.incentives(DUEL)
    made = tuple(table)
    assert table.verdicts == made
    assert made == table.verdicts
    assert table == cm.IncentiveTable(made)
    assert hash(table) == hash(cm.IncentiveTable(made))
    assert table.verdicts[-1] == made[-1]
    assert table.verdicts[3:9:2] == made[3:9:2]
    assert repr(table.verdicts) == f"LazyVerdicts({len(made)} verdicts)"
    copy = pickle.loads(pickle.dumps(table))  # noqa: S301
    assert copy == table
    assert type(copy.verdicts) is tuple
    with pytest.raises(IndexError):
        table.verdicts[len(made)]


def test_the_same_table_from_lazy_and_from_made_verdicts():
    table = cm.incentives(DUEL)
    made = cm.IncentiveTable(tuple(table))
    assert (made.to_text(), made.blocks) == (table.to_text(), table.blocks)
    assert made.select(concept="ri", status="admits") == table.select(concept="ri", status="admits")


def test_select():
    table = cm.incentives(DUEL)
    chosen = table.select(concept="ici", agent="a", decision="A", node="B_1", status="admits")
    assert [v.witness for v in chosen] == [("A", "B_1", "U")]
    assert isinstance(chosen, cm.IncentiveTable)
    assert len(table.select(agent="b")) == 20
    assert {v.decision for v in table.select(concept="voc")} == {None}
    assert len(table.select(node="nothing")) == 0
    with pytest.raises(cm.NotApplicable, match=r"no concept 'icy'\. Did you mean 'ici'\? Known are: voi, voc"):
        table.select(concept="icy")
    with pytest.raises(cm.NotApplicable, match=r"no status 'admit'\. Did you mean 'admits'"):
        table.select(status="admit")


def test_the_table_shows_itself():
    table = cm.incentives(DUEL)
    assert repr(table) == str(table) == table.to_text()
    assert repr(cm.incentives(cm.load("hubinger2019/two-corners").of("deceptive").cid)).startswith(
        "IncentiveTable(462 v"
    )


def test_a_table_shows_itself_up_to_a_length(monkeypatch):
    table = cm.incentives(DUEL)
    monkeypatch.setattr("cidmesa.criteria.incentives.MAX_SHOWN", len(table))
    assert repr(table) == table.to_text()
    monkeypatch.setattr("cidmesa.criteria.incentives.MAX_SHOWN", len(table) - 1)
    assert repr(table) == f"IncentiveTable({len(table)} verdicts; select a part)"


def test_html():
    page = cm.incentives(DUEL).to_html()
    blocks = cm.incentives(DUEL).blocks
    tree = ElementTree.fromstring(f"<div>{page}</div>")  # noqa: S314 (our own text)
    tables = tree.findall(".//table")
    assert [table.find("caption").text for table in tables] == [block.title for block in blocks]
    for table, block in zip(tables, blocks, strict=True):
        rows = [["".join(cell.itertext()) for cell in row] for row in table.findall("tbody/tr")]
        assert rows == [[cell.replace(".", "·").replace("-", "–") for cell in row] for row in map(list, block.rows)]
    reasons = {mark.get("title") for mark in tree.iter("span")}
    assert reasons == {verdict.reason for verdict in cm.incentives(DUEL)}


def test_text():
    lines = cm.incentives(DUEL).to_text().splitlines()
    assert lines[0].split() == ["a:", "A", *CONCEPTS]
    assert lines[2].split() == ["B_1", "-", "yes", ".", "yes", "yes"]
    assert lines[5] == ""
    assert lines[-7].startswith("yes: admitted")
    assert [line.split()[0] for line in lines[-5:]] == list(CONCEPTS)
    assert lines[-2].split(maxsplit=1)[1].startswith("instrumental control incentive: ")
    last = cm.incentives(DUEL).select(concept="ri").to_text().splitlines()[-1]
    assert last == "ri  response incentive: every optimal policy responds to the node"
    assert all(line == line.rstrip() for line in lines)


def test_undetermined_has_its_own_mark():
    g = cm.cid("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    (line,) = (cm.incentives(g).select(decision="D1", node="A", concept="voi").to_text().splitlines()[1:2])  # fmt: skip
    assert line.split() == ["A", "?"]


def test_an_agent_without_decisions_has_a_block():
    g = cm.cid("A -> X -> U, V", decisions={"a": ["A"]}, utilities={"a": ["U"], "b": ["V"]})
    titles = [block.title for block in cm.incentives(g).blocks]
    assert titles == ["a: A", "b"]
    assert cm.incentives(g).blocks[1].concepts == ("voc",)


def test_markdown():
    table = cm.incentives(DUEL)
    lines = table.to_markdown().splitlines()
    assert lines[:2] == ["| a: A | voi | voc | ri | ici | impact |", "|---|---|---|---|---|---|"]
    odd = cm.cid([("D", "U|V")], decisions=["D"], utilities=["U|V"])
    assert r"| U\|V |" in cm.incentives(odd).to_markdown()


TABLES = {
    "two decisions": cm.incentives(DUEL),
    "an agent without decisions": cm.incentives(
        cm.cid("A -> X -> U, V", decisions={"a": ["A"]}, utilities={"a": ["U"], "b": ["V"]})
    ),
    "one concept": cm.incentives(DUEL).select(concept="voc"),
    "nothing": cm.IncentiveTable(()),
    "a difference": cm.incentive_diff(DUEL, DUEL.without_link("A", "W")),
    "no difference": cm.incentive_diff(DUEL, DUEL),
}


@pytest.mark.parametrize("name", TABLES)
def test_latex_has_as_many_cells_in_each_row_as_it_declares(name):
    text = TABLES[name].to_latex()
    columns = re.search(r"\\begin{tabular}{(\w+)}", text).group(1)
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.split(r"(?<!\\)&", row)) for row in rows} <= {len(columns)}
    widest = max((len(block.concepts) for block in getattr(TABLES[name], "blocks", ())), default=None)
    assert widest in (len(columns) - 1, None)


def test_latex_escapes():
    assert r"B\_1" in cm.incentives(DUEL).to_latex()
    odd = cm.cid([("D", "a^b~c\\d{e}&%$#")], decisions=["D"], utilities=["a^b~c\\d{e}&%$#"])
    escaped = r"a\textasciicircum{}b\textasciitilde{}c\textbackslash{}d\{e\}\&\%\$\#"
    assert escaped in cm.incentives(odd).to_latex()


def test_json_is_plain_data():
    rows = json.loads(json.dumps(cm.incentives(DUEL).to_json()))
    assert set(rows[0]) == {"agent", "decision", "node", "concept", "status", "witness", "reason", "theorem"}
    assert {row["concept"] for row in rows} == set(CONCEPTS)
    assert all(isinstance(row["witness"], list) for row in rows)


def test_pandas():
    table = cm.incentives(DUEL)
    frame = table.to_pandas()
    assert len(frame) == len(table)
    assert list(frame.columns) == ["agent", "decision", "node", "concept", "status", "witness", "reason", "theorem"]
    assert list(cm.IncentiveTable(()).to_pandas().columns) == list(frame.columns)


def test_empty_table():
    empty = cm.IncentiveTable(())
    assert (empty.to_markdown(), empty.to_json(), empty.blocks) == ("", [], ())
    assert empty.to_text().startswith("yes: admitted")
    assert r"\begin{tabular}{l}" in empty.to_latex()
    assert cm.incentives(cm.cid("A -> B")).to_text() == empty.to_text()


@pytest.mark.parametrize(
    "ask",
    [
        cm.incentives,
        lambda x: cm.admits_voc(x, "D"),
        lambda x: cm.admits_ici(x, "D", "S"),
        lambda x: cm.admits_voi(x, "D", "S"),
    ],
)
def test_only_a_diagram_has_incentives(ask):
    model = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    with pytest.raises(cm.DiagramError, match=r"needs a diagram, not a value of type Model\. Pass its \.cid\."):
        ask(model)
    with pytest.raises(cm.DiagramError, match=r"not a value of type str\. Make one by cm\.cid"):
        ask("D -> U")
