"""PyCID as a referee: equal answers wherever it answers rightly, and a reason for each difference.

A difference in a criterion must be one of a few kinds, each announced by a warning of `cidmesa.compat.pycid` that says
which; where PyCID raises, brute force decides (tests/laws, tests/solving).
"""

import random
import re
import warnings
from collections import Counter
from importlib import import_module

import networkx as nx
import numpy as np
import pytest

import cidmesa as cm
import cidmesa.compat.pycid as compat
from tests.peers.pycid_names import listed, names_in
from tests.random_models import random_model

KINDS = {  # what a warning says -> what is wrong with PyCID's answer
    "excluded.*PyCID says True": "no model has the incentive: own decisions, links that no policy needs",
    "admits.*PyCID says False": "indirect value of control without a back-door path",
    "is a utility": "a utility can't be observed",
    "settled without sufficient recall": "PyCID raises",
    "no theorem": "PyCID's criterion is not known to be complete",
}
BY_DECISION = ("admits_voi_list", "admits_ri_list", "admits_ici_list", "admits_indir_voc_list", "requisite_list")
OF_ALL = ("admits_voc_list", "admits_dir_voc_list")


def both(pycid, model):
    """Return a model as an object of PyCID's and of ours."""
    return cm.interop.to_pycid(model, pycid=pycid), cm.interop.to_pycid(model, pycid=compat)


