"""The mutable surface: editing keeps the tables right, asking changes nothing."""

import random

import networkx as nx
import numpy as np
import pytest

import cidmesa as cm
import cidmesa.compat.pycid as pycid
from cidmesa.compat.pycid.core.cpd import ParentsNotReadyException, TabularCPD
from cidmesa.compat.pycid.examples import simple_cids, simple_macids, story_cids, story_macids


@pytest.fixture
def chain():
    cbn = pycid.CausalBayesianNetwork([("A", "B"), ("B", "C")])
    cbn.add_cpds(A={0: 0.25, 1: 0.75}, B=lambda A: {A: 0.5}, C=lambda B: B)
    return cbn


def test_the_model_holds_what_was_given_and_the_tables_follow(chain):
    assert chain.model["A"] == {0: 0.25, 1: 0.75}
    assert chain.get_cpds("B").get_values().tolist() == [[0.5, 0.5], [0.5, 0.5]]
    chain.model.update(A={"x": 1, "y": None}, B=lambda A: A)
    assert chain.model.domain == {"A": ["x", "y"], "B": ["x", "y"], "C": ["x", "y"]}
    chain.model.update(A={2: 1})
    assert [cpd.variable for cpd in chain.cpds] == ["A", "B", "C"]
    assert chain.get_cpds("C").domain == [2]


def test_a_node_waits_for_its_parents():
    cbn = pycid.CausalBayesianNetwork([("A", "B")])
    cbn.model["B"] = lambda A: A
    assert cbn.get_cpds("B") is None
    with pytest.raises(cm.ModelError, match="no CPD: give it one"):
        cbn.check_model()
    waiting = pycid.StochasticFunctionCPD("B", lambda A: A, cbn)
    with pytest.raises(ParentsNotReadyException):
        _ = waiting.values
    cbn.model["A"] = {1: 1}
    assert cbn.get_cpds("B").domain == [1]
    assert cbn.check_model()


@pytest.mark.parametrize("missing", [{0: 0.5, 1: None, 2: None}, {0: 0.5}])
def test_missing_probability_is_spread(missing):
    cbn = pycid.CausalBayesianNetwork([("A", "B")])
    cbn.add_cpds(pycid.ConstantCPD("A", missing, cbn, domain=[0, 1, 2]))
    assert cbn.get_cpds("A").values.tolist() == [0.5, 0.25, 0.25]


def test_links_come_and_go(chain):
    with pytest.raises(cm.ModelError, match="the function of 'C' takes B; its parents are none"):
        chain.remove_edge("B", "C")
    assert chain.has_edge("B", "C")
    with pytest.raises(cm.CyclicError):
        chain.add_edge("C", "A")
    chain.add_cpds(C={0: 1})
    chain.remove_edge("B", "C")
    assert chain.get_roots() == ["A", "C"]
    assert chain.get_leaves() == ["B", "C"]
    chain.remove_node("A")
    assert (list(chain.model), chain.get_cpds("B")) == (["C"], None)
    assert nx.relabel_nodes(chain, {"B": "Z"}).has_node("Z")


def test_what_fails_changes_nothing(chain):
    with pytest.raises(cm.ModelError, match="together they are 1"):
        chain.add_cpds(A={0: 1}, B={0: 2})
    assert chain.model["A"] == {0: 0.25, 1: 0.75}
    assert chain.get_cpds("A").values.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("edges", [["AB"], [("A", 1)], [("A",)]])
def test_links_are_pairs_of_names(edges):
    with pytest.raises(cm.DiagramError, match="a link is a pair of names"):
        pycid.CausalBayesianNetwork(edges)


def test_asking_changes_nothing(chain):
    before = cm.interop.from_pycid(chain)
    chain.query(["C"], {"A": 1}, intervention={"B": 0})
    chain.expected_value(["B", "C"], {}, {"A": 1})
    chain.sample()
    assert cm.interop.from_pycid(chain) == before


