"""What was settled once stays settled alike: the statuses of 5,000 random diagrams as an earlier commit found them."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

import cidmesa as cm
from tests.criteria.drawn import drawn, letters

BEFORE = lzma.decompress((Path(__file__).parent / "statuses.xz").read_bytes()).decode().split("\n")


def compare(numbers):
    for number in numbers:
        now, before = letters(drawn(number)), BEFORE[number]
        assert len(now) == len(before)
        wrong = [k for k, (was, is_) in enumerate(zip(before, now, strict=True)) if was not in ("?", is_)]
        assert not wrong, (number, drawn(number), wrong)


def test_statuses_of_some_diagrams_are_as_before():
    compare(range(0, 5000, 10))


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(10))
def test_statuses_are_as_before(part):
    compare(range(part, 5000, 10))


@pytest.mark.parametrize("number", range(7, 5000, 500))
def test_single_questions_are_answered_as_in_the_table(number):
    g = drawn(number)
    for verdict in cm.incentives(g):
        ask = getattr(cm, f"admits_{verdict.concept}")
        given = (verdict.node, verdict.agent) if verdict.decision is None else (verdict.decision, verdict.node)
        assert ask(g, *given) == verdict
