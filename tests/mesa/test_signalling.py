"""A mesa-optimizer of unknown type before its overseer: pooling, separating, and who is deceived."""

from fractions import Fraction

import pytest

import cidmesa as cm

ALIGNED = "Goal == 'aligned'"
MISTRUST = {"Trust": "'deploy' if A == 'comply' else 'retrain'"}


def overseen(share="9/10", worth=2):
    """The overseer, agent ``base``, sees what the learned algorithm does and deploys or retrains it.

    An aligned one wants to comply and to be deployed; another wants to defect, and deployment counts ``worth`` to it.
    """
    g = cm.cid("Theta, Goal -> A -> Trust; Goal, Trust -> U_base; A -> U_trainer", decisions={"base": ["Trust"]},
               utilities={"base": ["U_base"], "trainer": ["U_trainer"]})  # fmt: skip
    m = cm.model(g, Theta={"mesa": 1, "other": 0}, Goal={"aligned": "share", "other": "1 - share"},
                 A=cm.uniform(["comply", "defect"]), Trust=["deploy", "retrain"],
                 U_base=f"(Trust == 'deploy') * (1 if {ALIGNED} else -2)", U_trainer="A == 'comply'",
                 parameters={"share": share, "worth": worth})  # fmt: skip
    process = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"other": "comply"},
                          base_agent="trainer")  # fmt: skip
    deployed = "(Trust == 'deploy')"
    target = f"(A == 'comply') + {deployed} if {ALIGNED} else (A == 'defect') + worth * {deployed}"
    return cm.compose(process, cm.MesaSpec(target={1: target}, scope="updates"))


def test_where_most_are_aligned_the_others_pool_with_them():
    found = cm.equilibria(overseen().model)
    plays = [cm.query(overseen().model.with_policy(one.profile), "A", given={"Goal": "other"}) for one in found]
    assert [play["comply"] for play in plays] == [1, 0]  # the other pools on defecting, which the overseer then trusts
    assert all(cm.query(overseen().model.with_policy(one.profile), "Trust")["deploy"] == 1 for one in found)


def test_where_deployment_is_worth_little_types_separate():
    (only,) = cm.equilibria(overseen("1/2", "1/2").model)
    assert [only.profile["D_A"]({"Goal": goal}) for goal in ("aligned", "other")] == ["comply", "defect"]
    assert only.values["base"] == Fraction(1, 2)


def test_where_deployment_is_worth_much_and_trust_is_low_neither_is_stable():
    assert len(cm.equilibria(overseen("1/2", 2).model)) == 0


def test_pooling_deceives_the_overseer_about_the_objective():
    composition = overseen()
    profile = {"D_A": "comply"} | MISTRUST
    found = cm.deceives(composition, profile, by="mesa", target="base", about=ALIGNED)
    assert found.value == Fraction(1, 10)
    assert found.setting == (("Goal", "other"),)
    assert cm.deceives(composition.model, profile, by="mesa", target="base", about=ALIGNED) == found
    assert cm.deception_possible(composition.cid, by="mesa", target="base", about="Goal")
    hidden = cm.conceals(composition, profile, by="mesa", target="base", about="Goal == 'other'")
    honest = {"D_A": f"'comply' if {ALIGNED} else 'defect'"}
    lie = cm.lies(composition, profile, by="mesa", target="base", about=ALIGNED, honest=honest)
    assert hidden.value == lie.value == Fraction(1, 10)


def test_separating_deceives_nobody():
    composition = overseen("1/2", "1/2")
    assert not cm.deceives(composition, by="mesa", target="base", about=ALIGNED)


def test_what_is_played_must_be_said_where_it_is_not_settled():
    with pytest.raises(cm.NotApplicable, match=r"2 pure equilibria.* Say which is played: profile="):
        cm.deceives(overseen(), by="mesa", target="base", about=ALIGNED)
    with pytest.raises(cm.NotApplicable, match="no pure equilibrium"):
        cm.deceives(overseen("1/2", 2), by="mesa", target="base", about=ALIGNED)
