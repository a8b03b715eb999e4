"""Incentive criteria on diagrams: what a graph admits."""

__all__: list[str] = []  # each module names its own
