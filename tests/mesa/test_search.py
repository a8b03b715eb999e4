"""How far a frozen algorithm searches: the share of contexts, counted by hand, and what it is not asked about."""

from __future__ import annotations

from fractions import Fraction

import pytest

import cidmesa as cm

# D sees X and whether it is told; E, taken before, is not seen. At X = 2 nothing matters, and X = 3 never is.
G = cm.cid("X, Told -> D; X, Told, E, D -> U", decisions=["E", "D"], utilities=["U"])
UTILITY = "0 if X == 2 else E * (D == (X if Told == 'same' else 1 - X))"


def world(half="1/2"):
    chances = {0: half, 1: "1/4" if half == "1/2" else 0.25, 2: "1/4" if half == "1/2" else 0.25, 3: 0}
    return cm.model(G, X=chances, Told=cm.uniform(["same", "other"]), E=[0, 1], D=[0, 1, 2], U=UTILITY)


def degree(rule, told="other", e=1, m=None):
    return cm.search_degree(m or world(), "D", {"E": e, "D": rule}, {"Told": told})


@pytest.mark.parametrize(
    ("rule", "same", "other"),
    [
        ("min(1, X) if Told == 'same' else max(0, 1 - X)", 1, 1),  # right in both contexts in which it matters
        ("min(X, 1)", 1, 0),
        (cm.table([[0, "*", {0: "1/3", 1: "2/3"}], ["*", "same", 1], ["*", "*", 2]], ["X", "Told"]), "2/3", "1/3"),
        (2, 0, 0),
    ],
)
def test_the_share_of_contexts_that_are_reached_and_matter(rule, same, other):
    assert degree(rule, "same") == Fraction(same)
    assert degree(rule, "other") == Fraction(other)


def test_floats_give_a_float():
    found = degree("min(X, 1)", "same", m=world(0.5))
    assert (found, type(found)) == (1.0, float)
    assert type(degree("min(X, 1)", "same")) is Fraction


def test_where_nothing_matters_there_is_no_answer():
    with pytest.raises(cm.NotApplicable, match="all options of D are equally good"):
        degree(0, e=0)
    with pytest.raises(cm.NotApplicable, match="'E' has no rule"):
        cm.search_degree(world(), "D", {"D": 0}, {"Told": "other"})
    with pytest.raises(cm.DiagramError, match="a decision is needed"):
        cm.search_degree(world(), "X", {"E": 0, "D": 0}, {"Told": "other"})
