"""Pictures: layout, picture tree, and one printer per format."""

__all__: list[str] = []  # each module names its own
