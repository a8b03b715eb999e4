"""The scenario file: its schema, reading and writing it, and the place of every mistake in it."""

__all__: list[str] = []  # each module names its own
