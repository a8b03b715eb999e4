"""Safety cases: tables of verdicts over assumptions, what they rest on, and arguments as data."""

__all__: list[str] = []  # each module names its own
