"""Figures as text: a module for each format, which registers itself."""

__all__: list[str] = []  # each module names its own
