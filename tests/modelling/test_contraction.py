"""Products of tables: both kernels and both kinds of numbers give what numpy.einsum gives; sizes are checked first."""

import math
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.modelling import contraction, inference
from cidmesa.modelling.contraction import Factor, contract
from cidmesa.modelling.inference import eliminate, elimination


def random_product(seed):
    rng = Random(seed)
    sizes = {name: rng.randint(1, 4) for name in "abcdefg"}
    numbers = np.random.default_rng(seed)
    factors = []
    for _ in range(rng.randint(1, 5)):
        scope = tuple(rng.sample(sorted(sizes), rng.randint(0, 4)))
        factors.append(Factor(scope, numbers.integers(-3, 4, [sizes[v] for v in scope]).astype(float)))
    present = sorted({v for factor in factors for v in factor.variables})
    return factors, rng.sample(present, rng.randint(0, min(4, len(present))))


def by_einsum(factors, keep):
    inputs = ",".join("".join(factor.variables) for factor in factors)
    return np.einsum(f"{inputs}->{''.join(keep)}", *(factor.values for factor in factors))


@pytest.mark.parametrize("small", [0, 2**12])
def test_kernels_agree(small, monkeypatch):
    monkeypatch.setattr(contraction, "SMALL", small)
    monkeypatch.setattr(inference, "SMALL", small)
    contraction.plan.cache_clear()
    for seed in range(200):
        factors, keep = random_product(seed)
        wanted = by_einsum(factors, keep)
        exact = [Factor(f.variables, np.array(f.values.astype(int).astype(object) + Fraction(0))) for f in factors]
        assert np.array_equal(contract(factors, keep), wanted), seed
        assert np.array_equal(eliminate(factors, keep), wanted), seed
        assert np.array_equal(contract(exact, keep).astype(float), wanted), seed
    contraction.plan.cache_clear()


@pytest.mark.parametrize("small", [0, 2**12])
@pytest.mark.parametrize("bits", [2, 40, 400])
def test_products_of_fractions_are_exact(bits, small, monkeypatch):
    """As machine integers, as long integers over a common denominator, and as they are."""
    monkeypatch.setattr(inference, "SMALL", small)
    rng = Random(bits)

    def fraction(_):
        return Fraction(rng.randint(-(2**bits), 2**bits), rng.randint(1, 2**bits))

    for seed in range(25):
        factors, keep = random_product(seed)
        exact = [Factor(f.variables, np.vectorize(fraction, otypes=[object])(f.values)) for f in factors]
        wanted = np.asarray(by_einsum(exact, keep), dtype=object).tolist()
        assert contract(exact, keep).tolist() == wanted, seed
        assert eliminate(exact, keep).tolist() == wanted, seed


def test_a_table_that_does_not_fit_is_refused_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr(np, "einsum", lambda *_: pytest.fail("a table was computed"))
    names = [f"X{i}" for i in range(40)]
    chance = [Factor(("H", name), np.full((2, 2), 0.5)) for name in names]
    with pytest.raises(
        cm.TooLarge, match=r"1099511627776 cells over X0 \(2\), .* would be needed\. Fewer states or links"
    ):
        eliminate(chance, names)


@pytest.mark.parametrize("small", [0, 2**12])
@pytest.mark.parametrize("product", [contract, eliminate])
def test_what_is_kept_and_in_no_factor_has_an_axis_of_length_one(product, small, monkeypatch):
    monkeypatch.setattr(contraction, "SMALL", small)
    monkeypatch.setattr(inference, "SMALL", small)
    contraction.plan.cache_clear()
    one, two = Factor(("A", "B"), np.arange(6.0).reshape(2, 3)), Factor(("B", "C"), np.ones((3, 2)))
    assert product([one], ["Y", "B", "Z", "A"]).tolist() == np.arange(6.0).reshape(2, 3).T.reshape(1, 3, 1, 2).tolist()
    assert product([one, two], ["A", "Z"]).tolist() == [[6], [24]]
    assert product([one, two], []).shape == ()
    assert product([], ["Z"]).tolist() == [1]
    contraction.plan.cache_clear()


