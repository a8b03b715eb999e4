"""The conformance kit: nothing is found about ours, and what is planted is found."""

from __future__ import annotations

import copy
import pickle
from itertools import count
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.compose import Draft, drafted
from cidmesa.mesa.rules import RULES
from cidmesa.testing import ANALYSES, CHANGES, Analysis, check_builder, check_model, check_rule
from cidmesa.testing.analyses import Amount, Named
from tests.random_models import random_model


def law(findings):
    return {finding.law for finding in findings}


@pytest.mark.parametrize("seed", range(5))
def test_answers_about_random_models_obey_all_laws(seed):
    assert not check_model(random_model(Random(f"kit {seed}"), recall=seed % 2 == 0), seed=seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(400))
def test_answers_about_many_random_models_obey_all_laws(seed):
    assert not check_model(random_model(Random(f"many {seed}"), recall=seed % 2 == 0), seed=seed)


def game(rng):
    g = cm.cid("S -> A, B, U; A -> B; A, B -> U; S, A, B -> V", decisions={"a": ["A"], "b": ["B"]},
               utilities={"a": ["U"], "b": ["V"]})  # fmt: skip
    seen = [(s, a, b) for s in "xy" for a in (0, 1) for b in (0, 1)]
    pay = {name: cm.table([[*at, rng.randint(-3, 3)] for at in seen], ["S", "A", "B"]) for name in "UV"}
    return cm.model(g, S={"x": "1/3", "y": "2/3"}, A=[0, 1], B=[0, 1], **pay)


@pytest.mark.parametrize("seed", range(3))
def test_answers_about_games_obey_all_laws(seed):
    assert not check_model(game(Random(seed)), seed=seed)


@pytest.mark.parametrize("factor", [0.7, 1e-9, 1e9])
def test_answers_about_floats_obey_all_laws(factor):
    g = cm.cid("X -> S -> D; X, S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, X={0: 0.3, 1: 0.7}, S=lambda X: {X: 0.9, 1 - X: 0.1}, D=[0, 1], U=lambda X, S, D: factor * (X == D))
    assert not check_model(m)


# --- what is planted is found ---------------------------------------------------------------------------------------


PLANTED = {
    "renamed": Analysis("first by name", lambda m: [("first", min(m.cid.nodes))]),
    "options reordered": Analysis("first option", lambda m: [(Named(d), str(m.domain(d)[0])) for d in m.cid.decisions]),
    "parents reordered": Analysis("first parent", lambda m: [(Named(n), m.cid.parents(n)[:1]) for n in m.cid.nodes]),
    "nodes reordered": Analysis("order", lambda m: [("order", tuple(map(Named, m.cid.nodes)))]),
    "utility split": Analysis("utilities", lambda m: [("many", len(m.cid.utilities))]),
    "irrelevant added": Analysis("size", lambda m: [("nodes", len(m.cid.nodes))]),
    "utility scaled": Analysis("value as a number", lambda m: [("value", cm.solve(m).value)]),
    "utility shifted": Analysis(
        "value as a gain", lambda m: [("value", Amount(cm.solve(m).value, "agent", gain=True))]
    ),
}


@pytest.mark.parametrize("change", PLANTED)
def test_an_answer_that_depends_on_what_it_must_not_is_found(change):
    assert set(PLANTED) == set(CHANGES)
    g = cm.cid("S, T -> D; S, T, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(
        g, S=cm.uniform([0, 1]), T=cm.uniform([0, 1]), D=["a", "b", "c"], U="(D == 'a') * S + (D == 'b') * T + 1/4"
    )
    found = [f for seed in range(5) for f in check_model(m, seed=seed, analyses=[PLANTED[change]])]
    assert f"{change} leaves the {PLANTED[change].name}" in law(found)
    assert str(found[0]).startswith(found[0].law)
    assert not check_model(m, analyses=ANALYSES)


# --- builders and rules ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["episodes", "gate", "predictor", "recommender", "one_shot"])
def test_ready_made_processes_obey_the_laws(name):
    assert not check_builder(getattr(cm.builders, name))


def test_what_a_builder_does_wrong_is_found():
    numbers = count()

    def restless():
        return cm.builders.episodes(1 + next(numbers) % 2, 1)

    def greedy(sizes):
        sizes.append(1)
        return cm.builders.episodes(2, 1)

    assert "a builder makes the same process twice" in law(check_builder(restless))
    assert "a builder leaves its arguments as they were" in law(check_builder(greedy, []))


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_rules_of_the_composer_obey_the_laws(rule):
    t = cm.builders.episodes(2, 1)
    draft = Draft.of(t, {t.learner: cm.MesaSpec(target="A == 'b'", scope="updates")})
    for before in RULES[: RULES.index(rule)]:
        draft = before(draft)
    assert not check_rule(rule, draft)


def test_what_a_rule_does_wrong_is_found():
    t = cm.builders.episodes(2, 1)
    draft = drafted(t, {t.learner: cm.MesaSpec(target="0", scope="updates")})

    def silent(before):
        from dataclasses import replace

        model = before.model.revised([cm.Node("New")], mechanisms={"New": cm.bernoulli("1/2")})
        return replace(before, model=model)

    assert "what a rule makes says where it comes from" in law(check_rule(silent, draft))


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what", ["scenario", "training", "composition", "condition", "report", "solution", "certificate"]
)
def test_values_equal_their_copies_and_hash(what):
    corners, small = cm.load("hubinger2019/two-corners"), "leike2017/interruption"
    value = {
        "scenario": lambda: corners,
        "training": lambda: corners.training,
        "composition": lambda: corners.of("deceptive"),
        "condition": lambda: cm.conditions(small, {"optimal": {"decision": "A"}, "is": "press"}),
        "report": lambda: cm.check(small),
        "solution": lambda: cm.solve(cm.load(small).model),
        "certificate": lambda: cm.certify_deception(corners.of("deceptive")),
    }[what]()
    for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):  # noqa: S301 (our own)
        assert other == value
        assert hash(other) == hash(value)
