"""What behaviour tells after a shift, and of harm: bounds are attained, and exclusion is never wrong."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm


def world(rng):
    """Return parameters of a model with a setting that never occurs before the shift."""
    sixths = [Fraction(rng.randint(0, 6), 6) for _ in range(5)]
    return dict(zip(("p", "won0", "won1", "lost0", "lost1"), sixths, strict=True))


def model(p, won0, won1, lost0, lost1, unseen0=0, unseen1=0, shifted=0):
    """W: which setting; Z follows it before the shift; Y by both and the option. ``unseen``: W = 0 where Z = 1."""
    g = cm.cid("W -> Z; W, Z, D -> Y -> U", decisions=["D"], utilities=["U"])
    rates = {
        (1, 1, 0): won0,
        (1, 1, 1): won1,
        (0, 0, 0): lost0,
        (0, 0, 1): lost1,
        (0, 1, 0): unseen0,
        (0, 1, 1): unseen1,
        (1, 0, 0): 0,
        (1, 0, 1): 0,
    }
    return cm.model(
        g,
        W={1: p, 0: 1 - p},
        Z=(lambda W: 1) if shifted else "W",
        D=[0, 1],
        Y=lambda W, Z, D: {1: rates[W, Z, D], 0: 1 - rates[W, Z, D]},
        U="4 * Y - 1",
        domains={"Z": [0, 1], "Y": [0, 1]},
    )


def test_bounds_are_attained_by_world_models_that_agree_before():
    rng = Random(0)
    for _ in range(40):
        known = world(rng)
        found = cm.predictable(model(**known), "D", {"Z": 1})
        for option in (0, 1):
            ends = []
            for unseen in (0, 1):
                after = model(**known, **{f"unseen{option}": unseen}, shifted=1)
                ends.append((cm.expected_utility(after, {"D": option}) + 1) / 4)
            assert tuple(ends) == found.bounds[option]


def test_what_is_excluded_is_best_in_no_world_model_and_what_is_not_in_some():
    rng, verdicts = Random(1), set()
    for _ in range(40):
        known = world(rng)
        found = cm.predictable(model(**known), "D", {"Z": 1})
        best = set()
        for unseen in product((0, 1), repeat=2):
            after = model(**known, unseen0=unseen[0], unseen1=unseen[1], shifted=1)
            values = [cm.expected_utility(after, {"D": d}) for d in (0, 1)]
            best |= {d for d in (0, 1) if values[d] == max(values)}
        assert set(found.excluded) == {0, 1} - best
        assert found.strong is (len(best) == 1)
        assert bool(found) is (found.gap > 0)
        verdicts.add(bool(found))
    assert verdicts == {True, False}


def test_contexts_and_margins():
    g = cm.cid("C -> W; W -> Z; C -> D; W, Z, D -> Y -> U", decisions=["D"], utilities=["U"])
    m = cm.model(
        g,
        C={0: "1/2", 1: "1/2"},
        W=lambda C: {1: "9/10", 0: "1/10"} if C else {1: "1/4", 0: "3/4"},
        Z="W",
        D=[0, 1],
        Y=lambda W, Z, D: {1: "9/10", 0: "1/10"} if W and D else {1: "1/10", 0: "9/10"},
        U="Y",
        domains={"Y": [0, 1]},
    )
    seen = {c: cm.predictable(m, "D", {"Z": 1}, {"C": c}) for c in (0, 1)}
    # P(C = 1, Z = 1) = 9/20, P(Z = 1) = 23/40; E = 9/10 or 1/10
    assert seen[1].bounds[1][0] == Fraction(9, 10) * Fraction(9, 20) / (Fraction(9, 20) + Fraction(17, 40))
    assert (bool(seen[0]), bool(cm.predictable(m, "D", {"Z": 1}, {"C": 1}, margin=1))) == (False, False)


def test_harm_bounds_are_those_of_all_joint_distributions():
    for a, b in product(range(5), repeat=2):
        before, after = Fraction(a, 4), Fraction(b, 4)
        m = cm.model(
            cm.cid("D -> Y -> U", decisions=["D"], utilities=["U"]),
            D=["none", "some"],
            Y=lambda D, x=before, y=after: {1: y if D == "some" else x, 0: 1 - (y if D == "some" else x)},
            U="Y",
            domains={"Y": [0, 1]},
        )
        both = (max(Fraction(0), before + after - 1), min(before, after))  # of P(Y_none = 1, Y_some = 1)
        assert cm.harm_bounds(m, "D", "Y", "none", "some") == (before - both[1], before - both[0])


def test_harm_in_the_models_own_structure_lies_between():
    treatments = cm.load("richens2022/treatments").model
    for option, harm in (("first", 0), ("second", Fraction(1, 5))):
        low, high = cm.harm_bounds(treatments, "T", "Y", "none", option)
        assert low <= harm <= high


def test_messages():
    m = cm.load("bellot2025/shifted-prediction").model
    with pytest.raises(cm.NotApplicable, match="sets chance nodes"):
        cm.predictable(m, "D", {"D": 1})
    with pytest.raises(cm.NotApplicable, match="no option is better"):
        cm.predictable(m.with_mechanism(U="3"), "D", {"Z": 1})
    with pytest.raises(cm.NotApplicable, match="states 0 and 1"):
        cm.harm_bounds(cm.load("garg2025/cue").model, "D", "Cue", "comply", "defect")
