"""Evidence from real training runs: who is an agent, how far credit reaches, and what behaviour reveals.

Use them as ``cm.runs``. A `lab` trains systems under interventions on their mechanisms. The analyses compare the
results by tests whose error rates hold for any learner. The unit is the training run, never the episode.
"""

from __future__ import annotations

from cidmesa.runs.arms import Arm, Reading, Run, Variant
from cidmesa.runs.behaviour import Behaviour, behaviour, objectives
from cidmesa.runs.building import lab
from cidmesa.runs.certifying import RunAlignment, RunCertificate, alignment, certify
from cidmesa.runs.comparing import Prediction, RunComparison, compare
from cidmesa.runs.design import Design, design
from cidmesa.runs.discovery import RunDiscovery, discover
from cidmesa.runs.gym import cut, environment, gym_lab
from cidmesa.runs.lab import Lab
from cidmesa.runs.learners import Learner
from cidmesa.runs.scope import CreditScope, credit_scope
from cidmesa.runs.significance import adjusted, interval, lower_bound, response, sample_size, upper_bound
from cidmesa.runs.stage import Link

__all__ = [
    "Arm",
    "Behaviour",
    "CreditScope",
    "Design",
    "Lab",
    "Learner",
    "Link",
    "Prediction",
    "Reading",
    "Run",
    "RunAlignment",
    "RunCertificate",
    "RunComparison",
    "RunDiscovery",
    "Variant",
    "adjusted",
    "alignment",
    "behaviour",
    "certify",
    "compare",
    "credit_scope",
    "cut",
    "design",
    "discover",
    "environment",
    "gym_lab",
    "interval",
    "lab",
    "lower_bound",
    "objectives",
    "response",
    "sample_size",
    "upper_bound",
]
