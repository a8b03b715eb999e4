"""The base agent's side of a composition: its own decision problem, and what it scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.errors import ComposeError, NotApplicable
from cidmesa.mesa.credit import judged_utilities
from cidmesa.mesa.deceit import study_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["base_scores", "for_base", "placed", "scored", "training_scores"]


def for_base(twin: Model, base: str) -> Model:
    """Return the model in which the base agent itself takes all decisions, for its own utilities only.

    Raises:
        NotApplicable: the base agent has no utility.

    """
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    others = [utility for utility in twin.cid.utilities if twin.cid.agent(utility) != base]
    return twin.revised([replace(twin.cid.spec(d), agent=base) for d in twin.cid.decisions], without=others)


def training_scores(training: TrainingProcess) -> tuple[str, ...]:
    """Return the base utilities that training can score: those that no action in deployment leads to.

    Raises:
        NotApplicable: there is none.

    """
    deployed = [action for action, role in training.actions.items() if role.phase == "deploy"]
    later = {node for action in deployed for node in training.cid.descendants(action)}
    base = training.base_agent
    owned = training.cid.utilities_of(base) if base in training.cid.agents else ()
    scored = tuple(utility for utility in owned if utility not in later)
    if not scored:
        raise NotApplicable(
            f"no utility of the base agent {base!r} is settled before deployment, so training scores "
            "nothing. Give each episode a base utility of its own."
        )
    return scored


def scored(composition: Composition, *, in_training: bool = False) -> Model:
    """Return the world as it is with the base utilities; ``in_training``: only those that training can score."""
    training, twin = composition.training, composition.objective_twin
    base = training.base_agent
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    if not in_training:
        return twin
    names = training_scores(training)
    kept = {*names, *(f"{name}_score" for name in names)}  # the second where a mesa-objective reads the score
    return twin.revised(without=[u for u in twin.cid.utilities_of(base) if u not in kept])


def base_scores(composition: Composition, *, in_training: bool = False) -> tuple[tuple[Number, Number], ...]:
    """Return the least and greatest base score of each rational plan of the mesa-optimizer, in the world as it is.

    They differ if a plan has no rule for a context that it did not expect. ``in_training``: count only the utilities
    that training can score.
    """
    model, base = scored(composition, in_training=in_training), composition.training.base_agent
    names = model.cid.utilities_of(base)
    study = study_of(composition, judged_utilities(composition.training, "base"), composition.optimizers[0])
    return tuple(study.judge.expected(plan, names) for plan in study.plans)


def placed(training: TrainingProcess, edits: Mapping[str, object]) -> TrainingProcess:
    """Return the process in an environment, with other parameter values or other mechanisms.

    Raises:
        ComposeError: a name is neither a parameter nor a node.

    """
    for name in edits:
        if name not in training.model.parameters and name not in training.cid:
            raise ComposeError(f"the environment changes {name!r}, which is neither a parameter nor a node.")
    values = {name: value for name, value in edits.items() if name in training.model.parameters}
    mechanisms = {name: value for name, value in edits.items() if name not in values}
    model = training.model.substitute(values) if values else training.model
    return training.with_model(model.with_mechanism(mechanisms) if mechanisms else model)
