"""Reasoning patterns: the five games of the theory, several labels at once, and all against path enumeration."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given, settings

import cidmesa as cm
from cidmesa.structure.diagram import CID, Node
from tests.strategies import games

OWNED = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["UA"], "b": ["UB"]}}
SIGNAL = cm.cid("T -> A, UA, UB; A -> B -> UA, UB", **OWNED)
SILENT = cm.cid("T -> A, UB; A -> B -> UA, UB", **OWNED)
MANIPULATION = cm.cid("A -> B, UB; B -> UA, UB", **OWNED)
REVEALING = cm.cid("A, X -> S -> B; X -> UB; B -> UA, UB", **OWNED)
CHEAP_TALK = cm.cid("A -> B -> UA, UB", **OWNED)


@pytest.mark.parametrize(
    ("game", "labels"),
    [
        pytest.param(SIGNAL, {"signalling"}, id="signalling"),
        pytest.param(SILENT, set(), id="nothing to signal"),
        pytest.param(MANIPULATION, {"manipulation"}, id="manipulation"),
        pytest.param(REVEALING, {"revealing-denying"}, id="revealing"),
        pytest.param(CHEAP_TALK, set(), id="cheap talk"),
        pytest.param(SIGNAL.with_link("A", "UA"), {"direct effect", "signalling"}, id="two labels"),
        pytest.param(REVEALING.with_link("A", "UB"), {"revealing-denying", "manipulation"}, id="two labels through B"),
    ],
)
def test_the_five_games(game, labels):
    found = cm.reasoning_patterns(game)
    assert set(found.labels("A")) == labels
    assert found.labels("B") == ("direct effect",)


def test_an_unmotivated_decision_motivates_nobody():
    owned = {"decisions": {"a": ["A"], "b": ["B"], "c": ["C"]}, "utilities": {"a": ["UA"], "b": ["UB"], "c": ["UC"]}}
    game = cm.cid("A -> B, UB; B -> C -> UA; UC; UB", nodes=["UC", "UB"], **owned)
    found = cm.reasoning_patterns(game)
    assert found.unmotivated == ("A", "B", "C")
    motivated = cm.reasoning_patterns(cm.cid("A -> B, UB; B -> C, UB; C -> UA, UC", **owned))
    assert motivated.labels("A") == ("manipulation",)
    assert motivated.of("A")[0].paths == (("A", "B"), ("B", "C", "UA"), ("A", "UB"))


def test_how_it_shows():
    found = cm.reasoning_patterns(SIGNAL)
    assert found.to_text().splitlines()[0] == "A: signalling through B (A - B; B - UA; A - T - UB; T - UA)"
    assert found.to_json()[0] == {
        "decision": "A", "label": "signalling", "through": "B",
        "paths": [["A", "B"], ["B", "UA"], ["A", "T", "UB"], ["T", "UA"]],
    }  # fmt: skip
    assert str(cm.reasoning_patterns(CHEAP_TALK)).startswith("A: no reasoning pattern")
    assert len(found) == len(list(found)) == 2


# --- against enumeration ---------------------------------------------------------------------------------------------


def paths(g: CID, start: str, goal: str):
    """All simple paths in the graph without directions."""
    todo = [(start,)]
    while todo:
        path = todo.pop()
        if path[-1] == goal:
            yield path
            continue
        todo += [(*path, n) for n in (*g.parents(path[-1]), *g.children(path[-1])) if n not in path]


def shape(g: CID, path):
    """The inner nodes, each with 'chain', 'fork' or 'collider'."""
    for before, node, after in zip(path, path[1:], path[2:], strict=False):
        into = (before in g.parents(node)) + (after in g.parents(node))
        yield node, ("fork", "chain", "collider")[into]


def active(g: CID, path, evidence):
    for node, kind in shape(g, path):
        if kind == "collider" and not {node, *g.descendants(node)} & evidence:
            return False
        if kind != "collider" and node in evidence:
            return False
    return True


def effective(g: CID, path, decisions):
    inner = all(g.kind(n) != "decision" or n in decisions or kind == "fork" for n, kind in shape(g, path))
    return inner and (g.kind(path[-1]) != "decision" or path[-1] in decisions)


def directed(g: CID, path):
    return all(a in g.parents(b) for a, b in itertools.pairwise(path))


def besides(g: CID, decision, node):
    return set(g.parents(decision)) - {node} - set(g.descendants(node))


def labels(g: CID, a: str, decisions):
    mine = g.utilities_of(g.agent(a))
    if any(directed(g, p) and not any(g.kind(n) == "decision" for n in p[1:]) for u in mine for p in paths(g, a, u)):
        yield "direct effect", None
    for b in decisions:
        if g.agent(a) == g.agent(b):
            continue
        ahead = any(directed(g, p) and all(g.kind(n) != "decision" for n in p[1:-1]) for p in paths(g, a, b))
        back = any(directed(g, p) and effective(g, p, decisions) for u in mine for p in paths(g, b, u))
        if not (ahead and back):
            continue
        routes = [p for u in g.utilities_of(g.agent(b)) for p in paths(g, a, u) if effective(g, p, decisions)]
        if any(directed(g, p) and b not in p for p in routes):
            yield "manipulation", b
        routes = [p for p in routes if active(g, p, {b} | besides(g, b, a))]
        if any(signals(g, a, p, decisions) for p in routes if p[1] in g.parents(a)):
            yield "signalling", b
        if any("collider" in dict(shape(g, p)).values() for p in routes if a in g.parents(p[1])):
            yield "revealing-denying", b


def signals(g: CID, a, path, decisions):
    key = next(node for node, kind in shape(g, path) if kind == "fork")
    evidence = {a} | besides(g, a, key)
    own = (p for u in g.utilities_of(g.agent(a)) for p in paths(g, key, u))
    return any(effective(g, p, decisions) and active(g, p, evidence) for p in own)


def enumerated(g: CID):
    decisions = set(g.decisions)
    while True:
        found = {d: set(labels(g, d, decisions)) for d in decisions}
        motivated = {d for d in decisions if found[d]}
        if motivated == decisions:
            return found
        decisions = motivated


def check(g: CID):
    found = cm.reasoning_patterns(g)
    assert {d: {(p.label, p.through) for p in found.of(d)} for d in g.decisions if found.of(d)} == enumerated(g)
    kept = {pattern.decision for pattern in found}
    for pattern in found:
        ends = {g.kind(path[-1]) for path in pattern.paths}
        assert ends <= {"utility", "decision"}
        assert all(len(set(path)) == len(path) and effective(g, path, kept) for path in pattern.paths)
    return found


@given(games(max_nodes=7))
@settings(max_examples=150)
def test_small_games_against_enumeration(g):
    check(g)


def test_random_games_against_enumeration():
    rng = Random(5)
    seen = []
    for _ in range(400):
        count = rng.randint(5, 8)
        names = [f"V{i}" for i in range(count)]
        kinds = ["decision" if rng.random() < 0.4 else "chance" for _ in names] + ["utility"] * 3
        names += ["U0", "U1", "U2"]
        specs = []
        for i, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            pool = names[: min(i, count)]
            parents = tuple(p for p in pool if rng.random() < (0.45 if kind == "utility" else 0.35))
            owner = None if kind == "chance" else f"a{name[1]}" if kind == "utility" else f"a{rng.randrange(3)}"
            specs.append(Node(name, kind, owner, parents))
        seen += [pattern.label for pattern in check(CID(tuple(specs)))]
    assert min(seen.count(label) for label in set(seen)) > 10
    assert len(set(seen)) == 4
