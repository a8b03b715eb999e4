"""Completeness: each admitted incentive has a model that shows it, and each excluded one is in no random model."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import cidmesa as cm
from tests.laws.brute import policies, random_diagram, sample
from tests.quantities.diagrams import confirmed, single_decision_diagrams


def check_admitted(g, found):
    for verdict in cm.incentives(g).select(status="admits"):
        quantity = confirmed(verdict, cm.witness_model(verdict, g))
        assert quantity, (g, verdict, quantity)
        assert quantity > 0
        found[verdict.concept] += 1


def check_excluded(g, rng, found):
    """No sampled model has an excluded incentive; utilities as X are left out, having no domain there."""
    own = sample(g, rng, 8)
    for verdict in cm.incentives(g).select(status="excluded"):
        decision, node = verdict.decision, verdict.node
        if verdict.concept == "voi":
            linked = g.with_link(node, decision)
            present = sample(linked, rng, 8).has_voi(decision, node) if policies(linked) <= 2**9 else None
        elif verdict.concept == "impact":
            present = own.has_impact(node)
        elif g.kind(node) == "utility" or policies(g) > 2**9:
            continue
        elif verdict.concept == "voc":
            present = own.has_voc(node, rng, tries=8)
        else:
            present = {"ri": own.has_ri, "ici": own.has_ici}[verdict.concept](decision, node)
        if present is not None:
            assert not present.any(), (g, verdict)
            found[verdict.concept, "excluded"] += 1


def test_every_diagram_of_four_nodes():
    rng = np.random.default_rng(2021)
    found = Counter()
    for g in single_decision_diagrams(4):
        check_admitted(g, found)
        check_excluded(g, rng, found)
    for concept, admitted, excluded in (("voi", 136, 494), ("voc", 1070, 300), ("ri", 49, 500), ("ici", 642, 500)):
        assert found[concept] == admitted
        assert found[concept, "excluded"] > excluded - 1, concept
    assert found["impact"] == 715


@pytest.mark.nightly
def test_every_diagram_of_five_nodes():
    found = Counter()
    for g in single_decision_diagrams(5):
        check_admitted(g, found)
    assert (found["voi"], found["ri"]) == (6763, 2635)


def test_larger_random_diagrams():
    rng = np.random.default_rng(8)
    found = Counter()
    for _ in range(60):
        check_admitted(random_diagram(rng, 8, 1), found)
    assert min(found.values()) > 25, found


def test_several_decisions_where_a_construction_is_known():
    rng = np.random.default_rng(5)
    found = Counter()
    for _ in range(120):
        g = random_diagram(rng, 6, 2)
        for verdict in cm.incentives(g).select(status="admits"):
            try:
                model = cm.witness_model(verdict, g)
            except cm.NotApplicable as error:
                assert "needs other decisions to play along" in str(error)  # noqa: PT017 (not always raised)
                found["none"] += 1
                continue
            assert confirmed(verdict, model), (g, verdict)
            found[verdict.concept] += 1
    assert min(found.values()) > 15, found
    assert found["none"] < 0.2 * sum(found.values())


@pytest.mark.parametrize(
    ("links", "concept", "value"),
    [
        pytest.param("X, Y -> C; C, X -> D; Y, D -> U", "voi", 0.5, id="exclusive or"),
        pytest.param("X -> O, C; S -> C, U; O, C -> D; D -> U", "voc", 1 / 3, id="unlock a collider"),
        pytest.param("S -> M, U; X -> M -> O -> D -> U", "voc", 1 / 3, id="unlock a channel"),
        pytest.param("S -> X, U; X -> D -> U", "voc", 0.5, id="pass on"),
        pytest.param("X -> O, C; S -> C, U; O, C -> D; D -> U", "ri", 1, id="respond to the lock"),
    ],
)
def test_constructions(links, concept, value):
    g = cm.cid(links, decisions=["D"], utilities=["U"])
    (verdict,) = cm.incentives(g).select(concept=concept, node="X")
    assert float(confirmed(verdict, cm.witness_model(verdict, g))) == pytest.approx(value)


def test_other_agents_are_chance_nodes():
    g = cm.cid("A -> B -> U, V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    model = cm.witness_model(cm.admits_ici(g, "A", "B"), g)
    assert model.cid.kind("B") == "chance"
    assert cm.has_ici(model, "A", "B") == 1


def test_a_diagram_without_decisions():
    g = cm.cid("X -> Y -> U", utilities=["U"])
    model = cm.witness_model(cm.admits_voc(g, "X"), g)
    assert cm.value_of_control(model, "X") == 1


def test_what_has_no_witness_model_says_so():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    with pytest.raises(cm.NotApplicable, match="'excluded'; only what is admitted has a model"):
        cm.witness_model(cm.admits_ici(g, "D", "S"), g)
    with pytest.raises(cm.NotApplicable, match="no construction is known for 'unfairness'"):
        cm.witness_model(cm.admits_unfairness(g, "D", "S"), g)
    with pytest.raises(cm.UnknownNode, match="no node 'S'"):
        cm.witness_model(cm.admits_voi(g, "D", "S"), cm.cid("D -> U", decisions=["D"], utilities=["U"]))
    relay = cm.cid("S -> D1, U1; D1 -> U1, D2, U2; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    with pytest.raises(cm.NotApplicable, match="needs other decisions to play along"):
        cm.witness_model(cm.admits_ici(relay, "D1", "D2"), relay)
