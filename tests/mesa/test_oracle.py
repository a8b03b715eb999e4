"""The oracle reproduces the golden table of the theory of deceptive alignment from the definitions alone."""

from fractions import Fraction

import pytest

from tests.mesa.oracle import builders as b
from tests.mesa.oracle.certificate import certify, reports_falsely
from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.golden import CLASSES, MINIMAL, ROWS, SHORTFALLS, letters, process_of
from tests.mesa.oracle.taxonomy import classify, shortfalls, worst_value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_judgement_and_plans(row):
    case = Case(row.process(), row.learner)
    found = certify(case)
    reason = "joint" if found.reason == "joint" else None
    assert ", ".join(x for x in (found.degree, found.extent, reason) if x) == row.judgement
    assert "; ".join(sorted({letters(case, plan) for plan in case.plans})) == row.plans


@pytest.mark.parametrize("name", MINIMAL)
def test_minimal_threats(name):
    assert certify(Case(process_of(name))).minimal("*") == {frozenset(threats) for threats in MINIMAL[name]}


@pytest.mark.parametrize("name", SHORTFALLS)
def test_shortfalls(name):
    assert shortfalls(Case(process_of(name))) == SHORTFALLS[name]


@pytest.mark.parametrize("row", CLASSES, ids=lambda row: row.name)
def test_classes(row):
    points = None if row.truth is None else "B"
    assert classify(row.process(), points, row.truth, row.environments) == row.kind


@pytest.mark.parametrize(("audit", "false"), [("1/4", True), ("1/2", False), ("3/4", False)])
def test_deception_by_report(audit, false):
    assert reports_falsely(Case(b.reports(audit))) == false


@pytest.mark.parametrize(("back", "values"), [(0, ("27/16", "21/16")), ("1/2", ("33/16", "15/16"))])
def test_values_under_drift(back, values):
    for learner, worth in zip(("m1", "m2"), values, strict=True):
        case = Case(b.population("1/4", back), learner)
        assert worst_value(case, case.spec.target.values()) == Fraction(worth)
        assert certify(case).degree == "strict"


def test_one_part_of_a_plot_is_no_deception():
    spans = certify(Case(b.plot(False))).spans
    assert spans == {(1, "train"): "none", (2, "train"): "none", (3, "deploy"): "none", "*": "strict"}


def test_copies_deceive_weakly_each_and_strictly_together():
    spans = certify(Case(process_of("copies, modified iff both defect"))).spans
    assert (spans["copy 1", "train"], spans["copy 2", "train"], spans["*"]) == ("weak", "weak", "strict")
