"""pygambit as a solver: it gives what the solvers here give, verified all the same."""

import sys
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from tests.games.brute import Brute, random_game


def matrix_game(shape, seed):
    rng = np.random.default_rng(seed)
    names = [f"A{k}" for k in range(len(shape))]
    pays = [rng.integers(0, 9, shape) for _ in shape]
    owned = {"decisions": {n.lower(): [n] for n in names}, "utilities": {n.lower(): [f"U{n}"] for n in names}}
    g = cm.cid("; ".join(f"{', '.join(names)} -> U{n}" for n in names), **owned)
    given = {n: list(range(size)) for n, size in zip(names, shape, strict=True)}
    for n, pay in zip(names, pays, strict=True):
        given[f"U{n}"] = lambda pay=pay, **at: int(pay[tuple(at[name] for name in names)])
    return cm.model(g, given)


def mixtures(found):
    return {str(one.profile) for one in found}


@pytest.fixture
def gambit():
    return pytest.importorskip(
        "pygambit", reason="pygambit is not installed (extra games; `make test` takes a wheel only)"
    )


@pytest.mark.parametrize("seed", range(6))
def test_two_players_as_vertex_enumeration(gambit, seed):
    model = matrix_game((4, 3), seed)
    own, theirs = (cm.equilibria(model, kind="mixed", solver=solver) for solver in ("own", "gambit"))
    assert mixtures(own) == mixtures(theirs)
    assert theirs.complete
    assert all(gain == 0 for one in theirs for gain in one.regret.values())
    assert theirs[0].method.startswith("pygambit")


def test_random_diagrams_of_two_agents(gambit):
    rng, tried = Random(8), 0
    while tried < 12:
        brute = Brute(random_game(rng))
        if brute.count() > 40:
            continue
        tried += 1
        found = cm.equilibria(brute.model, kind="mixed", solver="gambit", limit=5)
        assert found
        assert all(gain == 0 for one in found for gain in one.regret.values())


def test_three_players(gambit):
    found = cm.equilibria(matrix_game((3, 3, 2), 0), kind="mixed", solver="gambit")
    assert len(found) >= 3
    assert not found.complete
    assert all(gain == 0 for one in found for gain in one.regret.values())


def test_unknown_solver_and_missing_package(monkeypatch):
    model = matrix_game((2, 2), 1)
    with pytest.raises(cm.NotApplicable, match=r"solver='gambot' is not known\. Did you mean 'gambit'"):
        cm.equilibria(model, kind="mixed", solver="gambot")
    monkeypatch.setitem(sys.modules, "pygambit", None)
    with pytest.raises(cm.NotApplicable, match=r"pip install 'cidmesa\[games\]'"):
        cm.equilibria(matrix_game((3, 3), 1), kind="mixed", solver="gambit")
