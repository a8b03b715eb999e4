"""Sweeps: a question asked at every point of a design, as a tidy table."""

__all__: list[str] = []  # each module names its own
