"""What stops a new user in the first hours: each test reads what the user sees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.library.file.loader import loads
from tests.library.files import CORNERS, SMALL, with_claims

ROOT = Path(__file__).parent.parent
REWARD = """\
cidmesa: 1
title: Tampering
parameters: {h: {value: 2, range: [0, 5]}}
nodes:
  D: {kind: decision, states: [tamper, work]}
  R: {kind: chance, value: "h if D == 'tamper' else 1"}
  U: {kind: utility, value: R}
"""
THREE = """\
cidmesa: 1
title: Three numbers
parameters: {a: {value: 1, range: [0, 2]}, b: {value: 1, range: [0, 2]}, c: {value: 1, range: [0, 2]}}
nodes:
  D: {kind: decision, states: [x, y]}
  U: {kind: utility, value: "(a * b - c) * (D == 'x')"}
"""


def cidmesa(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def without_z3(tmp_path):
    """The environment of a process in which z3 cannot be imported."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\n\nsys.modules['z3'] = None\n")
    return {"PYTHONPATH": f"{hidden}:{ROOT}", "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def needing_z3(tmp_path):
    file = tmp_path / "three.cid.yaml"
    claim = "ask: {condition: {optimal: {decision: D}, is: x}}, expect: a * b > c"
    file.write_text(with_claims(THREE, claim, "ask: {soluble: {}}, expect: true"))
    return file


def run(environment, *arguments, cwd):
    return subprocess.run([sys.executable, "-m", *arguments], cwd=cwd, env=environment, capture_output=True, text=True)


def test_a_claim_that_needs_a_package_is_skipped_with_the_reason_by_pytest(without_z3, needing_z3):
    options = ("-p", "cidmesa.pytest_plugin", "-p", "no:cacheprovider", "-rs", needing_z3)
    done = run(without_z3, "pytest", *options, cwd=needing_z3.parent)
    assert "1 passed, 1 skipped" in done.stdout
    assert "need z3: pip install 'cidmesa[proof]'" in done.stdout.replace("\n", " ")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["text", "concise", "github", "md", "json", "junit"])
def test_check_says_why_a_claim_is_skipped(form, without_z3, needing_z3):
    done = run(without_z3, "cidmesa", "check", needing_z3, "--no-cache", "--format", form, cwd=needing_z3.parent)
    assert "need z3" in done.stdout
    assert done.returncode == 0


def test_a_claim_that_was_skipped_is_explained(without_z3, needing_z3):
    done = run(without_z3, "cidmesa", "explain", needing_z3, "c0", cwd=needing_z3.parent)
    assert "so: the claim was not asked" in done.stdout
    assert "need z3" in done.stdout
    assert "found:" not in done.stdout


def test_a_state_that_would_be_a_free_number_is_named_with_the_remedy():
    with pytest.raises(
        cm.NotApplicable, match=r"states of 'R' would depend on a free parameter.*labels.*in the utility"
    ):
        cm.conditions(loads(REWARD), {"optimal": {"decision": "D"}, "is": "tamper"}, over=["h"])


def test_an_incentive_of_one_decision_among_several_advises_in_the_words_of_the_file():
    report = cm.check(
        loads(with_claims(CORNERS, "of: deceptive, ask: {has_ici: {decision: D_A1, node: R1}}, expect: 1"))
    )
    assert "policy: {D_A2: …}" in report.to_text()


@pytest.mark.parametrize("ask", ["eu", "optimal decision=Take when={Report: yes}"])
def test_exact_asks_for_the_answer_that_is_meant_before_any_work(ask, tmp_path):
    (tmp_path / "small.cid.yaml").write_text(SMALL)
    out = tmp_path / "table.csv"
    command = ("sweep", tmp_path / "small.cid.yaml", "--over", "p=0:1:5", "--ask", ask, "-o", out)
    done = cidmesa(*command, "--plot", tmp_path / "a.svg", "--exact")
    assert done.exit_code != 0
    assert "--is ANSWER" in done.output
    assert not out.exists()


