"""From a file to a scenario, and the mistakes of authors."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from fractions import Fraction
from importlib import resources
from pathlib import Path
from time import process_time

import jsonschema
import pytest

import cidmesa as cm
from cidmesa.errors import ScenarioError
from cidmesa.library.file.loader import load, loads
from cidmesa.library.file.schema import scenario_schema, schema_text
from cidmesa.library.file.source import read
from cidmesa.mesa.spec import choices
from tests.library.files import CORNERS, SMALL, scenario, with_claims


def mistakes(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        loads(text, "f.yaml")
    return str(error.value).splitlines()


def head(nodes: str, rest: str = "") -> str:
    return f"cidmesa: 1\ntitle: x\nnodes:\n{nodes}{rest}"


# --- what is made -------------------------------------------------------------------------------------------------


def test_a_model_from_a_file_equals_the_one_made_in_python():
    links = "Rain -> Report -> Take; Rain, Take -> Wet; Wet, Take -> U"
    g = cm.cid(links, decisions=["Take"], utilities=["U"])
    table = cm.table([["yes", {"yes": "0.9", "no": "0.1"}], ["*", {"same": "Rain"}]], ["Rain"])
    m = cm.model(
        g,
        Rain={"yes": "1/3", "no": "2/3"},
        Report=table,
        Take=["umbrella", "nothing"],
        Wet="Rain == 'yes' and Take == 'nothing'",
        U="-10 * Wet - (Take == 'umbrella')",
        domains={"Report": ["yes", "no"]},
    )
    found = scenario(SMALL)
    assert found.model == m
    assert found.cid == g
    assert found.model.exact
    assert found.slug == "somebody2020/example"


def test_numbers_are_exact():
    found = loads(head("  X: {kind: chance, prob: {a: 0.1, b: 0.2, c: 7/10}}\n"))
    assert found.model.table("X").values.tolist() == [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)]


def test_parents_left_out_are_the_nodes_that_the_expression_names_in_their_order():
    nodes = "  B: {kind: decision, states: [0, 1]}\n  A: {kind: decision, states: [0, 1]}\n"
    found = loads(head(nodes + "  U: {kind: utility, value: 2 * A - B + p}\n", "parameters: {p: {value: 1}}\n"))
    assert found.cid.parents("U") == ("A", "B")


def test_a_graph_without_numbers_has_no_model():
    found = loads(
        head("  S: {kind: chance}\n  D: {kind: decision, parents: [S]}\n  U: {kind: utility, parents: [D]}\n")
    )
    assert found.model is None
    assert found.cid.edges == (("S", "D"), ("D", "U"))
    with pytest.raises(ScenarioError, match="no numbers"):
        found.at(p=1)


def test_a_training_process_and_its_specifications():
    found = scenario(CORNERS)
    assert list(found.specs) == ["deceptive", "per-episode", "unaware"]
    assert found.training.learner == "mesa"
    assert found.model == found.training.model
    assert found.of("deceptive").cid.decisions == ("D_A1", "D_A2", "D_A3")
    assert found.cid.agents == ("base",)
    with pytest.raises(ScenarioError, match=r"no mesa specification 'deceptiv'\. Did you mean 'deceptive'"):
        found.of("deceptiv")


def test_targets_beliefs_and_observations_reach_the_specification():
    mesa = """\
  odd: {target: {1: "A1 == 'b'", 2: {parents: [A2], value: "2 * (A2 == 'b')"}}, scope: updates,
        observes: {A2: [R1]}, beliefs: {Theta2: {table: [['*', '*', {same: Theta1}]]}, R1: {prob: [1/2, 1/2]}}}
