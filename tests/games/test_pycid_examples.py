"""The example games of PyCID: all pure equilibria, compared exactly with all profiles followed node by node.

Where PyCID leaves the numbers out, they are drawn from a seed.
"""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.compat.pycid.examples import simple_macids, story_macids
from cidmesa.modelling.numbers import cells
from cidmesa.modelling.table import Table
from tests.games.brute import Brute
from tests.random_models import random_chance, random_payoff

MAKERS = {name: getattr(module, name) for module in (story_macids, simple_macids) for name in module.__all__}
LARGE = ("road_example", "triage")  # 2^36 and 2^84 profiles
COUNTS = {"prisoners_dilemma": 1, "battle_of_the_sexes": 2, "matching_pennies": 0, "taxi_competition": 3,
          "two_agent_one_pne": 1, "two_agent_two_pne": 2, "two_agent_no_pne": 0, "two_agents_three_actions": 1,
          "subgame_mixed_spe": 0}  # fmt: skip


def exact(name):
    """Return an example in exact numbers."""
    model = cm.interop.from_pycid(MAKERS[name]())
    if isinstance(model, cm.CID):
        rng = Random(name)
        draw = {"decision": lambda _: [0, 1], "chance": random_chance, "utility": random_payoff}
        return cm.model(model, {node: draw[model.kind(node)](rng.random()) for node in model.nodes})
    tables = {node: Table(table.variables, _fractions(table.values)) for node, table in model.tables.items()}
    return replace(model, tables=tables)


def _fractions(values):
    """Return the decimals that PyCID's numbers are meant to be."""
    return cells([Fraction(cell).limit_denominator(1000) for cell in values.ravel().tolist()], values.shape)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(MAKERS) - set(LARGE)))
def test_pure_equilibria_are_those_of_enumeration(name):
    model = exact(name)
    brute = Brute(model)
    found = cm.equilibria(model, limit=10_000)
    got = [brute.canonical(brute.from_policy(one.profile)) for one in found]
    assert (found.complete, model.exact) == (True, True)
    assert len(got) == len(set(got)) == COUNTS.get(name, len(got))
    assert set(got) == brute.pure_equilibria()
    assert all(gain == 0 for one in found for gain in one.regret.values())
    for one in cm.equilibria(model, "subgame_perfect", limit=10_000):
        assert brute.canonical(brute.from_policy(one.profile)) in got


@pytest.mark.nightly
def test_nobody_gains_in_a_large_game():
    """Each agent has one decision, so that the best answer can be taken context by context."""
    model = exact("road_example")
    brute = Brute(model)
    (one,) = cm.equilibria(model, "subgame_perfect", "behavioural", limit=1)
    assert all(_gain(brute, one.profile, agent) == 0 for agent in brute.agents)


def test_a_game_that_is_too_large_says_where():
    with pytest.raises(cm.TooLarge, match=r"agent '5' .* D5 \(2 options in 32 contexts\)"):
        cm.equilibria(exact("triage"), "subgame_perfect")


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
