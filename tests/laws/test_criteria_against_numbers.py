"""Criteria against brute force: no model has an incentive that the diagram is said to exclude."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.criteria.insoluble import stages
from cidmesa.structure.reduction import immaterial
from tests.laws.brute import policies, random_diagram, random_sizes, sample

MOST_POLICIES = 2**9


def has(verdict, models, rng):
    """In how many of the sampled models the incentive of the verdict is present."""
    decision, node = verdict.decision, verdict.node
    if verdict.concept == "voi":
        return int(models.has_voi(decision, node).sum())
    if verdict.concept == "voc":
        return int(models.has_voc(node, rng, tries=8).sum())
    return int({"ri": models.has_ri, "ici": models.has_ici}[verdict.concept](decision, node).sum())


def asked(table, concepts):
    """The verdicts that a model can contradict or confirm; what holds of utilities by definition is left out."""
    utilities = {
        verdict.node for verdict in table if verdict.status == "not applicable" and "utility" in verdict.reason
    }
    for verdict in table:
        if verdict.concept in concepts and verdict.status != "not applicable" and verdict.node not in utilities:
            yield verdict


def compare(g, rng, sizes):
    """Assert that no sampled model contradicts an "excluded"; return how often what is admitted was found."""
    found = Counter()
    own = sample(g, rng, sizes) if policies(g) <= MOST_POLICIES else None
    for verdict in asked(cm.incentives(g), ("voi", "voc", "ri", "ici")):
        models = own
        if verdict.concept == "voi" and verdict.node not in g.parents(verdict.decision):
            linked = g.with_link(verdict.node, verdict.decision)
            models = sample(linked, rng, sizes) if policies(linked) <= MOST_POLICIES else None
        count = has(verdict, models, rng) if models else 0
        found[verdict.concept, verdict.status, count > 0 if models else None] += 1
        assert verdict.status != "excluded" or not count, (g, verdict)
    return found


@pytest.mark.parametrize("part", range(4))
def test_single_decision_diagrams_of_up_to_six_nodes(part):
    rng = np.random.default_rng(2021 + part)
    found = Counter()
    for _ in range(500):
        found += compare(random_diagram(rng, most_nodes=6, decisions=1), rng, 20)
    for concept, least in (("voi", 120), ("voc", 450), ("ri", 70), ("ici", 350)):
        assert found[concept, "excluded", False] > 200, (concept, found)
        assert found[concept, "admits", True] > least, (concept, found)


def test_several_decisions():
    rng = np.random.default_rng(7)
    found = Counter()
    for _ in range(500):
        found += compare(random_diagram(rng, most_nodes=6, decisions=2), rng, 8)
    for concept, least in (("voi", 40), ("voc", 200), ("ri", 25), ("ici", 500)):
        assert found[concept, "excluded", False] > 200, (concept, found)
        assert found[concept, "admits", True] > least, (concept, found)


def test_reductions_keep_the_best_value():
    rng = np.random.default_rng(11)
    fired = Counter()
    for _ in range(1200):
        g = random_diagram(rng, most_nodes=6, decisions=int(rng.integers(2, 4)))
        steps = cm.reduction(g).steps
        if all(step.rule == "R0" for step in steps) or policies(g) > 2**12:
            continue
        fired.update(step.rule for step in steps)
        models = sample(g, rng, 6)
        kept = np.ones(len(next(iter(models.rules.values()))), dtype=bool)
        for parent, decision in cm.reduction(g).links:
            kept &= models.ignoring(decision, parent)
        assert (models.scores[:, kept].max(1) == models.scores.max(1)).all(), g
    assert min(fired[rule] for rule in ("R1", "R2", "R3")) > 0, fired
    assert fired["R1"] > 40, fired


def test_impact_is_excluded_only_where_no_model_has_it():
    rng = np.random.default_rng(3)
    found = Counter()
    for _ in range(250):
        g = random_diagram(rng, most_nodes=5, decisions=1)
        if policies(g) > 16:
            continue
        models = sample(g, rng, 6)
        for verdict in cm.incentives(g).select(concept="impact"):
            present = bool(models.has_impact(verdict.node).any())
            found[verdict.status, present] += 1
            assert verdict or not present, (g, verdict)
    assert found["admits", True] > 60, found
    assert found["excluded", False] > 200, found


def contradictions(g, rng, sizes, models):
    """The verdicts "excluded" on the diagram that one of the sampled models contradicts, and how many were tested."""
    tested, wrong = 0, []
    own = sample(g, rng, models, sizes)
    for verdict in asked(cm.incentives(g).select(status="excluded"), ("voi", "voc", "ri", "ici")):
        current = own
        if verdict.concept == "voi" and verdict.node not in g.parents(verdict.decision):
            linked = g.with_link(verdict.node, verdict.decision)
            if policies(linked, sizes) > MOST_POLICIES:
                continue
            current = sample(linked, rng, models, sizes)
        tested += 1
        if has(verdict, current, rng):
            wrong.append(verdict)
    return tested, wrong


def soundness(seed, wanted):
    """Test at least ``wanted`` random models of up to seven nodes, three decisions, and two or three values."""
    rng = np.random.default_rng(seed)
    seen = tested = 0
    shapes = Counter()
    while seen < wanted:
        g = random_diagram(rng, most_nodes=7, decisions=int(rng.integers(1, 4)))
        sizes = random_sizes(g, rng)
        if policies(g, sizes) <= MOST_POLICIES:
            count, wrong = contradictions(g, rng, sizes, 8)
            assert not wrong, (g, sizes, wrong)
            seen, tested = seen + 8, tested + count
            shapes[len(g), len(g.decisions)] += 1
    assert tested > seen
    assert shapes[7, 3] > 0, shapes


def without_an_effect(g, verdict):
    """The nodes that models of one decision alone let have no effect."""
    if verdict.concept == "voc":
        return ()
    stage = next(stages(g.net, g.index(verdict.decision), strict=verdict.concept == "ri"))
    return g.net.shown(stage.silent)


def test_one_decision_alone():
    """Insoluble diagrams: what is said to be admitted is found in most cases, and never where a rule says otherwise."""
    rng = np.random.default_rng(12)
    found = Counter()
    while sum(found.values()) < 400:
        g = random_diagram(rng, most_nodes=6, decisions=int(rng.integers(2, 4)))
        if cm.is_soluble(g) or policies(g) > MOST_POLICIES:
            continue
        for verdict in asked(cm.incentives(g).select(status="admits"), ("voi", "voc", "ri")):
            linked = g.with_link(verdict.node, verdict.decision) if verdict.concept == "voi" else g
            told = "stands alone" in verdict.reason or "few decisions" in verdict.reason
            if told and policies(linked) <= MOST_POLICIES:
                found[verdict.concept, is_found(linked, verdict, rng)] += 1
                assert verdict.concept != "voi" or not immaterial(linked, verdict.node, verdict.decision), (g, verdict)
    for concept in ("voi", "voc", "ri"):
        assert found[concept, True] > 4 * found[concept, False], found


def is_found(g, verdict, rng):
    """Whether one of some hundred models has the incentive; first those in which little has an effect."""
    silent = without_an_effect(g, verdict)
    for _ in range(20):
        models = sample(g, rng, 20)
        if has(verdict, models.without_effect(silent), rng) or has(verdict, models, rng):
            return True
    return False


@pytest.mark.parametrize("part", range(5))
def test_no_model_contradicts_what_is_excluded(part):
    soundness(300 + part, 1000)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(20))
def test_no_model_contradicts_what_is_excluded_at_length(part):
    soundness(900 + part, 10_000)