"""
    spec = loads(CORNERS + mesa).specs["odd"]
    assert spec.target == {1: "A1 == 'b'", 2: (("A2",), "2 * (A2 == 'b')")}
    assert spec.observes == {"A2": ("R1",)}
    composed = loads(CORNERS + mesa).of("odd")
    assert "R1" in composed.cid.parents("D_A2")
    assert composed.subjective


GATED = CORNERS.replace("  U_base:", "  G: {kind: chance, states: [0, 1], parents: [R1], value: R1}\n  U_base:")


def test_a_gate_into_deployment():
    variants = "variants:\n  - {id: open, remove: [G]}\n"
    found = loads(GATED + "gate: {G: 1}\n" + variants)
    assert found.training.gate == {"G": 1}
    assert found.variants[0].training.gate == {}
    assert loads(GATED).training.gate == {}


def test_credit_stages_and_reports():
    role = "episode: 1, stage: audit, reports: {a: R1 == 1}, phase: train"
    variants = "variants:\n  - {id: unscored, remove: [U_base]}\n"
    text = CORNERS.replace("episode: 1, phase: train", role) + "credit: {U_base: [2, 1]}\n"
    found = loads(text).training
    assert found.credit == {"U_base": (1, 2)}
    assert (found.actions["A1"].stage, found.actions["A1"].reports) == ("audit", {"a": "R1 == 1"})
    assert loads(text.replace("[2, 1]", "2")).training.credit == {"U_base": (2,)}
    assert loads(text + variants).variants[0].training.credit == {}


def test_several_optimizers_have_their_names_under_mesa():
    text = re.sub(r", otherwise: \{base: a\}", "", CORNERS)
    found = loads(text.replace("learner: mesa", "learner: {mesa: deceptive, base: per-episode}"))
    assert found.training.learners == {"mesa": found.specs["deceptive"], "base": found.specs["per-episode"]}


def test_the_base_agent_decides_rationally():
    assert loads(CORNERS + "base_policy: rational\n").training.base_policy == "rational"


def test_parameters_can_be_set_later():
    found = scenario(CORNERS).at(mu="1/4")
    assert found.model.parameters["mu"].value == Fraction(1, 4)
    assert found.training.model.parameters["mu"].value == Fraction(1, 4)
    assert scenario(SMALL).at() is not None


def test_loading_by_path_and_variant(tmp_path):
    folder = tmp_path / "somebody2020"
    folder.mkdir()
    file = folder / "weather.cid.yaml"
    file.write_text(SMALL + "variants:\n  - {id: dry, set: {p: 0}}\n")
    assert load(file).slug == "somebody2020/weather"
    assert load(f"{file}@dry").slug == "somebody2020/weather@dry"
    with pytest.raises(ScenarioError, match=r"no variant 'drye'\. Did you mean 'dry'"):
        load(f"{file}@drye")
    with pytest.raises(ScenarioError, match="takes the path of a file or a slug"):
        load(SMALL)
    with pytest.raises(ScenarioError, match="no file and no scenario"):
        load(tmp_path / "nothing.cid.yaml")
    with pytest.raises(ScenarioError, match=r"Did you mean '.*weather\.cid\.yaml'"):
        load(folder / "weather")


def test_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    file = tmp_path / "x.cid.yaml"
    file.write_text(SMALL)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ScenarioError, match=r"x\.cid\.yaml: cannot be read: Permission denied"):
        load(file)


def test_an_at_sign_in_a_file_name_is_no_variant(tmp_path):
    file = tmp_path / "me@home.cid.yaml"
    file.write_text(SMALL)
    assert load(file).title == "Weather"


def test_decisions_may_share_a_rule():
    nodes = "".join(f"  {name}: {{kind: decision, states: [0, 1]}}\n" for name in "DE")
    found = loads(head(nodes + "  U: {kind: utility, value: D != E}\n", "shared_rules: [[D, E]]\n"))
    assert found.model.tied == (("D", "E"),)
    assert cm.solve(found.model).value == Fraction(1, 2)


def test_text_shows_nodes_and_mechanisms():
    shown = scenario(CORNERS, "ask: {soluble: {}}, expect: true").to_text()
    assert "Theta2 (chance) {mesa, base} <- Theta1, R1 = mesa, 0: base: mu" in shown
    assert "source: hubinger2019, section 4.2" in shown
    assert "c0: claim 0" in shown
    assert str(scenario(CORNERS, "ask: {soluble: {}}, expect: true")) == shown
    assert repr(scenario(SMALL)) == "Scenario('somebody2020/example', 5 nodes, 0 claims)"


# --- mistakes -----------------------------------------------------------------------------------------------------

CASES = {
    "missing parent": (
        "  A: {kind: chance, states: [0, 1], parents: [Q], value: 1}\n",
        "f.yaml:4:47: CID201 node 'A' has the parent 'Q', which is not a node",
    ),
    "missing parent of a node whose mechanism reads it": (
        "  A: {kind: chance, states: [0, 1], parents: [Q], value: 1 - Q}\n",
        "f.yaml:4:47: CID201 node 'A' has the parent 'Q'",
    ),
    "cycle": (
        "  A: {kind: chance, parents: [B]}\n  B: {kind: chance, parents: [A]}\n",
        "CID201 the links form a cycle: A -> B -> A. Remove",
    ),
    "probabilities that sum to 0.9": (
        "  A: {kind: chance, states: [a, b], prob: [0.4, 0.5]}\n",
        "f.yaml:4:6: CID202 node 'A': the probabilities sum to 9/10, not 1: a: 2/5, b: 1/2. Change them",
    ),
    "duplicate key": (
        "  A: {kind: chance}\n  A: {kind: chance}\n",
        "f.yaml:5:3: CID002 the key 'A' stands here for the second time (first in line 4). Remove or rename",
    ),
    "code in an expression": (
        "  U: {kind: utility, value: \"__import__('os').system('id')\"}\n",
        "f.yaml:4:30: CID203 node 'U': in the expression",
    ),
    "a decision given a distribution": (
        "  D: {kind: decision, states: [a, b], prob: [1, 0]}\n",
        "f.yaml:4:39: CID101 nodes.D is a decision node and cannot have 'prob'. A decision has no distribution: list",
    ),
    "a utility with a child": (
        "  D: {kind: decision, states: [0]}\n  U: {kind: utility, value: D}\n  X: {kind: chance, parents: [U]}\n",
        "f.yaml:6:31: CID201 utility node 'U' has the child 'X', but utilities have no children. Let a chance node",
    ),
    "a parent twice": (
        "  A: {kind: chance}\n  B: {kind: chance, parents: [A, A]}\n",
        "f.yaml:5:6: CID201 node 'B' names a parent twice: A, A.",
    ),
    "unknown parameters of an action": (
        "  A: {kind: action, theta: T, states: [a]}\n",
        "f.yaml:4:28: CID201 node 'A' has the parent 'T', which is not a node",
    ),
    "unknown kind": ("  A: {kind: chanse}\n", "f.yaml:4:6: CID101 nodes.A.kind is 'chanse'; expected chance"),
    "no kind": ("  A: {states: [0]}\n", "f.yaml:4:6: CID101 nodes.A.kind is missing. Say kind: chance, decision"),
    "misspelt key": (
        "  A: {kind: chance, staets: [0]}\n",
        "f.yaml:4:21: CID101 nodes.A has the unknown key 'staets'. Did you mean 'states'?",
    ),
    "nothing as a state": (
        "  A: {kind: chance, states: [null]}\n",
        "f.yaml:4:30: CID101 nodes.A.states.0: a state is text",
    ),
    "unknown name in an expression": (
        "  Door: {kind: decision, states: [a]}\n  U: {kind: utility, value: 1 + Dor}\n",
        "f.yaml:5:33: CID203 node 'U': in the expression '1 + Dor', column 5: 'Dor' is not a parent",
    ),
    "too few probabilities": (
        "  A: {kind: chance, states: [a, b], prob: [1]}\n",
        "f.yaml:4:6: CID202 node 'A' has 1 probabilities for 2 states",
    ),
    "probabilities without states": (
        "  A: {kind: chance, prob: [1/2, 1/2]}\n",
        "CID202 node 'A' lists probabilities but no states. Add states",
    ),
    "two mechanisms": (
        "  A: {kind: chance, states: [0, 1], prob: [1, 0], value: 1}\n",
        "CID202 node 'A' has prob and value. Keep one",
    ),
    "a table without parents": (
        "  A: {kind: chance, states: [0, 1], table: [[1, 0]]}\n",
        "CID202 node 'A' has a table but no parents. Name them",
    ),
    "a short row": (
        "  A: {kind: decision, states: [0, 1]}\n  B: {kind: chance, parents: [A], table: [[1]]}\n",
        "f.yaml:5:6: CID202 node 'B': row 1 needs 1 values for A and an outcome",
    ),
    "an unknown state in a row": (
        "  A: {kind: decision, states: [left, right]}\n  U: {kind: utility, parents: [A], table: [[lft, 1]]}\n",
        "CID202 node 'U': a row has 'lft' for A. Did you mean 'left'? The states are: left, right.",
    ),
    "a word that is nearly a state": (
        "  A: {kind: decision, states: [a]}\n  B: {kind: chance, states: [l, down], parents: [A], table: [[a, dwn]]}\n",
        "link it if it is a node, quote it if it is a state. Did you mean the state 'down'?",
    ),
    "commas outside of quotes": (
        "  A: {kind: decision, states: [1]}\n  U: {kind: utility, value: max(A, 2)}\n",
        "unknown key '2)'. Known keys: kind, agent, parents, value, table, doc. Put quotes round an expression",
    ),
    "a role of an action": (
        "  A: {kind: decision, states: [0], theta: A}\n",
        "cannot have 'theta'. Only an action of a learned algorithm can: kind: action.",
    ),
    "a colon in a note": ("  A: {kind: chance}\nnote: Mine: all\n", "Put quotes round text with a colon in it"),
    "one equals sign": (
        "  A: {kind: decision, states: [a]}\n  U: {kind: utility, value: A = 'a'}\n",
        "column 3: invalid syntax. To compare, write ==.",
    ),
    "no options": (
        "  A: {kind: decision}\n  U: {kind: utility, value: A}\n",
        "f.yaml:4:6: CID202 decision 'A' has no options",
    ),
    "no mechanism": (
        "  A: {kind: decision, states: [0]}\n  U: {kind: utility, parents: [A]}\n",
        "f.yaml:5:6: CID202 utility node 'U' has no mechanism. Give it a number",
    ),
    "an action without learner": (
        "  T: {kind: chance, states: [m], prob: [1]}\n  A: {kind: action, states: [a], theta: T}\n",
        "CID204 actions need the parameter value that is the mesa-optimizer. Add learner",
    ),
    "not a mapping": ("  A: 3\n", "f.yaml:4:6: CID101 nodes.A must be a mapping"),
    "parents that are no list": ("  A: {kind: chance, parents: B}\n", "CID101 nodes.A.parents must be a list"),
    "an exponent that explodes": (
        "  U: {kind: utility, value: 9 ** 9 ** 9}\n",
        "CID203 node 'U': in the expression '9 ** 9 ** 9', column 1: the power",
    ),
}


QUESTIONS = {
    "icy: {decision: Take, node: Wet}}, expect: true": "12:57: CID101 claims.0.ask has the unknown key 'icy'.",
    "effect: {cause: Rain, of: U, knd: direct}}, expect: 1": "has the unknown key 'knd'. Did you mean 'kind'?",
    "pattern: {decision: Take, label: manipulaton}}, expect: true": "12:68: CID101 claims.0.ask.pattern.label is 'man",
    "goal_directedness: {digits: many}}, expect: 1": "12:63: CID101 claims.0.ask.goal_directedness.digits must be a",
    "discover: {regime: retain}}, expect: []": "12:54: CID101 claims.0.ask.discover.regime is 'retain'; expected",
    "distance: {first: U}}, expect: 0": "12:45: CID101 claims.0.ask.distance.second is missing. Add it",
    "soluble: {}}, expect: true, xfail: true": "12:70: CID101 claims.0.xfail must be text",
    "equilibria: {}}, expect: many": "12:60: CID301 claim 'c0' asks equilibria, which expects how many there are",
    "shutdown: {}}, expect: {obedeint: true}": "not 'obedeint'. Did you mean 'obedient'?",
    "selected: {}}, expect: []": "which expects the specification that is chosen, or the list of them",
    "value_of_control: {node: Rain}}, expect: [1]": "12:76: CID301 claim 'c0' asks value_of_control, which expects",
}


@pytest.mark.parametrize("claim", QUESTIONS)
def test_a_mistake_in_a_question_names_place_and_remedy(claim):
    (line,) = mistakes(with_claims(SMALL, f"ask: {{{claim}"))
    assert QUESTIONS[claim] in line
    assert not line.endswith("?.")


def test_mistakes_of_all_kinds_in_one_file_are_reported_at_once():
    wrong = [f"ask: {{{claim}" for claim, words in QUESTIONS.items() if "CID101" in words]
    lines = mistakes(with_claims(SMALL.replace("kind: chance, value", "kind: chanse, value"), *wrong))
    assert len(lines) == len(wrong) + 1
    assert lines == sorted(lines, key=lambda line: int(line.split(":")[1]))


def test_there_is_a_list_of_mistakes_and_every_code_stands_in_the_docs():
    assert len(CASES) + len(QUESTIONS) > 30
    root = Path(cm.__file__).parent
    codes = {code for file in root.rglob("*.py") for code in re.findall(r"CID\d{3}", file.read_text("utf-8"))}
    page = (root.parent / "docs" / "checking.md").read_text("utf-8")
    assert {code for code in codes if f"| {code} |" not in page} == set()


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_names_place_and_remedy(case):
    nodes, expected = CASES[case]
    lines = mistakes(head(nodes))
    assert len(lines) == 1
    assert expected in lines[0]


TOP = {
    "version": ("cidmesa: 2\ntitle: x\nnodes: {}\n", "f.yaml:1:10: CID101 cidmesa is 2; expected 1"),
    "nothing": ("", "f.yaml:1:1: CID101 the file must be a mapping"),
    "no title": ("cidmesa: 1\nnodes: {}\n", "f.yaml:1:1: CID101 title is missing. Give the scenario a title"),
    "an empty belief": (
        CORNERS + "  m: {target: R1, scope: episode, beliefs: {R1: {}}}\n",
        "f.yaml:23:6: CID204 the belief about 'R1' is empty. Give prob, value or table.",
    ),
    "a belief about a node that is not there": (
        CORNERS + "  m: {target: R1, scope: episode, beliefs: {R9: {value: 1}}}\n",
        "f.yaml:23:6: CID204 there is no node 'R9'. The nodes are: Theta1",
    ),
    "a parameter that is no number": (
        SMALL.replace("value: 1/3", "value: q"), "f.yaml:4:14: CID203 in the expression 'q'",
    ),
    "a range of three": (SMALL.replace("[0, 1]", "[0, 1, 2]"), "parameters.p.range has 3 entries; 2 are expected."),
    "true as a number": (SMALL.replace("value: 1/3", "value: true"), "1 - mu, not true or false"),
    "a list as a state": (
        SMALL.replace("[yes, no], prob", "[[yes], no], prob"), "a state is text or a number, not a list",
    ),
    "a mapping as a key": (SMALL.replace("Rain:", "[Rain]:"), "CID001 \"['Rain']\" cannot be a key"),
    "a number as a name": (SMALL.replace("Rain:", "1:"), "CID101 nodes.1 must be text (put quotes round a number"),
    "an empty name": (SMALL.replace("Rain:", "'':"), "must not be empty"),
    "shared rules": (
        SMALL + "shared_rules: [[Take, Tuke]]\n",
        "f.yaml:11:15: CID202 there is no node 'Tuke'. Did you mean 'Take'?",
    ),
    "no note": (SMALL + "status: simplified\n", "CID101 status is simplified: say how in a note"),
    "parameter outside": (
        SMALL.replace("value: 1/3", "value: 2"),
        "f.yaml:4:14: CID202 parameter 'p' = 2 lies outside its range [0, 1].",
    ),
    "parameter and node": (
        SMALL.replace("  p:", "  U: {value: 1}\n  p:"),
        "'U' is both a parameter and a node. Rename one.",
    ),
    "scope": (
        CORNERS.replace(", scope: episode", ""),
        "CID101 mesa.per-episode.scope is missing. Say scope: episode or scope: updates",
    ),
    "contradiction": (
        CORNERS.replace("scope: updates, aware: none", "scope: episode, succession: game"),
        "CID204 succession='game' splits",
    ),
    "unknown learner": (CORNERS.replace("learner: mesa", "learner: messa"), "CID204 the learner 'messa' is not a"),
    "a gate that is no node": (
        CORNERS + "gate: {R9: 1}\n",
        "f.yaml:23:12: CID204 there is no node 'R9'. The nodes are: Theta1",
    ),
    "a target of an episode that is none": (
        CORNERS.replace("deceptive: {target: \"A == 'b'\"", "deceptive: {target: {7: 1}"),
        "f.yaml:20:14: CID204 the target names episode 7, which has no action. Episodes: 1, 2, 3.",
    ),
    "a target with an unknown name": (
        CORNERS.replace("deceptive: {target: \"A == 'b'\"", "deceptive: {target: {1: \"A_1 == 'b'\"}"),
        "CID203 target: in the expression \"A_1 == 'b'\", column 1: 'A_1' is not a node",
    ),
    "a credit of no episode": (
        CORNERS + "credit: {U_base: 7}\n",
        "f.yaml:23:18: CID204 credit of 'U_base' names episode 7, which has no action. Episodes: 1, 2, 3.",
    ),
    "a learner without specification": (
        CORNERS.replace("learner: mesa", "learner: {mesa: deceptiv}"),
        "CID204 learner names the specification 'deceptiv', which is not under mesa. Did you mean 'deceptive'?",
    ),
    "a base policy in a word": (CORNERS + "base_policy: rationall\n", "base_policy is 'rationall'; expected rational"),
    "a gate that is an action": (CORNERS + "gate: {A1: a}\n", "CID204 the gate 'A1' must be a chance node"),
    "a gate in a state that it has not": (CORNERS + "gate: {R1: 2}\n", "f.yaml:23:12: CID204"),
    "a gate without actions": (SMALL + "gate: {Rain: yes}\n", "f.yaml:11:7: CID204 a gate needs actions"),
    "otherwise": (
        CORNERS.replace("theta: Theta1, episode: 1, phase: train, otherwise: {base: a}",
                        "theta: Theta1, otherwise: {bas: a}"),
        "CID204 'otherwise' names 'bas', which is not another value of 'Theta1'. Did you mean 'base'?",
    ),
    "specification without actions": (
        SMALL + "mesa: {m: {target: Wet, scope: episode}}\n",
        "CID204 the specification 'm' needs actions of the learned algorithm",
    ),
    "specification without numbers": (
        head("  A: {kind: chance}\n", "mesa: {m: {target: A, scope: episode}}\n"),
        "CID204 the specification 'm' needs a model with numbers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOP)
def test_a_mistake_at_the_top_level(case):
    text, expected = TOP[case]
    lines = mistakes(text)
    assert any(expected in line for line in lines)


CLAIMS = {
    "unknown question": (
        "ask: {icc: {}}, expect: true",
        "CID101 claims.0.ask has the unknown key 'icc'. Did you mean 'ici'",
    ),
    "two questions": ("ask: {soluble: {}, voc: {node: U}}, expect: true", "CID301 ask exactly one question"),
    "no question": ("ask: {}, expect: true", "CID301 ask exactly one question"),
    "nothing asked": ("ask: {soluble: null}, expect: true", "CID301 ask exactly one question"),
    "unknown specification": ("of: m, ask: {soluble: {}}, expect: true", "CID301 there is no specification 'm'"),
    "unknown parameter": (
        "where: {pp: 1}, ask: {soluble: {}}, expect: true",
        "CID301 there is no parameter 'pp'. Did you",
    ),
    "wrong answer": ("ask: {soluble: {}}, expect: 3", "CID301 claim 'c0' asks soluble, which expects true or false"),
    "wrong status": (
        "ask: {voc: {node: U}}, expect: perhaps",
        "expects true, false, or one of: admits, excluded, undetermined, not applicable",
    ),
    "not a distribution": ("ask: {query: {node: U}}, expect: 1/2", "expects a distribution such as"),
    "not a number": ("ask: {eu: {}}, expect: [1]", "expects a number"),
    "strange part": ("ask: {optimal: {}}, expect: {vale: 1}", "not 'vale'. Did you mean 'value'?"),
    "strange part of a certificate": ("ask: {deceptive: {}}, expect: {degre: strict}", "Did you mean 'degree'?"),
    "requisite": ("ask: {requisite: {decision: Take}}, expect: true", "expects the list of requisite observations"),
    "relevance": ("ask: {relevance: {}}, expect: true", "expects a list of pairs"),
    "optimal": ("ask: {optimal: {decision: Take}}, expect: true", "expects an option of the decision"),
    "alignment": ("ask: {alignment: {environments: {}}}, expect: good", "expects one of: deceptive, misaligned"),
    "proxy": ("ask: {proxy_class: {mesa: U, base: U}}, expect: same", "expects one of: identical, side_effect"),
    "parameter value": ("where: {p: q}, ask: {soluble: {}}, expect: true", "CID203 in the expression 'q', column 1"),
    "whether or parts": (
        "ask: {incentive_gap: {}}, expect: yess",
        "expects true, false or a mapping with some of: only_base, only_mesa",
    ),
    "parts": ("ask: {optimal: {}}, expect: umbrella", "expects a mapping with some of: value, plan, count"),
    "missing argument": ("ask: {ici: {node: U}}, expect: true", "CID101 claims.0.ask.ici.decision is missing"),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_a_mistake_in_a_claim(case):
    claim, expected = CLAIMS[case]
    lines = mistakes(with_claims(SMALL, claim))
    assert len(lines) == 1
    assert expected in lines[0]


def test_claim_ids_are_unique():
    claim = "  - {id: a, says: x, ask: {soluble: {}}, expect: true}\n"
    assert "CID301 the claim id 'a' is there twice" in mistakes(SMALL + "claims:\n" + claim + claim)[0]


def test_all_mistakes_of_the_schema_are_reported_at_once():
    text = head(
        "  A: {kind: chanse}\n  B: {kind: chance, staets: [0]}\n  D: {kind: decision, value: 1}\n",
        "claims:\n  - {id: a b, says: '', ask: {ici: {node: 1}}}\n  - 3\nparameters: {m: {vale: 1}}\n",
    )
    places = [line.split(" ")[0] for line in mistakes(text)]
    assert places == [
        "f.yaml:4:6:", "f.yaml:5:21:", "f.yaml:6:23:",
        "f.yaml:8:5:", "f.yaml:8:10:", "f.yaml:8:21:", "f.yaml:8:36:", "f.yaml:8:43:", "f.yaml:9:5:",
        "f.yaml:10:17:", "f.yaml:10:18:",
    ]  # fmt: skip


def test_mistakes_in_several_nodes_and_claims_are_reported_at_once():
    text = head(
        "  A: {kind: chance, states: [0, 1], prob: [0.4, 0.5]}\n"
        "  B: {kind: chance, states: [0, 1], parents: [A, Q], value: A}\n"
        "  C: {kind: chance, states: [0, 1], value: 2 * A}\n"
        "  U: {kind: utility, value: B + nu}\n",
        "claims:\n  - {id: a, says: x, of: m, ask: {soluble: {}}, expect: 1}\n",
    )
    codes = [line.split(" ")[1] for line in mistakes(text)]
    assert codes == ["CID202", "CID201", "CID202", "CID203", "CID301", "CID301"]


@pytest.mark.parametrize(
    ("node", "most"),
    [
        ("N{}: {{kind: chance, states: [0, 1], prob: [1, 1]}}", 20),
        ("N{}: {{kind: chance, parents: [Q{}]}}", 20),
        ("N{}: {{kind: chanse}}", 1000),
    ],
)
def test_a_file_full_of_mistakes_is_refused_quickly(node, most):
    start = process_time()
    lines = mistakes(head("".join(f"  {node.format(i, i)}\n" for i in range(1000))))
    assert len(lines) == most
    assert process_time() - start < 5


def test_a_table_that_is_too_large_is_refused_before_it_is_made():
    nodes = "".join(f"  N{i}: {{kind: decision, states: [0, 1]}}\n" for i in range(40))
    (line,) = mistakes(head(nodes + f"  U: {{kind: utility, value: {' + '.join(f'N{i}' for i in range(40))}}}\n"))
    assert "= 1099511627776 settings. Use fewer parents or states." in line


# --- the JSON Schema ----------------------------------------------------------------------------------------------


def test_the_committed_schema_is_up_to_date():
    committed = resources.files("cidmesa.library").joinpath("scenario.schema.json").read_text()
    assert committed == schema_text(), "run: cidmesa schema > cidmesa/library/scenario.schema.json"


def test_every_field_of_the_schema_is_described():
    schema = scenario_schema()
    shapes = {"the file": schema, **schema["$defs"]}
    fields = {(name, key): field for name, shape in shapes.items() for key, field in shape["properties"].items()}
    assert len(fields) > 200
    assert [place for place, field in fields.items() if not field.get("description")] == []
    assert [name for name, shape in shapes.items() if name != "the file" and not shape.get("description")] == []


@pytest.mark.parametrize("text", [SMALL, CORNERS])
def test_the_schema_accepts_what_the_loader_accepts(text):
    data = json.loads(json.dumps(read(text, "f").data, default=float))
    jsonschema.Draft202012Validator(scenario_schema()).validate(data)


def test_the_schema_refuses_unknown_keys():
    data = json.loads(json.dumps(read(SMALL, "f").data, default=float)) | {"nods": {}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(scenario_schema()).validate(data)


def test_a_specification_in_a_file_has_the_fields_of_mesaspec():
    shape = scenario_schema()["$defs"]["MesaSpec"]
    said = {name: key["description"] for name, key in shape["properties"].items()}
    assert said == {field.name: field.metadata["doc"] for field in fields(cm.MesaSpec)}
    forms = {name: [key, *key.get("oneOf", ())] for name, key in shape["properties"].items()}
    assert {name: tuple(f["enum"]) for name, found in forms.items() for f in found if "enum" in f} == choices()
    assert shape["required"] == ["target", "scope"]


def test_what_a_file_leaves_out_is_as_the_specification_has_it():
    written = loads(CORNERS).specs["per-episode"]
    assert written == cm.MesaSpec(target="A == 'b'", scope="episode")
    empty = CORNERS.replace(
        "scope: episode}", "scope: episode, observes: null, beliefs: null, successor_targets: null}"
    )
    assert loads(empty).specs["per-episode"] == written


# --- the places of errors ------------------------------------------------------------------------------------------

TRAINED = """\
cidmesa: 1
title: x
learner: mesa
parameters:
  p: {value: 1/2, range: [0, one]}
