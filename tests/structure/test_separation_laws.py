"""d-separation against networkx and against the textbook definition by paths; witnesses are walked."""

from __future__ import annotations

import itertools

import networkx as nx
from hypothesis import given, strategies as st

from cidmesa import CID, active_path, d_separated, directed_path
from cidmesa.structure.dag import roll
from tests.separating import networkx_separates
from tests.strategies import diagrams

NAMES = st.sets(st.sampled_from([f"V{i}" for i in range(7)]), max_size=3)


def is_active(g: CID, path: tuple[str, ...], evidence: set[str]) -> bool:
    """The textbook definition, triple by triple."""
    if evidence & {path[0], path[-1]} or len(set(path)) < len(path):
        return False
    if any(a not in g.parents(b) and b not in g.parents(a) for a, b in itertools.pairwise(path)):
        return False
    for before, node, after in zip(path, path[1:], path[2:], strict=False):
        if before in g.parents(node) and after in g.parents(node):
            if not evidence & {node, *g.descendants(node)}:
                return False
        elif node in evidence:
            return False
    return True


def some_path_is_active(g: CID, a: set[str], b: set[str], evidence: set[str]) -> bool:
    skeleton = g.to_networkx().to_undirected()
    ends = [(x, y) for x in sorted(a - evidence) for y in sorted(b - evidence)]
    return any(
        x == y or any(is_active(g, tuple(path), evidence) for path in nx.all_simple_paths(skeleton, x, y))
        for x, y in ends
    )


@given(diagrams(max_nodes=7), NAMES, NAMES, NAMES)
def test_d_separation_is_the_textbook_definition(g, a, b, evidence):
    a, b, evidence = a & set(g), b & set(g), evidence & set(g)
    judgement = d_separated(g, a, b, given=evidence)
    assert bool(judgement) is not some_path_is_active(g, a, b, evidence)
    if not judgement:
        assert is_active(g, judgement.witness, evidence)
        assert {judgement.witness[0]} <= a
        assert {judgement.witness[-1]} <= b


@given(diagrams(max_nodes=9), NAMES, NAMES, NAMES)
def test_d_separation_agrees_with_networkx(g, a, b, evidence):
    b = b & set(g) - a
    a, evidence = a & set(g), (evidence & set(g)) - a - b
    if a and b:
        assert bool(d_separated(g, a, b, given=evidence)) is networkx_separates(g.to_networkx(), a, b, evidence)


@given(diagrams(max_nodes=8), NAMES, NAMES)
def test_one_ball_answers_for_evidence_and_for_mechanisms(g, a, evidence):
    a, evidence = a & set(g), evidence & set(g)
    ball = roll(g.dag, g.indices(a), g.indices(evidence))
    for node in g.nodes:
        assert (g.index(node) in ball.visited) is bool(active_path(g, a - evidence, node, evidence - {node}))
        if g.kind(node) != "utility" or not g.children(node):
            extended = g.with_spec(type(g.spec(node))("mechanism")).with_link("mechanism", node)
            assert (g.index(node) in ball.mechanisms) is bool(active_path(extended, a, "mechanism", evidence))


@given(diagrams(max_nodes=8), st.data())
def test_directed_paths_are_shortest_and_real(g, data):
    a, b, via = (data.draw(st.sampled_from(g.nodes)) for _ in range(3))
    graph = g.to_networkx()
    path = directed_path(g, a, b)
    assert bool(path) is nx.has_path(graph, a, b)
    if path:
        assert len(path) == nx.shortest_path_length(graph, a, b) + 1
        assert nx.is_path(graph, path)
    detour = directed_path(g, a, b, via=via)
    assert bool(detour) is (nx.has_path(graph, a, via) and nx.has_path(graph, via, b))
    assert not detour or (via in detour and nx.is_path(graph, detour))
