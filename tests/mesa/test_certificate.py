"""The certificate of deception against the golden table, and against the oracle on random processes."""

from dataclasses import replace
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.plans import rational_plans
from cidmesa.mesa.world import World as Tables
from tests.mesa.built import composed, to_cidmesa
from tests.mesa.oracle import builders as b
from tests.mesa.oracle.certificate import certify
from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.draw import draw
from tests.mesa.oracle.golden import CLASSES, MINIMAL, ROWS, SHORTFALLS, process_of
from tests.mesa.oracle.rational import TooMany, best, own_values
from tests.mesa.oracle.taxonomy import classify, shortfalls
from tests.mesa.oracle.world import World, number

PHASES = {"train": "training", "deploy": "deployment"}
BLOCKS = 14
MAX_OPEN = 7  # contexts that a plan leaves open, each with two options


# --- golden rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_judgement(row):
    found = cm.certify_deception(composed(row.process()), of=row.learner)
    reason = "joint" if found.reason == "joint" else None
    assert ", ".join(x for x in (found.degree, found.extent, reason) if x) == row.judgement
    assert bool(found) == row.judgement.startswith(("strict", "sure"))


@pytest.mark.parametrize("name", MINIMAL)
def test_minimal_threats(name):
    found = cm.certify_deception(composed(process_of(name)))
    assert {frozenset(threats) for threats in found.spans[-1].threats} == {frozenset(t) for t in MINIMAL[name]}


@pytest.mark.parametrize("name", SHORTFALLS)
def test_shortfalls(name):
    found = cm.alignment(*to_cidmesa(process_of(name)))
    assert (found.shortfall["train"], found.shortfall["elsewhere"]) == SHORTFALLS[name]


@pytest.mark.parametrize("row", CLASSES, ids=lambda row: row.name)
def test_alignment_class(row):
    training, spec = to_cidmesa(row.process())
    names = ["train", *(f"test {i}" for i in range(1, len(row.environments)))]
    places = {name: {node: _surely(training, node, state) for node, state in states.items()}
              for name, states in zip(names, row.environments, strict=True)}  # fmt: skip
    about = None if row.truth is None else "B"
    found = cm.alignment(training, spec, places, about=about, truth=row.truth)
    assert found.kind == row.kind
    assert found.robust == (row.kind in ("corrigible", "internal", "deterred"))
    if about:
        assert cm.discriminate(training, spec, "B", truth=row.truth).kind == row.kind


def _surely(training, node, state):
    parents = training.cid.parents(node)
    return cm.table([["*"] * len(parents) + [state]], parents) if parents else {state: 1}


@pytest.mark.parametrize(("audit", "false"), [("1/4", True), ("1/2", False), ("3/4", False)])
def test_deception_by_report(audit, false):
    assert bool(cm.deceives_by_report(composed(b.reports(audit)))) == false


# --- against the oracle ---------------------------------------------------------------------------------------------


def judged_by_oracle(case):
    """Degree, extent and reason; by span degree, reason, whether real and the minimal threats."""
    found = certify(case)
    spans = {_named(name): (degree, found.reasons(name), found.real(name), found.minimal(name))
             for name, degree in found.spans.items() if degree != "none"}  # fmt: skip
    return found.degree, found.extent, found.reason, spans


def _named(span):
    if span == "*":
        return span
    name, phase = span
    return f"{name if isinstance(name, str) else f'episode {name}'} ({PHASES[phase]})"


def judged(certificate):
    spans = {span.name: (span.degree, span.reason, span.threat == "real", frozenset(map(frozenset, span.threats)))
             for span in certificate.spans if span.degree != "none"}  # fmt: skip
    return certificate.degree, certificate.extent, certificate.reason, spans


def _with_memory(process):
    """The process for the oracle, whose selves remember nothing: those that must know what they did are one planner."""

    def remembers(spec):
        return spec.succession == "game" and any(
            act.episode < episode and name in value.parents
            for episode, value in spec.target.items()
            for name, act in process.acts.items()
        )

    specs = {v: replace(spec, succession="planner") if remembers(spec) else spec for v, spec in process.specs.items()}
    return replace(process, specs=specs)


