"""What the composer refuses, and in which words."""

from __future__ import annotations

import pytest

import cidmesa as cm

CORNERS = cm.load("hubinger2019/two-corners")
SPEC = cm.MesaSpec(target="A == 'b'", scope="updates")


def weighed(weight):
    return cm.compose(cm.builders.episodes(2, 1), cm.MesaSpec("A == 'b'", "updates", later_weight=weight))


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (lambda: cm.compose(CORNERS.model, SPEC), r"needs a training process, not .* Model\. Make one by cm\.training"),
        (lambda: cm.compose(CORNERS.training, "A"), r"compose needs a specification, not a value of type str"),
        (lambda: cm.compose(CORNERS.training, {"mesa": "A"}), r"Make one by cm\.MesaSpec\(target=\.\.\., scope"),
        (
            lambda: cm.alignment(CORNERS.training, SPEC, {"deploy": {}}),
            r"environments, one of which must be called 'train': name -> what",
        ),
        (lambda: cm.select(CORNERS.training, SPEC), r"candidates by name, at least one: \{'wants-red': cm\.MesaSpec"),
        (lambda: cm.certify_deception(CORNERS.training), r"needs a composition, .*\. Make one by cm\.compose"),
        (lambda: weighed("1/2"), r"later_weight='1/2' with 2 episodes of training.*succession='game'"),
        (lambda: weighed("m"), r"later_weight='m': .*'m'.*parameter"),
        (lambda: weighed(-1), r"later_weight='-1': it must not be negative"),
        (lambda: weighed("1 +"), "later_weight='1 \\+': "),
        (
            lambda: cm.compose(CORNERS.training, cm.MesaSpec(target={2: "A == 'b'"}, scope="updates")),
            r"target of episode 2: there is no node 'A'\..* did you mean 'A2'\?",
        ),
    ],
)
def test_compose(refused, words):
    with pytest.raises(cm.ComposeError, match=words):
        refused()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"actions": ["A1"]}, r"actions gives each action its role, .*cm\.learned\('Theta1', episode=1\)"),
        ({"actions": {"A1": "Theta1"}}, r"not \{'A1': 'Theta1'\}"),
        ({"base_agent": "bace"}, r"Did you mean 'base'\? Say which agent trains by base_agent=\.\.\.; the agents are"),
        (
            {"actions": {"A1": cm.learned("Theta1", phase="deployment")}},
            r"action 'A1': the phase is 'train', 'deploy' or an expression .* Did you mean 'deploy'",
        ),
    ],
)
def test_training(given, words):
    usual = {"actions": {"A1": cm.learned("Theta1")}, "learner": "mesa", "otherwise": {"base": "a"}}
    with pytest.raises(cm.ComposeError, match=words):
        cm.training(CORNERS.model, **(usual | given))
