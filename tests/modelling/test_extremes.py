"""Numbers and sizes beyond reason: one error that names the node, at once, or the right answer."""

import json
import time
from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.modelling.numbers import MAX_DIGITS, MAX_FLOAT, show

BIG = 10**5000
G = cm.cid("S -> D; S, D -> U; D -> V", decisions=["D"], utilities=["U", "V"])
HALF, EXACT = {0: 0.5, 1: 0.5}, {0: "1/2", 1: "1/2"}


def _model(chance=None, *, u=0, v=0, **more):
    return cm.model(G, S=EXACT if chance is None else chance, D=[0, 1], U=u, V=v, **more)


@pytest.mark.parametrize("worth", [1.7e308, -1.7e308, 1.1 * MAX_FLOAT])
def test_floats_whose_sums_would_overflow_are_refused(worth):
    with pytest.raises(
        cm.ModelError, match=r"utility 'V' has a number beyond 1e\+300; .* Scale utilities down"
    ) as caught:
        _model(HALF, u=1.0, v=lambda D: worth * D)
    assert caught.value.node == "V"


def test_the_greatest_floats_that_are_let_in_add_up():
    m = _model(HALF, u=lambda S, D: MAX_FLOAT * D, v=lambda D: MAX_FLOAT * D)
    assert cm.solve(m).value == 2 * MAX_FLOAT
    assert cm.solve(m).plan == {"D": 1}


@pytest.mark.parametrize("size", ["large", "small"])
def test_exact_numbers_that_no_float_holds_are_refused_among_floats(size):
    value = 10**400 if size == "large" else Fraction(1, 10**400)
    with pytest.raises(cm.ModelError, match=f"node 'U': an exact number is too {size} for a float") as caught:
        _model(HALF, u=lambda S, D: value * D)
    assert caught.value.node == "U"
    assert cm.solve(_model(u=lambda S, D: value * D)).value == value  # alone it is exact


def test_a_possible_state_never_becomes_impossible_by_rounding():
    rare = {0: 1 - Fraction(1, 10**400), 1: Fraction(1, 10**400)}
    with pytest.raises(cm.ModelError, match="node 'S': an exact number is too small"):
        _model(rare, u=0.5)
    assert cm.query(_model(rare), "S")[1] > 0


LONG = {
    "utility": lambda: _model(u=lambda S, D: BIG * D),
    "utility in text": lambda: _model(u="10**5000 * D"),
    "power": lambda: _model(u="10**10000 * D"),
    "denominator": lambda: _model(u=lambda S, D: Fraction(D, BIG)),
    "probability": lambda: _model({0: BIG, 1: 1 - BIG}),
    "state": lambda: _model({BIG: 1}),
    "option": lambda: cm.model(G, S=EXACT, D=[0, BIG], U=0, V=0),
    "parameter": lambda: cm.parameter("p", value=BIG),
    "observation": lambda: cm.query(_model(), "S", do={"S": BIG}),
    "row": lambda: _model(u=cm.table([[BIG, "*", 1], ["*", "*", 0]], ["S", "D"])),
}


@pytest.mark.parametrize("where", LONG)
def test_exact_numbers_that_python_does_not_write_out_are_refused_where_they_enter(where):
    with pytest.raises(cm.ModelError, match=f"more than {MAX_DIGITS} digits|is too large"):
        LONG[where]()


@pytest.mark.parametrize("number", [10**3999, -(10**3999), Fraction(1, 10**3999)])
def test_numbers_of_four_thousand_digits_are_let_in_and_longer_ones_are_not(number):
    assert cm.expected_utility(_model(u=number), {"D": 0}) == number
    with pytest.raises(cm.ModelError, match="an exact number of more than 4000 digits"):
        _model(u=number * 10 if isinstance(number, int) else number / 10)


def test_long_numbers_that_come_up_on_the_way_are_written_out():
    long = Fraction(10**4290 + 1, 10**4310)
    assert show(long) == f"{'1' + '0' * 4289 + '1'}/{'1' + '0' * 4310}"
    below = 10**2500
    m = _model({0: Fraction(1, below), 1: 1 - Fraction(1, below)}, u=lambda S, D: Fraction(D * (1 - S), below + 1))
    found = cm.solve(m)
    assert found.value == Fraction(1, below * (below + 1))
    assert json.dumps(found.to_json())
    assert found.to_text()


def _chain(count):
    links = [(f"N{i}", "U") for i in range(count)] + [("D", "U")]
    g = cm.cid(links, decisions=["D"], utilities=["U"])
    given = {f"N{i}": EXACT for i in range(count)}
    return cm.model(g, given, D=[0, 1], U=" + ".join(["D", *given]))


def _pair(states, text):
    g = cm.cid("D, E -> U", decisions=["D", "E"], utilities=["U"])
    return cm.model(g, D=list(range(states)), E=list(range(states)), U=text)


COSTLY = {
    "18 parents": lambda: _chain(18),
    "two decisions of 2,000 options": lambda: _pair(2000, "D * E"),
    "powers over 1000 x 1000": lambda: _pair(1000, "D**20 * E"),
    "2,000th powers": lambda: _pair(300, "((D + 3)**2000 * (E + 3)**2000) % 7"),
    "40 parents": lambda: _chain(40),
}


@pytest.mark.parametrize("case", COSTLY)
def test_what_would_take_too_long_is_refused_before_it_is_begun(case):
    start = time.process_time()
    with pytest.raises(
        cm.TooLarge, match=r"a table over|takes [\d,]+ steps, more than 4,194,304\. Use fewer"
    ) as caught:
        COSTLY[case]()
    assert time.process_time() - start < 2
    assert caught.value.node == "U"


def test_what_does_not_take_too_long_is_worked_out():
    assert cm.solve(_chain(9)).value == Fraction(11, 2)


def test_a_utility_that_is_the_same_everywhere_is_worked_out_once():
    start = time.process_time()
    assert _pair(1500, 5).table("U").values.shape == (1500, 1500)
    assert time.process_time() - start < 2
    assert _pair(2, 5).table("U").values.tolist() == [[5, 5], [5, 5]]
    assert not _pair(2, 5.5).exact