nodes:
  T: {kind: chance, states: [mesa, x], prob: [1, 0]}
  A1: {kind: action, theta: T, states: [x, y], otherwise: {x: x}}
  B: {kind: action, theta: T, states: [x, A1], otherwise: {A1: x}}
  U: {kind: utility, value: A1 == B}
"""
SOUND = TRAINED.replace("one", "1").replace("{A1: x}", "{x: x}")
PLACES = {
    "a value of the parameters that is called like another action": (
        SOUND.replace("[x, A1], otherwise: {x: x}", "[x, A1], otherwise: {A1: x}"),
        "f.yaml:9:6: CID204 'otherwise' names 'A1', which is not another value of 'T'",
    ),
    "a misspelt value of the parameters": (
        SOUND.replace("A1], otherwise: {x: x}", "A1], otherwise: {xx: x}"),
        "f.yaml:9:6: CID204 'otherwise' names 'xx'",
    ),
    "what an action does elsewhere": (
        SOUND.replace("A1], otherwise: {x: x}", "A1], otherwise: {x: {same: Q}}"),
        "f.yaml:9:6: CID204",
    ),
    "text in a range": (TRAINED.replace("{A1: x}", "{x: x}"), "f.yaml:5:30: CID203 in the expression 'one'"),
    "a parameter outside of its range": (
        SOUND.replace("value: 1/2, range: [0, 1]", "value: 2, range: [0, 1]"),
        "f.yaml:5:14: CID202 parameter 'p' = 2 lies outside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_the_place_of_a_mistake_is_where_what_it_is_about_stands(case):
    text, expected = PLACES[case]
    assert mistakes(text) == [line for line in mistakes(text) if expected in line]


def test_errors_carry_what_they_are_about():
    links = [("A", "B"), ("B", "C"), ("C", "A")]
    with pytest.raises(cm.CyclicError) as cyclic:
        cm.cid(links)
    assert set(zip(cyclic.value.cycle, (*cyclic.value.cycle[1:], cyclic.value.cycle[0]), strict=True)) == set(links)
    with pytest.raises(cm.DiagramError) as linked:
        cm.cid("U -> X", utilities=["U"])
    assert linked.value.link == ("U", "X")
    with pytest.raises(cm.ModelError) as given:
        cm.model(cm.cid("A -> B"), A={"B": 1}, B={"A": "1/2"})
    assert given.value.node == "B"
    with pytest.raises(cm.ModelError) as free:
        cm.model(cm.cid("A -> B"), A="p", B="A", parameters={"p": cm.parameter("p")})
    assert free.value.parameter == "p"
