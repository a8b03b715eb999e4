"""Evidence from real training runs: who is an agent, how far credit reaches, what behaviour reveals.

Reached as ``cm.runs``. A `lab` trains systems under interventions on their mechanisms, and the questions here compare
what comes of it, by tests whose error rates hold for any learner. The unit is the training run, never the episode.
"""

from __future__ import annotations

from cidmesa.runs.building import lab
from cidmesa.runs.design import design
from cidmesa.runs.discovery import discover
from cidmesa.runs.significance import adjusted, interval, lower_bound, response, sample_size, upper_bound

__all__ = ["adjusted", "design", "discover", "interval", "lab", "lower_bound", "response", "sample_size", "upper_bound"]
