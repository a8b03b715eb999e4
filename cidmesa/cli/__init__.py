"""The command line: one module for each family of commands; `main` finds them by name."""

__all__: list[str] = []  # each module names its own
