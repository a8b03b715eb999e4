"""Optimal policies of one agent, with any recall, and what rational agents do."""

__all__: list[str] = []  # each module names its own
