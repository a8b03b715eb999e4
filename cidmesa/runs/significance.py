"""Tests with guarantees: whether two arms differ, corrected for many tests, and the number of runs needed."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import comb, exp, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge, check_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from cidmesa.modelling.numbers import Array

__all__ = [
    "Correction",
    "Response",
    "adjusted",
    "interval",
    "least_p",
    "lower_bound",
    "majority",
    "multinomial",
    "response",
    "sample_size",
    "upper_bound",
]

Correction: TypeAlias = Literal["holm", "bh", "none"]
MAX_SPLITS, DRAWN, MAX_RUNS = 20_000, 4_999, 100
_BISECTIONS = 60


class Response(NamedTuple):
    """How two arms differ. ``p``: the p-value of the permutation test. ``effect``: their distance, from 0 to 1."""

    p: float
    effect: float


def response(one: Array, other: Array) -> Response:
    r"""Return how the results of two arms differ, with a p-value for the hypothesis that they have one distribution.

    The statistic is :math:`\Delta = \max_o \frac12 \sum_d |\bar P(d \mid o) - \bar P'(d \mid o)|`, where the bars
    denote means over the runs of an arm. p is the share of splits of all runs into groups of these sizes with
    :math:`\Delta` at least as large, including the observed split. All splits are used if they are at most 20,000, and
    otherwise 4,999 drawn ones and the observed one. Runs are exchangeable if the arms do not differ, so
    :math:`P(p \le \alpha) \le \alpha` for any learner.
    Source: Fisher's exact test by permutation; using runs as the unit is ours.

    Args:
        one: the choices in one arm: 1 at the option taken and 0 elsewhere (axes: run, context, option).
        other: the choices in the other arm.

    >>> greedy = np.eye(2, dtype=int)
    >>> response(greedy[[0] * 4][:, None], greedy[[1] * 4][:, None])
    Response(p=0.02857142857142857, effect=1.0)

    """
    n, m = len(one), len(other)
    if not one.shape[1] or not n or not m:
        return Response(1.0, 0.0)
    runs = np.concatenate([one, other]).astype(np.int64)
    counts = np.tensordot(_splits(n, m), runs, 1)
    distances = np.abs((n + m) * counts - n * runs.sum(0)).sum(-1).max(-1)  # 2nm times Delta, in whole numbers
    return Response(float(np.mean(distances >= distances[0])), float(distances[0] / (2 * n * m)))


@cache
def _splits(n: int, m: int) -> Array:
    """Return which runs are in the first group, a row for each split; the observed one is the first."""
    if comb(n + m, n) <= MAX_SPLITS:
        chosen = np.array(list(combinations(range(n + m), n)))
    else:
        keys = np.random.default_rng([n, m]).random((DRAWN, n + m))
        chosen = np.concatenate([np.arange(n)[None], keys.argsort(axis=1)[:, :n]])
    found = np.zeros((len(chosen), n + m), dtype=np.int64)
    np.put_along_axis(found, chosen, 1, axis=1)
    return found


def multinomial(seen: Array, chances: Array, rng: Generator) -> float:
    """Return the p-value of counts for stated chances: the share of drawn samples at most as likely, itself included.

    >>> multinomial(np.array([9, 1]), np.array([0.5, 0.5]), np.random.default_rng(0)) < 0.05
    True
    """
    if seen @ (chances == 0):
        return 1 / (DRAWN + 1)
    samples = np.vstack([seen, rng.multinomial(int(seen.sum()), chances, size=DRAWN)])
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, seen.sum() + 1)))])
    likely = (samples * np.log(np.where(chances > 0, chances, 1))).sum(-1) - factorials[samples].sum(-1)
    return float(np.mean(likely <= likely[0] + 1e-9))


def adjusted(p: Sequence[float], correction: Correction = "holm") -> tuple[float, ...]:
    """Return p-values adjusted for multiple tests; reject those at or below the level.

    "holm" bounds the probability of some false rejection, "bh" the expected share of false ones among the rejected
    (under independence or positive dependence), "none" neither.
    Source: Holm 1979; Benjamini and Hochberg 1995.

    >>> adjusted([0.01, 0.04, 0.03]), adjusted([0.01, 0.04, 0.03], "bh")
    ((0.03, 0.06, 0.06), (0.03, 0.04, 0.04))

    """
    check_word("correction", correction, get_args(Correction))
    if correction == "none":
        return tuple(map(float, p))
    order, number = np.argsort(p, kind="stable"), len(p)
    ranked, rank = np.asarray(p, dtype=float)[order], np.arange(number)
    if correction == "holm":
        raised = np.maximum.accumulate((number - rank) * ranked)
    else:
        raised = np.minimum.accumulate((number / (rank + 1) * ranked)[::-1])[::-1]
    return tuple(np.round(np.minimum(raised, 1)[np.argsort(order)], 15).tolist())


def sample_size(tests: int, alpha: float = 0.05, rates: tuple[float, float] = (0.95, 0.05), power: float = 0.9) -> int:
    """Return the fewest runs for each arm so that ``tests`` tests find a difference with probability ``power``.

    Two arms take an option with the probabilities ``rates``; the difference is found if the exact test rejects at
    ``alpha / tests``, as Holm's correction asks of the first.

    Raises:
        NotApplicable: a value is not a probability, or the two rates are equal.
        TooLarge: more than 100 runs per arm are needed.

    >>> sample_size(1), sample_size(20), sample_size(100)
    (5, 10, 11)

    """
    if not (0 < alpha < 1 and 0 < power < 1 and all(0 <= rate <= 1 for rate in rates) and rates[0] != rates[1]):
        raise NotApplicable(f"alpha={alpha}, power={power} and rates={rates} must be probabilities, the rates unequal.")
    level = alpha / max(tests, 1)
    for n in range(2, MAX_RUNS):
        if least_p(n) <= level and _power(n, level, rates) >= power:
            return n
    raise TooLarge(f"{MAX_RUNS} runs for each arm cannot find {rates} in {tests} tests. Ask fewer questions.")


def least_p(n: int) -> float:
    """Return the least p-value that two arms of n runs can have: the observed split and its mirror image.

    >>> round(least_p(4), 3), round(least_p(6), 4)
    (0.029, 0.0022)
    """
    return max(2 / comb(2 * n, n), 0 if comb(2 * n, n) <= MAX_SPLITS else 1 / (DRAWN + 1))


def _power(n: int, level: float, rates: tuple[float, float]) -> float:
    """Return how probably two arms of n runs with these rates are told apart by the exact test."""
    one, other = (np.array([comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]) for rate in rates)
    found = 0.0
    for total in range(2 * n + 1):
        k = np.arange(max(0, total - n), min(n, total) + 1)
        chances = np.array([comb(n, i) * comb(n, total - i) / comb(2 * n, total) for i in k.tolist()])
        apart = np.abs(2 * k - total)
        rejected = np.array([chances[apart >= a].sum() <= level * (1 + 1e-12) for a in apart])
        found += float((one[k] * other[total - k])[rejected].sum())
    return found


# --- shares -----------------------------------------------------------------------------------------------------------


def lower_bound(successes: int, n: int, alpha: float) -> float:
    """Return the one-sided lower bound of a share at level ``alpha`` (Clopper and Pearson 1934).

    >>> round(lower_bound(12, 12, 0.05), 2), lower_bound(0, 5, 0.05)
    (0.78, 0.0)
    """
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS if successes else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if _tail(successes, n, middle) < alpha else (low, middle)
    return low


def upper_bound(successes: int, n: int, alpha: float) -> float:
    """Return the one-sided upper bound of a share at level ``alpha``.

    >>> [round(upper_bound(0, n, 0.05), 2) for n in (6, 8, 12, 20)]
    [0.39, 0.31, 0.22, 0.14]
    """
    return 1 - lower_bound(n - successes, n, alpha)


def majority(successes: int, n: int, alpha: float) -> bool | None:
    """Return whether a share is above one half, each answer at level ``alpha``; ``None`` if that is uncertain.

    >>> majority(6, 6, 0.05), majority(0, 6, 0.05), majority(3, 6, 0.05)
    (True, False, None)
    """
    if lower_bound(successes, n, alpha) > 1 / 2:
        return True
    return False if upper_bound(successes, n, alpha) < 1 / 2 else None


def _tail(k: int, n: int, p: float) -> float:
    """Return P(X >= k) for n draws of probability p, strictly between 0 and 1."""
    return sum(exp(_log_comb(n, i) + i * log(p) + (n - i) * log1p(-p)) for i in range(k, n + 1))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def interval(successes: int, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Return an interval for a share, with coverage of about ``1 - alpha`` (Wilson 1927), for figures.

    >>> [round(end, 2) for end in interval(24, 24)], [round(end, 2) for end in interval(0, 24)]
    ([0.86, 1.0], [0.0, 0.14])
    """
    z, share = NormalDist().inv_cdf(1 - alpha / 2), successes / n
    middle, half = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))
