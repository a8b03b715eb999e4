"""Answers of a sweep: those that hold for whole regions are what is found point by point."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.library.conditions import asked
from cidmesa.library.file.loader import loads
from cidmesa.library.sweep.answering import Found, Job, _Answerer, as_cell, found_at
from cidmesa.library.sweep.points import Setting
from tests.library.files import CORNERS, scenario

EXPONENT = """\
cidmesa: 1
title: A parameter in an exponent
parameters:
  p: {value: 1/2, range: [0, 1]}
  n: {value: 2, range: [0, 9]}
nodes:
  S: {kind: chance, states: [0, 1], prob: [1 - p ** n, p ** n]}
  D: {kind: decision, states: [0, 1]}
  U: {kind: utility, parents: [S, D], value: "D * (3 * S - 1)"}
"""


def one_by_one(answerer, values):
    """The answer without regions, as `outcomes_of` asks claims."""
    try:
        return Found({name: as_cell(part, {}) for name, part in answerer._parts(values).items()})
    except cm.CidmesaError as error:
        return Found({}, str(error))


def questions():
    """Each question about numbers that a claim of the library asks of a model with parameters."""
    for whole in cm.scenarios():
        for part in (whole, *whole.variants):
            if part.model is None or not part.model.parameters:
                continue
            asked_already = set()
            for claim in part.claims:
                key = claim.kind, claim.of, repr(claim.question)
                if claim.question.family == "exact" and key not in asked_already and claim.kind != "condition":
                    asked_already.add(key)
                    yield part, claim


def drawn(parameter, dice):
    low = parameter.low if parameter.low is not None else 0
    high = parameter.high if parameter.high is not None else low + 3
    return low + Fraction(dice.randint(0, 12), 12) * (high - low)


def agree_everywhere(claims, points, seed):
    dice, compared = Random(seed), 0
    for part, claim in claims:
        answerer = _Answerer(part, claim.of, claim.question)
        for _ in range(points):
            values = {name: drawn(p, dice) for name, p in part.model.parameters.items()}
            assert answerer.at(values) == one_by_one(answerer, values), (part.slug, claim.id, values)
            compared += 1
    return compared


def test_regions_agree_with_point_by_point_on_questions_of_the_library():
    claims = list(questions())
    assert agree_everywhere(Random(1).sample(claims, 15), 3, seed=2) == 45


@pytest.mark.nightly
def test_regions_agree_with_point_by_point_on_every_question_of_the_library():
    assert agree_everywhere(questions(), 6, seed=3) > 1000


def test_few_calculations_answer_many_points():
    answerer = _Answerer(scenario(CORNERS), "deceptive", asked("deceptive").question)
    found = [answerer.at({"mu": Fraction(i, 200)}).cells["deceptive"] for i in range(201)]
    assert found == [i > 100 for i in range(201)]
    (family,) = answerer.families.values()
    assert family.runs <= 5
    assert family.hits == 201 - family.runs


def test_numbers_of_an_answer_follow_the_parameter():
    corners = scenario(CORNERS)
    job = Job("numbers", {(corners.slug, ""): corners}, asked("optimal").question)
    mus = [Fraction(i, 30) for i in range(31)]
    found = found_at(job, [Setting(corners.slug, "", "deceptive", (("mu", mu),)) for mu in mus])
    assert [one.cells["optimal.value"] for one in found] == [max(2, 1 + 2 * (1 - mu)) for mu in mus]


def test_a_parameter_in_an_exponent_is_held_while_others_are_followed():
    model = loads(EXPONENT)
    answerer = _Answerer(model, None, asked("optimal").question)
    points = [{"p": Fraction(i, 20), "n": n} for n in (1, 2, 3) for i in range(21)]
    assert [answerer.at(p) for p in points] == [one_by_one(answerer, p) for p in points]
    assert answerer.followed == {"p": True, "n": False}
    assert len(answerer.families) == 3


def test_floats_are_asked_point_by_point():
    answerer = _Answerer(scenario(CORNERS), "deceptive", asked("eu").question)
    assert answerer.at({"mu": 0.25}).cells["eu"] == pytest.approx(2.5)
    assert not answerer.families


def test_regions_that_answer_one_point_each_are_given_up():
    lines = "\n".join(f"  U{i}: {{kind: utility, parents: [D], value: D * abs(p - {i}/24)}}" for i in range(24))
    head = "cidmesa: 1\ntitle: Many\nparameters: {p: {value: 0, range: [0, 1]}}\nnodes:"
    answerer = _Answerer(
        loads(f"{head}\n  D: {{kind: decision, states: [0, 1]}}\n{lines}\n"), None, asked("optimal").question
    )
    points = [{"p": Fraction(2 * i + 1, 48)} for i in range(24)]
    assert [answerer.at(p) for p in points] == [one_by_one(answerer, p) for p in points]
    (family,) = answerer.families.values()
    assert family.runs <= 5


def test_points_without_an_answer_say_why_and_do_not_end_the_sweep():
    answerer = _Answerer(scenario(CORNERS), "deceptive", asked("query node=Nowhere").question)
    first, second = (answerer.at({"mu": mu}).error for mu in (Fraction(1, 4), Fraction(5)))
    assert "there is no node 'Nowhere'" in first
    assert "parameter 'mu' = 5 lies outside its range [0, 1]" in second
