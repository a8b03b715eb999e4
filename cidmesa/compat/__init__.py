"""Stand-ins for other packages: what was written for them runs, with our engine underneath."""

__all__: list[str] = []  # each module names its own
