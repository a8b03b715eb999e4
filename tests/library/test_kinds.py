"""Kinds of claims: one class is all that there is to a kind, also one that is made outside of the package."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from itertools import product
from pathlib import Path
from random import Random

import pytest

import cidmesa as cm
from cidmesa.library.conditions import asked
from cidmesa.library.kinds import KINDS
from cidmesa.library.subject import Subject
from tests.library.asked import QUESTIONS
from tests.library.files import scenario
from tests.random_models import random_model

TOY = '''
from cidmesa.library.file.loader import loads
from cidmesa.library.file.schema import scenario_schema
from cidmesa.library.kinds.kind import Answer, Kind
from cidmesa.library.validation import Text
import cidmesa as cm


class Observed(Kind, name="observed"):
    """How many nodes a decision observes."""

    decision: Text
    """the decision that observes"""

    def expectable(self, answer):
        return "" if isinstance(answer, int) else "a number"

    def answer(self, subject):
        seen = subject.cid.parents(self.decision)
        return Answer(len(seen), seen, "its parents")

    def exclusions(self, subject):
        yield "all", lambda: "something" if subject.cid.parents(self.decision) == ("S",) else ""

    family = "graphical"


head = "cidmesa: 1\\ntitle: x\\nnodes: {S: {kind: chance, states: [0, 1], prob: [0, 1]}, D: {kind: decision, "
tail = "states: [0, 1], parents: [S]}}\\nclaims:\\n  - {id: a, says: x, ask: {observed: {decision: D}}, expect: 1}\\n"
scenario = loads(head + tail)
(outcome,) = cm.check(scenario)
print(outcome.status, outcome.got, outcome.witness, outcome.numbers)
(many,) = cm.check(loads(head + tail.replace("expect: 1", "expect: 2")))
print(many.status)
print(scenario_schema()["$defs"]["Observed"]["description"])
print(cm.sweep(scenario, {}, ask="observed decision=D").rows[0]["observed"])
try:
    loads(head + tail.replace("decision: D}}", "decison: D}}"))
except cm.ScenarioError as error:
    print(error)
'''

SAID = """\
contradicted 1 ('S',) the diagram excludes all, but in this model it is there: something
contradicted
How many nodes a decision observes.
1
"""


def test_a_kind_that_is_made_elsewhere_is_asked_swept_cross_checked_and_in_the_schema():
    done = subprocess.run([sys.executable, "-c", TOY], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(SAID), done.stderr
    assert "claims.0.ask.observed has the unknown key 'decison'. Did you mean 'decision'?" in done.stdout
    assert "observed" not in KINDS, "it was made in another process"


def test_questions_go_to_other_processes_and_come_back():
    for text, question, right, _ in QUESTIONS:
        (claim,) = scenario(text, f"{question}, expect: {right}").claims
        again = pickle.loads(pickle.dumps(claim))  # noqa: S301
        assert (again.question, type(again.question)) == (claim.question, type(claim.question))


def test_a_kind_says_what_it_means():
    assert asked("voi decision=D node=S").question.meaning().startswith("Value of information: in some model")
    assert "if it does not. Criterion for one decision: `X` d-connected" in KINDS["voi"].meaning()
    assert cm.load("hubinger2019/two-corners").claims[0].question.name in KINDS


def test_questions_are_asked_of_values_that_stand_in_no_file():
    """Formerly of a scenario without a name, so that messages began with nothing."""
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    assert asked("ri decision=D node=S").question.answer(Subject(g)).got is True
    with pytest.raises(cm.ScenarioError, match=r"^the diagram has no numbers"):
        asked("eu").question.answer(Subject(g))
    with pytest.raises(cm.NotApplicable, match="about a composition"):
        asked("deceptive").question.answer(Subject(g))
    m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    assert asked("eu").question.answer(Subject(m)).got == 1
    composed = cm.load("hubinger2019/two-corners").of("deceptive")
    at_a_quarter, declared = Subject(composed).at({"mu": "1/4"}), Subject(composed)
    assert [asked("deceptive").question.answer(s).short for s in (at_a_quarter, declared)] == [False, True]


ROOT = Path(cm.__file__).parent / "library"


@pytest.mark.parametrize("module", ["conditions", "subject", "policies", "kinds.kind", "kinds.conditional"])
def test_modules_of_questions_import_each_other_at_their_head(module):
    """An import inside a function hid a circle."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [node.module for f in functions for node in ast.walk(f) if isinstance(node, ast.ImportFrom)]
    assert [name for name in inside if name.startswith("cidmesa.library")] == []
    subprocess.run([sys.executable, "-c", f"import cidmesa.library.{module}"], check=True)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_options_compared_at_one_context_are_those_of_all_optimal_policies(first, monkeypatch):
    """The short way of ``optimal`` gives what the optimal policies take, with ties, and refuses where nobody gets."""
    compared = 0
    for seed in range(first, first + 50):
        model = random_model(Random(seed), max_decisions=1)
        (decision,) = model.cid.decisions
        axes = [[None, *model.domain(parent)] for parent in model.cid.parents(decision)]
        for states in product(*axes):
            pairs = zip(model.cid.parents(decision), states, strict=True)
            given = {parent: state for parent, state in pairs if state is not None}
            question = KINDS["optimal"](decision=decision, when=given)
            compared += question._compared(Subject(model), decision) is not None
            short = _said(question, model)
            with monkeypatch.context() as patch:
                patch.setattr(type(question), "_compared", lambda *_: None)
                assert short == _said(question, model), (seed, given)
    assert compared >= 40


def _said(question, model):
    try:
        return question.answer(Subject(model)).got
    except cm.CidmesaError as error:
        return type(error)
