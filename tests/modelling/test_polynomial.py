"""Parameters that stand for themselves: polynomials equal what substituted numbers give."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.modelling import polynomial
from cidmesa.modelling.polynomial import Polynomial, eliminant, symbols


def network(seed, count=6):
    """A binary network with a parameter for each row of each table."""
    rng = Random(seed)
    names, links, given, parameters = [f"X{i}" for i in range(count)], [], {}, []
    for i, name in enumerate(names):
        parents = rng.sample(names[:i], min(i, rng.randint(1, 2)))
        links += [(parent, name) for parent in parents]
        rows = []
        for row in range(2 ** len(parents)):
            parameters.append(f"p{i}{row}")
            pattern = [row >> k & 1 for k in range(len(parents))]
            rows.append([*pattern, {1: parameters[-1], 0: f"1 - {parameters[-1]}"}])
        given[name] = cm.table(rows, parents) if parents else {1: "p00", 0: "1 - p00"}
    links += [(names[-1], "U"), (names[-2], "U")]
    given["U"] = f"({names[-1]} + 2 * {names[-2]}) * p00 / 3"
    g = cm.cid(links, utilities=["U"])
    return g, given, parameters


@pytest.fixture(params=["python-flint", "sympy"])
def arithmetic(request, monkeypatch):
    """Polynomials on python-flint, and on sympy as if it were not installed."""
    polynomial._ring.cache_clear()
    if request.param == "sympy":
        monkeypatch.setattr(polynomial, "find_spec", lambda name: None)
    else:
        pytest.importorskip("flint", reason="python-flint is not installed")
    yield request.param
    polynomial._ring.cache_clear()


def test_both_arithmetics_are_used(arithmetic):
    (p,) = symbols(("p",))
    assert type(p.element).__module__.split(".")[0] == {"python-flint": "flint", "sympy": "sympy"}[arithmetic]


@pytest.mark.parametrize("seed", range(5))
def test_expected_utility_equals_that_of_substituted_numbers(seed, arithmetic):
    g, given, parameters = network(seed)
    symbolic = cm.model(g, given, parameters={p: cm.parameter(p, 0, 1) for p in parameters}, symbolic=True)
    assert symbolic.symbolic
    found = cm.expected_utility(symbolic)
    rng = Random(seed)
    for _ in range(5):
        values = {p: Fraction(rng.randint(0, 5), 5) for p in parameters}
        model = symbolic.substitute(values)
        assert not model.symbolic
        assert cm.expected_utility(model) == found.at(values)


def one_decision():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return g, {"S": cm.bernoulli("p"), "D": [0, 1], "U": "S * D * q ** 2"}


def test_policies_edits_and_queries_keep_symbols():
    g, given = one_decision()
    m = cm.model(g, given, parameters={"p": cm.parameter("p"), "q": cm.parameter("q")}, symbolic=True)
    followed = m.with_policy({"D": lambda S: S})
    assert str(cm.expected_utility(followed).as_expr()) == "p*q**2"
    assert cm.query(m.do(S=1), "S") == {0: 0, 1: 1}
    assert str(cm.query(m, "S")[1]) == "p"
    assert cm.expected_utility(followed.substitute(q=3)).at(p="1/3") == 3


def test_what_needs_numbers_says_so():
    g, given = one_decision()
    free = {"p": cm.parameter("p"), "q": cm.parameter("q")}
    with pytest.raises(cm.NotApplicable, match=r"depends on p, q\. Give values by model\.substitute"):
        cm.solve(cm.model(g, given, parameters=free, symbolic=True))
    with pytest.raises(cm.ModelError, match=r"whether .* depends on the parameters p, q"):
        cm.model(g, given | {"U": "1 if p > q else 0"}, parameters=free, symbolic=True)
    with pytest.raises(cm.ModelError, match="depends on the parameters p, q"):
        cm.model(g, given | {"U": "1 if p else 0"}, parameters=free, symbolic=True)
    with pytest.raises(cm.ModelError, match="is not a polynomial"):
        cm.model(g, given | {"U": "1 / p"}, parameters=free, symbolic=True)
    with pytest.raises(cm.ModelError, match="has floats"):
        cm.model(g, given | {"U": lambda S, D: 0.5}, parameters=free, symbolic=True)
    with pytest.raises(cm.ModelError, match="symbolic=True"):
        cm.model(g, given, parameters=free)


def test_arithmetic():
    p, q = symbols(("p", "q"))
    assert (p + q) ** 2 == p * p + 2 * p * q + q**2
    assert (2 - p) / 2 + p / 2 == 1
    assert -p == 0 - p
    assert +p == p
    assert p != q
    assert ((p + 1) ** 0) == 1
    assert (1 - p * q).terms() == [((1, 1), -1), ((0, 0), 1)]
    assert isinstance(p * Fraction(1, 2), Polynomial)
    with pytest.raises(cm.ModelError, match="is a float"):
        p + 0.5
    with pytest.raises(cm.ModelError, match="a value is missing for q"):
        p.at(p=1)


def test_resultants_and_discriminants_are_those_of_sylvester_matrices(arithmetic):
    """Up to a constant, against sympy's determinant of the matrix of coefficients."""
    import sympy

    x, y = sympy.symbols("x y")
    rng, told = Random(3), 0
    for _ in range(60):
        pair = [{(rng.randint(0, 2), k): rng.randint(-3, 3) or 1 for k in range(rng.randint(2, 3))} for _ in range(2)]
        first, second = (tuple(sorted(terms.items(), reverse=True)) for terms in pair)
        f, g = (sympy.Poly(sum(c * x**i * y**k for (i, k), c in terms), y) for terms in (first, second))
        wanted = sympy.Poly(sylvester(f, g).det(), x)
        assert equal(eliminant(("x", "y"), "y", first, second), wanted)
        told += not wanted.is_ground
        if f.degree() > 1:
            wanted = sympy.Poly(sympy.cancel(sylvester(f, f.diff(y)).det() / f.LC()), x)
            assert equal(eliminant(("x", "y"), "y", first), wanted)
    assert told > 40


def sylvester(f, g):
    import sympy

    m, n = f.degree(), g.degree()
    rows = [[0] * i + f.all_coeffs() + [0] * (n - 1 - i) for i in range(n)]
    return sympy.Matrix([*rows, *([0] * i + g.all_coeffs() + [0] * (m - 1 - i) for i in range(m))])


def equal(terms, wanted):
    if not terms or wanted.is_zero:
        return not terms and wanted.is_zero
    (x,) = wanted.gens
    return wanted.from_expr(sum(c * x**i for (i, _), c in terms), x).monic() == wanted.monic()


def test_whole_powers_from_zero_on_are_polynomials(arithmetic):
    (p,) = symbols(("p",))
    assert (p**0, p**1, p**3) == (1, p, p * p * p)
    for power in (-1, Fraction(1, 2)):
        with pytest.raises(cm.ModelError, match="is not a polynomial"):
            p**power
