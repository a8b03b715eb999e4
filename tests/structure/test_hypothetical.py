"""Many hypothetical links at once against one reduction after another."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

import cidmesa as cm
from cidmesa.structure.hypothetical import judged
from cidmesa.structure.reduction import Certifier
from tests.strategies import diagrams
from tests.structure.test_flow import sparse


def candidates(g, decision):
    """What could become an observation of the decision, by position."""
    barred = {*g.net.dag.parents[decision], *g.net.dag.descendants([decision]), *g.indices(g.utilities)}
    return [node for node in range(len(g)) if node not in barred]


def one_by_one(g, decision, nodes, upto=0):
    """The same by a certifier for each link, its try of R1 on the diagram itself left out."""
    gone, soluble = set(), set()
    for node in nodes:
        net, start, end = g.net.with_link(node, decision, upto)
        certifier = Certifier(net, ())
        gone |= {node} if certifier.removal(start, end) else set()
        soluble |= {node} if certifier.soluble else set()
    return gone, soluble


@settings(max_examples=400)
@given(diagrams(max_nodes=9, min_decisions=2, max_decisions=4), st.data())
def test_one_link_as_by_the_certifier(g, data):
    decision = data.draw(st.sampled_from(sorted(g.net.bit)))
    for node in candidates(g, decision):
        assert judged(g.net, decision, [node], node) == one_by_one(g, decision, [node])


@settings(max_examples=400)
@given(diagrams(max_nodes=9, min_decisions=2, max_decisions=4), st.data())
def test_many_links_as_one_after_another(g, data):
    decision = data.draw(st.sampled_from(sorted(g.net.bit)))
    nodes = candidates(g, decision)
    if nodes:
        upto = max(*nodes, decision)
        assert judged(g.net, decision, nodes, upto) == one_by_one(g, decision, nodes, upto)


@pytest.mark.parametrize("seed", range(6))
def test_larger_diagrams(seed):
    g = sparse(seed, nodes=24, decisions=9, window=9)
    rng = random.Random(seed)
    for decision in rng.sample(sorted(g.net.bit), 3):
        earlier = [node for node in candidates(g, decision) if node < decision][:6]
        if earlier:
            assert judged(g.net, decision, earlier, decision) == one_by_one(g, decision, earlier)


def test_a_link_may_make_a_diagram_soluble():
    g = cm.cid("S1 -> O1 -> D1; S1, D1 -> S2; S2, D2 -> U; D1 -> D2", decisions=["D1", "D2"], utilities=["U"])
    place = g.index
    assert not cm.is_soluble(g)
    assert judged(g.net, place("D2"), [place("S1"), place("S2")], place("S2"))[1] == {place("S1"), place("S2")}
    assert judged(g.net, place("D2"), [place("O1")], place("O1"))[1] == {place("O1")}


def test_what_no_forgetting_would_need_ends_the_sandwich():
    """With the link V0 -> V4, no forgetting still needs V1 at V7, which is not there: R3 removes nothing."""
    links = "V0 -> V1; V0, V1, V2 -> V3; V1 -> V4; V2, V3 -> V5; V1, V2 -> V6; V2, V3, V4 -> V7; V6, V7 -> V8"
    g = cm.cid(links, decisions=["V1", "V4", "V7"], utilities=["V5", "V8"], nodes=[f"V{i}" for i in range(9)])
    assert judged(g.net, 4, [0], 0) == one_by_one(g, 4, [0])


def test_of_many_links_only_those_from_chance_nodes_are_asked_of_r0_alone():
    """The link V3 -> V4 leaves the diagram soluble, so R0 decides; V6 -> V4, asked at the same time, needs R1."""
    links = "V0 -> V1; V1 -> V2; V0, V1, V2 -> V3; V1, V2 -> V4; V1, V2, V3, V4 -> V5; V0, V2 -> V6"
    g = cm.cid(links, decisions=["V0", "V4", "V6"], utilities=["V5"], nodes=[f"V{i}" for i in range(7)])
    found = judged(g.net, 4, [0, 3, 6], 6)
    assert found == one_by_one(g, 4, [0, 3, 6], 6)
    assert found[0] == {0, 6}
