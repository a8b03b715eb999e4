"""Recursive best response: against enumeration on random games and hierarchies."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm

TEST = cm.load("foxabbott2025/capability-test").model
TRUSTING = {"Show": lambda C: C}


def random_game(rng):
    """Return a game of two agents: the second sees what the first does."""
    g = cm.cid(
        "X -> A; A -> B; X, A, B -> U; X, A, B -> V",
        decisions={"a": ["A"], "b": ["B"]},
        utilities={"a": ["U"], "b": ["V"]},
    )
    p = Fraction(rng.randint(1, 7), 8)
    payoffs = [{key: rng.randint(-5, 5) for key in product(range(2), repeat=3)} for _ in range(2)]
    U, V = (lambda X, A, B, t=t: t[X, A, B] for t in payoffs)
    return cm.model(g, X={0: p, 1: 1 - p}, A=[0, 1], B=[0, 1], U=U, V=V)


RULES = [{0: i, 1: j} for i, j in product(range(2), repeat=2)]


def value(model, a, b, agent):
    chance, table = model.tables["X"].values, model.tables["U" if agent == "a" else "V"].values
    return sum(chance[x] * table[x, a[x], b[a[x]]] for x in range(2))


def best_of(agent, worlds):
    """Return the best rules against (probability, model, rule of the other), and their value."""

    def worth(rule):
        return sum(
            p * (value(m, rule, other, "a") if agent == "a" else value(m, other, rule, "b")) for p, m, other in worlds
        )

    best = max(map(worth, RULES))
    return [rule for rule in RULES if worth(rule) == best], best


def as_policy(rules):
    return {name: (lambda r: lambda **seen: r[next(iter(seen.values()))])(rule) for name, rule in rules.items()}


@pytest.mark.parametrize("seed", range(30))
def test_two_levels_and_two_possibilities_by_enumeration(seed):
    rng = Random(seed)
    games = [random_game(rng) for _ in range(3)]
    naive = [rng.choice(RULES) for _ in range(2)]
    share = Fraction(rng.randint(1, 3), 4)
    leaves = [cm.subjective(m, policy=as_policy({"A": rule})) for m, rule in zip(games[:2], naive, strict=True)]
    thought = [(share, leaves[0]), (1 - share, leaves[1])]
    knowing = cm.subjective(games[2], {"b": thought})
    found = cm.recursive_best_response(cm.subjective(games[0], {"a": knowing, "b": thought}))
    b_best, b_value = best_of("b", [(share, games[0], naive[0]), (1 - share, games[1], naive[1])])
    assert found.subjective["b"] == b_value
    b_rule = {a: found.profile["B"](A=a) for a in range(2)}
    assert b_rule in b_best
    a_best, a_value = best_of("a", [(1, games[2], b_rule)])
    a_rule = {x: found.profile["A"](X=x) for x in range(2)}
    assert a_rule in a_best
    assert found.subjective["a"] == a_value
    for agent in "ab":
        assert found.actual[agent] == value(games[0], a_rule, b_rule, agent)


def test_ties_are_said():
    g = cm.cid("A -> B; A, B -> U; B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    m = cm.model(g, A=[0, 1], B=[0, 1], U="A == B", V="0")

    def found(model, expects):
        given = cm.subjective(model, policy={"A": expects})
        return cm.recursive_best_response(cm.subjective(model, {"a": cm.subjective(model, {"b": given}), "b": given}))

    assert found(m, 0).ties == ("b",)
    sure = m.with_mechanism(V="B")
    assert "b" in found(sure, 0).ties  # what it does after A = 1 it need not think of, and a may do that
    both = found(sure, {0: "1/2", 1: "1/2"})
    assert both.ties == ()
    assert (both.profile["A"]({}), both.subjective["a"]) == (1, 1)


def test_levels_of_the_evaluated_ai():
    trusting = cm.subjective(TEST, policy=TRUSTING)
    knowing = cm.subjective(TEST, {"human": trusting})
    second = cm.subjective(TEST, {"ai": knowing})
    found = cm.recursive_best_response(cm.subjective(TEST, {"human": second, "ai": knowing}))
    assert dict(found.subjective) == {"ai": 1, "human": 0}
    assert dict(found.actual) == {"ai": 0, "human": 0}


def test_common_belief_in_an_equilibrium_keeps_it():
    profile = {"Show": "low", "Deploy": "hold"}
    given = cm.subjective(TEST, policy=profile)
    found = cm.recursive_best_response(cm.subjective(TEST, {"human": given, "ai": given}))
    assert found.subjective == found.actual


def test_messages():
    given = cm.subjective(TEST, policy=TRUSTING)
    with pytest.raises(cm.ModelError, match="do not sum to 1"):
        cm.subjective(TEST, {"human": [("1/2", given)]})
    with pytest.raises(cm.DiagramError, match="humans"):
        cm.subjective(TEST, {"humans": given})
    with pytest.raises(cm.NotApplicable, match="the answer depends on 'ai'"):
        cm.recursive_best_response(cm.subjective(TEST, {"human": given}))
    with pytest.raises(cm.ModelError, match="other options or observations"):
        cm.subjective(random_game(Random(1)), {"a": cm.subjective(cm.load("spence1973/job-market").model)})
