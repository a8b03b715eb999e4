"""What behaviour reveals: coverage of the cone, and where predictions fail."""

from dataclasses import replace

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.runs.behaviour import behaviour, objectives
from cidmesa.runs.comparing import compare
from tests.runs.models import corners, mouse


def drawn_world(rng, contexts=4, options=3, outcomes=4):
    """Return a model whose decision leads by chance to outcomes."""
    g = cm.cid("S -> D -> T; S -> T; T -> U", decisions=["D"], utilities=["U"])
    rows = rng.dirichlet(np.ones(outcomes), size=(contexts, options))
    table = cm.table([[s, d, dict(enumerate(rows[s, d]))] for s in range(contexts) for d in range(options)], ["S", "D"])
    m = cm.model(
        g, S=cm.uniform(range(contexts)), D=list(range(options)), T=table, U=0, domains={"T": list(range(outcomes))}
    )
    return m, rows


def slips(rng, worth, slip, n):
    """Return n lives in each context of somebody who takes the best option but for slips."""
    best = worth.argmax(-1)
    lives = []
    for s, option in enumerate(best):
        others = [d for d in range(worth.shape[1]) if d != option]
        done = np.where(rng.random(n) < slip, rng.choice(others, n), option)
        lives += [{"S": s, "D": int(d)} for d in done]
    return lives


@pytest.mark.parametrize(("slip", "n"), [(0.05, 10), (0.2, 30)])
def test_the_cone_holds_the_true_objective(slip, n):
    """Of 40 worlds at most what alpha and chance allow lie outside; random objectives mostly do."""
    rng = np.random.default_rng(int(slip * 100) + n)
    inside, other = [], []
    for _ in range(40):
        model, rows = drawn_world(rng)
        truth = rng.standard_normal(4)
        (cone,) = objectives(model, behaviour([slips(rng, rows @ truth, slip, n)], model), ["T"])
        inside.append(cone.contains(truth.tolist()))
        other.append(cone.contains(rng.standard_normal(4).tolist()))
    assert np.mean(inside) >= 0.95
    assert np.mean(other) < 0.4


def test_what_was_ever_done_is_not_best():
    """A slip is nothing that an objective must explain: `consistent_objectives` of it leaves the truth out."""
    model = cm.model(
        cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U=0, domains={"X": [0, 1]}
    )
    seen = behaviour([[{"D": 1}] * 29 + [{"D": 0}]], model)
    (cone,) = objectives(model, seen, ["X"])
    naive = cm.consistent_objectives(model, seen.policy(0), ["X"])
    assert cone.contains("X")
    assert not naive.contains("X")


def test_runs_are_counted_one_by_one_and_through_an_abstraction():
    lab = cm.runs.lab(mouse())
    seen = behaviour(lab, n=3, lives=50)
    assert seen.counts["D"].sum((1, 2)).tolist() == [50] * 3
    assert len(objectives(mouse(), seen, ["X"])) == 3
    walks = [[["L", "L"], ["R"]], [["R", "R"]]]
    told = behaviour(walks, mouse(), {"D": lambda walk: {"L": "left", "R": "right"}[walk[-1]]})
    assert told.counts["D"].tolist() == [[[1, 1]], [[0, 1]]]
    assert str(told).startswith("behaviour of 2 runs")
    assert told.to_json() == {"D": [[[1, 1]], [[0, 1]]]}
    with pytest.raises(cm.NotApplicable, match="give the model"):
        behaviour(walks)
    with pytest.raises(cm.NotApplicable, match="scope='episodes'"):
        objectives(mouse(), told, ["X"], scope="episodes")


# --- where predictions fail -------------------------------------------------------------------------------------------


def verdicts(found):
    return [p.verdict for p in found.predictions]


def test_predictions_that_hold_are_confirmed():
    composition = corners()
    found = compare(composition, cm.runs.lab(composition))
    assert found
    assert verdicts(found) == ["confirmed"] * 5
    assert found.to_html().count("<tr") == 6
    assert found.to_json()["predictions"][0]["runs"] == found.predictions[0].n == 7


def causes(composition, lab, **how):
    found = compare(composition, lab, **how)
    return {p.cause for p in found.refuted}


def test_each_cause_is_told():
    composition = corners()
    assert causes(composition, cm.runs.lab(corners(mu="1/10"))) == {"world"}
    assert causes(composition, cm.runs.lab(composition, credit="episode")) == {"scope"}
    assert causes(corners(mu="3/10"), cm.runs.lab(corners(mu="3/10"), "q")) <= {"unfinished"}
    mine = replace(composition.spec, target="A == 'a'")
    other = cm.compose(composition.training, mine)
    targets = {t: [f"A{t}"] for t in range(1, 6)}
    goals = ["A1 == 'b'", "A1 == 'a'"]
    assert causes(composition, cm.runs.lab(other), targets=targets, goals=goals) == {"objective"}


def test_a_bottle_cap_has_no_objective():
    """What is done in each episode is drawn by lot: no run's cone holds the goals that are listed."""
    composition = corners(0, 4, mu=0)
    lab = cm.runs.lab(composition)
    fixed = {f"D_A{t}": "b" if t % 2 else "a" for t in range(1, 5)}
    found = compare(composition, cm.runs.lab(composition, lambda arm, seed: {n: fixed[n] for n in arm.learns}),
                    targets={t: [f"A{t}"] for t in range(1, 5)}, goals=["A1 == 'b'", "A1 == 'a'"])  # fmt: skip
    assert verdicts(found) == ["confirmed", "refuted"] * 2
    assert {p.cause for p in found.refuted} <= {"scope", "capability", "world"}
    assert lab.learned == tuple(fixed)


def test_labs_that_train_something_else_are_refused():
    with pytest.raises(cm.NotApplicable, match="they have no decision in common"):
        compare(corners(), cm.runs.lab(mouse()))
    with pytest.raises(cm.NotApplicable, match="'D_A2' sees nothing in the lab and"):
        compare(corners(recall="perfect"), cm.runs.lab(corners()))
