"""What questions share changes no answer: families judged before evidence, judges of worlds alike, cells of tables."""

from __future__ import annotations

import gc
import pickle
from dataclasses import replace
from fractions import Fraction
from random import Random
from weakref import ref

import numpy as np
import pytest

import cidmesa as cm
from cidmesa import evidence as ev, families as fa
from cidmesa.library.kinds.derived import answers
from cidmesa.mesa.case import verdicts as cases
from cidmesa.mesa.derive.families import _Ways
from cidmesa.mesa.world import World
from cidmesa.modelling.model import assemble
from tests.mesa.derive.families import evidence, process
from tests.mesa.processes import small_process, small_spec

SHAPES = [fa.box(-1, 1), fa.box(0, 2), fa.simplex(), fa.ball(1), fa.ball(2)]


def family(rng, training):
    """Objectives with two or three coefficients, each of which likes some options in some episodes."""
    episodes = training.episodes
    features = {
        name: {t: f"{rng.choice(['1', '1/2', '-1'])} * (A{t} == 'b')" for t in rng.sample(episodes, 2)} for name in "xy"
    }
    return fa.objectives(features, rng.choice(SHAPES), cm.MesaSpec("0", rng.choice(["updates", "updates", "episode"])))


def at(member):
    """The coefficients of a member; the last one of a simplex is what is left."""
    values = {name: parameter.value for name, parameter in member.training.model.parameters.items()}
    return values["x"], values.get("y", 1 - values["x"])


CLAIMS = [
    "deceptive",
    "complies",
    answers({"optimal": {"decision": "D_A1"}, "is": "a"}),
    lambda member: at(member)[0] > at(member)[1],
    lambda member: cm.solve(member.composition.model).value > Fraction(1, 3),
]


def said(ask):
    """What is found, or why nothing is."""
    try:
        return ask()
    except cm.CidmesaError as error:
        return f"{type(error).__name__}: {error}"


def told(ask):
    """All that is found of the members of a family, cell by cell, or why nothing is."""
    found = said(ask)
    if isinstance(found, str):
        return found
    shares = [(c.name, c.low, c.high, c.why, c.place, c.polytope, c.count, c.course) for c in found.cells]
    return found.kind, found.undecided, shares, [list(map(judged, cell.members)) for cell in found.cells]


def judged(member):
    """All that is found of a member."""
    m, scores = member, (str(member.score), str(member.best), list(map(str, member.regrets.values())))
    judgement = m.name, m.kind, m.reason, m.degree, m.conduct.to_text(), scores
    return judgement, m.likelihood, str(m.fault), dict(m.told), list(m.extra.values()), m.seen, at(m)


def asked(training, of, several, rng, **how):
    """What is found of a family given each evidence, with claims, a test and what training on levels lets pass."""
    tests, levels = {"it": (ev.tested("A2", "pass", like="A1", taken_for_real="1/3"),)}, {"one": {}, "two": {}}
    for items in several:
        found = said(lambda items=items: cm.derive(training, of, items, **how))
        if isinstance(found, str):
            yield found
            continue
        claim = CLAIMS[rng.randrange(len(CLAIMS))]
        yield told(lambda found=found: found.found)
        yield told(lambda found=found, claim=claim: found.posterior([claim]).found)
        yield told(lambda found=found: found.posterior([], tests).found)
        yield told(lambda found=found: found.epsilon_set("1/4", levels=levels).found)


@pytest.mark.parametrize("seed", range(8))
def test_evidence_on_ways_that_are_known_finds_what_evidence_on_the_way_finds(seed, monkeypatch):
    rng = Random(seed)
    training = process(rng)
    of, several = family(rng, training), [evidence(rng) for _ in range(3)]
    how = {"method": "estimate", "seed": 1, "draws": 40} if seed == 0 else {}
    shared = list(asked(training, of, several, Random(seed), **how))
    monkeypatch.setattr(_Ways, "_judged", lambda *_: None)
    assert list(asked(training, of, several, Random(seed), **how)) == shared


