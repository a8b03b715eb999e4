"""Whether what is best for one decision depends on the rules of others, against all rules, one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa import circles
from cidmesa.mesa.circles import settled_anyhow
from cidmesa.mesa.world import World


def game(rng):
    """A game in which D of a, and E of b before it, see some of a hidden state and of what comes of E."""
    seen = {"E": [n for n in ("S",) if rng.random() < 0.6], "X": ["S", "E"]}
    seen["D"] = [n for n in ("S", "E", "X") if rng.random() < 0.5]
    aim = [n for n in ("S", "E", "X") if rng.random() < 0.6] + ["D"]
    links = [(parent, child) for child, parents in (*seen.items(), ("U", aim)) for parent in parents]
    g = cm.cid(links, decisions={"a": ["D"], "b": ["E"]}, utilities={"a": ["U"]}, nodes=["S", "E", "D"])
    worth, chance = rng.randrange(2**30), rng.choice([Fraction(0), Fraction(1, 2), Fraction(1, 3)])

    def paid(**context):
        return Random(f"{worth} {sorted(context.items())}").choice([0, 0, 1])

    def shown(S, E):
        return Random(f"{worth} {S} {E}").choice([{0: 1}, {1: 1}, {0: chance, 1: 1 - chance}])

    return cm.model(g, S={0: chance, 1: 1 - chance}, E=[0, 1], X=shown, D=[0, 1], U=paid, domains={"X": [0, 1]})


def best(m, rule):
    """For each context of D that is possible where E follows a rule, the options that are best there."""
    followed, parents, worth = m.with_policy({"E": rule}), m.cid.parents("D"), {}
    for states in product([0, 1], repeat=4):
        setting = dict(zip(("S", "E", "X", "D"), states, strict=True))
        chance = Fraction(1)
        for node in ("S", "E", "X"):
            table = followed.table(node)
            chance *= table.values[tuple(setting[name] for name in table.variables)]
        if chance:
            table = m.table("U")
            paid = chance * table.values[tuple(setting[name] for name in table.variables)]
            there = worth.setdefault(tuple(setting[p] for p in parents), [0, 0])
            there[setting["D"]] += paid
    return {context: [x == max(values) for x in values] for context, values in worth.items()}


def depends(m):
    """Whether some context has other best options under one rule of E than under another."""
    size = 2 ** len(m.cid.parents("E"))
    found = {}
    for picked in product([0, 1], repeat=size):
        rule = (lambda S, picked=picked: picked[S]) if size == 2 else picked[0]
        for context, options in best(m, rule).items():
            if found.setdefault(context, options) != options:
                return True
    return False


@pytest.mark.parametrize("cells", [0, 2**16])
def test_best_options_are_settled_if_no_rule_of_another_changes_them(cells, monkeypatch):
    """With and without the look at all settings at once, which may suffice."""
    monkeypatch.setattr(circles, "MAX_CELLS", cells)
    rng, answers = Random(3), []
    for number in range(120):
        m = game(rng)
        answers.append(settled_anyhow(World.of(m), "D", "a", ["E"]))
        assert answers[-1] == (not depends(m)), number
    assert 20 < sum(answers) < 100


@pytest.fixture
def settled():
    """D is best whatever E does; E sees S, one state of which is impossible, where D would be bad."""
    g = cm.cid("S -> E; S, E, D -> U", decisions={"a": ["D"], "b": ["E"]}, utilities={"a": ["U"]})
    m = cm.model(g, S={0: "1/2", 1: "1/2", 2: 0}, E=[0, 1], D=[0, 1], U="D * (3 - E) if S < 2 else -D")
    return lambda: settled_anyhow(World.of(m), "D", "a", ["E"])


@pytest.mark.parametrize(("rules", "answer"), [(4, True), (3, False)])
def test_too_many_rules_in_possible_contexts_settle_nothing(settled, monkeypatch, rules, answer):
    monkeypatch.setattr(circles, "MAX_CELLS", 0)
    monkeypatch.setattr(circles, "MAX_RULES", rules)
    assert settled() is answer


@pytest.mark.parametrize(("cells", "answer"), [(12, True), (11, False)])
def test_one_look_at_all_possible_settings_may_suffice(settled, monkeypatch, cells, answer):
    monkeypatch.setattr(circles, "MAX_CELLS", cells)
    monkeypatch.setattr(circles, "MAX_RULES", 0)
    assert settled() is answer
