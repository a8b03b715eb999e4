"""Backward induction over beliefs against the junction tree, context by context, and against all that is optimal."""

from collections import Counter
from fractions import Fraction
from itertools import islice, product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.solving.decision_rules import in_order, rules_of
from cidmesa.solving.optimal import recollection
from cidmesa.solving.optimal.backward_induction import swept
from cidmesa.solving.optimal.beliefs import beliefs_of
from cidmesa.solving.optimal.optimum import optimum
from cidmesa.solving.optimal.problem import problem_of
from cidmesa.solving.optimal.recollection import Recollection
from cidmesa.solving.optimal.solution import _completions
from cidmesa.solving.optimal.ties import optimal_rules
from cidmesa.structure.reduction import minimal_reduction
from tests.laws.test_ties import _floats as in_floats
from tests.random_models import random_model

MANY = [pytest.param(range(120)), pytest.param(range(120, 2000), marks=pytest.mark.nightly)]


def drawn(seed, *, forgets=0.2):
    """A random model, of floats one time out of four."""
    rng = Random(seed)
    m = random_model(rng, max_nodes=8, max_decisions=4, recall=rng.random() >= forgets)
    return in_floats(m) if rng.random() < 0.25 else m


def remembered(m, g):
    problem = problem_of(m, "agent", g)
    sees = {d: g.indices(m.cid.parents(g.nodes[d])) for d in problem.families}
    return problem, beliefs_of(problem, sees, 10**5)


@pytest.mark.parametrize("seeds", MANY)
def test_value_and_rules_are_those_of_the_junction_tree(seeds):
    compared = 0
    for seed in seeds:
        m = drawn(seed)
        problem, found = remembered(m, minimal_reduction(m.cid))
        if not found or not problem.families:
            continue
        assert found.value == pytest.approx(optimum(m, "agent").value, abs=1e-12)
        world, left = swept(problem)
        if left or not found.everywhere:
            continue
        source = Recollection(m, problem, found)
        new, old = in_order(source.rules(), m), in_order(rules_of(m, problem, world.rules), m)
        assert [rule.values.tolist() for rule in new] == [rule.values.tolist() for rule in old]
        compared += 1
    assert compared > len(seeds) // 3


@pytest.mark.parametrize("seeds", MANY)
def test_all_optimal_policies_are_those_found_one_by_one(seeds):
    compared = 0
    for seed in seeds:
        m = drawn(seed)
        if (found := optimal_rules(m, "agent", 1e-9)) is None:
            continue
        old = _completions(m, "agent", optimum(m, "agent").value, 1e-9)
        assert [list(map(str, rules)) for rules in islice(found, 60)] == [
            list(map(str, rules)) for rules in islice(old, 60)
        ]
        compared += 1
    assert compared > len(seeds) // 3


def test_rules_without_own_decisions_attain_the_optimum_and_answer_for_any_history(monkeypatch):
    short = 0
    for seed in range(150):
        m = drawn(seed, forgets=0)
        problem, found = remembered(m, m.cid)
        if not found or len(found.layers) < 3:
            continue
        whole = Recollection(m, problem, found).rules()
        monkeypatch.setattr(recollection, "MAX_CELLS", 0)
        rules = Recollection(m, problem, found).rules()
        assert cm.expected_utility(m, cm.Policy(in_order(rules, m))) == pytest.approx(found.value, abs=1e-12)
        for rule, full in zip(rules, whole, strict=True):
            short += len(rule.parents) < len(full.parents)
            if not hasattr(full, "source"):
                continue
            possible = full.source.contexts(full.decision, full.parents)
            for context in possible:
                states = dict(
                    zip(full.parents, (d[k] for d, k in zip(full.domains, context, strict=True)), strict=True)
                )
                assert rule(states) == full(states)
        monkeypatch.undo()
    assert short > 50


def test_a_large_rule_answers_in_every_context_as_its_table_would(monkeypatch):
    asked = Counter()
    for seed in range(100):
        m = drawn(seed, forgets=0)
        problem, found = remembered(m, m.cid)
        rules = Recollection(m, problem, found).rules() if found else ()
        for rule in (rule for rule in rules if hasattr(rule, "source")):
            states = [dict(zip(rule.parents, context, strict=True)) for context in product(*rule.domains)]
            table = list(map(rule, states))
            monkeypatch.setattr(recollection, "MAX_SHOWN", 0)
            assert list(map(rule, states)) == table
            asked["possible"] += (possible := len(list(rule.contexts())))
            asked["impossible"] += len(states) - possible
            monkeypatch.undo()
    assert min(asked.values()) > 50


def test_plan_is_what_the_policy_does():
    for seed in range(60):
        m = drawn(seed, forgets=0)
        problem, found = remembered(m, m.cid)
        if found and len(problem.families) == len(m.cid.decisions):
            source = Recollection(m, problem, found)
            followed = m.with_policy(cm.Policy(in_order(source.rules(), m)))
            for decision, done in source.plan().items():
                likely = {option: p for option, p in cm.query(followed, decision).items() if p}
                assert (done if isinstance(done, dict) else {done: 1}) == pytest.approx(likely)


@pytest.mark.parametrize("mu", [0, "1/3", "4/5", 1])
@pytest.mark.parametrize("recall", ["none", "perfect"])
def test_episodes_of_any_length(mu, recall):
    spec = cm.MesaSpec(target="A == 'b'", scope="updates", recall=recall)
    for training, deployment in ((4, 5), (7, 2), (30, 25)):
        m = cm.compose(cm.builders.episodes(training, deployment, mu=mu), spec).model
        found = cm.solve(m)
        assert found.value == values(training, deployment, mu)
        assert cm.expected_utility(m, found.policy) == found.value


def values(training, deployment, mu):
    """By hand: defect in k training episodes, each of which may be the last."""
    stays = 1 - Fraction(mu)
    return max(sum(stays**j for j in range(k)) + stays**k * deployment for k in range(training + 1))
