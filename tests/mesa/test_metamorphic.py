"""What no answer about a training process may depend on: every question, every transformation, random processes."""

from random import Random

import pytest

from tests.mesa.oracle.draw import draw
from tests.mesa.questions import CHEAP, DEAR, Asked, answer
from tests.mesa.transformations import TRANSFORMATIONS, Changed

QUESTIONS = (*CHEAP, *DEAR)


def check(question, transformation, seed):
    process = draw(rng := Random(f"{transformation.__name__} {seed}"))
    changed = transformation(process, rng)
    before, after = (
        answer(question, Asked(Changed(process, scale=1, moved=changed.moved))),
        answer(question, Asked(changed)),
    )
    assert before == after, (question.__name__, transformation.__name__, seed)


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda t: t.__name__)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
def test_same_answer(question, transformation):
    for seed in range(7 if question in CHEAP else 1):
        check(question, transformation, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda t: t.__name__)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
def test_same_answer_on_many(question, transformation):
    """500 processes a question."""
    for seed in range(72):
        check(question, transformation, seed)
