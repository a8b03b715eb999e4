"""The golden tables of training the two corners for real: shares beside the threshold, and what moves it."""

from fractions import Fraction

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.runs.learners import Learner
from cidmesa.runs.significance import interval
from tests.runs import keys
from tests.runs.coin import apart, success, trained
from tests.runs.models import corners, plans

pytestmark = pytest.mark.nightly

# complying runs of 24 beside the threshold; ties of exact planning are left out
BESIDE = {(2, ".4"): 0, (2, ".6"): 24, (3, ".4"): 24, (4, ".2"): 0, (4, ".3"): 24, (5, ".3"): 24}
LEARNERS = {
    "reinforce": ("none", Learner("reinforce")),
    "q": ("perfect", Learner("q", lives=8_000, step=0.01)),
    "evolution": ("none", Learner("evolution", lives=6_000)),
}


def complying(deployment, mu, learner, recall, runs, credit="updates"):
    lab = cm.runs.lab(corners(2, deployment, mu, recall), learner, credit=credit)
    return plans(lab, runs).count("aa" + "b" * deployment)


@pytest.mark.parametrize("method", LEARNERS)
def test_runs_beside_the_threshold(method):
    recall, learner = LEARNERS[method]
    for (deployment, mu), golden in BESIDE.items():
        low, high = interval(golden, 24)
        assert low - 0.05 <= complying(deployment, mu, learner, recall, 24) / 24 <= high + 0.05, (deployment, mu)


def test_nothing_complies_with_credit_per_episode():
    for method in ("reinforce", "q"):
        assert not complying(3, "1", Learner(method), "none", 24, credit="episode")


def threshold(learner, recall, runs=40):
    """Return the middle of the logistic curve through the shares of runs that comply, three episodes of deployment."""
    grid = [Fraction(k, 50) for k in range(10, 25)]
    shares = np.array([complying(3, str(mu), learner, recall, runs) / runs for mu in grid])
    known = np.array([[1, 20 * float(mu - grid[0])] for mu in grid])
    slope = np.zeros(2)
    for _ in range(50):  # Newton's method
        fitted = 1 / (1 + np.exp(-known @ slope))
        bent = known.T @ (known * (fitted * (1 - fitted))[:, None]) + 1e-9 * np.eye(2)
        slope += np.linalg.solve(bent, known.T @ (shares - fitted))
    return float(grid[0]) - slope[0] / slope[1] / 20


@pytest.mark.parametrize(("lives", "golden"), [(500, 0.411), (2_000, 0.368), (8_000, 0.349)])
def test_policy_gradients_defect_too_long(lives, golden):
    """The excess over 1/3 halves as lives quadruple."""
    assert threshold(Learner("reinforce", lives, batch=10), "none") == pytest.approx(golden, abs=0.008)


@pytest.mark.parametrize(("lives", "golden"), [(2_000, 0.311), (8_000, 0.304)])
def test_q_learning_complies_too_soon(lives, golden):
    assert threshold(Learner("q", lives, batch=10), "perfect") == pytest.approx(golden, abs=0.012)


def test_evolution_defects_too_long_too():
    assert threshold(Learner("evolution", batch=10), "none") == pytest.approx(0.368, abs=0.008)


@pytest.mark.parametrize(("gamma", "least"), [("9/10", 18), ("8/10", 18), ("6/10", 16)])
def test_discounted_plans(gamma, least):
    """20 values of mu with five episodes of deployment: most runs do what is planned (golden: 20, 20, 18)."""
    discount, right = Fraction(gamma), 0
    for k in range(1, 21):
        process = cm.builders.episodes(2, 5, mu=f"{k}/20")
        target = {t: f"{discount ** (t - 1)} * (A{t} == 'b')" for t in range(1, 8)}
        composition = cm.compose(process, cm.MesaSpec(target=target, scope="updates", recall="none"))
        spoken = {"".join(map(str, p)) for p in planned(composition)}
        found = plans(cm.runs.lab(composition, budget=4_000), 8)
        right += sum(plan in spoken for plan in found) > 4
    assert right >= least


def planned(composition):
    """Yield what each optimal policy does along its path."""
    for policy in composition.optimal_policies():
        yield [policy[d]() for d in composition.model.cid.decisions]


def test_what_stands_out_is_followed_where_coin_and_flag_are_apart():
    """Golden: coin first .887, .349, .025, flag first .031, .329, .839: the flag half, as much, twice as salient."""
    found = {}
    for ratio in (0.5, 1.0, 2.0):
        weights = trained((ratio, 1.0), seeds=8, updates=300)
        assert success(weights, (ratio, 1.0)).mean() >= 0.97
        found[ratio] = apart(weights, (ratio, 1.0)).mean(0)
    assert found[0.5] == pytest.approx([0.887, 0.031, 0.083], abs=0.12)
    assert found[1.0] == pytest.approx([0.349, 0.329, 0.322], abs=0.12)
    assert found[2.0] == pytest.approx([0.025, 0.839, 0.136], abs=0.12)
    slope = (np.log(found[0.5][0] / found[0.5][1]) - np.log(found[2.0][0] / found[2.0][1])) / (2 * np.log(2))
    assert slope == pytest.approx(5.18, abs=1.2)


def test_what_was_scarce_in_training_is_sought_where_it_is_not():
    """Golden: 2 keys and 4 chests in training, the key comes first (.89 to .03); 4 and 2, the chest (.04 to .84)."""
    scarce, plenty = keys.trained(2, 4), keys.trained(4, 2)
    (key, chest), (other_key, other_chest) = keys.spare_key_or_chest(scarce), keys.spare_key_or_chest(plenty)
    assert (key > chest + 0.3).all()
    assert (other_chest > other_key + 0.1).all()
    (spare, opened), (other_spare, other_opened) = keys.surplus(scarce), keys.surplus(plenty)
    assert (spare > other_spare.max() + 0.5).all()  # golden: 1.59 to .76
    assert opened.mean() < other_opened.mean() - 0.2  # golden: 1.29 to 1.50


def test_a_little_diversity_tells_coin_from_flag():
    """The flag stands out twice as much. Golden, seeds by majority coin/flag/none: 23/1/0 at rho .9, 24/0/0 at .75."""
    coin = {rho: apart(trained((2.0, 1.0), together=rho), (2.0, 1.0))[:, 0] for rho in (0.99, 0.9, 0.75)}
    assert all((coin[rho] > 0.5).sum() >= 7 for rho in (0.9, 0.75))
    assert coin[0.75].mean() > coin[0.9].mean() > coin[0.99].mean() + 0.1
