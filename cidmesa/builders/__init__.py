"""Ready-made training processes: one call returns a model of a training setup, which you can compose and edit.

Reached as ``cm.builders``. What is returned is a `cidmesa.TrainingProcess` like any other: ``process.model`` can be
edited and put back by ``process.with_model(...)``, its parameters substituted, and each builder's docstring names the
source, the variables with their domains, and what is our modelling choice.
"""

from __future__ import annotations

from cidmesa.builders.influence import iterated_distillation, predictor, recommender, reward_modelling
from cidmesa.builders.rounds import episodes, gate, gradient_hacking, quadratic, rlhf
from cidmesa.builders.selected import actor_critic, debate, evolution, hard_coded, meta_optimizer, one_shot, services
from cidmesa.builders.staged import stages

__all__ = [
    "actor_critic",
    "debate",
    "episodes",
    "evolution",
    "gate",
    "gradient_hacking",
    "hard_coded",
    "iterated_distillation",
    "meta_optimizer",
    "one_shot",
    "predictor",
    "quadratic",
    "recommender",
    "reward_modelling",
    "rlhf",
    "services",
    "stages",
]
