"""PyCID's objects, written and read: nothing is lost on the way, whatever of PyCID's is read is understood."""

import re
import sys
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

import cidmesa as cm
from tests.random_models import random_model


def _close(one, other):
    """Whether two models are equal, probabilities to 1e-12."""
    tables = zip(one.tables.items(), (other.tables[node] for node in one.tables), strict=True)
    alike = all(table.key()[0] == theirs.key()[0] and _near(table, theirs) for (_, table), theirs in tables)
    return one.cid == other.cid and dict(one.domains) == dict(other.domains) and alike


def _near(table, theirs):
    return all(abs(float(a) - float(b)) < 1e-12 for a, b in zip(table.key()[1], theirs.key()[1], strict=True))


@pytest.mark.nightly
def test_300_models_come_back_equal_from_pycid(pycid):
    rng = Random(2)
    for _ in range(300):
        model = random_model(rng)
        assert cm.interop.from_pycid(cm.interop.to_pycid(model)) == model


def test_models_come_back_equal_from_pycid(pycid):
    rng = Random(3)
    for _ in range(20):
        model = random_model(rng)
        assert cm.interop.from_pycid(cm.interop.to_pycid(model)) == model


def test_games_and_text_states_come_back(pycid):
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("S -> A; A -> B; A, B -> U; B -> V", nodes=["Alone"], **owned)
    model = cm.model(g, S={"low": 0.3, "high": 0.7}, Alone={1: 1}, A=["x", "y"], B=[0, Fraction(1, 3)],
                     U=lambda A, B: 2.5 * (A == "x") + B, V="B")  # fmt: skip
    theirs = cm.interop.to_pycid(model)
    assert isinstance(theirs, pycid.MACID)
    assert _close(cm.interop.from_pycid(theirs), model.substitute())


def test_without_agents_it_is_a_network(pycid):
    model = cm.model(cm.cid("A -> B"), A={0: "1/2", 1: "1/2"}, B=lambda A: {A: 0.9, 1 - A: 0.1})
    theirs = cm.interop.to_pycid(model)
    assert type(theirs) is pycid.CausalBayesianNetwork
    assert theirs.query(["B"], {}).values.tolist() == pytest.approx([0.5, 0.5])
    assert _close(cm.interop.from_pycid(theirs), model)


def test_policies_go_both_ways(pycid):
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, S={0: "1/4", 1: "3/4"}, D=[0, 1], U="S == D")
    rule = cm.policy(model, {"D": lambda S: {1: "1/4", 0: "3/4"} if S else 0})
    theirs = cm.interop.to_pycid(model, rule)
    assert theirs.expected_utility({}) == pytest.approx(float(cm.expected_utility(model, rule)))
    assert cm.interop.policy_from_pycid(theirs, model) == rule
    assert not cm.interop.policy_from_pycid(cm.interop.to_pycid(model), model)


def test_tables_functions_and_half_given_models_are_read(pycid):
    from pgmpy.factors.discrete import TabularCPD

    cid = pycid.CID([("S", "D"), ("S", "U"), ("D", "U")], decisions=["D"], utilities=["U"])
    assert isinstance(cm.interop.from_pycid(cid), cm.CID)
    cid.add_cpds(TabularCPD("S", 2, [[0.25], [0.75]], state_names={"S": ["a", "b"]}), D=["a", "b"])
    with pytest.raises(cm.ModelError, match="no CPD for U"):
        cm.interop.from_pycid(cid)
    assert cm.interop.from_pycid(cid, structure_only=True).decisions == ("D",)
    cid.add_cpds(U=lambda S, D: int(S == D))
    model = cm.interop.from_pycid(cid)
    assert model.exact
    assert cm.solve(model).value == 1


def test_a_utility_that_goes_on_becomes_a_score(pycid):
    cid = pycid.CID([("D", "U"), ("U", "X")], decisions=["D"], utilities=["U"])
    cid.add_cpds(D=[0, 1], U=lambda D: {D: 0.75, 1 - D: 0.25}, X=lambda U: U)
    model = cm.interop.from_pycid(cid)
    assert model.cid.kind("U") == "chance"
    assert cm.solve(model).value == Fraction(3, 4)


def test_what_is_asked_wrongly_is_said():
    with pytest.raises(cm.ModelError, match="from_pycid needs an object of PyCID"):
        cm.interop.from_pycid(5)
    with pytest.raises(cm.ModelError, match="to_pycid needs a diagram or a model"):
        cm.interop.to_pycid(5)
    with pytest.raises(cm.ModelError, match="a policy needs a model"):
        cm.interop.to_pycid(cm.cid("A -> B"), {"A": 1})


