"""Arrays and tables of other libraries as mechanisms: what rows say, matched by names, with clear errors."""

from fractions import Fraction
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

import cidmesa as cm
from tests.random_models import random_model

G = cm.cid("S -> O; S, O -> D; S, D -> U", decisions=["D"], utilities=["U"])
SEEN = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])
WORTH = np.array([[1.0, 0.0], [-2.0, 3.0]])


def made(S=None, O=SEEN, U=WORTH, domains=None):  # noqa: E741 (the node's name)
    return cm.model(G, S=np.array([0.25, 0.75]) if S is None else S, O=O, D=[0, 1], U=U, domains=domains)


def test_an_array_says_what_rows_say():
    rng = Random(0)
    for _ in range(60):
        m = random_model(rng, max_nodes=6)
        given = {n: m.table(n).values for n in m.cid.nodes if m.cid.kind(n) != "decision"}
        given |= {d: list(m.domain(d)) for d in m.cid.decisions}
        same = cm.model(m.cid, given, domains={n: m.domain(n) for n in m.cid.chance_nodes})
        assert same == m
        assert cm.solve(same).value == cm.solve(m).value
        node = m.cid.chance_nodes[0]
        assert str(cm.model(m.cid, given).mechanism(node))  # rows are made when they are read


def test_numbers_stay_what_they_are():
    assert not made().exact
    exact = made(np.array([Fraction(1, 4), Fraction(3, 4)]), np.eye(2, dtype=int), WORTH.astype(int))
    assert exact.exact
    assert cm.solve(exact).value == Fraction(10, 4)


@pytest.mark.parametrize("below", [7, 2**31, 2**61 - 1, 10**400])
def test_exact_rows_sum_to_one_whatever_their_denominator(below):
    """Also where sums of machine integers would overflow."""
    right = np.array([Fraction(1, below), 1 - Fraction(1, below)], dtype=object)
    assert made(right, np.eye(2, dtype=int), WORTH.astype(int)).table("S").values.tolist() == right.tolist()
    for wrong in (right + np.array([Fraction(1, below), 0]), right + np.array([1, -1]), 0 * right):
        with pytest.raises(cm.ModelError, match=r"'S': the probabilities .* are not nonnegative numbers that sum to 1"):
            made(wrong, np.eye(2, dtype=int), WORTH.astype(int))


@pytest.mark.parametrize("off", [1e-12, -1e-12])
def test_rounded_rows_sum_to_one_nearly(off):
    assert made(np.array([0.25, 0.75 + off])).table("S").values.sum() == pytest.approx(1)
    with pytest.raises(cm.ModelError, match="'S'"):
        made(np.array([0.25, 0.75 + 1e4 * off]))


def test_axes_are_told_by_name_for_arrays():
    turned = cm.table(np.array([[0.5, 0.5], [1, 0]]), ["S"])
    m = cm.model(cm.cid("S -> A; A, S -> B; B -> U", utilities=["U"]), S=np.array([0.5, 0.5]), A=turned,
                 B=cm.table(np.arange(8).reshape(2, 2, 2) % 2 * 1.0, ["S", "A"]), U=np.array([0, 1]))  # fmt: skip
    assert cm.expected_utility(m) == 1


def test_rules_may_be_arrays():
    m = made()
    assert cm.expected_utility(m, {"D": np.broadcast_to([0.0, 1.0], (2, 3, 2))}) == 3 * 0.75


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"O": SEEN.T}, r"'O'.*shape \(3, 2\)|'O'.*S 2"),
        ({"O": SEEN[0]}, "'O'.*1 axes.*S, O"),
        ({"O": SEEN * 2}, "'O' at S = 0: the probabilities 1.8, 0.2, 0 .*last axis"),
        ({"O": SEEN - [[0, 0.5, -0.5], [0, 0, 0]]}, "'O' at S = 0"),
        ({"U": np.zeros((2, 3))}, r"'U'.*shape \(2, 3\).*S 2, D 2"),
        ({"U": np.array([[1, np.nan], [0, 0]])}, "'U'.*not finite"),
        ({"U": np.array([["x", "y"], ["z", "w"]])}, "'U'.*number"),
        ({"O": cm.table(SEEN, ["D"])}, "'O'.*'D'.*S, O"),
        ({"S": np.array([0.5, 0.25, 0.25]), "domains": {"S": [0, 1]}}, "'S'.*shape"),
    ],
)
def test_what_does_not_fit_is_named(given, says):
    with pytest.raises(cm.ModelError, match=says):
        made(**given)


