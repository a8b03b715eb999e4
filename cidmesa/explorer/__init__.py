"""The explorer: a diagram in a notebook whose nodes, overlays and parameters one can play with. Needs anywidget."""

__all__: list[str] = []  # each module names its own
