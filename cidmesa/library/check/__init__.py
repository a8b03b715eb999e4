"""Asking the claims of scenarios, and telling what was found."""

__all__: list[str] = []  # each module names its own
