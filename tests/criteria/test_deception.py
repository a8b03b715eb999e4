"""The graphical criterion for deception."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from tests.strategies import games

WAR = cm.cid("X -> DS, US, UT; DS -> DT, US; DT -> US, UT", decisions={"S": ["DS"], "T": ["DT"]},
             utilities={"S": ["US"], "T": ["UT"]})  # fmt: skip


def test_war_game():  # D7, graph half
    judgement = cm.deception_possible(WAR, by="S", target="T", about={"X"})
    assert judgement
    assert judgement.witness == ("DS", "DT", "US")
    assert "DT does not see X" in judgement.reason


def test_a_target_that_sees_everything_is_not_deceived():
    judgement = cm.deception_possible(WAR.with_link("X", "DT"), by="S", target="T", about="X")
    assert not judgement
    assert judgement.witness == ("DT",)


def test_one_unseen_node_is_enough():
    g = WAR.with_link("X", "DT").with_spec(cm.Node("Y"))
    assert cm.deception_possible(g, by="S", target="T", about={"X", "Y"})


def test_without_influence_there_is_no_deception():
    judgement = cm.deception_possible(WAR, by="T", target="S", about="X")
    assert not judgement
    assert judgement.witness == ()
    assert "no directed path from a decision of T" in judgement.reason


def test_refusals():
    with pytest.raises(cm.DiagramError, match="there is no agent 'Q'"):
        cm.deception_possible(WAR, by="Q", target="T", about="X")
    with pytest.raises(cm.NotApplicable, match="deception is between two"):
        cm.deception_possible(WAR, by="S", target="S", about="X")
    with pytest.raises(cm.NotApplicable, match="Name at least one"):
        cm.deception_possible(WAR, by="S", target="T", about=())
    with pytest.raises(cm.UnknownNode, match="there is no node 'Z'"):
        cm.deception_possible(WAR, by="S", target="T", about="Z")


@given(games(), st.integers(0, 7))
def test_the_criterion_word_for_word(g, number):
    about = g.nodes[number % len(g)]
    for by in g.agents:
        for target in set(g.agents) - {by}:
            expected = any(
                other in g.descendants(own) and utility in g.descendants(other) and about not in g.parents(other)
                for own in g.decisions_of(by)
                for other in g.decisions_of(target)
                for utility in g.utilities_of(by)
            )
            assert bool(cm.deception_possible(g, by, target, about)) is expected
