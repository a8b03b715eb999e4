"""The quantities of random models are what they were when they were written down."""

import pytest

from tests.quantities.as_before import MODELS, answers, read

FEW = 15


@pytest.mark.parametrize(
    "seed", [*range(FEW), *(pytest.param(s, marks=pytest.mark.nightly) for s in range(FEW, MODELS))]
)
def test_quantities_are_what_they_were(seed):
    assert answers(seed) == read()[seed]
