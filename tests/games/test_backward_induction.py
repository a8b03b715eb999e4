"""Backward induction of several agents on the junction tree: rules are best by elimination on whole models too."""

from random import Random

import cidmesa as cm
from cidmesa.solving.decision_rules import action_values, decided
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.solving.optimal.solution import rational_policy
from tests.games.brute import random_game
from tests.mesa.processes import corners


def test_rules_are_best_in_every_context_when_all_that_does_not_matter_is_uniform():
    rng, compared = Random(11), 0
    while compared < 120:
        model = random_game(rng)
        relies = cm.relevance_graph(model.cid)
        if not relies.is_acyclic or len(relies.decisions) < 2:
            continue
        compared += 1
        profile = rational_policy(model)
        assert all(cm.regret(model, profile, agent) == 0 for agent in model.cid.agents)
        for decision in relies.decisions:
            others = [profile[other] for one, other in relies.edges if one == decision]
            best = optimal_options(action_values(decided(model, *others), decision))
            assert ((profile[decision].values == 1) <= best).all()


def test_fifty_episodes_each_with_an_agent_of_its_own():
    game = cm.compose(corners(training=20, deployment=30), cm.MesaSpec(target="A == 'b'", scope="episode")).model
    assert len([agent for agent in game.cid.agents if game.cid.decisions_of(agent)]) == 50
    profile = rational_policy(game)
    assert {profile[f"D_A{t}"]() for t in range(1, 51)} == {"b"}
    assert all(cm.regret(game, profile, f"mesa@{t}") == 0 for t in (1, 21))
