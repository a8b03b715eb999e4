"""Deception by report: false messages that are sent because of a threat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.mesa.blinding import blinded, threats_below
from cidmesa.mesa.deceit import study_of
from cidmesa.mesa.plans import rational_plans
from cidmesa.mesa.scores import judged_utilities
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import show
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.plans import Plan
    from cidmesa.modelling.numbers import State

__all__ = ["deceives_by_report"]

_SOURCE = "ours; compare deception by false signals in Ward et al. 2023"


def deceives_by_report(composition: Composition, *, of: State | None = None) -> Judgement:
    """Return whether a mesa-optimizer certainly sends a false message because of a threat.

    It does iff every rational plan sends, in a context that it reaches in force, a message that may be false there, and
    some rational plan with the same past would send none if the threats were blind to the message alone (`blinded`).
    Declare what messages assert with ``cm.learned(theta, reports={message: expression})``.

    Source: ours, after Ward et al. 2023.

    Args:
        composition: a mesa-optimizer's diagram, from `compose`.
        of: the parameter value that is the learned algorithm, if there are several.

    Raises:
        NotApplicable: no action of the learned algorithm has ``reports``.

    >>> import cidmesa as cm
    >>> links = "Theta -> A -> Trust; A -> M; Theta, M -> Trust; Theta -> M; Trust -> Use; M -> U_b; Use -> U_b2"
    >>> g = cm.cid(links, utilities={"base": ["U_b", "U_b2"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform(["good", "bad"]), M=cm.uniform(["good", "bad"]),
    ...              Trust="M == 'good'", Use="Trust", U_b=0, U_b2="Use", domains={"Trust": [0, 1]})
    >>> roles = {"A": cm.learned("Theta"), "M": cm.learned("Theta", reports={"good": "A == 'good'"})}
    >>> t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "good"}, gate={"Trust": 1})
    >>> spec = cm.MesaSpec(target={1: (["A", "Use"], "(A == 'bad') + Use")}, scope="episode")
    >>> bool(deceives_by_report(cm.compose(t, spec)))
    True

    """
    learner = composition.optimizers[0] if of is None else of
    study = study_of(composition, judged_utilities(composition.training, "base"), learner)
    speaking = [action for action in study.decided if composition.training.actions[action].reports]
    if not speaking:
        raise NotApplicable(
            "no action of the learned algorithm reports anything. Declare what its messages mean: "
            "cm.learned(theta, reports={message: expression})."
        )
    for action in speaking:
        false = [_false(study, plan, action) for plan in study.plans]
        if all(false) and all(_would_be_honest(study, plan, action) for plan in study.plans):
            reason = f"{action} says {show(false[0][0])}, which may be false, because of a threat"
            return Judgement("deception by report", True, (action,), reason, _SOURCE)
    return Judgement(
        "deception by report", False, tuple(speaking), "no false message is sent because of a threat", _SOURCE
    )


def _false(study: Study, plan: Plan, action: str) -> tuple[State, ...]:
    """Return the messages that the plan sends in force where they may be false."""
    reports = {message: Expression(text) for message, text in study.training.actions[action].reports.items()}
    return tuple(message for message, said in reports.items() if _may_be_false(study, plan, action, message, said))


def _may_be_false(study: Study, plan: Plan, action: str, message: State, said: Expression) -> bool:
    judge, decision = study.judge, study.decided[action]
    world = plan.followed(judge.world)
    names = tuple(name for name in said.names if name in world.nodes)
    fixed = {name: p.value for name, p in study.training.model.parameters.items() if p.value is not None}
    false = np.zeros(world.shape(names), dtype=bool)
    for index in np.ndindex(*false.shape):
        state: Mapping[str, State] = {n: world.domains[n][k] for n, k in zip(names, index, strict=True)}
        false[index] = not said({**fixed, **state})
    sent = world.domains[decision].index(message)
    phases = [stage.phase for stage, actions in judge.actions_of.items() if action in actions]
    return any(
        bool((judge.labelled(world, action, phase, (decision, *names))[sent][false] > 0).any()) for phase in phases
    )


def _would_be_honest(study: Study, plan: Plan, action: str) -> bool:
    """Return whether some rational plan with the same past sends no false message were threats blind to the message."""
    judge, acts = study.judge, {action: study.decided[action]}
    stages = [stage for stage, actions in judge.actions_of.items() if action in actions]
    past = plan.only(judge.past(stages))
    threats = threats_below(study.training, acts)
    world = blinded(past.followed(study.world), study.training, acts, plan, learner=study.learner, threats=threats)
    return any(not _false(study, other, action) for other in rational_plans(world, study.roles, past))