@pytest.mark.parametrize(("cpd", "message"), [
    ((2, [[1], [0]]), "the CPD of 'B' is over B; the node's parents are A"),
    ((2, [[1, 0.5], [0, 1.5]], ["A"], [2]), r"the CPD of 'B' needs 2 \* 2 probabilities"),
    ((2, [[1, float("nan")], [0, 1]], ["A"], [2]), "the CPD of 'B' needs 2"),
    ((2, [[1, 0.5], [0, 0.25]], ["A"], [2]), "'B' at A = 1: the probabilities sum to"),
    ((3, [[1, 0, 0], [0, 1, 0], [0, 0, 1]], ["A"], [3]), r"needs 3 \* 2 probabilities"),
])  # fmt: skip
def test_broken_tables_are_errors_that_name_the_node(cpd, message, pycid):
    from pgmpy.factors.discrete import TabularCPD

    network = pycid.CausalBayesianNetwork([("A", "B")])
    network.add_cpds(A={0: 0.5, 1: 0.5}, B=lambda A: A)
    own = TabularCPD("B", *cpd)
    own.state_names["A"] = [0, 1]
    network.cpds[-1] = own
    with pytest.raises(cm.ModelError, match=message):
        cm.interop.from_pycid(network)


def test_agents_that_look_alike_are_an_error(pycid):
    macid = pycid.MACID([("A", "U")], {1: ["A"]}, {"1": ["U"]})
    with pytest.raises(cm.ModelError, match="two agents have the same name as text: 1, '1'"):
        cm.interop.from_pycid(macid)


def test_what_pycid_cannot_express_is_said(pycid):
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    free = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="S * D", parameters={"p": cm.parameter("p")}, symbolic=True)
    with pytest.raises(cm.ModelError, match="PyCID needs numbers, and p has no value"):
        cm.interop.to_pycid(free)
    twice = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    tied = cm.model(twice, D1=[0, 1], D2=[0, 1], U="D1 - D2").sharing_rules(["D1", "D2"])
    with pytest.raises(cm.ModelError, match="no decisions that share a rule: D1, D2"):
        cm.interop.to_pycid(tied)
    assert cm.interop.to_pycid(tied.sharing_rules()).check_model()


def test_the_recipe_is_the_same_wherever_it_stands():
    root = Path(__file__).parents[2]
    pinned = "pycid==0.8.2"
    for file in ("Makefile", "docs/from-pycid.md", "cidmesa/interop/pycid_shim.py"):
        found = re.findall(r"pycid==[\w.]+", (root / file).read_text(encoding="utf-8"))
        assert found, file
        assert set(found) == {pinned}, file


def test_import_leaves_nothing_behind(pycid):
    import pgmpy.models

    with pytest.raises(ImportError):
        pgmpy.models.BayesianNetwork([("A", "B")])
    assert "pygambit" not in sys.modules or hasattr(sys.modules["pygambit"], "__file__")
    assert cm.interop.import_pycid() is pycid


def test_equilibria_come_from_ours(pycid):
    from pycid.examples.story_macids import matching_pennies

    game = matching_pennies()
    (rules,) = game.get_ne()
    assert [rule.values.tolist() for rule in rules] == [[0.5, 0.5], [0.5, 0.5]]
    assert game.get_ne("enumpure") == []
    with pytest.raises(ValueError, match=r"Solver enumpur not recognised\. Did you mean 'enumpure'"):
        game.get_ne("enumpur")


def test_games_that_pycid_itself_cannot_solve(pycid):
    """An agent with two decisions, and a hidden cause of an observation."""
    twice = pycid.MACID([("A", "B"), ("A", "U"), ("B", "U")], {1: ["A", "B"]}, {1: ["U"]})
    twice.add_cpds(A=[0, 1], B=[0, 1], U=lambda A, B: A + B)
    (rules,) = twice.get_ne()
    twice.add_cpds(*rules)
    assert twice.expected_utility({}, agent=1) == 2
    from pycid.examples.story_macids import umbrella

    assert len(umbrella().get_ne()) == 1
    assert len(umbrella().get_spe()) == 1


def test_an_agent_that_forgets_is_sent_to_us(pycid):
    links = [("A", "U"), ("B", "U"), ("C", "U"), ("A", "V"), ("B", "V"), ("C", "V")]
    macid = pycid.MACID(links, {1: ["A", "B"], 2: ["C"]}, {1: ["U"], 2: ["V"]})
    macid.add_cpds(
        A=[0, 1], B=[0, 1], C=[0, 1], U=lambda A, B, C: int(A == B == C), V=lambda A, B, C: -int(A == B == C)
    )
    with pytest.raises(cm.NotApplicable, match="an agent forgets"):
        macid.get_ne()


def test_a_missing_pycid_is_an_error_with_the_recipe(monkeypatch):
    from cidmesa.interop import pycid_shim as shim

    monkeypatch.delitem(sys.modules, "pycid", raising=False)
    monkeypatch.setattr(shim, "find_spec", lambda name: None)
    with pytest.raises(cm.NotApplicable, match="pip install --no-deps pycid==0"):
        cm.interop.import_pycid()


def test_a_pycid_that_was_imported_too_early_is_an_error(pycid, monkeypatch):
    monkeypatch.delattr(pycid.CausalBayesianNetwork, "_get_ancestors_of")
    with pytest.raises(cm.NotApplicable, match="was imported too early"):
        cm.interop.import_pycid()
