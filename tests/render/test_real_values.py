"""The values of the other floors, drawn: what `subject` knows by attributes only must fit what they are."""

import pytest

import cidmesa as cm
from cidmesa.render.notebook import bundle
from cidmesa.render.paint import paint
from cidmesa.render.printers.text import text


@pytest.fixture(scope="module")
def process():
    links = "Theta1 -> A1 -> R1; Theta1, R1 -> Theta2; Theta2 -> A2; R1 -> U_base"
    keeps = [["mesa", 0, "base"], ["*", "*", {"same": "Theta1"}]]
    model = cm.model(
        cm.cid(links, utilities={"base": ["U_base"]}),
        Theta1={"mesa": 1, "base": 0},
        A1=cm.uniform(["a", "b"]),
        R1="1 if A1 == 'a' else 0",
        Theta2=cm.table(keeps, ["Theta1", "R1"]),
        A2=cm.uniform(["a", "b"]),
        U_base="R1",
    )
    roles = {"A1": cm.learned("Theta1", episode=1), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"})


@pytest.fixture(scope="module")
def composition(process):
    target = {1: (["A1"], "A1 == 'b'"), 2: (["A2"], "A2 == 'b'")}
    return cm.compose(process, cm.MesaSpec(target=target, scope="updates"))


def marks(picture, panel=-1):
    return {mark.name: mark for mark in picture.panels[panel].nodes}


def test_model():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, S=cm.uniform([-1, 1]), D=[-1, 1], U="S * D")
    shown = marks(paint(model, policy=cm.solve(model).policy, incentives=["voi", "ici"]))
    assert shown["S"].title.splitlines()[:2] == ["S: chance node", "states: -1, 1"]
    assert "mechanism: S * D" in shown["U"].title
    assert shown["D"].note == "-1 if S = -1\n1 if S = 1"
    assert [concept.key for concept in shown["S"].rings] == ["voi"]
    assert [concept.key for concept in shown["U"].rings] == ["ici"]
    assert "policy: -1 if S = -1; 1 if S = 1" in text(model, policy=cm.solve(model).policy)


def test_incentives_by_name_and_by_table_agree():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    assert paint(g, incentives="voi,voc,ri,ici,impact") == paint(g, incentives=cm.incentives(g))


def test_witness_of_a_verdict():
    g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    picture = paint(g, highlight=cm.admits_ici(g, "D", "X"))
    assert [link.highlighted for link in picture.panels[0].links] == [True, True]


def test_training_process(process):
    shown = marks(paint(process))
    assert [name for name, mark in shown.items() if mark.double] == ["A1", "A2"]
    assert "states: mesa, base" in shown["Theta1"].title


def test_composition(process, composition):
    picture = paint(composition, compare_with="base", incentives=["ici"])
    shown = marks(picture)
    assert shown["D_A1"].status == "added"
    assert shown["D_A1"].title.splitlines()[0] == "D_A1: decision node of mesa"
    assert "from R" in shown["D_A1"].title
    assert "ici" in [concept.key for concept in shown["Theta2"].rings]
    assert marks(picture, 0).keys() == set(process.cid.nodes)


def test_composition_keeps_the_places_of_training(process, composition):
    base, mesa = paint(process).positions, paint(composition).positions
    common = [name for name in base if name in mesa]
    shifts = {(round(mesa[n][0] - base[n][0], 3), round(mesa[n][1] - base[n][1], 3)) for n in common}
    assert len(common) > 3
    assert len(shifts) == 1


def test_relevance_graph():
    g = cm.cid("D1 -> D2 -> U; D1 -> U", decisions=["D1", "D2"], utilities=["U"])
    assert [node.name for node in paint(cm.relevance_graph(g)).panels[0].nodes] == ["D1", "D2"]


def test_notebook_bundles(composition):
    assert bundle(composition)["text/html"].count("only in mesa-optimizer") == 1
    table = bundle(cm.incentives(composition.cid))
    assert table.keys() >= {"text/latex", "text/plain"}
    assert table.keys() & {"text/html", "text/markdown"}
    solution = cm.solve(composition.model)
    for value in (solution, solution.policy, cm.certify_deception(composition)):
        shown = bundle(value)
        assert shown["text/plain"] == str(value)
        assert shown["text/html"].count("<table") == shown["text/html"].count("</table>") > 0