def test_an_array_for_a_table_needs_as_many_axes():
    with pytest.raises(cm.ModelError, match="axes"):
        cm.table(np.zeros((2, 2, 2)), ["S", "T", "V", "W"])
    with pytest.raises(cm.ModelError, match="parents"):
        cm.table([[0, 1]])


def test_pandas_tables_are_matched_by_names_and_states():
    pd = pytest.importorskip("pandas")
    seen = pd.DataFrame([[0.2, 0.5, 0.3], [0.9, 0.0, 0.1]], index=pd.Index([1, 0], name="S"), columns=[0, 2, 1])
    index = pd.MultiIndex.from_product([[1, 0], [0, 1]], names=["D", "S"])
    worth = pd.Series([0.0, 3.0, 1.0, -2.0], index=index)
    assert made(O=seen, U=worth, domains={"O": [0, 1, 2]}) == made()
    with pytest.raises(cm.ModelError, match="names"):
        made(O=pd.DataFrame(SEEN))
    with pytest.raises(cm.ModelError, match="'T'"):
        made(O=seen.rename_axis("T"))
    with pytest.raises(cm.ModelError, match="one for each setting"):
        made(U=worth.iloc[:3])


def test_a_table_of_a_node_without_parents_needs_no_name_and_no_setting_may_stand_twice():
    pd = pytest.importorskip("pandas")
    assert made(pd.DataFrame([[0.25, 0.75]])) == made(pd.DataFrame([[0.25, 0.75]], index=pd.Index([0]))) == made()
    twice = pd.MultiIndex.from_tuples([(0, 0), (0, 1), (1, 0), (0, 0)], names=["S", "D"])
    with pytest.raises(cm.ModelError, match="the table has 4 rows, not one for each setting of S, D"):
        made(U=pd.Series([1.0, 0.0, -2.0, 1.0], index=twice))
    with pytest.raises(cm.ModelError, match="the table has 2 rows, not one for each setting of S"):
        made(O=pd.DataFrame(SEEN, index=pd.Index([1, 1], name="S")))


class DataArray:
    """What is read of a table of xarray, for machines that have none."""

    __module__ = "xarray.core.dataarray"

    def __init__(self, values, dims, **coords):
        self.values, self.dims = values, dims
        self.coords = {d: SimpleNamespace(values=np.array(states)) for d, states in coords.items()}


def test_tables_with_names_and_some_states_are_matched():
    assert made(O=DataArray(SEEN.T, ["O", "S"])) == made()
    assert made(O=DataArray(SEEN[:, ::-1], ["S", "O"], O=[2, 1, 0]), domains={"O": [0, 1, 2]}) == made()
    named = made(O=DataArray(SEEN, ["S", "O"], O=["lo", "mid", "hi"]))
    assert named.domain("O") == ("lo", "mid", "hi")
    assert cm.solve(named).value == cm.solve(made()).value
    with pytest.raises(cm.ModelError, match="'lo' is not a state of 'O': 0, 1, 2"):
        made(O=DataArray(SEEN, ["S", "O"], O=["lo", "mid", "hi"]), domains={"O": [0, 1, 2]})


def test_how_many_axes_are_needed_is_said():
    g = cm.cid("D -> U; D -> V", decisions=["D"], utilities=["U", "V"]).without_link("D", "V")
    with pytest.raises(cm.ModelError, match="'V': an array of 1 axes is given; none is needed"):
        cm.model(g, D=[0, 1], U=np.array([0, 1]), V=np.array([1, 2]))
    with pytest.raises(cm.ModelError, match="'U': an array of 2 axes is given; one for each of D is needed"):
        cm.model(g, D=[0, 1], U=np.eye(2), V=1)


def test_xarray_tables_are_matched_by_names_and_states():
    xr = pytest.importorskip("xarray")
    seen = xr.DataArray(SEEN.T[::-1], dims=["O", "S"], coords={"O": [2, 1, 0], "S": [0, 1]})
    assert made(O=seen, domains={"O": [0, 1, 2]}) == made()
    with pytest.raises(cm.ModelError, match="is not a state of 'S'"):
        made(O=seen.assign_coords(S=[0, 7]))


def test_pgmpy_tables_are_matched_by_names():
    factors = pytest.importorskip("pgmpy.factors.discrete")
    seen = factors.TabularCPD("O", 3, SEEN.T, evidence=["S"], evidence_card=[2])
    assert made(O=seen) == made()
