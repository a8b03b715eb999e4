"""Claims and commands about several learned algorithms at once: ``of: [a, b]``, ``--of a --of b``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.library.file.loader import loads

TEXT = """
cidmesa: 1
title: Two learners
nodes:
  Theta: {kind: chance, prob: {mesa: 1, base: 0}}
  A: {kind: action, agent: one, theta: Theta, states: [l, r], otherwise: {base: l}}
  B: {kind: action, agent: two, theta: Theta, parents: [A], states: [l, r], otherwise: {base: l}}
  U: {kind: utility, agent: base, parents: [A, B], value: A == B}
learner: mesa
mesa:
  same: {agent: one, target: "A == B", scope: episode}
  other: {agent: two, target: "A != B", scope: episode}
  third: {agent: one, target: "A == 'r'", scope: episode}
"""


GOOD = f"""{TEXT}claims:
  - {{id: both, says: One relies on two., of: [same, other], ask: {{relevance: {{from: D_A, to: D_B}}}}, expect: true}}
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "two.cid.yaml").write_text(GOOD, encoding="utf-8")
    return str(tmp_path / "two.cid.yaml")


def test_a_scenario_composes_several():
    both = loads(GOOD).of("same", "other")
    assert set(both.cid.decisions) == {"D_A", "D_B"}
    assert {both.cid.agent(d) for d in both.cid.decisions} == {"one@1", "two@1"}
    with pytest.raises(cm.ScenarioError, match="same and third are not of different learned algorithms: their agents"):
        loads(GOOD).of("same", "third")
    with pytest.raises(cm.ScenarioError, match="no mesa specification 'othre'"):
        loads(GOOD).of("same", "othre")


def test_a_claim_asks_several():
    scenario = loads(GOOD)
    (claim,) = scenario.claims
    assert claim.of == ("same", "other")
    (outcome,) = cm.check(scenario)
    assert outcome.status == "passed"
    assert outcome.to_json()["of"] == ["same", "other"]
    assert "of same and other" in repr(claim)


def test_a_name_in_the_list_that_is_not_there():
    with pytest.raises(cm.ScenarioError, match="there is no specification 'othre' under mesa"):
        loads(GOOD.replace("[same, other]", "[same, othre]"))


@pytest.mark.parametrize("command", [["equilibria"], ["solve"], ["incentives"]])
def test_commands_take_the_option_several_times(command, path):
    found = CliRunner().invoke(main, [*command, path, "--of", "same", "--of", "other", "--format", "json"])
    assert found.exit_code == 0, found.output
    assert "D_B" in json.dumps(json.loads(found.output))


def test_a_sweep_of_several(path):
    scenario = cm.load(path)
    table = cm.sweep(scenario, ask={"relevance": {"from": "D_A", "to": "D_B"}}, of=("same", "other"))
    assert "same and other" in str(table)
