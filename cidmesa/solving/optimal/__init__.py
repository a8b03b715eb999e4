"""Optimal policies of one agent with any recall, and policies of several rational agents."""

__all__: list[str] = []  # each module names its own
