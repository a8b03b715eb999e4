"""MEG: the numbers of the theory, and against direct maximisation of its definition over enumerated worlds."""

import itertools
import math
from fractions import Fraction
from functools import partial
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.quantities.concave import ascend
from cidmesa.quantities.soft_policies import Alternating, alternating
from tests.laws.test_menus import dear, with_menus
from tests.random_models import random_model


@pytest.fixture
def coin():
    return cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")


@pytest.fixture
def copying():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, S=cm.uniform([0, 1]), D=[0, 1], U="S == D")


def lot(p):
    return {"D": {0: 1 - Fraction(p), 1: Fraction(p)}}


def entropy(p):
    return -sum(x * math.log(x) for x in (p, 1 - p) if x)


@pytest.mark.parametrize("p", ["0", "1/10", "1/2", "3/4", "9/10", "1"])
def test_one_binary_decision(coin, p):
    found = cm.goal_directedness(coin, lot(p))
    assert found.value == pytest.approx(math.log(2) - entropy(float(Fraction(p))), abs=1e-9)
    mirrored = cm.goal_directedness(coin, lot(1 - Fraction(p)))
    assert mirrored.value == pytest.approx(found.value, abs=1e-9)
    assert found.beta == pytest.approx(-mirrored.beta)


def test_the_numbers_of_the_theory(coin):
    assert round(cm.goal_directedness(coin, lot("9/10")).value, 4) == 0.3681
    assert cm.goal_directedness(coin, lot("1/2")).value == 0
    assert cm.goal_directedness(coin, lot(1)).value == pytest.approx(math.log(2))
    assert cm.goal_directedness(coin, lot(1)).beta == math.inf
    assert cm.goal_directedness(coin, lot("1/10")).direction == "anti-optimal"


def test_targets(copying):
    copies = {"D": lambda S: S}
    assert cm.goal_directedness(copying, copies, targets=["D"]).value == 0
    assert not cm.goal_directedness(copying, copies, targets=["D"])
    found = cm.goal_directedness(copying, copies, targets=["S", "D"])
    assert found.value == pytest.approx(math.log(2), abs=1e-7)
    best = dict(found.utility)
    assert best[0, 0] > best[0, 1]
    assert best[1, 1] > best[1, 0]


def test_affine_utilities_score_alike(copying):
    policy = {"D": lambda S: {S: "3/4", 1 - S: "1/4"}}
    value = cm.goal_directedness(copying, policy).value
    for text in ("3 * (S == D) - 7", "(S == D) / 1000", "-5 * (S == D)"):
        assert cm.goal_directedness(copying, policy, utility=text).value == pytest.approx(value, abs=1e-9)
    assert cm.goal_directedness(copying, policy, utility="-(S == D)").direction == "anti-optimal"


def test_a_utility_without_influence_scores_zero(copying):
    assert cm.goal_directedness(copying, {"D": "S"}, utility="S").value == 0
    assert cm.goal_directedness(copying, {"D": "S"}, targets=["S"]).value == 0


def test_it_falls_when_the_task_gets_easier():
    """Options 0 .. k-1 of 4 are good: the optimum is predicted the worse the more of them there are."""
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    values = [cm.goal_directedness(cm.model(g, D=[0, 1, 2, 3], U=f"D < {k}"), {"D": 0}).value for k in (1, 2, 3)]
    assert values == pytest.approx([math.log(4), math.log(2), math.log(4 / 3)])


