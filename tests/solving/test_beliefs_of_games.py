"""Games by beliefs against the junction tree: subgame-perfect rules, context by context."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from benchmarks.episodes import taking_turns
from cidmesa.solving.games import equilibria
from cidmesa.solving.optimal import beliefs, solution
from cidmesa.solving.optimal.problem import Problem, game_of
from cidmesa.solving.optimal.solution import rational_policy
from tests.laws.test_ties import _floats as in_floats
from tests.random_models import random_chance, random_payoff


def soft_chance(seed):
    """A random distribution without zeros, so that every observation is possible."""

    def distribution(**context):
        share = Fraction(Random(f"{seed} {sorted(context.items())}").choice([1, 2, 2, 3]), 4)
        return {0: share, 1: 1 - share}

    return distribution


def game(seed):
    """A random game: 2 or 3 agents, 2 to 4 decisions which mostly see what earlier ones saw and did.

    One in four has zeros in its distributions, one in four options that depend on the context, one in four floats.
    """
    rng = Random(seed)
    agents, names = ["a", "b", "c"][: rng.choice([2, 2, 3])], [f"N{i}" for i in range(rng.randint(4, 7))]
    decisions = set(rng.sample(names[1:], rng.randint(2, min(4, len(names) - 1))))
    zeros, menus, forgets = (rng.random() < 0.25 for _ in range(3))
    specs, given, memory = [], {}, {}
    for place, name in enumerate(names):
        parents = tuple(rng.sample(names[:place], min(place, rng.randint(1, 2))))
        if name not in decisions:
            specs.append(cm.Node(name, "chance", None, parents))
            given[name] = (random_chance if zeros else soft_chance)(rng.random())
            continue
        parents = tuple(dict.fromkeys([*parents, *(() if forgets and rng.random() < 0.3 else memory)]))
        memory |= dict.fromkeys([*parents, name])
        specs.append(cm.Node(name, "decision", rng.choice(agents), parents))
        given[name] = cm.menu([[0, [0, 1]], ["*", [1]]], parents[:1]) if menus and rng.random() < 0.6 else [0, 1]
    for number, agent in enumerate([*agents, *rng.choices(agents, k=2)]):
        parents = tuple(rng.sample(names, rng.randint(1, 3)))
        specs.append(cm.Node(f"U{number}", "utility", agent, parents))
        given[f"U{number}"] = random_payoff(rng.random())
    m = cm.model(cm.CID(tuple(specs)), given)
    return in_floats(m) if rng.random() < 0.25 else m


@pytest.fixture
def as_large(monkeypatch):
    """All problems count as large; what beliefs were found for is counted."""
    counted = []
    recollection_of = solution.recollection_of

    def noted(model, problem):
        found = recollection_of(model, problem)
        counted.extend([found] if found else [])
        return found

    monkeypatch.setattr(solution, "recollection_of", noted)
    monkeypatch.setattr(Problem, "small", False)
    return counted


def by_the_tree(m, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(solution, "recollection_of", lambda *_: None)
        return rational_policy(m)


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(60, 2000), marks=pytest.mark.nightly)])
def test_rules_are_those_of_the_junction_tree(seeds, as_large, monkeypatch):
    games = 0
    for seed in seeds:
        m = game(seed)
        try:
            wanted = by_the_tree(m, monkeypatch)
        except cm.NotApplicable:
            continue  # decisions rely on each other in a circle
        games += len({m.cid.agent(d) for d in m.cid.decisions}) > 1
        found = rational_policy(m)
        assert [rule.values.tolist() for rule in found.values()] == [rule.values.tolist() for rule in wanted.values()]
    assert games > len(seeds) // 2
    assert len(as_large) > len(seeds) // 8


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_the_only_equilibrium_by_beliefs_is_that_by_tables(steps, monkeypatch):
    m = taking_turns(steps, 2)
    (found,) = cm.equilibria(m, "subgame_perfect")
    assert equilibria._by_beliefs(m, "pure")
    monkeypatch.setattr(equilibria, "_by_beliefs", lambda *_: None)
    (wanted,) = cm.equilibria(m, "subgame_perfect")
    assert (found.values, found.regret, found.to_json()) == (wanted.values, wanted.regret, wanted.to_json())
    assert [rule.values.tolist() for rule in found.profile.values()] == [
        rule.values.tolist() for rule in wanted.profile.values()
    ]


def test_ties_are_left_to_the_tables():
    g = cm.cid("A -> B; A, B -> U; A, B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    m = cm.model(g, A=[0, 1], B=[0, 1], U="A + B", V="A * B")
    assert equilibria._by_beliefs(m, "pure") is None
    assert len(cm.equilibria(m, "subgame_perfect")) == 2


def test_a_game_with_too_many_beliefs_is_refused_before_they_are_made(monkeypatch):
    full = taking_turns(12, 2)
    problem = game_of(full, full.cid)
    seen = {d: full.cid.dag.parents[d] for d in problem.families}
    made = []
    step = beliefs._step
    monkeypatch.setattr(beliefs, "_step", lambda *args: made.append(1) or step(*args))
    assert beliefs.beliefs_of(problem, seen, 2**14) is None
    late = len(made)
    monkeypatch.setattr(beliefs, "_MANY", 2**9)
    assert beliefs.beliefs_of(problem, seen, 2**14) is None
    assert len(made) - late < late
    assert beliefs.beliefs_of(problem, seen, 2**17)
