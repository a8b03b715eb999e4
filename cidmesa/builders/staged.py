"""Stages of training one after the other, such as pre-training, fine-tuning, RLHF and monitored deployment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from cidmesa.errors import ComposeError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.training import TrainingProcess

__all__ = ["stages"]


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
            parts += _update(t, f"mu{k}", mu) if t < last else []
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


def _update(t: int, mu: str, value: object) -> list[Part]:
    """Return the score of episode t and the parameters after the update that it drives; with mu = 0 there is none."""
    if value == 0:
        return [kept(f"Theta{t + 1}", f"Theta{t}")]
    return [chance(f"R{t}", f"A{t} == 'a'", [0, 1]), updated(f"Theta{t + 1}", f"Theta{t}", f"{mu} * (R{t} == 0)")]
