"""What is proved is shown; what is forged is refused, or as true as the engine finds it; the checker stands alone."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import cidmesa as cm
import cidmesa.verify
from cidmesa.errors import CidmesaError
from cidmesa.library.proofs import proof_of, proof_of_outcome
from cidmesa.verify import Refused, verify
from tests.verify.conftest import proofs_of
from tests.verify.forge import forged
from tests.verify.judge import is_true, statement

ROOM = Path(cidmesa.verify.__file__).parent


def test_proofs_of_claims_are_shown_and_true(proofs):
    assert len(proofs) > 100
    assert len({claim["kind"] for proof in proofs for claim in proof["claims"]}) == 8
    for proof in proofs:
        assert len(verify(json.dumps(proof))) == len(proof["claims"])
        assert is_true(proof), proof["about"]


@pytest.mark.nightly
def test_proofs_of_all_claims_are_shown_within_a_minute(capsys):
    texts = [json.dumps(proof) for proof in proofs_of(1)]
    start = time.process_time()
    sentences = sum(len(verify(text)) for text in texts)
    seconds = time.process_time() - start
    with capsys.disabled():
        sys.stdout.write(f"\n{len(texts)} proofs with {sentences} sentences are shown in {seconds:.1f} s\n")
    assert len(texts) > 2_100
    assert sentences >= len(texts)
    assert seconds < 60


def attacked(proofs, number, seed):
    """Return how many forged proofs are refused, state what the genuine one does, or state something else true."""
    rng, found = Random(seed), Counter()
    while found.total() < number:
        genuine = rng.choice(proofs)
        attempt = forged(genuine, rng)
        if attempt == genuine:
            continue
        try:
            verify(json.dumps(attempt))
        except Refused:
            found["refused"] += 1
            continue
        if statement(attempt) == statement(genuine):
            found["the same statement"] += 1
            continue
        try:
            holds = is_true(attempt)
        except CidmesaError as error:
            holds = f"{type(error).__name__}: {error}"
        assert holds is True, (holds, attempt)
        found["another true statement"] += 1
    return found


def test_forged_proofs_are_refused_or_state_what_is_true(proofs):
    small = [proof for proof in proofs if len(json.dumps(proof)) < 3_000 and "lauritzen" not in proof["about"]]
    found = attacked(small, 800, seed=1)
    assert found["refused"] > 500


@pytest.mark.nightly
def test_ten_thousand_forged_proofs(capsys):
    small = [
        proof for proof in proofs_of(3) if len(json.dumps(proof)) < 5_000 and "lauritzen" not in proof["about"]
    ]  # too large for the engine once changed
    found = attacked(small, 10_000, seed=2)
    with capsys.disabled():
        sys.stdout.write(f"\nof 10,000 forged proofs: {dict(found)}\n")
    assert found["refused"] > 7_000


# --- results ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def model():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")


def test_results_prove_themselves(model):
    solution, verdict = cm.solve(model), cm.admits_voi(model.cid, "D", "S")
    assert verify(json.dumps(solution.proof())) == [
        "1 is the most that agent can get in 'model', and the policy gets it"
    ]
    assert verify(json.dumps(verdict.proof())) == [
        "some model on the diagram, 'model for voi of D on S', has voi of D on S"
    ]
    assert verdict.proof() == verdict.proof(model.cid)
    pennies = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    game = cm.model(cm.cid("A, B -> U; A, B -> V", **pennies), A=[0, 1], B=[0, 1], U="A == B", V="A != B")
    (mixed,) = cm.equilibria(game, kind="mixed")
    assert "nobody gains" in verify(json.dumps(mixed.proof(game)))[0]
    risky = cm.model(
        cm.cid("S, D -> U", decisions=["D"], utilities=["U"]),
        S=cm.bernoulli("p"),
        D=[0, 1],
        U="D * (3 * S * S - p)",
        parameters={"p": cm.parameter("p", 0, 1)},
        symbolic=True,
    )
    condition = cm.conditions(risky, {"optimal": {"decision": "D"}, "is": 1})
    assert "0 to 1: True" in verify(json.dumps(condition.proof()))[0]


def test_a_proof_that_can_not_be_given_says_what_is_missing(model):
    alone = replace(cm.admits_voi(model.cid, "D", "S"), diagram=None)
    for result, needs in ((alone, "verdict.proof"), (cm.conditions, "words")):
        with pytest.raises(cm.NotApplicable, match=needs):
            proof_of(result)
    floats = model.with_mechanism(U=lambda S, D: 0.5 * (S == D))
    with pytest.raises(cm.NotApplicable, match="is a float"):
        cm.solve(floats).proof()


def test_a_certificate_of_deception_is_conduct_in_three_models():
    corners = cm.load("hubinger2019/two-corners").of("deceptive")
    certificate = cm.certify_deception(corners)
    proof = certificate.proof()
    assert certificate.degree == "strict"
    assert is_true(proof)
    said = verify(json.dumps(proof))
    assert [text for text in said if "own model" in text][-1].endswith("take ['b'] at D_A3 when {'Theta3': 'mesa'}")
    assert "optimal policies of mesa in 'the blinded model' take ['b'] at D_A1 when {'Theta1': 'mesa'}" in said
    assert sum("the score of" in text and "take ['a']" in text for text in said) == 3
    unaware = cm.certify_deception(cm.load("hubinger2019/two-corners").of("unaware"))
    with pytest.raises(cm.NotApplicable, match="in no span do all plans deceive alike"):
        unaware.proof()


def test_an_irrational_threshold_leaves_a_short_gap():
    g = cm.cid("S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="D * (2 * p * S - 1)", symbolic=True,
                 parameters={"p": cm.parameter("p", 0, 1)})  # fmt: skip
    proof = cm.conditions(m, {"optimal": {"decision": "D"}, "is": 1}).proof()
    gaps = [cell for cell in proof["claims"][0]["cells"] if cell["holds"] is None]
    assert len(gaps) == 1
    assert verify(json.dumps(proof))
    gaps[0]["holds"] = True
    with pytest.raises(Refused, match="two numbers cross"):
        verify(json.dumps(proof))


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"value": 1', '"value": 2', "2 is not the most"),
        ('"value": 1', '"value": 1.0', "no integer and no text"),
        ('"value": 1', '"value": true', "no integer and no text"),
        ('"1/3", "2/3"', '"1/3", "1/3"', "S: no distribution"),
        ('"1/3", "2/3"', '"-1/3", "4/3"', "S: no distribution"),
        ('"1/3", "2/3"', '"1/0", "2/3"', "no integer and no text"),
        ('"1/3", "2/3"', '"1/3"', "its table has 1 numbers, not 2"),
        ('"policy"', '"polcy"', "an object with model, agent"),
        ('"name": "S"', '"name": "D"', "no name, or one that is there"),
        ('"cidmesa-proof": 1', '"cidmesa-proof": 2', "version 2"),
        ('"kind": "optimum"', '"kind": "best"', "no claim of a known kind"),
        ('"rules": {}', '"rules": {}, "rules": {}', "a key stands twice"),
        ('"D": [1, 0, 0, 1]', '"D": [1, 0, 1, 0]', "another value"),
        ("{", "", "no JSON"),
    ],
)
def test_what_is_refused(model, old, new, said):
    text = json.dumps(cm.solve(model).proof())
    assert old in text
    with pytest.raises(Refused, match=said):
        verify(text.replace(old, new, 1))


def test_a_step_that_drops_what_matters_is_refused(model):
    proof = cm.solve(model).proof()
    for rule in ("R0", "R1", "R2", "R3"):
        inner = {"steps": []} if rule == "R3" else {}
        proof["claims"][0]["steps"] = [{"rule": rule, "links": [["S", "D"]]} | inner]
        with pytest.raises(Refused, match=f"{rule} does not drop"):
            verify(json.dumps(proof))


# --- alone -----------------------------------------------------------------------------------------------------------


def test_the_checker_imports_the_standard_library_alone():
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(name.name.partition(".")[0] in sys.stdlib_module_names for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or str(node.module).partition(".")[0] in sys.stdlib_module_names


def test_the_checker_is_short():
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in ROOM.glob("*.py")) <= 600


def test_the_checker_works_in_a_folder_of_its_own(model, tmp_path):
    shutil.copytree(ROOM, tmp_path / "checker", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "good.json").write_text(json.dumps(cm.solve(model).proof()), encoding="utf-8")
    (tmp_path / "bad.json").write_text("[]", encoding="utf-8")
    for name, code, said in (("good.json", 0, "is the most"), ("bad.json", 1, "refused: an object")):
        run = f"import runpy, sys; sys.path.insert(0, '.'); sys.argv[1:] = ['{name}']; "
        run += "runpy.run_module('checker', run_name='__main__')"
        done = subprocess.run(
            [sys.executable, "-I", "-c", run], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == code
        assert said in done.stdout + done.stderr


@pytest.mark.parametrize("slug", ["garg2025/cue", "nair2026/graded-compliance", "richens2025/either-or"])
def test_the_cells_of_a_proof_tell_all_contexts_apart(slug):
    """The answer at one context depends on fewer numbers than a proof compares."""
    scenario = cm.load(slug)
    outcome = next(one for one in cm.check(scenario) if one.claim.id == "exactly")
    assert verify(json.dumps(proof_of_outcome(scenario, outcome)))