def test_exact_marks_where_the_answer_becomes_the_one_that_is_meant(tmp_path):
    (tmp_path / "small.cid.yaml").write_text(SMALL)
    command = (
        "sweep",
        tmp_path / "small.cid.yaml",
        "--over",
        "p=0:1:5",
        "--ask",
        "optimal decision=Take when={Report: yes}",
    )
    done = cidmesa(*command, "-o", tmp_path / "t.csv", "--plot", tmp_path / "a.svg", "--exact", "--is", "umbrella")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "a.svg").exists()


def test_same_rank_holds_on_a_composition_as_on_its_diagram():
    composition = cm.compose(loads(CORNERS).training, loads(CORNERS).specs["deceptive"])
    plain, together = (cm.svg(composition, **more) for more in ({}, {"same_rank": [["A1", "A2"]]}))
    assert plain != together


def test_names_of_functions_on_values_are_answered_with_the_function():
    model = loads(SMALL).model
    with pytest.raises(AttributeError, match=r"It is a function: cm\.solve\(model, \.\.\.\)"):
        model.solve()
    with pytest.raises(AttributeError, match=r"It is a function: cm\.incentives\(cid\)"):
        model.cid.incentives()


@pytest.mark.parametrize("more", [{"decisions": ["D"]}, {}])
def test_links_given_to_the_class_are_for_the_function(more):
    with pytest.raises(cm.DiagramError, match=r"cm\.cid\(edges, decisions=\.\.\., utilities=\.\.\.\)"):
        cm.CID([("D", "U")], **more)


def test_check_says_which_files_it_did_not_look_at(tmp_path):
    for name in ("one.yaml", "two.yml"):
        (tmp_path / name).write_text(SMALL)
    done = cidmesa("check", tmp_path)
    assert done.exit_code == 5
    assert "ends in .cid.yaml" in done.output
    assert "one.yaml and 1 more" in done.output.replace("\n", " ")


UNFORMATTED = """\
cidmesa: 1
title:     Weather
nodes:
  # a comment, with odd blanks
  Take: {kind: decision,   states: [umbrella, nothing]}
  U:    {kind: utility, value: "2 * (Take == 'umbrella')"}
claims:
    - {id: a, says: It is so.,   ask: {eu: {}}, expect: 3}
    - id: b
      says: It takes it.
      ask: {optimal: {decision: Take}}
      expect: nothing   # why
"""


def test_update_changes_what_was_expected_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    file = tmp_path / "a.cid.yaml"
    file.write_text(UNFORMATTED)
    cidmesa("check", file, "--update", "--no-cache")
    assert file.read_text() == UNFORMATTED.replace("expect: 3", "expect: 2").replace(
        "expect: nothing", "expect: umbrella"
    )


def test_an_effect_is_asked_of_the_belief_or_of_the_truth():
    """An agent that does not know of the update believes that what it does changes no parameters."""
    asked = "cause: A1, of: R1, before: a, after: b"
    claims = [f"of: unaware, ask: {{effect: {{{asked}, in: {world}}}}}, expect: -1" for world in ("belief", "truth")]
    report = cm.check(loads(with_claims(CORNERS, *claims)))
    believed, true = report
    assert (true.status, true.got) == ("passed", -1), report.to_text()
    assert "R1" in believed.because  # what it does not know of is not in its diagram


def test_mixed_equilibria_too_large_advise_what_works(monkeypatch):
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    pay = {"U": "(A - B) % 3", "V": "(B - A) % 3"}  # rock, paper, scissors
    game = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), pay, A=[0, 1, 2], B=[0, 1, 2])
    monkeypatch.setattr("cidmesa.solving.games.polytope.MAX_PAIRS", 1)
    found = cm.equilibria(game, kind="mixed")
    assert not found.complete
    advised = {"kind": "pure"}, {"concept": "subgame_perfect", "kind": "behavioural"}, {"solver": "gambit"}
    for said in advised:
        assert all(f'{key}="{value}"' in found.reason for key, value in said.items())
    for said in advised[:2]:
        assert cm.equilibria(game, **said).reason


