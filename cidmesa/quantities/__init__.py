"""Incentives in a model with numbers: how much, whether at all, and models built to show one."""

__all__: list[str] = []  # each module names its own
