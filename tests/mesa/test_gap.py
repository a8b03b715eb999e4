"""The incentive gap and the explanation: goldens, and laws on random processes."""

from random import Random

import pytest

import cidmesa as cm
from tests.mesa.processes import corners, random_process

PROCESSES = [random_process(Random(seed))[0] for seed in range(20)]
B = "A == 'b'"


def pairs(table, concept="ici"):
    return [(verdict.decision, verdict.node) for verdict in table.select(concept=concept)]


def test_a_recommender_that_is_scored_by_the_round_hides_what_training_has():
    """W4: summed clicks have an incentive on the user's opinion, a round's clicks have not."""
    recommender = cm.load("krueger2020/two-rounds")
    gap = cm.incentive_gap(recommender.training, recommender.specs["per-round"])
    assert ("D_A1", "O2") in pairs(gap.hidden)
    assert not len(gap.only_mesa.select(concept="ici"))
    far_sighted = cm.incentive_gap(recommender.training, recommender.specs["over-rounds"])
    assert not len(far_sighted.hidden)


def test_wanting_red_things_is_an_incentive_that_training_has_not():
    red = cm.load("hubinger2019/red-door")
    gap = cm.incentive_gap(red.training, red.specs["wants-red"])
    assert pairs(gap.only_mesa) == [("D_A", "atRed")]
    assert pairs(gap.hidden) == [("D_A", "atDoor")]
    assert pairs(gap.only_mesa, "ri") == [("D_A", "Red")]
    assert bool(gap)


def test_a_base_agent_that_decides_counts_with_its_own_diagram():
    g = cm.cid("Theta -> A -> R -> U_b; A -> Seen", decisions={"base": ["Theta"]}, utilities={"base": ["U_b"]})
    m = cm.model(g, Theta=["mesa", "base"], A=cm.uniform("ab"), R="A == 'a'", U_b="R", Seen="A == 'b'")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    gap = cm.incentive_gap(t, cm.MesaSpec(target="Seen", scope="episode"))
    assert pairs(gap.only_base) == [("D_A", "R"), ("Theta", "Theta"), ("Theta", "R")]
    assert pairs(gap.only_mesa) == [("D_A", "Seen")]


@pytest.mark.parametrize("index", range(len(PROCESSES)))
def test_an_agent_with_the_base_objective_and_the_same_reach_has_no_gap(index):
    process = PROCESSES[index]
    target = {t: f"U_b{t}" for t in range(1, len(process.actions) + 1)}
    gap = cm.incentive_gap(process, cm.MesaSpec(target=target, scope="updates"))
    assert not pairs(gap.only_base)
    assert not pairs(gap.only_mesa)


def test_the_gap_says_what_it_is():
    recommender = cm.load("krueger2020/two-rounds")
    gap = cm.incentive_gap(recommender.training, recommender.specs["per-round"])
    assert "  D_A1 ici: O2, D_A2, A2, C2\n" in str(gap)
    assert set(gap.to_json()) == {"only_base", "only_mesa"}


@pytest.mark.parametrize("index", range(len(PROCESSES)))
@pytest.mark.parametrize(
    "fields",
    [{"scope": "episode"}, {"scope": "updates"}, {"scope": "updates", "aware": "none"},
     {"scope": "updates", "succession": "game"}],
)  # fmt: skip
def test_every_part_is_explained_once(index, fields):
    composition = cm.compose(PROCESSES[index], cm.MesaSpec(target=B, **fields))
    explanation = cm.explain(composition)
    parts = [part for sentence in explanation for part in sentence.parts]
    assert len(parts) == len(set(parts))
    assert {*composition.cid.nodes, *composition.cid.edges} <= set(parts)
    assert {node for node in composition.training.cid.nodes if node not in composition.cid} <= set(parts)
    for sentence in explanation:
        assert all(sentence in explanation.of(part) for part in sentence.parts)


def test_severed_parameters_are_explained():
    composition = cm.compose(corners(), cm.MesaSpec(target=B, scope="episode", succession="same", beliefs={
        "Theta1": {"mesa": 1, "base": 0}}))  # fmt: skip
    text = str(cm.explain(composition))
    assert "taken to obey parameters that do not change" in text
    assert len(cm.explain(composition).to_json()) == len(cm.explain(composition))


def test_assumptions_are_told():
    process = corners(1, 1)
    spec = cm.MesaSpec(target=B, scope="updates", value_ref="indexical", successor_targets={"base": "A == 'a'"})
    first = next(iter(cm.explain(cm.compose(process, spec))))
    assert "a later episode is judged by what the parameters then in force want" in first.says
