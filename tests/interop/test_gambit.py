"""Gambit's files, read back by pygambit where it is installed, and by a small reader of our own."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.interop import gambit_files
from tests.random_models import random_model


def value_of(text: str, policy: dict[tuple[str, str], str]) -> list[Fraction]:
    """Return each player's expected payoff in an EFG text, where information sets choose as ``policy`` says."""
    lines = iter(text.splitlines()[3:])

    def walk() -> list[Fraction]:
        line = next(lines)
        kind, body = line[0], line[line.index("{") + 1 : line.rindex("}")]
        if kind == "t":
            return [Fraction(part) for part in body.split(",")]
        name = re.findall(r'"((?:[^"\\]|\\.)*)"', line)[1]
        if kind == "c":
            moves = [(Fraction(p), walk()) for _, p in re.findall(r'"([^"]*)" (\S+)', body)]
            return [sum(p * below[k] for p, below in moves) for k in range(len(moves[0][1]))]
        below = {action: walk() for action in re.findall(r'"([^"]*)"', body)}
        return below[policy[name]]

    return walk()


def test_payoffs_are_those_of_the_model():
    rng = Random(4)
    for _ in range(60):
        model = random_model(rng)
        policy = cm.solve(model).policy
        chosen = {}
        for rule in policy.rules:
            for context in _contexts(model, rule.decision):
                seen = ", ".join(f"{parent} = {value}" for parent, value in context.items())
                name = f"{rule.decision} | {seen}" if seen else rule.decision
                chosen[name] = str(rule(**context))
        assert value_of(interop.to_gambit_efg(model), chosen) == [cm.solve(model).value]


def _contexts(model, decision):
    parents = model.cid.parents(decision)
    for values in product(*(model.domain(parent) for parent in parents)):
        yield dict(zip(parents, values, strict=True))


def test_float_probabilities_close_to_one():
    chances = {0: 0.1, 1: 0.2, 2: 0.7 - 1e-17, 3: 1e-17}
    model = cm.model(cm.cid("S -> D -> U", decisions=["D"], utilities=["U"]), S=chances, D=[0, 1], U="D")
    written = [Fraction(p) for p in re.findall(r'"\d" (\S+)', interop.to_gambit_efg(model).splitlines()[3])]
    assert sum(written) == 1
    assert min(written) == Fraction("1e-17")


def test_what_nobody_observes_is_summed_out():
    model = cm.model(cm.cid("S, D -> U", decisions=["D"], utilities=["U"]), S={0: "1/3", 1: "2/3"}, D=[0, 1],
                     U="S == D")  # fmt: skip
    assert interop.to_gambit_efg(model).splitlines()[3:] == [
        'p "" 1 1 "D" { "0" "1" } 0', 't "" 1 "" { 1/3 }', 't "" 2 "" { 2/3 }']  # fmt: skip


def test_nobody_decides():
    model = cm.model(cm.cid("S -> U", utilities=["U"]), S={0: "1/3", 1: "2/3"}, U="S")
    assert interop.to_gambit_efg(model).splitlines()[3:] == ['t "" 1 "" { 2/3 }']


def test_tied_decisions_share_information_sets():
    model = cm.load("piccione1997/absent-minded-driver").model
    heads = re.findall(r'p "" (\d+ \d+ "[^"]*")', interop.to_gambit_efg(model))
    assert len(heads) == 3
    assert len(set(heads)) == 1


def test_large_trees_are_refused(monkeypatch):
    monkeypatch.setattr(gambit_files, "MAX_PATHS", 5)
    with pytest.raises(cm.TooLarge, match="paths; at most 5 fit"):
        interop.to_gambit_efg(cm.load("ward2023/war-game").model)


def payoff(profile, player):
    """Return what the player gets; pygambit 17 has renamed the method."""
    return profile.payoffs[player] if hasattr(profile, "payoffs") else profile.payoff(player)


def test_pygambit_reads_the_same_game(tmp_path):
    pygambit = pytest.importorskip(
        "pygambit", reason="pygambit is not installed (extra games; `make test` takes a wheel only)"
    )
    rng = Random(8)
    for _ in range(25):
        model = random_model(rng, recall=True)
        interop.write_efg(model, tmp_path / "a.efg")
        interop.write_nfg(model, tmp_path / "a.nfg")
        wanted = cm.solve(model).value
        for game in (pygambit.read_efg(str(tmp_path / "a.efg")), pygambit.read_nfg(str(tmp_path / "a.nfg"))):
            found = pygambit.nash.enumpure_solve(game).equilibria
            player = next(iter(game.players))
            assert max(payoff(profile, player) for profile in found) == wanted