def test_the_ways_of_a_family_are_looked_for_once(monkeypatch):
    asked_for = []
    measured = _Ways._measured
    monkeypatch.setattr(_Ways, "_measured", lambda *given: asked_for.append(1) or measured(*given))
    training = cm.builders.episodes(1, 2)
    of = fa.objectives({"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}}, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    found = [cm.derive(training, of, items) for items in ([], [ev.acted({"A1": "a"})], [ev.scored(0)])]
    assert [d.probability("deceptive").value for d in found] == [Fraction(1, 8), Fraction(1, 5), Fraction(1, 5)]
    assert len(asked_for) == 1
    for _ in range(2):  # to compare coefficients divides a way, which stays whole for the next question
        assert found[0].probability(lambda member: at(member)[0] > at(member)[1]).value == Fraction(1, 2)
    assert len(asked_for) == 3
    assert found[1].probability("proxy").value == cm.derive(training, of, found[1].evidence).probability("proxy").value
    assert len(asked_for) == 3


def test_what_was_found_goes_with_the_process_and_only_the_last_way_to_measure_is_kept():
    def asked():
        training = cm.builders.episodes(1, 1)
        of = fa.objectives({"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}}, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
        for seed in range(3):
            cm.derive(training, of, method="estimate", seed=seed, draws=5)
        (ways,) = (found for _, found in training.judged._made.values())
        assert [how.seed for how in ways.known] == [2]
        cm.certify_deception(cm.compose(training, of.spec))
        return ref(training)

    process = asked()
    gc.collect()
    assert process() is None


def test_messages_that_another_thread_found_first_are_not_found_twice():
    world = World.of(cm.builders.episodes(1, 2).model)
    one, other = (World.of(cm.builders.episodes(1, 2).model)._messages for _ in range(2))
    last = len(one.order)

    def interrupted(name):
        if len(one.found) < last:
            one.until(last, world._factor)  # by the other thread
        return world._factor(name)

    assert one.until(last, interrupted) == other.until(last, world._factor)
    assert [[f.variables for f in some] for some in one.found] == [[f.variables for f in some] for some in other.found]


def test_certificates_can_be_pickled():
    found = cm.certify_deception(cm.load("hubinger2019/two-corners").of("deceptive"))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 (our own)


def test_cells_of_arrays_are_told_apart():
    training = cm.builders.episodes(1, 1)
    rules = [np.array([[1, 0], [0, 1]], dtype=object), np.array([[0, 1], [0, 1]], dtype=object)]
    specs = [cm.MesaSpec("A == 'b'", "updates", beliefs={"Theta2": rule}) for rule in rules]
    for one, other in (specs, specs[::-1]):
        table = cm.verdicts(training, one, {"beliefs": [one.beliefs, other.beliefs]})
        alone = [cm.verdicts(training, spec, {"scope": ["updates"]}) for spec in (one, other)]
        assert [*table.answers.values()] == [a for t in alone for a in t.answers.values()]


@pytest.mark.parametrize("seed", range(12))
def test_judges_of_worlds_alike_say_what_a_judge_of_each_says(seed):
    rng = Random(f"alike {seed}")
    training, target = small_process(rng)
    spec, model = small_spec(rng, {t: f"w * ({wanted})" for t, wanted in target.items()}), training.model
    parameters = {**model.parameters, "w": cm.parameter("w", value=1)}
    free = training.with_model(assemble(model.cid, model.domains, model.mechanisms, parameters))
    for w, mu in ((-1, 1), ("1/2", 1), (2, "1/3"), (2, 1), (0, 1)):
        there = free.with_model(free.model.substitute({"w": w} | ({"mu": mu} if "mu" in parameters else {})))
        alone = replace(there)  # which is not known to be like another
        assert there.like is free
        assert alone.like is None
        for ask in (lambda it: cm.certify_deception(cm.compose(it, spec)), lambda it: cm.alignment(it, spec)):
            one, other = (said(lambda it=it, ask=ask: ask(it).to_json()) for it in (there, alone))
            assert one == other


def test_tables_of_several_questions_are_those_of_each(monkeypatch):
    toggles = {"scope": ["updates", "episode"], "mu": ["1", "1/4"], "succession": ["planner", "same"]}
    spec = cm.MesaSpec("A == 'b'", "updates")

    def tables():
        training = cm.builders.episodes(1, 2)
        questions = ("deceptive", "harmless", "complies", lambda member: member.kind == "proxy")
        return [cm.verdicts(training, spec, toggles, question).to_json() for question in questions]

    kept = tables()
    monkeypatch.setattr(cases, "MAX_KEPT", 0)
    assert tables() == kept
