"""Layout against independent measures: total rank length by linear enumeration, crossings, overlaps, networkx."""

import itertools

import networkx as nx
import pytest
from hypothesis import given, strategies as st

from cidmesa.render.layout.coordinates import coordinates
from cidmesa.render.layout.crossings import Blocks, Row, best_rows, layered
from cidmesa.render.layout.layered import layout
from cidmesa.render.layout.ranks import acyclic, components, ranks
from tests.render import figures


def random_links(dice, count, links):
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b]
    return dice.sample(pairs, min(links, len(pairs)))


def connected_dag(dice, count, extra):
    tree = [tuple(sorted((dice.randrange(i), i))) for i in range(1, count)]
    more = [tuple(sorted(pair)) for pair in random_links(dice, count, extra)]
    return list(dict.fromkeys(tree + more))


def crossings_by_pairs(graph, layers):
    """Count pairs of steps between the same two layers whose ends stand in opposite orders."""
    place = {v: i for layer in layers for i, v in enumerate(layer)}
    rank = {v: r for r, layer in enumerate(layers) for v in layer}
    pairs = itertools.combinations(graph.steps, 2)
    return sum(
        rank[a] == rank[c] and (place[a] - place[c]) * (place[b] - place[d]) < 0 for (a, b), (c, d) in pairs
    )  # fmt: skip


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 30))
def test_turning_links_round_leaves_no_cycle(seed, count, many):
    links = random_links(figures.dice_of(seed), count, many)
    turned = acyclic(count, links)
    graph = nx.DiGraph(turned)
    assert not turned or nx.is_directed_acyclic_graph(graph)
    assert {frozenset(link) for link in turned} == {frozenset(link) for link in links}
    if nx.is_directed_acyclic_graph(nx.DiGraph(links)):
        assert turned == links


@given(st.integers(0, 10**6), st.integers(2, 7), st.integers(0, 6))
def test_ranks_have_least_total_length(seed, count, extra):
    links = connected_dag(figures.dice_of(seed), count, extra)
    level = ranks(count, links)
    assert min(level) == 0
    assert all(level[b] > level[a] for a, b in links)
    assert sum(level[b] - level[a] for a, b in links) == least_length(count, links)


def test_weak_links_go_forward_but_do_not_pull():
    links = [(0, 1), (1, 2), (2, 3), (4, 3), (0, 4)]
    assert ranks(5, links) == [0, 1, 2, 3, 2] or ranks(5, links) == [0, 1, 2, 3, 1]
    assert ranks(5, links, weak=[(0, 4)]) == [0, 1, 2, 3, 2]
    assert ranks(5, links, weak=[(4, 3)]) == [0, 1, 2, 3, 1]


