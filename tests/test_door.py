"""The door of the public functions: objects of other packages, holders of models, refusals in words."""

import contextlib
import inspect
import pickle

import networkx as nx
import pytest

import cidmesa as cm
from cidmesa.door import opened
from tests.peers.pycid import pycid

__all__ = ["pycid"]

OPEN = [name for name in cm.__all__ if getattr(getattr(cm, name), "__module__", "") == "cidmesa"]


def graph():
    found = nx.DiGraph([("S", "D"), ("S", "U"), ("D", "U")])
    found.nodes["D"]["kind"], found.nodes["U"]["kind"] = "decision", "utility"
    return found


def network():
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    found = DiscreteBayesianNetwork([("A", "B")])
    found.add_cpds(TabularCPD("A", 2, [[0.25], [0.75]]), TabularCPD("B", 2, [[1, 0.5], [0, 0.5]], ["A"], [2]))
    return found


def test_graphs_are_diagrams_where_nodes_say_what_they_are():
    assert cm.admits_voi(graph(), "D", "S")
    assert cm.admits_voi(cid=graph(), decision="D", node="S")
    assert "<svg" in cm.svg(graph())
    with pytest.raises(cm.DiagramError, match=r"the nodes of a graph must have the attribute kind"):
        cm.admits_voi(nx.DiGraph([("S", "D")]), "D", "S")


def test_a_graph_is_no_list_of_links():
    assert cm.cid(graph()).decisions == ("D",)
    for wrong in (nx.DiGraph([("S1", "D1")]), nx.Graph([("S1", "D1")])):
        with pytest.raises(cm.DiagramError, match=r"Add it, or write cid\(list\(graph\.edges\), decisions"):
            cm.cid(wrong)
    with pytest.raises(cm.DiagramError, match="the nodes of a graph must have the attribute kind"):
        cm.cid(graph(), decisions=["S"])
    plain = nx.DiGraph([("S1", "D1"), ("S1", "U1"), ("D1", "U1")])
    assert cm.cid(plain, decisions=["D1"], utilities=["U1"]).edges == (("S1", "D1"), ("S1", "U1"), ("D1", "U1"))
    with pytest.raises(cm.DiagramError, match=r"a link is a pair \(parent, child\), not 'S1'"):
        cm.cid(["S1", "D1"])


def test_networks_of_pgmpy_are_models_and_diagrams():
    assert list(cm.query(network(), "B").values()) == [0.625, 0.375]
    assert not cm.d_separated(network(), {"A"}, {"B"})


def test_diagrams_of_pyagrum_are_models():
    gum = pytest.importorskip("pyagrum")
    assert cm.solve(gum.fastID("S{a|b}->*D{a|b}->$U<-S")).agent == "agent"


def test_objects_of_pycid_are_what_is_asked_for(pycid):
    cid = pycid.CID([("S", "D"), ("S", "U"), ("D", "U")], ["D"], ["U"])
    assert cm.admits_ri(cid, "D", "S")
    with pytest.raises(cm.ModelError, match="solve needs a model, not a value of type CID"):
        cm.solve(cid)
    assert cm.cid(cid).edges == (("S", "D"), ("S", "U"), ("D", "U"))
    cid.add_cpds(S={0: 0.25, 1: 0.75}, D=[0, 1], U=lambda S, D: int(S == D))
    before = str(cid.cpds)
    assert cm.admits_ri(cid, "D", "S")
    assert cm.solve(cid).value == 1
    assert cm.model(cid).domain("D") == (0, 1)
    assert cm.interop.to_gambit_efg(cid) == cm.interop.to_gambit_efg(cm.interop.from_pycid(cid))
    with pytest.raises(cm.ModelError, match=r"Read it by cm\.interop\.from_pycid"):
        cm.runs.lab(cid)
    assert cm.has_ri(cid, "D", "S")
    assert str(cid.cpds) == before


def test_holders_of_a_model_are_models():
    scenario = cm.load("hubinger2019/two-corners")
    composition = cm.compose(scenario.training, scenario.specs["deceptive"])
    for holder in (scenario, scenario.training, composition):
        node = holder.model.cid.chance_nodes[0]
        policy = cm.solve(composition).policy if holder is composition else None
        assert cm.query(holder, node, policy=policy) == cm.query(holder.model, node, policy=policy)


def test_holders_of_a_diagram_are_diagrams():
    scenario = cm.load("hubinger2019/two-corners")
    composition = scenario.of("deceptive")
    for holder in (scenario, scenario.training, composition):
        assert cm.is_soluble(holder) == cm.is_soluble(holder.cid)
        assert cm.incentives(holder) == cm.incentives(holder.cid)
        assert cm.cid(holder) == holder.cid
        assert cm.relevance_graph(holder).edges == cm.relevance_graph(holder.cid).edges
    assert bool(cm.admits_ici(composition, "D_A1", "A1")) == bool(cm.admits_ici(composition.cid, "D_A1", "A1"))


def test_writers_of_other_formats_take_what_holds_a_model():
    scenario = cm.load("everitt2021/grade-prediction")
    assert cm.interop.to_gambit_efg(scenario) == cm.interop.to_gambit_efg(scenario.model)
    assert cm.model(scenario) == scenario.model
    assert cm.model(scenario.model) == scenario.model


