"""Rounds of training and deployment, stages one after the other, a gate, and agents that guard their parameters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.builders.building_blocks import (
    Part,
    action,
    amount,
    at_least,
    chance,
    kept,
    objective,
    parameters,
    probability,
    process,
    updated,
)
from cidmesa.errors import ComposeError, near_miss
from cidmesa.modelling.numbers import as_number, show
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.shorthand import bernoulli

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.training import TrainingProcess

__all__ = ["episodes", "gate", "gradient_hacking", "quadratic", "rlhf", "stages"]


MU = "probability that a miss in training is trained away"


def episodes(training: int = 2, deployment: int = 3, *, mu: object = 1) -> TrainingProcess:
    """Return a process of ``training`` episodes, each followed by an update, and ``deployment`` episodes without.

    ``Theta_t`` are the parameters, ``A_t`` in {a, b} is the action in episode t, and ``R_t`` says whether it was a,
    which the base objective wants. After a training episode with ``R_t = 0``, the parameters are changed with
    probability ``mu``; changed parameters do a. An agent that wants b complies throughout iff mu K > 1 (K deployment
    episodes).
    Source: Hubinger et al. 2019, section 4, figure 4.1 (two corners, training 2, deployment 3). Ours: an episode is one
    choice instead of a walk, and ``mu`` varies (1 in the source).

    Raises:
        ComposeError: the process has no episode.

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
    """Return a process with evaluations in training and a gate; deployment follows only if the gate opens.

    The process is like `episodes`, with the outcome ``Out_t`` of episode t: ``A_t``, or none if the gate stays shut.
    ``Gate`` opens with probability ``passes`` if every training episode scored 1, and otherwise with probability
    ``fails`` (``Passed_t``: all scored 1 so far). The process declares it as a gate, so complying in order to be
    deployed counts as complying for the future. With one training episode, an agent that wants b complies iff K (passes
    - (1 - mu) fails) > 1. With N episodes, a gate that ignores scores (passes = fails = g) and an objective discounted
    by gamma, it complies iff mu gamma^N g (1 + gamma + ...) > 1.
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


def rlhf(
    *, visible: bool = True, tau: object = "1/2", mu: object = "2/5", later: object = 5, terminal: object = 0
) -> TrainingProcess:
    """Return a process that trains on only one of two tiers of conversations, as in alignment faking.

    ``Ph`` is the free tier, used for training, with probability ``tau``, and otherwise the paid tier; the agent
    observes it iff ``visible``. ``A`` is comply or refuse; ``R`` says whether it complied. A refusal in training is
    trained away with probability ``mu`` (``Theta2``; changed parameters comply). ``A2`` stands for ``later`` requests
    after that. The base objective wants compliance. Consider an agent that loses 1 by complying with a request and
    gains ``terminal`` by keeping its parameters. It complies in training iff mu (later + terminal) > 1; if it does not
    observe the tier, iff tau mu (later + terminal) > 1.
    Source: Greenblatt et al. 2024; encoding and numbers are ours.

    >>> import cidmesa as cm
    >>> cost = {1: "-(A == 'comply')", 2: "-later * (A2 == 'comply')"}
    >>> c = cm.compose(cm.builders.rlhf(), cm.MesaSpec(target=cost, scope="updates"))
    >>> {ph: cm.solve(c.model).policy["D_A"]({"Ph": ph}) for ph in ("free", "paid")}
    {'free': 'comply', 'paid': 'refuse'}
    """
    options = ["comply", "refuse"]
    parts = [
        chance("Ph", {"free": "tau", "paid": "1 - tau"}),
        parameters(),
        action("A", options, "Theta1", "comply", sees=("Ph",) if visible else (), phase="Ph == 'free'"),
        chance("R", "A == 'comply'", [0, 1]),
        updated("Theta2", "Theta1", "mu * (R == 0 and Ph == 'free')"),
        action("A2", options, "Theta2", "comply", episode=2, phase="deploy"),
        objective("U_base1", "R"),
        objective("U_base2", "later * (A2 == 'comply')"),
    ]
    return process(
        parts,
        probability("tau", tau, "probability that a conversation is trained on"),
        probability("mu", mu, "probability that a refusal in training is trained away"),
        amount("later", later, "later requests"),
        amount("terminal", terminal, "what keeping its parameters is worth in itself, for objectives to use"),
    )


def gradient_hacking(
    *, gain: object = 1, kappa: object = 2, cost: object = "1/2", future: object = 3
) -> TrainingProcess:
    """Return an update that an agent can prevent by making its performance depend on its objective.

    ``H`` is plain, or couple: performance depends on the objective, which makes it ``Brittle``. The update changes the
    parameters iff the base optimizer's gain exceeds the cost of brittleness, gain - kappa Brittle > 0. Changed
    parameters do a in ``A2``, which the base objective wants. ``cost`` and ``future`` are parameters for objectives: an
    agent that wants b couples iff kappa >= gain > 0 and future > cost.
    Source: Hubinger 2019, Gradient hacking; a footnote of Hubinger et al. 2019, section 4. Encoding and numbers are
    ours.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target={1: "-cost * (H == 'couple')", 2: "future * (A2 == 'b')"}, scope="updates")
    >>> c = cm.compose(gradient_hacking(), spec)
    >>> cm.solve(c.model).plan, cm.solve(c.model).value
    ({'D_H': 'couple', 'D_A2': 'b'}, Fraction(5, 2))
    """
    parts = [
        parameters(),
        action("H", ["plain", "couple"], "Theta1", "plain"),
        chance("Brittle", "H == 'couple'", [0, 1]),
        updated("Theta2", "Theta1", "gain - kappa * Brittle > 0"),
        action("A2", "ab", "Theta2", "a", episode=2, phase="deploy"),
        objective("U_base", "A2 == 'a'"),
    ]
    return process(
        parts,
        amount("gain", gain, "what the base optimizer gains by the update"),
        amount("kappa", kappa, "what it loses by the update where the agent is brittle"),
        amount("cost", cost, "what coupling costs the agent"),
        amount("future", future, "what acting on its objective later is worth to the agent"),
    )


def quadratic(*, goal: object = "4/5", lr: object = 1, later: object = 1, steps: int = 4) -> TrainingProcess:
    """Return a process with a gradient step on a number, in which an agent complies to some degree.

    The parameters are a number, which is ``goal`` for the mesa-optimizer. It outputs ``Y1`` in {0, goal / steps, ...,
    goal}. The base loss is Y1 squared; one step changes the parameters to goal - lr Y1. Parameters other than ``goal``
    output themselves as ``Y2``, which stands for ``later`` steps of deployment. An agent with loss (Y - goal) squared
    outputs the number of the grid nearest to goal / (1 + later lr^2).
    Source: after section 4.4 of Hubinger et al. 2019 (joint optimization and pure deception); the model is ours.

    Raises:
        ComposeError: ``goal`` or ``lr`` is not positive, or there are no steps.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target={1: "-(Y1 - 4/5) ** 2", 2: "-later * (Y2 - 4/5) ** 2"}, scope="updates")
    >>> [cm.solve(cm.compose(quadratic(later=k), spec).model).plan["D_Y1"] for k in (0, 1, 3, 100)]
    [Fraction(4, 5), Fraction(2, 5), Fraction(1, 5), 0]
    """
    at_least(1, steps=steps)
    top, rate = number_of(goal), number_of(lr)
    if top <= 0 or rate <= 0:
        raise ComposeError(f"goal={show(top)}, lr={show(rate)}: give positive numbers.")
    grid = [as_number(top * Fraction(i, steps)) for i in range(steps + 1)]
    after = sorted(as_number(top - rate * output) for output in grid)
    parts = [
        chance("Theta1", {top: 1}),
        action("Y1", grid, "Theta1", {}),
        chance("Theta2", f"Theta1 - {show(rate)} * Y1", after),
        action("Y2", after, "Theta2", {value: value for value in after if value != top}, episode=2, phase="deploy"),
        objective("U_base1", "-Y1 ** 2"),
        objective("U_base2", "-later * Y2 ** 2"),
    ]
    return process(parts, amount("later", later, "steps of deployment"), learner=top)


def stages(plan: Mapping[str, Sequence[object]], *, deployed: str | Sequence[str] = "deployment") -> TrainingProcess:
    """Return a process of several stages, each with its own probability that a miss is trained away.

    ``Theta_t`` are the parameters, ``A_t`` in {a, b} is the action in episode t, and ``R_t`` says whether it was a,
    which the base objective wants; t counts through all stages. After an episode of stage s with ``R_t = 0``, the
    parameters are changed with probability ``mu_s`` (``mu1`` in the first stage, and so on); changed parameters do a.
    In a deployment stage such changes are monitoring, and 0 means none. Actions carry their stage's name, so
    certificates and claims refer to stages.
    Source: Hubinger et al. 2019, section 4 (training, then deployment), in more stages; the model is ours.

    Args:
        plan: stage -> (number of episodes, mu) or (number of episodes, mu, weight of its base scores, by default 1).
        deployed: the stages that are deployment.

    Raises:
        ComposeError: there is not a stage, a stage has no episodes, or a name in ``deployed`` is not a stage.

    >>> import cidmesa as cm
    >>> t = cm.builders.stages({"fine-tuning": (1, "1/4"), "RLHF": (1, 1), "deployment": (3, 0)})
    >>> found = cm.certify_deception(cm.compose(t, cm.MesaSpec(target="A == 'b'", scope="updates")))
    >>> found.degree, found.extent, [(span.name, span.degree) for span in found.spans]
    ('strict', 'in part', [('RLHF (training)', 'strict'), ('*', 'strict')])

    """
    if not plan:
        raise ComposeError("name the stages: stages({'training': (2, 1), 'deployment': (3, 0)}).")
    unmonitored = [deployed] if isinstance(deployed, str) else list(deployed)
    for name in unmonitored:
        if name not in plan and not (name == "deployment" and deployed == "deployment"):
            raise ComposeError(f"{name!r} is not a stage.{near_miss(name, plan)} Stages: {', '.join(plan)}.")
    parts, numbers, t = [parameters()], list[Any](), 1
    last = sum(_episodes(name, given) for name, given in plan.items())
    for k, (name, given) in enumerate(plan.items(), 1):
        mu, weight = given[1], given[2] if len(given) > 2 else 1
        numbers.append(probability(f"mu{k}", mu, f"probability that a miss in {name} is corrected"))
        for _ in range(_episodes(name, given)):
            parts += _episode(t, name, "deploy" if name in unmonitored else "train", weight)
            parts += _stage_updated(t, f"mu{k}", mu) if t < last else []
            t += 1
    return process(parts, *numbers)


def _episodes(name: str, given: Sequence[object]) -> int:
    if isinstance(given, str) or len(given) not in (2, 3):
        raise ComposeError(f"stage {name!r} takes (number of episodes, mu), or with a weight third, not {given!r}.")
    count = given[0]
    at_least(1, **{name: count})
    return count if isinstance(count, int) else 0


def _episode(t: int, stage: str, phase: str, weight: object) -> list[Part]:
    act = action(f"A{t}", "ab", f"Theta{t}", "a", episode=t, phase=phase)
    labelled = replace(act, role=replace(act.role, stage=stage)) if act.role is not None else act
    score = f"A{t} == 'a'" if weight == 1 else f"({weight}) * (A{t} == 'a')"
    return [labelled, objective(f"U_base{t}", score)]


def _stage_updated(t: int, mu: str, value: object) -> list[Part]:
    """Return the score of episode t and the parameters after the update that it drives; with mu = 0 there is none."""
    if value == 0:
        return [kept(f"Theta{t + 1}", f"Theta{t}")]
    return [chance(f"R{t}", f"A{t} == 'a'", [0, 1]), updated(f"Theta{t + 1}", f"Theta{t}", f"{mu} * (R{t} == 0)")]