def least_length(count, links):
    """The least total length by the dual: a minimum-cost flow (networkx), an algorithm of another kind."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count), demand=0)
    for a, b in links:
        graph.nodes[b]["demand"] += 1
        graph.nodes[a]["demand"] -= 1
        graph.add_edge(a, b, weight=-1)
    return -nx.min_cost_flow_cost(graph)


def test_components_are_those_of_networkx():
    for seed in range(50):
        links = random_links(figures.dice_of(seed), 10, 7)
        graph = nx.Graph(links)
        graph.add_nodes_from(range(10))
        assert components(10, links) == sorted(map(sorted, nx.connected_components(graph)))


def ordered(graph):
    row = best_rows([graph])[0]
    return row.of.layers(row.blocks), row.crossings


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(0, 9))
def test_a_row_knows_its_crossings_whatever_is_moved(seed, count, extra):
    dice = figures.dice_of(seed)
    links = connected_dag(dice, count, extra)
    blocks = Blocks(layered(ranks(count, links), links))
    row = Row(blocks, dice.sample(range(blocks.count), blocks.count))
    for _ in range(4):
        assert row.crossings == crossings_by_pairs(blocks.graph, blocks.layers(row.blocks))
        here, there = dice.randrange(blocks.count), dice.randrange(blocks.count)
        moved = row.blocks[here]
        row.move(here, there)
        assert row.blocks[there] == moved
    before = row.crossings
    row.settle(set(row.blocks))
    assert before >= row.crossings == crossings_by_pairs(blocks.graph, blocks.layers(row.blocks))


@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 4))
def test_a_row_of_lanes_knows_its_crossings(seed, kinds, slices):
    """All but those that no order of the lanes avoids, each twice because some lanes are no links."""
    dice = figures.dice_of(seed)
    nodes = [(kind, at) for at in range(slices) for kind in range(kinds)]
    number = {node: i for i, node in enumerate(nodes)}
    links = [(a, b) for a, b in itertools.product(nodes, repeat=2) if a[0] != b[0] and a[1] < b[1]]
    chosen = [(number[a], number[b]) for a, b in dice.sample(links, min(len(links), 6))]
    lanes = frozenset((number[k, i], number[k, i + 1]) for k in range(kinds) for i in range(slices - 1))
    blocks = Blocks(layered([at for _, at in nodes], [*chosen, *lanes]), lanes, lanes)
    row = Row(blocks, dice.sample(range(blocks.count), blocks.count))
    for _ in range(5):
        place = {block: i for i, block in enumerate(row.blocks)}
        crossed = [(place[a] < place[b]) != (place[x] < place[y]) for a, b, x, y in blocks.quads]
        assert row.crossings == sum(crossed)
        here, there = dice.randrange(blocks.count), dice.randrange(blocks.count)
        row.move(here, there)
    before = row.crossings
    row.settle(set(row.blocks))
    assert row.crossings <= before


def test_crossings_are_counted_right_and_reduced():
    before = after = 0
    for seed in range(40):
        links = connected_dag(figures.dice_of(seed), 12, 8)
        graph = layered(ranks(12, links), links)
        best, count = ordered(graph)
        assert [sorted(layer) for layer in best] == [sorted(layer) for layer in graph.layers]
        assert count == crossings_by_pairs(graph, best)
        before += crossings_by_pairs(graph, graph.layers)
        after += count
    assert after < before / 2


def test_order_is_optimal_on_small_graphs_in_nearly_all_cases():
    missed = 0
    for seed in range(40):
        links = connected_dag(figures.dice_of(seed), 6, 3)
        graph = layered(ranks(6, links), links)
        every = itertools.product(*(itertools.permutations(layer) for layer in graph.layers))
        missed += ordered(graph)[1] > min(crossings_by_pairs(graph, layers) for layers in every)
    assert missed <= 1


def test_coordinates_keep_order_and_distance():
    for seed in range(40):
        links = connected_dag(figures.dice_of(seed), 14, 10)
        graph = layered(ranks(14, links), links)
        layers, halves = ordered(graph)[0], [0.5 + (i % 3) / 2 for i in range(14)]
        place, _ = coordinates(graph, layers, halves)
        room = [*halves, *([0.0] * (graph.size - 14))]
        for layer in layers:
            for a, b in itertools.pairwise(layer):
                assert place[b] - place[a] >= max(1, room[a] + room[b])


def test_chain_is_straight_and_a_fork_is_centred():
    chain = layout(dict.fromkeys("ABCD", (40, 40)), [("A", "B"), ("B", "C"), ("C", "D")])
    assert {y for _, y in chain.centres.values()} == {0.0}
    fork = layout(dict.fromkeys("ABCD", (40, 40)), [("A", "B"), ("A", "C"), ("A", "D")]).centres
    assert fork["A"][1] * 3 == fork["B"][1] + fork["C"][1] + fork["D"][1]


def test_direction_turns_the_layout():
    down = layout(dict.fromkeys("AB", (40, 40)), [("A", "B")], "TB").centres
    assert down["A"][0] == down["B"][0]
    assert down["A"][1] < down["B"][1]


@pytest.mark.parametrize("seed", range(10))
def test_fewer_crossings_than_networkx(seed):
    """Straight lines between centres, so that the positions alone are compared."""
    diagram = figures.scattered(seed, 15, 16)
    names = list(diagram.nodes)
    mine = layout(dict.fromkeys(names, (40, 40)), diagram.edges).centres
    graph = diagram.to_networkx()
    for rank, generation in enumerate(nx.topological_generations(graph)):
        for node in generation:
            graph.nodes[node]["subset"] = rank
    theirs = nx.multipartite_layout(graph)
    assert straight_crossings(mine, diagram.edges) <= straight_crossings(theirs, diagram.edges)


def straight_crossings(place, links):
    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    total = 0
    for (a, b), (c, d) in itertools.combinations(links, 2):
        p, q, r, s = place[a], place[b], place[c], place[d]
        total += side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0
    return total
