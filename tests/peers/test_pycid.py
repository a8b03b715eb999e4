"""PyCID as a referee, asked with its own objects: equal answers, and a reason for each difference.

A difference in a criterion must be one of three kinds, in each of which PyCID is wrong; where PyCID raises, brute force
decides (tests/laws, tests/solving).
"""

import random
from collections import Counter

import networkx as nx
import numpy as np
import pytest

import cidmesa as cm
from tests.random_models import random_model

BY_DECISION = {
    "admits_voi": cm.admits_voi,
    "admits_ri": cm.admits_ri,
    "admits_ici": cm.admits_ici,
    "requisite": cm.is_requisite,
}
KINDS = {
    "no model has it": "links that no optimal policy needs, and the agent's own earlier decisions, are not excluded",
    "indirect": "indirect value of control is sought on back-door paths only",
    "raises": "nothing is answered without sufficient recall",
}


def answer(function, *arguments, **options):
    """Return what PyCID answers, None where it raises (no sufficient recall, disconnected parts)."""
    try:
        return function(*arguments, **options)
    except (KeyError, ValueError, RuntimeError, nx.NetworkXException):
        return None


def kind_of_difference(theirs, concept, said, verdict):
    """Return which of the kinds a difference is; "equal" where there is none."""
    if said is None:
        return "raises"
    if said == bool(verdict):
        return "equal"
    if said and len(theirs.decisions) > 1:
        return "no model has it"
    return "indirect" if concept == "indirect" else f"{concept}: {said} and {verdict}"


def nodes_to_ask(theirs, concept, decision):
    """Return the nodes that a criterion is asked about: not utilities, and before the decision where it observes."""
    if concept == "requisite":
        return theirs.get_parents(decision)
    later = nx.descendants(theirs, decision) | {decision} if concept == "admits_voi" else set()
    return sorted(set(theirs.nodes) - set(theirs.utilities) - later)


def compare_criteria(pycid, rng, count):
    """Compare all criteria on random diagrams; return how often which kind of difference was met."""
    met = Counter()
    for _ in range(count):
        theirs = cm.interop.to_pycid(random_model(rng, max_nodes=6, max_decisions=2, recall=rng.random() < 0.6).cid)
        for decision in theirs.decisions:
            for concept, ours in BY_DECISION.items():
                for node in nodes_to_ask(theirs, concept, decision):
                    said = answer(getattr(pycid, concept), theirs, decision, node)
                    met[kind_of_difference(theirs, concept, said, ours(theirs, decision, node))] += 1
        for node in sorted(set(theirs.nodes) - set(theirs.utilities) - set(theirs.decisions)):
            said = answer(pycid.admits_voc, theirs, node)
            met[kind_of_difference(theirs, "admits_voc", said, cm.admits_voc(theirs, node))] += 1
            listed = [answer(pycid.admits_indir_voc, theirs, decision, node) for decision in theirs.decisions]
            said = None if None in listed else any(listed)
            met[kind_of_difference(theirs, "indirect", said, cm.admits_indirect_voc(theirs, node))] += 1
    return met


def test_criteria_are_equal_or_the_difference_has_a_reason(pycid):
    met = compare_criteria(pycid, random.Random(5), 16)
    assert met["equal"] > 100
    assert set(met) - {"equal"} <= set(KINDS)


@pytest.mark.nightly
def test_criteria_on_many_diagrams(pycid):
    met = compare_criteria(pycid, random.Random(6), 1000)
    assert set(met) - {"equal"} == set(KINDS)


def test_graphs_are_equal(pycid):
    rng = random.Random(8)
    for _ in range(15):
        theirs = cm.interop.to_pycid(random_model(rng, max_decisions=2).cid)
        assert theirs.sufficient_recall() == bool(cm.has_sufficient_recall(theirs))
        assert set(pycid.RelevanceGraph(theirs).edges) == set(cm.relevance_graph(theirs).edges)
        if len(theirs.decisions) == 1:
            assert set(pycid.requisite_graph(theirs).edges) == set(cm.minimal_reduction(theirs).edges)


PATTERNS = {
    "dir_effect": "direct effect",
    "manip": "manipulation",
    "sig": "signalling",
    "rev_den": "revealing-denying",
}


def test_games_have_the_same_subgames_and_patterns(pycid):
    random.seed(4)
    np.random.seed(4)
    for _ in range(10):
        theirs = pycid.random_macid(8, (1, 1), (1, 1), add_cpds=True)
        found = cm.reasoning_patterns(theirs)
        for label, decisions in pycid.get_reasoning_patterns(theirs).items():
            assert all(PATTERNS[label] in found.labels(decision) for decision in decisions)
        listed = {frozenset(decisions) for decisions in theirs.decs_in_each_maid_subgame()}  # also unions of them
        assert {frozenset(game.decisions) for game in cm.subgames(theirs)} <= listed


def compare_numbers(pycid, rng, count):
    """Compare optima, expected utilities and distributions; return how many questions PyCID answered."""
    answered = 0
    for _ in range(count):
        theirs = cm.interop.to_pycid(random_model(rng, max_nodes=4, max_decisions=1))
        solution = cm.solve(theirs)
        optima = answer(theirs.optimal_policies)
        assert optima is None or len(optima) >= len(list(solution.optimal_policies()))
        fixed = cm.interop.to_pycid(cm.interop.from_pycid(theirs), solution.policy)
        value = answer(fixed.expected_utility, {})
        assert value is None or float(solution.value) == pytest.approx(value)
        chances = cm.interop.from_pycid(theirs).cid.chance_nodes
        found = {node: answer(fixed.query, [node], {}) for node in chances}
        for node, factor in found.items():
            ours = cm.query(theirs, node, policy=solution.policy)
            assert factor is None or factor.values.tolist() == pytest.approx([float(p) for p in ours.values()])
        answered += sum(one is not None for one in [optima, value, *found.values()])
    return answered


def test_numbers_are_equal(pycid):
    assert compare_numbers(pycid, random.Random(1), 6) >= 20


@pytest.mark.nightly
def test_numbers_of_many_models(pycid):
    assert compare_numbers(pycid, random.Random(2), 120) >= 400


def test_incentives_in_numbers_are_equal(pycid):
    from pycid.examples.simple_cids import get_3node_cid, get_quantitative_voi_cid

    signal = get_quantitative_voi_cid()
    for node in ("X", "S"):
        ours = float(cm.value_of_information(signal, "D", node).value)
        assert ours == pytest.approx(pycid.quantitative_voi(get_quantitative_voi_cid(), "D", node))
    ours = float(cm.value_of_control(get_3node_cid(), "S").value)
    assert ours == pytest.approx(pycid.quantitative_voc(get_3node_cid(), "S"))
