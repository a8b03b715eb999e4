"""Small problems as one table against messages in a tree: the same rules, context by context, and the same values."""

from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.solving.optimal import backward_induction
from cidmesa.solving.optimal.backward_induction import swept
from cidmesa.solving.optimal.junction_tree import tree_of
from cidmesa.solving.optimal.problem import game_of, problem_of
from cidmesa.solving.optimal.whole import whole_of
from cidmesa.structure.reduction import minimal_reduction
from tests.laws.test_ties import _floats as in_floats
from tests.random_models import random_model


def drawn(seed):
    """A random problem; of floats one time out of four, of numbers too long for int64 one out of five."""
    rng = Random(seed)
    m = random_model(rng, max_nodes=7, max_decisions=4, recall=rng.random() < 0.5)
    if rng.random() < 0.2:
        first, *_, last = m.cid.parents("U0")[:1] * 2 + m.cid.parents("U0")
        m = m.with_mechanism(U0=f"{10**30} * {first} - {3**70} * {last}")
    return in_floats(m) if rng.random() < 0.25 else m


@pytest.mark.parametrize("seeds", [range(150), pytest.param(range(150, 2000), marks=pytest.mark.nightly)])
def test_rules_and_values_are_those_of_messages(seeds, monkeypatch):
    compared = 0
    for seed in seeds:
        m = drawn(seed)
        problem = problem_of(m, "agent", minimal_reduction(m.cid))
        if whole_of(problem) is None:
            continue
        one, left = swept(problem)
        monkeypatch.setattr(backward_induction, "whole_of", lambda _: None)
        other, still = swept(problem)
        monkeypatch.undo()
        assert left == still
        assert {d: r.values.tolist() for d, r in one.rules.items()} == {
            d: r.values.tolist() for d, r in other.rules.items()
        }
        if not left:
            assert one.value() == (other.value() if problem.exact else pytest.approx(other.value(), abs=1e-12))
        elif len(tree_of(problem).clusters) == 1:
            scope = tuple(dict.fromkeys(v for d in left for v in problem.families[d]))
            found, wanted = one.expected_utilities(scope), other.expected_utilities(scope)
            assert np.allclose(found.astype(float), wanted.astype(float))
        compared += 1
    assert compared > len(seeds) // 2


def test_one_table_serves_several_owners():
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("S -> A -> B; S, A, B -> U; A, B -> V", **owned)
    m = cm.model(g, S=cm.uniform([0, 1]), A=[0, 1], B=[0, 1], U="S * A - B", V="A == B")
    world, left = swept(game_of(m, g))
    rules = {g.nodes[d]: rule.values.tolist() for d, rule in world.rules.items()}
    assert not left
    assert rules == {"A": [[1, 0], [0, 1]], "B": [[1, 0], [0, 1]]}
