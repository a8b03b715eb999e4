"""The certificate of deception against the golden table, and against the oracle on random processes."""

from dataclasses import replace
from random import Random

import pytest

import cidmesa as cm
from tests.mesa.built import composed, to_cidmesa
from tests.mesa.oracle import builders as b
from tests.mesa.oracle.certificate import certify
from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.draw import draw
from tests.mesa.oracle.golden import CLASSES, MINIMAL, ROWS, SHORTFALLS, process_of
from tests.mesa.oracle.rational import TooMany
from tests.mesa.oracle.taxonomy import classify, shortfalls

PHASES = {"train": "training", "deploy": "deployment"}
BLOCKS = 20


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
    assert compared > 90


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(BLOCKS, 10 * BLOCKS))
def test_oracle_and_tool_agree_on_many(block):
    compared = sum(compare(seed, 0.3) for seed in range(100 * block, 100 * block + 100))
    assert compared > 90
