"""The example games of PyCID: all pure equilibria, compared exactly with all profiles followed node by node.

Where PyCID leaves the numbers out, they are drawn from a seed.
"""

from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.modelling.numbers import cells
from cidmesa.modelling.tabulation import Table
from tests.games.brute import Brute
from tests.peers.pycid import pycid
from tests.random_models import random_chance, random_payoff

__all__ = ["pycid"]

LARGE = ("road_example", "triage")  # 2^36 and 2^84 profiles
COUNTS = {"prisoners_dilemma": 1, "battle_of_the_sexes": 2, "matching_pennies": 0, "taxi_competition": 3,
          "two_agent_one_pne": 1, "two_agent_two_pne": 2, "two_agent_no_pne": 0, "two_agents_three_actions": 1,
          "subgame_mixed_spe": 0}  # fmt: skip


@pytest.fixture(scope="module")
def makers(pycid):
    """Return the name of each example with the function that makes it."""
    found = {}
    for home in ("pycid.examples.story_macids", "pycid.examples.simple_macids"):
        module = import_module(home)
        found |= {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == home}
    return found


def exact(makers, name):
    """Return an example in exact numbers."""
    model = cm.interop.from_pycid(makers[name]())
    if isinstance(model, cm.CID):
        rng = Random(name)
        draw = {"decision": lambda _: [0, 1], "chance": random_chance, "utility": random_payoff}
        return cm.model(model, {node: draw[model.kind(node)](rng.random()) for node in model.nodes})
    tables = {node: Table(table.variables, _fractions(table.values)) for node, table in model.tables.items()}
    return replace(model, tables=tables)


def _fractions(values):
    """Return the decimals that PyCID's numbers are meant to be."""
    return cells([Fraction(cell).limit_denominator(1000) for cell in values.ravel().tolist()], values.shape)


def test_pure_equilibria_are_those_of_enumeration(makers):
    assert set(COUNTS) <= set(makers)
    assert len(makers) > 20
    for name in sorted(set(makers) - set(LARGE)):
        model = exact(makers, name)
        brute = Brute(model)
        found = cm.equilibria(model, limit=10_000)
        got = [brute.canonical(brute.from_policy(one.profile)) for one in found]
        assert (found.complete, model.exact) == (True, True), name
        assert len(got) == len(set(got)) == COUNTS.get(name, len(got)), name
        assert set(got) == brute.pure_equilibria(), name
        assert all(gain == 0 for one in found for gain in one.regret.values()), name
        for one in cm.equilibria(model, "subgame_perfect", limit=10_000):
            assert brute.canonical(brute.from_policy(one.profile)) in got, name


@pytest.mark.nightly
def test_nobody_gains_in_a_large_game(makers):
    """Each agent has one decision, so that the best answer can be taken context by context."""
    model = exact(makers, "road_example")
    brute = Brute(model)
    (one,) = cm.equilibria(model, "subgame_perfect", "behavioural", limit=1)
    assert all(_gain(brute, one.profile, agent) == 0 for agent in brute.agents)


def test_a_game_that_is_too_large_says_where(makers):
    with pytest.raises(cm.TooLarge, match=r"agent '5' .* D5 \(2 options in 32 contexts\)"):
        cm.equilibria(exact(makers, "triage"), "subgame_perfect")


def _gain(brute, profile, agent):
    (own,) = brute.cid.decisions_of(agent)
    options = range(len(brute.model.domain(own)))

    def act(decision, context):
        row = profile[decision].values[context].tolist()
        return dict.fromkeys(options, 1) if decision == own else dict(enumerate(row))

    value = {}
    for at, weight in brute.plays(act):
        context = tuple(at[parent] for parent in brute.cid.parents(own))
        row = value.setdefault(context, [Fraction(0)] * len(options))
        for utility in brute.cid.utilities_of(agent):
            row[at[own]] += weight * brute.model.table(utility).values[tuple(at[p] for p in brute.cid.parents(utility))]
    return sum(max(row) - np.dot(row, profile[own].values[context]) for context, row in value.items())