def test_the_examples_of_check_work_where_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line.strip() for line in cidmesa("check", "--help").output.splitlines()]
    examples = [line.split() for line in lines if line.startswith("cidmesa check ")]
    assert cidmesa(*examples[0][1:], "--no-cache").exit_code == 0
    for example in examples:
        assert not any(word.startswith("models/") for word in example), example


@pytest.mark.parametrize("kind", ["decision", "training", "game"])
def test_new_writes_one_of_three_starters_whose_claims_hold(kind, tmp_path):
    file = tmp_path / "mine.cid.yaml"
    assert cidmesa("new", kind, file).exit_code == 0
    assert cm.check(file)


def test_new_with_a_misspelt_kind_names_the_near_miss(tmp_path):
    done = cidmesa("new", "trainin", tmp_path / "mine.cid.yaml")
    assert "Did you mean 'training'?" in done.output


def test_a_verdict_prints_its_sentence():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    assert str(cm.admits_voi(g, "D", "S")).startswith("voi of agent (decision D, S): admits, because S is active")
    assert str(cm.is_soluble(g)).startswith("soluble, because")


def test_every_field_of_a_scenario_file_is_described():
    def fields(node):
        if isinstance(node, dict):
            for name, one in node.get("properties", {}).items():
                yield name, one
            for one in node.values():
                yield from fields(one)
        elif isinstance(node, list):
            for one in node:
                yield from fields(one)

    known = json.loads(cidmesa("schema").output)
    mesa = {"aware", "recall", "value_ref", "scope", "succession", "observes", "beliefs"}
    assert mesa <= {name for name, _ in fields(known)}
    assert not [name for name, one in fields(known) if "description" not in one and "$ref" not in one]


def test_a_scenario_is_saved_as_a_file(tmp_path):
    text = with_claims(SMALL, "ask: {eu: {}}, expect: -19/30")
    (tmp_path / "x.cid.yaml").write_text(text)
    cm.save(cm.load(tmp_path / "x.cid.yaml"), tmp_path / "y.cid.yaml")
    assert (tmp_path / "y.cid.yaml").read_text() == text
    with pytest.raises(cm.ScenarioError, match="was read from a text"):
        cm.save(loads(text), tmp_path / "z.cid.yaml")


def test_the_learner_that_one_update_does_not_know_is_named():
    text = CORNERS.replace(
        "Theta2: {kind: chance, states: [mesa, base]", "Theta2: {kind: chance, states: [schemer, base]"
    )
    text = text.replace("[mesa, 0, {base: mu, mesa: 1 - mu}], ['*', '*', {same: Theta1}]", "['*', '*', schemer]")
    with pytest.raises(cm.ScenarioError, match="'mesa'"):
        loads(text)


TWO = """\
cidmesa: 1
title: Two learned algorithms
nodes:
  Theta: {kind: chance, prob: {mesa: 1, base: 0}}
  Phi: {kind: chance, prob: {mesa: 1, base: 0}}
  A: {kind: action, agent: one, theta: Theta, states: [l, r], otherwise: {base: l}}
  B: {kind: action, agent: two, theta: Phi, parents: [A], states: [l, r], otherwise: {base: l}}
  U: {kind: utility, agent: base, parents: [A, B], value: A == B}
learner: mesa
mesa:
  same: {agent: one, target: "A == B", scope: episode}
  other: {agent: two, target: "A != B", scope: episode}
"""


def test_two_learned_algorithms_share_the_name_of_the_value():
    with pytest.raises(cm.ScenarioError, match=r"the learner 'mesa' is not a value of 'Phi'\. Its values are: schemer"):
        loads(TWO.replace("Phi: {kind: chance, prob: {mesa", "Phi: {kind: chance, prob: {schemer"))


def test_a_certificate_names_the_learned_algorithm_that_it_is_about():
    both = loads(TWO).of(["same", "other"])
    assert both.cid == loads(TWO).of("same", "other").cid
    assert str(cm.certify_deception(both)).startswith("two is not deceptively aligned")
