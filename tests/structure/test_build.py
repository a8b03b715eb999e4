"""Every way to write a diagram gives the same one, and what is no way to write one is refused by a named error."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given

import cidmesa as cm
from cidmesa.structure.build import from_networkx, to_networkx
from cidmesa.structure.node import Node
from tests.strategies import games

ONE = {"decisions": ["D"], "utilities": ["U"]}


def graph(links, kind=nx.DiGraph):
    found = kind()
    found.add_edges_from(links)  # a graph made of a list would ask for pandas
    return found


def owned(g, kind):
    return {agent: [n for n in g.nodes if g.kind(n) == kind and g.agent(n) == agent] for agent in g.agents}


@given(games())
def test_text_pairs_graphs_and_diagrams_are_one_diagram(g):
    roles = {"decisions": owned(g, "decision"), "utilities": owned(g, "utility")}
    links = [(parent, child) for child in g.nodes for parent in g.parents(child)]
    bare = graph(links)
    bare.add_nodes_from(g.nodes)
    assert cm.cid(g) is g
    assert cm.cid(to_networkx(g)) == from_networkx(to_networkx(g)) == g
    assert cm.cid(links, nodes=g.nodes, **roles) == g
    assert cm.cid([list(link) for link in links], nodes=iter(g.nodes), **roles) == g
    assert cm.cid("; ".join(f"{a} -> {b}" for a, b in links), nodes=g.nodes, **roles) == g
    assert (
        cm.cid("\n".join([*g.nodes, *(f"{','.join(g.parents(n))}->{n}" for n in g.nodes if g.parents(n))]), **roles)
        == g
    )
    assert cm.cid(bare, nodes=g.nodes, **roles) == g


def test_what_holds_a_diagram_or_a_model_gives_it():
    m = cm.model(cm.cid("D -> U", **ONE), D=[0, 1], U="D")
    assert cm.cid(m) is m.cid
    assert cm.model(m) is m
    assert cm.model(m, D=[0, 2], U="D") == cm.model(m.cid, D=[0, 2], U="D") != m


@pytest.mark.parametrize(
    ("edges", "roles", "said"),
    [
        (["AB"], {}, "a link is a pair"),
        ([("A",)], {}, "a link is a pair"),
        ([("A", "B", "C")], {}, "a link is a pair"),
        ([3], {}, "a link is a pair"),
        (7, {}, "links"),
        ("A -> -> B", {}, "cannot read the links"),
        ("A > B", {}, "cannot read 'A > B'"),
        ("A B -> C", {}, "cannot read 'A B'"),
        (graph([("A", "B")]), {}, "must have the attribute kind"),
        (graph([("D", "U")], nx.Graph), ONE, "must have the attribute kind"),
        (to_networkx(cm.cid("D -> U", **ONE)), ONE, "must have the attribute kind"),
        (to_networkx(cm.cid("D -> U", **ONE)).to_undirected(), {}, "must have the attribute kind"),
        ("D -> U", {"decisions": ["d"]}, "decision 'd' is not a node of the diagram"),
        ("D -> U", {"decisions": ["D"], "utilities": ["D"]}, "given two roles"),
        ("D -> U", {"decisions": {"a": ["D"], "b": ["D"]}}, "given two roles"),
    ],
)
def test_what_is_no_diagram_is_refused(edges, roles, said):
    with pytest.raises(cm.DiagramError, match=said):
        cm.cid(edges, **roles)


def test_a_kind_that_is_not_known_is_refused():
    held = to_networkx(cm.cid("D -> U", **ONE))
    held.nodes["D"]["kind"] = "choice"
    with pytest.raises(cm.DiagramError, match="'D' has the kind 'choice'"):
        from_networkx(held)
    with pytest.raises(cm.DiagramError, match="needs a directed graph"):
        from_networkx(graph([("A", "B")], nx.Graph))


@pytest.mark.parametrize(
    ("links", "cycle"),
    [
        ("A -> A", ("A",)),
        ("X -> A; A -> B -> C -> A; C -> D -> E", ("A", "B", "C")),
        ("A, X -> B -> A; B -> C -> D -> C", ("A", "B")),
    ],
)
def test_a_cycle_is_named_in_the_direction_of_its_links(links, cycle):
    with pytest.raises(cm.CyclicError, match=f"cycle: {' -> '.join([*cycle, cycle[0]])}. Remove") as info:
        cm.cid(links, nodes=["A"])
    assert info.value.cycle == cycle


@pytest.mark.parametrize("given", [[("S", "D")], ["S"], [Node("S"), "D"]])
def test_links_are_no_records_of_nodes(given):
    for named in ({}, {"decisions": ["D"]}):
        with pytest.raises(cm.DiagramError, match=r"CID takes nodes as records\. From links: cm\.cid\(edges"):
            cm.CID(given, **named)
    with pytest.raises(cm.DiagramError, match="CID takes nodes as records"):
        cm.CID((Node("S"),), utilities=["U"])
    assert cm.CID(specs=(Node("S"),)) == cm.CID((Node("S"),))


def test_a_name_has_one_form_and_nothing_that_acts_on_a_display():
    assert cm.cid("e\u0301 -> X", nodes=["X"]).nodes == ("\u00e9", "X")
    for fields in ({"name": "A\x1b"}, {"name": "A", "parents": ("B", "\u202eC")}, {"name": "A", "agent": "a\x07"}):
        with pytest.raises(cm.DiagramError, match="cannot be used: it holds"):
            Node(**fields)
    assert Node("A", "decision", "e\u0301", ("B", "o\u0308")) == Node("A", "decision", "\u00e9", ("B", "\u00f6"))