def test_queries_are_conditional_and_joint(chain):
    joint = chain.query(["A", "B"], {})
    assert joint.variables == ["A", "B"]
    assert joint.values == pytest.approx(np.array([[0.125, 0.125], [0.375, 0.375]]))
    assert joint.get_value(A=1, B=0) == pytest.approx(0.375)
    assert chain.query(["A"], {"C": 1}).values == pytest.approx([0.25, 0.75])
    assert chain.query(["A", "C"], {"A": 1}).values.tolist() == [[0, 0], [0.5, 0.5]]
    assert "A(1) | B(0) | 0.3750" in str(joint)
    with pytest.raises(cm.ModelError, match="7 is not an outcome of 'A'"):
        chain.query(["C"], {"A": 7})
    with pytest.raises(cm.UnknownNode):
        chain.query(["Q"], {})


def test_parts_that_are_not_connected_stay():
    cbn = pycid.CausalBayesianNetwork([("A", "B"), ("C", "D")])
    cbn.add_cpds(A={0: 1}, B=lambda A: A, C={0: 1}, D=lambda C: C)
    cbn.query(["B"], {})
    assert sorted(cbn.nodes) == ["A", "B", "C", "D"]


def test_d_connection(chain):
    assert chain.is_dconnected("A", "C")
    assert not chain.is_dconnected("A", "C", ["B"])
    assert chain.active_trail_nodes("A", observed="B") == {"A": {"A"}}


def test_samples_follow_the_seed(chain):
    assert chain.sample(seed=3) == chain.sample(seed=3)
    assert set(chain.sample()) == {"A", "B", "C"}


def test_tables_of_pgmpy_are_taken():
    discrete = pytest.importorskip("pgmpy.factors.discrete")
    cid = simple_cids.get_3node_cid()
    cid.add_cpds(discrete.TabularCPD("D", 2, np.eye(2), evidence=["S"], evidence_card=[2]))
    assert cid.get_cpds("D").state_names == {"D": [0, 1], "S": [-1, 1]}
    with pytest.raises(cm.ModelError, match="the table of 'D' is over no parents, its parents are S"):
        cid.add_cpds(TabularCPD("D", 2, [[1], [0]]))
    with pytest.raises(cm.ModelError, match=r"needs 2 \* 2 cells"):
        TabularCPD("D", 2, [[1], [0]], ["S"], [2])


def test_labels_are_what_the_function_says(chain):
    assert chain.get_cpds("C").label == "B"
    chain.model["C"] = lambda B: max(B, 0)
    assert chain.get_cpds("C").label == "max(B, 0)"
    assert str(chain.get_cpds("C")).startswith("StochasticFunctionCPD of C: max(B, 0)\nB")


def test_roles_can_be_changed():
    cid = simple_cids.get_3node_cid()
    cid.make_decision("S")
    assert (list(cid.decisions), cid.agent_decisions) == (["D", "S"], {0: ["D", "S"]})
    cid.impute_optimal_policy()
    cid.make_chance("S")
    cid.make_utility("S")
    assert (list(cid.decisions), list(cid.utilities)) == (["D"], ["U", "S"])
    assert cid.copy().utility_agent == {"U": 0, "S": 0}


def test_an_agent_without_utilities_keeps_its_decisions_when_copied():
    macid = pycid.MACID([("A", "U"), ("B", "U")], {0: ["A"], 1: ["B"]}, {0: ["U"]})
    assert macid.copy().agent_decisions == {0: ["A"], 1: ["B"]}


def test_the_lists_of_the_caller_are_left_alone():
    mine = ["D"]
    pycid.CID([("S", "D")], decisions=mine).make_decision("S")
    assert mine == ["D"]