def compare(seed, longer):
    """Compare one random process; return whether it was one to compare."""
    rng = Random(f"certificate {seed}")
    process = draw(rng, several=rng.random() < 0.1, longer=longer)
    learner = rng.choice(list(process.specs))
    try:
        expected = judged_by_oracle(case := Case(_with_memory(process), learner))
    except TooMany:
        return False
    try:
        composition = composed(process)
    except cm.ComposeError as refusal:
        assert "it would read its own parameters" in str(refusal), seed  # noqa: PT017
        return False
    try:
        assert judged(cm.certify_deception(composition, of=learner)) == expected, seed
        if seed % 10 == 0 and len(process.specs) == 1:
            compare_classes(process, case)
    except cm.NotApplicable as refusal:
        assert "rely on each other in a circle" in str(refusal), seed  # noqa: PT017
        return False
    except cm.TooLarge:
        return False
    return True


def compare_classes(process, case):
    found = cm.alignment(*to_cidmesa(process))
    assert found.kind == classify(process)
    assert (found.shortfall["train"], found.shortfall["elsewhere"]) == shortfalls(case)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_oracle_and_tool_agree(block):
    """Degree, extent, reason; by span degree, reason, threat and the minimal sets of threats; the class of some."""
    compared = sum(compare(seed, 0.1) for seed in range(100 * block, 100 * block + 100))
    assert compared > 80


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(BLOCKS, 200))
def test_oracle_and_tool_agree_on_many(block):
    compared = sum(compare(seed, 0.3) for seed in range(100 * block, 100 * block + 100))
    assert compared > 80


def test_clusters_without_tables_do_not_keep_the_solver_for_ever():
    assert compare(18464, 0.3)


# --- optimizers that forget and decide in turn ------------------------------------------------------------------------


def gains(process, world, rule, v):
    """What an optimizer could gain, times a scale, by any other rules for all of its decisions."""
    values = [value for _, value in own_values(world.mind, next(iter(process.acts)), v)]
    worth = world.worth(values, number(values))
    others = {key: option for key, option in rule.items() if key[1] != v}
    top, _ = best(world, others, frozenset((p.name, v) for _, p in world.points() if v in p.views), worth)
    return top - sum(weight * worth(setting) for setting, weight in world.leaves(rule))


def oracle_rule(world, process, composition, plan):
    """A plan of the tool as a rule of the oracle; what it leaves open is left open."""
    rule = {}
    for decision in composition.model.cid.decisions:
        action, _, v = decision.removeprefix("D_").partition("@")
        parents, domains = composition.model.cid.parents(decision), composition.model.domains
        for place in product(*(range(len(domains[parent])) for parent in parents)):
            seen = {parent: domains[parent][i] for parent, i in zip(parents, place, strict=True)}
            if plan.settled[decision][place] and seen.get(process.acts[action].theta, v) == v:
                option = domains[decision][plan.rules[decision][place].argmax()]
                rule[action, v, tuple(seen[node] for node in world.mind.sees(action, v)), ()] = option
    return rule


def completions(world, rule):
    """The rule with each choice in the contexts that it leaves open, for it does not reach them."""
    keys = {point.key(s[:place]): point.states for s, _ in world.leaves({}) for place, point in world.points()}
    still_open = {key: states for key, states in keys.items() if key is not None and key not in rule}
    if len(still_open) > MAX_OPEN:
        raise TooMany
    for choice in product(*still_open.values()):
        yield rule | dict(zip(still_open, choice, strict=True))


def forgetful(seeds):
    """Random processes with several optimizers that forget, of which one decides between two decisions of another."""
    for seed in seeds:
        rng = Random(f"certificate {seed}")
        process = draw(rng, several=rng.random() < 0.1, longer=0.1)
        if len(process.specs) > 1 and all(spec.recall != "perfect" for spec in process.specs.values()):
            yield seed, process, rng.choice(list(process.specs))


def check_forgetful(seeds):
    """Nobody is last here, to start backward induction from: what is found is an equilibrium. Return how many."""
    compared = 0
    for seed, process, learner in forgetful(seeds):
        case = Case(process, learner)
        world = World(case.mind, case.laws, case.held, learner)
        composition = composed(process)
        try:
            plans = rational_plans(Tables.of(composition.view), composition.roles)[:4]
            for plan in plans:
                wholes = completions(world, oracle_rule(world, process, composition, plan))
                assert any(all(gains(process, world, rule, v) == 0 for v in process.specs) for rule in wholes), seed
        except (cm.NotApplicable, cm.TooLarge, TooMany):
            continue
        compared += 1
    return compared


def test_nobody_gains_among_forgetful_optimizers():
    assert check_forgetful(range(1_000)) > 10


@pytest.mark.nightly
def test_nobody_gains_among_many_forgetful_optimizers():
    assert check_forgetful(range(1_000, 20_000)) > 200
