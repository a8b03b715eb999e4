"""What a criterion excludes is exactly zero in every model: 500 random models by default, 5,000 nightly."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

import cidmesa as cm
from tests.random_models import random_model

COUNT, LONG = 500, 5_000
OF_ONE_DECISION = {"ri": cm.has_ri, "ici": cm.has_ici, "impact": cm.has_impact}


def number(model, verdict):
    """The number that the verdict is about, ``None`` where it is defined for one decision and there are several."""
    if verdict.concept == "voi":
        return cm.value_of_information(model, verdict.decision, verdict.node).value
    if verdict.concept == "voc":
        return cm.value_of_control(model, verdict.node).value
    if len(model.cid.decisions) > 1:
        return None
    baseline = (
        {"baseline": {verdict.decision: model.domain(verdict.decision)[-1]}} if verdict.concept == "impact" else {}
    )
    return OF_ONE_DECISION[verdict.concept](model, verdict.decision, verdict.node, **baseline).value


def check(seeds):
    zeros = Counter()
    for seed in seeds:
        model = random_model(Random(f"zero {seed}"), max_nodes=5, max_decisions=2 if seed % 4 == 0 else 1)
        for verdict in cm.incentives(model.cid).select(status="excluded"):
            found = number(model, verdict)
            if found is not None:
                assert found == 0, (seed, verdict)
                assert isinstance(found, int) or found.denominator == 1
                zeros[verdict.concept] += 1
    return zeros


@pytest.mark.parametrize("part", range(2))
def test_what_is_excluded_is_zero(part):
    zeros = check(range(part, COUNT, 2))
    assert min(zeros[concept] for concept in ("voi", "voc", "ri", "ici", "impact")) > 100, zeros


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(10))
def test_what_is_excluded_is_zero_at_length(part):
    assert sum(check(range(COUNT + part, COUNT + LONG, 10)).values()) > 1_000
