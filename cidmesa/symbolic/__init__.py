"""Exact conditions on parameters: for which values something holds."""

__all__: list[str] = []  # each module names its own