def test_writers_of_other_formats_take_objects_of_other_packages(tmp_path, pycid):
    gum = pytest.importorskip("pyagrum")
    diagram = gum.fastID("S{a|b}->*D{a|b}->$U<-S")
    for given, model in [(network(), cm.interop.from_pgmpy(network())), (diagram, cm.interop.from_pyagrum(diagram))]:
        for ending in ("bif", "xmlbif", "net", "xdsl", "pgmx", "json"):
            if ending == "bif" and model.cid.decisions:
                continue  # which has no decisions
            write, read = (getattr(cm.interop, f"{verb}_{ending}") for verb in ("write", "read"))
            write(given, tmp_path / f"a.{ending}")
            assert read(tmp_path / f"a.{ending}").cid == model.cid
        assert cm.interop.to_dagitty(given) == cm.interop.to_dagitty(model)
        assert cm.interop.to_gambit_efg(given) == cm.interop.to_gambit_efg(model)
        assert set(cm.interop.to_pycid(given).nodes) == set(model.cid.nodes)
    assert cm.interop.from_pgmpy(cm.interop.to_pgmpy(network())).cid == cm.cid("A -> B")
    assert cm.interop.from_pyagrum(cm.interop.to_pyagrum(network())).cid == cm.cid("A -> B")
    assert cm.interop.to_dagitty(graph()) == cm.interop.to_dagitty(cm.cid(graph()))
    with pytest.raises(cm.ModelError, match=r"write_net needs a model, not a value of type CID\. A diagram becomes"):
        cm.interop.write_net(graph(), tmp_path / "a.net")


@pytest.mark.parametrize("asked", [cm.check, lambda given: cm.sweep(given, ask={"soluble": {}})])
def test_a_graph_is_no_list_of_scenarios(asked):
    for given in (graph(), [1]):
        with pytest.raises(cm.ScenarioError, match="needs scenarios, paths or slugs, not a value of type"):
            asked(given)


def test_what_is_neither_is_refused_with_what_to_pass():
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    with pytest.raises(cm.ModelError, match=r"equilibria needs a model, not a value of type CID\. A diagram becomes"):
        cm.equilibria(g)
    with pytest.raises(
        cm.DiagramError, match=r"is_soluble needs a diagram, not a value of type Model\. Pass its \.cid"
    ):
        cm.is_soluble(cm.model(g, D=[0, 1], U="D"))
    with pytest.raises(cm.DiagramError, match="admits_ici needs a diagram, not a value of type int"):
        cm.admits_ici(5, "D", "U")


def test_doors_are_found_where_pickle_looks_and_say_what_they_are():
    assert len(OPEN) > 80
    for name in OPEN:
        function = getattr(cm, name)
        assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 (our own)
        assert inspect.getdoc(function)
        assert inspect.signature(function) == inspect.signature(function.__wrapped__)


def asked_first(name):
    """What a public function needs to be called: a value for each parameter without default."""
    parameters = inspect.signature(getattr(cm, name)).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return [p for p in needed if p.kind is not p.KEYWORD_ONLY], {
        p.name: "x" for p in needed if p.kind is p.KEYWORD_ONLY
    }


@pytest.mark.parametrize("name", [name for name in cm.__all__ if inspect.isfunction(getattr(cm, name))])
@pytest.mark.parametrize("given", [5, None, "no such", [1], graph()], ids=lambda given: type(given).__name__)
def test_no_public_function_shows_a_foreign_error_for_a_value_of_another_kind(name, given):
    """Whatever its first argument is: it works, or an error of ours says what to pass."""
    needed, named = asked_first(name)
    if needed:
        with contextlib.suppress(cm.CidmesaError):
            getattr(cm, name)(given, *("D" for _ in needed[1:]), **named)


def test_values_of_ours_in_the_wrong_place_are_refused_with_the_way_to_the_right_ones():
    m = cm.load("hubinger2019/two-corners").of("deceptive").model
    with pytest.raises(cm.ModelError, match=r"voi needs a derivation for 'derivation'.*use cm\.value_of_information"):
        cm.voi(m, "D_A1", "Theta1")
    with pytest.raises(
        cm.ModelError, match=r"mitigate needs a training process for 'training', not a value of type Model"
    ):
        cm.mitigate(m, cm.MesaSpec(target="A == 'b'", scope="updates"))
    with pytest.raises(cm.ModelError, match=r"cover needs a table of verdicts for 'table'.*cm\.verdicts\(training"):
        cm.cover(m)
    with pytest.raises(cm.ModelError, match=r"a policy needs a rule for each decision, not a value of type int"):
        cm.regret(m, 5, "mesa")  # which says so itself
    with pytest.raises(cm.ModelError, match=r"a policy needs a rule for each decision, not a value of type str"):
        cm.expected_utility(m, "go")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'agent'"):
        cm.regret(m, 5)


def test_holders_of_a_training_process_or_a_policy_are_taken():
    scenario = cm.load("hubinger2019/two-corners")
    spec = scenario.specs["deceptive"]
    composition = cm.compose(scenario, spec)
    assert composition == cm.compose(scenario.training, spec)
    assert cm.certify_deception(cm.compose(composition, spec))
    solution = cm.solve(composition.model)
    assert cm.expected_utility(composition.model, solution) == solution.value


def test_functions_of_neither_have_no_door():
    assert opened(cm.uniform) is cm.uniform
    assert "uniform" not in OPEN


def test_the_name_of_an_argument_that_there_is_not_is_met_by_the_nearest():
    with pytest.raises(TypeError, match=r"admits_voi has no argument 'nod'\. Did you mean 'node'\?"):
        cm.admits_voi(graph(), "D", nod="S")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        cm.svg(width="8cm")  # takes any option, and checks them itself
