"""Expected utility and optimal policies."""

__all__: list[str] = []  # each module names its own
