"""Graphs: influence diagrams, separation, relevance and reduction. Nothing here has numbers."""

__all__: list[str] = []  # each module names its own
