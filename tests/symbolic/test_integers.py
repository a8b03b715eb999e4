"""Integer parameters: only whole numbers of the range are looked at, also as exponents."""

from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.symbolic.proof import condition_of


def test_what_lies_between_whole_numbers_does_not_count():
    free = [cm.parameter("n", 0, 5, integer=True)]
    assert condition_of(lambda at: (2 * at["n"] - 1) * (2 * at["n"] - 3) >= 0, free).complete
    between = condition_of(lambda at: 1 < 2 * at["n"] < 5 and 2 * at["n"] != 3, free)
    assert [piece.sample["n"] for piece in between.pieces if piece.holds] == [1, 2]
    assert condition_of(lambda at: 2 * at["n"] == 3, free).never


def test_a_whole_number_may_be_an_exponent():
    free = [cm.parameter("gamma", 0, 1), cm.parameter("n", 1, 4, integer=True)]
    found = condition_of(lambda at: at["gamma"] ** at["n"] * 4 > 1, free)
    for n in range(1, 5):
        for k in range(41):
            gamma = Fraction(k, 40)
            assert found.holds_at(gamma=gamma, n=n) == (gamma**n * 4 > 1)


def test_a_whole_number_beside_a_share():
    free = [cm.parameter("mu", 0, 1), cm.parameter("N", 1, 3, integer=True)]
    found = condition_of(lambda at: at["mu"] * at["N"] > 1, free)
    assert str(found) == "N*mu > 1"
    assert {piece.sample["N"] for piece in found.pieces} == {1, 2, 3}


def test_an_integer_is_checked():
    with pytest.raises(cm.ModelError, match="an integer"):
        cm.parameter("n", 0, 5, value="1/2", integer=True)
    with pytest.raises(cm.NotApplicable, match="both ends"):
        condition_of(lambda at: at["n"] > 1, [cm.parameter("n", 0, integer=True)])