@pytest.mark.parametrize("product", [contract, eliminate])
def test_tables_of_exact_numbers_may_be_smaller_and_that_is_said(product, monkeypatch):
    monkeypatch.setattr(contraction, "MAX_FLOAT_CELLS", 2**14)
    monkeypatch.setattr(contraction, "MAX_EXACT_CELLS", 2**13)
    names = [f"X{i}" for i in range(14)]
    floats = [Factor((name,), np.full(2, 0.5)) for name in names]
    exact = [Factor((name,), np.array([Fraction(1, 2)] * 2, dtype=object)) for name in names]
    assert product(floats, names).size == 2**14
    assert product(exact[1:], names[1:]).size == 2**13
    for factors in (exact, [*floats[:7], *exact[7:]]):
        with pytest.raises(cm.TooLarge, match=r"Fewer states or links, or floats for exact numbers, would shrink it"):
            product(factors, names)
    monkeypatch.setattr(contraction, "MAX_FLOAT_CELLS", 2**13)
    with pytest.raises(cm.TooLarge, match=r"Fewer states or links would shrink it"):
        product(floats, names)


def test_the_solver_refuses_what_does_not_fit_and_names_the_cluster(monkeypatch):
    seen = [f"O{i}" for i in range(30)]
    links = [*(("H", o) for o in seen), *((o, "D") for o in seen), ("H", "U"), ("D", "U")]
    g = cm.cid(links, decisions=["D"], utilities=["U"])
    monkeypatch.setattr(contraction, "_executed", lambda *_: pytest.fail("a table was computed"))
    m = cm.Model(g, *unfilled(g))
    with pytest.raises(cm.TooLarge, match=r"a table of \d+ cells over .*O29 \(2\)"):
        cm.solve(m)


def unfilled(g):
    from cidmesa.modelling.tabulation import Table

    domains = {node: (0, 1) for node in g.nodes if g.kind(node) != "utility"}
    tables = {node: Table((*g.parents(node), node), np.full([2] * (len(g.parents(node)) + 1), 0.5))
              for node in g.chance_nodes}  # fmt: skip
    return domains, {}, {}, tables | {"U": Table(("H", "D"), np.eye(2))}


@pytest.mark.parametrize("denominator", [2**31, 3037000500, 2**61 - 1])
def test_single_cells_stay_whole_numbers_of_any_size(denominator):
    one = [Fraction(denominator - 1), *[Fraction(1, denominator)] * 5]
    factors = [Factor((name,), np.array(one, dtype=object)) for name in "abc"]
    assert contract(factors, []).item() == sum(one) ** 3


def neighbours_summed_out(scopes, variable):
    """The variables that come to share a table when one is summed out, and the tables that are then left."""
    others = frozenset(v for scope in scopes if variable in scope for v in scope) - {variable}
    return others, [*(scope for scope in scopes if variable not in scope), others]


def greedy(scopes, sizes, keep, criterion):
    """The order as its definition says it, without tricks: each time the best of all variables, the first of equals."""
    found, todo = [], [v for v in dict.fromkeys(v for scope in scopes for v in scope) if v not in keep]
    while todo:
        variable = min(todo, key=lambda v: criterion(scopes, sizes, v))
        others, scopes = neighbours_summed_out(scopes, variable)
        found.append((variable, others))
        todo.remove(variable)
    return found


def weight(scopes, sizes, variable):
    return math.prod(sizes[v] for v in {variable, *neighbours_summed_out(scopes, variable)[0]})


def fill(scopes, sizes, variable):
    others, _ = neighbours_summed_out(scopes, variable)
    joined = [pair for pair in combinations(others, 2) if not any(set(pair) <= set(scope) for scope in scopes)]
    return len(joined), weight(scopes, sizes, variable)


def cells(order, sizes):
    return [math.prod(sizes[v] for v in {variable, *others}) for variable, others in order]


def test_the_order_of_elimination_is_the_better_of_two_greedy_ones(monkeypatch):
    """Where there are many variables, only the first is tried."""
    rng, by_fill = Random(0), 0
    for number in range(250):
        sizes = {f"X{i}": rng.randint(2, 4) for i in range(rng.randint(1, 16))}
        scopes = [tuple(rng.sample(sorted(sizes), min(rng.randint(1, 3), len(sizes)))) for _ in range(2 * len(sizes))]
        keep = rng.sample(sorted(sizes), rng.randint(0, 1))
        first, second = (greedy(scopes, sizes, keep, criterion) for criterion in (weight, fill))
        given = max(math.prod(sizes[v] for v in scope) for scope in scopes)
        better = max(cells(first, sizes), default=1) > given and sum(cells(second, sizes)) < sum(cells(first, sizes))
        with monkeypatch.context() as patch:
            patch.setattr(inference, "_BOTH_CRITERIA", len(first))
            assert elimination(scopes, sizes, keep) == (second if better else first), number
            patch.setattr(inference, "_BOTH_CRITERIA", len(first) - 1)
            assert elimination(scopes, sizes, keep) == first, number
        by_fill += better
    assert by_fill > 10
