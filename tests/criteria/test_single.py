"""The acceptance table of the theory, refusals, witnesses, and laws on random diagrams."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

import cidmesa as cm
from tests.strategies import diagrams, games, one_decision_diagrams
from tests.structure.test_separation_laws import is_active

ADMITS = {"voi": cm.admits_voi, "ri": cm.admits_ri, "ici": cm.admits_ici, "impact": cm.admits_impact}


def one(links, decision="D", utility="U"):
    return cm.cid(links, decisions=[decision], utilities=[utility])


def two(links, utilities=("U",)):
    return cm.cid(links, decisions=["D1", "D2"], utilities=utilities)


def admitted(g, concept):
    return {verdict.node for verdict in cm.incentives(g).select(concept=concept, status="admits")}


A1 = one("S -> D; S -> U; D -> U")
A2 = one("R -> HS; HS -> E, P; E -> Gr; Gr -> Ac; Ge -> P; P -> Ac", "P", "Ac")
A3 = one("O -> I, M; M -> P; P -> I, C; I -> C", "P", "C")
A3M = one("O -> I, M; M -> P, C; P -> I, C", "P", "C")
A4 = one("X -> Z; X, Z -> D; Z, D -> U")
A5 = one("S -> D; S -> U")
A6 = one("X, Y -> C; C, X -> D; Y, D -> U")
M1 = one("O1, T -> Dt -> L; T, L -> Th -> Ad; O2 -> Ad -> Um", "Dt", "Um")
M2 = one("O1, T -> Dt -> L; T, L -> Th -> Ad; O2 -> Ad; O1, Dt -> Ut", "Dt", "Ut")


@pytest.mark.parametrize(
    ("g", "expected"),
    [
        pytest.param(A1, {"voi": "S", "ri": "S", "voc": "S U", "ici": "D U", "impact": "D U"}, id="A1"),
        pytest.param(A2, {"voi": "HS E Gr", "ri": "R HS", "voc": "R HS E Gr Ac", "ici": "P Ac"}, id="A2"),
        pytest.param(A3, {"ici": "P I C", "ri": "O M", "voi": "O M", "voc": "O M I C"}, id="A3"),
        pytest.param(A3M, {"ici": "P C", "impact": "P C I", "voi": "M"}, id="A3m"),
        pytest.param(A4, {"voi": "Z", "ri": "X Z"}, id="A4"),
        pytest.param(A5, {"voi": "", "ri": "", "voc": "S U", "ici": "", "impact": ""}, id="A5"),
        pytest.param(A6, {"voi": "X Y C"}, id="A6"),
        pytest.param(A6.without_link("C", "D"), {"voi": "Y C"}, id="A6 without the collider"),
        pytest.param(M1, {"ici": "Dt L Th Ad Um", "voi": "T O2", "ri": "T"}, id="M1"),
        pytest.param(M2, {"ici": "Dt Ut", "ri": "O1", "impact": "Dt L Th Ad Ut"}, id="M2"),
    ],
)
def test_single_decision_table(g, expected):
    for concept, nodes in expected.items():
        assert admitted(g, concept) == set(nodes.split()), concept


def test_reduce_before_looking_for_control():  # B1
    g = two("D1 -> D2 -> X -> U")
    verdict = cm.admits_ici(g, "D1", "X")
    assert verdict.status == "excluded"
    assert verdict.witness == ("D1", "D2")
    assert "R0" in verdict.reason
    assert cm.directed_path(g, "D1", "U", via="X")
    assert cm.admits_ici(g, "D2", "X").witness == ("D2", "X", "U")


def test_own_unrandomised_action_has_no_value():  # B2
    verdict = cm.admits_voi(two("D1 -> D2 -> U; D1 -> U"), "D2", "D1")
    assert verdict.status == "excluded"
    assert "R1" in verdict.reason


def test_an_action_that_carries_information_may_have_value():  # B3
    verdict = cm.admits_voi(two("S -> D1, U1; D1 -> U1, D2, U2; D2 -> U2", ("U1", "U2")), "D2", "D1")
    assert verdict
    assert "not proven" in verdict.theorem


@pytest.mark.parametrize(("decision", "rule"), [("D1", "R2"), ("D2", "R2")])
def test_coordination_is_worth_nothing(decision, rule):  # B4
    verdict = cm.admits_voi(two("Z -> D1, D2; D1, D2 -> U"), decision, "Z")
    assert (verdict.status, verdict.theorem) == ("excluded", f"rule {rule}, sound in every diagram")


def test_memory_of_a_known_action_is_worth_nothing():  # B5
    assert cm.admits_voi(two("D1 -> X -> D2; D1, D2 -> U"), "D2", "X").status == "excluded"


def test_a_link_can_destroy_solubility():  # B7
    g = two("D1 -> X; Z -> X, U; D2 -> U")
    assert cm.is_soluble(g)
    assert not cm.is_soluble(g.with_link("X", "D2"))
    verdict = cm.admits_voi(g, "D2", "X")
    assert verdict.witness == ("X", "Z", "U")
    assert "one decision stands alone" in verdict.reason
    assert "Theorem 7" not in verdict.theorem
    assert cm.admits_voi(g, "D2", "Z").theorem == "van Merwijk et al. 2022, Theorem 7"


def test_what_may_matter_is_not_excluded():  # B8
    g = two("A -> B, D1, D2; B -> D1, U; D1 -> D2 -> U")
    verdict = cm.admits_voi(g, "D1", "A")
    assert verdict.status == "undetermined"
    assert not verdict
    assert "the diagram is not soluble" in verdict.reason
    assert cm.admits_voi(g, "D2", "A").witness == ("A", "B", "U")
    assert cm.admits_ri(g, "D1", "A").status == "undetermined"


def test_recall_in_a_pomdp():  # B9
    forgetful = two("S1 -> O1 -> D1; S1, D1 -> S2 -> O2 -> D2; S2, D2 -> U")
    assert cm.admits_voi(forgetful, "D1", "O1").witness == ("O1", "S1", "S2", "U")
    recalling = forgetful.with_link("O1", "D2").with_link("D1", "D2")
    assert cm.admits_voi(recalling, "D1", "O1")
    assert cm.admits_voi(recalling, "D2", "O1")


def test_markov_property():  # B10
    g = two("S1 -> D1, R1; D1 -> R1; S1, D1 -> S2 -> D2; S1, D1 -> D2; S2, D2 -> R2", ("R1", "R2"))
    assert cm.admits_voi(g, "D2", "S1").status == "excluded"
    assert cm.admits_voi(g, "D2", "S2")
    assert cm.admits_ici(g, "D1", "D2").witness == ("D1", "S2", "D2", "R2")


def test_acyclic_but_not_extremal():  # B12
    g = cm.cid("D0 -> U0; Z0 -> U0, D1; D1 -> U1; Z1 -> U1, D0", decisions=["D0", "D1"], utilities=["U0", "U1"])
    assert {v.node for v in cm.incentives(g).select(concept="voi", decision="D0", status="admits")} == {"Z0", "D1"}
    assert cm.admits_voi(g, "D0", "D1").witness == ("D1", "Z0", "U0")


def test_a_path_without_decisions_settles_insoluble_diagrams():
    g = two("Z -> D1, D2; A -> D1; A -> D2; D1, D2 -> X -> U; A -> U")
    assert not cm.is_soluble(g)
    assert cm.admits_ici(g, "D1", "X").theorem.startswith("mechanisms that copy")
    assert cm.admits_voc(g, "A").witness == ("A", "U")


def test_impact_may_pass_through_decisions():
    verdict = cm.admits_impact(two("D1 -> D2; D1 -> U"), "D1", "D2")
    assert verdict.witness == ("D1", "D2", "D1", "U")
    assert verdict.theorem.startswith("mechanisms that copy")
    assert cm.admits_impact(two("D1 -> D2 -> U; D1 -> X"), "D1", "X").status == "excluded"


def test_not_applicable():
    assert cm.admits_voi(A3, "P", "I").status == "not applicable"
    assert cm.admits_voi(A3, "P", "P").status == "not applicable"
    assert cm.admits_voi(A3, "P", "C").status == "not applicable"
    assert cm.admits_ri(A3, "P", "P").status == "not applicable"
    assert cm.admits_voc(A3, "P").status == "not applicable"


@pytest.mark.parametrize("concept", ADMITS)
def test_wrong_questions_name_the_remedy(concept):
    with pytest.raises(cm.DiagramError, match=r"'S' is a chance node, a decision is needed\. The decisions are: D"):
        ADMITS[concept](A1, "S", "D")
    with pytest.raises(cm.UnknownNode, match=r"there is no node 's'\. Did you mean 'S'\?"):
        ADMITS[concept](A1, "D", "s")
    with pytest.raises(cm.UnknownNode, match=r"there is no node 'd'\. Did you mean 'D'\?"):
        ADMITS[concept](A1, "d", "S")


def test_value_of_control_is_somebodys():
    g = cm.cid("A -> X -> U; B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    with pytest.raises(cm.NotApplicable, match=r"name the agent\. The agents are: a, b"):
        cm.admits_voc(g, "X")
    with pytest.raises(cm.NotApplicable, match="declare a decision or a utility"):
        cm.admits_voc(cm.cid("A -> B"), "A")
    with pytest.raises(cm.DiagramError, match="there is no agent 'c'"):
        cm.admits_voc(g, "X", "c")
    with pytest.raises(cm.UnknownNode):
        cm.admits_voc(g, "Y", "a")
    assert cm.admits_voc(g, "X", "a")
    assert cm.admits_voc(g, "X", "b").status == "excluded"


def test_other_agents_are_given_mechanisms():
    g = cm.cid("A -> B -> U, V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    verdict = cm.admits_ici(g, "A", "B")
    assert verdict.witness == ("A", "B", "U")
    assert "B, taken as given mechanisms" in verdict.reason
    assert cm.admits_voc(g, "B", "a")
    assert cm.admits_voc(g, "V", "a").status == "excluded"
    assert cm.admits_impact(g, "A", "V").witness == ("A", "B", "V", "A", "B", "U")
    assert cm.admits_voi(g, "B", "V").status == "not applicable"
    assert cm.admits_voi(g, "B", "A").status == "excluded"


# --- laws -----------------------------------------------------------------------------------------------------------


@given(games())
def test_witnesses_are_what_they_say(g):
    for verdict in cm.incentives(g):
        witness, decision = verdict.witness, verdict.decision
        assert set(witness) <= set(g)
        if verdict.status != "admits":
            continue
        if verdict.concept == "voi":
            assert is_active(g, witness, {decision, *g.parents(decision)} - {verdict.node})
            assert (witness[0], g.agent(witness[-1])) == (verdict.node, verdict.agent)
            continue
        steps = [(a, b) for a, b in itertools.pairwise(witness) if a not in g.parents(b)]
        assert steps == ([] if verdict.concept != "impact" else [(verdict.node, decision)])
        ends = {"voc": (verdict.node,), "ri": (verdict.node,), "ici": (decision,), "impact": (decision,)}
        assert witness[0] in ends[verdict.concept]
        assert verdict.node in witness
        if verdict.concept == "ri":
            assert witness[-1] == decision
        else:
            assert g.kind(witness[-1]) == "utility"
            assert g.agent(witness[-1]) == verdict.agent


@given(games(), st.permutations(range(8)))
def test_names_do_not_matter(g, order):
    names = {node: f"N{order[i]}" for i, node in enumerate(g.nodes)}
    renamed = cm.incentives(g.rename(names))
    assert [(names[v.node], v.concept, v.status) for v in cm.incentives(g)] == [
        (v.node, v.concept, v.status) for v in renamed
    ]


@given(games())
def test_an_isolated_node_changes_nothing(g):
    larger = cm.incentives(g.with_spec(cm.Node("Isolated")))
    assert [(v.decision, v.node, v.concept, v.status) for v in cm.incentives(g)] == [
        (v.decision, v.node, v.concept, v.status) for v in larger if v.node != "Isolated"
    ]
    assert not any(larger.select(node="Isolated"))


@given(games())
def test_control_implies_impact(g):
    impact = {(v.decision, v.node): v.status for v in cm.incentives(g).select(concept="impact")}
    for verdict in cm.incentives(g).select(concept="ici", status="admits"):
        assert impact[verdict.decision, verdict.node] == "admits"


@given(games())
def test_one_question_gets_the_answer_of_the_sweep(g):
    for verdict in cm.incentives(g):
        if verdict.concept == "voc":
            assert cm.admits_voc(g, verdict.node, verdict.agent) == verdict
        else:
            assert ADMITS[verdict.concept](g, verdict.decision, verdict.node) == verdict


@given(one_decision_diagrams())
def test_one_decision_leaves_nothing_open(g):
    assert not len(cm.incentives(g).select(status="undetermined"))


@given(diagrams(min_decisions=1))
def test_response_goes_through_a_requisite_observation(g):
    for verdict in cm.incentives(g).select(concept="ri", status="admits"):
        seen = verdict.witness[-2] if len(verdict.witness) > 1 else verdict.node
        assert seen in cm.requisite_observations(g, verdict.decision)


@given(one_decision_diagrams())
def test_reduction_does_not_change_the_answers(g):
    reduced = cm.incentives(cm.reduce(g))
    assert [(v.concept, v.node, bool(v)) for v in cm.incentives(g) if v.concept != "voi"] == [
        (v.concept, v.node, bool(v)) for v in reduced if v.concept != "voi"
    ]
