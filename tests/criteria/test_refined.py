"""Ways of control, control through given links, sets of nodes, and fairness."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import cidmesa as cm
from tests.laws.brute import policies, random_diagram, sample
from tests.strategies import diagrams, games, one_decision_diagrams

RELAY = cm.cid("X -> D -> U; Y -> X, U", decisions=["D"], utilities=["U"])
NEWS = cm.cid("O -> I, M; M -> P; P -> I, C; I -> C", decisions=["P"], utilities=["C"])
PREDICTION = cm.cid("Y, A -> W -> P; P, Y -> U", decisions=["P"], utilities=["U"])


# --- ways of control -----------------------------------------------------------------------------------------------


def test_ways_of_control():
    assert cm.admits_direct_voc(RELAY, "Y").witness == ("Y", "U")
    assert cm.admits_indirect_voc(RELAY, "Y").witness == ("Y", "X", "D", "U")
    assert cm.admits_direct_voc(RELAY, "X").status == "excluded"
    assert cm.admits_indirect_voc(RELAY, "X")
    assert cm.admits_direct_voc(RELAY, "U").witness == ("U",)
    assert cm.admits_indirect_voc(RELAY, "U").status == "excluded"
    assert cm.admits_direct_voc(RELAY, "D").status == cm.admits_indirect_voc(RELAY, "D").status == "not applicable"


def test_ways_of_control_with_several_decisions_and_agents():
    g = cm.cid("X -> D1 -> D2 -> U; S -> D1; X, S -> U", decisions=["D1", "D2"], utilities=["U"])
    assert cm.admits_indirect_voc(g, "X").status == "undetermined"
    assert cm.admits_direct_voc(g, "X")
    game = cm.cid("A -> B -> U, V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    verdict = cm.admits_direct_voc(game, "B", "a")
    assert "B, taken as given mechanisms" in verdict.reason
    with pytest.raises(cm.NotApplicable, match="name the agent"):
        cm.admits_direct_voc(game, "B")
    with pytest.raises(cm.UnknownNode):
        cm.admits_indirect_voc(game, "C", "a")


@given(one_decision_diagrams())
def test_control_is_direct_or_indirect(g):
    for node in g.nodes:
        if (whole := cm.admits_voc(g, node, g.agents[0])).status != "not applicable":
            ways = [cm.admits_direct_voc(g, node, g.agents[0]), cm.admits_indirect_voc(g, node, g.agents[0])]
            assert bool(whole) == any(ways)
            assert bool(ways[1]) == (bool(cm.admits_ri(g, g.decisions[0], node)))


@given(games())
def test_no_control_no_way_of_control(g):
    for agent, node in itertools.product(g.agents, g.nodes):
        if cm.admits_voc(g, node, agent).status == "excluded":
            assert cm.admits_direct_voc(g, node, agent).status == "excluded"
            assert cm.admits_indirect_voc(g, node, agent).status == "excluded"


# --- control through given links -----------------------------------------------------------------------------------


def test_path_specific_control():
    through = [("P", "I")]
    assert cm.admits_path_specific_ici(NEWS, "P", "I", through).witness == ("P", "I", "C")
    assert cm.admits_path_specific_ici(NEWS, "P", "C", through).status == "excluded"
    assert cm.admits_path_specific_ici(NEWS, "P", "C", [*through, ("I", "C")]).witness == ("P", "I", "C")
    assert cm.admits_path_specific_ici(NEWS, "P", "P", []).witness == ("P", "C")
    assert cm.admits_path_specific_ici(NEWS, "P", "M", NEWS.edges).status == "excluded"


def test_path_specific_control_with_several_decisions():
    g = cm.cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"])
    assert cm.admits_path_specific_ici(g, "D1", "X", g.edges).status == "excluded"
    g = cm.cid("S -> D1, U1; D1 -> U1, D2, U2; D2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    assert cm.admits_path_specific_ici(g, "D1", "D2", g.edges).status == "undetermined"
    assert cm.admits_path_specific_ici(g, "D1", "U2", [("D1", "U2")])


def test_path_specific_control_refuses_links_that_are_not_there():
    with pytest.raises(cm.DiagramError, match="there is no link M -> C"):
        cm.admits_path_specific_ici(NEWS, "P", "C", [("M", "C")])
    with pytest.raises(cm.DiagramError, match="'O' is a chance node"):
        cm.admits_path_specific_ici(NEWS, "O", "C", [])


@given(games())
def test_all_links_are_no_restriction(g):
    for decision, node in itertools.product(g.decisions, g.nodes):
        whole = cm.admits_ici(g, decision, node)
        part = cm.admits_path_specific_ici(g, decision, node, g.edges)
        assert (part.status == "excluded") == (whole.status == "excluded")
        assert not part or whole
        assert cm.admits_path_specific_ici(g, decision, node, []).status == "excluded" or node == decision


# --- sets ----------------------------------------------------------------------------------------------------------


def test_sets():
    verdict = cm.admits_set(NEWS, "ici", ["O", "I"], decision="P")
    assert verdict
    assert (verdict.node, verdict.witness) == ("{O, I}", ("P", "I", "C"))
    assert verdict.reason.startswith("I: ")
    assert cm.admits_set(NEWS, "ici", ["O", "M"], decision="P").status == "excluded"
    assert cm.admits_set(NEWS, "impact", ["O", "I"], decision="P")
    assert cm.admits_set(NEWS, "ri", "O", decision="P")
    assert cm.admits_set(NEWS, "voc", ["P", "I"])
    assert cm.admits_set(NEWS, "voc", ["P"]).status == "not applicable"
    assert cm.admits_set(NEWS, "voi", ["O", "I"], decision="P").status == "not applicable"


def test_links_that_matter_only_together():  # B11
    g = cm.cid("V -> D1, D2, U2; D1 -> D2, U1, U2; D2 -> U1", decisions=["D1", "D2"], utilities=["U1", "U2"])
    assert cm.admits_voi(g, "D2", "V").status == "excluded"
    assert cm.admits_voi(g, "D2", "D1").status == "excluded"
    assert cm.admits_set(g, "voi", ["V", "D1"], decision="D2").status == "undetermined"
    assert cm.admits_set(g, "voi", ["V"], decision="D2").status == "excluded"


def test_sets_of_links_that_a_reduction_removes():
    g = cm.cid("Z, W -> D1, D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    verdict = cm.admits_set(g, "voi", ["Z", "W"], decision="D1")
    assert verdict.status == "excluded"
    assert verdict.reason == "a reduction removes the links of all of {Z, W} to D1"


def test_wrong_sets():
    with pytest.raises(cm.NotApplicable, match="the set of nodes is empty"):
        cm.admits_set(NEWS, "ici", [], decision="P")
    with pytest.raises(cm.NotApplicable, match=r"'vio' is not a concept with a set version\. Did you mean 'voi'"):
        cm.admits_set(NEWS, "vio", ["O"], decision="P")
    with pytest.raises(cm.NotApplicable, match=r"give decision=\.\.\. \(one of P\)"):
        cm.admits_set(NEWS, "ri", ["O"])
    with pytest.raises(cm.UnknownNode):
        cm.admits_set(NEWS, "ri", ["O", "Z"], decision="P")


@given(diagrams(min_decisions=1))
def test_a_set_of_one_is_the_node(g):
    for verdict in cm.incentives(g):
        asked = cm.admits_set(g, verdict.concept, [verdict.node], decision=verdict.decision, agent=verdict.agent)
        assert (asked.status, asked.node) == (verdict.status, f"{{{verdict.node}}}")


def test_sets_of_observations_against_enumeration():
    """Models with the links of a set, against the same models in which the rules ignore all of the set."""
    rng = np.random.default_rng(17)
    seen = []
    for _ in range(400):
        g = random_diagram(rng, 6, int(rng.integers(1, 3)))
        decision = g.decisions[-1]
        pool = [n for n in g.chance_nodes if n not in g.descendants(decision)]
        if len(pool) < 2:
            continue
        nodes = pool[:2] if rng.random() < 0.5 else pool[-2:]
        linked = g.with_link(nodes[0], decision).with_link(nodes[1], decision)
        if policies(linked) > 2**9:
            continue
        models = sample(linked, rng, 8)
        ignoring = np.ones(len(models.rules[decision]), dtype=bool)
        for node in nodes:
            rules = models.rules[decision]
            bit = len(linked.parents(decision)) - 1 - linked.parents(decision).index(node)
            ignoring &= (rules == rules[:, np.arange(rules.shape[1]) ^ (1 << bit)]).all(1)
        present = bool((models.scores[:, ignoring].max(1) < models.scores.max(1)).any())
        verdict = cm.admits_set(g, "voi", nodes, decision=decision)
        assert verdict.status != "excluded" or not present, (g, nodes)
        seen.append((verdict.status, present))
    assert min(seen.count(("excluded", False)), seen.count(("admits", True))) > 20, seen


# --- fairness ------------------------------------------------------------------------------------------------------


def test_counterfactual_unfairness():  # A2
    g = cm.cid("R -> HS; HS -> E, P; E -> Gr; Gr -> Ac; Ge -> P; P -> Ac", decisions=["P"], utilities=["Ac"])
    verdict = cm.admits_unfairness(g, "P", "R")
    assert verdict.witness == ("R", "HS", "P")
    assert (verdict.concept, verdict.theorem) == ("unfairness", "Everitt et al. 2021, Theorems 12 and 14")
    assert cm.admits_unfairness(g, "P", "Ge").status == "excluded"
    with pytest.raises(cm.NotApplicable, match="'P' is a decision node; fairness is about a chance node"):
        cm.admits_unfairness(g, "P", "P")
    with pytest.raises(cm.DiagramError, match="a decision is needed"):
        cm.admits_unfairness(g, "R", "HS")


def test_introduced_unfairness():  # D3
    verdict = cm.admits_introduced_unfairness(PREDICTION, "P", "A", "Y", loss="p-admissible")
    assert verdict.witness == ("A", "W", "P")
    seeing = PREDICTION.with_link("A", "P")
    assert not cm.admits_introduced_unfairness(seeing, "P", "A", "Y", loss="p-admissible")
    assert cm.admits_introduced_unfairness(seeing, "P", "A", "Y")
    unrelated = cm.cid("A; Y -> W -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    assert cm.admits_introduced_unfairness(unrelated, "P", "A", "Y").status == "excluded"
    told = cm.cid("A -> W -> P; A -> V; V, P; Y -> W; P, Y -> U", decisions=["P"], utilities=["U"])
    assert cm.admits_introduced_unfairness(told.without_link("Y", "W"), "P", "A", "Y").status == "excluded"
    useless = PREDICTION.without_link("Y", "W")
    assert cm.admits_introduced_unfairness(useless, "P", "A", "Y", loss="p-admissible").witness == ("W",)


def test_introduced_unfairness_in_numbers():
    """The example of D3: W = Y or A and squared loss, so that the prediction is the conditional mean."""
    options = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)]
    coin = cm.bernoulli("1/2")
    m = cm.model(PREDICTION, Y=coin, A=coin, W="max(Y, A)", P=options, U="-(P - Y) ** 2")
    assert abs(gap(m)) == Fraction(1, 3)
    seeing = m.revised([cm.Node("P", "decision", "agent", ("W", "A"))])
    assert gap(seeing) == 0


def gap(model):
    """E[P | A = 1] - E[P | A = 0] under the optimal policy; the label has none, so this is what is introduced."""
    policy = cm.solve(model).policy
    means = [sum(p * q for p, q in cm.query(model, "P", given={"A": a}, policy=policy).items()) for a in (0, 1)]
    return means[1] - means[0]


def test_wrong_forms():
    with pytest.raises(cm.NotApplicable, match="must have the parents Y and P, not P, Y, A"):
        cm.admits_introduced_unfairness(PREDICTION.with_link("A", "U"), "P", "A", "Y")
    two = cm.cid("Y -> P; P, Y -> U; Q", decisions=["P", "Q"], utilities=["U"])
    with pytest.raises(cm.NotApplicable, match="2 decisions and 1 utilities"):
        cm.admits_introduced_unfairness(two, "P", "Y", "Y")
    with pytest.raises(cm.NotApplicable, match="'U' is a utility node"):
        cm.admits_introduced_unfairness(PREDICTION, "P", "A", "U")
    with pytest.raises(cm.NotApplicable, match="give 'any' or 'p-admissible'"):
        cm.admits_introduced_unfairness(PREDICTION, "P", "A", "Y", loss="squared")
