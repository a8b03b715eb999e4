"""Subgame perfection of 500 random games: no profile is wrong in any subgame, and none is missing."""

from collections import Counter
from itertools import chain
from random import Random

import pytest

import cidmesa as cm
from cidmesa.solving.optimal.solution import rational_policy
from tests.games.perfection import Perfection, random_game_of_parts

COUNT, MAX_PROFILES = 500, 64


def small_games(seed, count):
    rng, found = Random(seed), []
    while len(found) < count:
        game = Perfection(random_game_of_parts(rng))
        if game.count() <= MAX_PROFILES:
            found.append(game)
    return found


GAMES = small_games("parts", COUNT)


def test_the_games_are_of_all_sorts():
    agents = [len(game.agents) for game in GAMES]
    parts = [[part.decisions for part in cm.subgames(game.cid)] for game in GAMES]
    inside = [Counter(chain(*found)) for found in parts]
    assert min(agents.count(n) for n in (1, 2, 3)) > 40
    assert sum(len(found) > 1 for found in parts) > 200
    assert sum(count.total() > len(count) for count in inside) > 100


def test_pure_profiles_are_those_of_enumeration_and_equilibria_of_every_subgame():
    sizes = []
    for game in GAMES:
        found = cm.equilibria(game.model, "subgame_perfect", limit=10_000)
        got = [game.canonical(game.from_policy(one.profile)) for one in found]
        assert len(got) == len(set(got))
        assert set(got) == game.perfect_profiles()
        assert found.complete
        sizes.append(len(got))
        assert all(game.gain(one.profile) == 0 for one in [*found[:1], *found[-1:]])
    assert min(map(sizes.count, (1, 2, 4))) > 30


@pytest.mark.parametrize("kind", ["mixed", "behavioural"])
def test_nobody_gains_in_any_subgame_by_drawing(kind):
    randomising = 0
    for game in GAMES[:100]:
        for one in cm.equilibria(game.model, "subgame_perfect", kind, limit=2):
            assert game.gain(one.profile) == 0
            randomising += any(not rule.pure for rule in one.profile.values())
    assert randomising > 0


def test_an_earlier_decision_that_is_solved_first_leaves_no_context_out():
    """V0 has nothing to gain and is solved first; V3 sees it and must do well after each of its options."""
    g = cm.cid("V0 -> V3; V3, V4 -> V1; V4 -> V2", decisions={"g0": ["V3"], "g1": ["V0", "V4"]},
               utilities={"g0": ["V1"], "g1": ["V2"]})  # fmt: skip
    m = cm.model(g, V0=[0, 1], V3=[0, 1], V4=[0, 1], V1="3*V3 - V4", V2=0)
    assert [one.profile["V3"](V0=k) for one in cm.equilibria(m, "subgame_perfect") for k in (0, 1)] == [1] * 8


def test_contexts_that_a_decision_relied_on_excludes_are_free():
    """B sees A only; A is relied on, for B does not see S: after the other option of A anything will do."""
    g = cm.cid("S -> A -> B; S, B -> V; S, A -> U", decisions={"a": ["A"], "b": ["B"]},
               utilities={"a": ["U"], "b": ["V"]})  # fmt: skip
    m = cm.model(g, S=cm.uniform([0, 1]), A=[0, 1], B=[0, 1], U="A", V="S == B")
    found = cm.equilibria(m, "subgame_perfect")
    assert [str(one.profile["B"]) for one in found] == ["0", "0 if A = 0; 1 if A = 1"]


def test_contexts_of_small_probability_count_in_floats():
    """All options were called best where a context has less than 1e-10 of the weight."""
    g = cm.cid("S -> A; S, A -> U; A -> V", decisions={"a": ["A"], "b": []}, utilities={"a": ["U"], "b": ["V"]})
    m = cm.model(g, S={0: 1 - 1e-12, 1: 1e-12}, A=[0, 1], U="A == S", V="A")
    (one,) = cm.equilibria(m, "subgame_perfect")
    (best,) = cm.solve(m).optimal_policies()
    assert one.profile["A"](S=1) == best["A"](S=1) == 1


def test_what_rational_agents_do_is_one_of_the_perfect_profiles():
    """Backward induction by messages, for the games in which no decisions rely on each other in a circle."""
    several = [game for game in GAMES if len(game.agents) > 1 and cm.is_soluble(game.cid)]
    for game in several[:150]:
        policy = rational_policy(game.model)
        assert game.gain(policy) == 0
        assert game.canonical(game.from_policy(policy)) in game.perfect_profiles()
    assert len(several) > 100
