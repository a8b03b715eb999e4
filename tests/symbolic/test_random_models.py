"""Conditions on random models with one or two parameters agree with the engine at numbers, point by point."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm

POINTS = 50
ROUGH = ["p", "1 - p", "q", "1 - q", "p * q", "1 - p * q", "p ** 2", "(p + q) / 2", "1/4", "3/4", "1/2", "0", "1"]
WORTH = ["p", "q", "2 * p - q", "p * q", "p - 1/3", "1 - 2 * q", "q ** 2 - p", "1", "-1", "2", "0"]


def _model(rng):
    """Return a random model whose probabilities and payoffs are polynomials in p, and in q where there are two."""
    names = ["p"] if rng.random() < 0.5 else ["p", "q"]
    nodes = [f"N{i}" for i in range(rng.randint(2, 5))]
    decisions = rng.sample(nodes, rng.randint(1, min(2, len(nodes) - 1)))
    specs, given, memory = [], {}, []
    for i, node in enumerate(nodes):
        parents = tuple(rng.sample(nodes[:i], min(i, rng.randint(0, 2))))
        if node in decisions:
            parents = tuple(dict.fromkeys([*parents, *memory]))
            memory = [*parents, node]
            specs.append(cm.Node(node, "decision", "agent", parents))
            given[node] = [0, 1]
        else:
            specs.append(cm.Node(node, "chance", None, parents))
            given[node] = cm.table([[*row, {1: (c := _text(rng, ROUGH, names)), 0: f"1 - ({c})"}]
                                    for row in _rows(parents)], parents)  # fmt: skip
    for k in range(rng.randint(1, 2)):
        parents = tuple(rng.sample(nodes, rng.randint(1, 2)))
        specs.append(cm.Node(f"U{k}", "utility", "agent", parents))
        given[f"U{k}"] = cm.table([[*row, _text(rng, WORTH, names)] for row in _rows(parents)], parents)
    parameters = {name: cm.parameter(name, 0, 1) for name in names}
    return cm.model(cm.CID(tuple(specs)), given, parameters=parameters, symbolic=True)


def _text(rng, texts, names):
    return rng.choice([text for text in texts if "q" not in text or "q" in names])


def _rows(parents):
    return [[k >> i & 1 for i in range(len(parents))] for k in range(2 ** len(parents))]


def _question(rng, model):
    """Return a question about the model as a function: optimal choice, expected utility, incentive or information."""
    decision = rng.choice(model.cid.decisions)
    worth = Fraction(rng.randint(-2, 4), rng.randint(1, 3))
    chance = [n for n in model.cid.nodes if model.cid.kind(n) == "chance"]
    node = rng.choice(chance) if chance else None
    kinds = [
        lambda m: cm.solve(m).value > worth,
        lambda m: cm.solve(m).value == cm.expected_utility(m, dict.fromkeys(m.cid.decisions, 1)),
        lambda m: all(p[decision]() == 1 for p in cm.solve(m).optimal_policies() if not p[decision].reads),
    ]
    if node is not None and len(model.cid.decisions) == 1:
        kinds.append(lambda m: bool(cm.has_ici(m, decision, node)))
        kinds.append(lambda m: bool(cm.has_ri(m, decision, node)))
    return rng.choice(kinds)


def _places(rng, condition):
    """Yield points in range: on the boundary's samples, near them, and anywhere."""
    exact = [piece.sample for piece in condition.pieces if piece.point.rational]
    for k in range(POINTS):
        at = dict(rng.choice(exact)) if k % 3 else {name: Fraction(rng.randint(0, 40), 40) for name in condition.names}
        if k % 3 == 2:
            at = {
                name: min(max(x + Fraction(rng.randint(-3, 3), 200), Fraction(0)), Fraction(1))
                for name, x in at.items()
            }
        yield at


def _agrees(seed):
    rng = Random(f"conditions {seed}")
    model = _model(rng)
    ask = _question(rng, model)
    condition = cm.conditions(model, ask)
    assert condition.complete, seed
    for at in _places(rng, condition):
        assert condition.holds_at(at) == bool(ask(model.substitute(at))), (seed, at)
    return len({piece.holds for piece in condition.pieces}) > 1


@pytest.mark.parametrize("block", range(4))
def test_membership_agrees_with_the_engine(block):
    split = [_agrees(seed) for seed in range(15 * block, 15 * (block + 1))]
    assert any(split)  # some condition is neither always nor never


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(20))
def test_membership_agrees_with_the_engine_on_many(block):
    split = [_agrees(seed) for seed in range(25 * block, 25 * (block + 1))]
    assert any(split)
