"""The base agent's side of a composition: its own decision problem, and what it scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["base_scores", "for_base", "training_scores"]


def for_base(twin: Model, base: str) -> Model:
    """Return the model in which the base agent itself takes all decisions, for its own utilities alone.

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
        raise NotApplicable(f"no utility of the base agent {base!r} is settled before deployment, so training scores "
                            "nothing. Give each episode a base utility of its own.")  # fmt: skip
    return scored


def base_scores(composition: Composition, *, in_training: bool = False) -> tuple[Number, ...]:
    """Return the base score of each policy that is optimal for the mesa-optimizer, in the world as it is.

    ``in_training``: count only what training can score.
    """
    training, twin = composition.training, composition.objective_twin
    base = training.base_agent
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    if in_training:
        kept = {*training_scores(training), *(f"{utility}_score" for utility in training_scores(training))}
        twin = twin.revised(without=[u for u in twin.cid.utilities_of(base) if u not in kept])
    return tuple(expected_utility(twin, policy, base) for policy in composition.optimal_policies())
