"""Concept records: one made outside of the package is known everywhere, and the guide says what the records say."""

from __future__ import annotations

from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.criteria.edit import ask_again
from cidmesa.criteria.ground import Concept, Ground, Shown

G = cm.cid("S -> D -> X -> U; S -> U", decisions=["D"], utilities=["U"])


def comes_before(view, node):
    return Shown(view.whole.from_decision(node), "it descends", "this test")


def does_not(view, node):
    return Shown((), "it does not", "this test")


TOY = Concept(
    key="effect",
    short="Effect",
    name="effect",
    meaning="the decision comes before the node",
    definition="some change of the decision changes the node",
    criterion="directed path `D ~> X`",
    source="this test",
    colour="#123456",
    dashes=(1.0, 1.0),
    macro="",
    number="effect",
    rests_on=lambda cid, decision, node: None,
    grounds=(
        Ground("admits", lambda problem, _: problem.whole.below, comes_before),
        Ground("excluded", lambda problem, _: problem.everywhere, does_not),
    ),
)


@pytest.fixture
def _known(monkeypatch):
    monkeypatch.setitem(CONCEPTS, TOY.key, TOY)


@pytest.mark.usefixtures("_known")
def test_one_record_is_enough_for_a_concept():
    table = cm.incentives(G).select(concept="effect")
    assert [verdict.node for verdict in table if verdict.status == "excluded"] == ["S"]
    verdict = next(verdict for verdict in table if verdict.node == "U")
    assert (verdict.witness, verdict.reason) == (("D", "X", "U"), "it descends")
    assert "effect  effect: the decision comes before the node" in cm.incentives(G).to_text()
    assert cm.admits_set(G, "effect", ["S", "X"], decision="D").witness == ("D", "X")
    assert ask_again(G.without_link("X", "U"), verdict).status == "excluded"
    assert str(cm.remove_incentive(G, verdict)[0]) == "D -> X"
    assert "#123456" in cm.svg(G, incentives=["effect"])


def test_an_unknown_concept_is_refused_with_those_there_are():
    with pytest.raises(cm.NotApplicable, match="effect"):
        cm.incentives(G).select(concept="effect")


def test_records_are_complete():
    for record in CONCEPTS.values():
        assert callable(getattr(cm, record.number))
        assert callable(getattr(cm, f"admits_{record.key}"))
        assert record.meaning[0].islower()
        assert record.source
        assert cm.incentives(G).select(concept=record.key)
    assert len({record.colour for record in CONCEPTS.values()}) == len(CONCEPTS)


def test_the_guide_says_what_the_records_say():
    guide = (Path(__file__).parents[2] / "docs" / "criteria.md").read_text()
    for record in CONCEPTS.values():
        (row,) = [line for line in guide.splitlines() if line.startswith(f"| {record.name} ")]
        assert record.criterion in row
        assert record.source.removeprefix("Everitt et al. 2021, ") in row
