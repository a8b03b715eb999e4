"""Harm, impact, unfairness and response: the numbers of the theory, and against worlds enumerated one by one."""

import itertools
from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from tests.quantities.enumeration import evaluate, noise_settings, random_pure_policy, small_models, total
from tests.random_models import random_model

# --- harm and impact --------------------------------------------------------------------------------------------


def test_harm_is_what_the_better_average_hides():
    g = cm.cid("D, Recovers -> Life; Life -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=["old", "new"], Recovers={"both": "1/2", "new": "3/10", "old": "1/5"},
                 Life="1 if Recovers in ('both', D) else 0", U="Life")  # fmt: skip
    harm = cm.counterfactual_harm(m, {"D": "new"}, default={"D": "old"})
    benefit = cm.counterfactual_benefit(m, {"D": "new"}, default={"D": "old"})
    assert (harm.value, benefit.value) == (Fraction(1, 5), Fraction(3, 10))
    assert harm.witness == ((("Life", 0),),)
    assert not cm.counterfactual_harm(m, {"D": "old"}, default={"D": "old"})


def test_two_policies_side_by_side_are_as_enumerated():
    harmful = moved = 0
    for model, rng in small_models(150, "harm", max_decisions=2):
        policy, default = random_pure_policy(model, rng), random_pure_policy(model, rng)
        harm = benefit = 0
        moves = dict.fromkeys(model.cid.nodes, 0)
        for chance, field in noise_settings(model):
            here, there = (evaluate(model, field, p) for p in (policy, default))
            gain = total(model, here) - total(model, there)
            harm, benefit = harm + chance * max(0, -gain), benefit + chance * max(0, gain)
            for node in moves:
                moves[node] += chance * (here[node] != there[node])
        assert cm.counterfactual_harm(model, policy, default=default).value == harm
        assert cm.counterfactual_benefit(model, policy, default=default).value == benefit
        values = [cm.expected_utility(model, p) for p in (policy, default)]
        assert values[0] - values[1] == benefit - harm
        for node, moved_by in moves.items():
            assert cm.expected_impact(model, policy, node, baseline=default).value == moved_by
        harmful, moved = harmful + (harm > 0), moved + any(moves.values())
    assert harmful > 20
    assert moved > 50


@pytest.mark.parametrize("worth", [1, 0.5])
def test_what_no_decision_reaches_is_neither_harmed_nor_helped(worth):
    owned = {"decisions": {"a": ["D"], "b": []}, "utilities": {"a": ["U", "V"]}}
    m = cm.model(cm.cid("D -> X", nodes=["U", "V"], **owned), D=[0, 1], X="D", U=worth, V=2)
    for found in (cm.counterfactual_harm, cm.counterfactual_benefit):
        assert (found(m, {"D": 0}, default={"D": 1}).value, bool(found(m, {"D": 0}, default={"D": 1}))) == (0, False)
    assert cm.expected_impact(m, {"D": 0}, "U", baseline={"D": 1}).value == 0


def test_floats_will_do():
    m = cm.model(cm.cid("X -> D; X, D -> U", decisions=["D"], utilities=["U"]), X=cm.bernoulli(0.25), D=[0, 1],
                 U="X == D")  # fmt: skip
    found = [
        cm.counterfactual_harm(m, {"D": 0}, default={"D": 1}),
        cm.expected_impact(m, {"D": "X"}, "U", baseline={"D": 0}),
        cm.response_probability(m, "D", "X"),
        cm.counterfactual_unfairness(m, {"D": "X"}, "D", "X"),
    ]
    assert [x.value for x in found] == pytest.approx([0.25, 0.25, 0.75, 1])
    assert [bool(x) for x in found] == [True] * 4


def test_distances():
    m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1, 3], X="D", U="D")
    far = cm.expected_impact(m, {"D": {3: "1/2", 0: "1/2"}}, "X", baseline={"D": 1}, distance=lambda w, v: abs(w - v))
    assert far.value == Fraction(3, 2)
    assert not cm.expected_impact(m, {"D": 1}, "X", baseline={"D": 1})
    assert cm.expected_impact(m, {"D": 3}, "U", baseline={"D": 1})


