"""The explorer: a diagram in a notebook whose nodes, overlays and parameters one can play with. Needs anywidget."""
