"""Incentives of models against enumeration of policies and noise, and random nodes against their drawn-out noise."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from tests.laws.brute import policies, random_diagram, sample
from tests.random_models import random_model


def as_model(models, k):
    """The k-th model of a sample, each node's noise being a chance node of its own."""
    cid = models.cid
    specs, given = [], {}
    size = models.weights[k].sum()
    for node in cid.chance_nodes:
        noise = models.noise[node]
        one = Fraction(int(models.weights[k][noise == 1].sum()), int(size))
        specs.append(cm.Node(f"E{node}"))
        given[f"E{node}"] = {0: 1 - one, 1: one}
    for spec in cid.specs:
        noisy = spec.parents if spec.kind != "chance" else (*spec.parents, f"E{spec.name}")
        specs.append(cm.Node(spec.name, spec.kind, spec.agent, noisy))
        given[spec.name] = [0, 1] if spec.kind == "decision" else looked_up(models.tables[spec.name][k], noisy)
    domains = {spec.name: [0, 1] for spec in specs if spec.kind == "chance"}
    return cm.model(cm.CID(tuple(specs)), given, domains=domains)


def looked_up(table, parents):
    def value(**setting):
        row = 0
        for parent in parents:
            row = 2 * row + setting[parent]
        return int(table[row])

    return value


@pytest.mark.parametrize("part", range(2))
def test_random_models_of_one_decision(part):
    rng = np.random.default_rng(40 + part)
    found = Counter()
    for _ in range(250):
        g = random_diagram(rng, 5, 1)
        informed = len(cm.incentives(g).select(concept="ri", status="admits"))
        if policies(g) > 16 or (not informed and rng.random() < 0.9):
            continue
        (decision,) = g.decisions
        models = sample(g, rng, 3)
        for k in range(3):
            model = as_model(models, k)
            for node in g.nodes:
                check(found, models, k, model, decision, node, rng)
    assert min(found[concept, True] for concept in ("voi", "voc", "ri", "ici", "impact")) > 2, found


def check(found, models, k, model, decision, node, rng):
    g = models.cid
    pairs = {"ici": (cm.has_ici(model, decision, node), models.has_ici(decision, node)[k])}
    if node != decision:
        pairs["ri"] = cm.has_ri(model, decision, node), models.has_ri(decision, node)[k]
    if g.kind(node) == "chance":
        pairs["voc"] = cm.value_of_control(model, node), models.has_voc(node, rng, tries=2**16)[k]
    if node in g.parents(decision):
        pairs["voi"] = cm.value_of_information(model, decision, node), models.has_voi(decision, node)[k]
    if g.kind(node) == "utility":
        del pairs["ici"], pairs["ri"]  # utilities are not binary, so the enumeration sets only two of their values
    for concept, (quantity, expected) in pairs.items():
        assert bool(quantity) == bool(expected), (g, concept, node, quantity)
        found[concept, bool(quantity)] += 1
    expected = models.has_impact(node)[k]
    for number in range(policies(g)):
        rule = {decision: looked_up(models.rules[decision][number], g.parents(decision))}
        quantity = cm.has_impact(model, decision, node, baseline=rule)
        assert bool(quantity) == bool(expected[number]), (g, "impact", node, number)
        found["impact", bool(quantity)] += 1


def drawn_out(model):
    """The model with one noise node for each random node and setting of its parents: the canonical structural model."""
    specs, given, domains = [], {}, {}
    for spec in model.cid.specs:
        if spec.kind != "chance" or not spec.parents:
            specs.append(spec)
            given[spec.name] = list(model.domain(spec.name)) if spec.kind == "decision" else model.mechanism(spec.name)
            continue
        states = model.domain(spec.name)
        settings = list(itertools.product(*(model.domain(parent) for parent in spec.parents)))
        rows = model.table(spec.name).values.reshape(len(settings), len(states))
        draws = {s: f"{spec.name}_{i}" for i, s in enumerate(settings) if not set(rows[i].tolist()) <= {0, 1}}
        for setting, name in draws.items():
            row = rows[settings.index(setting)].tolist()
            specs.append(cm.Node(name))
            given[name] = dict(zip(states, row, strict=True))
        sure = {s: states[row.tolist().index(1)] for s, row in zip(settings, rows, strict=True) if s not in draws}
        specs.append(cm.Node(spec.name, "chance", None, (*spec.parents, *draws.values())))
        given[spec.name] = chosen(spec.parents, draws, sure)
        domains[spec.name] = states
    return cm.model(cm.CID(tuple(specs)), given, domains=domains)


def chosen(parents, draws, sure):
    def value(**setting):
        key = tuple(setting[parent] for parent in parents)
        return setting[draws[key]] if key in draws else sure[key]

    return value


def test_random_nodes_are_their_drawn_out_noise():
    rng = Random(12)
    found = Counter()
    for _ in range(150):
        model = random_model(rng, max_nodes=5, max_decisions=1)
        (decision,) = model.cid.decisions
        plain = drawn_out(model)
        for node in model.cid.nodes:
            for name, measure in (("ici", cm.has_ici), ("impact", cm.has_impact), ("ri", cm.has_ri)):
                if name == "ri" and node == decision:
                    continue
                one, two = measure(model, decision, node), measure(plain, decision, node)
                assert (one.value, one.witness) == (two.value, two.witness), (model, name, node)
                found[name, bool(one)] += 1
    assert min(found[name, True] for name in ("ici", "impact", "ri")) > 5, found


def test_floats_agree_with_fractions():
    rng = Random(3)
    for _ in range(60):
        model = random_model(rng, max_nodes=5, max_decisions=1)
        (decision,) = model.cid.decisions
        root = next((n for n in model.cid.chance_nodes if not model.cid.parents(n)), None)
        if root is None:
            continue
        chances = [float(p) for p in model.table(root).values.tolist()]
        floating = model.with_mechanism({root: dict(zip(model.domain(root), chances, strict=True))})
        assert not floating.exact
        for node in model.cid.nodes:
            exact, rounded = cm.has_ici(model, decision, node), cm.has_ici(floating, decision, node)
            assert bool(exact) == bool(rounded)
            assert float(rounded) == pytest.approx(float(exact))
            if node != decision:
                assert bool(cm.has_ri(model, decision, node)) == bool(cm.has_ri(floating, decision, node))