def test_an_excluded_impact_is_exactly_zero():
    for model, rng in small_models(100, "no impact", max_nodes=5):
        (decision,) = model.cid.decisions
        policy, baseline = cm.solve(model).policy, random_pure_policy(model, rng)
        for node in model.cid.nodes:
            if node not in model.cid.descendants(decision) and node != decision:
                assert cm.expected_impact(model, policy, node, baseline=baseline).value == 0


def test_a_policy_must_be_whole():
    g = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2")
    with pytest.raises(cm.NotApplicable, match="no rule for D2"):
        cm.counterfactual_harm(m, {"D1": 0}, default={"D1": 1})


# --- unfairness -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seen", "expected"), [("W", Fraction(1, 3)), ("W, A", Fraction(0))])
def test_introduced_total_variation(seen, expected):
    """W = Y or A, squared loss: 5/6 - 1/2 = 1/3 if only W is seen, nothing if A is seen as well."""
    g = cm.cid(f"Y, A -> W; {seen} -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    m = cm.model(g, Y=cm.uniform([0, 1]), A=cm.uniform([0, 1]), W="max(Y, A)",
                 P=[0, Fraction(1, 2), Fraction(2, 3), 1], U="-(P - Y) ** 2")  # fmt: skip
    best = cm.solve(m).policy
    found = cm.introduced_unfairness(m, best, "P", "A", "Y")
    assert found.value == expected
    assert bool(found) == (expected > 0)
    assert bool(cm.admits_introduced_unfairness(m.cid, "P", "A", "Y", loss="p-admissible")) == (expected > 0)