def test_wrong_roles_are_errors():
    with pytest.raises(cm.DiagramError, match="not the text 'D1'"):
        pycid.CID([("S", "D1")], decisions="D1")
    with pytest.raises(cm.DiagramError, match="'D' is given two roles"):
        pycid.CID([("S", "D")], decisions=["D"], utilities=["D"])
    with pytest.raises(cm.ModelError, match="there is no agent 7"):
        simple_cids.get_3node_cid().expected_utility({}, agent=7)


def test_utilities_of_parts_that_are_not_connected_add_up():
    cid = pycid.CID([("D1", "U1"), ("D2", "U2")], ["D1", "D2"], ["U1", "U2"])
    cid.add_cpds(D1=[0, 1], D2=[0, 3], U1=lambda D1: D1, U2=lambda D2: D2)
    cid.impute_optimal_policy()
    assert cid.expected_utility({}) == 4


def test_utilities_may_go_on_and_may_be_random():
    cid = pycid.CID([("D", "U"), ("U", "V")], ["D"], ["U", "V"])
    cid.add_cpds(D=["go", "stay"], U=lambda D: {1: 0.75, 0: 0.25} if D == "go" else 0.5, V=lambda U: 10 * U)
    cid.impute_optimal_policy()
    assert cid.expected_utility({}) == pytest.approx(8.25)
    assert cid.solve()["D"].values.tolist() == [1, 0]


def test_outcomes_may_be_any_values():
    cid = pycid.CID([("S", "D"), ("S", "U"), ("D", "U")], ["D"], ["U"])
    outcomes = [None, (1, 2), "text"]
    cid.add_cpds(S=pycid.discrete_uniform(outcomes), D=outcomes, U=lambda S, D: int(S == D))
    cid.impute_optimal_policy()
    assert cid.expected_utility({}) == 1
    assert cid.expected_utility({"S": (1, 2)}) == 1


def test_all_optimal_policies_are_those_that_enumeration_finds():
    cid = simple_cids.get_5node_cid()
    enumerated = cid.optimal_pure_policies(["D"], rel_tol=1e-6)
    assert len(cid.optimal_policies()) == len(enumerated) == 4
    idle = pycid.CID([("S", "D"), ("D", "U")], ["D"], ["U"])
    idle.add_cpds(S={0: 1, 1: 0}, D=[0, 1], U=lambda D: D)
    assert len(idle.optimal_policies()) == 2  # what is done at S = 1 never matters
    assert len(list(idle.pure_policies(["D"]))) == 4


def test_optimal_decisions_answer_the_rules_of_others():
    macid = story_macids.taxi_competition()
    macid.add_cpds(D1={"e": 0, "c": 1})
    macid.impute_optimal_decision("D2")
    assert macid.expected_utility({}, agent=2) == 5
    with pytest.raises(cm.ModelError, match="belong to several agents"):
        macid.optimal_pure_policies(["D1", "D2"])


def test_games_pycid_cannot_solve():
    """Two decisions of one agent; a hidden cause of an observation (the defects 1 and 2 of PyCID's equilibria)."""
    macid = pycid.MACID([("A1", "B"), ("A1", "A2"), ("B", "A2"), ("A2", "U"), ("B", "V"), ("A1", "U")],
                        {"a": ["A1", "A2"], "b": ["B"]}, {"a": ["U"], "b": ["V"]})  # fmt: skip
    macid.add_cpds(A1=[0, 1], A2=[0, 1], B=[0, 1], U=lambda A1, A2: A1 + A2, V=lambda B: B)
    (profile, *_) = macid.get_spe()
    macid.add_cpds(*profile)
    assert macid.expected_utility({}, agent="a") == 2
    umbrella = story_macids.umbrella()
    umbrella.add_cpds(*umbrella.get_ne()[0])
    assert umbrella.expected_utility({}, agent=1) == pytest.approx(0.6 * 0.8 + 2 * 0.4 * 0.7)


