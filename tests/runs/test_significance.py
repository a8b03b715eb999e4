"""Tests between arms: exact levels, the corrections, and how many runs find what."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from cidmesa.runs.significance import adjusted, interval, least_p, lower_bound, response, sample_size, upper_bound

taken = st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=2, max_size=5)


def one_hot(rows):
    return np.eye(3, dtype=int)[np.array(rows)]


def by_hand(one, other):
    """Return p by going through all splits in whole numbers."""
    every, n = [*one, *other], len(one)

    def distance(chosen):
        groups = [every[i] for i in chosen], [every[i] for i in range(len(every)) if i not in chosen]
        shares = [
            [[Fraction(sum(row[o] == d for row in g), len(g)) for d in range(3)] for o in range(2)] for g in groups
        ]
        return max(sum(abs(a - b) for a, b in zip(*both, strict=True)) / 2 for both in zip(*shares, strict=True))

    splits = [distance(chosen) for chosen in combinations(range(len(every)), n)]
    return sum(d >= splits[0] for d in splits) / len(splits), float(splits[0])


@given(taken, taken)
def test_p_is_that_of_all_splits(one, other):
    assert response(one_hot(one), one_hot(other)) == pytest.approx(by_hand(one, other))


@given(taken, taken, st.permutations([0, 1, 2]), st.randoms(use_true_random=False))
def test_names_of_options_and_the_order_of_runs_do_not_matter(one, other, names, rng):
    renamed = [[[names[d] for d in row] for row in rng.sample(rows, len(rows))] for rows in (one, other)]
    assert response(*map(one_hot, renamed)) == pytest.approx(response(one_hot(one), one_hot(other)))


@given(taken)
def test_an_arm_does_not_differ_from_itself(rows):
    assert response(one_hot(rows), one_hot(rows)) == (1, 0)


def test_without_contexts_nothing_shows():
    assert response(np.zeros((3, 0, 3)), np.zeros((3, 0, 3))) == (1, 0)


@pytest.mark.parametrize("n", [5, 12])
def test_the_level_holds_where_arms_do_not_differ(n):
    """1,000 pairs of arms of one learner: p is at most alpha in no more than alpha of them, but for chance."""
    rng = np.random.default_rng(n)
    found = np.array(
        [response(*(np.eye(2, dtype=int)[rng.integers(2, size=(n, 1))] for _ in range(2))).p for _ in range(1000)]
    )
    for alpha in (0.01, 0.05, 0.2):
        assert (found <= alpha).sum() <= 1000 * alpha + 3 * np.sqrt(1000 * alpha)


def test_looks_share_the_level():
    """Of 500 pairs of arms of one learner, looked at 5 times, few err at alpha / 5 a look, too many at alpha."""
    rng = np.random.default_rng(3)
    arms = np.eye(2, dtype=int)[rng.integers(2, size=(500, 2, 8, 3))]
    p = np.array([[response(one[:n], other[:n]).p for n in (4, 5, 6, 7, 8)] for one, other in arms])
    assert (p.min(1) <= 0.2 / 5).mean() <= 0.2 < (p.min(1) <= 0.2).mean()


@pytest.mark.parametrize(
    ("tests", "sizes"), [(1, (4, 5, 8, 16, 37)), (20, (6, 10, 14, 26, 60)), (100, (8, 11, 16, 31, 72))]
)
def test_sizes_for_power_nine_tenths(tests, sizes):
    rates = [(1, 0), (0.95, 0.05), (0.9, 0.1), (0.8, 0.2), (0.7, 0.3)]
    assert tuple(sample_size(tests, rates=pair) for pair in rates) == sizes


def test_power_is_that_of_trying_it():
    rng = np.random.default_rng(0)
    one, other = (rng.random((400, 10)) < rate for rate in (0.95, 0.05))
    arms = [[np.stack([~x, x], axis=-1)[:, None].astype(int) for x in pair] for pair in zip(one, other, strict=True)]
    assert np.mean([response(*pair).p <= 0.0025 for pair in arms]) == pytest.approx(0.93, abs=0.04)
    assert [round(least_p(n), 5) for n in (4, 5, 6, 8)] == [0.02857, 0.00794, 0.00216, 0.00016]
    assert least_p(20) == 1 / 5000


p_values = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(p_values, st.sampled_from([0.01, 0.05, 0.3]))
def test_holm_rejects_less_than_benjamini_and_hochberg_and_these_less_than_none(p, level):
    rejected = [{i for i, q in enumerate(adjusted(p, c)) if q <= level} for c in ("holm", "bh", "none")]
    assert rejected[0] <= rejected[1] <= rejected[2]


@given(p_values)
def test_holm_is_step_down(p):
    order = sorted(range(len(p)), key=p.__getitem__)
    expected, running = {}, 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(p) - rank) * p[i]))
        expected[i] = running
    assert adjusted(p) == pytest.approx([expected[i] for i in range(len(p))])


@given(st.integers(0, 12), st.sampled_from([0.05, 0.01]))
def test_bounds_of_shares_are_where_the_binomial_tail_is_alpha(k, alpha):
    low, high = lower_bound(k, 12, alpha), upper_bound(k, 12, alpha)
    assert low <= k / 12 <= high
    if k:
        assert sum(comb(12, i) * low**i * (1 - low) ** (12 - i) for i in range(k, 13)) == pytest.approx(alpha)
    below, above = interval(k, 12)
    assert below <= k / 12 <= above


def test_what_can_not_be_asked_is_refused():
    with pytest.raises(cm.NotApplicable, match=r"Did you mean 'holm'"):
        adjusted([0.1], "hom")
    with pytest.raises(cm.NotApplicable, match="rates"):
        sample_size(3, rates=(0.5, 0.5))
    with pytest.raises(cm.TooLarge, match="Ask fewer questions"):
        sample_size(3, rates=(0.51, 0.49))
