"""Graphs: influence diagrams, separation, relevance and reduction. No numbers on this floor."""

__all__: list[str] = []  # each module names its own
