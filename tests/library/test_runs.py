"""Claims about real training: asked on request alone, and told apart from what is not known."""

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.library.file.loader import loads

TRAINED = ("hubinger2019/two-corners", "langosco2022/coinrun", "langosco2022/keys-and-chests")
FILE = """\
cidmesa: 1
title: A coin
nodes:
  D: {kind: decision, states: [left, right]}
  U: {kind: utility, parents: [D], value: PAYS}
runs:
  - {id: goes-right, says: It goes right., ask: {trained: {plan: {D: right}, seeds: SEEDS, budget: 400}}, expect: true}
"""


def asked(pays, seeds):
    scenario = loads(FILE.replace("PAYS", pays).replace("SEEDS", str(seeds)))
    (outcome,) = cm.check(scenario, runs=True)
    return outcome


def test_claims_about_training_are_asked_on_request_alone():
    for slug in TRAINED:
        scenario = cm.load(slug)
        names = {claim.id for claim in scenario.runs}
        assert names
        assert {claim.expect for claim in scenario.runs} == {True, False}
        assert not names & {outcome.claim.id for outcome in cm.check(scenario, keyword="nothing-at-all")}
        assert {outcome.claim.id for outcome in cm.check(scenario, runs=True)} == names


def test_those_of_the_library_hold():
    result = CliRunner().invoke(main, ["check", "--runs", *TRAINED])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "7 passed, 0 failed, 0 skipped"


def test_what_is_shown_holds_or_fails_and_what_is_not_is_undetermined():
    assert asked("D == 'right'", 12).status == "passed"
    assert asked("D == 'left'", 12).got is False
    few = asked("D == 'right'", 3)
    assert few.status == "failed"
    assert str(few.got).startswith("undetermined: 3 of 3 runs do it")


def test_what_can_not_be_asked_is_refused():
    with pytest.raises(cm.ScenarioError, match="learner"):
        loads(FILE.replace("PAYS", "1").replace("seeds: SEEDS", "learner: reinforced"))
    text = FILE.replace("PAYS", "1").replace("SEEDS", "3")
    with pytest.raises(cm.ScenarioError, match="is there twice"):
        loads(text + text[text.index("  - {id") :])
