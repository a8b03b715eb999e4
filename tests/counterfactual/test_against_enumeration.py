"""Counterfactuals and effects against enumeration of the noise, and the laws that they obey, in exact numbers."""

from random import Random

import pytest

import cidmesa as cm
from tests.counterfactual.oracle import Oracle
from tests.random_models import random_model

MAX_NOISES = 600


def settled_models(seed, count):
    """Small random models whose decisions follow random rules."""
    rng, found = Random(seed), []
    while len(found) < count:
        model = random_model(rng, max_nodes=5, max_decisions=2)
        rules = {
            d: cm.uniform(model.domain(d)) if rng.random() < 0.4 else rng.choice(model.domain(d))
            for d in model.cid.decisions
        }
        model = model.with_policy(rules)
        oracle = Oracle(model)
        if 4 <= oracle.size <= MAX_NOISES:
            found.append((oracle, Random(rng.random())))
    return found


MODELS = settled_models(seed=5, count=150)


def states(oracle, held):
    """The same interventions with states in place of positions."""
    return {
        node: cm.would(states(oracle, given)) if isinstance(given, dict) else oracle.model.domain(node)[given]
        for node, given in held.items()
    }


def draw_held(oracle, rng, depth=1):
    chosen = rng.sample(oracle.nodes, rng.randint(1, min(2, len(oracle.nodes))))
    return {node: draw_held(oracle, rng, depth - 1) if depth and rng.random() < 0.4
            else rng.choice(list(oracle._range(node))) for node in chosen}  # fmt: skip


def test_counterfactuals_equal_enumeration():
    nested = impossible = 0
    for oracle, rng in MODELS:
        for _ in range(4):
            held = draw_held(oracle, rng)
            nested += any(isinstance(given, dict) for given in held.values())
            seen = rng.sample(oracle.nodes, rng.randint(0, 2))
            evidence = {node: rng.choice(list(oracle._range(node))) for node in seen}
            of = rng.choice(oracle.cid.nodes)
            wanted = oracle.law(of, held, evidence)
            ask = {"of": of, "do": states(oracle, held), "evidence": states(oracle, evidence)}
            if wanted is None:
                impossible += 1
                with pytest.raises(cm.ModelError, match="probability 0"):
                    cm.counterfactual(oracle.model, **ask)
                continue
            got = {state: p for state, p in cm.counterfactual(oracle.model, **ask).items() if p}
            utility = oracle.cid.kind(of) == "utility"
            assert got == {state if utility else oracle.model.domain(of)[state]: p for state, p in wanted.items()}
    assert nested > 50
    assert impossible > 5


def number(oracle, node, position):
    return position if oracle.cid.kind(node) == "utility" else oracle.model.domain(node)[position]


def pairs():
    for oracle, rng in MODELS:
        below = [(x, y) for x in oracle.nodes for y in oracle.cid.descendants(x)]
        if below:
            x, y = rng.choice(below)
            low, high = rng.sample(list(oracle._range(x)) * 2, 2)
            domain = oracle.model.domain(x)
            yield oracle, rng, x, y, low, high, {"before": domain[low], "after": domain[high]}


def test_effects_equal_enumeration():
    some = 0
    for oracle, _, x, y, low, high, change in pairs():

        def mean(held, oracle=oracle, y=y):
            return oracle.mean(lambda noise: number(oracle, y, oracle.value(y, noise, held)))

        below = oracle.cid.descendants(x)
        between = [node for node in oracle.cid.parents(y) if node in below]
        natural = {state: {node: {x: state} for node in between} for state in (low, high)}
        base = mean({x: low})
        assert cm.effect(oracle.model, x, y, **change) == mean({x: high}) - base
        direct = cm.effect(oracle.model, x, y, "direct", **change)
        assert direct == mean({x: high, **natural[low]}) - base
        assert cm.effect(oracle.model, x, y, "indirect", **change) == mean({x: low, **natural[high]}) - base
        some += direct != 0
    assert some > 10


def test_path_effects_equal_enumeration():
    some = 0
    for oracle, rng, x, y, low, high, change in pairs():
        edges = [edge for edge in oracle.cid.edges if rng.random() < 0.6]
        wanted = sum(
            chance * (number(oracle, y, oracle.along(y, noise, x, low, high, edges))
                      - number(oracle, y, oracle.value(y, noise, {x: low})))
            for noise, chance in oracle.noises()
        )  # fmt: skip
        assert cm.effect(oracle.model, x, y, "path", edges=edges, **change) == wanted
        some += wanted != 0
    assert some > 10


def test_pearls_identity_and_special_paths():
    for oracle, _, x, y, _, _, change in pairs():
        reverse = {"before": change["after"], "after": change["before"]}
        total, direct = (cm.effect(oracle.model, x, y, kind, **change) for kind in ("total", "direct"))
        assert total == direct - cm.effect(oracle.model, x, y, "indirect", **reverse)
        assert cm.effect(oracle.model, x, y, "path", edges=oracle.cid.edges, **change) == total
        only = [(x, y)] if x in oracle.cid.parents(y) else []
        assert cm.effect(oracle.model, x, y, "path", edges=only, **change) == direct


def test_consistency_and_causal_irrelevance():
    for oracle, rng in MODELS:
        model, (x, y) = oracle.model, rng.sample(oracle.nodes, 2)
        seen = next(state for state, p in cm.query(model, x).items() if p)
        assert cm.counterfactual(model, of=y, do={x: seen}, evidence={x: seen}) == cm.query(model, y, given={x: seen})
        if y not in oracle.cid.descendants(x):
            for state in model.domain(x):
                assert cm.counterfactual(model, of=y, do={x: state}) == cm.query(model, y)
        assert cm.counterfactual(model, of=y, do={x: cm.would()}) == cm.query(model, y)
        assert cm.counterfactual(model, of=y, do={x: seen}) == cm.query(model, y, do={x: seen})
