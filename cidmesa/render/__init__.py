"""Figures: layout, the figure as data, one printer for each format, and charts."""

__all__: list[str] = []  # each module names its own
