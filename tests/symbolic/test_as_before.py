"""The conditions of random models are what they were when they were written down."""

import pytest

from tests.symbolic.as_before import MODELS, answer, read

FEW = 30


@pytest.mark.parametrize(
    "seed", [*range(FEW), *(pytest.param(s, marks=pytest.mark.nightly) for s in range(FEW, MODELS))]
)
def test_conditions_are_what_they_were(seed):
    assert answer(seed) == read()[seed]


def test_conditions_do_not_depend_on_what_was_asked_before():
    assert [answer(11), answer(11)] == [read()[11]] * 2