def asked(function, *arguments):
    """Return the answer, or the name of the error's family, and the kinds of warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = sorted(function(*arguments))
        except ValueError:
            answer = "ValueError"
    messages = [str(w.message) for w in caught if isinstance(w.message, compat.DiffersFromPyCID)]
    return answer, {kind for kind in KINDS for message in messages if re.search(kind, message)}


def compare_criteria(pycid, rng, count):
    """Compare all criteria on random diagrams; return how often which kind of difference was met."""
    met = Counter()
    for _ in range(count):
        model = random_model(rng, max_nodes=6, max_decisions=2, recall=rng.random() < 0.6)
        theirs, ours = both(pycid, model.cid)
        questions = [(name, d) for name in BY_DECISION for d in model.cid.decisions] + [(name,) for name in OF_ALL]
        for name, *decision in questions:
            right, kinds = asked(getattr(compat, name), ours, *decision)
            other, _ = asked(getattr(pycid, name), theirs, *decision)
            assert right == other or kinds, (name, decision, model.cid, right, other)
            met.update(kinds if right != other else ["equal"])
    return met


def test_criteria_are_equal_or_the_difference_has_a_reason(pycid):
    met = compare_criteria(pycid, random.Random(5), 16)
    assert met["equal"] > 100
    assert len(met) > 3


@pytest.mark.nightly
def test_criteria_on_many_diagrams(pycid):
    met = compare_criteria(pycid, random.Random(6), 1000)
    assert set(met) - {"equal"} <= set(KINDS)


def test_graphs_are_equal(pycid):
    rng = random.Random(8)
    for _ in range(15):
        theirs, ours = both(pycid, random_model(rng, max_decisions=2))
        assert theirs.sufficient_recall() == ours.sufficient_recall()
        assert set(pycid.requisite_graph(theirs).edges) == set(compat.requisite_graph(ours).edges)
        assert set(pycid.RelevanceGraph(theirs).edges) == set(compat.RelevanceGraph(ours).edges)
        assert set(pycid.MechanismGraph(theirs).edges) == set(compat.MechanismGraph(ours).edges)


def test_games_have_the_same_subgames_and_patterns(pycid):
    random.seed(4)
    np.random.seed(4)
    for _ in range(10):
        theirs = pycid.random_macid(8, (1, 1), (1, 1), add_cpds=True)
        ours = compat.MACID(theirs.edges, theirs.agent_decisions, theirs.agent_utilities)
        assert sorted(map(sorted, theirs.decs_in_each_maid_subgame())) == sorted(
            map(sorted, ours.decs_in_each_maid_subgame())
        )
        theirs.impute_fully_mixed_policy_profile()
        part = [str(next(iter(theirs.decisions)))]
        assert set(theirs.create_subgame(part).edges) == set(ours.create_subgame(part).edges)
        patterns, _ = asked(lambda: compat.get_reasoning_patterns(ours).items())  # noqa: B023
        for label, decisions in pycid.get_reasoning_patterns(theirs).items():
            assert set(decisions) <= set(dict(patterns)[label])


def test_paths_are_equal(pycid):
    mine, other = import_module("cidmesa.compat.pycid.core.get_paths"), import_module("pycid.core.get_paths")
    rng = random.Random(2)
    for _ in range(12):
        theirs, ours = both(pycid, random_model(rng, max_nodes=5))
        start, end, seen = rng.sample(list(ours.nodes), 3)
        for name in ("find_all_dir_paths", "find_all_undir_paths"):
            assert sorted(getattr(mine, name)(ours, start, end)) == sorted(getattr(other, name)(theirs, start, end))
        for name in ("is_active_backdoor_trail", "is_active_indirect_frontdoor_trail"):
            assert getattr(mine, name)(ours, start, end, {seen}) == getattr(other, name)(theirs, start, end, {seen})
        assert mine.directed_decision_free_path(ours, start, end) == other.directed_decision_free_path(
            theirs, start, end
        )
        assert ours.active_trail_nodes(start, [seen])[start] == theirs.active_trail_nodes(start, [seen])[start]


def answer(function, *arguments):
    """Return what PyCID answers, None where it crashes (disconnected parts, impossible contexts)."""
    try:
        return function(*arguments)
    except (KeyError, ValueError, RuntimeError, nx.NetworkXException):
        return None


def compare_numbers(pycid, rng, count):
    """Compare optima, expected utilities and distributions; return how many questions PyCID answered."""
    answered = 0
    for _ in range(count):
        theirs, ours = both(pycid, random_model(rng, max_nodes=4, max_decisions=1))
        optima, best = answer(theirs.optimal_policies), ours.optimal_policies()
        assert optima is None or len(optima) == len(best)
        (rule,) = best[-1]
        ours.add_cpds(rule)
        theirs.add_cpds(pycid.StochasticFunctionCPD(rule.variable, rule.func, theirs, domain=rule.domain))
        value = answer(theirs.expected_utility, {})
        assert value is None or ours.expected_utility({}) == pytest.approx(value)
        found = [answer(theirs.query, [node], {}) for node in ours.nodes]
        for node, factor in zip(ours.nodes, found, strict=True):
            assert factor is None or ours.query([node], {}).values == pytest.approx(factor.values)
        answered += sum(one is not None for one in [optima, value, *found])
    return answered


def test_numbers_are_equal(pycid):
    assert compare_numbers(pycid, random.Random(1), 6) >= 20


@pytest.mark.nightly
def test_numbers_of_many_models(pycid):
    assert compare_numbers(pycid, random.Random(2), 120) >= 400


def test_incentives_in_numbers_are_equal(pycid):
    module = import_module("pycid.examples.simple_cids"), import_module("cidmesa.compat.pycid.examples.simple_cids")
    theirs, ours = (m.get_quantitative_voi_cid() for m in module)
    for node in ("X", "S"):
        assert compat.quantitative_voi(ours, "D", node) == pytest.approx(pycid.quantitative_voi(theirs, "D", node))
    theirs, ours = (m.get_3node_cid() for m in module)
    assert compat.quantitative_voc(ours, "S") == pytest.approx(pycid.quantitative_voc(theirs, "S"))


EXAMPLES = [line[:-2] for line in listed() if line.startswith("pycid.examples.")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_equal(pycid, name):
    home, _, function = name.rpartition(".")
    theirs = getattr(import_module(home), function)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", compat.DiffersFromPyCID)
        ours = getattr(import_module(home.replace("pycid", compat.__name__, 1)), function)()
    if function == "battle_of_the_sexes":  # PyCID has the agents the wrong way round
        swap = {"M": "F", "F": "M"}
        theirs.agent_decisions = {swap[agent]: nodes for agent, nodes in theirs.agent_decisions.items()}
        theirs.agent_utilities = {swap[agent]: nodes for agent, nodes in theirs.agent_utilities.items()}
    assert cm.interop.from_pycid(ours) == cm.interop.from_pycid(theirs)


def test_the_list_of_names_is_complete(pycid):
    assert names_in(pycid) == listed()
