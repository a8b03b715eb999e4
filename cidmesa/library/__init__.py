"""Scenario files: reading, claims, checks."""

__all__: list[str] = []  # each module names its own
