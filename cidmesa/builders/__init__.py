"""Ready-made training processes: one call returns a model of a training setup, which you can compose and edit.

Use them as ``cm.builders``. Each returns a `cidmesa.TrainingProcess`: you can edit ``process.model``, put it back with
``process.with_model(...)`` and substitute parameters. Each builder's docstring names the source, the variables with
their domains, and our modelling choices.
"""

from __future__ import annotations

from cidmesa.builders.influence import iterated_distillation, predictor, recommender, reward_modelling
from cidmesa.builders.rounds import episodes, gate, gradient_hacking, quadratic, rlhf, stages
from cidmesa.builders.selected import actor_critic, debate, evolution, hard_coded, meta_optimizer, one_shot, services

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
