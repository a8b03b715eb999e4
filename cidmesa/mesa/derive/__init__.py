"""Sets of mesa-optimizers that fit the training: families, evidence, posterior, overseers."""

from __future__ import annotations

from cidmesa.mesa.derive import evidence, families

__all__ = ["evidence", "families"]
