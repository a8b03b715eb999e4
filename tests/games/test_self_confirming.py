"""Policies that confirm the beliefs by which they are best: against enumeration."""

from fractions import Fraction
from itertools import product
from math import log

import pytest

import cidmesa as cm

FLATTERY = cm.load("xu2026/flattery").model
CHANCES = [Fraction(n, 10) for n in (1, 3, 5, 7, 9)]


def fit(actual, believed):
    return sum(p * log(p / q) for p, q in ((actual, believed), (1 - actual, 1 - believed)))


@pytest.mark.parametrize(("ps", "ph"), list(product([Fraction(1, 5), Fraction(11, 20), Fraction(4, 5)], repeat=2)))
def test_by_enumeration(ps, ph):
    """It believes in b and 1 - b; doing d shows a reward with the true chance of d."""
    world = FLATTERY.substitute(ps=ps, ph=ph)
    found = cm.self_confirming({str(b): world.substitute(b=b) for b in CHANCES}, world.substitute(real=1))
    expected = {}
    for option, chance in (("flatter", ps), ("honest", ph)):
        fits = {b: fit(float(chance), float(b if option == "flatter" else 1 - b)) for b in CHANCES}
        close = [b for b in CHANCES if fits[b] <= min(fits.values()) + 1e-9]
        good = [str(b) for b in close if (b >= Fraction(1, 2) if option == "flatter" else b <= Fraction(1, 2))]
        if good:
            expected[option] = good
    assert {one.policy["D"]({}): list(one.beliefs) for one in found} == expected


def test_a_right_belief_confirms_what_is_best_and_fits_exactly():
    truth = FLATTERY.substitute(real=1)
    (only,) = cm.self_confirming({"truth": truth}, truth)
    assert only.divergence == 0
    assert only.policy["D"]({}) == "honest"


def test_messages():
    with pytest.raises(cm.NotApplicable, match="at least one model"):
        cm.self_confirming({}, FLATTERY)
    with pytest.raises(cm.NotApplicable, match="'other' has other nodes"):
        cm.self_confirming({"other": cm.load("garg2025/cue").model}, FLATTERY)
