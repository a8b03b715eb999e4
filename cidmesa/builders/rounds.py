"""Rounds of training and deployment: the two corners in any size, and a gate between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.builders.building_blocks import (
    Part,
    action,
    at_least,
    chance,
    kept,
    objective,
    parameters,
    probability,
    process,
    updated,
)
from cidmesa.modelling.shorthand import bernoulli

if TYPE_CHECKING:
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["episodes", "gate"]

MU = "probability that a miss in training is trained away"


def episodes(training: int = 2, deployment: int = 3, *, mu: object = 1) -> TrainingProcess:
    """Return a process of ``training`` episodes, each followed by an update, and ``deployment`` episodes without.

    ``Theta_t`` parameters, ``A_t`` in {a, b} what is done in episode t, ``R_t`` whether it was a, which the base
    objective wants. After a training episode with ``R_t = 0`` the parameters are changed with probability ``mu``;
    changed parameters do a. An agent that wants b complies throughout iff mu K > 1 (K deployment episodes).
    Source: Hubinger et al. 2019, section 4, figure 4.1 (two corners, training 2, deployment 3). Ours: an episode is one
    choice and not a walk; ``mu`` (1 in the source).

    Raises:
        ComposeError: no episode at all.

    >>> import cidmesa as cm
    >>> c = cm.compose(cm.builders.episodes(), cm.MesaSpec(target="A == 'b'", scope="updates"))
    >>> "".join(cm.solve(c.model).plan.values()), cm.solve(c.model).value
    ('aabbb', Fraction(3, 1))

    """
    at_least(0, training=training, deployment=deployment)
    last = training + deployment
    at_least(1, **{"training + deployment": last})
    parts = [parameters()]
    for t in range(1, last + 1):
        phase = "train" if t <= training else "deploy"
        parts += [action(f"A{t}", "ab", f"Theta{t}", "a", episode=t, phase=phase)]
        if t < last:
            parts += _update(t, f"A{t}") if phase == "train" else [kept(f"Theta{t + 1}", f"Theta{t}")]
        parts += [objective(f"U_base{t}", f"A{t} == 'a'")]
    return process(parts, probability("mu", mu, MU))


def _update(t: int, outcome: str) -> list[Part]:
    """Return the score of episode t and the parameters after the update that it drives."""
    score = chance(f"R{t}", f"{outcome} == 'a'", [0, 1])
    return [score, updated(f"Theta{t + 1}", f"Theta{t}", f"mu * (R{t} == 0)")]


def gate(
    training: int = 1, deployment: int = 3, *, mu: object = "1/2", passes: object = 1, fails: object = 0
) -> TrainingProcess:
    """Return a process with evaluations in training and a gate, which deployment follows only if it opens.

    As `episodes`, with ``Out_t``, what comes of episode t: ``A_t``, or none if the gate stays shut. ``Gate`` opens with
    probability ``passes`` if every training episode scored 1 and ``fails`` if not (``Passed_t``: all scored 1 so far);
    the process names it as its gate, so that complying in order to be deployed counts as complying for the future.
    One training episode: an agent that wants b complies iff K (passes - (1 - mu) fails) > 1; N of them and a gate that
    ignores scores, passes = fails = g, objective discounted by gamma: iff mu gamma^N g (1 + gamma + ...) > 1.
    Source: selection for deployment in Hubinger et al. 2019, section 4, in words there; the model is ours.

    Raises:
        ComposeError: fewer than one episode of either kind.

    >>> import cidmesa as cm
    >>> c = cm.compose(cm.builders.gate(mu=0, deployment=2), cm.MesaSpec(target="Out == 'b'", scope="updates"))
    >>> cm.solve(c.model).plan["D_A1"], cm.solve(c.model).value   # 2 (1 - 0) > 1
    ('a', Fraction(2, 1))

    """
    at_least(1, training=training, deployment=deployment)
    parts = [parameters()]
    for t in range(1, training + 1):
        parts += [
            action(f"A{t}", "ab", f"Theta{t}", "a", episode=t),
            chance(f"Out{t}", f"A{t}"),
            *_update(t, f"Out{t}"),
        ]
        parts += [objective(f"U_base{t}", f"Out{t} == 'a'")]
    for t in range(2, training + 1):
        parts += [chance(f"Passed{t}", f"{_passed(t - 1)} * R{t}", [0, 1])]
    parts += [chance("Gate", bernoulli(f"passes if {_passed(training)} == 1 else fails"))]
    for t in range(training + 1, training + deployment + 1):
        parts += [action(f"A{t}", "ab", f"Theta{t}", "a", episode=t, phase="deploy")]
        parts += [chance(f"Out{t}", f"A{t} if Gate == 1 else 'none'", ["a", "b", "none"])]
        parts += [objective(f"U_base{t}", f"Out{t} == 'a'")]
        parts += [kept(f"Theta{t + 1}", f"Theta{t}")] if t < training + deployment else []
    opens = [
        probability("passes", passes, "probability of deployment if all evaluations pass"),
        probability("fails", fails, "probability of deployment if one fails"),
    ]
    return process(parts, probability("mu", mu, MU), *opens, gate={"Gate": 1})


def _passed(t: int) -> str:
    return f"Passed{t}" if t > 1 else "R1"