def test_subgames():
    macid = simple_macids.get_basic_subgames3()
    assert len(macid.decs_in_each_maid_subgame()) == 5
    part = story_macids.taxi_competition().create_subgame(["D2"])
    assert (set(part.nodes), list(part.agents), part.agent_utilities) == ({"D1", "D2", "U2"}, [2], {2: ["U2"]})
    part.add_cpds(*part.get_ne()[0])
    assert part.expected_utility({"D1": "e"}, agent=2) == 3


def test_the_tree_of_a_game_is_written_for_gambit(tmp_path):
    file = tmp_path / "signal.efg"
    assert pycid.macid_to_gambit_file(story_macids.signal(), str(file))
    lines = file.read_text().splitlines()
    assert lines[:3] == ['EFG 2 R "cidmesa" { "0" "1" }', '""', ""]
    assert lines[3:5] == ['c "" 1 "X 1" { "0" 1/2 "1" 1/2 } 0', 'p "" 1 1 "D1 | X = 0" { "0" "1" } 0']
    assert lines[5:7] == ['p "" 2 1 "D2 | D1 = 0" { "0" "1" } 0', 't "" 1 "" { 5, 5 }']
    assert len(lines) == 3 + 1 + 2 + 4 + 8


def test_gambit_finds_the_same_equilibria(tmp_path):
    pygambit = pytest.importorskip("pygambit")
    for game in (story_macids.taxi_competition(), story_macids.umbrella(), simple_macids.two_agents_three_actions()):
        pycid.macid_to_gambit_file(game, str(tmp_path / "game.efg"))
        theirs = pygambit.nash.enumpure_solve(pygambit.read_efg(str(tmp_path / "game.efg"))).equilibria
        assert len(theirs) == len(game.get_ne("enumpure"))


def test_relevance():
    graph = pycid.RelevanceGraph(story_macids.prisoners_dilemma())
    assert not graph.is_acyclic()
    assert sorted(graph.edges) == [("D1", "D2"), ("D2", "D1")]
    assert len(pycid.MechanismGraph(story_cids.get_introduced_bias()).nodes) == 12
    clash = pycid.CID([("X", "Xmec")], decisions=["X"])
    with pytest.raises(cm.DiagramError, match="'Xmec' has the name of the mechanism of 'X'"):
        pycid.MechanismGraph(clash)


def test_requisite_graphs_are_minimal_and_can_be_solved():
    cid = simple_cids.get_3node_cid()
    cid.impute_optimal_policy()
    reduced = pycid.requisite_graph(cid)
    reduced.impute_optimal_policy()
    assert reduced.expected_utility({}) == 1


def test_random_things_are_what_was_asked_for():
    random.seed(1)
    for _ in range(10):
        dag = pycid.random_dag(8, 0.9, max_in_degree=2)
        assert nx.is_weakly_connected(dag)
        assert max(degree for _, degree in dag.in_degree()) <= 2
    cid = pycid.random_cid(9, 2, 2, sufficient_recall=True)
    assert (len(cid), len(cid.decisions), len(cid.utilities), cid.sufficient_recall()) == (9, 2, 2, True)
    cid.impute_optimal_policy()
    assert cid.expected_utility({}) >= 0
    assert pycid.RandomCPD(["a", "b"], seed=0)(X="s") == pycid.RandomCPD(["a", "b"], seed=0)(X="s")
    with pytest.raises(cm.DiagramError, match="need more than 3 nodes"):
        pycid.random_cid(3, 2, 2)


@pytest.mark.parametrize("draw", [
    lambda: story_cids.get_introduced_bias().draw(),
    lambda: story_macids.robot_warehouse().draw_property(lambda node: node == "B", "green"),
    lambda: pycid.RelevanceGraph(story_macids.road_example()).draw_sccs(),
    lambda: pycid.CondensedRelevanceGraph(story_macids.taxi_competition()).draw(),
])  # fmt: skip
def test_drawings_show_every_node(draw, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(pyplot, "show", lambda: None)
    pyplot.switch_backend("agg")
    draw()
    assert len(pyplot.gca().texts) >= 4
    pyplot.close("all")
