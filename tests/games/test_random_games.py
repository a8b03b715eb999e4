"""500 random games of two agents in exact numbers: pure equilibria are all found, and nobody ever gains."""

from itertools import product
from random import Random

import pytest

import cidmesa as cm
from tests.games.brute import Brute, random_game

COUNT, MAX_PROFILES = 500, 300


def small_games(seed, count):
    rng, found = Random(seed), []
    while len(found) < count:
        brute = Brute(random_game(rng))
        if brute.count() <= MAX_PROFILES:
            found.append(brute)
    return found


GAMES = small_games(seed=3, count=COUNT)


def test_pure_equilibria_are_exactly_those_of_enumeration():
    sizes = set()
    for brute in GAMES:
        found = cm.equilibria(brute.model, limit=10_000)
        assert found.complete
        got = [brute.canonical(brute.from_policy(one.profile)) for one in found]
        assert len(got) == len(set(got))
        assert set(got) == brute.pure_equilibria()
        assert all(gain == 0 for one in found for gain in one.regret.values())
        sizes.add(min(len(got), 5))
    assert sizes >= {0, 1, 2, 5}


@pytest.mark.parametrize("kind", ["mixed", "behavioural"])
def test_nobody_gains_in_randomised_equilibria(kind):
    randomising = missing = 0
    for number, brute in enumerate(GAMES if kind == "mixed" else GAMES[:80]):
        found = cm.equilibria(brute.model, kind=kind, limit=3)
        missing += not found
        assert found or kind == "behavioural"
        assert all(gain == 0 for one in found for gain in one.regret.values())
        for one in found[:1]:
            if one.profile is not None and (number % 2 == 0 or kind == "behavioural"):
                randomising += any(not rule.pure for rule in one.profile.values())
                values = brute.values(lambda d, c, one=one: dict(enumerate(one.profile[d].values[c].tolist())))
                assert {agent: values[agent] for agent in brute.agents} == {a: one.values[a] for a in brute.agents}
                assert all(brute.regret(one.profile, agent) == 0 for agent in brute.agents)
    assert randomising >= 3
    assert missing < 10


@pytest.mark.parametrize("kind", ["pure", "behavioural"])
def test_subgame_perfect_equilibria_are_equilibria(kind):
    for brute in GAMES[:120]:
        nash = brute.pure_equilibria() if kind == "pure" else None
        for one in cm.equilibria(brute.model, "subgame_perfect", kind, limit=3):
            assert all(brute.regret(one.profile, agent) == 0 for agent in brute.agents)
            assert nash is None or brute.canonical(brute.from_policy(one.profile)) in nash


def test_requisite_observations_suffice_for_equilibria():
    for brute in GAMES[:100]:
        for one in cm.equilibria(brute.model, observations="requisite", limit=5):
            assert all(brute.regret(one.profile, agent) == 0 for agent in brute.agents)


def test_one_equilibrium_for_each_outcome():
    """Grouped by the distribution over all nodes, worked out setting by setting."""
    merged = 0
    for brute in GAMES[:150]:
        every, found = cm.equilibria(brute.model, limit=10_000), cm.equilibria(brute.model, by="outcome", limit=10_000)
        outcomes = [outcome(brute.model, one.profile) for one in every]
        assert [outcome(brute.model, one.profile) for one in found] == list(dict.fromkeys(outcomes))
        assert found.complete == every.complete
        merged += len(every) - len(found)
    assert merged > 20


def outcome(model, policy):
    """The probability of every setting of the nodes that are not utilities."""
    followed = model.with_policy(policy)
    nodes = [node for node in model.cid.nodes if model.cid.kind(node) != "utility"]
    joint = {}
    for states in product(*(model.domain(node) for node in nodes)):
        setting = dict(zip(nodes, states, strict=True))
        chance = 1
        for node in nodes:
            table = followed.tables[node]
            place = tuple(model.domain(name).index(setting[name]) for name in table.variables)
            chance *= table.values[place]
        joint[states] = chance
    return tuple(joint.items())


def test_by_is_refused_where_it_is_misspelt():
    with pytest.raises(cm.NotApplicable, match="Did you mean 'outcome'"):
        cm.equilibria(GAMES[0].model, by="outcomes")