def test_only_one_agent_and_soluble_diagrams():
    g = cm.cid("A -> U; B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    m = cm.model(g, A=[0, 1], B=[0, 1], U="A", V="B")
    with pytest.raises(cm.NotApplicable, match="a, b decides"):
        cm.goal_directedness(m, {"A": 0, "B": 0})
    assert cm.goal_directedness(m.with_policy({"B": 0}), {"A": 1}).value == pytest.approx(math.log(2))
    team = cm.cid("Z -> D1; Z -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    insoluble = cm.model(team, Z=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U="D1 == D2")
    with pytest.raises(cm.NotApplicable, match="not soluble"):
        cm.goal_directedness(insoluble, {"D1": "Z", "D2": "Z"}, targets=["D1", "D2"])
    with pytest.raises(cm.NotApplicable, match="either"):
        cm.goal_directedness(insoluble, {"D1": "Z", "D2": "Z"}, utility="Z", targets=["Z"])


# --- the definition, over enumerated worlds ---------------------------------------------------------------------


class Worlds:
    """All settings of the nodes of a model, an array each: nothing shared with the library but tables and diagram."""

    def __init__(self, model):
        self.model = model
        self.nodes = [n for n in model.cid.nodes if model.cid.kind(n) != "utility"]
        sizes = [len(model.domains[n]) for n in self.nodes]
        grid = np.array(list(itertools.product(*map(range, sizes))))
        self.at = dict(zip(self.nodes, grid.T, strict=True))
        self.chance = np.ones(len(grid))
        for node in model.cid.chance_nodes:
            self.chance *= self.read(model.tables[node].as_float().values, (*model.cid.parents(node), node))
        self.utility = sum(
            self.read(model.tables[u].as_float().values, model.cid.parents(u)) for u in model.cid.utilities
        )
        self.fair = {d: self.fair_lot(d) for d in model.cid.decisions}

    def fair_lot(self, decision):
        parents, options = self.model.cid.parents(decision), self.model.domain(decision)
        rows = []
        for states in itertools.product(*(self.model.domain(parent) for parent in parents)):
            there = self.model.options(decision, dict(zip(parents, states, strict=True)))
            rows.append([(option in there) / len(there) for option in options])
        return np.array(rows).reshape([len(self.model.domain(axis)) for axis in self.axes(decision)])

    def read(self, values, axes):
        return (
            values[tuple(self.at[a] for a in axes)]
            if axes
            else np.full(len(next(iter(self.at.values()))), float(values))
        )

    def axes(self, decision):
        return (*self.model.cid.parents(decision), decision)

    def logs(self, rules):
        """log q(D | Pa) less that of a fair lot among what there is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return {d: np.log(self.read(rule / self.fair[d], self.axes(d))) for d, rule in rules.items()}

    def joint(self, rules):
        return self.chance * math.prod(self.read(rule, self.axes(d)) for d, rule in rules.items())

    def soft(self, beta):
        """The maximum of beta E[U] less the divergence from fair lots, improving one rule after the other."""
        rules, shapes = self.fair, {d: fair.shape for d, fair in self.fair.items()}
        for _ in range(3 * len(rules) + 1):
            before = rules
            for d in rules:
                rest = {e: rule for e, rule in rules.items() if e != d}
                chance = self.joint(rest)
                good = beta * self.utility - sum(self.logs(rest).values())
                with np.errstate(invalid="ignore"):
                    good = np.where(chance > 0, good * chance, 0)
                total, weight = np.zeros(shapes[d]), np.zeros(shapes[d])
                place = tuple(self.at[a] for a in self.axes(d))
                np.add.at(total, place, good)
                np.add.at(weight, place, chance)
                q = np.divide(total, weight, out=np.zeros(shapes[d]), where=weight > 0)
                power = np.exp(q - q.max(-1, keepdims=True)) * (self.fair[d] > 0)
                rules = rules | {d: power / power.sum(-1, keepdims=True)}
            if all(np.allclose(before[d], rules[d], atol=1e-13) for d in rules):
                break
        return rules

    def score(self, policy, beta):
        """E_pi[sum of log q(D | Pa) - log 1/|dom D|] for the soft-optimal q."""
        joint = self.joint({d: policy[d].values.astype(float) for d in policy})
        logs = sum(self.logs(self.soft(beta)).values())
        return float((joint * np.where(joint > 0, logs, 0)).sum())


def greatest(function, low, high):
    """The maximum of a concave function between two points, by thirds."""
    for _ in range(45):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (a, high) if function(a) < function(b) else (low, b)
    return function((low + high) / 2)


def random_policy(model, rng):
    def rule(options):
        cuts = [rng.choice([0, 1, 1, 2, 5]) for _ in options]
        cuts[rng.randrange(len(cuts))] += 1
        return {o: Fraction(c, sum(cuts)) for o, c in zip(options, cuts, strict=True)}

    def varied(decision):
        drawn = {}
        return lambda **seen: drawn.setdefault(tuple(sorted(seen.items())), rule(model.options(decision, seen)))

    return cm.policy(model, {d: varied(d) for d in model.cid.decisions})


def soluble_models(count, seed, *, menus=False):
    rng = Random(seed)
    found = 0
    while found < count:
        model = random_model(rng, max_nodes=5, max_decisions=2)
        model = with_menus(rng, model) if menus else model
        if cm.is_soluble(dear(model).cid) and (model.menus or not menus):
            found += 1
            yield model, random_policy(model, rng)


@pytest.mark.parametrize("menus", [False, True])
def test_closed_form_equals_direct_maximisation(menus):
    several = interesting = 0
    for model, policy in soluble_models(200, "meg", menus=menus):
        found = cm.goal_directedness(model, policy)
        worlds = Worlds(model)
        bound = 25.0 if not math.isinf(found.beta) else 60.0
        if not math.isinf(found.beta):
            bound = max(bound, 2 * abs(found.beta))
        assert greatest(partial(worlds.score, policy), -bound, bound) == pytest.approx(found.value, abs=2e-6)
        assert 0 <= found.value <= found.greatest + 1e-12
        several += len(model.cid.decisions) > 1
        interesting += found.value > 0.01
    assert several > 50
    assert interesting > 50


def test_the_prediction_gets_what_the_policy_gets():
    for model, policy in soluble_models(40, "prediction"):
        found = cm.goal_directedness(model, policy)
        if math.isfinite(found.beta) and found.beta:
            assert float(cm.expected_utility(model, found.prediction)) == pytest.approx(
                float(cm.expected_utility(model, policy)), abs=1e-9
            )


def test_an_unknown_utility_matches_the_targets_or_does_as_well_as_any():
    for model, policy in soluble_models(40, "targets"):
        targets = [n for n in model.cid.nodes if model.cid.kind(n) != "utility"][-2:]
        try:
            found = cm.goal_directedness(model, policy, targets=targets)
        except cm.NotApplicable:
            continue
        some = cm.goal_directedness(model, policy, utility=" + ".join(targets))
        assert found.value >= some.value - 1e-6
        followed, predicted = model.with_policy(policy), model.with_policy(found.prediction)
        for node in targets:
            wanted, got = cm.query(followed, node), cm.query(predicted, node)
            assert [float(p) for p in wanted.values()] == pytest.approx([float(p) for p in got.values()], abs=1e-6)


def test_capability_conditioned():
    m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1, 2], U="D")
    assert cm.capability_directedness(m, {"D": 2}).value == 1
    assert cm.capability_directedness(m, {"D": 1}).value == 0
    assert cm.capability_directedness(m, {"D": 0}).value == -1
    assert not cm.capability_directedness(m, {"D": 0})
    with pytest.raises(cm.NotApplicable, match="nothing to gain"):
        cm.capability_directedness(m, {"D": 2}, baseline={"D": 2})


def test_climbing_to_a_supremum_at_infinity():
    point, value, _ = ascend(lambda x: (-float(np.exp(-x).sum()), np.exp(-x)), 2)
    assert value == pytest.approx(0, abs=1e-9)
    assert (point > 15).all()


# --- diagrams that are not soluble ------------------------------------------------------------------------------


def test_a_team_that_meets_is_after_meeting():
    team = cm.cid("Z -> D1; Z -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(team, Z=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U="D1 == D2")
    found = cm.goal_directedness(m, {"D1": "Z", "D2": "Z"})
    assert (found.direction, found.certainty) == ("optimal", "lower bound")
    assert 2 * math.log(2) - 0.01 < found.value <= found.greatest
    avoiding = cm.goal_directedness(m, {"D1": "Z", "D2": "1 - Z"})
    assert (avoiding.direction, round(avoiding.value, 2)) == ("anti-optimal", round(found.value, 2))
    assert "at least" in str(found)
    assert found.to_json()["certainty"] == "lower bound"
    fair = {0: "1/2", 1: "1/2"}
    assert not cm.goal_directedness(m, {"D1": fair, "D2": fair})


@pytest.mark.parametrize("menus", [False, True])
def test_where_both_ways_can_be_gone_they_agree(menus):
    """In soluble diagrams the search finds what the closed form says, but for limits that it only comes close to."""
    finite = 0
    for model, policy in soluble_models(10, "alternating", menus=menus):
        exact = cm.goal_directedness(model, policy)
        found = alternating(model, policy)
        assert found.value <= exact.value + 1e-6
        if math.isfinite(exact.beta):
            assert found.value == pytest.approx(exact.value, abs=1e-4)
            finite += exact.value > 0.01
    assert finite > 1


def test_what_is_climbed_to_is_a_top():
    """No other rule of one decision is better, and the bounds hold."""
    rng, seen = Random("insoluble"), 0
    while seen < 5:
        model = random_model(rng, max_nodes=5, max_decisions=2)
        if cm.is_soluble(model.cid):
            continue
        seen += 1
        policy = random_policy(model, rng)
        found = cm.goal_directedness(model, policy)
        assert 0 <= found.value <= found.greatest + 1e-9
        search = Alternating(model, policy)
        chosen, top = search._climbed(1.0, search._fair)
        for factor in chosen.rules:
            decision = factor.variables[-1]
            other = dict(search._rules(chosen)) | {decision: search._fair[decision]}
            worth = search._soft.worth(other)
            assert worth.utility + worth.entropy <= top + 1e-9
