"""Places for nodes and ways for links, from sizes and links alone."""

__all__: list[str] = []  # each module names its own
