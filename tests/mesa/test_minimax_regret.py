"""Selection by greatest regret: against enumeration, and the bound that training on a mean does not have."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from tests.mesa.processes import random_process

COIN = cm.load("langosco2022/coinrun")
WORLDS = {"train": {"rho": 1}, "moved": {"rho": 0}}


def regrets(training, specs, environments):
    """Return each candidate's greatest regret, by alignment in each environment alone."""
    found = {}
    for name, spec in specs.items():
        scores = cm.alignment(training, spec, {"train": {}} | environments).scores
        found[name] = max(scores[world].possible - scores[world].worst for world in environments)
    return found


def test_the_one_that_wants_the_end_has_regret_one():
    found = cm.select(COIN.training, COIN.specs, "minimax_regret", environments=WORLDS)
    assert {c.name: c.fitness for c in found.candidates} == {"wants-end": -1, "wants-both": 0}
    assert found.chosen == ("wants-both",)
    assert cm.select(COIN.training, COIN.specs, "minimax_regret").chosen == ("wants-end", "wants-both")


def test_epsilon_is_how_far_from_the_least():
    for epsilon, chosen in ((Fraction(99, 100), 1), (1, 2)):
        found = cm.select(COIN.training, COIN.specs, "minimax_regret", environments=WORLDS, epsilon=epsilon)
        assert len(found.chosen) == chosen
        assert sum(candidate.weight for candidate in found.candidates) == 1


@pytest.mark.parametrize(
    ("weights", "epsilon", "chosen"),
    [
        ((1, 1), 0, ("wants-both",)),
        ((1, 0), 0, ("wants-end", "wants-both")),
        ((49, 1), Fraction(1, 50), ("wants-end", "wants-both")),
        ((49, 1), Fraction(1, 51), ("wants-both",)),
    ],
)
def test_a_mean_over_environments_lets_a_rare_one_pass(weights, epsilon, chosen):
    """The proxy loses all where the end moved: as much as that environment weighs."""
    how = {"environments": WORLDS, "weights": dict(zip(WORLDS, weights, strict=True)), "epsilon": epsilon}
    found = cm.select(COIN.training, COIN.specs, "mean", **how)
    assert found.chosen == chosen
    lost = found["wants-both"].fitness - found["wants-end"].fitness
    assert lost == Fraction(weights[1], sum(weights))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"train": 1}, "no entry for the environment 'moved'"),
        ({"trian": 1}, "Did you mean 'train'"),
        ({"train": 0, "moved": 0}, "one must be positive"),
    ],
)
def test_wrong_weights_are_refused(weights, said):
    with pytest.raises(cm.ComposeError, match=said):
        cm.select(COIN.training, COIN.specs, "mean", environments=WORLDS, weights=weights)


def test_prices_count_besides():
    bits = {"wants-end": 0, "wants-both": 3}
    how = {"environments": WORLDS, "bits": bits}
    assert cm.select(COIN.training, COIN.specs, "minimax_regret", compression=Fraction(1, 4), **how).chosen == (
        "wants-both",
    )
    assert cm.select(COIN.training, COIN.specs, "minimax_regret", compression=Fraction(1, 2), **how).chosen == (
        "wants-end",
    )


@pytest.mark.parametrize("alpha", [Fraction(1, 50), Fraction(1, 3)])
def test_a_mean_lets_through_what_minimax_regret_does_not(alpha):
    """A policy within epsilon of the best mean may have regret epsilon / alpha on levels that tell; minimax epsilon."""
    levels = cm.load("abdelsadek2025/cheese").model.substitute(alpha=alpha)
    best, corner = (cm.expected_utility(levels, {"Policy": policy}) for policy in ("cheese", "corner"))
    apart = [
        cm.expected_utility(levels, {"Policy": policy}, given={"Level": "apart"}) for policy in ("cheese", "corner")
    ]
    assert apart[0] - apart[1] == (best - corner) / alpha


@pytest.mark.parametrize("seed", range(6))
def test_random_processes_by_enumeration(seed):
    training, _ = random_process(Random(seed))
    specs = {want: cm.MesaSpec(target=f"A == '{want}'", scope="episode") for want in "ab"}
    expected = regrets(training, specs, {"train": {}})
    found = cm.select(training, specs, "minimax_regret")
    assert {c.name: -c.fitness for c in found.candidates} == expected
    assert set(found.chosen) == {name for name, regret in expected.items() if regret == min(expected.values())}


def test_a_rule_that_is_none_is_refused_with_a_near_miss():
    with pytest.raises(cm.ComposeError, match=r"minimax_regrets.*'minimax_regret'"):
        cm.select(COIN.training, COIN.specs, "minimax_regrets")
