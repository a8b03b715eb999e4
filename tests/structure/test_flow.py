"""Many Bayes balls at once against single ones and networkx; removal round by round against one by one."""

from __future__ import annotations

import itertools
import random

import networkx as nx
import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from cidmesa.structure.dag import Dag, flow, roll
from cidmesa.structure.numbered import transposed
from cidmesa.structure.reduction_rules import without_nonrequisite
from cidmesa.structure.relevance import decision_ball, downstream_utilities
from tests.separating import networkx_separates
from tests.strategies import diagrams, games


def sparse(seed, nodes=60, decisions=8, agents=1, window=12):
    """A random sparse diagram, large enough for several rounds of removal."""
    rng = random.Random(seed)
    parents = {v: rng.sample(range(max(0, v - window), v), min(v, rng.choice([0, 1, 2, 2, 3]))) for v in range(nodes)}
    inner = {p for row in parents.values() for p in row}
    chosen = set(rng.sample(sorted(inner), min(decisions, len(inner))))
    specs = []
    for v, row in parents.items():
        kind = "decision" if v in chosen else "chance" if v in inner or rng.random() < 0.3 else "utility"
        owner = None if kind == "chance" else f"a{rng.randrange(agents)}"
        specs.append(cm.Node(f"V{v}", kind, owner, tuple(f"V{p}" for p in row)))
    return cm.CID(tuple(specs))


@st.composite
def dags(draw, nodes=8):
    count = draw(st.integers(1, nodes))
    return Dag(tuple(tuple(p for p in range(v) if draw(st.booleans())) for v in range(count)))


@given(dags(), st.data())
def test_many_balls_are_single_balls(dag, data):
    sets = st.lists(st.sets(st.integers(0, len(dag.parents) - 1), max_size=3), min_size=3, max_size=3)
    sources, evidence = data.draw(sets), data.draw(sets)
    bits = [[sum(1 << k for k in range(3) if v in one[k]) for v in range(len(dag.parents))]
            for one in (sources, evidence)]  # fmt: skip
    found = flow(dag, *bits)
    for k in range(3):
        ball = roll(dag, sources[k], evidence[k])
        assert {v for v, b in enumerate(found.visited) if b >> k & 1} == ball.visited
        assert {v for v, b in enumerate(found.mechanisms) if b >> k & 1} == ball.mechanisms


@pytest.mark.parametrize("seed", range(25))
def test_all_decisions_of_larger_diagrams(seed):
    g = sparse(seed, agents=1 + seed % 3)
    graph = g.to_networkx()
    for k, decision in enumerate(g.decisions):
        ball = decision_ball(g, decision)
        assert {v for v, b in enumerate(g.net.balls.visited) if b >> k & 1} == ball.visited
        assert {v for v, b in enumerate(g.net.balls.mechanisms) if b >> k & 1} == ball.mechanisms
        targets, family = set(downstream_utilities(g, decision)), {decision, *g.parents(decision)}
        assert targets == nx.descendants(graph, decision) & set(g.utilities_of(g.agent(decision)))
        kept = [x for x in g.parents(decision)
                if targets and not networkx_separates(graph, {x}, targets, family - {x})]  # fmt: skip
        assert cm.requisite_observations(g, decision) == tuple(kept)


def one_by_one(g, rng):
    """The minimal reduction by removing nonrequisite links in random order."""
    while True:
        links = [(x, d) for d in g.decisions for x in g.parents(d) if not cm.is_requisite(g, d, x)]
        if not links:
            return g
        g = g.without_link(*rng.choice(links))


@pytest.mark.parametrize("seed", range(40))
def test_rounds_reach_what_single_removals_reach(seed):
    g = sparse(seed, nodes=40, decisions=10, agents=1 + seed % 2, window=8)
    assert cm.minimal_reduction(g) == one_by_one(g, random.Random(seed))


@given(games(max_nodes=9), st.randoms())
def test_rounds_reach_what_single_removals_reach_in_small_games(g, rng):
    assert cm.minimal_reduction(g) == one_by_one(g, rng)


def test_several_rounds_are_needed():
    chain = "; ".join(f"S{t}, D{t} -> S{t + 1}" for t in range(5))
    seen = "; ".join(
        f"{', '.join(f'S{s}, D{s}' for s in range(t))}, S{t} -> D{t}" if t else "S0 -> D0" for t in range(5)
    )
    g = cm.cid(f"{chain}; {seen}; S5 -> U", decisions=[f"D{t}" for t in range(5)], utilities=["U"])
    assert {(x, d) for d in g.decisions for x in cm.minimal_reduction(g).parents(d)} == {
        (f"S{t}", f"D{t}") for t in range(5)
    }
    assert len({removal.step.links[0][1] for removal in without_nonrequisite(g.net)[1]}) == 4


@given(st.integers(0, 9).flatmap(lambda n: st.lists(st.integers(0, (1 << n) - 1), min_size=n, max_size=n)))
def test_transposed(rows):
    columns = transposed(rows)
    assert transposed(columns) == rows
    assert all((rows[i] >> j & 1) == (columns[j] >> i & 1) for i, j in itertools.product(range(len(rows)), repeat=2))


def test_links_are_added_where_the_order_has_to_change():
    g = cm.cid("D1 -> A -> U; Z -> B; D2 -> U; B -> U", decisions=["D1", "D2"], utilities=["U"])
    net, start, end = g.net.with_link(g.index("B"), g.index("D1"))
    linked = g.with_link("B", "D1")
    assert (net.names, net.dag, net.decisions) == (linked.nodes, linked.dag, linked.net.decisions)
    assert (start, end) == (linked.index("B"), linked.index("D1"))


@given(diagrams(max_nodes=8, min_decisions=1), st.data())
def test_nets_with_a_link_are_those_of_diagrams_with_the_link(g, data):
    decision = data.draw(st.sampled_from(g.decisions))
    others = [v for v in g if v != decision and v not in g.descendants(decision) and g.kind(v) != "utility"]
    if others:
        node = data.draw(st.sampled_from(others))
        net, _, _ = g.net.with_link(g.index(node), g.index(decision))
        assert net == g.with_link(node, decision).net


def every_small_diagram(nodes=4):
    """All diagrams of one agent with so many nodes in a fixed order, up to three decisions, leaves as utilities."""
    places = list(itertools.combinations(range(nodes), 2))
    for chosen in itertools.product((False, True), repeat=len(places)):
        links = [link for link, there in zip(places, chosen, strict=True) if there]
        inner = sorted({parent for parent, _ in links})
        for decisions in itertools.chain.from_iterable(itertools.combinations(inner, k) for k in range(1, 4)):
            yield cm.cid(
                [(f"V{a}", f"V{b}") for a, b in links],
                decisions=[f"V{v}" for v in decisions],
                utilities=[f"V{v}" for v in range(nodes) if v not in inner],
                nodes=[f"V{v}" for v in range(nodes)],
            )


def test_every_diagram_of_four_nodes():
    count = 0
    for g in every_small_diagram():
        count += 1
        for k, decision in enumerate(g.decisions):
            ball = decision_ball(g, decision)
            assert {v for v, b in enumerate(g.net.balls.visited) if b >> k & 1} == ball.visited
            assert {v for v, b in enumerate(g.net.balls.mechanisms) if b >> k & 1} == ball.mechanisms
        assert cm.minimal_reduction(g) == one_by_one(g, random.Random(count))
    assert count == 251
