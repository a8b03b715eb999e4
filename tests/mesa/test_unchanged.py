"""Every composition in the scenario library: its nodes and links, what is optimal in it, and what that is worth.

The figures in ``compositions.json`` were written before the rules were amended. To change one on purpose, run this file
as a script, look at the difference, and say in a changelog fragment why.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.modelling.numbers import show
from cidmesa.solving.optimal.solution import rational_policy

DATA = Path(__file__).with_name("compositions.json")
EXPECTED = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
TRAINED = {scenario.slug: scenario for scenario in cm.scenarios() if scenario.training is not None}


def described(composition: cm.Composition) -> dict[str, object]:
    """Return nodes with their parents, what agents do, and what each utility's owner gets by it in the world as it is.

    ``plan`` and ``value`` are those of one agent; several agents follow the profile by backward induction.
    """
    model, twin = composition.model, composition.objective_twin
    found: dict[str, object] = {"nodes": {s.name: _node(s) for s in model.cid.specs}}
    if len({model.cid.agent(decision) for decision in model.cid.decisions}) == 1:
        solution = cm.solve(model)
        found |= {"value": show(solution.value), "plan": str(solution.plan)}
        rules = solution.policy
    else:
        rules = rational_policy(model)
        found["plan"] = str({rule.decision: str(rule) for rule in rules.rules})
    owners = [agent for agent in twin.cid.agents if twin.cid.utilities_of(agent)]
    return found | {"twin": {agent: show(cm.expected_utility(twin, rules, agent)) for agent in owners}}


def _node(spec: cm.Node) -> str:
    owner = f" {spec.agent}" if spec.agent else ""
    return f"{spec.kind}{owner} <- {', '.join(spec.parents)}" if spec.parents else f"{spec.kind}{owner}"


def compositions(scenario: cm.Scenario) -> dict[str, object]:
    """Return what there is to say of every composition of a scenario and its variants."""
    variants = [variant for variant in (scenario, *scenario.variants) if variant.training is not None]
    return {f"{v.slug}:{name}": described(v.of(name)) for v in variants for name in v.specs}


@pytest.mark.parametrize("slug", TRAINED)
def test_compositions_of(slug):
    expected = {name: what for name, what in EXPECTED.items() if name.split(":")[0].split("@")[0] == slug}
    assert json.loads(json.dumps(compositions(TRAINED[slug]))) == expected


def test_nothing_is_left_out():
    assert {name.split(":")[0].split("@")[0] for name in EXPECTED} == {s for s in TRAINED if TRAINED[s].specs}


if __name__ == "__main__":
    found = {name: what for scenario in TRAINED.values() for name, what in compositions(scenario).items()}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