def test_introduced_unfairness_is_the_difference_of_differences():
    rng, signs = Random("introduced"), set()
    g = cm.cid("A -> Y; A, Y -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    for _ in range(40):
        odds = [Fraction(rng.randrange(5), 4) for _ in range(3)]
        rule = {key: rng.randrange(3) for key in itertools.product(range(3), (0, 1))}
        m = cm.model(
            g,
            A=cm.uniform([0, 1, 2]),
            Y=lambda A, odds=odds: {0: 1 - odds[A], 1: odds[A]},
            P=[0, 1, 2],
            U="P == Y",
            domains={"Y": [0, 1]},
        )
        predicted = [(1 - odds[a]) * rule[a, 0] + odds[a] * rule[a, 1] for a in range(3)]
        expected = max(predicted) - min(predicted) - (max(odds) - min(odds))
        policy = cm.policy(m, {"P": lambda A, Y, rule=rule: rule[A, Y]})
        found = cm.introduced_unfairness(m, policy, "P", "A", "Y")
        assert (found.value, bool(found)) == (expected, expected > 0)
        signs.add((expected > 0) - (expected < 0))
    assert signs >= {-1, 1}


def test_fairness_asks_for_numbers_and_two_values():
    g = cm.cid("A -> P; A -> Y; P, Y -> U", decisions=["P"], utilities=["U"])
    m = cm.model(g, A={0: 1, 1: 0}, Y="A", P=["yes", "no"], U=0)
    with pytest.raises(cm.NotApplicable, match="numbers"):
        cm.introduced_unfairness(m, {"P": "yes"}, "P", "A", "Y")
    with pytest.raises(cm.NotApplicable, match="one value"):
        cm.introduced_unfairness(m.revised(domains={"P": (0, 1)}), {"P": 0}, "P", "A", "Y")
    with pytest.raises(cm.NotApplicable, match="no chance node"):
        cm.counterfactual_unfairness(m, {"P": "yes"}, "P", "P")


def gaps_by_enumeration(model, policy, decision, attribute):
    """The greatest change of P(D = d | pa, a) when a is set to another value, over enumerated noise."""
    here, there = {}, {}
    for chance, field in noise_settings(model):
        natural = evaluate(model, field, policy)
        key = (*(natural[p] for p in model.cid.parents(decision)), natural[attribute])
        here[key, natural[decision]] = here.get((key, natural[decision]), 0) + chance
        for other in model.domain(attribute):
            option = evaluate(model, field, policy, {attribute: other})[decision]
            there[key, other, option] = there.get((key, other, option), 0) + chance
    greatest = 0
    for key, other, option in itertools.product({k for k, _ in here}, model.domain(attribute), model.domain(decision)):
        weight = sum(p for (k, _), p in here.items() if k == key)
        gap = abs(there.get((key, other, option), 0) - here.get((key, option), 0)) / weight
        greatest = max(greatest, gap)
    return greatest


def test_counterfactual_unfairness_is_as_enumerated():
    unfair = 0
    for model, rng in small_models(120, "unfair"):
        (decision,) = model.cid.decisions
        policy = random_pure_policy(model, rng)
        for attribute in model.cid.chance_nodes:
            found = cm.counterfactual_unfairness(model, policy, decision, attribute)
            assert found.value == gaps_by_enumeration(model, policy, decision, attribute)
            assert bool(found) == (found.value > 0) == bool(found.witness)
            unfair += bool(found)
    assert unfair > 15


def test_all_optimal_policies_are_unfair_iff_there_is_a_response_incentive():
    """Everitt et al. 2021, Theorem 14; contexts that never occur are free, so it is about those that do."""
    both = 0
    for model, _ in small_models(150, "theorem 14"):
        (decision,) = model.cid.decisions
        for attribute in model.cid.chance_nodes:
            if cm.has_ri(model, decision, attribute):
                policies = cm.solve(model).optimal_policies()
                assert all(cm.counterfactual_unfairness(model, p, decision, attribute) for p in policies)
                both += 1
    assert both > 5


# --- response ---------------------------------------------------------------------------------------------------


def compare_responses(count, seed):
    """Ask both of ``count`` models in which something is upstream of the decision; return how often it responds."""
    rng, positive, models = Random(seed), 0, 0
    while models < count:
        model = random_model(rng, max_nodes=5, max_decisions=1)
        (decision,) = model.cid.decisions
        upstream = [node for node in model.cid.ancestors(decision) if node != decision]
        models += bool(upstream)
        for node in upstream:
            least = cm.response_probability(model, decision, node)
            assert bool(least) == bool(cm.has_ri(model, decision, node))
            positive += bool(least)
    return positive


@pytest.mark.parametrize("part", range(2))
def test_response_incentives_by_joined_contexts_are_those_of_all_policies(part):
    """The 2,000 models of both parts."""
    assert compare_responses(1_000, f"thousand {part}") > 40


def test_response_probability_is_as_enumerated():
    """Over all pure policies that are optimal, by enumeration of policies and noise."""
    for model, _ in small_models(60, "least response", most_settings=16):
        (decision,) = model.cid.decisions
        settings = list(noise_settings(model))
        for node in model.cid.ancestors(decision):
            if node == decision:
                continue
            best, least = None, None
            for policy in every_policy(model, decision):
                runs = [(p, field, evaluate(model, field, policy)) for p, field in settings]
                value = sum(p * total(model, found) for p, _, found in runs)
                often = max(
                    sum(p for p, f, r in runs if evaluate(model, f, policy, {node: x})[decision] != r[decision])
                    for x in model.domain(node)
                )
                if best is None or value > best or (value == best and often < least):
                    best, least = value, often
            assert cm.response_probability(model, decision, node).value == least


def every_policy(model, decision):
    rows = list(itertools.product(*(model.domain(parent) for parent in model.cid.parents(decision))))
    for chosen in itertools.product(model.domain(decision), repeat=len(rows)):
        table = dict(zip(rows, chosen, strict=True))
        yield {decision: lambda seen, table=table: table[tuple(seen.values())]}


def test_excluded_responses_are_exactly_zero():
    for model, _ in small_models(100, "no response", max_nodes=5):
        (decision,) = model.cid.decisions
        for node in model.cid.chance_nodes:
            if not cm.admits_ri(model.cid, decision, node):
                assert cm.response_probability(model, decision, node).value == 0
